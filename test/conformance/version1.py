"""SNMPv1: the same objects, and the errors in its own words (RFC 3584)."""

import rfc1628
from manager import BULK, EXCEPTIONS, Silence
from rfc1628 import OBJECTS, label, oid

V1_TYPES = {'INTEGER', 'OCTET STRING', 'NULL', 'OBJECT IDENTIFIER', 'IpAddress', 'Counter32', 'Gauge32', 'TimeTicks', 'Opaque'}


def walk(agent, old, report):
    found, expected = agent.settled(lambda: (old.walk(OBJECTS), [bind.name for bind in agent.manager.walk(OBJECTS)]),
                                    lambda walks: [bind.name for bind in walks[0]] == walks[1], 5)
    report.check([bind.name for bind in found] == expected, 'v1: a walk has the names of v2c',
                 'the same', [label(name) for name in {bind.name for bind in found} ^ set(expected)])
    strange = [f'{label(bind.name)} {bind.type}' for bind in found if bind.type not in V1_TYPES]
    report.check(not strange, 'v1: no Counter64, and no exceptions', 'types of v1', strange)


def no_such_name(agent, old, report):
    there = agent.scalar()
    nowhere = OBJECTS + (2, 99, 0)
    for what, asked, expected in (
            ('an object that there is not', (nowhere,), ('noSuchName', 1)),
            ('an instance that there is not', (there[:-1] + (1,),), ('noSuchName', 1)),
            ('three, the second is not there', (there, nowhere, there), ('noSuchName', 2)),
            ('an index column', (there, oid('upsInputLineIndex', 1)), ('noSuchName', 2))):
        answer = old.get(*asked)
        report.check((answer.error, answer.index) == expected, f'v1: GET of {what}', expected, (answer.error, answer.index))
        report.check([bind.name for bind in answer.binds] == list(asked) and all(bind.type not in EXCEPTIONS for bind in answer.binds),
                     f'v1: the answer to it repeats the request', [label(name) for name in asked], answer.binds)
    answer = old.next((2, 999, 1))
    report.check((answer.error, answer.index) == ('noSuchName', 1), 'v1: GETNEXT behind the end', ('noSuchName', 1),
                 (answer.error, answer.index))


def no_bulk(old, report):
    """v1 has no GETBULK: such a message is dropped."""
    number = old.send(BULK, [OBJECTS], 0, 5)
    try:
        answer = old.receive(number, 0.3)
    except Silence:
        answer = None
    report.check(answer is None, 'v1: GETBULK is not answered', 'silence', answer)


def sets(agent, old, report):
    """Words of v1 in place of v2's."""
    name = oid('upsBatteryStatus')
    cases = [('a read-only object', [(name, 'INTEGER', 2)], ('noSuchName', 1)),
             ('an object that there is not', [(OBJECTS + (2, 99, 0), 'INTEGER', 2)], ('noSuchName', 1)),
             ('an index column', [(oid('upsAlarmId', 9), 'INTEGER', 9)], ('noSuchName', 1))]
    if rfc1628.NAMES in agent.writable:
        named = agent.manager.value(oid('upsIdentName'))
        cases += [('a wrong type', [(oid('upsIdentName'), 'INTEGER', 1)], ('badValue', 1)),
                  ('a wrong length', [(oid('upsIdentName'), 'OCTET STRING', b'x' * 64)], ('badValue', 1)),
                  ('two, the second read-only', [(oid('upsIdentName'), 'OCTET STRING', named), (name, 'INTEGER', 2)],
                   ('noSuchName', 2))]
    if rfc1628.TEST in agent.writable:
        lock = agent.manager.value(oid('upsTestSpinLock'))
        cases += [('a wrong value', [(oid('upsTestSpinLock'), 'INTEGER', -1)], ('badValue', 1)),
                  ('a wrong moment', [(oid('upsTestSpinLock'), 'INTEGER', (lock or 0) ^ 1)], ('badValue', 1))]
    for what, binds, expected in cases:
        answer = old.set(*binds)
        report.check((answer.error, answer.index) == expected, f'v1: SET of {what}', expected, (answer.error, answer.index))


def run(agent, report):
    if agent.old is None:
        report.skip('v1', 'no community')
        return
    walk(agent, agent.old, report)
    no_such_name(agent, agent.old, report)
    no_bulk(agent.old, report)
    if agent.old_writer is not None:
        sets(agent, agent.old_writer, report)
