"""What the live tests share.

A World is a private temporary directory and the programs started in it: snmpd,
busbard, snmpsim, upsd.  Leaving it ends them all and removes everything.
Results are TAP; a program that misses what it needs exits 77 (skipped).
"""

import contextlib
import ctypes
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import snmp

SRCDIR = os.path.abspath(os.environ.get('srcdir', os.path.join(os.path.dirname(__file__), '../..')))
BUILDDIR = os.path.abspath(os.environ.get('builddir', '.'))
SHARED = os.path.abspath(os.environ.get('SHARED', os.path.join(SRCDIR, '../shared')))
LONG = os.environ.get('BUSBAR_LIVE') == 'long'

UPS_MIB = '1.3.6.1.2.1.33'
STATUS = '1.3.6.1.2.1.33.1.2.1.0'      # upsBatteryStatus
SOURCE = '1.3.6.1.2.1.33.1.4.1.0'      # upsOutputSource

PATH = os.pathsep.join((os.environ.get('PATH', ''), '/usr/sbin', '/sbin', '/lib/nut'))


def find(program):
    """The path of one of our programs as built, or of an installed one; None."""
    own = os.path.join(BUILDDIR, program)
    return own if os.access(own, os.X_OK) else shutil.which(program, path=PATH)


def skip(why):
    print(f'1..0 # SKIP {why}')
    sys.exit(77)


def need(*programs, shared=None):
    """Skips the whole test where a program or a part of the shared data is missing."""
    if os.environ.get('BUSBAR_LIVE') == 'no':
        skip('live tests are switched off')
    for program in programs:
        if find(program) is None:
            skip(f'{program} is not installed')
    if shared and not os.path.exists(os.path.join(SHARED, shared)):
        skip(f'{shared} is not there')


