"""upsTestId and its lock: errors, two managers at once, and a quick test from its start to its end."""

import rfc1628
from manager import SET
from rfc1628 import ABORT_TEST, IN_PROGRESS, INT_MAX, NO_TESTS, QUICK_TEST, TEST, oid
from writes import refused

LOCK, TEST_ID, SUMMARY = oid('upsTestSpinLock'), oid('upsTestId'), oid('upsTestResultsSummary')
ROUNDS = 10


def lock(value):
    return LOCK, 'INTEGER', value


def start(identity):
    return TEST_ID, 'OBJECT IDENTIFIER', identity


def errors(agent, report):
    now = agent.manager.value(LOCK)
    wrong = now ^ 1
    refused(agent, report, 'upsTestId without its lock', [start(QUICK_TEST)], ('inconsistentValue',), 1)
    refused(agent, report, 'a wrong lock, then upsTestId', [lock(wrong), start(QUICK_TEST)], ('inconsistentValue',), 1)
    refused(agent, report, 'upsTestId, then a wrong lock', [start(QUICK_TEST), lock(wrong)], ('inconsistentValue',), 2)
    refused(agent, report, 'upsTestId, a type', [lock(now), (TEST_ID, 'INTEGER', 4)], ('wrongType',), 2)
    refused(agent, report, 'upsTestId, noTestsInitiated', [lock(now), start(NO_TESTS)], ('wrongValue',), 2)
    refused(agent, report, 'upsTestId, a test that there is not', [lock(now), start(rfc1628.WELL_KNOWN_TESTS + (99,))], ('wrongValue',), 2)
    refused(agent, report, 'upsTestId, something else', [lock(now), start((1, 3, 6, 1))], ('wrongValue',), 2)
    refused(agent, report, 'the lock, a type', [(LOCK, 'OCTET STRING', b'1')], ('wrongType',), 1)
    refused(agent, report, 'the lock, Counter32', [(LOCK, 'Counter32', now)], ('wrongType',), 1)
    refused(agent, report, 'the lock, below 0', [lock(-1)], ('wrongValue',), 1)
    refused(agent, report, 'the lock, its next value', [lock(following(now))], ('inconsistentValue',), 1)
    if agent.manager.value(SUMMARY) != IN_PROGRESS:
        refused(agent, report, 'abort while nothing runs', [lock(now), start(ABORT_TEST)], ('inconsistentValue', 'wrongValue'), 2)
    report.check(agent.manager.value(LOCK) == now, 'upsTestSpinLock: unchanged by what was refused', now, agent.manager.value(LOCK))


def following(value):
    return 0 if value == INT_MAX else value + 1


def at_once(agent, binds):
    """The answers to the same SET by two managers, both on their way before either is answered; by one where there is one."""
    if agent.other is None:
        return [agent.writer.set(*binds)]
    both = agent.writer, agent.other
    numbers = [manager.send(SET, binds) for manager in both]
    return [manager.receive(number, manager.timeout) for manager, number in zip(both, numbers)]


def race(agent, report):
    """Two managers with the same lock, both requests on their way at once: one gets it."""
    if agent.other is None:
        report.skip('two managers', 'needs communities: two sockets at once')
        return
    won, step = [], True
    for _ in range(ROUNDS):
        now = agent.manager.value(LOCK)
        won.append(sorted((answer.error, answer.index) for answer in at_once(agent, [lock(now)])))
        step = step and agent.manager.value(LOCK) == following(now)
    expected = [('inconsistentValue', 1), ('noError', 0)]
    report.check(all(found == expected for found in won), f'two managers at once, {ROUNDS} times: one gets the lock',
                 expected, [found for found in won if found != expected])
    report.check(step, 'upsTestSpinLock: one further each time', 'its value and 1', agent.manager.value(LOCK))


def quick(agent, report):
    """A quick battery test: it starts once, shows itself, and can be aborted or ends."""
    count = agent.manager.value(LOCK)
    if agent.manager.value(SUMMARY) == IN_PROGRESS:
        report.skip('a quick test', 'another one runs')
        return
    answers = at_once(agent, [lock(count), start(QUICK_TEST)])
    if any((answer.error, answer.index) == ('wrongValue', 2) for answer in answers):
        report.skip('a quick test', 'this UPS has none')
        return
    found = sorted((answer.error, answer.index) for answer in answers)
    expected = [('inconsistentValue', 1), ('noError', 0)][-len(answers):]
    report.check(found == expected, f'SET of the lock and a quick test, by {len(answers)} at once', expected, found)
    report.check(agent.manager.value(LOCK) == following(count), 'upsTestSpinLock: one further with the test', following(count),
                 agent.manager.value(LOCK))
    summary = agent.settled(lambda: agent.manager.value(SUMMARY), lambda value: value == IN_PROGRESS)
    report.check(summary == IN_PROGRESS, 'upsTestResultsSummary: inProgress(5) while it runs', IN_PROGRESS, summary)
    report.check(agent.manager.value(TEST_ID) == QUICK_TEST, 'upsTestId: the test that runs', QUICK_TEST, agent.manager.value(TEST_ID))
    late = lock(following(count))
    refused(agent, report, 'another test while one runs', [late, start(QUICK_TEST)], ('inconsistentValue',), 2)
    answer = agent.writer.set(late, start(ABORT_TEST))
    report.check(answer.error in ('noError', 'wrongValue', 'inconsistentValue'), 'SET of an abort', 'noError, or that there is none',
                 f'{answer.error} at {answer.index}')
    summary = agent.settled(lambda: agent.manager.value(SUMMARY), lambda value: value != IN_PROGRESS, 600)
    report.check(summary in (1, 2, 3, 4), 'upsTestResultsSummary: a result afterwards', '1 to 4', summary)
    elapsed, begun = agent.manager.value(oid('upsTestElapsedTime')), agent.manager.value(oid('upsTestStartTime'))
    report.check(elapsed is not None and begun, 'upsTestStartTime: when it started', 'not 0', (begun, elapsed))


def run(agent, report):
    if agent.writer is None or TEST not in agent.writable:
        report.skip('tests', 'not asked for')
        return
    if agent.manager.value(LOCK) is None:
        report.skip('tests', 'this agent has no upsTestSpinLock')
        return
    errors(agent, report)
    race(agent, report)
    quick(agent, report)
