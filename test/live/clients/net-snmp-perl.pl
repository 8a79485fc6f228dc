# Walks by Net::SNMP (libnet-snmp-perl), an SNMP of its own in Perl: "OID type value" a line, octets in hex.
#   net-snmp-perl.pl HOST PORT ROOT 2c COMMUNITY
#   net-snmp-perl.pl HOST PORT ROOT 3 CONTEXT USER AUTH-SECRET PRIV-SECRET
use strict;
use warnings;
use Net::SNMP qw(:asn1 oid_lex_sort);

my ($host, $port, $root, $version, @who) = @ARGV;
my %how = $version eq '3' ? (-username => $who[1], -authprotocol => 'sha1', -authpassword => $who[2],
	-privprotocol => 'aes', -privpassword => $who[3]) : (-community => $who[0]);
my ($session, $error) = Net::SNMP->session(-hostname => $host, -port => $port, -version => $version, -timeout => 5,
	-translate => 0, -maxmsgsize => 65535, %how);
die "$error\n" unless $session;
my @context = $version eq '3' ? (-contextname => $who[0]) : ();
my $table = $session->get_table(-baseoid => $root, -maxrepetitions => 20, @context);
die $session->error() . "\n" unless $table;
my $types = $session->var_bind_types();
for my $name (oid_lex_sort(keys %$table)) {
	my $value = $table->{$name};
	$value = unpack('H*', $value) if $types->{$name} == OCTET_STRING;
	print "$name $types->{$name} $value\n";
}
$session->close();
