"""Outlets switched by snmpset through Debian's snmpd: what is taken and what it does, what is refused and how."""

import harness
import snmp
from harness import Busbard, Snmpd, need, wait_for
from snmp import GAUGE32, INTEGER, OCTETS
from pdu_mib import ENTERPRISE
from receiver import Receiver

BB = ENTERPRISE + '.1.'
NAME, STATE, ON_DELAY = BB + '4.5.1.2.1.', BB + '4.5.1.10.1.', BB + '4.5.1.21.1.'
COMMAND, DELAY, CONFIRM, PENDING, RESULT = (f'{BB}8.1.1.{column}.1.' for column in (1, 2, 3, 4, 5))
GROUP_STATE, GROUP_COMMAND, GROUP_CONFIRM = BB + '4.6.1.5.2.', BB + '8.2.1.1.2.', BB + '8.2.1.3.2.'
OFF, ON = 1, 2
DO_ON, DO_OFF, CYCLE, DELAYED_OFF, CANCEL = 1, 2, 3, 5, 7
WORKED, FAILED = 1, 4

DEVICE = ''.join(['device.type: pdu\n', 'ups.status: OL\n', 'outlet.count: 4\n'] +
                 [f'outlet.{n}.status: on\noutlet.{n}.switchable: {"no" if n == 4 else "yes"}\noutlet.{n}.desc: server{n}\n'
                  for n in (1, 2, 3, 4)])

GROUPED = DEVICE.replace('switchable: no', 'switchable: yes') + ''.join(
    f'outlet.group.{n}.status: on\noutlet.group.{n}.type: user-defined\noutlet.group.{n}.members: {members}\n'
    for n, members in ((1, '1 2'), (2, '3 4')))


def stage(world, writable='{names, config, control}', lines='', closed='', snmpd_lines=()):
    snmpd = Snmpd(world, ['all'], lines=['rwcommunity w-any 127.0.0.1', *snmpd_lines])
    world.write('pdu1.dev', DEVICE)
    world.write('pdu2.dev', GROUPED)
    busbard = Busbard(world, {'pdu1': f'driver = sim port = "{world.path("pdu1.dev")}" '
                                      'outlet 1 { cycle-off = 30 } outlet 2 { critical = yes } outlet 3 { writable = no }' +
                                      (' writable = {}' if closed == 'pdu1' else ''),
                              'pdu2': f'driver = sim port = "{world.path("pdu2.dev")}" outlet 4 {{ critical = yes }}'},
                      snmpd, agentx=f'writable = {writable}', lines=lines)
    busbard.wait_fresh()
    manager = snmpd.writer('any')
    wait_for(lambda: manager.value(STATE + '1') == ON, 20, 'the outlets are shown')
    return snmpd, busbard, manager


def answer(manager, *varbinds):
    """A SET that meets a store that is not there yet is asked again."""
    return wait_for(lambda: (found := manager.set(*varbinds))[0] != snmp.RESOURCE_UNAVAILABLE and [found], 20,
                    'the store is there')[0]


def commands(world, results):
    _, busbard, manager = stage(world)
    results.check(answer(manager, (COMMAND + '1', INTEGER, DO_OFF)) == (0, 0), 'off is taken')
    wait_for(lambda: manager.value(STATE + '1') == OFF, 20, 'the outlet is off')
    wait_for(lambda: manager.value(RESULT + '1') == WORKED, 20, 'the result is that it is')
    with busbard.client() as client:
        results.check(client.variables('pdu1').get('outlet.1.status') == 'off', 'a NUT client sees it')
    results.check(answer(manager, (COMMAND + '1', INTEGER, DO_ON)) == (0, 0), 'on is taken')
    wait_for(lambda: manager.value(STATE + '1') == ON, 20, 'it is on again')

    results.check(answer(manager, (COMMAND + '1', INTEGER, DELAYED_OFF), (DELAY + '1', INTEGER, 3000)) == (0, 0), 'off, later')
    wait_for(lambda: 2000 < (manager.value(PENDING + '1') or 0) <= 3000, 20, 'the seconds are shown')
    results.check(manager.value(COMMAND + '1') == DELAYED_OFF and manager.value(DELAY + '1') == -1, 'what pends is shown')
    results.check(manager.set((COMMAND + '1', INTEGER, DO_OFF)) == (snmp.INCONSISTENT_VALUE, 1), 'another is refused meanwhile')
    results.check(answer(manager, (COMMAND + '1', INTEGER, CANCEL)) == (0, 0), 'it is cancelled')
    wait_for(lambda: manager.value(COMMAND + '1') == 0, 20, 'nothing pends')
    results.check(manager.value(STATE + '1') == ON, 'and the outlet stays on')
    results.check(answer(manager, (COMMAND + '1', INTEGER, CYCLE)) == (0, 0), 'a cycle of 30 s')
    wait_for(lambda: manager.value(PENDING + '1'), 20, 'it is off and waits')
    results.check(answer(manager, (COMMAND + '1', INTEGER, CANCEL)) == (0, 0), 'is cancelled')
    wait_for(lambda: manager.value(COMMAND + '1') == 0, 20, 'nothing pends')


