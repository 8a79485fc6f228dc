#!/usr/bin/env python3
"""Libraries that speak the NUT protocol, and that no one here wrote: PyNUT,
UPS::Nut, libnutclient, libupsclient, node-nut.  Each is driven by a small
program of clients/ that keeps one connection; what it asks is recorded on the
way.  Stale data, and the death of the role that serves, come in between."""

import os
import shlex
import subprocess
import sys

import harness
import nut_stage
from nut_stage import NAME, PASSWORD, USER

CLIENTS = os.path.join(harness.SRCDIR, 'test/live/clients')
COMMAND = 'test.battery.start.quick'
NODE_NUT = 'node-nut@1.0.3'
SLOW = 6        # seconds that libraries may take to give a dead connection up


class Library:
    """A program that acts by a library, one line an act."""

    def __init__(self, argv, port, env=None):
        self.process = subprocess.Popen([*argv, '127.0.0.1', str(port), NAME, USER, PASSWORD],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True, env={**os.environ, **(env or {})},
                                        preexec_fn=harness.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def act(self, line):
        """The lines of its answer."""
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        answer = []
        while (line := self.process.stdout.readline()) != '.\n':
            if line == '':
                raise EOFError(f'{self.process.args[0]} ended: {self.process.wait()}')
            answer.append(line[:-1])
        return answer

    def pairs(self, line):
        answer = self.act(line)
        return nut_stage.parse('\n'.join(answer)) if ': ' in ''.join(answer) else answer


def failed(answer):
    return len(answer) == 1 and (answer[0] if isinstance(answer, list) else '').startswith('error') or \
        isinstance(answer, dict) and 'error' in answer


class Subject:
    """One library: how its program is started, and what it is known to do."""

    name = argv = None
    env = {}
    greeting = [f'USERNAME {USER}', f'PASSWORD {PASSWORD}']      # what it says before it is asked anything
    stale = 'DATA-STALE'                                         # how it tells that
    acts = ()                                                    # (act, whether its answer is right)

    def ready(self, world):
        """Why it cannot be run; None when it can."""


def runs(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          timeout=120, check=False).returncode == 0


def equal(*wanted):
    return lambda answer: answer == list(wanted)


def has(*wanted):
    return lambda answer: all(any(word in line for line in answer) for word in wanted)


class PyNut(Subject):
    name = 'PyNUT'
    argv = ['/usr/bin/python3', '-W', 'ignore', os.path.join(CLIENTS, 'pynut.py')]
    acts = (('devices', equal(f'{NAME}: Rack device')),
            ('commands', has(COMMAND, 'load.off')),
            ('settable', has('battery.charge.low: 20', 'ups.delay.shutdown: 020')),
            ('set battery.charge.low 35', equal('OK')),
            ('set input.voltage 1', has('READONLY')),
            (f'run {COMMAND}', equal('OK')),
            ('run no.such', has('CMD-NOT-SUPPORTED')),
            ('version', has('busbar', 'NUT protocol 1.3')),
            ('help', has('INSTCMD')),
            # it asks for LIST CLIENTS, which no server has
            ('clients', has('INVALID-ARGUMENT')),
            ('fsd', equal('OK')))

    def ready(self, world):
        if not runs('/usr/bin/python3', '-W', 'ignore', '-c', 'import PyNUT'):
            return 'python3-nut is not installed'


class Perl(Subject):
    name = 'UPS::Nut'
    argv = ['perl', os.path.join(CLIENTS, 'nut.pl')]
    greeting = [f'USERNAME {USER}', f'PASSWORD {PASSWORD}', f'LIST VAR {NAME}']
    acts = (('devices', equal(f'{NAME}: Rack device')),
            ('get ups.status', equal('OL')),
            ('status', equal('OL')),
            ('charge', equal('100')),
            ('voltage', equal('231.4')),
            ('temperature', equal('24.7')),
            ('get no.such', has('VAR-NOT-SUPPORTED')),
            ('commands', has(COMMAND, 'load.off')),
            ('settable', has('battery.charge.low: 20', 'ups.delay.shutdown: 020')),
            ('type battery.charge.low', has('RW')),
            ('description ups.status', lambda answer: len(answer) == 1 and not failed(answer)),
            ('set battery.charge.low 35', lambda answer: not failed(answer)),
            ('get battery.charge.low', equal('35')),
            ('set input.voltage 1', has('READONLY')),
            (f'run {COMMAND}', lambda answer: not failed(answer)),
            ('login', equal('OK')),
            ('master', equal('1')),
            ('fsd', lambda answer: not failed(answer)))

    def ready(self, world):
        if not runs('perl', '-MUPS::Nut', '-e', '1'):
            return 'libups-nut-perl is not installed'


class Compiled(Subject):
    """A library that is linked with: source, the library's package, and what pkg-config calls it."""

    source = package = module = compiler = None

    def ready(self, world):
        if harness.find('pkg-config') is None or not runs('pkg-config', '--exists', self.module):
            return f'{self.package} is not installed'
        if harness.find(self.compiler) is None:
            return f'{self.compiler} is not installed'
        flags = subprocess.run(['pkg-config', '--cflags', '--libs', self.module], capture_output=True, text=True,
                               check=True).stdout
        self.argv = [world.path(self.module)]
        subprocess.run([self.compiler, os.path.join(CLIENTS, self.source), *shlex.split(flags), '-o', *self.argv],
                       check=True)


class NutClient(Compiled):
    name, source, package, module, compiler = 'libnutclient', 'nutclient.cpp', 'libnutclient-dev', 'libnutclient', 'g++'
    acts = (('devices', equal(f'{NAME}: Rack device')),
            ('get ups.status', equal('OL')),
            ('get no.such', has('VAR-NOT-SUPPORTED')),
            ('commands', has(COMMAND, 'load.off')),
            ('settable', has('battery.charge.low', 'ups.delay.shutdown')),
            ('description ups.status', lambda answer: len(answer) == 1 and not failed(answer)),
            (f'meaning {COMMAND}', lambda answer: len(answer) == 1 and not failed(answer)),
            ('tracked', equal('0')),
            ('set battery.charge.low 35', lambda answer: not failed(answer)),
            ('get battery.charge.low', equal('35')),
            ('set input.voltage 1', has('READONLY')),
            ('track on', equal()),
            ('tracked', equal('1')),
            ('track off', equal()),
            (f'run {COMMAND}', lambda answer: not failed(answer)),
            ('logins', equal('0')),
            ('login', equal()),
            ('logins', equal('1')),
            ('login', has('ALREADY-LOGGED-IN')),
            ('primary', equal()),
            ('master', equal()))

    def extra(self, results, library):
        """An act that is tracked to its end."""
        library.act('track on')
        identity = library.act('set battery.charge.low 40')
        harness.wait_for(lambda: library.act('result ' + identity[0]) == ['success'], 5, 'the setting is done')
        results.check(len(identity[0]) == 36, f'{self.name}: a setting is tracked to its end', identity)


class UpsClient(Compiled):
    name, source, package, module, compiler = 'libupsclient', 'upsclient.c', 'libupsclient-dev', 'libupsclient', 'gcc'
    greeting = ['STARTTLS']
    stale = 'stale'
    acts = (('get ups.status', equal('OL')),
            ('get ups.delay.shutdown', equal('020')),
            ('get no.such', has('not supported')))


class Node(Subject):
    name = 'node-nut'
    argv = ['node', os.path.join(CLIENTS, 'node-nut.js')]
    acts = (('devices', equal(f'{NAME}: Rack device')),
            ('commands', has(COMMAND, 'load.off')),
            ('settable', has('battery.charge.low: 20', 'ups.delay.shutdown: 020')),
            ('type ups.status', has('STRING')),
            ('description ups.status', lambda answer: len(answer) == 1 and not failed(answer)),
            (f'meaning {COMMAND}', lambda answer: len(answer) == 1 and not failed(answer)),
            ('set battery.charge.low 35', equal('OK')),
            ('set input.voltage 1', has('READONLY')),
            (f'run {COMMAND}', equal('OK')),
            ('version', has('busbar', 'NUT protocol 1.3')),
            ('help', has('INSTCMD')),
            ('fsd', equal('OK')))

    def ready(self, world):
        if harness.find('npm') is None or harness.find('node') is None:
            return 'npm is not installed'
        folder = world.path('npm')
        os.makedirs(folder)
        if not runs('npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0',
                    '--prefix', folder, NODE_NUT):
            return f'npm cannot get {NODE_NUT} here'
        self.env = {'NODE_PATH': os.path.join(folder, 'node_modules')}


def trouble(stage, subject, library, results):
    """Stale data, and the end of the connection, each told, and over when it is over."""
    name = subject.name
    with stage.stale():
        answer = library.act('list')
        results.check(failed(answer) and subject.stale in answer[0], f'{name}: stale data are told, none is shown',
                      answer)
    results.check(library.pairs('list') == stage.served, f'{name}: and come back on the same connection')
    stage.kill_nut()
    answer, took = nut_stage.timed(lambda: library.act('list'))
    results.check(failed(answer) and took < SLOW, f'{name}: the death of the server is told', (answer, took))
    results.check(library.act('connect') == [] and library.pairs('list') == stage.served,
                  f'{name}: connects to the next one, which has every value')


def library_test(subject):
    def test(world, results):
        why = subject.ready(world)
        if why is not None:
            results.skip(subject.name, why)
            return
        stage = nut_stage.Stage(world)
        with nut_stage.Recorder(stage.port) as recorder, Library(subject.argv, recorder.port, subject.env) as library:
            answer = library.act('connect')
            results.check(answer == [] and recorder.awaited(lambda lines: lines == subject.greeting) == subject.greeting,
                          f'{subject.name}: what it says at connect', (answer, recorder.requests()))
            have = library.pairs('list')
            results.check(have == stage.served == stage.have, f'{subject.name}: every variable, every value', have)
            trouble(stage, subject, library, results)
            for act, right in subject.acts:
                answer = library.act(act)
                results.check(right(answer), f'{subject.name}: {act}', answer)
            if hasattr(subject, 'extra'):
                subject.extra(results, library)
        compare(world, results, stage, subject)
    test.__name__ = subject.name
    return test


def compare(world, results, stage, subject):
    if harness.find('/lib/nut/upsd') is None or harness.find('/lib/nut/dummy-ups') is None:
        return
    upsd = nut_stage.Upsd(world)
    with Library(subject.argv, stage.port, subject.env) as ours, Library(subject.argv, upsd.port, subject.env) as theirs:
        ours.act('connect')
        theirs.act('connect')
        nut_stage.measure(results, f'LIST VAR by {subject.name}', lambda: ours.act('list'), lambda: theirs.act('list'))


if __name__ == '__main__':
    harness.need('busbard')
    subjects = [PyNut(), Perl(), NutClient(), UpsClient(), Node()]
    chosen = [subject for subject in subjects if subject.name in sys.argv[1:]] or subjects
    harness.main(*map(library_test, chosen))
