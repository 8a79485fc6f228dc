#!/usr/bin/env python3
"""SETs of UPS-MIB through Debian's snmpd: names, tests, settings; what is refused, and how."""

import os
import signal

import harness
import snmp
from harness import Busbard, Snmpd, need, wait_for
from snmp import INTEGER, OCTETS, OID

UPS = harness.UPS_MIB + '.1.'
NAME, ATTACHED = UPS + '1.5.0', UPS + '1.6.0'
TEST, LOCK, SUMMARY = UPS + '7.1.0', UPS + '7.2.0', UPS + '7.3.0'
QUICK, DEEP, ABORT = UPS + '7.7.4', UPS + '7.7.5', UPS + '7.7.2'
TYPE, SHUTDOWN, STARTUP, REBOOT, RESTART = (UPS + f'8.{number}.0' for number in range(1, 6))
COUNTER = 'experimental.ups.timer.shutdown.counter'
LOW_TRANSFER = UPS + '9.9.0'
IN_PROGRESS = 5

DEVICE = """ups.status: OL
ups.mfr: ACME
ups.delay.shutdown: 20
ups.beeper.status: enabled
battery.charge: 100
battery.runtime: 1800
input.transfer.low: 190
input.transfer.high: 260
output.voltage: 230
#RW:input.transfer.low:RANGE:"170" "200"
#RW:ups.delay.shutdown:RANGE:"0" "3600"
"""


def stage(world, names=('ups1', 'ups2'), writable='{names, test, config}', **more):
    snmpd = Snmpd(world, names)
    for name in names:
        world.write(f'{name}.dev', DEVICE)
    busbard = Busbard(world, {name: f'driver = sim port = "{world.path(name + ".dev")}"' for name in names},
                      snmpd, agentx=f'writable = {writable}', **more)
    busbard.wait_published(names)
    return snmpd, busbard


def answer(manager, *varbinds):
    """A SET that meets a store that is not there yet is asked again."""
    return wait_for(lambda: (found := manager.set(*varbinds))[0] != snmp.RESOURCE_UNAVAILABLE and [found], 20,
                    'the store is there')[0]


def names(world, results):
    snmpd, busbard = stage(world)
    one, other = snmpd.writer('ups1'), snmpd.writer('ups2')
    results.check(one.value(NAME) == b'ups1', 'upsIdentName is the device\'s before anybody writes it')
    results.check(answer(one, (NAME, OCTETS, 'rack 1'), (ATTACHED, OCTETS, 'db1 db2')) == (0, 0), 'two names in one SET')
    results.check((one.value(NAME), one.value(ATTACHED)) == (b'rack 1', b'db1 db2'), 'they read back')
    results.check((other.value(NAME), other.value(ATTACHED)) == (b'ups2', b''), 'the other UPS keeps its own')
    results.check(one.set((NAME, OCTETS, 'x' * 64))[0] == snmp.WRONG_LENGTH and
                  one.set((ATTACHED, OCTETS, 'half'), (NAME, OCTETS, b'\xe4')) == (snmp.WRONG_VALUE, 2) and
                  one.value(ATTACHED) == b'db1 db2', 'all or nothing')
    os.kill(busbard.program.pid, signal.SIGKILL)
    busbard.program.stop()
    busbard.start()
    busbard.wait_published()
    results.check((one.value(NAME), one.value(ATTACHED)) == (b'rack 1', b'db1 db2'), 'after kill -9 of everything too')


def tests(world, results):
    snmpd, _ = stage(world)
    one, two = snmpd.writer('ups1'), snmpd.writer('ups1')
    lock = one.value(LOCK)
    results.check(one.set((TEST, OID, QUICK)) == (snmp.INCONSISTENT_VALUE, 1), 'a test without its lock is refused')
    results.check(one.set((TEST, OID, QUICK), (LOCK, INTEGER, lock + 1)) == (snmp.INCONSISTENT_VALUE, 2),
                  'a wrong lock is refused at the lock')
    results.check(answer(one, (LOCK, INTEGER, lock), (TEST, OID, QUICK)) == (0, 0), 'a test with its lock is taken')
    results.check(two.set((LOCK, INTEGER, lock), (TEST, OID, QUICK)) == (snmp.INCONSISTENT_VALUE, 1),
                  'whoever read the same lock comes too late')
    results.check(one.value(LOCK) == (lock + 1) % 2**31, 'the lock is one further')
    wait_for(lambda: one.value(SUMMARY) == IN_PROGRESS, 10, 'the test runs')
    results.check(one.value(TEST) == snmp.oid(QUICK), 'upsTestId says which test runs')
    lock = two.value(LOCK)
    results.check(two.set((LOCK, INTEGER, lock), (TEST, OID, DEEP)) == (snmp.INCONSISTENT_VALUE, 2),
                  'no second test while one runs')
    results.check(answer(two, (LOCK, INTEGER, lock), (TEST, OID, ABORT)) == (0, 0), 'it can be aborted')
    wait_for(lambda: one.value(SUMMARY) != IN_PROGRESS, 10, 'the test has ended')
    results.check(True, 'and ends')


def settings(world, results):
    snmpd, _ = stage(world)
    one = snmpd.writer('ups1')
    results.check(one.set((LOW_TRANSFER, INTEGER, 180)) == (0, 0), 'a transfer point within the range is taken')
    wait_for(lambda: one.value(LOW_TRANSFER) == 180, 10, 'the device shows it')
    results.check(one.set((LOW_TRANSFER, INTEGER, 160)) == (snmp.INCONSISTENT_VALUE, 1), 'one outside is not')