def wait_for(condition, seconds, what, pause=0.01):
    """Returns the first true answer of condition(); fails after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, snmp.Timeout, EOFError):
            answer = condition()
            if answer:
                return answer
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {seconds} s')
        time.sleep(pause)


class Slot:
    """One of the places for live tests of a build: they wait far more than they work, so that some run side by side.

    Each has ports of its own.  Long runs measure time: there one test has all places.  A place is the name of a
    socket, which the kernel gives back when the program ends, however it ends; who waits for one holds the gate, so
    that none is overtaken."""

    COUNT = 4
    number = 0      # the place that this program has
    held = []       # its sockets

    @classmethod
    def take(cls):
        gate = os.open(BUILDDIR, os.O_RDONLY)
        fcntl.flock(gate, fcntl.LOCK_EX)
        wanted = cls.COUNT if LONG else 1
        while len(cls.held) < wanted:
            for number in range(cls.COUNT):
                place = socket.socket(socket.AF_UNIX)
                try:
                    place.bind(f'\0busbar live {number} {BUILDDIR}'[:107])
                except OSError:
                    place.close()
                    continue
                cls.number = number
                cls.held.append(place)
                if len(cls.held) == wanted:
                    break
            else:
                time.sleep(0.02)
        os.close(gate)


def free_port(kind=socket.SOCK_STREAM):
    """Not of those that the system gives to whoever connects: until it is used, one of them might be taken."""
    each = 10000 // Slot.COUNT
    while True:
        port = random.randrange(10000 + Slot.number * each, 10000 + (Slot.number + 1) * each)
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(('127.0.0.1', port))
            return port


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)     # PR_SET_PDEATHSIG


def certificate(world, name='tls', host='localhost', *more):
    """A certificate for the host and its key, made for this run by openssl: the paths of both."""
    paths = world.path(f'{name}.crt'), world.path(f'{name}.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days',
                    '2', '-subj', f'/CN={host}', *more, '-out', paths[0], '-keyout', paths[1]], check=True, capture_output=True)
    return paths


class Program:
    """One program that we started; it and what it starts is one session."""

    def __init__(self, argv, log, env=None, keep=()):
        self.log = log
        with open(log, 'ab') as out:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env={**os.environ, **(env or {})}, preexec_fn=die_with_parent, pass_fds=keep)
        self.pid = self.process.pid

    def signal(self, number):
        os.kill(self.pid, number)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=10):
        """TERM, and KILL to all of its session that is left.  Returns the exit status."""
        if self.running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.process.wait()

    def text(self):
        with open(self.log, errors='replace') as log:
            return log.read()


class Nut:
    """A client of the NUT protocol that reads what it is told."""

    def __init__(self, port, timeout=5):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile('r', newline='\n', encoding='utf-8', errors='surrogateescape')

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, line):
        self.socket.sendall(line.encode() + b'\n')

    def line(self):
        line = self.lines.readline()
        if not line.endswith('\n'):
            raise EOFError('the server closed the connection')
        return line[:-1]

    def ask(self, line):
        self.send(line)
        return self.line()

    def list(self, what):
        """The lines between BEGIN LIST and END LIST."""
        first = self.ask('LIST ' + what)
        if first != 'BEGIN LIST ' + what:
            raise ValueError(f'LIST {what}: {first}')
        lines = []
        while (line := self.line()) != 'END LIST ' + what:
            lines.append(line)
        return lines

    def variables(self, device):
        """{name: value}, as upsc shows them."""
        found = {}
        for line in self.list('VAR ' + device):
            _, _, name, value = line.split(' ', 3)
            found[name] = unquote(value)
        return found

    def value(self, device, name):
        """The value, or the ERR line."""
        answer = self.ask(f'GET VAR {device} {name}')
        return unquote(answer.split(' ', 3)[3]) if answer.startswith('VAR ') else answer


def unquote(text):
    out, letters = [], iter(text[1:-1])
    for letter in letters:
        out.append(next(letters) if letter == '\\' else letter)
    return ''.join(out)


def quote(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


class World:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='busbar-test-')
        self.programs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        path = os.path.join(self.folder, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, text, mode=0o600):
        """Replaces the file in one step."""
        path = self.path(name)
        with open(path + '.new', 'w', errors='surrogateescape') as file:
            file.write(text)
        os.chmod(path + '.new', mode)
        os.replace(path + '.new', path)
        return path

    def start(self, name, *argv, env=None, keep=()):
        path = find(argv[0])
        if path is None:
            raise AssertionError(f'{argv[0]} is not installed')
        program = Program([path, *argv[1:]], self.path(name + '.log'),
                          {'SNMP_PERSISTENT_DIR': self.path('persistent', name), 'MIBS': '', **(env or {})}, keep)
        self.programs.append(program)
        return program

    def run(self, *argv, env=None, timeout=30):
        """Runs to its end: (exit status, standard output, standard error)."""
        done = subprocess.run([find(argv[0]) or argv[0], *argv[1:]], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors='surrogateescape', timeout=timeout,
                              env={**os.environ, 'SNMP_PERSISTENT_DIR': self.path('persistent', 'run'),
                                   'MIBS': '', **(env or {})})
        return done.returncode, done.stdout, done.stderr


class Snmpd:
    """A private master agent.  Community "public" is the default context, "c-NAME" that of NAME, "w-NAME" may also
    write there; user "reader" (SHA, no privacy) may read every context."""

    secret = 'reader-secret'

    def __init__(self, world, contexts=(), tcp=False, lines=(), name='snmpd'):
        self.world, self.name, self.port = world, name, free_port(socket.SOCK_DGRAM)
        self.socket = f'tcp:127.0.0.1:{free_port()}' if tcp else 'unix:' + world.path(name + '.sock')
        config = [f'[snmp] persistentDir {world.path("persistent", name)}', 'master agentx',
                  f'agentXSocket {self.socket}', 'agentXPerms 0660 0755', 'agentXTimeout 2',
                  'agentXRetries 0', 'dontLogTCPWrappersConnects yes', 'rocommunity public 127.0.0.1',
                  f'createUser reader SHA "{self.secret}"', 'group readers usm reader',
                  'view all included .1', 'access readers "" usm auth prefix all none none',
                  'group contexts v1 local', 'group contexts v2c local',
                  'access contexts "" any noauth prefix all none none',
                  'group writers v1 writer', 'group writers v2c writer',
                  'access writers "" any noauth prefix all all none']
        config += [f'com2sec -Cn {name} local 127.0.0.1 c-{name}' for name in contexts]
        config += [f'com2sec -Cn {name} writer 127.0.0.1 w-{name}' for name in contexts]
        self.config = world.write(name + '.conf', '\n'.join([*config, *lines, '']))
        self.start()

    def start(self):
        self.program = self.world.start(self.name, 'snmpd', '-f', '-C', '-c', self.config, '-Le', '-I', '-smux',
                                        f'udp:127.0.0.1:{self.port}')
        # sysUpTime would do, but busbar's own contexts have one too
        wait_for(lambda: self.manager().get('1.3.6.1.2.1.11.1.0'), 20, 'snmpd answers')

    def manager(self, context=None, version=2, timeout=2.0):
        return snmp.Manager(self.port, 'c-' + context if context else 'public', version, timeout)

    def writer(self, context, version=2, timeout=5.0):
        return snmp.Manager(self.port, 'w-' + context, version, timeout)


class Busbard:
    """busbard on a configuration of ours, with a NUT listener of its own."""

    def __init__(self, world, devices, snmpd=None, flags=(), lines='', folder='busbard', nut='', agentx='', under=(),
                 env=None):
        """lines: further sections; nut, agentx: further settings of these sections; under: a program that runs busbard."""
        self.world, self.folder, self.nut, self.agentx = world, folder, nut, agentx
        self.under, self.env = under, env or {}
        self.port, self.snmpd, self.flags = free_port(), snmpd, flags
        self.configure(devices, lines)
        self.start()

    def configure(self, devices, lines=''):
        """devices: {name: text of its section}."""
        text = [f'state-dir = "{self.world.path(self.folder, "state")}"',
                f'run-dir = "{self.world.path(self.folder, "run")}"',
                f'nut {{ listen = "127.0.0.1:{self.port}"  max-connections = 8192  {self.nut} }}']
        if self.snmpd is not None:
            text.append(f'agentx {{ socket = "{self.snmpd.socket}"  {self.agentx} }}')
        text += [f'device {name} {{ {section} }}' for name, section in devices.items()]
        for part in ('state', 'run'):
            os.makedirs(self.world.path(self.folder, part), exist_ok=True)
        self.config = self.world.write(os.path.join(self.folder, 'busbar.conf'), '\n'.join([*text, lines, '']))
        self.names = list(devices)

    def start(self):
        self.program = self.world.start('busbard', *self.under, find('busbard'), '-f', '-c', self.config, *self.flags,
                                        env={'BUSBAR_DATADIR': os.path.join(SRCDIR, 'drivers'), **self.env})

    @property
    def control(self):
        return self.world.path(self.folder, 'run', 'control')

    def client(self, timeout=5):
        return Nut(self.port, timeout)

    def fresh(self, name):
        with self.client() as client:
            return not client.value(name, 'ups.status').startswith(('ERR D', 'ERR UNKNOWN-UPS'))

    def wait_fresh(self, names=None, seconds=30):
        """Until each device has been polled once."""
        for name in names or self.names:
            wait_for(lambda name=name: self.fresh(name), seconds, f'{name} is served')

    def wait_published(self, names=None, seconds=30):
        """Until each device's context has its objects, those of a device that is not stale."""
        for name in names or self.names:
            manager = self.snmpd.manager(name, timeout=0.5)
            wait_for(lambda manager=manager: manager.value(STATUS) is not None, seconds, f'{name} is in the MIB')
            manager.close()

    def roles(self):
        return roles(self.program.pid)


