#!/usr/bin/env python3
"""The store under damage: a database that is corrupt, empty, or on a disk that is full or cannot be written.
What was acknowledged is there afterwards, what cannot be kept is refused with the reason, and clients are served all the
while."""

import glob
import os
import subprocess

import harness

harness.need('busbard', 'busbarctl')

PDU = 'device.type: pdu\noutlet.count: 3\n' + ''.join(
    f'outlet.{n}.status: on\noutlet.{n}.switchable: yes\n' for n in range(1, 4))
# Runs busbard where its state folder is a small disk of its own.
DISK = ('unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o {0} none "{1}" && exec "$@"', 'sh')


def serve(world, under=()):
    world.write('pdu1.dev', PDU)
    daemon = harness.Busbard(world, {'pdu1': f'driver = sim  port = "{world.path("pdu1.dev")}"'}, under=under)
    wait_served(daemon)
    return daemon


def wait_served(daemon):
    harness.wait_for(lambda: status(daemon), 30, 'pdu1 is served')


def status(daemon):
    with daemon.client() as client:
        return client.value('pdu1', 'outlet.1.status') == 'on'


def run(world, daemon, *command):
    code, _, error = world.run('busbarctl', '-s', daemon.control, 'run', 'pdu1', *command)
    return code, error


def delay(world, daemon, outlet):
    """Of all that is kept the easiest to ask for: a command that is due tomorrow."""
    return run(world, daemon, f'outlet.{outlet}.load.off.delay', '86400')


def pends(world, daemon, outlet):
    return 'pends' in run(world, daemon, f'outlet.{outlet}.load.on')[1]


def database(world, *parts):
    return world.path('busbard', 'state', 'busbar.db', *parts)


def test_damaged_files(world, results):
    """Each start is told what became of the file, goes on with a new one, and keeps what comes then."""
    for what, damage in (('corrupt', b'\x5a' * 8192), ('empty', b'')):
        daemon = serve(world)
        results.check(delay(world, daemon, 1)[0] == 0, f'{what}: a command is kept')
        daemon.program.stop()
        for end in ('-wal', '-shm'):
            if os.path.exists(database(world) + end):
                os.unlink(database(world) + end)
        with open(database(world), 'wb') as file:
            file.write(damage)
        daemon.start()
        wait_served(daemon)
        log = daemon.program.text()
        aside = glob.glob(database(world) + '.damaged-*')
        results.check('THE DATABASE WAS DAMAGED' in log and len(aside) == 1 and aside[0] in log,
                      f'{what}: moved aside, and the log says where', (aside, log))
        with open(aside[0], 'rb') as file:
            results.check(file.read() == damage, f'{what}: as it was')
        results.check(not pends(world, daemon, 1) and delay(world, daemon, 2)[0] == 0, f'{what}: a new one is begun')
        daemon.program.kill()
        daemon.start()
        wait_served(daemon)
        results.check(pends(world, daemon, 2), f'{what}: and keeps what it takes')
        daemon.program.stop()
        for path in [*aside, database(world)]:
            os.unlink(path)


def test_damage_while_running(world, results):
    """The store finds its file gone bad: what the engine still knows is written to the new one."""
    daemon = serve(world)
    results.check(delay(world, daemon, 1)[0] == 0, 'a command is kept')
    store = daemon.roles()['store']
    with open(database(world), 'r+b') as file:
        file.write(b'\x5a' * os.path.getsize(database(world)))
    os.truncate(database(world) + '-wal', 0)
    os.kill(store, 9)
    harness.wait_for(lambda: 'THE DATABASE WAS DAMAGED' in daemon.program.text(), 20, 'the new store finds the damage')
    results.check(status(daemon), 'clients are served meanwhile')
    harness.wait_for(lambda: delay(world, daemon, 2)[0] == 0 or pends(world, daemon, 2), 20, 'the new file takes writes')
    daemon.program.kill()
    daemon.start()
    wait_served(daemon)
    results.check(pends(world, daemon, 1) and pends(world, daemon, 2), 'nothing that was acknowledged is lost')


def can_mount(world):
    return subprocess.run(['unshare', '-rm', 'sh', '-c', f'mount -t tmpfs none "{world.folder}"'],
                          capture_output=True).returncode == 0


def disk(world, options):
    return [word.format(options, world.path('busbard', 'state')) if 'mount' in word else word for word in DISK]


def test_full_disk(world, results):
    if not can_mount(world):
        results.skip('full disk', 'no mount namespaces')
        return
    daemon = serve(world, disk(world, 'size=256k'))
    results.check(delay(world, daemon, 1)[0] == 0, 'a command is kept on a small disk')
    stuffing = f'/proc/{daemon.roles()["store"]}/root{world.path("busbard", "state", "stuffing")}'
    # The log has some pages of its own left: it fills up with commands that come and go.
    with open(stuffing, 'wb', buffering=0) as file:
        try:
            while True:
                file.write(b'x' * 4096)
        except OSError:
            pass
    acknowledged = {1}
    for turn in range(400):
        code, error = delay(world, daemon, 2)
        if code != 0:
            break
        if run(world, daemon, 'outlet.2.load.cancel')[0] != 0:
            break
    results.check(code == 1 and 'full' in error, 'when it is full, a command is refused and the reason said', (turn, error))
    harness.wait_for(lambda: 'nothing can be kept' in daemon.program.text(), 10, 'the log has it')
    again = [delay(world, daemon, 3)[0] for _ in range(5)]
    results.check(again == [1] * 5 and status(daemon) and daemon.program.text().count('nothing can be kept') == 1,
                  'clients are served, and the log has one line', daemon.program.text())
    os.unlink(stuffing)
    harness.wait_for(lambda: 'values are kept again' in daemon.program.text(), 20, 'there is room again')
    harness.wait_for(lambda: delay(world, daemon, 3)[0] == 0, 20, 'commands are kept again')
    acknowledged.add(3)
    os.kill(daemon.roles()['store'], 9)
    harness.wait_for(lambda: 'store' in daemon.roles(), 20, 'a new store')
    results.check(all(pends(world, daemon, outlet) for outlet in acknowledged), 'nothing that was acknowledged is lost')


def test_folder_that_cannot_be_written(world, results):
    if not can_mount(world):
        results.skip('read-only disk', 'no mount namespaces')
        return
    daemon = serve(world, disk(world, 'ro'))
    code, error = delay(world, daemon, 1)
    results.check(code == 1 and 'cannot be kept' in error, 'on a read-only disk what must be kept is refused', error)
    results.check(status(daemon) and run(world, daemon, 'outlet.1.load.off')[0] == 0, 'and everything else works')
    results.check(daemon.program.text().count('nothing can be kept') == 1, 'the log says it once', daemon.program.text())


harness.main(test_damaged_files, test_damage_while_running, test_full_disk, test_folder_that_cannot_be_written)
