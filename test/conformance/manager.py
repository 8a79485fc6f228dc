"""A manager that hands on what an agent answers, unchanged: SNMPv1, v2c and v3, on pysnmp."""

import itertools
import select
import socket
import time
from collections import namedtuple

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncore.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.cmdgen import CommandGenerator
from pysnmp.error import PySnmpError
from pysnmp.proto import api

NAMES = {
    (0x00, 2): 'INTEGER', (0x00, 4): 'OCTET STRING', (0x00, 5): 'NULL', (0x00, 6): 'OBJECT IDENTIFIER',
    (0x40, 0): 'IpAddress', (0x40, 1): 'Counter32', (0x40, 2): 'Gauge32', (0x40, 3): 'TimeTicks',
    (0x40, 4): 'Opaque', (0x40, 6): 'Counter64',
    (0x80, 0): 'noSuchObject', (0x80, 1): 'noSuchInstance', (0x80, 2): 'endOfMibView',
}
NO_OBJECT, NO_INSTANCE, END_OF_VIEW = 'noSuchObject', 'noSuchInstance', 'endOfMibView'
SYS_UP_TIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
EXCEPTIONS = (NO_OBJECT, NO_INSTANCE, END_OF_VIEW)

# RFC 3416, 3; v1 has the first six
ERRORS = ('noError', 'tooBig', 'noSuchName', 'badValue', 'readOnly', 'genErr', 'noAccess', 'wrongType', 'wrongLength',
          'wrongEncoding', 'wrongValue', 'noCreation', 'inconsistentValue', 'resourceUnavailable', 'commitFailed',
          'undoFailed', 'authorizationError', 'notWritable', 'inconsistentName')

GET, NEXT, BULK, SET = 'GetRequest', 'GetNextRequest', 'GetBulkRequest', 'SetRequest'

numbers = itertools.count(int(time.time()) % 2**30)

# One varbind: the name as a tuple, the type by its name, the value as int, bytes, tuple or None.
Bind = namedtuple('Bind', 'name type value')
# error: a word of ERRORS; size: of the message, 0 where not known (v3)
Answer = namedtuple('Answer', 'error index binds size')


class Silence(Exception):
    """No answer, or a report in place of one."""


def bind_of(name, value):
    tag = value.tagSet[-1]
    kind = NAMES.get((tag.tagClass, tag.tagId), f'tag {tag.tagClass | tag.tagId:#04x}')
    if kind == 'OBJECT IDENTIFIER':
        plain = tuple(value)
    elif kind in ('OCTET STRING', 'IpAddress', 'Opaque'):
        plain = value.asOctets()
    else:
        plain = None if kind == 'NULL' or kind in EXCEPTIONS else int(value)
    return Bind(tuple(name), kind, plain)


def coded(module, kind, value):
    """The value as an object of pysnmp."""
    classes = {'INTEGER': 'Integer', 'OCTET STRING': 'OctetString', 'NULL': 'Null', 'OBJECT IDENTIFIER': 'ObjectIdentifier',
               'Counter32': 'Counter32' if hasattr(module, 'Counter32') else 'Counter',
               'Gauge32': 'Gauge32' if hasattr(module, 'Gauge32') else 'Gauge', 'TimeTicks': 'TimeTicks'}
    return getattr(module, classes[kind])('' if kind == 'NULL' else value)


def pdu_of(module, command, binds, second, third):
    """A PDU of pysnmp: names alone, or (name, type, value) for a SET."""
    pdu = getattr(module, command + 'PDU')()
    part = module.apiBulkPDU if command == BULK else module.apiPDU
    part.setDefaults(pdu)
    part.setRequestID(pdu, next(numbers))
    if command == BULK:
        part.setNonRepeaters(pdu, second)
        part.setMaxRepetitions(pdu, third)
    full = binds if command == SET else [(name, 'NULL', None) for name in binds]
    part.setVarBinds(pdu, [(module.ObjectIdentifier(name), coded(module, kind, value)) for name, kind, value in full])
    return pdu


def answer_of(module, pdu, size):
    part = module.apiPDU
    status = int(part.getErrorStatus(pdu))
    return Answer(ERRORS[status] if status < len(ERRORS) else f'error-status {status}',
                  int(part.getErrorIndex(pdu, muteErrors=True)), [bind_of(*bind) for bind in part.getVarBinds(pdu)], size)


class Manager:
    """What all versions have in common."""

    timeout, retries = 2.0, 2

    def request(self, command, binds, second=0, third=0):
        for attempt in range(1 if command == SET else 1 + self.retries):
            try:
                return self.once(command, binds, second, third)
            except Silence as silence:
                last = silence
        raise last

    def get(self, *names):
        return self.request(GET, names)

    def next(self, *names):
        return self.request(NEXT, names)

    def bulk(self, non_repeaters, repetitions, *names):
        return self.request(BULK, names, non_repeaters, repetitions)

    def set(self, *binds):
        """binds: (name, type, value) each.  Never sent twice."""
        return self.request(SET, binds)

    def read(self, name):
        """The bind of one instance; None where there is none."""
        answer = self.get(name)
        return None if answer.error != 'noError' or answer.binds[0].type in EXCEPTIONS else answer.binds[0]

    def value(self, name):
        bind = self.read(name)
        return None if bind is None else bind.value

    def walk(self, root, repetitions=0):
        """All binds below root; ends at the first that is not below, or does not increase."""
        at, found = root, []
        while True:
            answer = self.bulk(0, repetitions, at) if repetitions else self.next(at)
            if answer.error != 'noError' or not answer.binds:
                return found
            for bind in answer.binds:
                if bind.type in EXCEPTIONS or bind.name[:len(root)] != root or bind.name <= at:
                    return found
                found.append(bind)
                at = bind.name


