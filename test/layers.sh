#!/bin/sh
# Who may include whom, as doc/architecture.md says; that each outside library
# is known to one file only; that every header compiles alone.
# Prints one TAP line for each rule and header.

builddir=$(cd "${builddir:-.}" && pwd)
cd "${srcdir:-.}" || exit 99
number=0 status=0

# report TEXT OFFENCES: there should be none.
report() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		echo "$2" | sed 's/^/# /'
		status=1
	fi
}

# "FILE <HEADER" or "FILE "HEADER" for each #include of the folder's files.
includes() {
	for file in "$1"/*.[ch] "$1"/*/*.[ch]; do
		test ! -f "$file" || sed -n 's/^[ 	]*#[ 	]*include[ 	]*\([<"][^>"]*\)[>"].*/\1/p' "$file" |
		    sed "s|^|$file |"
	done
}

# own FOLDER TEXT PATTERN: of our headers the folder includes only these.
own() {
	report "$1 includes only $2" "$(includes "$1" | grep ' "' | grep -v -E " \"($3|config\.h)\$")"
}

# outside HEADER PATTERN [NUMBER]: included by one file, or so many, and by such that match.
outside() {
	users=$(for folder in core bus drivers subagent nutproto store ctl daemon; do includes $folder; done |
	    grep " <$1" | cut -d ' ' -f 1 | sort -u)
	report "<$1> is included only by $2" "$(echo "$users" | grep -v -E "^($2)?\$")"
	report "<$1> is known to ${3:-one} file(s)" "$(echo "$users" | sed "1,${3:-1}d")"
}

pure='core/(buf|conf|driver|flags|line|mem|model|oid|remarks|status|value|vars|wire)\.h'
shown='core/(buf|channel|conf|event|flags|indexes|line|log|loop|mem|model|oid|outlet|publisher|readings|refused|remarks|rfc1628|settings|status|tls|value|vars|wire)\.h'

own core core/ 'core/[a-z0-9-]+\.(h|def)'
own bus 'core/ and bus/' '(core|bus)/[a-z_-]+\.h'
own drivers 'driver.h, what is pure in core/, and drivers/' "$pure|drivers/[a-z0-9_/]+\.h"
own subagent 'publisher.h and below, and subagent/' "$shown|subagent/[a-z_]+\.(h|def)"
own nutproto 'publisher.h and below, and nutproto/' "$shown|nutproto/[a-z_]+\.h"
own store 'publisher.h and below, and store/' "$shown|store/[a-z_-]+\.h"
own ctl 'core/ and ctl/' '(core|ctl)/[a-z_-]+\.h'
report 'drivers call no system' "$(includes drivers |
    grep -E ' <(unistd|sys/|netinet/|arpa/|fcntl|poll|pthread|signal|time)')"

outside event2/ 'core/loop\.c'
outside net-snmp/ 'bus/snmp\.c'
outside libusb 'bus/usb(-[a-z]+)?\.c' 4
outside libserialport 'bus/serial\.c'
outside jansson 'ctl/[a-z]+\.c'
outside sqlite3 'store/database\.c'
outside systemd/ 'daemon/[a-z-]+\.c'
outside openssl/ 'core/tls(-make)?\.c' 2
outside pthread 'nutproto/workers\.c'
outside crypt '(nutproto/workers|ctl/password)\.c' 2

for header in core/*.h bus/*.h drivers/*.h drivers/*/*.h subagent/*.h nutproto/*.h store/*.h ctl/*.h daemon/*.h; do
	test -f "$header" || continue
	report "$header compiles alone" "$(printf '#include "%s"\n' "$header" |
	    ${CC:-cc} -I. -I"$builddir" -D_GNU_SOURCE -Wall -Wno-unused -fsyntax-only -x c - 2>&1)"
done

echo "1..$number"
exit $status
