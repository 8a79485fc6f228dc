#!/usr/bin/env python3
"""The listener against Debian's upsd with dummy-ups, on the same devices:
requests made at random, right and wrong.  The replies are equal, or the
difference is one of those that DIFFERENCES gives a reason for."""

import os
import random
import re

import harness

UPSD = '/lib/nut/upsd'      # /sbin/upsd is a wrapper that reads nut.conf

harness.need('nutserve', UPSD, 'dummy-ups')

DEVICE = '''battery.charge: 100
battery.charge.low: 20
battery.date: 2023/05/11
device.description: UPS of rack 12, row B
ups.vendorid: 051d
input.voltage: 231.40
ups.delay.shutdown: 020
ups.load: 34
ups.model: Smart-UPS RT 3000 XL
ups.status: OL
ups.test.result: Done and passed
'''
NAMES = [line.split(':')[0] for line in DEVICE.splitlines()]

VERBS = ['GET'] * 12 + ['LIST'] * 8 + ['VER', 'NETVER', 'PROTVER', 'HELP', 'STARTTLS', 'USERNAME', 'PASSWORD', 'LOGIN',
         'PRIMARY', 'MASTER', 'FSD', 'SET', 'INSTCMD', '', 'GETT', 'OK', '"', '=']
SECOND = {'GET': ['VAR'] * 6 + ['TYPE', 'DESC', 'CMDDESC', 'UPSDESC', 'NUMLOGINS', 'TRACKING', 'UPS', ''],
          'LIST': ['UPS', 'VAR', 'RW', 'CMD', 'CLIENT', 'ENUM', 'RANGE', 'CLIENTS', 'USERS', ''],
          'SET': ['VAR', 'VAR', 'VAR', 'TRACKING', 'TYPE']}
DEVICES = ['dev1'] * 6 + ['dev2', 'DEV1', 'Dev2', 'gone', 'nope', '', 'dev', 'dev11', 'dev 1', 'ON', 'OFF']
VALUES = NAMES * 2 + ['UPS.STATUS', 'Battery.Charge', 'nope', 'ups', 'ups.', 'server.info', 'server.version',
                      'server.x', 'SERVER.INFO', 'driver.name', 'load.off', 'LOAD.OFF', 'load.on', '', 'a"b', 'a\\b', 'a b']


def request(dice):
    """The words of a request."""
    verb = dice.choice(VERBS)
    words = [verb]
    if verb in SECOND:
        words.append(dice.choice(SECOND[verb]))
    words += [dice.choice(DEVICES), dice.choice(VALUES), dice.choice(['7', 'x y', '']), 'more']
    keep = {'GET': (4, 4, 4, 3, 5), 'LIST': (2, 3, 3, 4, 5), 'SET': (5, 5, 5, 4, 3, 6), 'INSTCMD': (3, 3, 4, 2, 5)}
    words = words[:dice.choice(keep.get(verb, (1, 2, 2, 3)))]
    if dice.random() < 0.03:
        words = words[:1]
    return [word.lower() if n < 2 and dice.random() < 0.1 else word for n, word in enumerate(words)]


def spell(dice, word):
    """One of the ways to write a word."""
    plain = re.fullmatch(r'[!-~]+', word) and not re.search(r'["\\#=]', word)
    if plain and dice.random() < 0.8:
        return word[:1] + '\x01\0' + word[1:] if dice.random() < 0.05 else word
    escaped = re.sub(r'(["\\#])', r'\\\1', word)
    if word and dice.random() < 0.2:
        bare = re.sub(r'([ =])', r'\\\1', escaped)
        return bare
    if len(word) > 2 and dice.random() < 0.1:
        at = dice.randrange(1, len(word) - 1)
        if '\\' not in escaped:
            return f'"{escaped[:at]}\\\n{escaped[at:]}"'
    return f'"{escaped}"'


def write(dice, words):
    blanks = [' '] * 12 + ['  ', '\t', '\r', ' \v']
    line = dice.choice(['', '', '', ' ']) + dice.choice(blanks).join(spell(dice, word) for word in words)
    return line + dice.choice(['', '', '', '', '\r', ' ', ' # a comment', '#"']) + '\n'


QUOTED = r' "(?:[^"\\]|\\.)*"'


def any_text(reply):
    return [re.sub(QUOTED + '$', ' "..."', line) for line in reply]


def refused(words, ours, theirs):
    """A name that is none: upsd echoes it, so that its reply has other words than were asked for."""
    return len(words) > 3 and re.search(r'[ "\\\']|^$', words[3]) and ours == ['ERR INVALID-ARGUMENT']


