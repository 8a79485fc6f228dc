#!/usr/bin/env python3
"""The listener against Debian's upsd with dummy-ups, on the same devices:
requests made at random, right and wrong.  The replies are equal, or the
difference is one of those that DIFFERENCES gives a reason for."""

import os
import random
import re

import harness

UPSD = '/lib/nut/upsd'      # /sbin/upsd is a wrapper that reads nut.conf

harness.need('nutserve', 'busbard', UPSD, 'dummy-ups')

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
    world.write('etc/upsd.users', UPSD_USERS)
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


# -- with a user: everything that acts ----------------------------------------------

UPSD_USERS = '''
[admin]
 password = adminpass
 actions = SET
 actions = FSD
 instcmds = ALL
[clerk]
 password = clerkpass
 instcmds = load.off
[mon]
 password = monpass
 upsmon secondary
[boss]
 password = bosspass
 upsmon primary
[nobody]
 password = nopass
'''
OUR_USERS = '''
user admin { password = adminpass  actions = {SET, FSD}  commands = {ALL} }
user clerk { password = clerkpass  commands = {load.off} }
user mon { password = monpass  upsmon = secondary }
user boss { password = bosspass  upsmon = primary }
user nobody { password = nopass }
'''
PASSWORDS = {'admin': 'adminpass', 'clerk': 'clerkpass', 'mon': 'monpass', 'boss': 'bosspass', 'nobody': 'nopass'}


def acting(dice):
    """The words of a request that may act."""
    device = dice.choice(['dev1'] * 5 + ['DEV1', 'dev2', 'gone', 'nope', ''])
    variable = dice.choice(['battery.charge.low', 'ups.model', 'input.voltage', 'ups.load', 'nope', 'server.info', ''])
    words = dice.choice([
        ['LOGIN', device], ['LOGIN', device], ['PRIMARY', device], ['MASTER', device],
        ['FSD', dice.choice(['dev2', 'dev2', 'gone', 'nope'])],
        ['SET', 'VAR', device, variable, dice.choice(['7', 'a b', '', 'x' * 300])],
        ['SET', 'VAR', device, variable, '7'],
        ['SET', 'TRACKING', dice.choice(['ON', 'OFF', 'on', 'off', '', 'x'])],
        ['INSTCMD', device, dice.choice(['load.off'] * 3 + ['LOAD.OFF', 'load.dance', ''])],
        ['INSTCMD', device, 'load.off', dice.choice(['3', '', 'a b'])],
        ['GET', 'TRACKING'], ['GET', 'TRACKING', '12345678-1234-4234-8234-123456789abc'],
        ['GET', 'NUMLOGINS', device], ['LIST', 'CLIENT', device], ['GET', 'VAR', 'dev2', 'ups.status'],
        ['LIST', 'CMD', 'nope'], ['USERNAME', 'x'], ['PASSWORD', 'x'], ['LOGIN'], ['SET'], ['INSTCMD', device]])
    return words + ['more'] if dice.random() < 0.03 else words


def dialogue(dice):
    """(user, whether the password is right, the words of each request)"""
    user = dice.choice([*PASSWORDS, 'admin', 'boss', 'mon'])
    right = dice.random() > 0.03
    return user, right, [['USERNAME', user], ['PASSWORD', PASSWORDS[user] if right else 'wrong'],
                         *(acting(dice) for _ in range(25))]


def without_ids(reply):
    return [re.sub('^OK TRACKING [0-9a-fA-F-]{36}$', 'OK TRACKING', line) for line in reply]


# what was asked, the reason, whether the two replies are what the reason says; given the user and whether it is one
ACTING_DIFFERENCES = [
    (r'GET VAR dev2 ups.status\b.*', 'sim switches off when it is told to',
     lambda user, right, a, b: a[0].replace(' OFF"', '"') == b[0]),
    (r'LIST CLIENT .*', 'the name is echoed as the client spelt it',
     lambda user, right, a, b: [x.lower() for x in a] == [x.lower() for x in b]),
    (r'GET NUMLOGINS gone\b.*', 'answered without current data too, or a primary would leave at once',
     lambda user, right, a, b: b == ['ERR DRIVER-NOT-CONNECTED'] and re.fullmatch('NUMLOGINS gone [01]', a[0])),
    (r'SET TRACKING.*', 'upsd takes any credentials, even wrong ones',
     lambda user, right, a, b: not right and a == ['ERR ACCESS-DENIED'] and b == ['OK']),
    (r'GET TRACKING.*', 'so that tracking is on there',
     lambda user, right, a, b: not right and a in (['OFF'], ['ERR FEATURE-NOT-CONFIGURED'])),
    (r'SET VAR .*', 'dummy-ups makes everything writable, of any length and kind',
     lambda user, right, a, b: right and user == 'admin' and a in (['ERR READONLY'], ['ERR INVALID-VALUE'],
                                                                    ['ERR TOO-LONG'])),
]


def acting_reason(user, right, words, ours, theirs):
    asked = ' '.join(words[:2]).upper() + ' ' + ' '.join(words[2:]).lower()
    for pattern, why, holds in ACTING_DIFFERENCES:
        if re.fullmatch(pattern, asked.strip(), re.S) and holds(user, right, ours, theirs):
            return why
    return None


def test_acting(world, results):
    """Users of the same names and rights, at busbard with sim and at upsd with dummy-ups on the same device."""
    theirs = harness.free_port()
    upsd(world, theirs)
    ours = harness.Busbard(world, {name: f'driver = sim  port = "{world.write(name + "-ours.dev", DEVICE)}"'
                                   for name in ('dev1', 'dev2')}
                           | {'gone': f'driver = sim  port = "{world.path("none.dev")}"'}, lines=OUR_USERS)
    for port in (ours.port, theirs):
        harness.wait_for(lambda port=port: served(port), 20, f'port {port} serves')
    dice = random.Random(9271)
    reasons, equal, wrong, kinds = {}, 0, [], {}
    for _ in range(400 if harness.LONG else 60):
        user, right, words = dialogue(dice)
        lines = [write(dice, each) for each in words]
        both = [ask(port, lines) for port in (ours.port, theirs)]
        for asked, line, a, b in zip(words, lines, *both, strict=True):
            a, b = without_ids(a), without_ids(b)
            if a == b:
                equal += 1
                kinds.setdefault(asked[0].upper(), set()).add(a[0].split('"')[0])
            elif (why := acting_reason(user, right, asked, a, b)) is not None:
                reasons[why] = reasons.get(why, 0) + 1
            else:
                wrong.append(f'{user} {right} {line!r}\n  ours   {a[:4]}\n  theirs {b[:4]}')
    results.note(f'{equal} replies equal')
    for why, times in sorted(reasons.items()):
        results.note(f'{times:5} {why}')
    for verb, replies in sorted(kinds.items()):
        results.note(f'{verb}: {", ".join(sorted(replies))}')
    results.check(not wrong, 'every reply is that of upsd, or differs for a reason', '\n'.join(wrong[:40]))
    for verb, reply in (('LOGIN', 'OK'), ('PRIMARY', 'OK PRIMARY-GRANTED'), ('FSD', 'OK FSD-SET'), ('INSTCMD', 'OK'),
                        ('INSTCMD', 'OK TRACKING'), ('SET', 'ERR ACCESS-DENIED')):
        results.check(reply in kinds.get(verb, ()), f'{verb} was answered with {reply} by both')


if __name__ == '__main__':
    harness.main(test_difference, test_acting)