class Upsd:
    """A private upsd of NUT with its drivers; Debian's /sbin/upsd is a wrapper, so that of /lib/nut."""

    def __init__(self, world, driver, devices, folder='nut', lines='', users='', under=((), None, {})):
        """devices: {name: lines of its section}; users: the text of upsd.users; under: what runs the drivers, and its
        environment."""
        self.world, self.port = world, free_port()
        conf, state = world.path(folder, 'etc'), world.path(folder, 'run')
        for path in (world.path(folder), conf, state):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o750)
        sections = [f'[{name}]\n driver = {driver}\n desc = "Rack device"\n {text}\n' for name, text in devices.items()]
        for file, text in (('ups.conf', 'maxretry = 1\n' + ''.join(sections)), ('upsd.users', users),
                           ('upsd.conf', f'LISTEN 127.0.0.1 {self.port}\nMAXCONN 8192\n{lines}')):
            world.write(os.path.join(folder, 'etc', file), text, 0o640)
        env = {'NUT_CONFPATH': conf, 'NUT_STATEPATH': state, 'NUT_ALTPIDPATH': state, 'NUT_PIDPATH': state}
        user = ['-u', 'root'] if os.getuid() == 0 else []
        self.names = list(devices)
        self.drivers = [world.start(f'{folder}-{driver}', *under[0], '/lib/nut/' + driver, '-a', name, '-F', *user,
                                    env=env | under[2])
                        for name in devices]
        self.program = world.start(f'{folder}-upsd', '/lib/nut/upsd', '-F', *user, env=env)

    def client(self, timeout=5):
        return Nut(self.port, timeout)

    def served(self, name):
        with self.client() as client:
            return not client.value(name, 'ups.status').startswith('ERR')

    def wait_served(self, seconds=120):
        for name in self.names:
            wait_for(lambda name=name: self.served(name), seconds, f'upsd serves {name}', 0.05)

    def stop(self):
        for program in (self.program, *self.drivers):
            if program.running():
                program.signal(signal.SIGTERM)
        for program in (self.program, *self.drivers):
            program.stop()


