#!/usr/bin/env python3
"""One table: what clients that misbehave do to a polite one beside them, at
busbard and, in the long run, at Debian's upsd."""

import contextlib
import multiprocessing
import os
import resource
import socket
import time

import harness
from faults import Pulse

harness.need('busbard')

SECONDS = 10 if harness.LONG else 1
IDLE = 5000 if harness.LONG else 1000
DEVICE = 'ups.status: OL\nbattery.charge: 100\n' + ''.join(f'outlet.{n}.current: 1.25\n' for n in range(1, 100))
P99 = 0.005             # what a polite client may wait for; the machine's own p99 is added
NOT_FROZEN = 1          # s: what a short run holds, on any machine and under sanitizers; upsd stands for many seconds
SLOTS = 60
DEAD = 500 if harness.LONG else 100


def connect(port, size=None):
    client = socket.socket()
    if size:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    client.settimeout(2)
    client.connect(('127.0.0.1', port))
    return client


def never_read(port):
    client = connect(port, 4096)
    client.setblocking(False)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(BlockingIOError):
            client.send(b'LIST VAR dev1\n' * 100)
        time.sleep(0.005)
    return [client]


def pour(port, data, total=10 << 20):
    """So many bytes down one connection; its answers are read and thrown away."""
    client = connect(port)
    client.setblocking(False)
    sent, end = 0, time.monotonic() + max(SECONDS, 5)
    while sent < total and time.monotonic() < end:
        try:
            sent += client.send(data)
        except BlockingIOError:
            time.sleep(0.001)
        with contextlib.suppress(BlockingIOError):
            client.recv(1 << 20)
    return [client]


def long_line(port):
    return pour(port, b'x' * 65536)


def control_bytes(port):
    return pour(port, bytes(range(1, 32)) * 2048)


def slow_senders(port):
    clients = [connect(port) for _ in range(50)]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for client in clients:
            client.send(b'G')
        time.sleep(0.05)
    return clients


def idle_clients(port):
    clients = []
    with contextlib.suppress(OSError):
        for _ in range(IDLE):
            clients.append(connect(port))
    time.sleep(SECONDS)
    return clients


def wrong_passwords(port):
    """A hundred connections a second, each with a wrong password."""
    clients, end = [], time.monotonic() + SECONDS
    while time.monotonic() < end:
        client = connect(port)
        client.send(b'USERNAME admin\nPASSWORD guess%d\nLOGIN dev1\n' % len(clients))
        clients.append(client)
        time.sleep(0.01)
    return clients


def connect_flood(port):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            connect(port).close()
    return []


def silent_starttls(port):
    """Clients that ask for TLS and then say nothing more."""
    clients = [connect(port) for _ in range(50)]
    for client in clients:
        client.send(b'STARTTLS\n')
    time.sleep(SECONDS)
    return clients


def half_records(port):
    """The beginning of a handshake, and never the rest; some of it makes no sense."""
    hello = b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
    clients, end = [], time.monotonic() + SECONDS
    while time.monotonic() < end and len(clients) < 1000:
        client = connect(port)
        client.send(b'STARTTLS\n')
        with contextlib.suppress(OSError):
            client.recv(100)
            client.send(hello + os.urandom(len(clients) % 400))
        clients.append(client)
    return clients


ABUSES = (never_read, long_line, control_bytes, slow_senders, idle_clients, wrong_passwords, connect_flood,
          silent_starttls, half_records)


def tree_cpu(pids):
    ticks = 0
    for pid in pids:
        with open(f'/proc/{pid}/stat') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf('SC_CLK_TCK')


def suffer(port, abuse, pids, log):
    """(p99 in s, wrong answers, CPU in s, log in bytes) of one abuse."""
    pulse = Pulse(port, 'dev1')
    harness.wait_for(lambda: pulse.times, 5, 'a polite client is served')
    cpu, size = tree_cpu(pids), os.path.getsize(log)
    worker = multiprocessing.get_context('fork').Process(target=abuse, args=(port,), daemon=True)
    worker.start()
    worker.join(SECONDS + 30)
    worker.kill()
    worker.join()
    p99 = pulse.stop()
    spent = tree_cpu(pids) - cpu
    return p99, pulse.wrong + pulse.outages, spent, os.path.getsize(log) - size


def room_for_one_more(port, take):
    """How long a client waits for its first answer when idle ones have every place; None: 5 s were not enough."""
    clients = []
    with contextlib.suppress(OSError):
        for _ in range(take):
            clients.append(connect(port))
    time.sleep(1.2)             # what is tested: they are idle
    began = time.monotonic()
    try:
        with harness.Nut(port, timeout=5) as client:
            client.value('dev1', 'ups.status')
            return time.monotonic() - began
    except (OSError, EOFError):
        return None
    finally:
        for client in clients:
            client.close()


def row(results, who, what, p99, cpu, log):
    shown = 'frozen' if p99 > 1 else f'p99 {p99 * 1000:6.2f} ms'
    results.note(f'{who:8} {what:18} {shown:15} {cpu:6.2f} s CPU {log:9} bytes of log')


