"""The tree as a manager walks it: in strictly increasing order, by GETNEXT and by GETBULK of any
width, identical to a GET of each instance, under v1, v2c and v3, in every context."""

import os

import snmp
from harness import Busbard, SRCDIR, Snmpd, main, need

DEMO = os.path.join(SRCDIR, 'conf/demo')
ROOTS = ('1.3.6.1.2.1.1', '1.3.6.1.2.1.33')
REPETITIONS = (1, 2, 7, 20, 100, 2000)


def stable(found):
    """Without what moves by itself: sysUpTime and upsSecondsOnBattery, upsTestElapsedTime."""
    moving = ((1, 3, 6, 1, 2, 1, 1, 3, 0), (1, 3, 6, 1, 2, 1, 33, 1, 2, 2, 0),
              (1, 3, 6, 1, 2, 1, 33, 1, 7, 6, 0))
    return [(name, None if name in moving else (tag, value)) for name, tag, value in found]


def walk_by_tool(world, port, root, *how):
    """[(name, text)] as net-snmp's snmpbulkwalk or snmpwalk prints it."""
    status, out, error = world.run(*how, '-On', '-OQ', '-Ox', f'127.0.0.1:{port}', root)
    if status:
        raise AssertionError(f'{how}: {error}')
    return [line.split(' = ', 1) for line in out.splitlines()
            if line.startswith('.') and 'No more variables' not in line]


def every_way(world, results):
    devices = sorted(name[:-4] for name in os.listdir(DEMO) if name.endswith('.dev'))
    snmpd = Snmpd(world, devices)
    busbard = Busbard(world, {name: f'driver = sim  port = "{DEMO}/{name}.dev"  context = yes'
                              for name in devices}, snmpd)
    busbard.wait_fresh()
    busbard.wait_published()

    for context in (None, *devices):
        for root in ROOTS if context else ROOTS[1:]:
            label = f'{context or "the default context"}, {root}'
            manager = snmpd.manager(context)
            by_next = manager.walk(root)
            results.check(len(by_next) > (20 if root == ROOTS[1] else 6), f'{label}: has objects', len(by_next))
            for repetitions in REPETITIONS:
                results.check(stable(manager.walk(root, repetitions)) == stable(by_next),
                              f'{label}: GETBULK of {repetitions} as GETNEXT')
            gets = [(name, *(manager.get(name) or (None, None))) for name, _, _ in by_next]
            results.check(stable(gets) == stable(by_next), f'{label}: GETs as GETNEXT')
            old = snmpd.manager(context, version=1)
            results.check(stable(old.walk(root)) == stable(by_next), f'{label}: v1 as v2c')
            manager.close()
            old.close()
            by_tool = [walk_by_tool(world, snmpd.port, root, 'snmpbulkwalk', *how) for how in (
                ('-v2c', '-c', 'c-' + context if context else 'public'),
                ('-v3', '-l', 'authNoPriv', '-u', 'reader', '-a', 'SHA', '-A', snmpd.secret, '-n', context or ''))]
            names = [[name for name, _ in found] for found in by_tool]
            results.check(names[0] == names[1] == ['.' + snmp.dotted(name) for name, _, _ in by_next],
                          f'{label}: v3 as v2c')


def an_instance_that_is_not_there(world, results):
    device = sorted(name[:-4] for name in os.listdir(DEMO) if name.endswith('.dev'))[0]
    snmpd = Snmpd(world, [device])
    busbard = Busbard(world, {device: f'driver = sim  port = "{DEMO}/{device}.dev"'}, snmpd)
    busbard.wait_published()
    manager = snmpd.manager(device)
    _, _, found = manager.request(snmp.GET, [snmp.oid('1.3.6.1.2.1.33.1.2.1.1')])
    results.check(found[0][1] in (snmp.NO_INSTANCE, snmp.NO_OBJECT), 'upsBatteryStatus.1: no such instance', found)
    _, _, found = manager.request(snmp.GET, [snmp.oid('1.3.6.1.2.1.33.1.99.1.0')])
    results.check(found[0][1] in (snmp.NO_INSTANCE, snmp.NO_OBJECT), 'a group that is not there: no such object', found)
    _, _, found = manager.request(snmp.GET, [snmp.oid('1.3.6.1.2.1.33.1.3.3.1.1.1')])
    results.check(found[0][1] in (snmp.NO_INSTANCE, snmp.NO_OBJECT), 'upsInputLineIndex cannot be read', found)


need('busbard', 'snmpd', 'snmpbulkwalk')
main(every_way, an_instance_that_is_not_there)
