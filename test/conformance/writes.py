"""SETs: what is refused, with which word and at which varbind; what is taken, and then whole or not at all."""

import rfc1628
from manager import EXCEPTIONS
from rfc1628 import BY_NAME, NOT_ACCESSIBLE, OBJECTS, READ_WRITE, label, oid

CLOSED = ('notWritable', 'noAccess')            # no value could be written here
NOT_MADE = CLOSED + ('noCreation',)             # nor can an instance be made

OTHER_TYPE = {'INTEGER': ('OCTET STRING', b'1'), 'OCTET STRING': ('INTEGER', 1), 'OBJECT IDENTIFIER': ('INTEGER', 1)}


def refused(agent, report, what, binds, errors, index=1):
    """The SET is refused with one of those errors, at that varbind, and the answer repeats it."""
    answer = agent.writer.set(*binds)
    report.check(answer.error in errors and answer.index == index, f'SET of {what}',
                 f'{" or ".join(errors)} at {index}', f'{answer.error} at {answer.index}')
    return answer


def read_only(agent, report):
    """What cannot be written: its own value is refused like any other."""
    for name, bind in agent.values.items():
        thing, _ = rfc1628.find(name)
        if thing is not None and thing.access != READ_WRITE:
            refused(agent, report, f'{label(name)} (read-only)', [bind], CLOSED)
    closed = [thing for thing in rfc1628.EVERY if thing.access == READ_WRITE and thing.group in agent.closed]
    for thing in closed:
        if (bind := agent.values.get(oid(thing.name))) is not None:
            refused(agent, report, f'{label(bind.name)} (its group is closed)', [bind], CLOSED)
            refused(agent, report, f'{label(bind.name)} (its group is closed), a wrong type',
                    [(bind.name, *OTHER_TYPE[thing.syntax.type])], CLOSED)


def creation(agent, report):
    """No row of any table, and no instance of a scalar, comes from a SET."""
    cases = [(oid('upsAlarmDescr', 77), 'OBJECT IDENTIFIER', rfc1628.WELL_KNOWN_ALARMS + (1,)),
             (oid('upsAlarmTime', 77), 'TimeTicks', 1), (oid('upsInputVoltage', 77), 'INTEGER', 230),
             (oid('upsOutputPercentLoad', 77), 'INTEGER', 1), (oid('upsBypassVoltage', 77), 'INTEGER', 230),
             (oid('upsBatteryStatus', 1), 'INTEGER', 2), (OBJECTS + (2, 99, 0), 'INTEGER', 1), (OBJECTS + (99, 1, 0), 'INTEGER', 1)]
    cases += [(oid(thing.name, 77), 'INTEGER', 77) for thing in rfc1628.EVERY if thing.access == NOT_ACCESSIBLE]
    cases += [(oid(thing.name, 1), thing.syntax.type, b'x' if thing.syntax.type == 'OCTET STRING' else 1)
              for thing in rfc1628.EVERY if thing.group == rfc1628.NAMES and thing.group in agent.writable]
    for bind in cases:
        refused(agent, report, f'{label(bind[0])}, which is not there', [bind], NOT_MADE)
        answer = agent.manager.get(bind[0])
        report.check(answer.error == 'noError' and answer.binds[0].type in EXCEPTIONS, f'{label(bind[0])}: is not there afterwards',
                     'noSuchObject or noSuchInstance', answer.binds)
    row = [(oid('upsAlarmId', 78), 'INTEGER', 78),
           (oid('upsAlarmDescr', 78), 'OBJECT IDENTIFIER', rfc1628.WELL_KNOWN_ALARMS + (2,)), (oid('upsAlarmTime', 78), 'TimeTicks', 0)]
    refused(agent, report, 'a whole row of upsAlarmTable', row, NOT_MADE)


