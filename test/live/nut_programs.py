#!/usr/bin/env python3
"""Programs that watch, and that no one here wrote: NUT's own upsc, upslog,
upsmon with upssched, upsstats.cgi and its driver dummy-ups as a repeater of
us; collectd's plugin nut; check_ups.  Stale data, and the death of the role
that serves, come in between."""

import csv
import glob
import os
import re
import shutil
import subprocess
import sys

import harness
import nut_stage
from nut_stage import NAME, PASSWORD, USER

UPSMON, UPSLOG, UPSSCHED = '/lib/nut/upsmon', 'upslog', 'upssched'
UPSSTATS, TEMPLATES = '/usr/lib/cgi-bin/nut/upsstats.cgi', '/etc/nut'
CHECK_UPS = '/usr/lib/nagios/plugins/check_ups'
COLLECTD, COLLECTD_NUT = 'collectd', '/usr/lib/collectd/nut.so'
# what only clients that take escapes away show right
AWKWARD = nut_stage.DEVICE + 'device.description: Rack "12" row B\\C #4, x=1\n'


def missing(results, what, *programs):
    for program in programs:
        if harness.find(program) is None and not os.path.exists(program):
            results.skip(what, f'{program} is not installed')
            return True
    return False


def contents(path):
    with open(path) as file:
        return file.read()


def can_separate(folder):
    """Whether a program can be given another folder in the place of that one."""
    return subprocess.run(['unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', folder],
                          capture_output=True, check=False).returncode == 0


def beside_upsd(world, results, stage, what, command):
    """Notes the time of command(server) for busbard and for Debian's upsd on the same file."""
    if harness.find('/lib/nut/upsd') is None or harness.find('/lib/nut/dummy-ups') is None:
        return
    upsd = nut_stage.Upsd(world)
    nut_stage.measure(results, what, lambda: world.run(*command(stage)), lambda: world.run(*command(upsd)))


def upsc(world, results):
    if missing(results, 'upsc', 'upsc'):
        return
    stage = nut_stage.Stage(world, AWKWARD)
    with nut_stage.Recorder(stage.port) as recorder:
        status, out, error = world.run('upsc', f'{NAME}@127.0.0.1:{recorder.port}')
        results.check((status, nut_stage.parse(out)) == (0, stage.have), 'upsc: every variable, every value', out)
        whole = ['STARTTLS', f'LIST VAR {NAME}', 'LOGOUT']
        asked = recorder.awaited(lambda lines: lines == whole)
        results.check(asked == whole, 'upsc: what it asks', asked)
    status, out, _ = world.run('upsc', stage.ups, 'device.description')
    results.check(out == 'Rack "12" row B\\C #4, x=1\n', 'upsc: a value with quotes, a backslash and a #', out)
    with stage.stale():
        status, out, error = world.run('upsc', stage.ups)
        results.check((status, out) == (1, '') and 'stale' in error, 'upsc: stale data', (out, error))
    stage.kill_nut()
    status, out, error = world.run('upsc', stage.ups)
    results.check((status, nut_stage.parse(out)) == (0, stage.have), 'upsc: after the death of the server', error)
    beside_upsd(world, results, stage, 'upsc', lambda server: ('upsc', server.ups))


def upslog(world, results):
    if missing(results, 'upslog', UPSLOG):
        return
    stage = nut_stage.Stage(world, AWKWARD)
    names = ('ups.status', 'battery.voltage', 'device.description')
    with nut_stage.Recorder(stage.port) as recorder:
        program = world.start('upslog', UPSLOG, '-s', f'{NAME}@127.0.0.1:{recorder.port}', '-i', '1', '-l', '-', '-F',
                              '-u', 'root', '-p', world.path('upslog-pid'),
                              '-f', '|'.join(f'%VAR {name}%' for name in names))

        def logged(line):
            seen = program.text().count(line + '\n')
            return lambda: program.text().count(line + '\n') > seen
        good = '|'.join(stage.have[name] for name in names)
        harness.wait_for(logged(good), 10, 'a line of upslog')
        results.check(recorder.requests()[:2] == ['STARTTLS', f'GET VAR {NAME} ups.status'],
                      'upslog: what it asks, and the values', recorder.requests())
        with stage.stale():
            harness.wait_for(logged('NA|NA|NA'), 10, 'a line without values')
            results.check(True, 'upslog: nothing is logged as a value while stale')
        harness.wait_for(logged(good), 10, 'a line with values again')
        stage.kill_nut()
        harness.wait_for(logged(good), 10, 'a line with values after the death')
        results.check(True, 'upslog: comes back by itself after stale data and after the death of the server')


