"""PDUs and a transfer switch in the default context through snmpd: every object of BUSBAR-MIB by its name,
values as the device says them, sensors as LibreNMS finds them, and outlets that change while managers look."""

import os
import re

import snmp
from harness import BUILDDIR, Busbard, SRCDIR, Snmpd, main, need, wait_for

with open(os.path.join(BUILDDIR, 'mibs/BUSBAR-MIB.txt')) as module:
    ENTERPRISE = re.search(r'enterprise OID\n-- ([\d.]+)\.', module.read())[1]
MODULES = ['-M', ':'.join([os.path.join(BUILDDIR, 'mibs'), os.path.join(SRCDIR, 'mibs'),
                           os.path.join(SRCDIR, 'mibs/base')]), '-m', 'BUSBAR-MIB']
PHYSICAL, SENSOR = '1.3.6.1.2.1.47.1.1.1.1', '1.3.6.1.2.1.99.1.1.1'


def pdu(outlets):
    """A three-phase PDU with everything, as NUT's names say it."""
    said = ['device.type: pdu', 'device.mfr: Example', 'device.model: P48', 'device.serial: 4711', 'ups.status: OL',
            f'outlet.count: {outlets}', 'input.phases: 3', 'input.realpower: 6900', 'input.energy: 5000000000',
            'input.current.nominal: 32', 'outlet.coldstart: last', 'ambient.1.temperature: 22.5',
            'ambient.1.temperature.high.critical: 40', 'ambient.1.humidity: 45', 'ambient.1.name: cold aisle',
            'ambient.1.contacts.1.status: closed', 'ambient.1.contacts.1.config: normal-open']
    for line in (1, 2, 3):
        said += [f'input.L{line}.voltage: 23{line}.5', f'input.L{line}.current: 1{line}.25', f'input.L{line}.realpower: 2300',
                 f'input.L{line}.current.status: good', f'input.L{line}.current.high.warning: 28.8']
        said += [f'outlet.group.{line}.type: breaker1pole', f'outlet.group.{line}.name: B{line}',
                 f'outlet.group.{line}.breaker.status: closed', f'outlet.group.{line}.current: 3.5']
    for n in range(1, outlets + 1):
        said += [f'outlet.{n}.desc: server {n}', f'outlet.{n}.status: {"off" if n == 7 else "on"}', f'outlet.{n}.switchable: yes',
                 f'outlet.{n}.current: 0.{n:02}', f'outlet.{n}.realpower: {n * 10}', f'outlet.{n}.energy: {5000000000 + n}',
                 f'outlet.{n}.groupid: {1 + n % 3}', f'outlet.{n}.current.high.critical: 10', f'outlet.{n}.current.status: good']
    return '\n'.join(said) + '\n'


ATS = '\n'.join(['device.type: ats', 'device.model: A2', 'ups.status: OL', 'input.count: 2', 'input.source: 1',
                 'input.source.preferred: 2', 'input.1.voltage: 229.3', 'input.2.voltage: 245.4', 'input.1.frequency: 50',
                 'input.2.voltage.status: warning-high', 'output.voltage: 230.4', 'output.current: 0.5']) + '\n'

EXPECTED = {
    'bbDevType.1': 'INTEGER: pdu(2)', 'bbPduUnitOutlets.1': 'Gauge32: 48 outlets', 'bbPduUnitSwitched.1': 'Gauge32: 48 outlets',
    'bbPduUnitEnergy.1': 'Counter64: 5000000000 watt-hours', 'bbPduUnitColdStart.1': 'INTEGER: lastState(3)',
    'bbPhaseVoltage.1.1.l2': 'Gauge32: 232500 millivolts', 'bbPhaseCurrent.1.1.l3': 'Gauge32: 13250 milliamperes',
    'bbBranchKind.1.2': 'INTEGER: breaker1P(1)', 'bbBranchBreakerState.1.2': 'INTEGER: closed(1)',
    'bbOutletName.1.5': 'STRING: server 5', 'bbOutletState.1.5': 'INTEGER: on(2)', 'bbOutletState.1.7': 'INTEGER: off(1)',
    'bbOutletCurrent.1.48': 'Gauge32: 480 milliamperes', 'bbOutletEnergy.1.48': 'Counter64: 5000000048 watt-hours',
    'bbOutletCaps.1.5': 'BITS: F0 switchable(0) cycle(1) delayed(2) metered(3)', 'bbOutletCommand.1.48': 'INTEGER: none(0)',
    'bbSensorValue.1.101': 'INTEGER: 225', 'bbSensorName.1.101': 'STRING: cold aisle', 'bbSensorState.1.121': 'INTEGER: highCritical(5)',
    'bbThresholdHighCritical.1.outlet.48.electricCurrent': 'INTEGER: 10000', 'bbThresholdState.1.outlet.48.electricCurrent': 'INTEGER: normal(3)',
    'bbThresholdHighWarning.1.phase.13.electricCurrent': 'INTEGER: 28800',
    'bbAtsSelected.2': 'Gauge32: 1', 'bbAtsPreferred.2': 'Gauge32: 2', 'bbAtsSourceVoltage.2.2': 'Gauge32: 245400 millivolts',
    'bbAtsSourceState.2.2': 'INTEGER: high(3)',
}


