# Makes BUSBAR-MIB for an enterprise OID: its last arc is the module's own, and
# each one before it gets a name, for SMIv2 wants no node without.  The template
# does not begin like a module: net-snmp would read it beside the module.
BEGIN {
	n = split(oid, arcs, ".")
	parent = "enterprises"
	for (i = 7; i < n; i++) {
		name = "bbRoot" (i - 6)
		roots = roots sprintf("%-17s OBJECT IDENTIFIER ::= { %s %s }\n", name, parent, arcs[i])
		parent = name
	}
}
/^@ROOTS@$/ {
	printf "%s", roots
	next
}
{
	gsub(/@MODULE@/, "BUSBAR-MIB DEFINITIONS ::= BEGIN")
	gsub(/@ENTERPRISE_OID@/, oid)
	gsub(/@PARENT@/, parent " " arcs[n])
	print
}
