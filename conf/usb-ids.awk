# What the profiles of USB devices list, once each and in order: as udev rules,
# or with -v as=header as an array's initialisers in C.
#
#	awk [-v as=header] -f usb-ids.awk PROFILE...

$1 == "product" && $2 ~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]:[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/ {
	if (!($2 in seen)) {
		seen[$2] = 1
		list[n++] = $2
	}
}

END {
	for (i = 1; i < n; i++)
		for (k = i; k > 0 && list[k - 1] > list[k]; k--) {
			swap = list[k]
			list[k] = list[k - 1]
			list[k - 1] = swap
		}
	if (as != "header") {
		print "# USB devices that busbard speaks with; made from the profiles.  After NUT's 62-*.rules."
		print "ACTION==\"remove\", GOTO=\"busbar_end\""
		print "SUBSYSTEM!=\"usb\", GOTO=\"busbar_end\""
		print "ENV{DEVTYPE}!=\"usb_device\", GOTO=\"busbar_end\""
	}
	for (i = 0; i < n; i++) {
		split(list[i], id, ":")
		if (as == "header")
			printf "\t\t{ 0x%s, 0x%s },\n", id[1], id[2]
		else
			printf "ATTR{idVendor}==\"%s\", ATTR{idProduct}==\"%s\", GROUP=\"busbar\", MODE=\"0660\"\n", id[1], id[2]
	}
	if (as != "header")
		print "LABEL=\"busbar_end\""
}
