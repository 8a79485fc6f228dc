"""A UPS of Megatec's or Voltronic's protocol, on a TCP port or a pty, with the faults of real lines."""

import os
import pty
import select
import socket
import threading
import time
import tty

BYTE = 10 / 2400        # seconds of one byte at 2400 baud

MEGATEC = {'Q1': '(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000', 'F': '#220.0 003 024.0 50.0',
           'I': '#ACME            UPS 1000   V1.23     ', 'S.5R0003': '', 'C': '', 'T': '', 'S.5R0000': ''}
VOLTRONIC = {'QPI': '(PI00', 'QRI': '(230.0 004 024.0 50.0', 'QMD': '(#######OLHVT1K0 ###1000 80 1/1 230 230 02 12.0',
             'F': '#220.0 000 024.0 50.0', 'QMF': '(#######BOH', 'QVFW': '(VERFW:00322.02', 'QID': '(12345679012345',
             'I': '#-------------   ------     VT12046Q  ', 'QMOD': '(L', 'QFLAG': '(EpashcDbroegfl',
             'QGS': '(234.9 50.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 100000000001', 'QWS': '(' + '0' * 64,
             'QBV': '(026.5 02 01 068 255', 'QLDL': '(021 023', 'QSK1': '(1', 'QSKT1': '(008', 'QHE': '(242 218',
             'T': '(ACK', 'BZOFF': '(ACK', 'PDA': '(ACK', 'PDR': '(ACK', 'S.5R0003': '(ACK'}


def number(text):
    """So that what is written in two ways is the same."""
    try:
        return float(text)
    except ValueError:
        return text


def checksum(data):
    """CRC-16 of CCITT, and no byte of it one that means something on the line."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xffff
    return bytes(byte + 1 if byte in b'\n\r(' else byte for byte in crc.to_bytes(2, 'big'))


class Device:
    def __init__(self, replies, unknown=None):
        """unknown: what answers a question that it does not know; without it the question comes back."""
        self.replies, self.unknown = dict(replies), unknown
        self.told = []          # all that it was sent
        self.silent = self.echoes = self.paced = False
        self.sums = False       # a CRC behind every message, as P30 has it
        self.noise = self.half = 0      # so many replies are spoilt
        self.ends, self.gone = [], set()

    def serve(self):
        """A TCP port, where any number may speak to it."""
        server = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=self.accept, args=(server,), daemon=True).start()
        return server.getsockname()[1]

    def accept(self, server):
        while True:
            link = server.accept()[0]
            self.ends.append(link)
            threading.Thread(target=self.talk, args=(link.fileno(),), daemon=True).start()

    def hang_up(self):
        while self.ends:
            end = self.ends.pop()
            if isinstance(end, socket.socket):
                end.shutdown(socket.SHUT_RDWR)
            else:
                os.unlink(end[2])
                os.close(end[1])
                self.gone.add(end[0])           # who reads it closes it

    def open(self, link=None):
        """A pty: the path of its slave, or of a link to it."""
        master, slave = pty.openpty()
        tty.setraw(slave)               # which stays open here, so that the master never sees an end
        path = os.ttyname(slave)
        threading.Thread(target=self.talk, args=(master,), daemon=True).start()
        if link is None:
            return path
        self.ends.append((master, slave, link))
        os.symlink(path, link)
        return link

    def talk(self, fd):
        heard = b''
        while True:
            ready, _, _ = select.select([fd], [], [], 0.05)
            if fd in self.gone:
                self.gone.discard(fd)
                os.close(fd)
                return
            if not ready:
                continue
            try:
                more = os.read(fd, 256)
            except OSError:
                return
            if not more:
                return
            heard += more
            while b'\r' in heard:
                line, _, heard = heard.partition(b'\r')
                self.answer(fd, line)

    def answer(self, fd, line):
        text = (line[:-2] if self.sums else line).decode('latin-1').lstrip('\n\0')
        self.told.append(text)
        if self.silent:
            return
        reply = self.replies.get(text, text if self.unknown is None else self.unknown)
        data = reply.encode('latin-1') if reply else b''
        if data:
            data += (checksum(data) if self.sums else b'') + b'\r'
        if self.noise > 0 and data:
            self.noise, data = self.noise - 1, b'\xff\x80\0' + data
        if self.half > 0 and data:
            self.half, data = self.half - 1, data[:len(data) // 2]
        if self.echoes:
            data = line + b'\r' + data
        for byte in [data[n:n + 1] for n in range(len(data))] if self.paced else [data]:
            try:
                os.write(fd, byte)
            except OSError:
                return
            if self.paced:
                time.sleep(BYTE)
