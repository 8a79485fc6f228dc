"""Two managers switch the outlets of many PDUs at the same time by snmpset: no command is lost, doubled or crossed."""

import collections
import concurrent.futures
import random
import re
import threading
import time

import snmp
from harness import LONG, Busbard, Snmpd, main, need, wait_for
from pdu_mib import ENTERPRISE

STATE, COMMAND = ENTERPRISE + '.1.4.5.1.10', ENTERPRISE + '.1.8.1.1.1'
WORDS = {1: 'load.on', 2: 'load.off', 3: 'load.cycle'}
SHOWN = {'load.on': 'on', 'load.off': 'off', 'load.cycle': 'on'}
REFUSED = snmp.INCONSISTENT_VALUE       # another command pends, or the row is the other manager's at this moment


def device(outlets):
    return 'device.type: pdu\n' + ''.join(f'outlet.{n}.status: on\noutlet.{n}.switchable: yes\n' for n in range(1, outlets + 1))


class Race:
    def __init__(self, world, pdus, outlets):
        self.world, self.outlets, self.names = world, outlets, [f'pdu{i}' for i in range(1, pdus + 1)]
        world.write('pdu.dev', device(outlets))
        self.snmpd = Snmpd(world, ['all'], lines=['rwcommunity one 127.0.0.1', 'rwcommunity two 127.0.0.1'])
        # what is switched is not in the file
        self.busbard = Busbard(world, {name: f'driver = sim port = "{world.path("pdu.dev")}"' for name in self.names},
                               self.snmpd, agentx='writable = {control}')
        manager = snmp.Manager(self.snmpd.port)
        last = f'{STATE}.{pdus}.{outlets}'
        wait_for(lambda: manager.value(last) == 2, 60, 'all PDUs are in the MIB')
        wait_for(lambda: self.numbers(manager), 60, 'all devices have their numbers')
        self.times, self.accepted, self.wrong = [], collections.Counter(), []
        self.refused = 0
        self.lock = threading.Lock()

    def numbers(self, manager):
        """bbDevIndex of each."""
        names = manager.walk(ENTERPRISE + '.1.2.1.1.2', 20)
        self.index = {value.decode(): name[-1] for name, _, value in names}
        return len(self.index) == len(self.names)

    def drive(self, community, order, words):
        """One manager: a SET at a time, to each outlet in turn."""
        manager = snmp.Manager(self.snmpd.port, community, timeout=10)
        for (name, outlet), number in zip(order, words):
            begun = time.monotonic()
            error = manager.set((f'{COMMAND}.{self.index[name]}.{outlet}', snmp.INTEGER, number))
            took = time.monotonic() - begun
            with self.lock:
                self.times.append(took)
                if error == (0, 0):
                    self.accepted[name, outlet, WORDS[number]] += 1
                elif error == (REFUSED, 1):
                    self.refused += 1
                else:
                    self.wrong.append((name, outlet, error))

    def run(self, rounds=1, seed=5):
        """One goes up and one down, so that they meet, and both have some outlets that they fight for."""
        choose = random.Random(seed)
        every = [(name, outlet) for name in self.names for outlet in range(1, self.outlets + 1)]
        orders = [(every + every[:20]) * rounds, (every[::-1] + every[:20]) * rounds]
        with concurrent.futures.ThreadPoolExecutor() as managers:
            driven = [managers.submit(self.drive, who, order, [choose.choice(list(WORDS)) for _ in order])
                      for who, order in zip(('one', 'two'), orders)]
        for one in driven:
            one.result()
        return sum(map(len, orders))

    def done(self):
        """What reached the devices, and the last of each outlet, as the log has it."""
        found, last = collections.Counter(), {}
        for name, outlet, word in re.findall(r'(\S+): outlet (\d+): (load\.\w+) by snmp: done', self.busbard.program.text()):
            found[name, int(outlet), word] += 1
            last[name, int(outlet)] = SHOWN[word]
        return found, last

    def shown(self):
        with self.busbard.client() as client:
            found = {}
            for name in self.names:
                for variable, value in client.variables(name).items():
                    if variable.endswith('.status') and variable.startswith('outlet.'):
                        found[name, int(variable.split('.')[1])] = value
            return found


def share(times, part):
    return sorted(times)[int(part * (len(times) - 1))]


def two_managers(world, results):
    race = Race(world, *((50, 48) if LONG else (6, 24)))
    sent = race.run()
    results.check(not race.wrong, 'each SET is taken, or refused since another command pends', race.wrong[:5])
    results.check(sum(race.accepted.values()) + race.refused == sent, 'each has one answer')
    wait_for(lambda: sum(race.done()[0].values()) >= sum(race.accepted.values()), 60, 'all commands have ended', 0.5)
    found, last = race.done()
    results.check(found == race.accepted, 'what was taken was done once, on its own outlet',
                  (list((found - race.accepted).items())[:5], list((race.accepted - found).items())[:5]))
    shown = race.shown()
    wrong = [(key, shown.get(key), state) for key, state in last.items() if shown.get(key) != state]
    results.check(not wrong, 'each outlet is as its last command left it', wrong[:5])
    results.note(f'{sent} SETs, {race.refused} refused; {1000 * share(race.times, 0.5):.1f} ms at the median, '
                 f'{1000 * share(race.times, 0.99):.1f} ms at 99 %')


if __name__ == '__main__':
    need('busbard', 'snmpd')
    main(two_managers)
