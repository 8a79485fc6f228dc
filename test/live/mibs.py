"""All devices in the default context through snmpd: BUSBAR-MIB by name and as tables, sensors as LibreNMS
finds them, indexes that outlive everything, another subagent that was there first, a thousand devices."""

import os
import re
import signal
import time

import snmp
from harness import BUILDDIR, Busbard, SRCDIR, Snmpd, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
# UPSes: what BUSBAR-MIB has of others is in pdu_mib.py
DEVICES = sorted(name[:-4] for name in os.listdir(DEMO) if name.endswith('.dev') and not name.startswith('pdu'))
MODULES = ['-M', ':'.join([os.path.join(BUILDDIR, 'mibs'), os.path.join(SRCDIR, 'mibs'),
                           os.path.join(SRCDIR, 'mibs/base')]), '-m', 'BUSBAR-MIB:UPS-MIB']
with open(os.path.join(BUILDDIR, 'mibs/BUSBAR-MIB.txt')) as module:
    ENTERPRISE = re.search(r'enterprise OID\n-- ([\d.]+)\.', module.read())[1]
NAMES = f'{ENTERPRISE}.1.2.1.1.2'
STATES = f'{ENTERPRISE}.1.2.1.1.14'
ENT_DESCR, ENT_NAME = '1.3.6.1.2.1.47.1.1.1.1.2', '1.3.6.1.2.1.47.1.1.1.1.7'
SENSOR = '1.3.6.1.2.1.99.1.1.1'


def sections(names=None, more=''):
    return {name: f'driver = sim  port = "{DEMO}/{name}.dev"  {more}' for name in names or DEVICES}


def indexes(manager):
    """{name: bbDevIndex}"""
    return {value.decode(): name[-1] for name, _, value in manager.walk(NAMES)}


def shown(snmpd, names, seconds=30):
    """The indexes, once those devices and no others are there and fresh."""
    manager = snmpd.manager()

    def complete():
        found = indexes(manager)
        states = [value for _, _, value in manager.walk(STATES)]
        return found if sorted(found) == sorted(names) and set(states) == {1} else None
    found = wait_for(complete, seconds, f'{len(names)} devices are shown', 0.02)
    manager.close()
    return found


def tables_by_name(world, results):
    snmpd = Snmpd(world, DEVICES)
    busbard = Busbard(world, sections(), snmpd)
    busbard.wait_fresh()
    shown(snmpd, DEVICES)
    where = f'127.0.0.1:{snmpd.port}'
    world.run('snmpget', '-v2c', '-c', 'public', where, NAMES)      # makes its folder, and says so
    for table, column in (('bbDeviceTable', 'bbDevCommState'), ('bbUpsTable', 'bbUpsOutputSource')):
        status, out, error = world.run('snmptable', '-v2c', '-c', 'public', *MODULES, '-Cf', '|', '-CB', where, f'BUSBAR-MIB::{table}')
        rows = [line.split('|') for line in out.splitlines() if '|' in line]
        results.check(status == 0 and not error, f'snmptable {table}', error)
        results.check(len(rows) == 1 + len(DEVICES) and column in rows[0], f'{table}: a row for each device', out)
        if table == 'bbDeviceTable':
            results.check(sorted(row[rows[0].index('bbDevName')].strip('"') for row in rows[1:]) == DEVICES,
                          'bbDevName: the devices', out)
    status, out, error = world.run('snmpwalk', '-v2c', '-c', 'public', *MODULES, '-Os', where, 'BUSBAR-MIB::bbObjects')
    lines = out.splitlines()
    results.check(status == 0 and not error and len(lines) > 25 * len(DEVICES), 'snmpwalk of bbObjects', error or out)
    strange = [line for line in lines if not re.match(r'bb\w+\.\d+ = ', line) or 'Wrong' in line or 'Hex-STRING' in line]
    results.check(not strange, 'each object has a name and the type that its module says', '\n'.join(strange))
    values = dict(line.split(' = ', 1) for line in lines if ' = ' in line)
    results.check(values.get('bbAgentDeviceCount.0', '').startswith(f'Gauge32: {len(DEVICES)}'), 'bbAgentDeviceCount', out)
    status, out, error = world.run('snmpwalk', '-v2c', '-c', 'c-' + DEVICES[0], *MODULES, '-Os', where, 'UPS-MIB::upsObjects')
    strange = [line for line in out.splitlines() if not re.match(r'ups\w+\.\d+ = ', line) or 'Wrong' in line]
    results.check(status == 0 and not error and not strange, 'UPS-MIB likewise', error or '\n'.join(strange))
    modules = [value for _, _, value in snmpd.manager().walk('1.3.6.1.2.1.1.9.1.2')]
    for module in ('1.3.6.1.2.1.33', '1.3.6.1.2.1.47', '1.3.6.1.2.1.99', ENTERPRISE):
        results.check(modules.count(snmp.oid(module)) == 1, f'sysORTable has {module} once', modules)


