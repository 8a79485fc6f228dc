#!/usr/bin/env python3
"""NUT's own programs at busbard, as users: upscmd, upsrw, and upsmon on one
primary and two secondaries through whole power failures."""

import json
import os
import re
import signal
import subprocess
import time

import harness

UPSMON = '/lib/nut/upsmon'      # /sbin/upsmon is a wrapper that reads nut.conf

harness.need('busbard', 'busbarctl', UPSMON, 'upscmd', 'upsrw')

USERS = '''
user monuser { password = secret  upsmon = secondary }
user boss { password = top  upsmon = primary }
user admin { password = "123456"  upsmon = secondary  actions = {SET, FSD}  commands = {ALL} }
'''
GOOD = 'ups.status: OL\nbattery.charge: 100\nups.id: rack\nups.delay.shutdown: 20\n'
BATTERY = GOOD.replace('OL', 'OB').replace('100', '40')
LOW = BATTERY.replace('OB', 'OB LB')


def serve(world, lines=USERS, **options):
    world.write('ups.dev', GOOD)
    daemon = harness.Busbard(world, {'ups1': f'driver = sim  port = "{world.path("ups.dev")}"  '
                                             'aliases = {ups, qnapups}'}, lines=lines, **options)
    daemon.wait_fresh()
    return daemon


def login(daemon, user, password, device='ups1'):
    client = daemon.client()
    for line in (f'USERNAME {user}', f'PASSWORD {password}', f'LOGIN {device}'):
        if (answer := client.ask(line)) != 'OK':
            raise ValueError(f'{line}: {answer}')
    return client


def test_tools(world, results):
    daemon = serve(world)
    host = f'ups1@127.0.0.1:{daemon.port}'

    def run(*argv):
        return world.run(*argv)
    good, bad = ('-u', 'admin', '-p', '123456'), ('-u', 'admin', '-p', 'no')
    status, out, error = run('upscmd', *good, host, 'test.battery.start')
    results.check(status == 0 and 'OK' in out + error, 'upscmd', out + error)
    status, out, error = run('upscmd', '-w', *good, host, 'test.battery.stop')
    results.check(status == 0 and 'SUCCESS' in out + error, 'upscmd -w waits for the outcome', out + error)
    status, out, error = run('upscmd', *bad, host, 'test.battery.start')
    results.check(status == 1 and 'ACCESS-DENIED' in error, 'upscmd with a wrong password', out + error)
    status, out, error = run('upscmd', '-u', 'monuser', '-p', 'secret', host, 'test.battery.start')
    results.check(status == 1 and 'ACCESS-DENIED' in error, 'upscmd without the right', out + error)
    status, out, error = run('upscmd', *good, host, 'no.such')
    results.check(status == 1 and 'CMD-NOT-SUPPORTED' in error, 'upscmd of no command', out + error)
    status, out, error = run('upsrw', '-s', 'ups.id=new name', *good, host)
    results.check(status == 0 and 'OK' in out + error, 'upsrw -s', out + error)
    with daemon.client() as client:
        harness.wait_for(lambda: client.value('ups1', 'ups.id') == 'new name', 5, 'the variable is set')
    status, out, error = run('upsrw', '-w', '-s', 'ups.delay.shutdown=30', *good, host)
    results.check(status == 0 and 'SUCCESS' in out + error, 'upsrw -w waits for the outcome', out + error)
    status, out, error = run('upsrw', '-s', 'ups.status=OB', *good, host)
    results.check(status == 1 and 'READONLY' in error, 'upsrw of what is read only', out + error)
    status, out, error = run('upsrw', '-s', 'ups.id=x', *bad, host)
    results.check(status == 1 and 'ACCESS-DENIED' in error, 'upsrw with a wrong password', out + error)
    status, out, error = run('upsrw', host)
    results.check(status == 0 and '[ups.id]' in out and 'Type: STRING' in out, 'upsrw lists', out + error)


def test_appliances(world, results):
    """What Synology's and QNAP's network UPS clients have built in."""
    daemon = serve(world)
    with login(daemon, 'monuser', 'secret', 'ups') as one, login(daemon, 'admin', '123456', 'qnapups') as two:
        results.check(one.value('ups', 'ups.status') == 'OL', 'Synology: ups, monuser, secret')
        results.check(two.value('qnapups', 'ups.status') == 'OL', 'QNAP: qnapups, admin, 123456')
        for name in ('ups1', 'ups', 'QNAPUPS'):
            results.check(one.ask('GET NUMLOGINS ' + name) == f'NUMLOGINS {name} 2',
                          f'logins are counted together as {name}')
        results.check(one.list('CLIENT ups1') == ['CLIENT ups1 127.0.0.1'] * 2, 'and listed together')
    with daemon.client() as client:
        harness.wait_for(lambda: client.ask('GET NUMLOGINS ups1') == 'NUMLOGINS ups1 0', 5, 'both are gone')


