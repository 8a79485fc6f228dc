#!/bin/sh
# smilint finds nothing in our MIB module, and in UPS-MIB nothing but what RFC
# 1628 itself is to blame for: objects and notifications in no group, traps
# without a 0 before their number, and a notification with an index in it.
# Prints TAP; exits 77 where smilint is missing.

command -v smilint >/dev/null || { echo '1..0 # SKIP no smilint'; exit 77; }
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
cd "${srcdir:-.}" || exit 99
SMIPATH=$PWD/mibs/base
export SMIPATH
number=0 status=0

# lint FILE PATTERN: complains of nothing but that.
lint() {
	number=$((number + 1))
	complaints=$(smilint -c /dev/null -l 6 "$1" 2>&1 | grep -v -E "$2")
	if [ -z "$complaints" ]; then
		echo "ok $number - ${1##*/}"
	else
		echo "not ok $number - ${1##*/}"
		echo "$complaints" | sed 's/^/# /'
		status=1
	fi
}

lint "$builddir/mibs/BUSBAR-MIB.txt" '^$'
lint "$PWD/mibs/UPS-MIB.txt" 'at least one conformance group|not reverse mappable|`upsAlarmId. of notification'

# The same module for another enterprise, with its number right below enterprises.
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
${AWK:-awk} -v oid=1.3.6.1.4.1.99999 -f mibs/make.awk mibs/BUSBAR-MIB.txt.in >"$dir/BUSBAR-MIB.txt"
lint "$dir/BUSBAR-MIB.txt" '^$'

# It can fail.
number=$((number + 1))
sed 's/^bbDevName OBJECT-TYPE/bbDevNames OBJECT-TYPE/' "$builddir/mibs/BUSBAR-MIB.txt" >"$dir/BUSBAR-MIB.txt"
if [ -n "$(smilint -c /dev/null -l 6 "$dir/BUSBAR-MIB.txt" 2>&1)" ]; then
	echo "ok $number - a mistake is found"
else
	echo "not ok $number - a mistake is found"
	status=1
fi
echo "1..$number"
exit $status
