#!/usr/bin/env python3
"""What management stations read of UPS-MIB, and what they make of it: their lists of objects, with their divisors and
sensor indexes, each asked as they ask, and compared with what the device says (NUT's names, at the listener)."""

import os
import sys

import snmp
from harness import Busbard, SRCDIR, Snmpd, UPS_MIB, main, need

sys.path.insert(0, os.path.join(SRCDIR, 'test/conformance'))
import rfc1628

DEMO = os.path.join(SRCDIR, 'conf/demo')
SYSTEM = (1, 3, 6, 1, 2, 1, 1)
TENTH = 0.1

# What each object is about: the device's variable ("{}" is the line), and how many of the client's units are in one of
# the variable's (minutes, where it is in seconds).  Objects without a variable have a value that is known.
ABOUT = {
    'upsEstimatedMinutesRemaining': ('battery.runtime', 1 / 60), 'upsEstimatedChargeRemaining': ('battery.charge', 1),
    'upsBatteryVoltage': ('battery.voltage', 1), 'upsBatteryCurrent': ('battery.current', 1),
    'upsBatteryTemperature': ('battery.temperature', 1),
    'upsInputFrequency': ('input.frequency', 1), 'upsInputVoltage': ('input.{}voltage', 1),
    'upsInputCurrent': ('input.{}current', 1), 'upsInputTruePower': ('input.{}realpower', 1),
    'upsOutputFrequency': ('output.frequency', 1), 'upsOutputVoltage': ('output.{}voltage', 1),
    'upsOutputCurrent': ('output.{}current', 1), 'upsOutputPower': ('output.{}realpower', 1),
    'upsOutputPercentLoad': ('output.{}power.percent', 1), 'upsBypassFrequency': ('input.bypass.frequency', 1),
    'upsBypassVoltage': ('input.bypass.{}voltage', 1), 'upsConfigInputVoltage': ('input.voltage.nominal', 1),
    'upsConfigOutputVoltage': ('output.voltage.nominal', 1),
}
KNOWN = {
    'rack1': {'upsBatteryStatus': 2, 'upsOutputSource': 3, 'upsSecondsOnBattery': 0, 'upsTestResultsSummary': 1, 'upsAlarmsPresent': 0,
              'upsIdentManufacturer': b'Example Power', 'upsIdentModel': b'Rack 1500', 'upsIdentUPSSoftwareVersion': b'2.14',
              'upsIdentName': b'rack1', 'upsInputLineBads': 0, 'upsInputNumLines': 1, 'upsOutputNumLines': 1, 'upsBypassNumLines': 0},
    'hall1': {'upsBatteryStatus': 2, 'upsOutputSource': 3, 'upsSecondsOnBattery': 0, 'upsTestResultsSummary': 6, 'upsAlarmsPresent': 1,
              'upsIdentManufacturer': b'Example Power', 'upsIdentModel': b'Hall 20k', 'upsIdentUPSSoftwareVersion': b'1.08 / 3.2',
              'upsIdentName': b'hall1', 'upsInputLineBads': 0, 'upsInputNumLines': 3, 'upsOutputNumLines': 3, 'upsBypassNumLines': 3},
}

# LibreNMS: class, object, divisor, sensor index ("N" is the line and what is added to it).
LIBRENMS = (
    ('state', 'upsBatteryStatus', 1, '0'), ('state', 'upsOutputSource', 1, '0'), ('state', 'upsTestResultsSummary', 1, '0'),
    ('runtime', 'upsSecondsOnBattery', 60, '100'), ('runtime', 'upsEstimatedMinutesRemaining', 1, '200'),
    ('charge', 'upsEstimatedChargeRemaining', 1, '500'), ('voltage', 'upsBatteryVoltage', 10, '1.2.5.0'),
    ('current', 'upsBatteryCurrent', 10, '1.2.6.0'), ('temperature', 'upsBatteryTemperature', 1, '0'),
    ('frequency', 'upsInputFrequency', 10, '3.2.0.N'), ('frequency', 'upsOutputFrequency', 10, '4.2.0'),
    ('frequency', 'upsBypassFrequency', 10, '5.2.0'),
    ('voltage', 'upsInputVoltage', 1, 'N+100'), ('voltage', 'upsOutputVoltage', 1, 'N'), ('voltage', 'upsBypassVoltage', 1, 'N+200'),
    ('current', 'upsInputCurrent', 10, 'in.N'), ('current', 'upsOutputCurrent', 10, 'out.N'), ('current', 'upsBypassCurrent', 10, 'bypass.N'),
    ('power', 'upsInputTruePower', 1, 'N+100'), ('power', 'upsOutputPower', 1, 'N+300'), ('power', 'upsBypassPower', 1, 'N+200'),
    ('load', 'upsOutputPercentLoad', 1, 'N+500'), ('count', 'upsAlarmsPresent', 1, '0'),
)

