"""upsControl: what is refused, and a shutdown in an hour that is ordered, shows itself, and is cancelled again.

Nothing here lets the time run out, and no reboot is ordered, because a reboot cuts the power at once.
"""

import rfc1628
from rfc1628 import BY_NAME, CONTROL, alarm_numbers, oid
from writes import CLOSED, refused

HOUR = 3600
TIMERS = ('upsShutdownAfterDelay', 'upsStartupAfterDelay', 'upsRebootWithDuration')
CHOICES = ('upsShutdownType', 'upsAutoRestart')


def integer(name, value):
    return oid(name), 'INTEGER', value


def choices(agent, report):
    """upsShutdownType and upsAutoRestart: may be fixed; else each takes its own value, and what it is not is refused."""
    for name in CHOICES:
        before = agent.value_walked(name)
        if before is None:
            continue
        answer = agent.writer.set(integer(name, before))
        report.check(answer.error in ('noError', *CLOSED), f'SET of {name}.0, as it is', 'noError, or notWritable',
                     f'{answer.error} at {answer.index}')
        opened = answer.error == 'noError'
        refused(agent, report, f'{name}.0, a wrong type', [(oid(name), 'OCTET STRING', b'1')], ('wrongType',) if opened else CLOSED)
        for value in (0, 3, -1):
            refused(agent, report, f'{name}.0, {value}', [integer(name, value)], ('wrongValue',) if opened else CLOSED)
        if opened:
            other = 3 - before
            answer = agent.writer.set(integer(name, other))
            report.check(answer.error in ('noError', 'wrongValue'), f'SET of {name}.0, {other}', 'noError, or that it cannot',
                         f'{answer.error} at {answer.index}')
            expected = other if answer.error == 'noError' else before
            shows(agent, report, name, expected, 'what was taken reads back')
            agent.writer.set(integer(name, before))
        shows(agent, report, name, before, 'as it was')


def shows(agent, report, name, value, what):
    """What the UPS itself keeps may show a moment later."""
    found = agent.settled(lambda: agent.manager.value(oid(name)), lambda found: found == value)
    return report.check(found == value, f'{name}.0: {what}', value, found)


def wrong_times(agent, report):
    for name in TIMERS:
        if agent.value_walked(name) is None:
            continue
        for kind, value in (('OCTET STRING', b'60'), ('TimeTicks', 60), ('Gauge32', 60)):
            refused(agent, report, f'{name}.0, type {kind}', [(oid(name), kind, value)], ('wrongType',))
        beyond = [BY_NAME[name].syntax.high + 1] if BY_NAME[name].syntax.high < rfc1628.INT_MAX else []
        for value in (-2, -2**31, *beyond):
            refused(agent, report, f'{name}.0, {value}', [integer(name, value)], ('wrongValue',))
        report.check(agent.manager.value(oid(name)) == -1, f'{name}.0: nothing runs by what was refused', -1,
                     agent.manager.value(oid(name)))


def all_or_nothing(agent, report):
    refused(agent, report, 'a shutdown in an hour, and a wrong upsAutoRestart',
            [integer('upsShutdownAfterDelay', HOUR), integer('upsAutoRestart', 3)], ('wrongValue', *CLOSED), 2)
    report.check(agent.manager.value(oid('upsShutdownAfterDelay')) == -1, 'no shutdown by a SET that was refused', -1,
                 agent.manager.value(oid('upsShutdownAfterDelay')))


def countdown(agent, report, name, alarm):
    """Ordered, shown, cancelled, gone."""
    answer = agent.writer.set(integer(name, HOUR))
    if answer.error in ('wrongValue', 'inconsistentValue'):
        report.skip(f'{name}: an hour', f'this UPS says {answer.error}')
        return
    report.check(answer.error == 'noError', f'SET of {name}.0, an hour', 'noError', f'{answer.error} at {answer.index}')
    try:
        left = agent.settled(lambda: agent.manager.value(oid(name)), lambda value: value != -1)
        report.check(HOUR - 300 <= left <= HOUR, f'{name}.0: counts down', f'{HOUR - 300} to {HOUR}', left)
        if alarm is not None:
            numbers = agent.settled(lambda: alarm_numbers(agent.manager), lambda numbers: alarm in numbers)
            report.check(alarm in numbers, f'{name}: upsWellKnownAlarms.{alarm} while it runs', alarm, sorted(numbers))
    finally:
        answer = agent.writer.set(integer(name, -1))
    report.check(answer.error == 'noError', f'SET of {name}.0, -1, cancels it', 'noError', f'{answer.error} at {answer.index}')
    if not shows(agent, report, name, -1, '-1 once it is cancelled'):
        report.note(f'CAUTION: {name} may still run')
    if alarm is not None:
        numbers = agent.settled(lambda: alarm_numbers(agent.manager), lambda numbers: alarm not in numbers)
        report.check(alarm not in numbers, f'{name}: its alarm goes with it', f'not {alarm}', sorted(numbers))


def run(agent, report):
    if agent.writer is None or CONTROL not in agent.writable:
        report.skip('control', 'not asked for')
        return
    running = [name for name in TIMERS if agent.manager.value(oid(name)) not in (None, -1)]
    if running:
        report.skip('control', f'{running[0]} runs')
        return
    choices(agent, report)
    wrong_times(agent, report)
    all_or_nothing(agent, report)
    countdown(agent, report, 'upsShutdownAfterDelay', rfc1628.ALARM_SHUTDOWN_PENDING)
    countdown(agent, report, 'upsStartupAfterDelay', None)
