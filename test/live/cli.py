"""busbard and busbarctl as an operator's scripts see them: what they print, and their exit codes."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from harness import Busbard, SRCDIR, find, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
SENSELESS = {       # what only a wire or a driver knows to be wrong
    'a port beyond 65535': 'driver = snmp  port = "udp:192.0.2.1:99999"',
    'version 3 without a user': 'driver = snmp  port = "udp:192.0.2.1"  options = {"version=3"}',
    'a short passphrase': 'driver = snmp  port = "udp:192.0.2.1"  options = {"user=u", "auth-secret=short"}',
    'a profile that is not there': 'driver = snmp  port = "udp:192.0.2.1"  profile = appc',
    'a profile for a driver without': 'driver = sim  port = "/x.dev"  profile = apcc',
    'an upsd without an address': 'driver = nut  port = "192.0.2.1:99999"',
}


def checking_a_configuration(world, results):
    good = world.write('good.conf', f'device rack1 {{ driver = sim  port = "{DEMO}/rack1.dev" }}\n')
    status, out, _ = world.run('busbard', '-n', '-c', good)
    results.check((status, out.strip()) == (0, f'{good}: ok'), 'busbard -n: a right file is ok', (status, out))
    bad = world.write('bad.conf', 'device a { driver = sim  port = "x" }\n'
                      'device A { driver = sim  port = "x" }\n'
                      'nut { lisen = "127.0.0.1:1" }\n'
                      'device b { driver = nosuch  port = "x"  poll = soon }\n')
    status, out, error = world.run('busbard', '-n', '-c', bad)
    told = out + error
    results.check(status == 1, 'busbard -n: a wrong file is refused', status)
    for line, what in ((2, 'a duplicate device'), (3, 'an unknown name'), (4, 'an unknown driver')):
        results.check(re.search(rf'{re.escape(bad)}:{line}: ', told), f'busbard -n: line {line}: {what}', told)
    results.check('listen' in told, 'busbard -n: the nearest right name is told', told)
    for what, device in SENSELESS.items():
        bad = world.write('senseless.conf', f'\ndevice a {{ {device} }}\n')
        status, out, error = world.run('busbard', '-n', '-c', bad)
        results.check(status == 1 and f'{bad}:2: device a: ' in out + error, f'busbard -n: {what}',
                      (status, out, error))
    status, out, error = world.run('busbard', '-n', '-c', world.path('missing.conf'))
    results.check(status == 1 and 'missing.conf' in out + error, 'busbard -n: no such file', (status, error))
    shown = world.write('shown.conf', 'device a { driver = snmp  port = "udp:127.0.0.1:1"  '
                        'options = {"community=private"} }\n', 0o644)
    status, out, error = world.run('busbard', '-n', '-c', shown)
    results.check(status == 1 and 'shown.conf' in out + error, 'busbard -n: secrets that others can read',
                  (status, out, error))


def type_at(world, *answers):
    """busbarctl password at a terminal: (exit status, all that the terminal showed, what was printed)."""
    pid, terminal = pty.fork()
    printed = world.path('printed')
    if pid == 0:
        out = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(out, 1)
        os.execv(find('busbarctl'), ['busbarctl', 'password'])
    shown, asked = '', 0
    while select.select([terminal], [], [], 20)[0]:
        try:
            more = os.read(terminal, 1000).decode()
        except OSError:
            break
        shown += more
        while asked < len(answers) and shown.count(': ') > asked:
            os.write(terminal, answers[asked].encode() + b'\n')
            asked += 1
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    with open(printed) as file:
        return status, shown, file.read()


def passwords(world, results):
    """busbarctl password: what it prints is a hash that busbard takes."""
    def piped(text):
        return subprocess.run([find('busbarctl'), 'password'], input=text, capture_output=True, text=True)

    done = piped('s3 "cr\\et\n')
    results.check(done.returncode == 0 and re.fullmatch(r'password-hash = "\$y\$[^"]+"\n', done.stdout),
                  'password: a line with a yescrypt hash', (done.stdout, done.stderr))
    results.check(done.stdout != piped('s3 "cr\\et\n').stdout, 'password: salted')
    config = world.write('hash.conf', f'user a {{ {done.stdout} }}\n')
    status, out, error = world.run('busbard', '-n', '-c', config)
    results.check(status == 0, 'busbard takes that line', out + error)
    busbard = Busbard(world, {'rack1': f'driver = sim  port = "{DEMO}/rack1.dev"'}, folder='hashed',
                      lines=f'user a {{ {done.stdout} upsmon = secondary }}')
    busbard.wait_fresh()
    told = []
    for password in ('"s3 \\"cr\\\\et"', '"s3 \\"cr\\\\eT"'):
        with busbard.client() as client:
            told += [client.ask(line) for line in ('USERNAME a', f'PASSWORD {password}', 'LOGIN rack1')]
    results.check(told == ['OK', 'OK', 'OK', 'OK', 'OK', 'ERR ACCESS-DENIED'],
                  'a NUT client logs in with the password of that hash, and with no other', told)
    busbard.program.stop()
    for text, what in (('', 'none'), ('\n', 'an empty one'), ('a\x01b\n', 'a control character'),
                       ('x' * 513 + '\n', 'one that is too long')):
        done = piped(text)
        results.check(done.returncode == 1 and done.stderr and not done.stdout, f'password: {what} is refused',
                      (done.stdout, done.stderr))
    status, shown, printed = type_at(world, 'h1dden', 'h1dden')
    results.check(status == 0 and printed.startswith('password-hash = "$y$'), 'password: asked twice at a terminal',
                  (status, shown, printed))
    results.check('h1dden' not in shown, 'password: without echo', shown)
    status, shown, printed = type_at(world, 'h1dden', 'hidden')
    results.check(status == 1 and not printed and 'not the same' in shown, 'password: two that differ are refused',
                  (status, shown, printed))


def usage(world, results):
    status, out, _ = world.run('busbard', '-V')
    results.check(status == 0 and re.fullmatch(r'busbard? \d+\.\d+\.\d+\n', out), 'busbard -V', (status, out))
    for argv in (['busbard', '-x'], ['busbarctl'], ['busbarctl', 'nosuch'], ['busbarctl', 'show']):
        status, _, error = world.run(*argv)
        results.check(status == 2 and error, f'{" ".join(argv)}: usage, exit 2', (status, error))
    status, _, error = world.run('busbarctl', '-s', world.path('nobody'), 'list')
    results.check(status == 3 and error, 'busbarctl: no daemon there, exit 3', (status, error))


def asking_and_steering(world, results):
    with open(os.path.join(DEMO, 'rack1.dev')) as file:
        own = world.write('rack1.dev', file.read())
    busbard = Busbard(world, {'rack1': f'driver = sim  port = "{own}"',
                              'hall1': f'driver = sim  port = "{DEMO}/hall1.dev"'},
                      lines='control { users = {root} }')
    busbard.wait_fresh()

    def ctl(*argv):
        return world.run('busbarctl', '-s', busbard.control, *argv)

    status, out, error = ctl('list')
    results.check(status == 0 and re.search(r'^hall1 ', out, re.M) and re.search(r'^rack1 .*\bOL\b', out, re.M),
                  'list: one line for each device', out + error)
    status, out, error = ctl('--json', 'list')
    results.check(status == 0 and json.loads(out), '--json list is JSON', out + error)
    status, out, error = ctl('show', 'rack1')
    with busbard.client() as client:
        served = client.variables('rack1')
    shown = dict(line.split(': ', 1) for line in out.splitlines())
    results.check(status == 0 and shown == served, 'show: as upsc prints it', out + error)
    results.check(list(shown) == sorted(shown), 'show: in order', out)
    status, out, error = ctl('--json', 'show', 'rack1')
    results.check(status == 0 and 'battery.charge' in out and json.loads(out), '--json show is JSON', out + error)
    status, _, error = ctl('show', 'nosuch')
    results.check(status == 1 and error, 'show: an unknown device, exit 1', (status, error))
    status, _, error = ctl('run', 'rack1', 'no.such.command')
    results.check(status == 1 and error, 'run: an unknown command, exit 1', (status, error))
    status, _, error = ctl('run', 'rack1', 'test.battery.start.quick')
    results.check(status == 0, 'run: a test, exit 0 when it was done', (status, error))
    status, _, error = ctl('set', 'rack1', 'battery.charge', '5')
    results.check(status == 1 and error, 'set: a variable that is read only, exit 1', (status, error))
    results.check(served['battery.charge'] == '100', 'nothing was changed by it')

    status, _, error = ctl('fsd', 'rack1')
    _, out, _ = ctl('list')
    with busbard.client() as client:
        told = client.value('rack1', 'ups.status')
    results.check(status == 0 and told.startswith('FSD OL') and re.search('^rack1 .*FSD OL', out, re.M),
                  'fsd: NUT clients are told of it, and list shows it', (error, told, out))
    status, _, error = ctl('fsd', 'rack1', '--clear')
    with busbard.client() as client:
        told = client.value('rack1', 'ups.status')
    results.check(status == 0 and told.startswith('OL'), 'fsd --clear takes it back', (error, told))
    status, _, error = ctl('fsd', 'nosuch')
    results.check(status == 1 and error, 'fsd: an unknown device, exit 1', (status, error))
    status, _, error = ctl('run', 'rack1', 'x', '--clear')
    results.check(status == 2 and error, 'run --clear: usage, exit 2', (status, error))

    watching = world.start('watch', 'busbarctl', '-s', busbard.control, 'watch', 'rack1')
    with open(own) as file:
        text = file.read()

    def seen():
        """The file goes to and fro until it was seen: watch says only what changes after it came."""
        world.write('rack1.dev', text.replace('ups.load: 31', f'ups.load: {40 + int(time.monotonic() * 5) % 9}'))
        return re.search(r'rack1 .*ups.load.* 4\d', watching.text())
    wait_for(seen, 5, 'watch says that the load changed', 0.1)
    results.check(len([line for line in watching.text().splitlines() if 'ups.load' not in line]) == 0,
                  'watch: what did not change is not said', watching.text())
    watching.stop()

    status, out, error = ctl('check', busbard.config)
    results.check(status == 0 and 'ok' in out, 'check: what busbard -n does', (status, out, error))
    status, out, error = ctl('reload')
    results.check(status == 0, 'reload: exit 0', (status, out, error))
    with open(busbard.config, 'a') as file:
        file.write('nosuch = 1\n')
    status, out, error = ctl('reload')
    results.check(status == 1 and 'busbar.conf:' in out + error, 'reload: a wrong file, exit 1 and its mistakes',
                  (status, out, error))
    with open(busbard.config) as file:
        wrong = file.read().replace('nosuch = 1', f'device more {{ {SENSELESS["a short passphrase"]} }}')
    with open(busbard.config, 'w') as file:
        file.write(wrong)
    status, out, error = ctl('reload')
    _, listed, _ = ctl('list')
    results.check(status == 1 and 'too short' in out + error and 'more' not in listed,
                  'reload: a device that cannot be opened changes nothing', (status, out, error, listed))
    status = busbard.program.stop()
    results.check(status == 0, 'busbard ends in order on TERM', (status, busbard.program.text()[-500:]))


need('busbard', 'busbarctl')
main(checking_a_configuration, passwords, usage, asking_and_steering)
