#!/usr/bin/env python3
"""conf/snmpd/: the pieces as they are, with places and secrets of this test, make an snmpd that busbar finds, and in
which each community and user reads and sets what its piece says, and nothing else."""

import os
import re

import harness
import snmp
from harness import BUILDDIR, Busbard, SRCDIR, UPS_MIB, free_port, need, wait_for

DEVICES = ('ups1', 'ups2')
MODEL, NAME, LOCK, SETTING, RESTART = (f'{UPS_MIB}.1.{arcs}' for arcs in ('1.2.0', '1.5.0', '7.2.0', '9.8.0', '8.5.0'))


def piece(name, **places):
    """The text of a piece; lines that are marked out are in force, and each place that is named has to be there."""
    for folder in (SRCDIR, BUILDDIR):
        path = os.path.join(folder, 'conf/snmpd', name)
        if os.path.exists(path):
            with open(path) as file:
                text = re.sub(r'^#(?=\w)', '', file.read(), flags=re.M)
    for old, new in places.items():
        assert old in text, f'{name} has no {old}'
        text = text.replace(old, new)
    return text


class Snmpd:
    """snmpd on these pieces."""

    def __init__(self, world, socket, pieces):
        self.world, self.socket = world, socket
        self.port = free_port(harness.socket.SOCK_DGRAM)
        config = world.write('snmpd.conf', f'[snmp] persistentDir {world.path("persistent", "snmpd")}\n' + '\n'.join(pieces))
        self.program = world.start('snmpd', 'snmpd', '-f', '-C', '-c', config, '-Le', '-I', '-smux', f'udp:127.0.0.1:{self.port}')

    def manager(self, community, timeout=2.0):
        return snmp.Manager(self.port, community, timeout=timeout)

    def tool(self, program, user, context, *what):
        """snmpget or snmpset by a user of SNMPv3: (exit status, all that it said)."""
        status, out, error = self.world.run(
            program, '-v3', '-t', '5', '-l', 'authPriv', '-u', user, '-a', 'SHA-256', '-A', f'a long secret of {user}', '-x', 'AES',
            '-X', f'another of {user}', '-n', context, '-On', '-Oqv', f'127.0.0.1:{self.port}', *what)
        return status, out + error


def stage(world, master, more=(), **places):
    local = {'192.0.2.0/24': '127.0.0.1', '192.0.2.7/32': '127.0.0.1'}
    snmpd = Snmpd(world, places.pop('socket'), [
        piece(master, **places), piece('busbar-views.conf'), piece('busbar-v2c.conf', **local), piece('busbar-v3.conf'), *more])
    with open(os.path.join(SRCDIR, 'conf/demo/rack1.dev')) as file:
        text = file.read()
    for name in DEVICES:
        world.write(f'{name}.dev', text.replace('Rack 1500', f'Rack of {name}'))
    busbard = Busbard(world, {name: f'driver = sim  port = "{world.path(name + ".dev")}"' for name in DEVICES}, snmpd,
                      agentx='writable = {names, test, config, control}')
    for name in DEVICES:
        wait_for(lambda name=name: snmpd.manager(f'secret-of-{name}', 0.5).value(MODEL) == f'Rack of {name}'.encode(), 30,
                 f'{name} is in the MIB')
    return snmpd, busbard


def communities(results, snmpd):
    every = snmpd.manager('secret-of-all')
    results.check(len(every.walk('1.3.6.1.2.1.47.1.2.1.1.8', 10)) >= len(DEVICES), 'the community of all: entLogicalTable')
    one, tester = snmpd.manager('secret-of-ups1', 5), snmpd.manager('test-of-ups1', 5)
    lock = one.value(LOCK)
    results.check(one.set((LOCK, snmp.INTEGER, lock)) == (snmp.NO_ACCESS, 1), 'a community that reads does not write')
    results.check(tester.value(MODEL) == b'Rack of ups1' and tester.set((LOCK, snmp.INTEGER, lock)) == (0, 0),
                  'the community for tests takes the lock')
    results.check(tester.set((NAME, snmp.OCTETS, 'x')) == (snmp.NO_ACCESS, 1), 'and writes nothing else')
    results.check(not one.walk('1.3.6.1.6.3') and not every.walk('1.3.6.1.6.3'), 'nothing but power is seen')
    try:
        stranger = snmpd.manager('public', 0.5).value(MODEL)
    except snmp.Timeout:
        stranger = None
    results.check(stranger is None, 'another community is not answered', stranger)