def refusals(world, results):
    _, _, manager = stage(world)
    lock = manager.value(CONFIRM + '2')
    results.check(answer(manager, (COMMAND + '2', INTEGER, DO_OFF)) == (snmp.INCONSISTENT_VALUE, 1), 'critical, not confirmed')
    results.check(manager.set((COMMAND + '2', INTEGER, DO_OFF), (CONFIRM + '2', INTEGER, lock + 1)) == (snmp.INCONSISTENT_VALUE, 2),
                  'critical, the wrong lock')
    results.check(manager.set((COMMAND + '2', INTEGER, DO_OFF), (CONFIRM + '1', INTEGER, manager.value(CONFIRM + '1'))) ==
                  (snmp.INCONSISTENT_VALUE, 1), "critical, another outlet's lock")
    results.check(manager.value(STATE + '2') == ON, 'it is on')
    results.check(answer(manager, (COMMAND + '2', INTEGER, DO_OFF), (CONFIRM + '2', INTEGER, lock)) == (0, 0), 'critical, confirmed')
    wait_for(lambda: manager.value(STATE + '2') == OFF, 20, 'then it is off')
    results.check(manager.set((COMMAND + '2', INTEGER, DO_OFF), (CONFIRM + '2', INTEGER, lock)) == (snmp.INCONSISTENT_VALUE, 2),
                  'a lock counts once')
    for outlet, varbind, error in (
            ('3', (COMMAND, INTEGER, DO_OFF), snmp.NOT_WRITABLE), ('4', (COMMAND, INTEGER, DO_OFF), snmp.NOT_WRITABLE),
            ('9', (COMMAND, INTEGER, DO_OFF), snmp.NO_CREATION),
            ('1', (COMMAND, INTEGER, 8), snmp.WRONG_VALUE), ('1', (COMMAND, INTEGER, 0), snmp.WRONG_VALUE),
            ('1', (COMMAND, OCTETS, b'off'), snmp.WRONG_TYPE), ('1', (DELAY, INTEGER, 86401), snmp.WRONG_VALUE),
            ('1', (DELAY, INTEGER, 10), snmp.INCONSISTENT_VALUE), ('1', (PENDING, INTEGER, 1), snmp.NOT_WRITABLE),
            ('1', (NAME, OCTETS, b'x' * 65), snmp.WRONG_LENGTH), ('1', (NAME, OCTETS, b'\xff'), snmp.WRONG_VALUE)):
        found = manager.set((varbind[0] + outlet, *varbind[1:]))
        results.check(found == (error, 1), f'{varbind} of outlet {outlet}: error {error}', found)
    results.check(manager.set((COMMAND[:-2] + '7.1', INTEGER, DO_OFF)) == (snmp.NO_CREATION, 1), 'a device that is not there')
    results.check(manager.set((COMMAND + '1', INTEGER, DO_OFF), (DELAY + '1', INTEGER, 5))[0] == snmp.INCONSISTENT_VALUE,
                  'a delay belongs to a delayed command')
    results.check(answer(manager, (NAME + '1', OCTETS, 'Gerät 1'.encode())) == (0, 0), 'a name is taken')
    wait_for(lambda: manager.value(NAME + '1') == 'Gerät 1'.encode(), 20, 'and read back')
    results.check(manager.value(STATE + '1') == ON, 'nothing was switched')