def names(agent, report):
    """Texts: types, lengths, what is stored reads back; restored in the end."""
    for name in ('upsIdentName', 'upsIdentAttachedDevices'):
        whole, high = oid(name), BY_NAME[name].syntax.high
        before = agent.manager.value(whole)
        for kind, value in (('INTEGER', 1), ('NULL', None), ('OBJECT IDENTIFIER', (1, 3)), ('TimeTicks', 1)):
            refused(agent, report, f'{name}.0, type {kind}', [(whole, kind, value)], ('wrongType',))
        for length in (high + 1, 255, 1000):
            refused(agent, report, f'{name}.0, {length} octets', [(whole, 'OCTET STRING', b'x' * length)], ('wrongLength',))
        report.check(agent.manager.value(whole) == before, f'{name}.0: unchanged by what was refused', before,
                     agent.manager.value(whole))
        for value in (b'x' * high, b'', b'conformance'):
            taken(agent, report, f'{name}.0, {len(value)} octets', (whole, 'OCTET STRING', value))
        agent.writer.set((whole, 'OCTET STRING', before))
        report.check(agent.manager.value(whole) == before, f'{name}.0: restored', before, agent.manager.value(whole))


def taken(agent, report, what, *binds):
    answer = agent.writer.set(*binds)
    good = answer.error == 'noError' and answer.index == 0 and [tuple(bind) for bind in answer.binds] == list(binds)
    report.check(good, f'SET of {what}', 'noError at 0, and the same varbinds', (answer.error, answer.index, answer.binds))
    if answer.error != 'noError':
        return False
    found = [agent.manager.value(bind[0]) for bind in binds]
    return report.check(found == [bind[2] for bind in binds], f'{what}: reads back', [bind[2] for bind in binds], found)


def whole(agent, report):
    """Several varbinds: all or none, and the error's place."""
    name, attached = oid('upsIdentName'), oid('upsIdentAttachedDevices')
    before = [agent.manager.value(name), agent.manager.value(attached)]
    first, second = (name, 'OCTET STRING', b'one'), (attached, 'OCTET STRING', b'two')
    bad = {'a read-only object': ((oid('upsBatteryStatus'), 'INTEGER', 2), CLOSED),
           'an object that there is not': ((OBJECTS + (2, 99, 0), 'INTEGER', 2), NOT_MADE),
           'a wrong type': ((attached, 'INTEGER', 2), ('wrongType',)),
           'a wrong length': ((attached, 'OCTET STRING', b'x' * 64), ('wrongLength',))}
    for what, (bind, errors) in bad.items():
        refused(agent, report, f'two, the second {what}', [first, bind], errors, 2)
        refused(agent, report, f'two, the first {what}', [bind, first], errors, 1)
        report.check([agent.manager.value(name), agent.manager.value(attached)] == before,
                     f'nothing of two is written, one {what}', before, [agent.manager.value(name), agent.manager.value(attached)])
    taken(agent, report, 'both names', first, second)
    for what, value in zip((name, attached), before):
        agent.writer.set((what, 'OCTET STRING', value))


def settings(agent, report):
    """upsConfigGroup: what is there takes its own value, or none at all; then what is wrong is called so."""
    for thing in rfc1628.EVERY:
        bind = agent.values.get(oid(thing.name))
        if thing.group != rfc1628.CONFIG or bind is None:
            continue
        answer = agent.writer.set(bind)
        report.check(answer.error in ('noError', *CLOSED), f'SET of {thing.name}.0, as it is', 'noError, or notWritable',
                     f'{answer.error} at {answer.index}')
        found = agent.settled(lambda name=bind.name: agent.manager.value(name), lambda found, value=bind.value: found == value)
        report.check(found == bind.value, f'{thing.name}.0: as it was', bind.value, found)
        opened = answer.error == 'noError'
        refused(agent, report, f'{thing.name}.0, a wrong type', [(bind.name, 'OCTET STRING', b'1')], ('wrongType',) if opened else CLOSED)
        below = thing.syntax.low - 1
        refused(agent, report, f'{thing.name}.0, {below}', [(bind.name, 'INTEGER', below)], ('wrongValue',) if opened else CLOSED)
        if thing.syntax.names:
            above = thing.syntax.high + 1
            refused(agent, report, f'{thing.name}.0, {above}', [(bind.name, 'INTEGER', above)], ('wrongValue',) if opened else CLOSED)


def run(agent, report):
    if agent.writer is None:
        report.skip('SET', 'not asked for')
        return
    read_only(agent, report)
    creation(agent, report)
    if rfc1628.NAMES in agent.writable:
        names(agent, report)
        whole(agent, report)
    if rfc1628.CONFIG in agent.writable:
        settings(agent, report)
