#!/bin/sh
# What the loader says of a program whose library is not there.
echo "$0: error while loading shared libraries: libmissing.so.3: cannot open shared object file: No such file or directory" >&2
exit 127
