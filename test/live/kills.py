#!/usr/bin/env python3
"""kill -9 of the daemon, its store or its agentx role at random moments, while names are written by SNMP and commands given:
every acknowledged SET is there, and every command that was taken is in the journal.  Long form: 200 kills."""

import json
import os
import random
import signal
import threading
import time

import harness
import snmp
from harness import Busbard, Snmpd, need, wait_for

KILLS = 200 if harness.LONG else 4
NAMES = ['ups1', 'ups2', 'ups3']
OBJECT = harness.UPS_MIB + '.1.1.5.0'
UPS = 'ups.status: OL\nbattery.charge: 100\n'


class Writer(threading.Thread):
    """Writes one name over and over: .safe is the last number that was acknowledged, .tried the last that was sent."""

    def __init__(self, snmpd, name):
        super().__init__(daemon=True)
        self.manager = snmpd.writer(name, timeout=0.9)
        self.name_of, self.safe, self.tried, self.acknowledged, self.over = name, 0, 0, 0, threading.Event()

    def run(self):
        while not self.over.is_set():
            self.tried += 1
            try:
                if self.manager.set((OBJECT, snmp.OCTETS, f'{self.name_of} {self.tried}')) == (0, 0):
                    self.safe, self.acknowledged = self.tried, self.acknowledged + 1
                else:
                    time.sleep(0.02)
            except (snmp.Timeout, OSError):
                pass


def number_of(text, name):
    """Before the first write it is the device's own name."""
    return int(text.decode()[len(name):] or 0)


def test_kills(world, results):
    snmpd = Snmpd(world, NAMES)
    for name in NAMES:
        world.write(name + '.dev', UPS)
    daemon = Busbard(world, {name: f'driver = sim  port = "{world.path(name + ".dev")}"' for name in NAMES}, snmpd,
                     agentx='writable = {names}')
    daemon.wait_published()
    readers = {name: snmpd.manager(name, timeout=0.3) for name in NAMES}
    writers = {name: Writer(snmpd, name) for name in NAMES}
    for writer in writers.values():
        writer.start()
    seed = int.from_bytes(os.urandom(4), 'big')
    dice = random.Random(seed)
    lost, killed = [], {'daemon': 0, 'store': 0, 'agentx': 0}
    for _ in range(KILLS):
        before = {name: writer.acknowledged for name, writer in writers.items()}
        wait_for(lambda before=before: all(writer.acknowledged > before[name] for name, writer in writers.items()), 60,
                 'names are written')
        time.sleep(dice.uniform(0, 0.2))
        what = dice.choice(list(killed))
        killed[what] += 1
        pid = daemon.program.pid if what == 'daemon' else wait_for(lambda what=what: daemon.roles().get(what), 30, what)
        safe = {name: writer.safe for name, writer in writers.items()}
        os.kill(pid, signal.SIGKILL)
        if what == 'daemon':
            daemon.program.stop()
            daemon.start()
        for name, reader in readers.items():
            number = number_of(wait_for(lambda reader=reader: reader.value(OBJECT), 60, f'{name} is back'), name)
            if not safe[name] <= number <= writers[name].tried:
                lost.append((what, name, safe[name], number, writers[name].tried))
    for writer in writers.values():
        writer.over.set()
        writer.join()
    for name, reader in readers.items():
        number = number_of(wait_for(lambda reader=reader: reader.value(OBJECT), 60, f'{name} is back'), name)
        if number < writers[name].safe:
            lost.append(('end', name, writers[name].safe, number))
    written = sum(writer.acknowledged for writer in writers.values())
    results.check(not lost, f'every one of {written} acknowledged SETs survives {KILLS} kills', (seed, lost))
    results.note(f'killed: {killed}; seed {seed}')

    code, out, error = world.run('busbarctl', '-s', daemon.control, '--json', 'events', timeout=60)
    kept = [json.loads(line)['fields'] for line in out.splitlines() if '"value-kept"' in line]
    results.check(code == 0 and len(kept) > 0 and not error, 'the journal is whole', (code, error))
    for program in world.programs:
        if program is daemon.program:
            results.check('DAMAGED' not in program.text(), 'no kill damages the database', program.text()[-1000:])


need('snmpd', 'busbarctl')
harness.main(test_kills, seconds=1200 if harness.LONG else 300)
