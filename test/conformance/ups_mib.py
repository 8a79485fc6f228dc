#!/usr/bin/env python3
"""Tests an SNMP agent against UPS-MIB (RFC 1628), as a black box.  README.md has how and what."""

import argparse
import sys
import time

import control
import objects
import order
import rfc1628
import sizes
import tests
import version1
import writes
from manager import AUTH, PRIV, Community, Silence, User
from report import Report, known_failures

PARTS = {'objects': objects.run, 'order': order.run, 'v1': version1.run, 'sizes': sizes.run, 'told': sizes.run_told, 'sets': writes.run,
         'tests': tests.run, 'control': control.run}

GROUPS = ('refused', rfc1628.NAMES, rfc1628.TEST, rfc1628.CONFIG, rfc1628.CONTROL)


class Agent:
    """The agent under test, and what was asked to be done to it.

    manager reads, writer writes (None: no SET at all), other writes from another socket; old and old_writer
    are of v1; small is a manager that takes small messages.  All but manager may be None.
    """

    def __init__(self, options):
        self.level = rfc1628.LEVELS[options.level]
        self.writable = set(options.set) - {'refused'}
        self.closed = {rfc1628.NAMES, rfc1628.TEST, rfc1628.CONTROL, rfc1628.CONFIG} - self.writable
        if not options.closed:
            self.closed = set()
        address = address_of(options.agent)
        self.other = self.old = self.old_writer = self.small = self.writer = None

        def community(version, name):
            return Community(address, version, name, options.timeout)
        if options.version == '3':
            def user(**more):
                return User(address, options.user, (options.auth, secret(options.auth_secret)),
                            (options.priv, secret(options.priv_secret)), options.context, options.timeout, **more)
            self.manager, self.small = user(), user(largest=sizes.SMALLEST)
            if options.set:
                self.writer = self.manager
        else:
            read, write = secret(options.community), secret(options.write_community or options.community)
            self.manager, self.old = community(2, read), community(1, read)
            if options.set:
                self.writer, self.other, self.old_writer = community(2, write), community(2, write), community(1, write)
        self.walked = self.manager.walk(rfc1628.OBJECTS)
        self.values = {bind.name: bind for bind in self.walked}

    def scalar(self):
        """The first scalar that is there as it should be."""
        there = [name for name in self.values if name[-1] == 0 and len(name) == len(rfc1628.OBJECTS) + 3]
        return there[0] if there else rfc1628.oid('upsIdentManufacturer')

    def value_walked(self, name):
        """What the first walk had for a scalar; None where it had none."""
        bind = self.values.get(rfc1628.oid(name))
        return None if bind is None else bind.value

    @staticmethod
    def settled(ask, good, tries=20, pause=0.5):
        """The first good answer, or the last one: what needs two requests is never seen at one moment."""
        for attempt in range(tries):
            answer = ask()
            if good(answer):
                break
            time.sleep(pause)
        return answer


def secret(text):
    """"@FILE": the first line of a file."""
    if text is not None and text.startswith('@'):
        with open(text[1:], encoding='utf-8') as file:
            return file.readline().rstrip('\n')
    return text


def address_of(text):
    host, mark, port = text.rpartition(':')
    if mark and (host.startswith('[') or ':' not in host):
        return host.strip('[]'), int(port)
    return text.strip('[]'), 161


def some_of(words):
    """The type of an option that takes words with commas between them."""
    def take(text):
        for word in (given := text.split(',')):
            if word not in words:
                raise argparse.ArgumentTypeError(f'{word!r} is none of {", ".join(words)}')
        return given
    return take


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('agent', help='HOST or HOST:PORT; [ADDRESS]:PORT')
    parser.add_argument('-v', '--version', choices=('2c', '3'), default='2c')
    parser.add_argument('-t', '--timeout', type=float, default=2.0, help='seconds for an answer (default 2)')
    parser.add_argument('-c', '--community', default='public', help='v1 and v2c; secrets also as @FILE')
    parser.add_argument('-w', '--write-community', help='default: the community')
    parser.add_argument('-u', '--user')
    parser.add_argument('-a', '--auth', choices=AUTH, default='none')
    parser.add_argument('-A', '--auth-secret')
    parser.add_argument('-x', '--priv', choices=PRIV, default='none')
    parser.add_argument('-X', '--priv-secret')
    parser.add_argument('-n', '--context', default='', help='of SNMPv3: on many agents, the UPS')
    parser.add_argument('--level', choices=rfc1628.LEVELS, default='none', help='of compliance: what has to be there')
    parser.add_argument('--set', type=some_of(GROUPS), metavar='GROUP,...', default=[],
                        help='send SETs: "refused", those that every agent has to refuse; names, test, config, control: these '
                             'groups are open and are written (default: no SET at all)')
    parser.add_argument('--closed', action='store_true', help='the other groups are closed: SETs of them are refused, and sent')
    parser.add_argument('--parts', type=some_of(PARTS), default=[part for part in PARTS if part != 'told'],
                        metavar='PART,...', help=f'of {", ".join(PARTS)} (default: all but told)')
    parser.add_argument('--known', metavar='FILE', help='table of failures that are known: AGENT, CHECK, WHY')
    parser.add_argument('--name', metavar='AGENT,...', type=lambda text: text.split(','), default=[],
                        help='which agents of that table this one is')
    parser.add_argument('--verbose', action='store_true', help='say what came of checks that pass, too')
    return parser.parse_args(arguments)


def main(arguments):
    options = options_of(arguments)
    report = Report(known_failures(options.known, options.name) if options.known else {}, options.verbose)
    try:
        agent = Agent(options)
    except (Silence, OSError) as error:
        print(f'Bail out! {options.agent}: {error}')
        return 2
    if not agent.walked:
        print(f'Bail out! {options.agent}: nothing of UPS-MIB')
        return 2
    for part in options.parts:
        try:
            PARTS[part](agent, report)
        except Silence as silence:
            report.check(False, f'{part}: every request is answered', 'an answer', silence)
    return 0 if report.end() else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