def control(world, results):
    """Turning off and on: the device counts here, busbard there; type and restart are kept."""
    snmpd, busbard = stage(world, writable='{control}')
    world.write('ups2.dev', DEVICE + '#CMD:load.off\n#CMD:load.on\n')     # which can count nothing
    one, two = snmpd.writer('ups1'), snmpd.writer('ups2')
    results.check((one.value(SHUTDOWN), one.value(STARTUP), one.value(REBOOT)) == (-1, -1, -1), 'nothing runs')
    results.check(answer(one, (RESTART, INTEGER, 2), (TYPE, INTEGER, 2)) == (0, 0), 'type and restart in one SET')
    results.check((one.value(TYPE), one.value(RESTART)) == (2, 2) and (two.value(TYPE), two.value(RESTART)) == (1, 1),
                  'they read back, and the other UPS keeps its own')
    results.check(one.set((SHUTDOWN, INTEGER, 300)) == (0, 0), 'a shutdown in 300 s')
    wait_for(lambda: 0 < one.value(SHUTDOWN) <= 300, 10, 'the countdown shows')
    with busbard.client() as client:
        results.check(client.value('ups1', COUNTER) == 'device', 'the device counts')
        wait_for(lambda: client.value('ups1', 'ups.status').startswith('FSD'), 10, 'NUT clients are told')
    results.check(one.set((SHUTDOWN, INTEGER, -1)) == (0, 0), '-1 cancels it')
    wait_for(lambda: one.value(SHUTDOWN) == -1, 10, 'nothing runs any more')
    wait_for(lambda: two.set((TYPE, INTEGER, 2)) == (snmp.WRONG_VALUE, 1), 10, 'what cannot turn itself off is told')
    results.check(two.set((SHUTDOWN, INTEGER, 300), (TYPE, INTEGER, 2)) == (snmp.WRONG_VALUE, 2) and
                  two.value(SHUTDOWN) == -1, 'all or nothing')
    results.check(two.set((SHUTDOWN, INTEGER, 300)) == (0, 0), 'a shutdown of a UPS that cannot count')
    wait_for(lambda: 0 < two.value(SHUTDOWN) <= 300, 10, 'the countdown shows')
    with busbard.client() as client:
        results.check(client.value('ups2', COUNTER) == 'busbard', 'busbard counts')
    os.kill(busbard.program.pid, signal.SIGKILL)
    busbard.program.stop()
    busbard.start()
    busbard.wait_published()
    results.check((one.value(TYPE), one.value(RESTART)) == (2, 2), 'after kill -9 type and restart are there')
    wait_for(lambda: 200 < two.value(SHUTDOWN) < 300, 10, 'and what busbard counts goes on')
    with busbard.client() as client:
        results.check(client.value('ups2', 'ups.status') == 'FSD OL', 'its clients are told again')
    results.check(answer(two, (SHUTDOWN, INTEGER, 1)) == (0, 0), 'a newer order replaces it')
    wait_for(lambda: two.value(UPS + '4.1.0') == 2, 10, 'the output is off')
    wait_for(lambda: snmp.oid(UPS + '6.3.11') in {value for _, _, value in two.walk(UPS + '6.2.1.2')}, 20,
             'upsAlarmOutputOffAsRequested')
    results.check(two.set((STARTUP, INTEGER, 0)) == (0, 0), 'a startup')
    wait_for(lambda: two.value(UPS + '4.1.0') == 3, 10, 'the output is on')
    results.check(two.set((REBOOT, INTEGER, 301)) == (snmp.WRONG_VALUE, 1) and
                  two.set((REBOOT, INTEGER, 2)) == (0, 0), 'a reboot of 2 s')
    wait_for(lambda: two.value(UPS + '4.1.0') == 2, 10, 'the output is off')
    results.check(two.set((REBOOT, INTEGER, -1)) == (snmp.INCONSISTENT_VALUE, 1), 'it cannot be taken back any more')
    wait_for(lambda: two.value(UPS + '4.1.0') == 3, 10, 'the output is on again')


def refusals(world, results):
    snmpd, _ = stage(world, writable='{test}')
    one, old = snmpd.writer('ups1'), snmpd.writer('ups1', version=1)
    for what, varbind, error, error1 in (
            ('a closed group', (NAME, OCTETS, 'x'), snmp.NOT_WRITABLE, snmp.NO_SUCH_NAME),
            ('a read-only object', (UPS + '2.1.0', INTEGER, 2), snmp.NOT_WRITABLE, snmp.NO_SUCH_NAME),
            ('a row that is not there', (UPS + '3.3.1.3.9', INTEGER, 2), snmp.NOT_WRITABLE, snmp.NO_SUCH_NAME),
            ('an instance that cannot be', (LOCK[:-1] + '1', INTEGER, 2), snmp.NO_CREATION, snmp.NO_SUCH_NAME),
            ('a wrong type', (LOCK, OCTETS, '1'), snmp.WRONG_TYPE, snmp.BAD_VALUE),
            ('a wrong value', (LOCK, INTEGER, -1), snmp.WRONG_VALUE, snmp.BAD_VALUE),
            ('a wrong moment', (LOCK, INTEGER, one.value(LOCK) ^ 1), snmp.INCONSISTENT_VALUE, snmp.BAD_VALUE)):
        results.check(one.set(varbind) == (error, 1), f'{what}, v2c', one.set(varbind))
        results.check(old.set(varbind) == (error1, 1), f'{what}, v1', old.set(varbind))
    results.check(snmpd.manager('ups1').set((LOCK, INTEGER, one.value(LOCK))) == (snmp.NO_ACCESS, 1),
                  'who may only read is refused by snmpd')


need('snmpd')
harness.main(names, tests, settings, control, refusals)