def last(manager, root):
    return {name[-1]: value for name, _, value in manager.walk(root)}


def librenms(manager):
    """{label: (kind, value)}, found as LibreNMS does."""
    kinds = {3: 'voltage', 4: 'voltage', 5: 'current', 6: 'power', 7: 'frequency', 8: 'temperature', 9: 'humidity'}
    scales = {8: 1e-3, 9: 1, 10: 1e3}
    described, names = last(manager, ENT_DESCR), last(manager, ENT_NAME)
    if not described:
        return {}
    types, scale, precision, values, status = (last(manager, f'{SENSOR}.{column}') for column in range(1, 6))
    return {names[n].decode(): (kinds[types[n]], values[n] * scales[scale[n]] / 10 ** precision[n])
            for n in types if types[n] in kinds and status.get(n) == 1 and n in values}


def sensors(world, results):
    snmpd = Snmpd(world, DEVICES)
    busbard = Busbard(world, sections(), snmpd)
    busbard.wait_fresh()
    found = shown(snmpd, DEVICES)
    manager = snmpd.manager()
    labels = librenms(manager)
    compared = 0
    for device in DEVICES:
        with busbard.client() as client:
            said = client.variables(device)
        phases = {place for place in ('input', 'output') if any(name.startswith(f'{place}.L') for name in said)}
        for variable, label, kind in (
                ('input.voltage', 'input voltage', 'voltage'), ('output.voltage', 'output voltage', 'voltage'),
                ('input.frequency', 'input frequency', 'frequency'), ('battery.voltage', 'battery voltage', 'voltage'),
                ('battery.temperature', 'battery temperature', 'temperature'), ('ups.temperature', 'temperature', 'temperature'),
                ('input.L1-N.voltage', 'input L1 voltage', 'voltage'), ('output.L2-N.voltage', 'output L2 voltage', 'voltage'),
                ('ambient.temperature', 'ambient temperature', 'temperature'), ('ambient.humidity', 'ambient humidity', 'humidity')):
            if variable in said and not (kind == 'voltage' and variable.split('.')[0] in phases and '.L' not in variable):
                compared += 1
                value = labels.get(f'{device} {label}')
                results.check(value is not None and value[0] == kind and abs(value[1] - float(said[variable])) < 0.051,
                              f'LibreNMS: {device} {label} is {said[variable]}', value)
    results.check(compared >= 8, f'{compared} sensors were compared', labels)
    contexts = last(manager, '1.3.6.1.2.1.47.1.2.1.1.8')
    results.check(contexts == {index: name.encode() for name, index in found.items()}, 'entLogicalTable names each context', contexts)
    chassis = last(manager, f'{ENTERPRISE}.1.2.1.1.25')
    results.check(all(names == device.encode() for device, index in found.items()
                      for names in [manager.value(f'{ENT_NAME}.{chassis[index]}')]), 'bbDevEntPhysicalIndex leads to the device', chassis)
    manager.close()


def indexes_last(world, results):
    """Restarts, kills, another order, a device that goes and comes back, a file with a mistake in it."""
    snmpd = Snmpd(world)
    busbard = Busbard(world, sections(more='context = no'), snmpd)
    first = shown(snmpd, DEVICES)
    results.check(sorted(first.values()) == list(range(1, len(DEVICES) + 1)), 'numbers begin with 1', first)
    path = world.path('busbard', 'state', 'indexes')

    def saved():
        with open(path) as file:
            return dict(reversed(line.split()[1:]) for line in file if line.startswith('device '))
    wait_for(lambda: len(saved()) == len(DEVICES), 5, 'they are saved')

    def again(names, how):
        busbard.configure({name: section for name, section in
                           ((name, sections()[name] if name in DEVICES else sections()[DEVICES[0]]) for name in names)})
        if how == signal.SIGHUP:
            busbard.program.signal(how)
        else:
            busbard.program.signal(how)
            busbard.program.process.wait(10)
            busbard.start()
        return shown(snmpd, names)

    found = again(DEVICES[::-1], signal.SIGTERM)
    results.check(found == first, 'restarted in another order', found)
    found = again(DEVICES[1:], signal.SIGHUP)
    results.check(found == {name: first[name] for name in DEVICES[1:]}, 'one is removed', found)
    found = again([*DEVICES[1:], 'aaa'], signal.SIGHUP)
    results.check(found['aaa'] == len(DEVICES) + 1, 'a new one gets a new number', found)
    wait_for(lambda: 'aaa' in saved(), 5, 'it is saved')
    found = again([*DEVICES, 'aaa'], signal.SIGKILL)
    results.check(found == {**first, 'aaa': len(DEVICES) + 1}, 'killed and back, with the one that was removed', found)

    busbard.program.stop()
    with open(path, 'a') as file:
        file.write('device seventy zzz\n')
    busbard.start()
    found = shown(snmpd, [*DEVICES, 'aaa'])
    results.check(found == {**first, 'aaa': len(DEVICES) + 1}, 'a broken line changes no number', found)
    results.check(f'{path}:{len(DEVICES) + 4}: no "device NUMBER NAME"' in busbard.program.text(), 'it is told with file and line',
                  busbard.program.text())
    busbard.program.stop()
    with open(path) as file:
        results.check('device seventy zzz\n' in file.read(), 'and kept')

    # no folder at all, nor a way to make one
    world.write('busbard/file', '')
    os.rename(world.path('busbard', 'state'), world.path('busbard', 'kept'))
    busbard.start()
    shown(snmpd, [*DEVICES, 'aaa'])
    wait_for(lambda: len(saved()) == len(DEVICES) + 1, 5, 'a missing folder is made')
    results.check(True, 'a missing folder is made')
    busbard.program.stop()
    busbard.flags = ('-S', os.path.join(world.path('busbard', 'file'), 'state'))
    busbard.start()
    shown(snmpd, [*DEVICES, 'aaa'])
    wait_for(lambda: 'indexes cannot be written: Not a directory' in busbard.program.text(), 5, 'it is told')
    again([*DEVICES, 'aaa', 'bbb'], signal.SIGHUP)
    results.check(busbard.program.text().count('cannot be written') == 1, 'an unwritable folder is told once, and all goes on',
                  busbard.program.text())