def devices(world):
    found = {}
    for name, said in (('pdu1', pdu(48)), ('switch1', ATS)):
        path = world.path(name + '.dev')
        with open(path, 'w') as file:
            file.write(said)
        found[name] = path
    return found


def walked(world, snmpd):
    status, out, error = world.run('snmpbulkwalk', '-v2c', '-c', 'public', *MODULES, '-Os', f'127.0.0.1:{snmpd.port}',
                                   'BUSBAR-MIB::bbObjects')
    if status:
        raise AssertionError(error)
    return dict(line.strip().split(' = ', 1) for line in out.splitlines() if ' = ' in line)


def once(world, snmpd, what, right):
    def look():
        found = walked(world, snmpd)
        return found if right(found) else None
    return wait_for(look, 30, what, 0.1)


def every_object_by_name(world, results):
    paths = devices(world)
    snmpd = Snmpd(world, [])
    busbard = Busbard(world, {name: f'driver = sim  port = "{path}"' for name, path in paths.items()}, snmpd)
    busbard.wait_fresh()
    world.run('snmpget', '-v2c', '-c', 'public', f'127.0.0.1:{snmpd.port}', SENSOR)      # makes its folder, and says so

    values = once(world, snmpd, 'both are shown', lambda found: 'bbAtsSelected.2' in found and 'bbOutletState.1.5' in found)
    strange = [f'{name} = {value}' for name, value in values.items()
               if not re.match(r'bb\w+(\.\w+)+$', name) or 'Wrong' in value]
    results.check(not strange and len(values) > 48 * 14, 'each object has a name and the type that its module says', strange)
    for name, value in EXPECTED.items():
        results.check(values.get(name) == value, f'{name} is {value}', values.get(name))
    results.check(not any(name.startswith('bbUps') for name in values), 'neither is a UPS')

    manager = snmpd.manager()
    by_next = manager.walk('1.3.6.1.2.1.47') + manager.walk('1.3.6.1.2.1.99')
    for wide in (7, 50):
        again = manager.walk('1.3.6.1.2.1.47', wide) + manager.walk('1.3.6.1.2.1.99', wide)
        results.check([name for name, _, _ in again] == [name for name, _, _ in by_next], f'entities by GETBULK of {wide}')
    found = {snmp.dotted(name): value for name, _, value in by_next}
    # LibreNMS: the row's name is the label, the value is divided by the tens of the precision
    labels = {value.decode(): name.rsplit('.', 1)[1] for name, value in found.items() if name.startswith(PHYSICAL + '.7.')}
    for label, kind, value in (('pdu1 outlet 48 current', 5, 0.48), ('pdu1 outlet 48 power', 6, 480), ('pdu1 input L2 voltage', 3, 232.5),
                               ('pdu1 branch 1 current', 5, 3.5), ('pdu1 ambient 1 temperature', 8, 22.5),
                               ('pdu1 ambient 1 humidity', 9, 45), ('switch1 inlet 2 voltage', 3, 245.4)):
        index = labels.get(label)
        sensor = [found.get(f'{SENSOR}.{column}.{index}') for column in (1, 2, 3, 4, 5)]
        results.check(sensor[:2] == [kind, 9] and sensor[4] == 1 and sensor[3] / 10 ** sensor[2] == value, f'{label} is {value}', sensor)
    outlet = labels['pdu1 outlet 48']
    results.check(found.get(f'{PHYSICAL}.2.{outlet}') == b'server 48' and found.get(f'{PHYSICAL}.4.{outlet}') == 10000 and
                  found.get(f'{PHYSICAL}.4.{labels["pdu1 outlet 48 power"]}') == int(outlet), 'an outlet holds its sensors')

    with open(paths['pdu1'], 'a') as file:
        file.write('outlet.5.status: off\noutlet.group.2.breaker.status: tripped\n')
    values = once(world, snmpd, 'the outlet is off', lambda found: found.get('bbOutletState.1.5') == 'INTEGER: off(1)')
    results.check(values['bbBranchBreakerState.1.2'] == 'INTEGER: tripped(3)', 'what changed in one moment shows in one walk')
    manager.close()


if __name__ == '__main__':
    need('busbard', 'snmpd', 'snmpbulkwalk')
    main(every_object_by_name)
