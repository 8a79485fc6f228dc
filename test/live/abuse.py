"""Clients that misbehave, at the NUT listener: nobody else notices, and nothing grows without bound."""

import os
import resource
import socket
import time

from faults import Pulse
from harness import LONG, SRCDIR, Busbard, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
SECONDS = 20 if LONG else 2
IDLE = 5000 if LONG else 1000
NOT_FROZEN = 0.5        # s: what a short run holds on any machine, however busy


def connect(busbard, size=None):
    client = socket.socket()
    if size:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    client.connect(('127.0.0.1', busbard.port))
    return client


def memory(busbard):
    """kB of RSS of the nut role."""
    with open(f'/proc/{busbard.roles()["nut"]}/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmRSS'))


def never_reads(busbard):
    """Asks for lists as long as it can, and reads none of them."""
    client = connect(busbard, 4096)
    client.setblocking(False)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            client.send(b'LIST VAR rack1\n' * 100)
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:
            break               # it was thrown out, as it should be
    return [client]


def long_line(busbard):
    client = connect(busbard)
    try:
        for _ in range(1000):
            client.send(b'x' * 65536)
    except OSError:
        pass
    return [client]


def control_bytes(busbard):
    client = connect(busbard)
    client.settimeout(1)
    try:
        for _ in range(160):
            client.sendall(bytes(range(1, 32)) * 2048)
    except OSError:
        pass
    return [client]


def half_lines(busbard):
    clients = [connect(busbard) for _ in range(100)]
    for client in clients:
        client.send(b'GET VAR rack1 "ups.')
    time.sleep(SECONDS)
    return clients


def many_idle(busbard):
    clients = [connect(busbard) for _ in range(IDLE)]
    time.sleep(SECONDS)
    return clients


def comes_and_goes(busbard):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        client = connect(busbard)
        client.send(b'LIST VAR rack1\n')
        client.close()
    return []


def nonsense(busbard):
    client = connect(busbard)
    client.settimeout(2)
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            client.sendall(b'GET\nLIST\n"\n\\\nGET VAR rack1 \xff\xfe\nSET VAR rack1 x "y"\nUSERNAME\n' * 20)
            client.recv(1 << 20)
    except OSError:
        pass
    return [client]


def each_abuse(world, results):
    # What ASan keeps of freed memory (256 MiB otherwise) is no growth of ours.
    os.environ['ASAN_OPTIONS'] = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'quarantine_size_mb=4']))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    busbard = Busbard(world, {'rack1': f'driver = sim  port = "{DEMO}/rack1.dev"'})
    busbard.wait_fresh()
    role = busbard.roles()['nut']
    peace = Pulse(busbard.port)
    time.sleep(1)
    bound = max(0.010 if LONG else NOT_FROZEN, 5 * peace.stop())
    before = memory(busbard)
    for abuse in (never_reads, long_line, control_bytes, half_lines, many_idle, comes_and_goes, nonsense):
        name = abuse.__name__.replace('_', ' ')
        pulse = Pulse(busbard.port)
        wait_for(lambda pulse=pulse: pulse.times, 5, 'a client is served')
        clients = abuse(busbard)
        grown = memory(busbard) - before
        p99 = pulse.stop()
        results.check(not pulse.wrong and not pulse.outages, f'{name}: others are answered right',
                      (pulse.wrong[:3], pulse.outages))
        results.check(p99 < bound, f'{name}: others are answered soon', f'p99 {p99 * 1000:.1f} ms')
        results.check(grown < 32 * 1024, f'{name}: memory is bounded', f'{grown} kB more')
        for client in clients:
            client.close()
    results.check(busbard.roles()['nut'] == role, 'the nut role lives through all of it', busbard.roles())
    log = os.path.getsize(busbard.program.log)
    results.check(log < 100000, 'the log is not flooded', f'{log} bytes')


need('busbard')
main(each_abuse)
