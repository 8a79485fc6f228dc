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
harness.main(names, tests, settings, refusals)
