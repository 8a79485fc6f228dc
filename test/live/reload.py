"""HUP: what did not change is not touched, no client is dropped, a bad file changes nothing; contexts and rows of SNMP
come and go with their devices, and nothing leaks."""

import os
import re
import signal
import threading

import snmp
from harness import BUILDDIR, Busbard, LONG, SOURCE, SRCDIR, Snmpd, UPS_MIB, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
with open(os.path.join(BUILDDIR, 'mibs/BUSBAR-MIB.txt')) as module:
    DEVICE_NAMES = re.search(r'enterprise OID\n-- ([\d.]+)\.', module.read())[1] + '.1.2.1.1.2'


def device(name):
    return f'driver = sim  port = "{DEMO}/{name}.dev"'


def names(client):
    return sorted(line.split(' ')[1] for line in client.list('UPS'))


def reloading(world, results):
    snmpd = Snmpd(world, ['rack1', 'hall1', 'desk1'])
    busbard = Busbard(world, {'rack1': device('rack1'), 'hall1': device('hall1')}, snmpd)
    busbard.wait_fresh()
    busbard.wait_published()
    roles = busbard.roles()
    with busbard.client() as client:
        results.check(names(client) == ['hall1', 'rack1'], 'two devices', names(client))

        busbard.program.signal(signal.SIGHUP)
        for _ in range(50):
            client.value('rack1', 'ups.status')
        results.check(client.value('rack1', 'ups.status') == 'OL', 'unchanged: served all the time')
        results.check(busbard.roles() == roles, 'unchanged: the roles go on', busbard.roles())

        busbard.configure({'rack1': device('rack1'), 'desk1': device('desk1')})
        busbard.program.signal(signal.SIGHUP)
        wait_for(lambda: names(client) == ['desk1', 'rack1'], 10, 'a device more and one less')
        results.check(True, 'changed: the same client sees the new device and no more the old one')
        wait_for(lambda: client.value('desk1', 'ups.status') == 'OB DISCHRG', 10, 'the new one is polled')
        results.check(client.value('rack1', 'ups.status') == 'OL', 'changed: what stayed is served')
        results.check(client.ask('GET VAR hall1 ups.status') == 'ERR UNKNOWN-UPS', 'changed: what went is unknown')
        busbard.wait_published(['desk1'])
        results.check(busbard.roles() == roles, 'changed: the roles go on', busbard.roles())

        good = busbard.config
        with open(good, 'a') as file:
            file.write('device other { driver = nosuch }\n')
        busbard.program.signal(signal.SIGHUP)
        wait_for(lambda: f'{good}:' in busbard.program.text(), 10, 'the mistake is in the log')
        results.check(names(client) == ['desk1', 'rack1'], 'bad: nothing changed', names(client))
        results.check(client.value('desk1', 'ups.status') == 'OB DISCHRG', 'bad: the devices are served')
        manager = snmpd.manager('desk1')
        results.check(manager.value('1.3.6.1.2.1.33.1.4.1.0') == 5, 'bad: the MIB is served')


class Watcher(threading.Thread):
    """A manager that asks one context all the time."""

    def __init__(self, snmpd, name):
        super().__init__(daemon=True)
        self.manager, self.answers, self.wrong, self.over = snmpd.manager(name, timeout=10), 0, [], threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(0.005):
            try:
                answer = self.manager.get(SOURCE)
            except (snmp.Timeout, OSError, ValueError) as error:
                answer = error
            self.answers += 1
            if answer != (snmp.INTEGER, 3):
                self.wrong.append(answer)

    def stop(self):
        self.over.set()
        self.join()
        self.manager.close()


class Managers:
    """What is seen of each device by SNMP: its context, and its rows in the default one."""

    def __init__(self, snmpd, names):
        self.all = snmpd.manager()
        self.by_name = {name: snmpd.manager(name, timeout=0.5) for name in names}

    def rows(self):
        """{name: bbDevIndex}"""
        return {value.decode(): name[-1] for name, _, value in self.all.walk(DEVICE_NAMES)}

    def contexts(self):
        """Those that entLogicalTable names, and those that have objects."""
        listed = {value.decode() for _, _, value in self.all.walk('1.3.6.1.2.1.47.1.2.1.1.8')}
        return listed, {name for name in self.by_name if self.shows(name)}

    def shows(self, name):
        """A context that there never was is not answered at all; one that went is, with nothing in it."""
        try:
            return bool(self.by_name[name].walk(UPS_MIB, 20))
        except snmp.Timeout:
            return False

    def wait(self, names, also=frozenset()):
        """also: those of which there is no manager."""
        wait_for(lambda: self.rows().keys() == set(names) | also and self.contexts() == (set(names) | also, set(names)), 20,
                 f'rows and contexts are those of {", ".join(names)}')
        return self.rows()


def lines(*names):
    return {name: device('rack1') for name in names}


