#!/bin/sh
# tally.sh FOLDER: sums up the results that "make check" left there: first
# "PASSED FAILED SKIPPED", then one line for each program that failed.
#
# A program that counts its own cases (cmocka's closing lines, or TAP) is
# counted by them; any other is one case.  What automake calls a failure is
# always at least one, whatever the program printed.

find "$1" -name '*.trs' | sort | while read -r result; do
	log=${result%.trs}.log
	sed -n 's/^:global-test-result: /result /p' "$result"
	echo "name ${log#"$1"/}"
	test ! -f "$log" || sed 's/^/log /' "$log"
	echo end
done | awk '
	function number_after(mark) {
		if (!match($0, "\\[ +" mark " +\\] [0-9]+ test"))
			return 0
		line = substr($0, RSTART, RLENGTH)
		sub(/.*\] /, "", line)
		return line + 0
	}
	$1 == "result" { result = $2 }
	$1 == "name" { name = $2 }
	$1 == "log" && / test\(s\)/ {
		ok += number_after("PASSED"); bad += number_after("FAILED"); skip += number_after("SKIPPED")
	}
	$1 == "log" && $2 == "not" && $3 == "ok" { bad++ }
	$1 == "log" && $2 == "ok" { if (/# SKIP/) skip++; else ok++ }
	$1 == "end" {
		failed = result != "PASS" && result != "SKIP" && result != "XFAIL"
		if (failed && !bad)
			bad = 1
		if (!ok && !bad && !skip) {
			ok = result != "SKIP"
			skip = result == "SKIP"
		}
		passed += ok; failures += bad; skipped += skip
		if (bad)
			names = names "\n" name
		ok = bad = skip = 0; result = ""
	}
	END { print passed + 0, failures + 0, skipped + 0 names }'
