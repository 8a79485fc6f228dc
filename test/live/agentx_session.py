#!/usr/bin/env python3
"""The AgentX session alone between Debian's snmpd and a tree of plain numbers (agentx_demo)."""

import signal
import time

import harness
import snmp
from harness import wait_for

ROOT = '1.3.6.1.4.1.8072.9999.9999.1'
COLUMNS, ROWS = 4, 50
ONE = f'{ROOT}.2.3'
BACK = 1.0              # seconds after the master's return


def demo(world, snmpd, contexts=2, name='demo'):
    return world.start(name, 'agentx_demo', snmpd.socket, str(COLUMNS), str(ROWS), str(contexts))


def served(snmpd, context=None):
    """Whether the demo's number is there now; does not wait."""
    manager = snmpd.manager(context, timeout=0.2)
    try:
        return manager.value(ONE) == 2003
    finally:
        manager.close()


def time_back(snmpd, context=None):
    begin = time.monotonic()
    wait_for(lambda: served(snmpd, context), 10, 'the numbers are back')
    return time.monotonic() - begin


def expected():
    root = snmp.oid(ROOT)
    return [(root + (column, row), snmp.INTEGER, column * 1000 + row)
            for column in range(1, COLUMNS + 1) for row in range(1, ROWS + 1)]


def walks(world, results, tcp):
    kind = 'tcp' if tcp else 'unix'
    snmpd = harness.Snmpd(world, ['c1', 'c2'], tcp=tcp)
    demo(world, snmpd)
    time_back(snmpd, 'c2')
    for context in (None, 'c1', 'c2'):
        for version in (1, 2):
            manager = snmpd.manager(context, version)
            for repetitions in (0, 1, 7, 100) if version == 2 else (0,):
                results.check(manager.walk(ROOT, repetitions) == expected(),
                              f'{kind}: walk of context "{context or ""}", v{version}, repetitions {repetitions}')
    manager = snmpd.manager()
    results.check(all(manager.get(name) == (tag, value) for name, tag, value in expected()),
                  f'{kind}: a GET of each is what the walk says')
    _, _, varbinds = manager.request(snmp.GET, [snmp.oid(f'{ROOT}.1.999'), snmp.oid(f'{ROOT}.99.1')])
    results.check([tag for _, tag, _ in varbinds] == [snmp.NO_INSTANCE, snmp.NO_OBJECT],
                  f'{kind}: noSuchInstance and noSuchObject', varbinds)


def walks_unix(world, results):
    walks(world, results, False)


def walks_tcp(world, results):
    walks(world, results, True)


def restarts(world, results, tcp, times):
    kind = 'tcp' if tcp else 'unix'
    snmpd = harness.Snmpd(world, ['c2'], tcp=tcp)
    program = demo(world, snmpd)
    time_back(snmpd, 'c2')
    took = []
    for _ in range(times):
        snmpd.program.kill()
        snmpd.start()
        took.append(max(time_back(snmpd, 'c2'), time_back(snmpd)))
    results.note(f'{kind}: back after ' + ' '.join(f'{seconds:.3f}' for seconds in took) + ' s')
    results.check(max(took) <= BACK, f'{kind}: snmpd killed and started {times} times: back within 1 s', took)
    log = program.text()
    results.check(log.count('lost master') == times and log.count('connected') == times + 1,
                  f'{kind}: each loss and each return is one line', log)


def restarts_unix(world, results):
    restarts(world, results, False, 10)


def restarts_tcp(world, results):
    restarts(world, results, True, 3)


def long_absence(world, results):
    """By then the session asks at its slowest."""
    snmpd = harness.Snmpd(world)
    program = demo(world, snmpd)
    time_back(snmpd)
    snmpd.program.kill()
    time.sleep(60 if harness.LONG else 12)
    snmpd.start()
    seconds = time_back(snmpd)
    results.check(seconds <= BACK, f'back {seconds:.3f} s after the return of a master long gone', seconds)
    log = program.text()
    results.check(log.count('no master') <= 2, 'which was not told each time', log)


def hangs(world, results):
    snmpd = harness.Snmpd(world, ['c1'])
    program = demo(world, snmpd)
    time_back(snmpd, 'c1')
    for seconds in (2, 60 if harness.LONG else 12):     # within its patience, and beyond
        snmpd.program.signal(signal.SIGSTOP)
        time.sleep(seconds)
        snmpd.program.signal(signal.SIGCONT)
        back = time_back(snmpd, 'c1')
        results.check(back <= BACK, f'back {back:.3f} s after a hang of {seconds} s', back)
    log = program.text()
    results.check(log.count('lost master') == 1, 'only the long one cost a connection', log)
    program.stop()
    longest = int(program.text().split('longest callback')[1].split()[0])
    results.check(longest < 10000, f'nothing ever ran longer than 10 ms: {longest} us', program.text())


def many_contexts(world, results):
    snmpd = harness.Snmpd(world, ['c1', 'c1000'])
    program = demo(world, snmpd, 1000)
    time_back(snmpd, 'c1000')
    snmpd.program.kill()
    snmpd.start()
    seconds = time_back(snmpd, 'c1000')
    results.check(seconds <= BACK, f'1,000 contexts back after {seconds:.3f} s', seconds)
    log = program.text()
    results.check(log.count('with 1001 contexts') == 2, 'all of them', log)


def taken(world, results):
    """Another subagent has what we want to register."""
    snmpd = harness.Snmpd(world)
    demo(world, snmpd, 0, 'first')
    time_back(snmpd)
    second = demo(world, snmpd, 1, 'second')
    wait_for(lambda: 'connected' in second.text(), 10, 'the second is connected')
    results.check(second.text().count('duplicateRegistration') == 1, 'a refusal is told', second.text())
    snmpd.program.kill()
    snmpd.start()
    wait_for(lambda: second.text().count('connected') == 2, 10, 'the second is connected again')
    results.check(second.text().count('duplicateRegistration') <= 1, 'and told once', second.text())


harness.need('snmpd', 'agentx_demo', 'snmpset')
harness.main(walks_unix, walks_tcp, restarts_unix, restarts_tcp,
             long_absence, hangs, many_contexts, taken)