# What can be set, and who sets it where.
SETS = {'the lock of tests': (LOCK, 'i', None), 'a name': (NAME, 's', 'x'), 'the beeper': (SETTING, 'i', '2'),
        'auto restart': (RESTART, 'i', '1')}
RIGHTS = {
    'reader': {}, 'tester': {'the lock of tests': DEVICES}, 'keeper': {'a name': DEVICES, 'the beeper': DEVICES},
    'operator': {'the lock of tests': ('ups1',), 'the beeper': ('ups1',), 'auto restart': ('ups1',)},
}


def users(results, snmpd):
    for user, rights in RIGHTS.items():
        for context in DEVICES:
            status, said = snmpd.tool('snmpget', user, context, MODEL)
            results.check(status == 0 and f'Rack of {context}' in said, f'{user} reads {context}', said)
            for what, (name, kind, value) in SETS.items():
                may = context in rights.get(what, ())
                value = value or snmpd.tool('snmpget', user, context, name)[1].strip()
                status, said = snmpd.tool('snmpset', user, context, name, kind, value)
                results.check(status == 0 if may else status != 0 and 'noAccess' in said,
                              f'{user} {"sets" if may else "may not set"} {what} of {context}', said)


def on_unix(world, more=()):
    socket = 'unix:' + world.path('agentx', 'master')
    return stage(world, 'busbar-unix.conf', more, socket=socket, **{'unix:/var/agentx/master': socket, ' Debian-snmp busbar': ''})


def unix(world, results):
    snmpd, _ = on_unix(world)
    communities(results, snmpd)
    users(results, snmpd)


def tcp(world, results):
    socket = f'tcp:127.0.0.1:{free_port()}'
    snmpd, busbard = stage(world, 'busbar-tcp.conf', socket=socket, **{'agentXSocket tcp:127.0.0.1:705': f'agentXSocket {socket}'})
    status, said = snmpd.tool('snmpget', 'reader', 'ups2', MODEL)
    results.check(status == 0 and 'Rack of ups2' in said and f'connected to master at {socket}' in busbard.program.text(),
                  'a master on TCP', said)


TRAPD = """createUser -e 0x8000000001020304 sender SHA-256 "a long secret of sender" AES "another of sender"
createUser informer SHA-256 "a long secret of informer" AES "another of informer"
authUser log sender priv
authUser log informer priv
authCommunity log community-of-v1
authCommunity log community-of-v2c
authCommunity log community-of-informs
format1 V1|%P|%v\\n
format2 V2|%P|%v\\n
"""
HEARD = {
    'a trap of v1': 'V1|TRAP, SNMP v1, community community-of-v1|', 'a trap of v2c': 'V2|TRAP2, SNMP v2c, community community-of-v2c|',
    'an inform of v2c': 'V2|INFORM, SNMP v2c, community community-of-informs|',
    'a trap of v3': 'V2|TRAP2, SNMP v3, user sender', 'an inform of v3': 'V2|INFORM, SNMP v3, user informer',
}
BATTERY_BAD = f'{UPS_MIB}.1.6.3.1'


def targets(world, results):
    """A notification arrives in each of the ways that the piece has, at a snmptrapd that knows who sends."""
    port = free_port(harness.socket.SOCK_DGRAM)
    trapd = world.start('snmptrapd', 'snmptrapd', '-f', '-C', '-c', world.write('snmptrapd.conf', TRAPD), '-Lo', '-OnQet',
                        f'udp:127.0.0.1:{port}')
    here = f'127.0.0.1:{port}'
    on_unix(world, [piece('busbar-traps.conf', **{f'192.0.2.{n}:162': here for n in (5, 6, 7)})])
    with open(world.path('ups1.dev')) as file:
        text = file.read()
    world.write('ups1.dev', text.replace('ups.status: OL', 'ups.status: OL RB'))
    for what, sign in HEARD.items():
        wait_for(lambda sign=sign: any(line.startswith(sign) and BATTERY_BAD in line for line in trapd.text().splitlines()), 30,
                 f'{what} that upsAlarmBatteryBad is there')
        results.check(True, f'{what} arrives')
    strange = [line for line in trapd.text().splitlines() if re.match('V[12][|]', line) and not line.startswith(tuple(HEARD.values()))]
    results.check(not strange, 'none that was not asked for', strange)


need('busbard', 'snmpd', 'snmpget', 'snmpset', 'snmptrapd')
harness.main(unix, tcp, targets)