# Others: what they multiply each object with.
WHOLE = dict.fromkeys(('upsBatteryStatus', 'upsSecondsOnBattery', 'upsEstimatedMinutesRemaining', 'upsEstimatedChargeRemaining',
                       'upsBatteryTemperature', 'upsInputVoltage', 'upsInputTruePower', 'upsOutputSource', 'upsOutputVoltage',
                       'upsOutputPower', 'upsOutputPercentLoad', 'upsBypassVoltage', 'upsAlarmsPresent'), 1)
TENTHS = dict.fromkeys(('upsInputFrequency', 'upsOutputFrequency', 'upsBypassFrequency', 'upsBatteryVoltage'), TENTH)
CURRENTS = ('upsBatteryCurrent', 'upsInputCurrent', 'upsOutputCurrent', 'upsBypassCurrent')
IDENT = dict.fromkeys(('upsIdentManufacturer', 'upsIdentModel', 'upsIdentUPSSoftwareVersion', 'upsIdentName'), 1)
LINES = dict.fromkeys(('upsInputLineBads', 'upsInputNumLines', 'upsOutputNumLines', 'upsBypassNumLines'), 1)

CLIENTS = {
    'Zabbix, "UPS RFC 1628 SNMP"': {**WHOLE, **TENTHS, **IDENT, **dict.fromkeys(CURRENTS, TENTH), 'upsConfigInputVoltage': 1,
                                    'upsConfigOutputVoltage': 1, 'upsBypassPower': 1, 'upsInputLineBads': 1},
    # its module leaves currents as they are
    'Prometheus snmp_exporter, ups_mib': {**WHOLE, **TENTHS, **LINES, **dict.fromkeys(CURRENTS, 1), 'upsTestResultsSummary': 1,
                                          'upsBypassPower': 1},
    'Netdata and Datadog, generic-ups': {**WHOLE, **TENTHS, **IDENT, **LINES, **dict.fromkeys(CURRENTS, TENTH), 'upsBypassPower': 1,
                                         'upsTestResultsSummary': 1},
    'pve-ups': dict.fromkeys(('upsIdentManufacturer', 'upsIdentModel', 'upsOutputSource', 'upsBatteryStatus', 'upsSecondsOnBattery',
                              'upsEstimatedMinutesRemaining', 'upsEstimatedChargeRemaining', 'upsOutputPercentLoad'), 1),
}
AS_THEY_ARE = {('Prometheus snmp_exporter, ups_mib', name): 10 for name in CURRENTS}


def instances(manager, name):
    """{line: value} of a column, by walking it; {0: value} of a scalar, by asking."""
    if rfc1628.BY_NAME[name].rows:
        return {found[-1]: value for found, _, value in manager.walk(rfc1628.oid(name, None), 10)}
    value = manager.value(rfc1628.oid(name))
    return {} if value is None else {0: value}


def said(variables, name, line):
    """What the device says there, in the client's unit; None where it says nothing."""
    pattern, units = ABOUT[name]
    for place in (f'L{line}-N.', f'L{line}.', ''):
        if place and 'input.phases' not in variables or not place and '{}' in pattern and 'input.phases' in variables:
            continue
        text = variables.get(pattern.format(place))
        if text is None and not place:      # of one phase, under the UPS's own name
            text = variables.get({'output.power.percent': 'ups.load', 'output.realpower': 'ups.realpower'}.get(pattern.format('')))
        if text is not None:
            return float(text) * units
    return None


