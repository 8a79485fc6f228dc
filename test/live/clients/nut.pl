# Acts by UPS::Nut (libups-nut-perl): one act a line on standard input, its answer ends with a dot.
use strict;
use warnings;
use UPS::Nut;

my ($host, $port, $device, $user, $password) = @ARGV;
my $nut;

sub pairs {
	my ($found) = @_;
	return $found ? map("$_: $found->{$_}", sort keys %$found) : "error: " . $nut->Error();
}

sub one {
	my ($answer) = @_;
	return defined $answer ? $answer : "error: " . $nut->Error();
}

sub names {
	my ($found) = @_;
	return $found ? sort @$found : "error: " . $nut->Error();
}

my %acts = (
	connect => sub {
		# no variables, no object: then Error cannot be asked
		$nut = UPS::Nut->new(NAME => $device, HOST => $host, PORT => $port,
		    USERNAME => $user, PASSWORD => $password, TIMEOUT => 5);
		return $nut ? () : "error: no connection";
	},
	devices => sub { pairs($nut->ListUPS()) },
	list => sub { pairs($nut->ListVar()) },
	get => sub { one($nut->GetVar($_[0])) },
	settable => sub { pairs($nut->ListRW()) },
	commands => sub { names($nut->ListCmd()) },
	description => sub { one($nut->GetDesc($_[0])) },
	type => sub { one($nut->GetType($_[0])) },
	set => sub { one($nut->Set($_[0], $_[1])) },
	run => sub { one($nut->InstCmd($_[0])) },
	master => sub { one($nut->Master()) },
	fsd => sub { one($nut->FSD()) },
	login => sub { one($nut->_send("LOGIN $device")) },
	status => sub { one($nut->Status()) },
	charge => sub { one($nut->BattPercent()) },
	voltage => sub { one($nut->LineVoltage()) },
	temperature => sub { one($nut->Temperature()) },
);

$SIG{PIPE} = 'IGNORE';
$| = 1;
while (my $line = <STDIN>) {
	my ($act, @words) = split ' ', $line;
	my @answers = eval { $acts{$act}->(@words) };
	@answers = ("error: $@") if $@;
	chomp @answers;
	print map("$_\n", @answers), ".\n";
}
