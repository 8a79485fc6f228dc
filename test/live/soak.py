"""A long day in short: devices change, clients ask and come and go, managers walk, the configuration is
read again and again.  No process grows, no descriptor is lost, and no role dies."""

import os
import re
import time

import harness
from harness import LONG, SRCDIR, Busbard, Snmpd, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
SECONDS = 600 if LONG else 8
SETTLED = 5             # rounds after which nothing has a reason to grow any more
SLACK = 4096            # kB of RSS that a process may have more at the end


def sizes(busbard):
    """{pid: (kB of RSS, descriptors)} of the engine and the roles."""
    found = {}
    for pid in (busbard.program.pid, *busbard.roles().values()):
        with open(f'/proc/{pid}/status') as file:
            rss = int(re.search(r'^VmRSS:\s*(\d+)', file.read(), re.M)[1])
        found[pid] = rss, len(os.listdir(f'/proc/{pid}/fd'))
    return found


def one_round(number, world, snmpd, busbard, text):
    """Everything that goes on in a day, once."""
    charge = 50 + number % 50
    world.write('ups1.dev', text.replace('battery.charge: 100', f'battery.charge: {charge}'))
    with busbard.client() as client:
        wait_for(lambda: client.value('ups1', 'battery.charge') == str(charge), 10, 'the change is seen')
        for name in busbard.names:
            client.variables(name)
        client.list('UPS')
    for name in busbard.names[:3]:
        manager = snmpd.manager(name)
        manager.walk(harness.UPS_MIB, 20)
        manager.close()
    status, _, error = world.run('busbarctl', '-s', busbard.control, 'reload')
    if status:
        raise AssertionError(error)


def a_long_day(world, results):
    with open(os.path.join(DEMO, 'rack1.dev')) as file:
        text = file.read()
    names = [f'ups{number}' for number in range(1, 21)]
    for name in names:
        world.write(name + '.dev', text)
    snmpd = Snmpd(world, names)
    busbard = Busbard(world, {name: f'driver = sim  port = "{world.path(name + ".dev")}"' for name in names}, snmpd)
    busbard.wait_fresh()
    busbard.wait_published()
    before = sizes(busbard)
    load = world.start('load', 'nutload', '-m', 'get:20,listvar:2,listups,bad', '-c', '10', '-R', '500', '-n', '20',
                       '-u', 'ups%d', '-t', str(SECONDS), f'127.0.0.1:{busbard.port}')
    end, rounds, settled = time.monotonic() + SECONDS, 0, {}
    while time.monotonic() < end or rounds <= SETTLED:
        one_round(rounds, world, snmpd, busbard, text)
        rounds += 1
        if rounds == SETTLED:
            settled = sizes(busbard)
    results.check(load.process.wait(30) == 0, 'every answer under steady load was right', load.text())
    results.check(set(sizes(busbard)) == set(before), f'{rounds} rounds: no role has died')
    wait_for(lambda: all(sizes(busbard)[pid][1] == before[pid][1] for pid in before), 10,
             'every process has the descriptors that it began with')
    now = sizes(busbard)
    results.check(all(now[pid][0] <= settled[pid][0] + SLACK for pid in before), 'no process has grown', (settled, now))


need('busbard', 'busbarctl', 'snmpd', 'nutload')
os.environ.setdefault('ASAN_OPTIONS', 'quarantine_size_mb=1')     # what it holds back looks like growth
main(a_long_day, seconds=SECONDS + 120)