def somebody_was_first(world, results):
    """Two daemons at one master: the second is refused what the first has, says so once, and spoils nothing."""
    snmpd = Snmpd(world, ['other'])
    first = Busbard(world, sections(more='context = no'), snmpd)
    found = shown(snmpd, DEVICES)
    second = Busbard(world, {'other': f'driver = sim  port = "{DEMO}/{DEVICES[0]}.dev"'}, snmpd, folder='second')
    second.wait_published()
    wait_for(lambda: 'duplicateRegistration' in second.program.text(), 5, 'it is refused')
    manager = snmpd.manager()
    results.check(indexes(manager) == found, 'the first is served as before')
    manager.close()
    snmpd.program.kill()
    snmpd.start()
    second.wait_published()
    # both write to the same log; after the master's restart either may be first
    results.check(first.program.text().count('duplicateRegistration') <= 2, 'each says it once', first.program.text())


def thousand(world, results):
    snmpd = Snmpd(world)
    names = [f'ups{n:04}' for n in range(1000)]
    busbard = Busbard(world, {name: f'driver = sim  port = "{DEMO}/{DEVICES[n % len(DEVICES)]}.dev"  context = no'
                              for n, name in enumerate(names)}, snmpd)
    shown(snmpd, names, 60)
    agentx = busbard.roles()['agentx']

    def cpu():
        with open(f'/proc/{agentx}/stat') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
    manager = snmpd.manager(timeout=10)
    ups = f'{ENTERPRISE}.1.3.1.1'
    counts = {}
    for label, root in (('bbUpsTable', ups), ('bbDevName', NAMES), ('entPhysicalName', ENT_NAME), ('entPhySensorValue', f'{SENSOR}.4')):
        began, before = time.monotonic(), cpu()
        found = manager.walk(root, 50)
        took = time.monotonic() - began
        results.note(f'{label} of 1000 devices: {len(found)} objects in {took:.2f} s, '
                     f'{took * 1e6 / len(found):.0f} us each, {(cpu() - before) * 1e6 / len(found):.1f} us of it busbard')
        results.check(len(found) >= 1000, f'{label} of 1000 devices is walked')
        if root == ups:
            for name, _, _ in found:
                counts[name[:-1]] = counts.get(name[:-1], 0) + 1
    # wide, as one should: the columns that all rows have, some rows in one request
    columns = [column for column, count in counts.items() if count == len(names)]
    began, before, cells, at = time.monotonic(), cpu(), 0, columns
    while at:
        _, _, found = manager.request(snmp.BULK, at, 0, 3)
        inside = [name for n, (name, _, _) in enumerate(found) if name[:-1] == columns[n % len(columns)]]
        cells += len(inside)
        at = [name for name, _, _ in found[-len(columns):]] if len(inside) == len(found) else []
    took = time.monotonic() - began
    results.note(f'{len(columns)} columns of bbUpsTable at once: {cells} cells in {took:.2f} s, {took * 1e6 / cells:.0f} us each, '
                 f'{(cpu() - before) * 1e6 / cells:.1f} us of it busbard')
    results.check(cells == len(columns) * len(names), 'all rows come in wide requests', cells)
    manager.close()


need('busbard', 'snmpd', 'snmptable', 'snmpwalk')
main(tables_by_name, sensors, indexes_last, somebody_was_first, thousand)