def with_certificate(world):
    """What the nut section says of one; where there is no openssl, nothing."""
    if harness.find('openssl') is None:
        return ''
    crt, key = harness.certificate(world, 'abuse')
    return f'certificate = "{crt}"  key = "{key}"'


def test_abuse(world, results):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    daemon = harness.Busbard(world, {'dev1': f'driver = sim  port = "{world.write("ups.dev", DEVICE)}"'},
                             lines='user admin { password = right  upsmon = secondary }', nut=with_certificate(world))
    daemon.wait_fresh()
    role = daemon.roles()['nut']
    own = Pulse(daemon.port, 'dev1')
    time.sleep(1)               # the measure of the machine itself
    calm = own.stop()
    bound = P99 + 3 * calm if harness.LONG else NOT_FROZEN
    for abuse in ABUSES:
        p99, wrong, cpu, log = suffer(daemon.port, abuse, [role], daemon.program.log)
        what = abuse.__name__.replace('_', ' ')
        row(results, 'busbard', what, p99, cpu, log)
        results.check(not wrong, f'{what}: a polite client gets every answer', wrong[:3])
        results.check(p99 < bound, f'{what}: and soon', f'p99 {p99 * 1000:.2f} ms, bound {bound * 1000:.2f} ms')
        results.check(log < 4096, f'{what}: the log stays short', log)
    results.check(daemon.roles()['nut'] == role, 'the role lives through all of it')


def test_dead_devices(world, results):
    """500 devices that never answer, or whose port refuses, beside one that lives."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(('127.0.0.1', 0))
    ports = silent.getsockname()[1], harness.free_port()
    devices = {f'dead{n}': f'driver = snmp  port = "udp:127.0.0.1:{ports[n % 2]}"  options = {{"version=2c", "timeout=0.5"}}'
               for n in range(DEAD)}
    devices['dev1'] = f'driver = sim  port = "{world.write("ups.dev", DEVICE)}"'
    daemon = harness.Busbard(world, devices, folder='dead')
    daemon.wait_fresh(['dev1'])
    size = os.path.getsize(daemon.program.log)
    pulse = Pulse(daemon.port, 'dev1')
    time.sleep(max(SECONDS, 3))     # what is measured: answers while the others are tried again
    p99 = pulse.stop()
    pids = [daemon.program.pid, daemon.roles()['nut']]
    row(results, 'busbard', f'{DEAD} dead devices', p99, tree_cpu(pids), os.path.getsize(daemon.program.log) - size)
    results.check(not pulse.wrong and not pulse.outages, 'dead devices: a polite client gets every answer', pulse.wrong[:3])
    results.check(p99 < (P99 if harness.LONG else NOT_FROZEN), 'dead devices: and soon', f'p99 {p99 * 1000:.2f} ms')
    daemon.program.stop()
    with open(daemon.program.log, encoding='utf-8') as file:
        lines = sum(' dead7: ' in line for line in file)
    results.check(lines <= 3, 'dead devices: one of them makes a few lines at most', lines)
    silent.close()


def test_places(world, results):
    daemon = harness.Busbard(world, {'dev1': f'driver = sim  port = "{world.write("ups.dev", DEVICE)}"'})
    with open(daemon.config) as file:
        text = file.read().replace('max-connections = 8192', f'max-connections = {SLOTS}  max-per-address = {SLOTS}')
    world.write(os.path.join(daemon.folder, 'busbar.conf'), text)
    world.run('busbarctl', '-s', daemon.control, 'reload')
    daemon.wait_fresh()
    took = room_for_one_more(daemon.port, SLOTS)
    results.note(f'busbard  all places idle    {"nobody else is served" if took is None else f"{took * 1000:.1f} ms"}')
    results.check(took is not None and took < 0.1, 'an idle client makes room at once', took)


def test_upsd(world, results):
    if not harness.LONG or harness.find('dummy-ups') is None:
        results.skip('upsd beside it', 'only in the long run, and with nut-server')
        return
    for abuse in ABUSES:
        with harness.World() as inner:
            text = inner.write('ups.dev', DEVICE)
            upsd = harness.Upsd(inner, 'dummy-ups', {'dev1': f'port = {text}'},
                                users='[admin]\n password = right\n upsmon secondary\n')
            upsd.wait_served()
            p99, _, cpu, log = suffer(upsd.port, abuse, [upsd.program.pid], upsd.program.log)
            row(results, 'upsd', abuse.__name__.replace('_', ' '), p99, cpu, log)
    with harness.World() as inner:
        text = inner.write('ups.dev', DEVICE)
        upsd = harness.Upsd(inner, 'dummy-ups', {'dev1': f'port = {text}'}, lines=f'MAXCONN {SLOTS}\n')
        upsd.wait_served()
        took = room_for_one_more(upsd.port, SLOTS)
        results.note('upsd     all places idle    '
                     f'{"nobody else is served within 5 s" if took is None else f"{took * 1000:.1f} ms"}')


if __name__ == '__main__':
    harness.main(test_abuse, test_dead_devices, test_places, test_upsd)
