"""A receiver of notifications: v1 and v2c traps, informs, and v3 without authentication, byte by byte."""

import select
import socket
import threading
import time

import snmp

TRAP1, INFORM, TRAP2, RESPONSE = 0xA4, 0xA6, 0xA7, 0xA2
TRAP_OID = snmp.oid('1.3.6.1.6.3.1.1.4.1.0')


class Trap:
    """oid: of the notification (v1: as RFC 3584 makes it of enterprise and number); varbinds {name: value} without the
    first two; at: when it came, in s of the monotonic clock; version 1, 2 or 3; community, or the context of a v3 message; inform."""

    def __init__(self, data):
        self.at, self.data, self.inform, self.order = time.monotonic(), data, False, []
        _, message, _ = snmp.take(data)
        _, version, at = snmp.take(message)
        if version == b'\3':
            _, _, at = snmp.take(message, at)
            _, _, at = snmp.take(message, at)
            _, scoped, _ = snmp.take(message, at)
            _, _, at = snmp.take(scoped)
            _, name, at = snmp.take(scoped, at)
            tag, pdu, _ = snmp.take(scoped, at)
        else:
            _, name, at = snmp.take(message, at)
            tag, pdu, _ = snmp.take(message, at)
        self.version = version[0] + 1 if version != b'\3' else 3
        self.who = name.decode()
        if tag == TRAP1:
            self.read1(pdu)
        else:
            self.read2(tag, pdu)

    def read1(self, pdu):
        _, enterprise, at = snmp.take(pdu)
        _, _, at = snmp.take(pdu, at)
        _, generic, at = snmp.take(pdu, at)
        _, specific, at = snmp.take(pdu, at)
        _, _, at = snmp.take(pdu, at)
        _, rows, _ = snmp.take(pdu, at)
        self.generic, self.specific = generic[0], int.from_bytes(specific, 'big')
        self.enterprise = snmp.get_oid(enterprise)
        self.oid = (*self.enterprise, self.specific) if self.generic == 6 else None
        self.varbinds = self.rows(rows)

    def read2(self, tag, pdu):
        self.inform = tag == INFORM
        _, _, at = snmp.take(pdu)
        _, _, at = snmp.take(pdu, at)
        _, _, at = snmp.take(pdu, at)
        _, rows, _ = snmp.take(pdu, at)
        self.varbinds = self.rows(rows)
        self.oid = self.varbinds.pop(TRAP_OID)
        self.uptime = self.varbinds.pop(snmp.oid('1.3.6.1.2.1.1.3.0'))
        self.order = [name for name in self.order if name in self.varbinds]

    def rows(self, rows):
        at, found = 0, {}
        while at < len(rows):
            _, row, at = snmp.take(rows, at)
            _, name, middle = snmp.take(row)
            tag, body, _ = snmp.take(row, middle)
            found[snmp.get_oid(name)] = snmp.get_value(tag, body)
            self.order.append(snmp.get_oid(name))
        return found

    def response(self):
        """The answer to an inform: the same message with another tag."""
        at = self.data.index(bytes([INFORM]))
        return self.data[:at] + bytes([RESPONSE]) + self.data[at + 1:]


class Receiver:
    """Collects on a port of its own until it is closed; .traps grows."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.traps, self.odd, self.ended = [], [], False
        self.thread = threading.Thread(target=self.collect, daemon=True)
        self.thread.start()

    def collect(self):
        while not self.ended:
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            data, source = self.socket.recvfrom(65536)
            try:
                trap = Trap(data)
            except (IndexError, KeyError, ValueError) as error:
                self.odd.append((error, data))
                continue
            if trap.inform:
                self.socket.sendto(trap.response(), source)
            if trap.oid is not None and trap.oid[:8] != snmp.oid('1.3.6.1.6.3.1.1') and trap.oid[:7] != snmp.oid('1.3.6.1.4.1.8072.4'):
                self.traps.append(trap)

    def close(self):
        self.ended = True
        self.thread.join()
        self.socket.close()
