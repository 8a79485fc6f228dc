"""Lexical order, GETNEXT against GET, GETBULK of every shape, and exceptions."""

import rfc1628
from manager import END_OF_VIEW, EXCEPTIONS, NO_INSTANCE, NO_OBJECT
from rfc1628 import OBJECTS, label, oid

WIDTHS = (1, 2, 7, 20, 100)
LAST = (2, 999, 1)          # after every object that an agent can have


def told(binds):
    return [f'{label(bind.name)} {bind.type}' for bind in binds]


def names(binds):
    return [bind.name for bind in binds]


def walk(agent, report):
    """Step by step, each name after the last, each instance as GET has it."""
    at, backwards, differing = OBJECTS, [], []
    for _ in range(10000):
        answer = agent.manager.next(at)
        bind = answer.binds[0] if answer.error == 'noError' and answer.binds else None
        if bind is None or bind.type == END_OF_VIEW or bind.name[:len(OBJECTS)] != OBJECTS:
            break
        if bind.name <= at:
            backwards.append(f'{label(bind.name)} after {label(at)}')
            break
        # what changes by itself agrees once it stands still for two requests
        by_next, by_get = agent.settled(lambda at=at, name=bind.name: (agent.manager.next(at).binds[0], agent.manager.read(name)),
                                        lambda found: found[0] == found[1], 20, 0)
        if by_next != by_get:
            differing.append(f'{label(bind.name)}: GETNEXT {by_next}, GET {by_get}')
        at = bind.name
    report.check(not backwards, 'a walk goes forward', 'each name after the one before', backwards)
    report.check(not differing, 'each instance of a walk is the same by GET', 'equal', differing)


def bulks(agent, report):
    """GETBULK of any width has the names of a walk by GETNEXT."""
    for width in WIDTHS:
        # an alarm that comes in between is no mistake
        expected, found = agent.settled(
            lambda width=width: (names(agent.manager.walk(OBJECTS)), names(agent.manager.walk(OBJECTS, width))),
            lambda walks: walks[0] == walks[1], 5)
        report.check(found == expected, f'a walk by GETBULK of {width} repetitions', 'the names of one by GETNEXT',
                     [label(name) for name in set(found) ^ set(expected)])
    columns = [oid(name, None) for name in ('upsBatteryStatus', 'upsOutputSource', 'upsInputVoltage', 'upsIdentModel')]
    answer = agent.manager.bulk(2, 3, *columns)
    once = names(agent.manager.next(*columns).binds)
    wanted = list(once)
    for _ in range(2):
        wanted += names(agent.manager.next(*wanted[-2:]).binds)
    report.check(answer.error == 'noError' and names(answer.binds) == wanted[:len(answer.binds)] and len(answer.binds) >= 4,
                 'GETBULK: 2 varbinds once, 2 of them 3 times', [label(name) for name in wanted], told(answer.binds))
    answer = agent.manager.bulk(0, 0, *columns)
    report.check((answer.error, answer.binds) == ('noError', []), 'GETBULK of 0 repetitions', 'noError, no varbinds',
                 (answer.error, told(answer.binds)))
    answer = agent.manager.bulk(9, 5, *columns)
    report.check(names(answer.binds) == once, 'GETBULK: more non-repeaters than varbinds', 'each of them once',
                 told(answer.binds))
    answer = agent.manager.bulk(0, 3, LAST)
    report.check(answer.error == 'noError' and len(answer.binds) >= 1 and all(
        bind.type == END_OF_VIEW and bind.name == LAST for bind in answer.binds), 'GETBULK behind the end',
        'endOfMibView under the name that was asked', told(answer.binds))


def between(agent, report):
    """GETNEXT from names that are no instances."""
    walked = names(agent.walked)
    for start in (oid('upsBatteryStatus', None), oid('upsBatteryStatus'), oid('upsBatteryStatus') + (0,),
                  OBJECTS + (2,), OBJECTS + (3, 3), OBJECTS + (3, 3, 1, 3), OBJECTS + (4, 4, 1, 5, 2**32 - 1), OBJECTS + (7, 3, 99)):
        behind = [name for name in walked if name > start]
        answer = agent.manager.next(start)
        found = answer.binds[0] if answer.error == 'noError' and answer.binds else None
        good = found is not None and (found.name == behind[0] if behind else found.name[:len(OBJECTS)] != OBJECTS or
                                      found.type == END_OF_VIEW)
        report.check(good, f'GETNEXT after {label(start)}', label(behind[0]) if behind else 'nothing of upsObjects',
                     label(found.name) if found else answer.error)


def exceptions(agent, report):
    """What there is not: by GET, by GETNEXT, and several in one request with what there is."""
    there = agent.scalar()
    cases = (
        ('an object that UPS-MIB does not have', OBJECTS + (2, 99, 0), (NO_OBJECT,)),
        ('a group that UPS-MIB does not have', OBJECTS + (99, 1, 0), (NO_OBJECT,)),
        ('a scalar without its instance', there[:-1], (NO_INSTANCE, NO_OBJECT)),
        ('another instance of a scalar', there[:-1] + (1,), (NO_INSTANCE,)),
        ('a scalar\'s instance and more', there + (0,), (NO_INSTANCE,)),
        ('a line that no UPS has', oid('upsInputVoltage', 99), (NO_INSTANCE, NO_OBJECT)),
        ('an alarm that there is not', oid('upsAlarmDescr', 2**31 - 1), (NO_INSTANCE, NO_OBJECT)),
        ('a table as if it were an object', OBJECTS + (3, 3), (NO_OBJECT,)),
    )
    for what, name, expected in cases:
        answer = agent.manager.get(name)
        kind = answer.binds[0].type if answer.error == 'noError' and answer.binds else answer.error
        report.check(kind in expected, f'GET of {what}', ' or '.join(expected), kind)
    answer = agent.manager.get(there, OBJECTS + (2, 99, 0), there)
    report.check(answer.error == 'noError' and [bind.type in EXCEPTIONS for bind in answer.binds] == [False, True, False],
                 'GET of three, the second is not there', 'two values, and an exception between them',
                 (answer.error, told(answer.binds)))
    answer = agent.manager.next(LAST)
    report.check(answer.error == 'noError' and [tuple(bind[:2]) for bind in answer.binds] == [(LAST, END_OF_VIEW)],
                 'GETNEXT behind the end', 'endOfMibView under the name that was asked', (answer.error, told(answer.binds)))
    answer = agent.manager.get()
    report.check((answer.error, answer.binds) == ('noError', []), 'GET of nothing', 'noError, no varbinds',
                 (answer.error, told(answer.binds)))
    absent = [thing for thing in rfc1628.EVERY if not thing.rows and oid(thing.name) not in agent.values]
    wrong = [thing.name for thing in absent if agent.manager.read(oid(thing.name)) is not None]
    report.check(not wrong, 'GET has nothing that a walk does not have', 'noSuchObject or noSuchInstance', wrong)


def run(agent, report):
    for part in (walk, bulks, between, exceptions):
        part(agent, report)