def upssched(world, results):
    """upsmon that only watches; upssched runs a script at once, and one when a timer is over."""
    if missing(results, 'upssched', UPSMON, UPSSCHED):
        return
    if not can_separate('/run/nut'):
        results.skip('upssched', "no mount namespace for upsmon's own pid file")
        return
    stage = nut_stage.Stage(world)
    told, folder = world.path('told'), world.path('upsmon')
    os.makedirs(folder, 0o750)
    script = world.write('upsmon/script', f'#!/bin/sh\necho "$1 $UPSNAME $NOTIFYTYPE" >>{told}\n', 0o755)
    ups = f'{NAME}@127.0.0.1:{stage.port}'
    kinds = ('ONBATT', 'ONLINE', 'COMMBAD', 'COMMOK')
    world.write('upsmon/upsmon.conf', f'MONITOR {ups} 0 {USER} {PASSWORD} secondary\nMINSUPPLIES 0\n'
                f'SHUTDOWNCMD "echo shutdown >>{told}"\nNOTIFYCMD {harness.find(UPSSCHED)}\n'
                'POLLFREQ 1\nPOLLFREQALERT 1\nDEADTIME 5\nRUN_AS_USER root\n' + ''.join(f'NOTIFYFLAG {kind} EXEC\n' for kind in kinds), 0o640)
    world.write('upsmon/upssched.conf', f'CMDSCRIPT {script}\nPIPEFN {folder}/pipe\nLOCKFN {folder}/lock\n' +
                ''.join(f'AT {kind} * EXECUTE {kind.lower()}\n' for kind in kinds) +
                'AT ONBATT * START-TIMER long-on-battery 2\nAT ONLINE * CANCEL-TIMER long-on-battery\n', 0o640)
    world.start('upsmon', 'unshare', '-rm', 'sh', '-c', f'mount -t tmpfs none /run/nut && exec {UPSMON} -D -p -u root',
                env={'NUT_CONFPATH': folder, 'NUT_STATEPATH': folder, 'NUT_ALTPIDPATH': folder})

    def heard(line):
        return lambda: line in contents(told).split('\n')

    def logins():
        with stage.busbard.client() as client:
            return client.ask(f'GET NUMLOGINS {NAME}').split()[-1]
    harness.wait_for(lambda: logins() == '1', 10, 'upsmon is logged in')
    stage.play(ups_status='OB', battery_charge='60')
    harness.wait_for(heard(f'onbatt {ups} ONBATT'), 10, 'the power failure is told')
    harness.wait_for(lambda: 'long-on-battery' in contents(told), 15, 'the timer is over')
    stage.play(ups_status='OL', battery_charge='100')
    harness.wait_for(heard(f'online {ups} ONLINE'), 10, 'mains are told')
    results.check(True, 'upssched: power failure, its timer, mains')
    with stage.stale():
        harness.wait_for(heard(f'commbad {ups} COMMBAD'), 20, 'stale data are told')
    harness.wait_for(heard(f'commok {ups} COMMOK'), 20, 'good data are told')
    results.check(True, 'upsmon: stale data are a lost device, not a failed one')
    stage.kill_nut()
    harness.wait_for(lambda: logins() == '1', 15, 'upsmon is logged in again')
    text = contents(told)
    results.check('shutdown' not in text and text.count('onbatt') == 1,
                  'upsmon: logs in again after the death of the server, and alarms nobody', text)