def contexts(world, results):
    """Devices are added, removed and renamed while snmpd watches: their rows and contexts come and go.  There may be as
    many contexts as there are devices at one time, not as there have ever been."""
    names = ('ups1', 'ups2', 'ups3', 'ups4')
    snmpd = Snmpd(world, names)
    busbard = Busbard(world, lines('ups1', 'ups2'), snmpd, agentx='contexts = 3')
    busbard.wait_published()
    managers = Managers(snmpd, names)
    seen = [managers.wait(('ups1', 'ups2'))]
    watcher = Watcher(snmpd, 'ups1')
    for what, now in (('one is added', ('ups1', 'ups2', 'ups3')), ('one is removed', ('ups1', 'ups3')),
                      ('one is renamed', ('ups1', 'ups4')), ('one comes back', ('ups1', 'ups2', 'ups4'))):
        busbard.configure(lines(*now))
        busbard.program.signal(signal.SIGHUP)
        seen.append(managers.wait(now))
        results.check(True, f'{what}: rows and contexts follow')
        gone = {name for rows in seen for name in rows} - set(now)
        results.check(not any(managers.by_name[name].walk('1.3') for name in gone),
                      f'{what}: those that went are answered, and nothing is left in them')
    watcher.stop()
    results.check(watcher.answers > 10 and not watcher.wrong, f'{watcher.answers} answers of a device that stayed', watcher.wrong)
    results.check(len({rows['ups1'] for rows in seen}) == 1 and seen[-1]['ups2'] == seen[0]['ups2'],
                  'numbers stay, also of one that went and came back', seen)
    results.check(len({seen[2]['ups3'], seen[3]['ups4'], seen[0]['ups2'], seen[0]['ups1']}) == 4, 'a new name is a new number', seen)
    log = busbard.program.text()
    results.check(snmpd.program.running() and log.count('connected to master') == 1 and 'lost master' not in log,
                  'one session with one master all the time', log)


def sizes(busbard, snmpd):
    """{process: (its memory in KiB, its open files)}"""
    found = {}
    for name, pid in {'snmpd': snmpd.program.pid, 'engine': busbard.program.pid, **busbard.roles()}.items():
        with open(f'/proc/{pid}/status') as file:
            found[name] = int(re.search(r'VmRSS:\s+(\d+)', file.read())[1]), len(os.listdir(f'/proc/{pid}/fd'))
    return found


def nothing_leaks(world, results):
    """The same two devices change places again and again."""
    rounds = 1000 if LONG else 30
    names = ('ups1', 'ups2', 'ups3')
    snmpd = Snmpd(world, names)
    busbard = Busbard(world, lines('ups1', 'ups2'), snmpd)
    busbard.wait_published()
    managers = Managers(snmpd, names)
    for number in range(rounds):
        now = ('ups1', names[2 - number % 2])
        busbard.configure(lines(*now))
        busbard.program.signal(signal.SIGHUP)
        wait_for(lambda now=now: managers.rows().keys() == set(now), 20, f'round {number}: {now}', 0.002)
        if number == rounds // 3:
            managers.wait(now)
            before = sizes(busbard, snmpd)
    managers.wait(now)
    after = sizes(busbard, snmpd)
    for name, (memory, files) in after.items():
        results.note(f'{name}: {before[name][0]} KiB and {before[name][1]} files, after {rounds - rounds // 3} more reloads '
                     f'{memory} KiB and {files} files')
        results.check(files <= before[name][1] + 1, f'{name}: as many files as before', (before[name], after[name]))
        results.check(memory < before[name][0] + 2048, f'{name}: no more memory than before', (before[name], after[name]))


def ever_new_names(world, results):
    """A device gets a new name again and again: what went is forgotten by a new session now and then, with the same snmpd."""
    snmpd = Snmpd(world, ['ups1'])
    busbard = Busbard(world, lines('ups1', 'ups0'), snmpd)
    busbard.wait_published(['ups1'])
    managers = Managers(snmpd, ['ups1'])
    before = sizes(busbard, snmpd)
    for number in range(1, 1100):
        busbard.configure(lines('ups1', f'ups-{number}'))
        busbard.program.signal(signal.SIGHUP)
        wait_for(lambda number=number: f'ups-{number}' in managers.rows(), 20, f'ups-{number}', 0.002)
    managers.wait(('ups1',), also={f'ups-{number}'})
    after = sizes(busbard, snmpd)
    results.note(f'snmpd: {before["snmpd"][0]} KiB, after 1100 names {after["snmpd"][0]} KiB; agentx {before["agentx"][0]}, {after["agentx"][0]}')
    results.check(busbard.program.text().count('connected to master') == 2 and snmpd.program.running(), 'one new session',
                  busbard.program.text())
    results.check(after['snmpd'][0] < before['snmpd'][0] + 1100 * 16, 'snmpd: less than 16 KiB a name', (before, after))


need('busbard', 'snmpd')
# what ASan keeps of freed memory is no growth of ours
os.environ.setdefault('ASAN_OPTIONS', 'quarantine_size_mb=1:thread_local_quarantine_size_kb=64')
main(reloading, contexts, nothing_leaks, *((ever_new_names,) if LONG else ()))
