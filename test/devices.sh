#!/bin/sh
# doc/devices.md is what data/devices.awk makes of data/devices.tsv.

cd "${srcdir:-.}" || exit 99
echo 1..1
if awk -f data/devices.awk data/devices.tsv | cmp - doc/devices.md; then
	echo 'ok 1 - doc/devices.md is made of data/devices.tsv'
else
	echo 'not ok 1 - doc/devices.md is old: awk -f data/devices.awk data/devices.tsv >doc/devices.md'
	exit 1
fi
