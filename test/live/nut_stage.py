"""What the tests of foreign NUT clients share: one busbard with one simulated
device, users as an upsd.users has them, and what happens while a client looks."""

import contextlib
import os
import select
import socket
import statistics
import threading
import time

import harness

NAME = 'dev1'
USER, PASSWORD = 'admin', 'secret'
# names that clients show, values whose bytes must survive (zeros, blanks, quotes, a comment sign)
DEVICE = r'''battery.charge: 100
battery.charge.low: 20
battery.date: 2023/05/11
battery.runtime: 2940
battery.temperature: 24.7
battery.voltage: 54.80
device.mfr: American Power Conversion
device.model: Smart-UPS RT 3000 XL
device.serial: 0000823334455
device.type: ups
input.frequency: 50.0
input.transfer.reason: input voltage out of range
input.voltage: 231.4
output.voltage: 230.0
ups.delay.shutdown: 020
ups.load: 56
ups.mfr: American Power Conversion
ups.model: Smart-UPS RT 3000 XL
ups.serial: 0000823334455
ups.status: OL
ups.temperature: 31.2
ups.test.result: Done and passed
'''
AWKWARD = 'device.description: Rack "12" row B\\C #4, x=1\n'
USERS = f'user {USER} {{ password = "{PASSWORD}"  actions = {{SET, FSD}}  commands = {{ALL}}  upsmon = primary }}\n'


def parse(text):
    return dict(line.split(': ', 1) for line in text.splitlines())


class Stage:
    def __init__(self, world, text=DEVICE):
        self.world, self.text = world, text
        self.file = world.write('dev1.dev', text, 0o644)
        section = f'driver = sim  port = "{self.file}"  poll = 0.4  max-age = 1  description = "Rack device"'
        self.busbard = harness.Busbard(world, {NAME: section}, lines=USERS)
        self.busbard.wait_fresh()
        self.port = self.busbard.port
        self.host = f'127.0.0.1:{self.port}'
        self.ups = f'{NAME}@{self.host}'
        with self.busbard.client() as client:       # all that is served, as our own reader reads it
            self.served = client.variables(NAME)

    @property
    def have(self):
        """{name: value} that the device says."""
        return parse(self.text)

    def play(self, **changes):
        """Other values, with _ for the dots; waits until they are served."""
        changed = {**self.have, **{name.replace('_', '.'): value for name, value in changes.items()}}
        self.text = ''.join(f'{name}: {value}\n' for name, value in changed.items())
        self.world.write('dev1.dev', self.text, 0o644)
        for name, value in changes.items():
            self.wait(name.replace('_', '.'), value)

    def value(self, name):
        with self.busbard.client() as client:
            return client.value(NAME, name)

    def wait(self, name, value, seconds=10):
        harness.wait_for(lambda: self.value(name) == value, seconds, f'{name} is {value}')

    @contextlib.contextmanager
    def stale(self):
        os.rename(self.file, self.file + '.away')
        self.wait('ups.status', 'ERR DATA-STALE', 30)
        try:
            yield
        finally:
            os.rename(self.file + '.away', self.file)
            self.wait('ups.status', self.have['ups.status'], 30)

    def kill_nut(self):
        """Kills the role that serves NUT; returns when it serves again."""
        pid = self.busbard.roles()['nut']
        os.kill(pid, 9)
        harness.wait_for(lambda: self.busbard.roles().get('nut', pid) != pid, 10, 'another nut role runs')
        self.wait('ups.status', self.have['ups.status'])


class Upsd(harness.Upsd):
    """Debian's upsd with dummy-ups on the same device, to measure beside it."""

    def __init__(self, world, text=DEVICE):
        file = world.write('upsd.dev', text, 0o644)
        super().__init__(world, 'dummy-ups', {NAME: f'port = {file}\n mode = dummy-once'},
                         users=f'[{USER}]\n password = {PASSWORD}\n actions = SET\n instcmds = ALL\n')
        self.wait_served()
        # dummy-ups serves before it has read its file
        harness.wait_for(lambda: parse(text).items() <= self.variables().items(), 20, 'upsd serves every variable')
        self.host = f'127.0.0.1:{self.port}'
        self.ups = f'{NAME}@{self.host}'

    def variables(self):
        with self.client() as client:
            return client.variables(NAME)


def measure(results, what, ours, theirs, times=15):
    """Notes the median time of what each function does, in turn."""
    took = {ours: [], theirs: []}
    for _ in range(times):
        for function in (ours, theirs):
            began = time.monotonic()
            function()
            took[function].append(time.monotonic() - began)
    ours, theirs = (statistics.median(took[function]) * 1000 for function in (ours, theirs))
    results.note(f'{what}: {ours:.1f} ms from busbard, {theirs:.1f} ms from upsd')


def timed(function):
    began = time.monotonic()
    answer = function()
    return answer, time.monotonic() - began


class Recorder:
    """Stands between clients and a server, and keeps what the clients ask."""

    def __init__(self, port):
        self.server, self.asked = port, b''
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.socket.accept()
                threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        with client, contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', self.server)) as server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reading = [client, server]
            while server in reading:
                for end in select.select(reading, [], [])[0]:
                    text = end.recv(65536)
                    if end is client:
                        self.asked += text
                    if text:
                        (server if end is client else client).sendall(text)
                        continue
                    reading.remove(end)
                    if end is client:
                        server.shutdown(socket.SHUT_WR)

    def awaited(self, right, seconds=5):
        """All that was asked; a client that has ended may be ahead of what it sent, so it is waited for."""
        with contextlib.suppress(AssertionError):
            harness.wait_for(lambda: right(self.requests()), seconds, 'the last request')
        return self.requests()

    def requests(self):
        return self.asked.decode(errors='surrogateescape').splitlines()
