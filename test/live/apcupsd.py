#!/usr/bin/env python3
"""The driver apcupsd against a small server of its protocol, over TCP by name and number."""

import socketserver
import threading

import harness

harness.need('busbard')

LINES = ['APC      : 001,036,0876', 'UPSNAME  : rack 4', 'MODEL    : Smart-UPS 1500', 'STATUS   : ONLINE',
         'LINEV    : 230.4 Volts', 'BCHARGE  : 100.0 Percent', 'TIMELEFT : 14.5 Minutes', 'END APC  : now']
WANT = {'ups.status': 'OL', 'input.voltage': '230.4', 'battery.charge': '100.0', 'battery.runtime': '870',
        'ups.model': 'Smart-UPS 1500', 'ups.id': 'rack 4'}


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.sessions.append(self.connection)
        while len(head := self.rfile.read(2)) == 2:
            if self.rfile.read(int.from_bytes(head, 'big')) != b'status':
                return
            for line in [*self.server.lines, '']:
                text = (line + '\n').encode() if line else b''
                self.wfile.write(len(text).to_bytes(2, 'big') + text)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, port=0):
        super().__init__(('127.0.0.1', port), Session)
        self.sessions, self.lines = [], list(LINES)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
        for session in self.sessions:
            try:
                session.shutdown(2)
            except OSError:
                pass


def value(busbard, device, name):
    with busbard.client() as client:
        return client.value(device, name)


def apcupsd_is_a_source(world, results):
    server = Server()
    port = server.server_address[1]
    section = 'driver = apcupsd\n port = "{}:{}"\n poll = 0.2\n max-age = 2'
    busbard = harness.Busbard(world, {'number': section.format('127.0.0.1', port),
                                      'name': section.format('localhost', port)})
    busbard.wait_fresh()
    for device in ('number', 'name'):
        with busbard.client() as client:
            found = client.variables(device)
        results.check({name: found.get(name) for name in WANT} == WANT, f'{device}: every line has its name', found)
    server.lines[3] = 'STATUS   : ONBATT LOWBATT'
    harness.wait_for(lambda: value(busbard, 'number', 'ups.status') == 'OB LB', 5, 'a change shows')
    results.check(len(server.sessions) == 2, 'one connection each is enough', len(server.sessions))
    server.lines[3] = 'STATUS   : COMMLOST'
    harness.wait_for(lambda: value(busbard, 'number', 'ups.status') == 'ERR DATA-STALE', 5, 'a lost UPS is stale')
    server.lines[3] = 'STATUS   : ONLINE'
    harness.wait_for(lambda: value(busbard, 'number', 'ups.status') == 'OL', 5, 'it is back')
    server.stop()
    harness.wait_for(lambda: value(busbard, 'number', 'ups.status') == 'ERR DATA-STALE', 10, 'without a server it is stale')
    server = Server(port)
    harness.wait_for(lambda: value(busbard, 'number', 'ups.status') == 'OL', 30, 'the server is found again')
    results.check(True, 'it goes stale without its server and comes back with it')
    server.stop()


harness.main(apcupsd_is_a_source)