def groups(world, results):
    """Those that a device keeps itself; its critical outlet may be in any of them."""
    _, _, manager = stage(world)
    lock = manager.value(GROUP_CONFIRM + '1')
    results.check(answer(manager, (GROUP_COMMAND + '1', INTEGER, DO_OFF)) == (snmp.INCONSISTENT_VALUE, 1), 'off wants a confirmation')
    results.check(manager.set((GROUP_COMMAND + '1', INTEGER, DO_OFF), (GROUP_CONFIRM + '1', INTEGER, lock ^ 1)) ==
                  (snmp.INCONSISTENT_VALUE, 2), 'the wrong lock')
    results.check(manager.value(GROUP_STATE + '1') == 2, 'the group is on')
    results.check(answer(manager, (GROUP_COMMAND + '1', INTEGER, DO_OFF), (GROUP_CONFIRM + '1', INTEGER, lock)) == (0, 0), 'off, confirmed')
    wait_for(lambda: manager.value(GROUP_STATE + '1') == 1, 20, 'the group is off')
    results.check(manager.value(GROUP_STATE + '2') == 2 and manager.value(GROUP_COMMAND + '1') == 0, 'the other one is on')
    results.check(manager.value(GROUP_CONFIRM + '1') == (lock + 1 if lock < 2**31 - 1 else 0), 'the lock has moved')
    results.check(answer(manager, (GROUP_COMMAND + '1', INTEGER, DO_ON)) == (0, 0), 'on wants none')
    wait_for(lambda: manager.value(GROUP_STATE + '1') == 2, 20, 'the group is on again')
    for group, value, error in (('3', DO_OFF, snmp.NO_CREATION), ('1', 8, snmp.WRONG_VALUE), ('1', 0, snmp.WRONG_VALUE)):
        found = manager.set((GROUP_COMMAND + group, INTEGER, value))
        results.check(found == (error, 1), f'command {value} of group {group}: error {error}', found)


CONFIGURED = '''
group pair { members = {"pdu1:1", "pdu2:1", "pdu2:server1"} }
group some { members = {"pdu1:3", "pdu2:2", "pdu2:77"} }
group slow { members = {"pdu2:1", "pdu2:2", "pdu2:3"}  interval = 30 }
'''


def configured_groups(world, results):
    """Those of the configuration, over several devices: members, commands in sequence, partial failure, cancel."""
    snmpd, busbard, manager = stage(world, lines=CONFIGURED)

    def control(*argv):
        return world.run('busbarctl', '-s', busbard.control, *argv)

    views = {name: control('snmpd-view', name)[1] for name in ('pair', 'some', 'slow')}
    pair, some, slow = (view.split(' included .')[1].split()[0].rsplit('.', 1)[1] for view in views.values())
    state, members, name = (f'{BB}4.6.1.{column}.{{}}.1'.format for column in (5, 4, 2))
    command, confirm, result, by, failures = (f'{BB}8.2.1.{column}.{{}}.1'.format for column in (1, 3, 5, 6, 8))
    wait_for(lambda: manager.value(state(pair)) == ON, 20, 'the group is on')
    results.check(manager.value(name(pair)) == b'pair' and manager.value(members(pair)) == 2 and manager.value(members(some)) == 3,
                  'an outlet with two names is one member')
    rows = [(found[-3:], value) for found, _, value in manager.walk(BB + '4.7.1.2')] + \
        [(found[-3:], value) for found, _, value in manager.walk(BB + '4.7.1.3')]
    results.check([row for row in rows if row[0][0] == int(some)] == [((int(some), 1, 1), 1), ((int(some), 1, 2), 2),
                                                                      ((int(some), 1, 1), 3), ((int(some), 1, 2), 2)],
                  'the members are devices and outlets; one that is not there has no row', rows)
    with busbard.client() as client:
        listed = ' '.join(client.list('UPS'))
    results.check('pair' not in listed and 'pair' not in control('list')[1] and
                  [value for _, _, value in manager.walk(BB + '2.1.1.2')] == [b'pdu1', b'pdu2'] and
                  manager.value(BB + '1.4.0') == 2, 'a group is no device on any face', listed)

    results.check(answer(manager, (command(pair), INTEGER, DO_OFF)) == (0, 0), 'off is taken')
    wait_for(lambda: manager.value(state(pair)) == OFF, 20, 'both are off')
    wait_for(lambda: manager.value(result(pair)) == WORKED, 20, 'that is its result')
    results.check(manager.value(by(pair)) == b'snmp' and manager.value(STATE + '1') == OFF, 'and who gave it is said')
    results.check(answer(manager, (command(pair), INTEGER, DO_ON)) == (0, 0), 'on is taken')
    wait_for(lambda: manager.value(state(pair)) == ON, 20, 'both are on')
    results.check(manager.set((command('999'), INTEGER, DO_ON)) == (snmp.NO_CREATION, 1), 'a group that is not there')

    lock = manager.value(confirm(some))
    results.check(answer(manager, (command(some), INTEGER, DO_OFF), (confirm(some), INTEGER, lock)) == (0, 0), 'some members cannot')
    wait_for(lambda: manager.value(result(some)) == FAILED, 20, 'the command has failed')
    text = manager.value(failures(some)).decode()
    results.check('2 of 3 failed' in text and 'pdu1:3' in text and 'pdu2:77' in text, 'who failed is said', text)
    wait_for(lambda: manager.value(STATE[:-2] + '2.2') == OFF, 20, 'the one that could is off')
    results.check(manager.value(confirm(some)) == (lock + 1) % 2**31, 'the lock has moved')

    results.check(answer(manager, (command(slow), INTEGER, DO_OFF)) == (0, 0), 'a sequence with long pauses')
    wait_for(lambda: manager.value(STATE[:-2] + '2.1') == OFF, 20, 'its first member is off')
    results.check(manager.value(command(slow)) == DO_OFF, 'it is shown to go on')
    results.check(manager.set((command(slow), INTEGER, DO_ON)) == (snmp.INCONSISTENT_VALUE, 1), 'another is refused meanwhile')
    results.check(answer(manager, (command(slow), INTEGER, CANCEL)) == (0, 0), 'it is cancelled')
    wait_for(lambda: manager.value(command(slow)) == 0, 20, 'it has ended')
    results.check(manager.value(STATE[:-2] + '2.3') == ON and b'cancelled' in manager.value(failures(slow)),
                  'those whose turn had not come are on')


