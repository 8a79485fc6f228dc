"""Clients of the UPS-MIB that are not ours: NUT's snmp-ups reads our snmpd and commands by it, and upsc from its upsd
shows what upsc from our own listener shows; Perl's Net::SNMP; check_snmp of monitoring-plugins."""

import os

import snmp
from harness import Busbard, LONG, SRCDIR, Snmpd, UPS_MIB, Upsd, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
DEVICE = 'rack1'
WRITER = ('createUser writer SHA "writer-secret" AES "writer-privacy"', 'group writers3 usm writer',
          'access writers3 "" usm priv prefix all all none')

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


# What snmp-ups 2.8 sends as SETs, and what the device then says.  Its tests and settings are not among
# them: whatever it sets is a text.
COMMANDS = (('beeper.disable', 'ups.beeper.status', 'disabled'), ('beeper.enable', 'ups.beeper.status', 'enabled'),
            ('load.off', 'ups.status', 'OL OFF'), ('load.on', 'ups.status', 'OL'))
REFUSED = ('test.battery.start.quick', 'test.battery.stop')
USERS = '[admin]\n password = secret\n actions = SET\n instcmds = ALL\n'


def stage(world, **more):
    snmpd = Snmpd(world, [DEVICE, 'hall1'], lines=WRITER)
    with open(f'{DEMO}/{DEVICE}.dev') as file:
        path = world.write(f'{DEVICE}.dev', file.read())
    busbard = Busbard(world, {DEVICE: f'driver = sim  port = "{path}"  fsd-before-shutdown = no', 'hall1': f'driver = sim  port = "{DEMO}/hall1.dev"'},
                      snmpd, agentx='writable = {names, test, config, control}')
    busbard.wait_fresh()
    busbard.wait_published()
    return snmpd, busbard


def snmp_ups_agrees(world, results):
    snmpd, busbard = stage(world)
    port = f'port = 127.0.0.1:{snmpd.port}\n pollfreq = 2\n pollinterval = 1\n'
    upsd = Upsd(world, 'snmp-ups', {DEVICE: f'{port} community = w-{DEVICE}\n snmp_version = v2c\n mibs = ietf',
                                    'found': f'{port} community = c-{DEVICE}\n snmp_version = v1\n mibs = auto'}, users=USERS)
    upsd.wait_served()
    with upsd.client() as client:
        for name in upsd.names:
            wait_for(lambda name=name: client.value(name, 'input.transfer.high').isdigit(), 60, 'snmp-ups has read everything', 0.1)
        theirs, found = (client.variables(name) for name in upsd.names)
        known = [line.split(' ')[2] for line in client.list('CMD ' + DEVICE)]
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
    differing = {name for name in theirs.keys() | found.keys() if not name.startswith('driver.') and theirs.get(name) != found.get(name)}
    results.check(not differing, 'snmp-ups finds the MIB by itself (mibs = auto, v1), and reads the same', differing)

    states_arrive(world, results, upsd)

    def command(name):
        return world.run('upscmd', '-w', '-u', 'admin', '-p', 'secret', f'{DEVICE}@127.0.0.1:{upsd.port}', name)
    for name, variable, value in COMMANDS:
        status, _, error = command(name)
        results.check(status == 0 and 'SUCCESS' in error, f'upscmd {name}, through upsd and snmp-ups', error)
        with busbard.client() as client:
            wait_for(lambda client=client, variable=variable, value=value: client.value(DEVICE, variable) == value, 10,
                     f'{variable} is {value}')
    for name in REFUSED:
        _, _, error = command(name)
        results.check(name in known and 'FAILED' in error, f'upscmd {name} is refused: a SET of a wrong type', error)
    _, _, error = world.run('upsrw', '-w', '-s', 'ups.timer.shutdown=600', '-u', 'admin', '-p', 'secret',
                            f'{DEVICE}@127.0.0.1:{upsd.port}')
    results.check('FAILED' in error, 'upsrw ups.timer.shutdown is refused: a SET of a wrong type', error)
    manager = snmpd.manager(DEVICE)
    results.check(manager.value(UPS_MIB + '.1.8.2.0') == -1, 'and no shutdown runs', manager.value(UPS_MIB + '.1.8.2.0'))
    manager.close()
    with busbard.client() as client:
        results.check(client.value(DEVICE, 'ups.test.result') == ours['ups.test.result'], 'and no test was begun')


# What a machine shuts down on, or does not: the device's words, and what snmp-ups makes of the objects.
STATES = (('OB DISCHRG', {'OB'}), ('OB DISCHRG LB', {'OB', 'LB'}), ('OL BYPASS', {'OL', 'BYPASS'}), ('OL BOOST', {'OL', 'BOOST'}), ('OL', {'OL'}))