def repeater(world, results):
    """NUT's dummy-ups as a repeater of us, behind Debian's upsd."""
    if missing(results, 'dummy-ups as a repeater', '/lib/nut/dummy-ups', '/lib/nut/upsd'):
        return
    stage = nut_stage.Stage(world, AWKWARD)
    with nut_stage.Recorder(stage.port) as recorder:
        upsd = harness.Upsd(world, 'dummy-ups', {'copy': f'port = {NAME}@127.0.0.1:{recorder.port}\n mode = repeater\n'
                                                 ' pollinterval = 1'})
        upsd.wait_served(30)

        def copied():
            with upsd.client() as client:
                have = client.variables('copy')
            return {name: have.get(name) for name in stage.have}
        harness.wait_for(lambda: copied() == stage.have, 20, 'every variable is repeated', 0.1)
        results.check(True, 'repeater: every variable, every value')
        results.check(recorder.requests()[:1] in ([f'LIST VAR {NAME}'], ['STARTTLS']), 'repeater: what it asks',
                      recorder.requests()[:6])
        stage.play(ups_status='OB DISCHRG', battery_charge='71')
        harness.wait_for(lambda: copied()['battery.charge'] == '71', 20, 'a change is repeated', 0.1)
        results.check(copied()['ups.status'] == 'OB DISCHRG', 'repeater: a change')

        def status():
            with upsd.client() as client:
                return client.value('copy', 'ups.status')
        # it keeps what it had, whoever its source is, and connects anew for each poll
        with stage.stale():
            asked = len(recorder.requests())
            harness.wait_for(lambda: recorder.requests()[asked:].count(f'LIST VAR {NAME}') >= 2, 30, 'it asks on', 0.1)
            results.note(f'the copy of stale data: {status()}')
        harness.wait_for(lambda: copied() == stage.have, 30, 'the copy is good again', 0.1)
        stage.kill_nut()
        stage.play(battery_charge='72')
        harness.wait_for(lambda: copied() == stage.have, 30, 'the copy goes on', 0.1)
        results.check(True, 'repeater: goes on after stale data and after the death of the server')


def upsstats(world, results):
    if missing(results, 'upsstats.cgi', UPSSTATS):
        return
    if not can_separate('/etc/nut'):
        results.skip('upsstats.cgi', 'no mount namespace for its configuration, which is always in /etc/nut')
        return
    stage = nut_stage.Stage(world)
    folder = world.path('cgi')
    os.makedirs(folder)
    for name in ('upsstats.html', 'upsstats-single.html'):
        shutil.copy(os.path.join(TEMPLATES, name), folder)

    def page(port, query):
        world.write('cgi/hosts.conf', f'MONITOR {NAME}@127.0.0.1:{port} "The rack"\n', 0o644)
        _, out, error = world.run('unshare', '-rm', 'sh', '-c', f'mount --bind {folder} /etc/nut && exec {UPSSTATS}',
                                  env={'QUERY_STRING': query.format(port=port)})
        return re.sub(r'<[^>]*>', ' ', out) + error
    tree, single = f'host={NAME}@127.0.0.1:{{port}}&treemode', f'host={NAME}@127.0.0.1:{{port}}'
    with nut_stage.Recorder(stage.port) as recorder:
        text = page(recorder.port, tree)
        end = [f'LIST VAR {NAME}', 'LOGOUT']
        asked = recorder.awaited(lambda lines: lines[-2:] == end)
        results.check(asked[-2:] == end, 'upsstats.cgi: what it asks', asked)
    shown = re.sub(r'\s+', ' ', text)
    lost = [name for name, value in stage.have.items() if f'{name} : {value} ' not in shown]
    results.check(lost == [], 'upsstats.cgi: every variable, every value', f'{lost}\n{shown}')
    for query, what in (('', 'all devices'), (single, 'one device')):
        text = page(stage.port, query)
        results.check('ONLINE' in text.upper() and '231' in text, f'upsstats.cgi: the page of {what}', text)
    with stage.stale():
        text = page(stage.port, single)
        results.check('stale' in text and '231' not in text, 'upsstats.cgi: stale data', text)
    stage.kill_nut()
    text = page(stage.port, single)
    results.check('ONLINE' in text.upper(), 'upsstats.cgi: after the death of the server', text)


