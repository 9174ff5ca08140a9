#!/bin/sh
# Install the Debian packages that are missing for a purpose: deps.sh build|demo|check (each includes the ones before).
# Does nothing, and needs no root, when nothing is missing. The list is scripts/packages.txt.
set -eu
here=$(dirname "$0")
purpose=${1:-check}
case $purpose in
build) want='build' ;;
demo) want='build demo' ;;
check) want='build demo check' ;;
*) echo "usage: deps.sh build|demo|check" >&2; exit 2 ;;
esac
missing=
while read -r kind pkg; do
    case " $want " in *" $kind "*) ;; *) continue ;; esac
    dpkg-query -W -f '${db:Status-Status}\n' "$pkg" 2>/dev/null | grep -qx installed || missing="$missing $pkg"
done <<END
$(grep -v '^#' "$here/packages.txt")
END
[ -z "$missing" ] && exit 0
echo "deps: installing Debian packages:$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "deps: run as root: apt-get install$missing" >&2; exit 1; }
    sudo=sudo
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    echo "deps: apt-get failed; the whole output is in $log" >&2
    exit 1
fi
rm -f "$log"
