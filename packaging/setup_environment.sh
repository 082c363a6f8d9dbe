#!/bin/sh
# Make a virtual environment and install Braggscope into it, editable, with pinned versions.
#
# usage: setup_environment.sh FOLDER REQUIREMENT        (FOLDER: absolute; REQUIREMENT: "." or ".[dev]")
# PYTHON names the interpreter to start from; python3 without it.
set -eu

folder=$1
requirement=$2
python=${PYTHON:-python3}
cd "$(dirname "$0")/.."
. packaging/debian.sh

if ! command -v "$python" >/dev/null 2>&1; then
    install_or_name "Python 3.11 or newer" python3 python3-venv
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Braggscope needs Python 3.11 or newer; $python is $("$python" -V 2>&1)." >&2
    echo "Name a newer one: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    install_or_name "Python's venv module" "python$version-venv"
fi
if ! { [ -n "${CC:-}" ] || command -v cc || command -v gcc || command -v clang; } >/dev/null; then
    if can_install; then
        install_packages gcc libc6-dev || true
    else
        echo "There is no C compiler: Braggscope's own C program will be missing." >&2
        echo "To have it: $(install_line gcc libc6-dev), then: make clean, and again." >&2
    fi
fi

if [ "$(cat "$folder/location" 2>/dev/null)" != "$folder" ]; then
    rm -rf "$folder"
    "$python" -m venv "$folder"
    echo "$folder" >"$folder/location"
fi
pip() {
    "$folder/bin/python" -m pip --disable-pip-version-check --no-input "$@"
}
echo "Installing Braggscope into $folder …"
# The build tools come first and from the same pins, instead of whatever is newest today.
pip install --quiet -c packaging/constraints.txt hatchling editables
pip install --quiet -c packaging/constraints.txt --no-build-isolation -e "$requirement"
if [ -f engines/braggscope_external/bin/BUILD_FAILED.txt ]; then
    echo "warning: Braggscope's own C program is missing:" >&2
    cat engines/braggscope_external/bin/BUILD_FAILED.txt >&2
fi