def test_reload(world, results):
    daemon = serve(world)
    world.write('two.dev', GOOD)
    section = f'driver = sim  port = "{world.path("ups.dev")}"'
    daemon.configure({'ups1': section, 'ups2': f'driver = sim  port = "{world.path("two.dev")}"'}, USERS)
    world.run('busbarctl', '-s', daemon.control, 'reload')
    daemon.wait_fresh(['ups2'])
    stays, goes = login(daemon, 'boss', 'top'), login(daemon, 'monuser', 'secret', 'ups2')
    results.check(stays.ask('PRIMARY ups1') == 'OK PRIMARY-GRANTED', 'a primary')
    daemon.configure({'ups1': section}, USERS.replace('top', 'other'))
    status, _, error = world.run('busbarctl', '-s', daemon.control, 'reload')
    results.check(status == 0, 'reload', error)
    goes.socket.settimeout(5)
    try:
        closed = goes.lines.read() == ''
    except OSError:
        closed = True
    results.check(closed, 'the login of a device that is removed is closed')
    harness.wait_for(lambda: stays.ask('PRIMARY ups1') == 'ERR ACCESS-DENIED', 5, 'the right is gone')
    results.check(stays.ask('GET NUMLOGINS ups1') == 'NUMLOGINS ups1 1', 'the other login stays, without the right')


def can_separate():
    return subprocess.run(['unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', '/run/nut'],
                          capture_output=True, check=False).returncode == 0


class Upsmon:
    """One host: it has shut down once its SHUTDOWNCMD has run."""

    def __init__(self, world, name, port, kind, user, password):
        self.world, self.name, self.port = world, name, port
        self.done = world.path(name, 'down')
        world.write(f'{name}/upsmon.conf', f'''
MONITOR ups1@127.0.0.1:{port} 1 {user} {password} {kind}
MINSUPPLIES 1
SHUTDOWNCMD "date +%s.%N > {self.done}"
POWERDOWNFLAG {world.path(name, 'killpower')}
POLLFREQ 1
POLLFREQALERT 1
HOSTSYNC 15
DEADTIME 15
FINALDELAY 1
RUN_AS_USER root
''', 0o640)
        os.chmod(world.path(name), 0o750)

    def start(self):
        folder = self.world.path(self.name)
        if os.path.exists(self.done):
            os.unlink(self.done)
        # its pid file is always in the same place: each has a place of its own there
        self.program = self.world.start(
            f'upsmon-{self.name}', 'unshare', '-rm', 'sh', '-c',
            f'mount -t tmpfs none /run/nut && exec {UPSMON} -D -p -u root',
            env={'NUT_CONFPATH': folder, 'NUT_STATEPATH': folder, 'NUT_ALTPIDPATH': folder, 'NUT_PIDPATH': folder})

    def down(self):
        """When it went down; None: it has not."""
        if not os.path.exists(self.done):
            return None
        with open(self.done) as file:
            return float(file.read() or 0)


def hosts(world, daemon):
    return [Upsmon(world, 'primary', daemon.port, 'primary', 'boss', 'top'),
            Upsmon(world, 'left', daemon.port, 'secondary', 'monuser', 'secret'),
            Upsmon(world, 'right', daemon.port, 'secondary', 'monuser', 'secret')]


def logins(daemon):
    with daemon.client() as client:
        return int(client.ask('GET NUMLOGINS ups1').split()[-1])


def status(daemon):
    with daemon.client() as client:
        return client.value('ups1', 'ups.status')


def test_power_failure(world, results):
    """OB, LB, FSD, secondaries gone, the primary's SHUTDOWNCMD, power back; mains return 100 ms after FSD."""
    if not can_separate():
        results.skip('power failure', 'no mount namespaces for three upsmons')
        return
    daemon = serve(world)
    all_of_them = hosts(world, daemon)
    for host in all_of_them:
        host.start()
    harness.wait_for(lambda: logins(daemon) == 3, 20, 'all three are logged in')
    world.write('ups.dev', BATTERY)
    harness.wait_for(lambda: status(daemon).startswith('OB'), 5, 'on battery')
    world.write('ups.dev', LOW)
    with daemon.client() as client:
        harness.wait_for(lambda: client.value('ups1', 'ups.status').startswith('FSD'), 15, 'FSD is set', 0.005)
        time.sleep(0.1)         # what is tested: mains are back that much later
        world.write('ups.dev', GOOD)
        harness.wait_for(lambda: client.value('ups1', 'ups.status') == 'FSD OL', 5, 'mains are back, FSD stays')
    for host in all_of_them:
        harness.wait_for(host.down, 40, f'{host.name} has shut down', 0.05)
    primary, left, right = (host.down() for host in all_of_them)
    results.check(max(left, right) < primary, 'both secondaries go before the primary',
                  f'{left} {right} {primary}')
    harness.wait_for(lambda: logins(daemon) == 0, 5, 'nobody is logged in')
    results.check(status(daemon).startswith('FSD '), 'FSD holds while the hosts may still be going')
    if harness.LONG:
        harness.wait_for(lambda: status(daemon) == 'OL', 90, 'FSD is cleared', 0.5)
        results.check(True, 'FSD is cleared once mains are good and nobody was there for a minute')
        for host in all_of_them:
            host.start()
        harness.wait_for(lambda: logins(daemon) == 3, 20, 'the hosts are back')
        time.sleep(3)           # three of their polls
        results.check(not any(host.down() for host in all_of_them), 'and stay up')