def check_ups(world, results):
    if missing(results, 'check_ups', CHECK_UPS):
        return
    stage = nut_stage.Stage(world)

    def check(what, wanted, *limits, port=stage.port, word=None):
        status, out, error = world.run(CHECK_UPS, '-H', '127.0.0.1', '-p', str(port), '-u', NAME, *limits)
        word = word or ('OK', 'WARNING', 'CRITICAL', 'UNKNOWN')[wanted]
        results.check(status == wanted and word in out, f'check_ups: {what}', (status, out, error))
        return out
    with nut_stage.Recorder(stage.port) as recorder:
        out = check('OK', 0, port=recorder.port)
        asked = [f'GET VAR {NAME} {name}' for name in ('ups.status', 'input.voltage', 'battery.charge', 'ups.load',
                                                       'ups.temperature')]
        whole = [line for ask in asked for line in (ask, 'LOGOUT')]
        results.check(recorder.awaited(lambda lines: lines == whole) == whole,
                      'check_ups: five connections, each a GET and a LOGOUT', recorder.requests())
    results.check(all(word in out for word in ('Status=Online', 'Utility=231.4V', 'Batt=100.0%', 'Load=56.0%')),
                  'check_ups: the values', out)
    for what, wanted, variable, warning, critical in (
            ('load below both limits', 0, 'LOADPCT', 60, 80), ('load above the first', 1, 'LOADPCT', 50, 80),
            ('load above both', 2, 'LOADPCT', 30, 50)):
        check(what, wanted, '-v', variable, '-w', str(warning), '-c', str(critical))
    stage.play(ups_status='OB', battery_charge='40')
    check('on battery', 1)
    # its limits of the battery are lower ones
    for what, wanted, warning, critical in (('battery above both limits', 0, 30, 20),
                                            ('battery below the first', 1, 50, 20),
                                            ('battery below both', 2, 60, 50)):
        stage.play(ups_status='OL')
        check(what, wanted, '-v', 'BATTPCT', '-w', str(warning), '-c', str(critical))
    stage.play(ups_status='OB LB', battery_charge='9')
    check('low battery', 2)
    stage.play(ups_status='OL', battery_charge='100')
    with stage.stale():
        check('stale data', 2)
    stage.kill_nut()
    check('after the death of the server', 0)
    beside_upsd(world, results, stage, 'check_ups',
                lambda server: (CHECK_UPS, '-H', '127.0.0.1', '-p', str(server.port), '-u', NAME))


def collectd(world, results):
    if missing(results, 'collectd', COLLECTD, COLLECTD_NUT):
        return
    stage = nut_stage.Stage(world)
    data = world.path('csv')
    with nut_stage.Recorder(stage.port) as recorder:
        config = world.write('collectd.conf', f'''
Hostname "localhost"
FQDNLookup false
Interval 0.5
BaseDir "{world.folder}"
PIDFile "{world.path('collectd.pid')}"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin csv
LoadPlugin nut
<Plugin csv>
	DataDir "{data}"
	StoreRates false
</Plugin>
<Plugin nut>
	UPS "{NAME}@127.0.0.1:{recorder.port}"
</Plugin>
''')
        world.start('collectd', COLLECTD, '-f', '-C', config)

        def rows(name):
            """(time, value) of each row."""
            found = []
            for path in glob.glob(os.path.join(data, f'*/nut-{NAME}/{name}-2*')):
                with open(path) as file:
                    found += [(float(row[0]), float(row[1])) for row in list(csv.reader(file))[1:] if len(row) == 2]
            return sorted(found)

        def more(name, value):
            seen = len(rows(name))
            return lambda: len(rows(name)) > seen and rows(name)[-1][1] == value
        wanted = {'percent-charge': 'battery.charge', 'timeleft-battery': 'battery.runtime',
                  'temperature-battery': 'battery.temperature', 'voltage-battery': 'battery.voltage',
                  'frequency-input': 'input.frequency', 'voltage-input': 'input.voltage',
                  'voltage-output': 'output.voltage', 'percent-load': 'ups.load', 'temperature-ups': 'ups.temperature'}
        for name, variable in wanted.items():
            harness.wait_for(more(name, float(stage.have[variable])), 15, f'{name} is {stage.have[variable]}', 0.05)
        results.check(True, 'collectd: every value that it knows')
        results.check(set(recorder.requests()) <= {'STARTTLS', f'LIST VAR {NAME}'} and
                      recorder.requests().count('STARTTLS') <= 1, 'collectd: what it asks, on one connection',
                      recorder.requests())
        with stage.stale():
            last = len(rows('percent-load'))
            asked = len(recorder.requests())
            harness.wait_for(lambda: len(recorder.requests()) > asked + 2, 30, 'collectd asks on', 0.05)
            results.check(len(rows('percent-load')) <= last + 1, 'collectd: no row is written while stale',
                          rows('percent-load')[last:])
        stage.play(ups_load='57')
        harness.wait_for(more('percent-load', 57), 60, 'rows again after stale data', 0.05)
        stage.kill_nut()
        stage.play(ups_load='58')
        harness.wait_for(more('percent-load', 58), 60, 'rows again after the death of the server', 0.05)
        results.check(True, 'collectd: goes on after stale data and after the death of the server')


if __name__ == '__main__':
    harness.need('busbard')
    tests = [upsc, upslog, upssched, repeater, upsstats, check_ups, collectd]
    harness.main(*[test for test in tests if test.__name__ in sys.argv[1:]] or tests)
