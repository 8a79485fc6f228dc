"""A small SNMP manager for v1 and v2c: what a test asks, byte by byte."""

import itertools
import select
import socket
import time

INTEGER, OCTETS, NULL, OID = 0x02, 0x04, 0x05, 0x06
ADDRESS, COUNTER32, GAUGE32, TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_OBJECT, NO_INSTANCE, END_OF_VIEW = 0x80, 0x81, 0x82
GET, NEXT, SET, BULK = 0xA0, 0xA1, 0xA3, 0xA5

# error-status (RFC 3416); v1 knows the first six
(NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, READ_ONLY, GEN_ERR, NO_ACCESS, WRONG_TYPE, WRONG_LENGTH, WRONG_ENCODING,
 WRONG_VALUE, NO_CREATION, INCONSISTENT_VALUE, RESOURCE_UNAVAILABLE, COMMIT_FAILED, UNDO_FAILED,
 AUTHORIZATION_ERROR, NOT_WRITABLE, INCONSISTENT_NAME) = range(19)


class Timeout(Exception):
    pass


def oid(text):
    """'1.3.6' or '.1.3.6' as a tuple."""
    return tuple(int(part) for part in text.strip('.').split('.'))


def dotted(ids):
    return '.'.join(map(str, ids))


def tlv(tag, body):
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes(4, 'big').lstrip(b'\0')
    return bytes([tag, 0x80 | len(size)]) + size + body


def put_integer(value, tag=INTEGER):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, 'big', signed=True))


def put_oid(ids):
    def arc(n):
        out = [n & 0x7F]
        while n > 0x7F:
            n >>= 7
            out.insert(0, n & 0x7F | 0x80)
        return bytes(out)
    return tlv(OID, b''.join(map(arc, (ids[0] * 40 + ids[1],) + tuple(ids[2:]))))


def take(data, at=0):
    """One TLV: (tag, body, where the next begins)."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(data[at:at + count], 'big'), at + count
    return tag, data[at:at + size], at + size


def get_oid(body):
    ids, n = [], 0
    for byte in body:
        n = n << 7 | byte & 0x7F
        if not byte & 0x80:
            ids.append(n)
            n = 0
    first = min(ids[0] // 40, 2)
    return (first, ids[0] - 40 * first, *ids[1:])


def put_value(tag, value):
    if tag == OID:
        return put_oid(oid(value) if isinstance(value, str) else value)
    if tag in (OCTETS, ADDRESS, OPAQUE):
        return tlv(tag, value.encode() if isinstance(value, str) else value)
    return tlv(NULL, b'') if tag == NULL else put_integer(value, tag)


def get_value(tag, body):
    if tag == INTEGER:
        return int.from_bytes(body, 'big', signed=True)
    if tag in (COUNTER32, GAUGE32, TICKS, COUNTER64):
        return int.from_bytes(body, 'big')
    if tag == OID:
        return get_oid(body)
    return bytes(body)


class Manager:
    """Asks one agent, with one community, from one socket."""

    ids = itertools.count(1)

    def __init__(self, port, community='public', version=2, timeout=2.0, host='127.0.0.1'):
        self.community, self.version, self.timeout = community.encode(), version, timeout
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((host, port))

    def close(self):
        self.socket.close()

    def request(self, command, names, second=0, third=0, values=None):
        """(error-status, error-index, [(name, type, value)]); values: (type, value) of each name, NULL without."""
        number = next(self.ids)
        values = values or [(NULL, None)] * len(names)
        varbinds = b''.join(tlv(0x30, put_oid(name) + put_value(*value)) for name, value in zip(names, values))
        pdu = tlv(command, put_integer(number) + put_integer(second) + put_integer(third) + tlv(0x30, varbinds))
        self.socket.send(tlv(0x30, put_integer(self.version - 1) + tlv(OCTETS, self.community) + pdu))
        end = time.monotonic() + self.timeout
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise Timeout(f'no answer for {self.community.decode()} {dotted(names[0])}')
            try:
                answer = self.parse(self.socket.recv(65536))
            except ConnectionRefusedError:
                time.sleep(min(0.01, left))
                raise Timeout('nobody listens') from None
            if answer[0] == number:
                return answer[1:]

    @staticmethod
    def parse(data):
        _, message, _ = take(data)
        _, _, at = take(message)
        _, _, at = take(message, at)
        _, pdu, _ = take(message, at)
        _, number, at = take(pdu)
        _, status, at = take(pdu, at)
        _, index, at = take(pdu, at)
        _, rows, _ = take(pdu, at)
        at, varbinds = 0, []
        while at < len(rows):
            _, row, at = take(rows, at)
            _, name, middle = take(row)
            tag, body, _ = take(row, middle)
            varbinds.append((get_oid(name), tag, get_value(tag, body)))
        return (int.from_bytes(number, 'big'), int.from_bytes(status, 'big'),
                int.from_bytes(index, 'big'), varbinds)

    def get(self, name):
        """(type, value), or None where there is no such instance."""
        name = oid(name) if isinstance(name, str) else name
        status, _, varbinds = self.request(GET, [name])
        if status == NO_SUCH_NAME or varbinds[0][1] in (NO_OBJECT, NO_INSTANCE):
            return None
        if status:
            raise ValueError(f'error-status {status} for {dotted(name)}')
        return varbinds[0][1:]

    def value(self, name):
        found = self.get(name)
        return None if found is None else found[1]

    def set(self, *varbinds):
        """(error-status, error-index) of a SET of (name, type, value) each."""
        names = [oid(name) if isinstance(name, str) else name for name, _, _ in varbinds]
        return self.request(SET, names, values=[(tag, value) for _, tag, value in varbinds])[:2]

    def walk(self, root, repetitions=0):
        """[(name, type, value)] below root, by GETNEXT, or GETBULK with so many repetitions."""
        root = oid(root) if isinstance(root, str) else root
        at, found = root, []
        while True:
            if repetitions:
                status, _, varbinds = self.request(BULK, [at], 0, repetitions)
            else:
                status, _, varbinds = self.request(NEXT, [at])
            if status == NO_SUCH_NAME:
                return found
            if status or not varbinds:
                raise ValueError(f'error-status {status} after {dotted(at)}')
            for name, tag, value in varbinds:
                if tag == END_OF_VIEW or name[:len(root)] != root:
                    return found
                if name <= at:
                    raise ValueError(f'{dotted(name)} comes after {dotted(at)}')
                found.append((name, tag, value))
                at = name
