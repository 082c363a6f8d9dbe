#!/bin/sh
# Look for the system libraries that Qt needs on Linux; install what is missing when root on Debian,
# else name it and the line that installs it, and stop.
#
# usage: system_packages.sh window|test PYTHON
#   window: what a real window needs        test: that, and a virtual screen for the tests
set -eu

purpose=$1
python=$2
cd "$(dirname "$0")/.."
. packaging/debian.sh

[ "$(uname -s)" = Linux ] || exit 0

# Debian package and the library it brings, as the loader knows it.
libraries="
libegl1             libEGL.so.1
libgl1              libGL.so.1
libglib2.0-0        libglib-2.0.so.0
libxkbcommon0       libxkbcommon.so.0
libdbus-1-3         libdbus-1.so.3
libfontconfig1      libfontconfig.so.1
libfreetype6        libfreetype.so.6
libx11-6            libX11.so.6
libx11-xcb1         libX11-xcb.so.1
libxcb1             libxcb.so.1
libxcb-cursor0      libxcb-cursor.so.0
libxcb-icccm4       libxcb-icccm.so.4
libxcb-image0       libxcb-image.so.0
libxcb-keysyms1     libxcb-keysyms.so.1
libxcb-randr0       libxcb-randr.so.0
libxcb-render-util0 libxcb-render-util.so.0
libxcb-render0      libxcb-render.so.0
libxcb-shape0       libxcb-shape.so.0
libxcb-shm0         libxcb-shm.so.0
libxcb-sync1        libxcb-sync.so.1
libxcb-util1        libxcb-util.so.1
libxcb-xfixes0      libxcb-xfixes.so.0
libxcb-xkb1         libxcb-xkb.so.1
libxkbcommon-x11-0  libxkbcommon-x11.so.0
"

# Packages whose library cannot be loaded.
missing() {
    echo "$libraries" | "$python" -c '
import ctypes, sys
for line in filter(str.strip, sys.stdin):
    package, library = line.split()
    try:
        ctypes.CDLL(library)
    except OSError:
        print(package)
'
    if [ "$purpose" = test ]; then
        command -v Xvfb >/dev/null 2>&1 || echo xvfb
        command -v xauth >/dev/null 2>&1 || echo xauth
    fi
    has_fonts || echo fonts-dejavu-core
}

has_fonts() {
    for folder in /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts"; do
        [ -d "$folder" ] && [ -n "$(find "$folder" \( -name '*.ttf' -o -name '*.otf' \) -print | head -n 1)" ] &&
            return 0
    done
    return 1
}

absent=$(missing)
[ -n "$absent" ] || exit 0
# shellcheck disable=SC2086  # a list of package names, to be split
install_or_name "system libraries for the window" $absent
absent=$(missing)
if [ -n "$absent" ]; then
    # shellcheck disable=SC2086
    echo "Still missing after the installation:" $absent >&2
    exit 1
fi
