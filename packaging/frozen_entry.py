"""Where the frozen app starts: the command line, the window, or a worker of it (`--worker`)."""

import multiprocessing
import sys

from braggscope.cli.main import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