def states_arrive(world, results, upsd):
    with open(f'{DEMO}/{DEVICE}.dev') as file:
        text = file.read()
    for said, wanted in STATES if LONG else (STATES[1], STATES[-1]):
        world.write(f'{DEVICE}.dev', text.replace('ups.status: OL', f'ups.status: {said}'))
        with upsd.client() as client:
            found = wait_for(lambda client=client, wanted=wanted: set((status := client.value(DEVICE, 'ups.status')).split()) == wanted and
                             status, 20, f'{said} is {wanted} through snmp-ups')
        results.check(True, f'{said} is {found} through snmp-ups')


def net_snmp_perl(world, results):
    """Net::SNMP of Perl, which shares nothing with net-snmp's library, by community and by context."""
    snmpd, _ = stage(world)
    script = os.path.join(SRCDIR, 'test/live/clients/net-snmp-perl.pl')
    if world.run('perl', '-MNet::SNMP', '-MCrypt::DES', '-MDigest::HMAC', '-MCrypt::Rijndael', '-e', '1')[0]:
        results.skip('Net::SNMP', 'libnet-snmp-perl, or what its v3 needs, is not installed')
        return
    for device in (DEVICE, 'hall1'):
        manager = snmpd.manager(device)
        ours = [(f'.{snmp.dotted(name)}', tag, value) for name, tag, value in manager.walk(UPS_MIB)]
        manager.close()
        for version, *who in (('2c', 'c-' + device), ('3', device, 'writer', 'writer-secret', 'writer-privacy')):
            status, out, error = world.run('perl', script, '127.0.0.1', str(snmpd.port), '.' + UPS_MIB, version, *who)
            found = [line.split(' ', 2) for line in out.splitlines()]
            wanted = [(name, str(tag), value.hex() if isinstance(value, bytes) else '.' + snmp.dotted(value) if tag == snmp.OID else str(value))
                      for name, tag, value in ours]
            moving = [UPS_MIB + '.1.2.2.0', UPS_MIB + '.1.7.6.0']
            strange = [pair for pair in zip(wanted, found) if tuple(pair[1]) != pair[0] and pair[0][0].strip('.') not in moving]
            results.check(status == 0 and len(found) == len(wanted) > 40 and not strange, f'Net::SNMP walks {device} by v{version}',
                          error or strange)


def check_snmp(world, results):
    """check_snmp of monitoring-plugins: by community and by context, within thresholds and beyond."""
    plugin = '/usr/lib/nagios/plugins/check_snmp'
    if not os.access(plugin, os.X_OK):
        results.skip('check_snmp', 'monitoring-plugins-standard is not installed')
        return
    snmpd, _ = stage(world)
    where = ('-H', '127.0.0.1', '-p', str(snmpd.port), '-t', '20')
    v2c = (*where, '-P', '2c', '-C', f'c-{DEVICE}')
    v3 = (*where, '-P', '3', '-L', 'authPriv', '-U', 'writer', '-a', 'SHA', '-A', 'writer-secret', '-x', 'AES', '-X', 'writer-privacy',
          '-N', 'hall1')
    charge, load, source, name = (f'{UPS_MIB}.1.{arcs}' for arcs in ('2.4.0', '4.4.1.5.1', '4.1.0', '1.2.0'))
    for what, how, status, said in (
            ('charge and load are well', (*v2c, '-o', f'{charge},{load}', '-w', '50:,80', '-c', '20:,95'), 0, 'SNMP OK - 100 31'),
            ('a load beyond the warning', (*v2c, '-o', load, '-w', '20', '-c', '90'), 1, 'SNMP WARNING - *31*'),
            ('an output that is not normal is critical', (*v2c, '-o', source, '-c', '5:5'), 2, 'SNMP CRITICAL - *3*'),
            ('not the model', (*v2c, '-o', name, '-r', 'Hall'), 2, 'Rack 1500'),
            ('the model', (*v2c, '-o', name, '-r', 'Rack 1500'), 0, 'Rack 1500'),
            ('another UPS, by the context of v3', (*v3, '-o', name, '-r', 'Hall 20k'), 0, 'Hall 20k'),
            ('its charge, within', (*v3, '-o', charge, '-w', '50:', '-c', '20:'), 0, 'SNMP OK - 98')):
        code, out, error = world.run(plugin, *how)
        results.check(code == status and said in out, f'check_snmp: {what}', f'{code} {out}{error}')


need('busbard', 'snmpd', '/lib/nut/snmp-ups', '/lib/nut/upsd', 'upscmd', 'perl')
main(snmp_ups_agrees, net_snmp_perl, check_snmp)
