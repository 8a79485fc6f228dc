#!/usr/bin/env python3
"""Outlets, loads and groups by NUT's own programs and busbarctl: what is done is what the device shows,
who may do what, what survives a restart; upsmon on a machine with two feeds; a view that snmpd understands."""

import os
import re
import shlex
import subprocess
import time

import harness

UPSMON = '/lib/nut/upsmon'      # /sbin/upsmon is a wrapper that reads nut.conf

harness.need('busbard', 'busbarctl', 'upscmd', 'upsc')

PDU = 'device.type: pdu\noutlet.count: 4\n' + ''.join(
    f'outlet.{n}.status: on\noutlet.{n}.switchable: yes\noutlet.{n}.desc: plug{n}\n' for n in range(1, 5))
UPS = 'ups.status: OL\nbattery.charge: 100\n'
BATTERY = UPS.replace('OL', 'OB DISCHRG')
LOW = UPS.replace('OL', 'OB LB')
LINES = '''
user monuser { password = secret  upsmon = secondary }
user boss { password = top  upsmon = primary  commands = {ALL} }
user one { password = single  commands = {"pdu1:outlet.3.load.cycle"} }
user half { password = half  commands = {"outlet.*"}  devices = {pdu1} }
load db1 { feeds = {"pdu1:1", "pdu2:1"} }
group pair { members = {"pdu1:1", "pdu2:1"}  interval = 0.1 }
group slow { members = {"pdu1:3", "pdu2:4"}  interval = 600 }
group spare { members = {"pdu1:2", "pdu2:plug2", "pdu2:77"}  interval = 0.1 }
'''
OUTLETS = ' outlet 3 { name = "db1-a" critical = yes cycle-off = 1 } outlet plug4 { writable = no } outlet 2 { cycle-off = 2 }'


def serve(world, snmpd=None):
    for name in ('upsa', 'upsb'):
        world.write(name + '.dev', UPS)
    for name in ('pdu1', 'pdu2'):
        world.write(name + '.dev', PDU)

    def section(name, more=''):
        return f'driver = sim  port = "{world.path(name + ".dev")}"{more}'

    daemon = harness.Busbard(world, {
        'upsa': section('upsa'), 'upsb': section('upsb'),
        'pdu1': section('pdu1', '  fed-by = {upsa}' + OUTLETS), 'pdu2': section('pdu2', '  fed-by = {upsb}')},
        snmpd=snmpd, lines=LINES)
    wait_served(daemon)
    return daemon


def wait_served(daemon):
    daemon.wait_fresh(['upsa', 'upsb'])
    for name in ('pdu1', 'pdu2'):
        harness.wait_for(lambda name=name: shown(daemon, name, 1) == 'on', 30, f'{name} is served')


def shown(daemon, device, outlet):
    with daemon.client() as client:
        return client.value(device, f'outlet.{outlet}.status')


def value(daemon, device, name):
    with daemon.client() as client:
        return client.value(device, name)


def becomes(daemon, device, name, wanted):
    """What busbarctl hears of the engine, a NUT client hears a moment later."""
    return harness.wait_for(lambda: value(daemon, device, name) == wanted, 20, f'{device} {name} is {wanted}')


def control(world, daemon, *argv):
    return world.run('busbarctl', '-s', daemon.control, *argv)


def test_switching(world, results):
    daemon = serve(world)

    def upscmd(user, password, device, *command):
        return world.run('upscmd', '-u', user, '-p', password, '-w', f'{device}@127.0.0.1:{daemon.port}', *command)

    listed = world.run('upscmd', '-l', f'pdu1@127.0.0.1:{daemon.port}')[1]
    results.check(all(f'outlet.3.load.{what} ' in listed for what in (
        'on', 'off', 'cycle', 'on.delay', 'off.delay', 'cycle.delay', 'cancel')), 'LIST CMD has all of an outlet', listed)
    results.check(value(daemon, 'pdu1', 'outlet.3.name') == 'db1-a', 'a configured name is shown')
    status, out, error = upscmd('boss', 'top', 'pdu1', 'outlet.2.load.off')
    results.check(status == 0 and becomes(daemon, 'pdu1', 'outlet.2.status', 'off'), 'upscmd: off is done when it is shown', (out, error))
    status, out, error = upscmd('boss', 'top', 'pdu1', 'outlet.2.load.cycle')
    results.check(status == 0 and becomes(daemon, 'pdu1', 'outlet.2.status', 'on'), 'upscmd: a cycle ends with the power on', (out, error))
    # without -w: the outcome of a tracked command has no word for it
    status, out, error = world.run('upscmd', '-u', 'boss', '-p', 'top', f'pdu1@127.0.0.1:{daemon.port}',
                                   'outlet.3.load.off')
    results.check('ACCESS-DENIED' in out + error and shown(daemon, 'pdu1', 3) == 'on',
                  'upscmd: a critical outlet needs a confirmation', (out, error))
    status, out, error = upscmd('one', 'single', 'pdu1', 'outlet.3.load.cycle', 'confirm')
    results.check(status == 0 and shown(daemon, 'pdu1', 3) == 'on', 'upscmd: confirmed, by a user of one command',
                  (out, error))
    status, out, error = control(world, daemon, 'run', 'pdu2', 'outlet.3.load.off.delay', '86400')
    results.check(status == 0, 'busbarctl: a delayed command is taken', error)
    status, out, error = control(world, daemon, 'run', 'pdu2', 'outlet.3.load.on')
    results.check(status == 1 and 'pends' in error, 'busbarctl: one command pends at a time', error)
    status, out, error = control(world, daemon, 'run', 'pdu2', 'outlet.3.load.cancel')
    results.check(status == 0, 'busbarctl: and can be cancelled', error)