def half_closed(world, results):
    """A group is as open as the devices of its members."""
    _, busbard, manager = stage(world, lines=CONFIGURED, closed='pdu1')
    view = world.run('busbarctl', '-s', busbard.control, 'snmpd-view', 'pair')[1]
    row = view.split(' included .')[1].split()[0].rsplit('.', 1)[1] + '.1'
    wait_for(lambda: manager.value(f'{BB}4.6.1.5.{row}') == ON, 20, 'the group is on')
    results.check(manager.set((f'{BB}8.2.1.1.{row}', INTEGER, DO_OFF)) == (snmp.NOT_WRITABLE, 1), 'a member that is closed')
    results.check(manager.value(f'{BB}4.6.1.5.{row}') == ON, 'nothing was switched')


def notifications(world, results):
    """What was refused, and a group that did not do as it was told, reach a manager."""
    receiver = Receiver()
    _, busbard, manager = stage(world, lines=CONFIGURED, snmpd_lines=[f'trap2sink 127.0.0.1:{receiver.port} v2'])
    view = world.run('busbarctl', '-s', busbard.control, 'snmpd-view', 'some')[1]
    row = view.split(' included .')[1].split()[0].rsplit('.', 1)[1] + '.1'

    def told(number):
        return wait_for(lambda: [trap for trap in receiver.traps if trap.oid == snmp.oid(f'{ENTERPRISE}.0.{number}')], 30,
                        f'notification {number}')[0]

    results.check(answer(manager, (COMMAND + '3', INTEGER, DO_OFF)) == (snmp.NOT_WRITABLE, 1), 'a locked outlet')
    trap = told(19)
    text = trap.varbinds[snmp.oid(BB + '10.4.0')]
    results.check(trap.varbinds[snmp.oid(BB + '10.3.0')] == b'snmp' and b'outlet.3.load.off: the configuration' in text and
                  trap.varbinds[snmp.oid(BB + '2.1.1.2.1')] == b'pdu1', 'bbCommandRefused says who, what and why', trap.varbinds)
    lock = (f'{BB}8.2.1.3.{row}', INTEGER, manager.value(f'{BB}8.2.1.3.{row}'))
    results.check(answer(manager, (f'{BB}8.2.1.1.{row}', INTEGER, DO_OFF), lock) == (0, 0), 'a group of which some members cannot')
    trap = told(20)
    values = [trap.varbinds.get(snmp.oid(f'{BB}{column}.{row}')) for column in ('4.6.1.2', '8.2.1.1', '8.2.1.5', '8.2.1.6')]
    results.check(values == [b'some', DO_OFF, FAILED, b'snmp'] and
                  b'pdu2:77' in trap.varbinds[snmp.oid(f'{BB}8.2.1.8.{row}')], 'bbGroupCommandFailed says which members', trap.varbinds)
    receiver.close()


SET_UP = DEVICE + '''input.L1.current: 5
ambient.2.temperature: 21.5
ambient.2.temperature.high.warning: 30
outlet.coldstart: on
outlet.1.desc: web
outlet.1.current: 1.5
outlet.1.current.status: good
outlet.1.current.high.warning: 10
outlet.1.current.low.warning: 0.5
outlet.1.delay.start: 5
outlet.1.delay.reboot: 10
outlet.1.autoswitch.charge.low: 20
#RW:outlet.coldstart:ENUM:"on"
#RW:outlet.coldstart:ENUM:"last"
#RW:outlet.1.delay.reboot:RANGE:"5" "60"
#RW:outlet.1.delay.start:RANGE:"0" "600"
#RW:outlet.1.autoswitch.charge.low:RANGE:"0" "100"
#RW:outlet.1.desc:STRING:16
#RW:outlet.1.current.high.warning:RANGE:"0" "16"
#RW:ambient.2.temperature.high.warning:RANGE:"0" "60"
'''


