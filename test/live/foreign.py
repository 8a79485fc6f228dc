"""A client of the UPS-MIB that is not ours: NUT's snmp-ups reads our snmpd, and upsc from its upsd
shows what upsc from our own listener shows."""

import os

from harness import Busbard, SRCDIR, Snmpd, Upsd, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
DEVICE = 'rack1'

# What NUT's map of RFC 1628 reads that is a measurement or a name, and how far it may be off: the
# MIB has whole volts, whole percents and whole minutes.
COMPARED = {
    'ups.mfr': None, 'ups.model': None, 'ups.firmware': None, 'ups.status': None,
    'battery.charge': 0.5, 'battery.voltage': 0.05, 'battery.temperature': 0.5, 'battery.runtime': 60,
    'input.voltage': 0.5, 'input.frequency': 0.05, 'output.voltage': 0.5, 'output.frequency': 0.05,
    'output.current': 0.05, 'ups.load': 0.5, 'ups.realpower': 0.5, 'input.voltage.nominal': 0.5,
    'output.voltage.nominal': 0.5, 'input.transfer.low': 0.5, 'input.transfer.high': 0.5,
    'ups.power.nominal': 0.5, 'ups.realpower.nominal': 0.5, 'battery.runtime.low': 60,
}


def agree(ours, theirs, slack):
    if slack is None:
        return ours.split() == theirs.split()
    return abs(float(ours) - float(theirs)) <= slack


def snmp_ups_agrees(world, results):
    snmpd = Snmpd(world, [DEVICE])
    busbard = Busbard(world, {DEVICE: f'driver = sim  port = "{DEMO}/{DEVICE}.dev"'}, snmpd)
    busbard.wait_fresh()
    busbard.wait_published()
    upsd = Upsd(world, 'snmp-ups', {DEVICE: f'port = 127.0.0.1:{snmpd.port}\n community = c-{DEVICE}\n'
                                            ' snmp_version = v2c\n mibs = ietf\n pollfreq = 2'})
    upsd.wait_served()
    with upsd.client() as client:
        wait_for(lambda: client.value(DEVICE, 'input.transfer.high').isdigit(), 30, 'snmp-ups has read everything', 0.1)
        theirs = client.variables(DEVICE)
    with busbard.client() as client:
        ours = client.variables(DEVICE)
    for name, slack in COMPARED.items():
        if name in theirs and name in ours:
            results.check(agree(ours[name], theirs[name], slack), f'{name} is the same through snmp-ups',
                          f'ours {ours[name]!r}, through snmp-ups {theirs[name]!r}')
        else:
            results.note(f'{name}: ours {ours.get(name)!r}, through snmp-ups {theirs.get(name)!r}')
    results.check(sum(name in theirs and name in ours for name in COMPARED) >= 15,
                  'snmp-ups reads at least 15 of them', sorted(theirs))


need('busbard', 'snmpd', '/lib/nut/snmp-ups', '/lib/nut/upsd')
main(snmp_ups_agrees)
