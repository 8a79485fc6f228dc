"""Each object: its type, range, enumeration and access; the tables; what has to be there; what cannot be together."""

import rfc1628
from manager import EXCEPTIONS, SYS_UP_TIME
from rfc1628 import BY_NAME, LINES, NOT_ACCESSIBLE, OBJECTS, alarm_numbers, label, oid, shown, unfit


def came(bind):
    return f'{bind.type} {bind.value!r}'


def values(agent, report):
    """Type, range and enumeration of every instance; instances that may not be."""
    by_object = {}
    for bind in agent.walked:
        thing, instance = rfc1628.find(bind.name)
        if thing is None:
            report.check(False, f'{label(bind.name)}: is an object of UPS-MIB', 'no others below upsObjects', came(bind))
            continue
        by_object.setdefault(thing.name, []).append((instance, bind))
    for thing in rfc1628.EVERY:
        found = by_object.get(thing.name, [])
        if thing.access == NOT_ACCESSIBLE:
            report.check(not found, f'{thing.name}: cannot be read', 'no instance in a walk', found)
            continue
        for instance, bind in found:
            good = len(instance) == 1 and (instance[0] > 0 if thing.rows else instance == (0,))
            report.check(good, f'{label(bind.name)}: its instance', 'one number above 0' if thing.rows else '.0', instance)
            wrong = unfit(thing.syntax, bind.type, bind.value)
            report.check(wrong is None, f'{label(bind.name)}: {shown(thing.syntax)}', shown(thing.syntax),
                         f'{came(bind)}: {wrong}' if wrong else bind.value)
    report.check(by_object, 'some object of UPS-MIB is there', 'at least one', 'none')


def lines(agent, report):
    """A line table has the rows that its upsXxxNumLines says, 1 and up."""
    for index, count in LINES.items():
        table = BY_NAME[index].arcs[:-1]
        rows = {bind.name[-1] for bind in agent.walked if bind.name[:-2] == OBJECTS + table}
        said = agent.value_walked(count)
        if said is None:
            report.check(not rows, f'{count}: says how many rows there are', 'a number', f'none, and rows {sorted(rows)}')
            continue
        report.check(rows == set(range(1, len(rows) + 1)), f'{count}: rows are numbered from 1', '1 and up', sorted(rows))
        # a row of which nothing is known cannot be seen: none of its columns has a value
        report.check(len(rows) <= said, f'{count}: no row beyond it', f'at most {said} rows', sorted(rows))


def alarms(agent, report):
    """The alarm table: as many rows as upsAlarmsPresent says, each complete, no identity twice, no time to come."""
    def once():
        walk = {bind.name: bind.value for bind in agent.manager.walk(OBJECTS + (6,))}
        rows = {column: {name[-1]: value for name, value in walk.items() if name[:-1] == oid(column, None)}
                for column in ('upsAlarmDescr', 'upsAlarmTime')}
        return walk.get(oid('upsAlarmsPresent')), rows['upsAlarmDescr'], rows['upsAlarmTime']
    present, identities, times = agent.settled(once, lambda found: found[0] in (None, len(found[1])) and len(found[1]) == len(found[2]), 6)
    if present is None and not identities:
        return
    report.check(present == len(identities), 'upsAlarmsPresent: the number of rows', f'{len(identities)}', present)
    report.check(identities.keys() == times.keys(), 'upsAlarmTable: each row is complete', sorted(identities), sorted(times))
    report.check(len(set(identities.values())) == len(identities), 'upsAlarmDescr: no condition twice',
                 'each identity once', sorted(identities.values()))
    known = rfc1628.WELL_KNOWN_ALARMS
    wrong = [value for value in identities.values() if value[:len(rfc1628.ROOT)] == rfc1628.ROOT and
             not (value[:-1] == known and 1 <= value[-1] <= rfc1628.ALARMS)]
    report.check(not wrong, 'upsAlarmDescr: of UPS-MIB only upsWellKnownAlarms.1 to .24', 'no others', wrong)
    if (now := agent.manager.value(SYS_UP_TIME)) is not None:
        late = [value for value in times.values() if value > now]
        report.check(not late, 'upsAlarmTime: not later than sysUpTime', f'at most {now}', late)


def access(agent, report):
    """Index columns, and what is not an instance, by GET."""
    for thing in rfc1628.EVERY:
        if thing.access != NOT_ACCESSIBLE:
            continue
        name = oid(thing.name, 1)
        answer = agent.manager.get(name)
        report.check(answer.error == 'noError' and answer.binds[0].type in EXCEPTIONS, f'{label(name)}: cannot be read by GET',
                     'noSuchObject or noSuchInstance', came(answer.binds[0]) if answer.binds else answer.error)


def complete(agent, report):
    """What the level of compliance asks for."""
    if agent.level is None:
        return
    present = {thing.name for thing, _ in (rfc1628.find(name) for name in agent.values) if thing is not None}
    for thing in rfc1628.EVERY:
        if thing.level <= agent.level and thing.access != NOT_ACCESSIBLE:
            report.check(thing.name in present, f'{thing.name}: is there', 'an instance', 'none')


# (object, its value, the alarm that RFC 1628 ties to it)
TIED = (('upsBatteryStatus', 3, rfc1628.ALARM_LOW_BATTERY), ('upsBatteryStatus', 4, rfc1628.ALARM_DEPLETED_BATTERY),
        ('upsOutputSource', 5, rfc1628.ALARM_ON_BATTERY), ('upsOutputSource', 4, rfc1628.ALARM_ON_BYPASS),
        ('upsTestResultsSummary', rfc1628.IN_PROGRESS, rfc1628.ALARM_TEST_IN_PROGRESS))


def together(agent, report):
    """States and what follows from them agree; an agent may take some seconds to see to both."""
    for name, value, alarm in TIED:
        if agent.value_walked(name) is None or agent.value_walked('upsAlarmsPresent') is None:
            continue
        state, numbers = agent.settled(
            lambda name=name: (agent.manager.value(oid(name)), alarm_numbers(agent.manager)),
            lambda found, value=value, alarm=alarm: (found[0] == value) == (alarm in found[1]))
        words = BY_NAME[name].syntax.names
        report.check((state == value) == (alarm in numbers), f'{name} {words[value]}({value}) and upsWellKnownAlarms.{alarm}',
                     'both or neither', f'{words.get(state)}({state}), alarms {sorted(numbers)}')
    source, seconds = (agent.manager.value(oid(name)) for name in ('upsOutputSource', 'upsSecondsOnBattery'))
    if source is not None and seconds is not None and source != 5:
        report.check(seconds == 0, 'upsSecondsOnBattery: 0 while the battery does not feed the output', 0, seconds)
    summary, begun, elapsed = (agent.manager.value(oid(name)) for name in
                               ('upsTestResultsSummary', 'upsTestStartTime', 'upsTestElapsedTime'))
    if summary == rfc1628.NO_TESTS_INITIATED:
        report.check(not begun and not elapsed, 'upsTestStartTime and upsTestElapsedTime: 0 before any test', 0, (begun, elapsed))
    now = agent.manager.value(SYS_UP_TIME)
    if begun is not None and now is not None:
        report.check(begun <= now, 'upsTestStartTime: not later than sysUpTime', f'at most {now}', begun)


def run(agent, report):
    for part in (values, lines, alarms, access, complete, together):
        part(agent, report)
