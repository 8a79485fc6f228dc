# doc/devices.md, of data/devices.tsv.  Models of one maker that are the same in
# all else stand in one row.

BEGIN {
	FS = "\t"
	split("recording emulation document facts", words, " ")
	for (i = 1; i in words; i++)
		rank[words[i]] = i
}

/^#/ || NF != 6 { next }

!($1 in best) {
	makers[++nmakers] = $1
	best[$1] = 9
}

{
	models++
	if (rank[$6] < best[$1])
		best[$1] = rank[$6]
	row = $1 FS $3 FS $4 FS $5 FS $6
	if (!(row in listed)) {
		rows[$1, ++nrows[$1]] = row
		listed[row] = $2
	} else
		listed[row] = listed[row] "; " $2
}

END {
	for (i = 1; i <= nmakers; i++)
		proved[best[makers[i]]]++
	print "# Devices"
	print ""
	print "Made by `data/devices.awk` of `data/devices.tsv`, which is where a device is added."
	print ""
	printf "%d makers, %d models. By the best proof that one of a maker's devices has: recording %d, emulation %d, ", \
	    nmakers, models, proved[1], proved[2]
	printf "document %d, facts only %d.\n", proved[3], proved[4]
	print ""
	print "| proof | what it means |"
	print "|---|---|"
	print "| recording | a recording of the device is read in the tests as its owner saw it |"
	print "| emulation | a recorded or emulated device of the same maker and family is read by the same profile in the tests |"
	print "| document | its maker's document (a MIB module) is what the profile was made of |"
	print "| facts | others say that it speaks this protocol; we have seen no such device |"
	print ""
	print "A serial device may be on a port of this machine or behind a serial server, as its driver's section in `busbar.conf(5)`"
	print "says. Profile `auto`: which one fits is found out; `-`: the driver has none."
	for (i = 1; i <= nmakers; i++) {
		print ""
		print "## " makers[i]
		print ""
		print "| connection | driver | profile | proof | models |"
		print "|---|---|---|---|---|"
		for (k = 1; k <= nrows[makers[i]]; k++) {
			split(rows[makers[i], k], cell, FS)
			text = listed[rows[makers[i], k]]
			gsub(/\|/, "\\|", text)
			print "| " cell[2] " | " cell[3] " | " cell[4] " | " cell[5] " | " text " |"
		}
	}
}
