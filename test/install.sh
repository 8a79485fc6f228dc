#!/bin/sh
# install.sh USE...: installs those packages of test/packages that are missing
# for the uses named (build, try, check).  Needs neither root nor a network
# where nothing is missing.

cd "$(dirname "$0")" || exit 1

wanted() {
	for use; do
		awk -v use="$use" '$1 == use { print $2 }' packages
	done
}

installed() {
	test "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed
}

if ! command -v dpkg-query >/dev/null; then
	echo "not a Debian system: install the like of these yourself:" $(wanted "$@") >&2
	exit 0
fi

missing=
for package in $(wanted "$@"); do
	installed "$package" || missing="$missing $package"
done
test -n "$missing" || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	sudo=sudo
	if ! command -v sudo >/dev/null; then
		echo "missing, and neither root nor sudo to install:$missing" >&2
		exit 1
	fi
fi
echo "installing:$missing"
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -y --no-install-recommends install $missing
