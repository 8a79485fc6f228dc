"""Outlets switched by snmpset through Debian's snmpd: what is taken and what it does, what is refused and how."""

import harness
import snmp
from harness import Busbard, Snmpd, need, wait_for
from snmp import INTEGER, OCTETS
from pdu_mib import ENTERPRISE

BB = ENTERPRISE + '.1.'
NAME, STATE, ON_DELAY = BB + '4.5.1.2.1.', BB + '4.5.1.10.1.', BB + '4.5.1.21.1.'
COMMAND, DELAY, CONFIRM, PENDING, RESULT = (f'{BB}8.1.1.{column}.1.' for column in (1, 2, 3, 4, 5))
GROUP_STATE, GROUP_COMMAND, GROUP_CONFIRM = BB + '4.6.1.5.2.', BB + '8.2.1.1.2.', BB + '8.2.1.2.2.'
OFF, ON = 1, 2
DO_ON, DO_OFF, CYCLE, DELAYED_OFF, CANCEL = 1, 2, 3, 5, 7
WORKED = 1

DEVICE = ''.join(['device.type: pdu\n', 'ups.status: OL\n', 'outlet.count: 4\n'] +
                 [f'outlet.{n}.status: on\noutlet.{n}.switchable: {"no" if n == 4 else "yes"}\noutlet.{n}.desc: server {n}\n'
                  for n in (1, 2, 3, 4)])

GROUPED = DEVICE.replace('switchable: no', 'switchable: yes') + ''.join(
    f'outlet.group.{n}.status: on\noutlet.group.{n}.type: user-defined\noutlet.group.{n}.members: {members}\n'
    for n, members in ((1, '1 2'), (2, '3 4')))


def stage(world, writable='{names, config, control}'):
    snmpd = Snmpd(world, ['all'], lines=['rwcommunity w-any 127.0.0.1'])
    world.write('pdu1.dev', DEVICE)
    world.write('pdu2.dev', GROUPED)
    busbard = Busbard(world, {'pdu1': f'driver = sim port = "{world.path("pdu1.dev")}" '
                                      'outlet 1 { cycle-off = 30 } outlet 2 { critical = yes } outlet 3 { writable = no }',
                              'pdu2': f'driver = sim port = "{world.path("pdu2.dev")}" outlet 4 {{ critical = yes }}'},
                      snmpd, agentx=f'writable = {writable}')
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
    for group, value, error in (('3', DO_OFF, snmp.NO_CREATION), ('1', 4, snmp.WRONG_VALUE), ('1', 0, snmp.WRONG_VALUE)):
        found = manager.set((GROUP_COMMAND + group, INTEGER, value))
        results.check(found == (error, 1), f'command {value} of group {group}: error {error}', found)


def closed(world, results):
    _, _, manager = stage(world, '{names}')
    results.check(manager.set((COMMAND + '1', INTEGER, DO_OFF)) == (snmp.NOT_WRITABLE, 1), 'control that is not opened')
    results.check(manager.value(STATE + '1') == ON, 'nothing was switched')


if __name__ == '__main__':
    need('busbard', 'snmpd')
    harness.main(commands, refusals, groups, closed)
