"""A port that starts another process and never ends; its number goes to the file PID."""

import subprocess
import sys
import time

child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1], "w") as stream:
    stream.write(str(child.pid))
print("10% done, and no more", flush=True)
time.sleep(600)
