#!/bin/sh
# source.sh FOLDER: puts a fresh copy of the source into FOLDER, ready to be
# configured, so that a tree that was configured in place does no harm.

top=$(cd "$(dirname "$0")/.." && pwd) && mkdir -p "$1" && to=$(cd "$1" && pwd) || exit 1
find "$to" -mindepth 1 -delete
cd "$top" || exit 1
if git -c safe.directory="$top" rev-parse --git-dir >/dev/null 2>&1; then
	git -c safe.directory="$top" ls-files -z -co --exclude-standard |
	    tar --ignore-failed-read --null -T - -cf - | tar -xf - -C "$to"
else
	tar --exclude=./build --exclude='*.o' --exclude='*.a' --exclude=config.status \
	    --exclude=config.h -cf - . | tar -xf - -C "$to"
fi
cd "$to" && ./autogen.sh
