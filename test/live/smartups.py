"""A UPS that speaks APC's smart protocol, on TCP and on two pseudo terminals at once."""

import contextlib
import os
import pty
import select
import socket
import threading
import time
import tty

BYTE = 10 / 2400        # seconds of one byte at 2400 baud

CHOICES = ('#uD43127130133136uI43253257261265lI43208204200196e4420015' '5090s431HMLq4420205' '0710'
           'p443020180300600k4410TLNr443000060180300E443336168ON OFF')
ANSWERS = {
    'a': "3.!$%+?=#|.\x01\x0e\x1a')+-89@ABCDEFGKLMNOPQRSUVWXYZabcdefgjklmnopqrsuxyz~", '\x01': 'SMART-UPS 420   ',
    '\x1a': CHOICES, '9': 'FF', 'B': '13.61', 'C': '031.4', 'E': '336', 'F': '50.00', 'G': 'S', 'L': '231.8', 'M': '233.2',
    'N': '230.4', 'O': '231.8', 'P': '009.1', 'Q': '08', 'V': 'DWI', 'X': 'OK', 'b': '21.3.I', 'c': 'UPS_IDEN', 'e': '00',
    'f': '100.0', 'g': '012', 'j': '0042:', 'k': '0', 'l': '208', 'm': '11/17/98', 'n': 'NS9847001053', 'o': '230',
    'p': '020', 'q': '02', 'r': '000', 's': 'H', 'u': '253', 'x': '11/17/98', 'y': '(C) APCC'}
ROUND = {'l': ['208', '204', '200', '196'], 'q': ['02', '05', '07', '10'], 's': ['H', 'M', 'L']}


class Line:
    """One who speaks with it: what it asked last, and what of a command has come."""

    def __init__(self, ups, descriptor):
        self.ups, self.descriptor = ups, descriptor
        self.last, self.text, self.left, self.digits, self.before = '', '', 0, 0, ''

    def say(self, text):
        data = text.encode('latin-1')
        pieces = [data[i:i + 1] for i in range(len(data))] if self.ups.paced else [data]
        for piece in pieces:
            with contextlib.suppress(OSError):
                os.write(self.descriptor, piece)
            if self.ups.paced:
                time.sleep(BYTE)

    def answer(self, text):
        if self.ups.half:
            self.ups.half = False
            self.say(text[:len(text) // 2])
            return
        middle, noise = len(text) // 2, self.ups.noise
        self.ups.noise = ''
        self.say(text[:middle] + noise + text[middle:] + '\r\n')

    def carry_out(self, what):
        self.ups.done.append(what)
        self.answer('OK')

    def increment(self):
        choices = ROUND.get(self.last)
        if choices:
            now = choices.index(self.ups.answers[self.last])
            self.ups.answers[self.last] = choices[(now + 1) % len(choices)]
            self.answer('OK')
        elif self.last in 'cx':
            self.text, self.left = '', 8
        else:
            self.answer('NO')

    def take_text(self, letter):
        self.text += letter.strip('\r')
        self.left -= 1
        if self.left == 0:
            self.ups.answers[self.last] = self.text
            self.answer('OK')

    def take(self, letter):
        ups = self.ups
        before, self.before = self.before, letter
        if letter == 'Y':
            self.digits = self.left = 0
            self.answer('SM')
        elif self.left:
            self.take_text(letter)
        elif self.digits:
            self.digits -= 1
            if self.digits == 0:
                self.carry_out('@')
        elif letter == '-':
            self.increment()
        elif letter in ups.answers:
            self.last = letter
            self.answer(ups.answers[letter])
        elif letter == '@':
            self.digits = 3
        elif letter in 'ZK\x0e':
            if before == letter:
                self.carry_out(letter)
        elif letter in 'SUWDA':
            self.carry_out(letter)
        else:
            self.answer('NA')


class SmartUps:
    def __init__(self, port, link):
        """link: where the second terminal is to be found, whichever it is."""
        self.answers, self.done, self.noise, self.silent = dict(ANSWERS), [], '', False
        self.half = self.paced = False
        self.listener = socket.create_server(('127.0.0.1', port))
        self.lines, self.sockets, self.link = {}, [], link
        self.terminals = [self.open_terminal(), self.open_terminal()]
        self.path = os.ttyname(self.terminals[0][1])
        os.symlink(os.ttyname(self.terminals[1][1]), link)
        self.wake, self.waker = os.pipe()
        self.gone, self.over = None, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def open_terminal(self):
        master, slave = pty.openpty()
        tty.setraw(slave)                       # which stays open: a reader that goes leaves no hang-up
        self.lines[master] = Line(self, master)
        return master, slave

    def hang_up(self):
        """The second terminal goes, as an adapter that is pulled, and another one comes."""
        master, slave = self.terminals[1]
        os.unlink(self.link)
        self.gone = master
        os.write(self.waker, b'x')
        while self.gone is not None:
            time.sleep(0.01)
        os.close(slave)
        self.terminals[1] = self.open_terminal()
        os.symlink(os.ttyname(self.terminals[1][1]), self.link)
        os.write(self.waker, b'x')

    def accept(self):
        connection, _ = self.listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets.append(connection)
        self.lines[connection.fileno()] = Line(self, connection.fileno())

    def hear(self, descriptor):
        try:
            heard = os.read(descriptor, 4096).decode('latin-1')
        except OSError:
            heard = ''
        if not heard and descriptor not in [master for master, _ in self.terminals]:
            self.drop(descriptor)
        for letter in '' if self.silent else heard:
            self.lines[descriptor].take(letter)

    def drop(self, descriptor):
        del self.lines[descriptor]
        for connection in [c for c in self.sockets if c.fileno() == descriptor]:
            self.sockets.remove(connection)
            connection.close()

    def run(self):
        while True:
            ready, _, _ = select.select([self.wake, self.listener, *self.lines], [], [])
            if self.wake in ready:
                os.read(self.wake, 1)
                if self.over:
                    return
                if self.gone is not None:
                    del self.lines[self.gone]
                    os.close(self.gone)
                    self.gone = None
                continue
            for one in ready:
                if one is self.listener:
                    self.accept()
                elif one in self.lines:
                    self.hear(one)

    def alert(self, letter, status):
        """The status changes, and everybody is told at once."""
        self.answers['Q'] = status
        for line in list(self.lines.values()):
            line.say(letter)

    def cut(self):
        for connection in list(self.sockets):
            connection.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.over = True
        os.write(self.waker, b'x')
        self.thread.join()
        self.listener.close()
        for descriptor in (*self.terminals[0], *self.terminals[1], self.wake, self.waker):
            os.close(descriptor)
