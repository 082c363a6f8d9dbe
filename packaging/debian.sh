# shellcheck shell=sh
# Functions for installing Debian packages, or naming the line that does; to be sourced by sh.

# Whether packages can be installed here without asking anybody.
can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# The command that installs packages, for a person to type.
install_line() {
    if [ "$(id -u)" = 0 ]; then
        echo "apt-get install -y $*"
    else
        echo "sudo apt-get install -y $*"
    fi
}

# Quiet unless it fails: then everything that apt-get said is shown.
install_packages() {
    echo "Installing Debian packages:" "$@"
    export DEBIAN_FRONTEND=noninteractive
    said=$({ apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } 2>&1) ||
        { echo "$said" >&2; return 1; }
}

# install_or_name WHAT PACKAGE… : install packages when root on Debian, else say how, and stop.
install_or_name() {
    what=$1
    shift
    if can_install && install_packages "$@"; then
        return
    fi
    echo "Missing: $what. On Debian and Ubuntu this installs it:" >&2
    echo "    $(install_line "$@")" >&2
    exit 1
}