class Community(Manager):
    """SNMPv1 or v2c, one socket for each manager."""

    def __init__(self, address, version, community, timeout):
        self.version, self.community, self.timeout = version, community, timeout
        self.module = api.protoModules[api.protoVersion1 if version == 1 else api.protoVersion2c]
        family, kind, protocol, _, address = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
        self.socket = socket.socket(family, kind, protocol)
        self.socket.connect(address)

    def send(self, command, binds, second=0, third=0):
        """Sends it, and gives the request-id.  A PDU of v2c can be put into a message of v1 as well."""
        source = self.module if hasattr(self.module, command + 'PDU') else api.protoModules[api.protoVersion2c]
        pdu = pdu_of(source, command, binds, second, third)
        head = encoder.encode(self.module.Integer(self.version - 1)) + encoder.encode(self.module.OctetString(self.community))
        body = head + encoder.encode(pdu)
        self.socket.send(b'\x30' + length_of(body) + body)
        return int(source.apiPDU.getRequestID(pdu))

    def receive(self, number, seconds):
        """The answer to that request; Silence after so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([self.socket], [], [], left)[0]:
            try:
                data = self.socket.recv(65536)
            except ConnectionRefusedError:
                raise Silence('nobody listens there') from None
            try:
                message, _ = decoder.decode(data, asn1Spec=self.module.Message())
            except PyAsn1Error as error:
                raise Silence(f'an answer that is no SNMP: {error}') from None
            pdu = self.module.apiMessage.getPDU(message)
            if int(self.module.apiPDU.getRequestID(pdu)) == number:
                return answer_of(self.module, pdu, len(data))
        raise Silence(f'no answer within {seconds} s')

    def once(self, command, binds, second=0, third=0):
        return self.receive(self.send(command, binds, second, third), self.timeout)

    def close(self):
        self.socket.close()


def length_of(body):
    size = len(body)
    return bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 0xFF])       # a datagram is below 64 KiB


AUTH = {'none': config.usmNoAuthProtocol, 'MD5': config.usmHMACMD5AuthProtocol, 'SHA': config.usmHMACSHAAuthProtocol,
        'SHA-224': config.usmHMAC128SHA224AuthProtocol, 'SHA-256': config.usmHMAC192SHA256AuthProtocol,
        'SHA-384': config.usmHMAC256SHA384AuthProtocol, 'SHA-512': config.usmHMAC384SHA512AuthProtocol}
PRIV = {'none': config.usmNoPrivProtocol, 'DES': config.usmDESPrivProtocol, 'AES': config.usmAesCfb128Protocol}


class User(Manager):
    """SNMPv3 with a user of USM, in one context.  largest: the message size that the agent is told."""

    module = api.protoModules[api.protoVersion2c]
    version = 3

    def __init__(self, address, user, auth=('none', None), priv=('none', None), context='', timeout=2.0, largest=65507):
        family, _, _, _, address = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
        level = 'noAuthNoPriv' if auth[0] == 'none' else 'authNoPriv' if priv[0] == 'none' else 'authPriv'
        domain, transport = (udp6.domainName, udp6.Udp6Transport) if family == socket.AF_INET6 \
            else (udp.domainName, udp.UdpTransport)
        self.context, self.timeout = context, timeout
        self.engine = SnmpEngine(maxMessageSize=largest)
        config.addV3User(self.engine, user, AUTH[auth[0]], auth[1], PRIV[priv[0]], priv[1])
        config.addTargetParams(self.engine, 'parameters', user, level)
        config.addTransport(self.engine, domain, transport().openClientMode())
        # the library's retries are off: a SET is never sent twice
        config.addTargetAddr(self.engine, 'agent', domain, address[:2], 'parameters',
                             timeout=int(timeout * 100), retryCount=0)
        self.generator = CommandGenerator()
        self.size, receive = 0, self.engine.msgAndPduDsp.receiveMessage

        def measure(engine, domain, source, message):
            self.size = len(message)
            return receive(engine, domain, source, message)
        self.engine.msgAndPduDsp.receiveMessage = measure
        # finds the agent's engine, so that no SET has to be the first message
        self.request(GET, [SYS_UP_TIME])

    def once(self, command, binds, second, third):
        pdu = pdu_of(self.module, command, binds, second, third)
        answers = []
        try:
            self.generator.sendPdu(self.engine, 'agent', None, self.context, pdu,
                                   lambda engine, handle, trouble, pdu, _: answers.append((trouble, pdu)), None)
            self.engine.transportDispatcher.runDispatcher()
        except PySnmpError as error:
            raise Silence(f'cannot be asked: {error}') from None
        trouble, pdu = answers[0]
        if trouble:
            raise Silence(str(trouble))
        return answer_of(self.module, pdu, self.size)

    def close(self):
        self.engine.transportDispatcher.closeDispatcher()
