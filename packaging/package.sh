#!/bin/sh
# Build sdist, wheel and the app in one folder into dist/; check wheel and app with their self-test.
#
# PYTHON names the interpreter to start from; python3 without it.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
tools=$root/build/package-tools
fresh=$root/build/package-fresh
constraints=packaging/constraints.txt

pip_install() {
    environment=$1
    shift
    "$environment/bin/python" -m pip --disable-pip-version-check --no-input install --quiet \
        -c "$constraints" "$@"
}

new_environment() {
    rm -rf "$1"
    "${PYTHON:-python3}" -m venv "$1"
}

# alone COMMAND…: run it where no checkout and no settings can help it.
alone() {
    home=$(mktemp -d)
    status=0
    (cd "$home" && env -u PYTHONPATH -u VIRTUAL_ENV -u NB_C_BIN HOME="$home" XDG_CONFIG_HOME="$home" \
        XDG_CACHE_HOME="$home" XDG_DATA_HOME="$home" "$@") || status=$?
    rm -rf "$home"
    return "$status"
}

self_test() {
    alone "$1" self-test || { echo "The self-test of $1 failed." >&2; exit 1; }
}

# window_opens COMMAND: the window must still be open after a while (timeout says so with 124).
window_opens() {
    if ! command -v xvfb-run >/dev/null 2>&1 || ! command -v timeout >/dev/null 2>&1; then
        echo "There is no xvfb-run: whether the window opens is not checked."
        return
    fi
    status=0
    alone xvfb-run -a timeout 10 "$1" window || status=$?
    [ "$status" = 124 ] || { echo "The window of $1 did not stay open ($status)." >&2; exit 1; }
    echo "The window opened and stayed open."
}

echo "== sdist, and the wheel from it"
rm -rf dist
new_environment "$tools"
pip_install "$tools" build hatchling editables
"$tools/bin/python" -m build --no-isolation --outdir dist .
case $(echo dist/*.whl) in
    *-none-any.whl) echo "warning: the wheel holds no C program" >&2 ;;
esac

echo "== the wheel in a fresh environment"
new_environment "$fresh"
pip_install "$fresh" dist/braggscope-*.whl
sh packaging/system_packages.sh window "$fresh/bin/python"
self_test "$fresh/bin/braggscope"

echo "== the app in one folder"
pip_install "$fresh" pyinstaller
"$fresh/bin/python" -m PyInstaller --noconfirm --log-level WARN --distpath dist \
    --workpath build/pyinstaller packaging/braggscope.spec >build/pyinstaller.log 2>&1 ||
    { cat build/pyinstaller.log >&2; exit 1; }
self_test "$root/dist/braggscope/braggscope"
window_opens "$root/dist/braggscope/braggscope"

echo "== made"
du -sh dist/*
