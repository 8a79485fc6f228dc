#!/usr/bin/env python3
"""Real clients of the NUT protocol at the listener: those that are installed,
and the recorded dialogues of others, whose requests get the replies that they
got from upsd."""

import difflib
import glob
import os
import re

import harness

harness.need('nutserve', 'upsc', shared='devices/nut-clients')

DEVICE = os.path.join(harness.SHARED, 'bench/peer/ups40.dev')
CHECK_UPS = '/usr/lib/nagios/plugins/check_ups'
ACTS = re.compile(r'(LOGIN|PRIMARY|MASTER|FSD|SET|INSTCMD)\b')


def device():
    """{name: value} of the device that the recordings were made with."""
    with open(DEVICE) as file:
        return dict(line.rstrip('\n').split(': ', 1) for line in file if not line.startswith('#'))


def serve(world):
    port = harness.free_port()
    world.start('nutserve', 'nutserve', str(port), DEVICE, '1')

    def up():
        with harness.Nut(port) as client:
            return client.value('dev1', 'ups.status') == 'OL'
    harness.wait_for(up, 10, 'nutserve serves')
    return port


def test_programs(world, results):
    port, have = serve(world), device()
    host = f'127.0.0.1:{port}'

    def run(*argv):
        status, out, _ = world.run(*argv)
        return status, out
    results.check(run('upsc', '-l', host) == (0, 'dev1\n'), 'upsc -l')
    results.check(run('upsc', '-L', host) == (0, 'dev1: Rack device number 1\n'), 'upsc -L')
    results.check(run('upsc', '-c', 'dev1@' + host) == (0, ''), 'upsc -c')
    status, out = run('upsc', 'dev1@' + host)
    results.check((status, out) == (0, ''.join(f'{name}: {have[name]}\n' for name in sorted(have))), 'upsc', out)
    results.check(run('upsc', 'dev1@' + host, 'ups.model') == (0, have['ups.model'] + '\n'), 'upsc of one variable')
    status, out, error = world.run('upsc', 'dev1@' + host, 'no.such')
    results.check(status == 1 and 'Variable not supported' in error, 'upsc of no variable', error)
    status, out, error = world.run('upsc', 'nope@' + host)
    results.check(status == 1 and 'Unknown UPS' in error, 'upsc of no UPS', error)
    for program, *arguments, wanted in (('upscmd', '-l', 'dev1@' + host, 'load.off - Cut the load now'),
                                        ('upsrw', 'dev1@' + host, '')):
        if harness.find(program) is None:
            results.skip(program, 'not installed')
            continue
        status, out = run(program, *arguments)
        results.check(status == 0 and wanted in out, f'{program} {arguments[0]}', out)
    if not os.path.exists(CHECK_UPS):
        results.skip('check_ups', 'not installed')
        return
    status, out = run(CHECK_UPS, '-H', '127.0.0.1', '-p', str(port), '-u', 'dev1')
    results.check(status == 0 and out.startswith('UPS OK - Status=Online'), 'check_ups', out)


def dialogues(path):
    """[(requests, replies)] of each connection of a recording."""
    found = {}
    with open(path, errors='surrogateescape') as file:
        for line in file:
            match = re.fullmatch(r'(\d+)([<>]) (.*)\n?', line)
            if match and match[3] != '[close]':
                found.setdefault(match[1], {'>': [], '<': []})[match[2]].append(match[3])
    return [(both['>'], both['<']) for both in found.values()]


def shape(replies, names):
    """Without values, our own texts, and what dummy-ups adds or makes writable by itself."""
    kept = []
    for line in replies:
        words = line.split(' ')
        if words[0] == 'RW' or words[0] == 'VAR' and words[2] not in names:
            continue
        if words[0] == 'CMDDESC' and "'" in words[2]:
            line = 'ERR INVALID-ARGUMENT'       # PyNUT on Python 3: no name, and it takes an error
        if words[0] == 'TYPE':
            line = ' '.join(words[:3])
        kept.append(re.sub(r' "(?:[^"\\]|\\.)*"', ' "..."', line))
    return kept


def test_recorded(world, results):
    port, names = serve(world), set(device())
    for path in sorted(glob.glob(os.path.join(harness.SHARED, 'devices/nut-clients/*.log'))):
        for requests, replies in dialogues(path):
            if not requests or any(ACTS.match(request) for request in requests):
                continue
            with harness.Nut(port) as client:
                client.send('\n'.join(requests))
                client.socket.shutdown(1)
                ours = client.lines.read().splitlines()
            ours, recorded = shape(ours, names), shape(replies, names)
            results.check(ours == recorded, f'{os.path.basename(path)}: {requests[0]} ...',
                          '\n'.join(difflib.unified_diff(recorded, ours, 'recorded', 'ours', lineterm='', n=1)))


if __name__ == '__main__':
    harness.main(test_programs, test_recorded)