def test_role_killed(world, results):
    """The role dies right after FSD was set; the secondaries come back and go in order."""
    daemon = serve(world)
    primary = login(daemon, 'boss', 'top')
    secondary = [login(daemon, 'monuser', 'secret') for _ in range(2)]
    results.check(primary.ask('PRIMARY ups1') == 'OK PRIMARY-GRANTED', 'a primary')
    results.check(primary.ask('FSD ups1') == 'OK FSD-SET', 'FSD')
    results.check(secondary[0].value('ups1', 'ups.status') == 'FSD OL', 'a secondary sees it')
    harness.wait_for(lambda: daemon.roles().get('nut'), 5, 'the role runs')
    before = daemon.roles()['nut']
    os.kill(before, signal.SIGKILL)
    harness.wait_for(lambda: daemon.roles().get('nut', before) != before, 10, 'the role is started again')
    harness.wait_for(lambda: status(daemon), 10, 'the role serves again')
    began = time.monotonic()
    results.check(status(daemon) == 'FSD OL', 'FSD is still set', status(daemon))
    results.check(logins(daemon) == 3, 'the logins of before are awaited', logins(daemon))
    again = login(daemon, 'monuser', 'secret')
    results.check(logins(daemon) == 3, 'who comes back is one of them')
    harness.wait_for(lambda: logins(daemon) == 1, 20, 'then only those count who are there', 0.2)
    took = time.monotonic() - began
    results.check(took > 12, 'after 15 s', f'{took:.1f}')
    again.close()
    harness.wait_for(lambda: logins(daemon) == 0, 5, 'nobody is there')


def test_fsd_by_hand(world, results):
    daemon = serve(world, USERS + 'user op { password = op  actions = {FSD} }')
    with daemon.client() as client:
        for line, want in (('USERNAME op', 'OK'), ('PASSWORD op', 'OK'), ('PRIMARY ups1', 'ERR ACCESS-DENIED'),
                           ('LOGIN ups1', 'ERR ACCESS-DENIED'), ('FSD ups1', 'OK FSD-SET')):
            results.check(client.ask(line) == want, f'{line}: {want}')
        results.check(client.value('ups1', 'ups.status') == 'FSD OL', 'it shows at once')
        results.check(any('ups.status "FSD OL"' in line for line in client.list('VAR ups1')), 'in the list as well')


def test_server(world, results):
    """What busbarctl list --server shows."""
    daemon = serve(world)

    def shown():
        _, out, _ = world.run('busbarctl', '-s', daemon.control, 'list', '--server')
        return dict(line.split(': ', 1) for line in out.splitlines())
    harness.wait_for(lambda: 'clients' in shown(), 5, 'there are counters')
    host, guest = login(daemon, 'monuser', 'secret'), daemon.client()
    harness.wait_for(lambda: shown().get('clients') == '2', 5, 'two clients')
    have = shown()
    results.check(have.get('login.1') == 'ups1 monuser@127.0.0.1' and have.get('logins') == '1', 'who is logged in', have)
    results.check(have.get('clients.limit') == '8192', 'the limit', have)
    results.check(have.get('denied') == '0', 'nothing was denied', have)
    results.check(host.ask('PRIMARY ups1') == 'ERR ACCESS-DENIED', 'denied')
    harness.wait_for(lambda: shown().get('denied') == '1', 5, 'which counts')
    status, out, _ = world.run('busbarctl', '-s', daemon.control, '--json', 'list', '--server')
    results.check(status == 0 and json.loads(out)['clients'] == '2', 'as JSON', out)
    for client in (host, guest):
        client.close()


def test_log(world, results):
    """A thousand refusals are a few lines."""
    daemon = serve(world)
    for _ in range(40):
        with daemon.client() as client:
            for line in ('USERNAME admin', 'PASSWORD 123456', 'PRIMARY ups1'):
                answer = client.ask(line)
            for _ in range(25):
                answer = client.ask('PRIMARY ups1')
    results.check(answer == 'ERR ACCESS-DENIED', 'refused', answer)
    lines = re.findall(r'.*may not.*', daemon.program.text())
    results.check(len(lines) == 1, 'refusals are logged once a minute', '\n'.join(lines[:5]))


if __name__ == '__main__':
    harness.main(test_tools, test_appliances, test_reload, test_fsd_by_hand, test_server, test_log, test_role_killed,
                 test_power_failure)
