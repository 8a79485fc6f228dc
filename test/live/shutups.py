"""A UPS that speaks HID in SHUT's frames, on TCP and on a pseudo terminal; it is what a .ups file says."""

import contextlib
import functools
import operator
import os
import pty
import select
import socket
import threading
import tty

ACK, NAK, SYNCS = 0x06, 0x15, (0x16, 0x17, 0x18)
REQUEST, RESPONSE, NOTIFICATION = 1, 4, 5

# Bits in report 1, charge and runtime in 2, delays in 3 and 4.
ACME = '''desc {}
vid 0463
pid ffff
imanufacturer 1
iproduct 2
str 1 ACME
str 2 UPS 700
feature 01 01 03
feature 02 02 57 58 02
feature 03 03 ff ff
feature 04 04 ff ff
'''.format('05840904a1010924a1020902a102850115002501750195050585' '09d0094409450942094b8102' '09d0094409450942094bb102'
                   '95038101b101c0' '850275089501256409668102' '0966b102' '751026ff7f66011009688102' '0968b102'
                   '0584850315ff0957b10285040956b102' 'c0c0')


class Line:
    def __init__(self, ups, descriptor):
        self.ups, self.descriptor = ups, descriptor
        self.heard, self.chunks, self.written, self.unacked = b'', [], None, 0

    def say(self, data):
        with contextlib.suppress(OSError):
            os.write(self.descriptor, data)

    def frame(self, kind, payload, last):
        total = functools.reduce(operator.xor, payload, 0)
        if self.ups.bad_sums:
            self.ups.bad_sums -= 1
            total ^= 0x55
        self.say(bytes([kind | (0x80 if last else 0), len(payload) * 17]) + payload + bytes([total]))

    def notify(self, report):
        self.unacked += 1
        self.frame(NOTIFICATION, report, True)

    def reply(self):
        self.frame(RESPONSE, self.chunks[0], len(self.chunks) == 1)

    def take(self, data):
        self.heard += data
        while self.heard:
            first = self.heard[0]
            if first in (ACK, NAK, *SYNCS):
                self.heard = self.heard[1:]
                self.signal(first)
                continue
            size = 3 + (self.heard[1] & 15) if len(self.heard) > 1 else 99
            if len(self.heard) < size:
                return
            frame, self.heard = self.heard[:size], self.heard[size:]
            self.request(frame[0] & 0x80, frame[2:-1])

    def signal(self, byte):
        if byte in SYNCS:
            self.chunks, self.written, self.unacked = [], None, 0
            self.say(bytes([byte]))
        elif byte == ACK and self.unacked:
            self.unacked -= 1
        elif self.chunks:
            if byte == ACK:
                self.chunks = self.chunks[1:]
            if self.chunks:
                self.reply()

    def request(self, last, payload):
        self.say(bytes([ACK]))
        if self.written is not None:
            self.written += payload
            if last:
                self.ups.written.append(self.written)
                self.ups.features[self.written[0]] = self.written
                self.written = None
        elif last:
            reply = self.ups.reply(payload)[:payload[6] | payload[7] << 8]
            self.chunks = [reply[i:i + 8] for i in range(0, len(reply), 8)] or [b'']
            self.reply()
        else:
            self.written = b''


class ShutUps:
    def __init__(self, port, text=None):
        self.features, self.texts, self.strings, self.vendor, self.product = {}, {}, {}, 0, 0
        self.written, self.bad_sums, self.silent = [], 0, False
        self.report_descriptor = b''
        for line in (text or ACME).splitlines():
            self.load(*line.split(None, 1))
        self.listener = socket.create_server(('127.0.0.1', port))
        master, slave = pty.openpty()
        tty.setraw(slave)                       # which stays open: a reader that goes leaves no hang-up
        self.terminals, self.path = [master, slave], os.ttyname(slave)
        self.lines, self.sockets = {master: Line(self, master)}, []
        self.wake, self.waker = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def load(self, word='#', rest=''):
        if word == 'vid':
            self.vendor = int(rest, 16)
        elif word == 'pid':
            self.product = int(rest, 16)
        elif word in ('imanufacturer', 'iproduct', 'iserial'):
            self.strings[word] = int(rest)
        elif word == 'str':
            number, _, text = rest.partition(' ')
            self.texts[int(number)] = text
        elif word == 'desc':
            self.report_descriptor += bytes.fromhex(rest)
        elif word == 'feature':
            number, _, data = rest.partition(' ')
            self.features[int(number, 16)] = bytes.fromhex(data)

    def reply(self, setup):
        kind, low = setup[3], setup[2]
        if setup[1] == 1:
            return self.features.get(low, b'')
        if kind == 1:
            names = [self.strings.get(word, 0) for word in ('imanufacturer', 'iproduct', 'iserial')]
            return bytes([18, 1, 0x10, 1, 0, 0, 0, 8]) + self.vendor.to_bytes(2, 'little') + \
                self.product.to_bytes(2, 'little') + bytes([0, 1, *names, 1])
        if kind == 3 and low in self.texts:
            text = self.texts[low].encode('utf-16-le')
            return bytes([len(text) + 2, 3]) + text
        size = len(self.report_descriptor).to_bytes(2, 'little')
        return {0x21: bytes([9, 0x21, 0x10, 1, 0x21, 1, 0x22]) + size, 0x22: self.report_descriptor}.get(kind, b'')

    def notify(self, report):
        """Something has changed: everybody is told at once."""
        self.features[report[0]] = report
        for line in list(self.lines.values()):
            line.notify(report)

    def hear(self, descriptor):
        try:
            heard = os.read(descriptor, 4096)
        except OSError:
            heard = b''
        if heard and not self.silent:
            self.lines[descriptor].take(heard)
        if not heard and descriptor not in self.terminals:
            del self.lines[descriptor]
            for connection in [c for c in self.sockets if c.fileno() == descriptor]:
                self.sockets.remove(connection)
                connection.close()

    def run(self):
        while True:
            ready, _, _ = select.select([self.wake, self.listener, *self.lines], [], [])
            if self.wake in ready:
                return
            for one in ready:
                if one is self.listener:
                    connection, _ = self.listener.accept()
                    self.sockets.append(connection)
                    self.lines[connection.fileno()] = Line(self, connection.fileno())
                elif one in self.lines:
                    self.hear(one)

    def close(self):
        os.write(self.waker, b'x')
        self.thread.join()
        self.listener.close()
        for descriptor in (*self.terminals, self.wake, self.waker):
            os.close(descriptor)
