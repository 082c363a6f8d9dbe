"""`python -m braggscope.worker`."""

import sys

from braggscope.worker import main

if __name__ == "__main__":
    sys.exit(main())