def judge(results, client, device, variables, name, multiplier, found, scale=1):
    """Each value of the object is the device's; nothing is missing, and nothing is there that it does not say."""
    if name in KNOWN[device]:
        good = found == {0: KNOWN[device][name]}
        return good or results.note(f'{client}: {device} {name}: {found}')
    lines = range(1, int(variables.get('input.phases', 1)) + 1) if rfc1628.BY_NAME[name].rows else (0,)
    wanted = {line: value for line in lines if name in ABOUT and (value := said(variables, name, line)) is not None}
    good = wanted.keys() == found.keys() and all(
        abs(found[line] * multiplier - value * scale) <= multiplier for line, value in wanted.items())
    return good or results.note(f'{client}: {device} {name}: times {multiplier} {found}, the device says {wanted}')


def sensor_index(template, line):
    if template.startswith('N'):
        return str(line + int(template[1:] or 0))
    return template.replace('N', str(line))


def read(world, results):
    snmpd = Snmpd(world, KNOWN)
    busbard = Busbard(world, {name: f'driver = sim  port = "{DEMO}/{name}.dev"' for name in KNOWN}, snmpd,
                      agentx='writable = {names, test, config}')
    busbard.wait_fresh()
    busbard.wait_published()
    for device in KNOWN:
        with busbard.client() as client:
            variables = client.variables(device)
        manager = snmpd.manager(device)
        every = {name: instances(manager, name) for name in {name for row in CLIENTS.values() for name in row} |
                 {name for _, name, _, _ in LIBRENMS}}
        rows = [(kind, name, judge(results, 'LibreNMS', device, variables, name, 1 / divisor, every[name]))
                for kind, name, divisor, _ in LIBRENMS]
        results.check(all(good for _, _, good in rows), f'LibreNMS: {len(rows)} rows of {device}', [row for row in rows if not row[2]])
        indexes = [(kind, sensor_index(template, line)) for kind, name, _, template in LIBRENMS for line in every[name]
                   if kind != 'state']
        results.check(len(set(indexes)) == len(indexes) >= 10, f'LibreNMS: {len(indexes)} sensors of {device}, each index once', indexes)
        if device == 'rack1':
            results.check(not every['upsBypassFrequency'], 'LibreNMS: no bypass, no sensor of its frequency', every['upsBypassFrequency'])
        for client, objects in CLIENTS.items():
            good = [judge(results, client, device, variables, name, multiplier, every[name], AS_THEY_ARE.get((client, name), 1))
                    for name, multiplier in objects.items()]
            results.check(all(good), f'{client}: {len(good)} objects of {device}')
        found_by(results, device, manager)
        walks(results, device, manager, busbard)
        manager.close()


def found_by(results, device, manager):
    """What discovery hangs on: each context says that it is a UPS, and whose software this is."""
    identity = manager.value(SYSTEM + (2, 0))
    results.check(identity == snmp.oid(UPS_MIB), f'{device}: sysObjectID is UPS-MIB, as Netdata, Datadog and Checkmk want it', identity)
    identities = [value for _, _, value in manager.walk(rfc1628.oid('upsAlarmDescr', None))]
    wanted = [rfc1628.WELL_KNOWN_ALARMS + (16,)] if device == 'hall1' else []      # its fan
    results.check(identities == wanted, f'Netdata and Datadog: the alarms of {device}', identities)
    version = manager.value(rfc1628.oid('upsIdentAgentSoftwareVersion'))
    results.check(version.startswith(b'busbar '), f'{device}: upsIdentAgentSoftwareVersion begins with the product', version)


def walks(results, device, manager, busbard):
    """snmp_exporter walks whole groups, those that can be written too: nothing happens by it."""
    before = busbard.program.text()
    counts = {group: len(manager.walk(rfc1628.OBJECTS + (arc,), 25)) for group, arc in rfc1628.ARC.items()}
    empty = [group for group, count in counts.items() if not count]
    results.check(not empty, f'snmp_exporter: each group of {device} is walked', counts)
    results.check(busbard.program.text() == before, f'snmp_exporter: a walk of {device} does nothing', busbard.program.text()[len(before):])


need('busbard', 'snmpd')
main(read)