def children(pid):
    with open(f'/proc/{pid}/task/{pid}/children') as file:
        return [int(child) for child in file.read().split()]


def roles(pid):
    """Those of the engine that stay: {name of the role: pid}"""
    found = {}
    for child in children(pid):
        with contextlib.suppress(OSError), open(f'/proc/{child}/environ', 'rb') as file:
            for word in file.read().split(b'\0'):
                if word.startswith(b'BUSBAR_ROLE='):
                    found[word.split(b'=')[1].decode()] = child
    found.pop('names', None)            # it looks up users and groups after each reload, and ends
    return found


def snmpsim(world, data, modules=None):
    """Serves the recordings of a folder: the port; a recording's community is its name.  modules: a folder of variations."""
    port = free_port(socket.SOCK_DGRAM)
    cache = world.path('snmpsim-cache')
    os.makedirs(cache)
    flags = []
    if os.getuid() == 0:        # it refuses to serve as root
        shutil.chown(cache, 'nobody', 'nogroup')
        os.chmod(world.folder, 0o755)
        flags = ['--process-user=nobody', '--process-group=nogroup']
    if modules is not None:
        flags.append(f'--variation-modules-dir={modules}')
    program = world.start('snmpsim', 'snmpsimd', f'--data-dir={data}', f'--cache-dir={cache}', *flags,
                          '--logging-method=null', f'--agent-udpv4-endpoint=127.0.0.1:{port}')
    return port, program


# -- results ------------------------------------------------------------------------

class Results:
    def __init__(self):
        self.number = self.failed = 0

    def check(self, right, what, detail=''):
        self.number += 1
        print(f'{"ok" if right else "not ok"} {self.number} - {what}', flush=True)
        if not right:
            self.failed += 1
            for line in str(detail).splitlines():
                print('#', line, flush=True)
        return bool(right)

    def skip(self, what, why):
        self.number += 1
        print(f'ok {self.number} - {what} # SKIP {why}', flush=True)

    def note(self, text):
        print('#', text, flush=True)


def end_by_signal(number, _):
    raise SystemExit(128 + number)


def too_late(*_):
    raise AssertionError('the test takes too long')


def main(*tests, seconds=300):
    """Runs each test(world, results) in a world of its own, and exits."""
    signal.signal(signal.SIGTERM, end_by_signal)
    signal.signal(signal.SIGALRM, too_late)
    results = Results()
    Slot.take()
    for test in tests:
        signal.alarm(seconds)
        with World() as world:
            try:
                test(world, results)
            except Exception:
                logs = '\n'.join(f'{program.log}:\n{program.text()[-2000:]}' for program in world.programs)
                results.check(False, test.__name__.replace('_', ' '), traceback.format_exc() + logs)
        signal.alarm(0)
    print(f'1..{results.number}')
    sys.exit(results.failed != 0)