# what was asked, the reason, whether the two replies are what the reason says
DIFFERENCES = [
    (r'VER|HELP', 'the product\'s own text', lambda w, a, b: len(a) == len(b) == 1 and not a[0].startswith('ERR')),
    (r'GET (DESC|CMDDESC)\b.*', 'our own descriptions', lambda w, a, b: any_text(a) == any_text(b)),
    (r'GET (DESC|CMDDESC)\b.*', 'a name that is none is refused', refused),
    (r'GET VAR .* server\.(info|version)\b.*', 'the product\'s own text; the name is echoed as the client spelt it',
     lambda w, a, b: [x.lower() for x in any_text(a)] == any_text(x.lower() for x in b)),
    (r'GET VAR .* server\..*', 'no UPS has such a name', lambda w, a, b: ' ' in w[2] or w[2] == ''),
    (r'GET TYPE .*', 'dummy-ups makes everything writable',
     lambda w, a, b: len(a) == 1 and a[0].split(' ')[:3] == b[0].split(' ')[:3]),
    (r'GET NUMLOGINS .*', 'answered without current data too, or a primary would leave at once',
     lambda w, a, b: b == ['ERR DRIVER-NOT-CONNECTED'] and a[0].startswith('NUMLOGINS')),
    (r'LIST VAR .*', 'dummy-ups has variables of its own', lambda w, a, b: a == known(b)),
    (r'GET (VAR|TYPE) .* driver\.name.*', 'likewise', lambda w, a, b: a == ['ERR VAR-NOT-SUPPORTED']),
    (r'LIST (ENUM|RANGE) .* driver\.name.*', 'likewise', lambda w, a, b: a == ['ERR VAR-NOT-SUPPORTED']),
    (r'LIST RW .*', 'dummy-ups makes everything writable', lambda w, a, b: a == [b[0], b[-1]]),
    (r'SET TRACKING.*', 'upsd takes any credentials, even wrong ones',
     lambda w, a, b: a == ['ERR ACCESS-DENIED'] and b == ['OK']),
]


def known(reply):
    return [line for line in reply if not line.startswith('VAR ') or line.split(' ')[2] in NAMES]


def reason(words, ours, theirs):
    """Why the replies may differ; None."""
    asked = ' '.join(words[:2]).upper() + ' ' + ' '.join(words[2:]).lower()
    for pattern, why, holds in DIFFERENCES:
        if re.fullmatch(pattern, asked.strip(), re.S) and holds(words, ours, theirs):
            return why
    return None


def ask(port, lines):
    """The replies to all the lines, sent as one: upsd takes 44 ms for every line that is waited for."""
    text = ''.join(f'{line}GET DESC dev1 mark{n}\n' for n, line in enumerate(lines))
    with harness.Nut(port, timeout=20) as client:
        client.send(text[:-1])
        replies = []
        for n in range(len(lines)):
            reply = []
            while not (line := client.line()).startswith(f'DESC dev1 mark{n} '):
                reply.append(line)
            replies.append(reply)
        return replies


def upsd(world, port):
    world.write('etc/ups.dev', DEVICE)
    world.write('etc/ups.conf', 'maxretry = 1\n' + ''.join(
        f'[{name}]\n driver = dummy-ups\n port = {file}\n desc = "Rack device number {name[-1]}"\n'
        for name, file in (('dev1', 'ups.dev'), ('dev2', 'ups.dev'))) + '[gone]\n driver = dummy-ups\n port = none.dev\n')
    world.write('etc/upsd.conf', f'LISTEN 127.0.0.1 {port}\n')
    world.write('etc/upsd.users', '')
    env = {'NUT_CONFPATH': world.path('etc'), 'NUT_STATEPATH': world.path('run'), 'NUT_ALTPIDPATH': world.path('run')}
    for path in env.values():
        os.makedirs(path, exist_ok=True)
        os.chmod(path, 0o750)
    user = ('-u', 'root') if os.getuid() == 0 else ()
    for name in ('dev1', 'dev2'):
        world.start('dummy-' + name, 'dummy-ups', '-D', '-a', name, *user, env=env)
        harness.wait_for(lambda name=name: os.path.exists(world.path('run', 'dummy-ups-' + name)), 20, name)
    world.start('upsd', UPSD, '-D', *user, env=env)


def served(port):
    with harness.Nut(port) as client:
        return client.value('dev1', 'ups.status') == client.value('dev2', 'ups.status') == 'OL'


def test_difference(world, results):
    ours, theirs = harness.free_port(), harness.free_port()
    upsd(world, theirs)
    world.start('nutserve', 'nutserve', str(ours), world.write('dev', DEVICE), '2', 'gone')
    for port in (ours, theirs):
        harness.wait_for(lambda port=port: served(port), 20, f'port {port} serves')
    dice = random.Random(3493)
    reasons, equal, wrong = {}, 0, []
    for _ in range(1000 if harness.LONG else 100):
        words = [request(dice) for _ in range(50)]
        lines = [write(dice, each) for each in words]
        for asked, line, a, b in zip(words, lines, ask(ours, lines), ask(theirs, lines), strict=True):
            if a == b:
                equal += 1
            elif (why := reason(asked, a, b)) is not None:
                reasons[why] = reasons.get(why, 0) + 1
            else:
                wrong.append(f'{line!r}\n  ours   {a[:4]}\n  theirs {b[:4]}')
    results.note(f'{equal} replies equal')
    for why, times in sorted(reasons.items()):
        results.note(f'{times:5} {why}')
    results.check(not wrong, 'every reply is that of upsd, or differs for a reason', '\n'.join(wrong[:40]))
    results.check(equal > 2000, 'most replies are equal', str(equal))


if __name__ == '__main__':
    harness.main(test_difference)