def test_restart(world, results):
    """What pends goes on after kill -9, as far as it is not due yet."""
    daemon = serve(world)
    status, _, error = control(world, daemon, 'run', 'pdu1', 'outlet.1.load.off.delay', '86400', '--confirm')
    shows = control(world, daemon, 'show', 'pdu1')[1]
    results.check(status == 0 and 'accepted, it is due in 86400 s' in daemon.program.text() and
                  re.search(r'^outlet\.1\.timer\.shutdown: 86[34]\d\d$', shows, re.M) and
                  value(daemon, 'pdu1', 'outlet.1.timer.shutdown').startswith('86'),
                  'what pends is in the log, in show and in NUT', (error, shows))
    switching = subprocess.Popen([harness.find('busbarctl'), '-s', daemon.control, 'run', 'slow', 'load.off', '--confirm'],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    harness.wait_for(lambda: shown(daemon, 'pdu1', 3) == 'off', 20, 'the first of a group is off')
    for outlet, delay in ((2, '4'), (3, '1')):
        status, _, error = control(world, daemon, 'run', 'pdu2', f'outlet.{outlet}.load.off.delay', delay)
        results.check(status == 0, f'a delay of {delay} s is taken', error)
    daemon.program.kill()
    switching.wait(20)
    time.sleep(2)               # one of them is due meanwhile: that is what is tested
    daemon.start()
    wait_served(daemon)
    harness.wait_for(lambda: shown(daemon, 'pdu2', 2) == 'off', 20, 'what is due later is done')
    results.check(True, 'a pending command survives a restart')
    results.check(shown(daemon, 'pdu2', 3) == 'on' and 'busbard was away' in daemon.program.text(),
                  'what became due meanwhile is not done late, and that is said')
    results.check(shown(daemon, 'pdu2', 4) == 'on' and 'slow: load.off by' in daemon.program.text() and
                  'broke off when busbard ended: 1 of 2' in daemon.program.text(),
                  'the sequence of a group that broke off is told, and not gone on with', daemon.program.text())


def test_groups_and_loads(world, results):
    daemon = serve(world)
    status, out, error = control(world, daemon, 'run', 'spare', 'load.off')
    results.check(status == 1 and '1 of 3 failed: pdu2:77' in error and
                  becomes(daemon, 'pdu1', 'outlet.2.status', 'off') and
                  becomes(daemon, 'pdu2', 'outlet.2.status', 'off'), 'a group goes on behind a failure, and says which failed', error)
    status, out, error = control(world, daemon, 'run', 'pair', 'load.off')
    results.check(status == 1 and 'load db1' in error and shown(daemon, 'pdu1', 1) == 'on',
                  'both feeds of a load are not switched off by a group', error)
    with daemon.client() as client:
        results.check('db1' in ' '.join(client.list('UPS')), 'LIST UPS has the load')
    harness.wait_for(lambda: value(daemon, 'db1', 'feed.redundancy') == 'ok', 10, 'all feeds are good')
    status, out, error = control(world, daemon, 'run', 'pdu1', 'outlet.1.load.off')
    results.check(status == 0 and becomes(daemon, 'db1', 'feed.redundancy', 'reduced') and
                  value(daemon, 'db1', 'ups.status') == 'OL', 'a load on one leg is said to be', error)
    status, out, error = control(world, daemon, 'run', 'pdu2', 'outlet.1.load.off')
    results.check(status == 1 and 'needs 1' in error and shown(daemon, 'pdu2', 1) == 'on',
                  'the last live feed is not switched off', error)
    status, out, error = control(world, daemon, 'run', 'pdu2', 'outlet.1.load.off', '--confirm')
    results.check(status == 0 and becomes(daemon, 'db1', 'ups.status', 'OFF'), 'unless that is confirmed', error)
    status, out, error = control(world, daemon, 'run', 'pair', 'load.on')
    results.check(status == 0 and becomes(daemon, 'db1', 'ups.status', 'OL'), 'a group is switched on', error)


def can_separate():
    return os.access(UPSMON, os.X_OK) and subprocess.run(
        ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none /run/nut'], capture_output=True).returncode == 0


def test_upsmon(world, results):
    """One upsmon on a machine with two feeds: it stays while one holds, and goes when both end."""
    if not can_separate():
        results.skip('upsmon', 'no upsmon, or no mount namespaces for it')
        return
    daemon = serve(world)
    folder, done = world.path('mon', 'x')[:-2], world.path('mon', 'down')
    world.write('mon/upsmon.conf', f'''
MONITOR db1@127.0.0.1:{daemon.port} 1 boss top primary
MINSUPPLIES 1
SHUTDOWNCMD "touch {done}"
POWERDOWNFLAG {world.path('mon', 'killpower')}
POLLFREQ 1
POLLFREQALERT 1
HOSTSYNC 1
DEADTIME 15
FINALDELAY 1
RUN_AS_USER root
''', 0o640)
    os.chmod(folder, 0o750)
    monitor = world.start('upsmon', 'unshare', '-rm', 'sh', '-c',
                          f'mount -t tmpfs none /run/nut && exec {UPSMON} -D -p -u root',
                          env=dict.fromkeys(('NUT_CONFPATH', 'NUT_STATEPATH', 'NUT_ALTPIDPATH', 'NUT_PIDPATH'), folder))

    def logins():
        with daemon.client() as client:
            return int(client.ask('GET NUMLOGINS db1').split()[-1])

    harness.wait_for(lambda: logins() == 1, 20, 'upsmon is logged in at the load')
    world.write('upsa.dev', LOW)
    harness.wait_for(lambda: value(daemon, 'db1', 'feed.1.status') == 'low', 10, 'one feed ends')
    results.check(value(daemon, 'db1', 'ups.status') == 'OL', 'the other one holds the load')
    world.write('upsb.dev', BATTERY)
    harness.wait_for(lambda: value(daemon, 'db1', 'ups.status') == 'OB', 10, 'on battery')
    harness.wait_for(lambda: 'on battery' in monitor.text(), 15, 'upsmon has seen it')
    results.check(not os.path.exists(done), 'upsmon stays while one battery holds')
    world.write('upsb.dev', LOW)
    harness.wait_for(lambda: os.path.exists(done), 30, 'upsmon shuts down when both end')
    results.check('FSD' in value(daemon, 'db1', 'ups.status'), 'and has set its load to FSD')
    results.check(value(daemon, 'upsa', 'ups.status') == 'OB LB', 'which is the load\'s alone')


PRINCIPALS = {'nobody': None, 'wrong': ('boss', 'wrong'), 'monuser': ('monuser', 'secret'), 'one': ('one', 'single'),
              'half': ('half', 'half'), 'boss': ('boss', 'top')}
OPERATIONS = {
    'on': 'INSTCMD pdu1 outlet.1.load.on', 'delayed': 'INSTCMD pdu1 outlet.1.load.on.delay 0',
    'critical': 'INSTCMD pdu1 outlet.3.load.cycle', 'confirmed': 'INSTCMD pdu1 outlet.3.load.cycle confirm',
    'locked': 'INSTCMD pdu1 outlet.4.load.on', 'other': 'INSTCMD pdu2 outlet.1.load.on',
    'absent': 'INSTCMD pdu1 outlet.9.load.on', 'set': 'SET VAR pdu1 outlet.1.desc x'}
DENIED, NAMELESS, NONE = 'ERR ACCESS-DENIED', 'ERR USERNAME-REQUIRED', 'ERR CMD-NOT-SUPPORTED'
MATRIX = {      # what each gets, in the order of the operations
    'nobody': [NAMELESS] * 8,
    'wrong': [DENIED] * 6 + [NONE, DENIED],
    'monuser': [DENIED] * 6 + [NONE, DENIED],
    'one': [DENIED, DENIED, DENIED, 'OK', DENIED, DENIED, NONE, DENIED],
    'half': ['OK', 'OK', DENIED, 'OK', DENIED, DENIED, NONE, DENIED],
    'boss': ['OK', 'OK', DENIED, 'OK', DENIED, 'OK', NONE, DENIED],
}


def test_access(world, results):
    daemon = serve(world)
    for principal, login in PRINCIPALS.items():
        for (operation, line), expected in zip(OPERATIONS.items(), MATRIX[principal]):
            with daemon.client(timeout=30) as client:
                if login is not None:
                    client.ask(f'USERNAME {login[0]}')
                    client.ask(f'PASSWORD {login[1]}')
                answer = client.ask(line)
            results.check(answer == expected, f'NUT: {principal}: {operation}', answer)
    text = daemon.program.text()
    results.check(re.search(r'outlet.3.load.cycle by nut \S+ refused: it is critical', text) is not None and
                  re.search(r'outlet.4.load.on by nut \S+ refused: the configuration', text) is not None,
                  'what the engine refuses is in the log', text)
    status, out, error = control(world, daemon, 'run', 'pdu1', 'outlet.4.load.on', '--confirm')
    results.check(status == 1 and 'does not allow' in error, 'busbarctl: no confirmation opens what is locked', error)
    status, out, error = control(world, daemon, 'run', 'pair', 'load.off')
    results.check(status == 1 and re.search(r'pair: load.off by control uid \d+ refused', daemon.program.text()),
                  'a group that is refused is in the log', error)
    counters = dict(line.split(': ') for line in control(world, daemon, 'list', '--server')[1].splitlines())
    results.check(int(counters['requests.unconfirmed']) >= 2 and int(counters['requests.denied']) >= 2 and
                  counters['requests.unreachable'] == '0', 'list --server counts refusals by cause', counters)
    if os.geteuid() != 0:
        results.skip('busbarctl of another uid', 'only root can be another user')
        return
    for folder in ('', 'busbard', 'busbard/run'):
        os.chmod(os.path.join(world.folder, folder), 0o755)
    program = shlex.quote(harness.find('busbarctl'))
    for words in ('run pdu1 outlet.1.load.on', 'run pair load.on', 'run pdu1 outlet.3.load.off --confirm'):
        status, out, error = world.run('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c',
                                       f'cd / && cat {program} >/dev/null && exec {program} -s {daemon.control} {words}')
        if 'Permission denied' in error:
            results.skip('busbarctl of another uid', 'nobody may read the build directory')
            return
        results.check(status == 1 and 'you are not among' in error, f'busbarctl of another uid: {words}', (status, error))
    results.check('control.denied: 3\n' in control(world, daemon, 'list', '--server')[1], 'which counts')


def test_view(world, results):
    """snmpd opens by the printed line what it says, and nothing else."""
    if harness.find('snmpd') is None:
        results.skip('snmpd-view', 'no snmpd')
        return
    first = serve(world)
    status, out, error = control(world, first, 'snmpd-view', 'pdu1:plug3')
    results.check(status == 0, 'busbarctl snmpd-view', error)
    whole = control(world, first, 'snmpd-view', 'pdu2')[1]
    for outlet in ('99x', '99', '0'):
        status, _, error = control(world, first, 'snmpd-view', f'pdu1:{outlet}')
        results.check(status == 1 and f'no outlet {outlet}; its outlets are 1 to 4' in error,
                      f'no view of {outlet}, which is not there', error)
    first.program.stop()        # its numbers stay
    views = [line for line in (out + whole).splitlines() if line.startswith('view ')]
    names = [line.split()[1] for line in views]
    oid = views[0].split()[3]
    lines = list(views)
    for number, name in enumerate(names):
        lines += [f'com2sec ctl{number} 127.0.0.1 ctl{number}', f'group ctl{number} v2c ctl{number}',
                  f'access ctl{number} "" v2c noauth exact {name} none none']
    snmpd = harness.Snmpd(world, lines=lines)
    daemon = serve(world, snmpd)
    base = oid.strip('.').split('.0.')[0]
    entry, (index, outlet) = base, oid.rsplit('.', 2)[1:]
    everything = snmpd.manager()

    def rows(manager):
        depth = len(entry.split('.')) + 1           # behind the column: device, outlet
        return {tuple(str(number) for number in name[depth:]) for name, *_ in manager.walk(entry)}

    harness.wait_for(lambda: len(rows(everything)) == 8, 20, 'all outlets are in the MIB')
    one, all_of_one = (harness.snmp.Manager(snmpd.port, f'ctl{n}', 2, 2.0) for n in (0, 1))
    results.check(rows(one) == {(index, outlet)}, 'the view of one outlet opens one row', (rows(one), views))
    other = whole.splitlines()[1].split()[3].rsplit('.', 1)[1]
    results.check(rows(all_of_one) == {(other, str(n)) for n in range(1, 5)}, 'that of a device its rows',
                  (rows(all_of_one), views))
    results.check(daemon.program.running(), 'busbard is still there')


harness.main(test_switching, test_restart, test_groups_and_loads, test_upsmon, test_access, test_view)