def settings(world, results):
    """Limits and settings that the device lets be set, in its own unit; those that it does not are not writable."""
    snmpd = Snmpd(world, ['all'], lines=['rwcommunity w-any 127.0.0.1'])
    world.write('pdu1.dev', SET_UP)
    busbard = Busbard(world, {'pdu1': f'driver = sim port = "{world.path("pdu1.dev")}"'}, snmpd, agentx='writable = {config}')
    manager = snmpd.writer('any')
    limit, sensor = f'{BB}7.1.1.6.1.4.1.2', f'{BB}7.1.1.6.1.5.201.7'     # high warning: outlet 1's current, sensor 2's temperature
    wait_for(lambda: manager.value(limit) == 10000, 20, 'the limit is shown')

    def device(name):
        with busbard.client() as client:
            return client.value('pdu1', name)

    for what, varbind, name, value in (
            ('a limit in mA', (limit, INTEGER, 12500), 'outlet.1.current.high.warning', '12.5'),
            ('a limit of a sensor in 0.1 degrees', (sensor, INTEGER, 355), 'ambient.2.temperature.high.warning', '35.5'),
            ('the time off of a cycle', (f'{BB}4.5.1.23.1.1', GAUGE32, 20), 'outlet.1.delay.reboot', '20'),
            ('a delay', (f'{BB}4.5.1.21.1.1', INTEGER, 7), 'outlet.1.delay.start', '7'),
            ('what is plugged in', (f'{BB}4.5.1.3.1.1', OCTETS, b'db server'), 'outlet.1.desc', 'db server'),
            ('a charge', (f'{BB}4.5.1.26.1.1', GAUGE32, 35), 'outlet.1.autoswitch.charge.low', '35'),
            ('what comes after a power loss', (f'{BB}4.1.1.19.1', INTEGER, 3), 'outlet.coldstart', 'last')):
        results.check(answer(manager, varbind) == (0, 0), f'{what} is taken', manager.set(varbind))
        wait_for(lambda name=name, value=value: device(name) == value, 20, f'{what}: {device(name)}')
        wait_for(lambda varbind=varbind: manager.value(varbind[0]) == varbind[2], 20, f'{what} is read back')
    for what, varbind, error in (
            ('a limit beyond its range', (limit, INTEGER, 16001), snmp.WRONG_VALUE),
            ('a limit that the device does not let be set', (f'{BB}7.1.1.5.1.4.1.2', INTEGER, 1), snmp.NOT_WRITABLE),
            ('a limit that is not there', (f'{BB}7.1.1.6.1.4.9.2', INTEGER, 1), snmp.NO_CREATION),
            ('a class that is none', (f'{BB}7.1.1.6.1.99.1.2', INTEGER, 1), snmp.NO_CREATION),
            ('a word that the device has not', (f'{BB}4.1.1.19.1', INTEGER, 2), snmp.WRONG_VALUE),
            ('too short a time', (f'{BB}4.5.1.23.1.1', GAUGE32, 4), snmp.WRONG_VALUE),
            ('the wrong type', (f'{BB}4.5.1.23.1.1', INTEGER, 20), snmp.WRONG_TYPE),
            ('a text too long for the device', (f'{BB}4.5.1.3.1.1', OCTETS, b'x' * 17), snmp.WRONG_VALUE),
            ('a state', (f'{BB}7.1.1.9.1.4.1.2', INTEGER, 3), snmp.NOT_WRITABLE)):
        results.check(manager.set(varbind) == (error, 1), f'{what}: error {error}', manager.set(varbind))


def closed(world, results):
    _, busbard, manager = stage(world, '{names}')
    for _ in range(3):
        results.check(manager.set((COMMAND + '1', INTEGER, DO_OFF)) == (snmp.NOT_WRITABLE, 1), 'control that is not opened')
    results.check(manager.value(STATE + '1') == ON, 'nothing was switched')
    control = ('busbarctl', '-s', busbard.control)
    wait_for(lambda: 'snmp.refused: 3\n' in world.run(*control, 'list', '--server')[1], 20, 'each is counted')
    results.check(world.run(*control, 'events')[1].count('access-refused') == 1, 'the journal has the first of a minute')


if __name__ == '__main__':
    need('busbard', 'snmpd')
    harness.main(commands, refusals, groups, configured_groups, half_closed, settings, notifications, closed)
