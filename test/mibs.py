"""The MIB modules and the program agree: what is readable there is served here, and the other way
round.  Compares mibs/ with subagent/columns.def and the table in subagent/upsmib.c."""

import os
import re
import sys

SRCDIR = os.environ.get('srcdir', os.path.join(os.path.dirname(__file__), '..'))
BUILDDIR = os.environ.get('builddir', '.')
sys.path.insert(0, os.path.join(SRCDIR, 'test/conformance'))
import rfc1628
number = failed = 0


def check(right, what, detail=''):
    global number, failed
    number += 1
    failed += not right
    print(f'{"ok" if right else "not ok"} {number} - {what}')
    if not right:
        print('# ' + str(detail))


def read(*path):
    with open(os.path.join(*path)) as file:
        return re.sub(r'--.*', '', file.read())


def readable(text, root):
    """{arcs below root: name} of all objects that can be read; not the comments and descriptions."""
    text = re.sub(r'"[^"]*"', '', text)
    parents = {name: (parent, int(arc)) for name, parent, arc in
               re.findall(r'^(\w+)\s[^:]*?::=\s*\{\s*([\w-]+)\s+(\d+)\s*\}', text, re.M)}
    access = dict(re.findall(r'^(\w+) OBJECT-TYPE\b[^:]*?MAX-ACCESS\s+(\S+)', text, re.M))

    def arcs(name):
        if name == root:
            return ()
        parent, arc = parents[name]
        return (*arcs(parent), arc)
    return {arcs(name): name for name, may in access.items() if may.startswith('read')}


def in_groups(text):
    return {name for objects in re.findall(r'OBJECT-GROUP\s+OBJECTS\s*\{([^}]*)\}', text)
            for name in re.findall(r'\w+', objects)}


def compare(module, described, served):
    check(len(described) > 20, f'{module} has objects', described)
    check(not described.keys() - served, f'{module}: each object that can be read is served',
          [described[arcs] for arcs in described.keys() - served])
    check(not served - described.keys(), f'{module}: each object that is served is described',
          served - described.keys())


busbar = read(BUILDDIR, 'mibs/BUSBAR-MIB.txt')
columns = re.findall(r'^COLUMN\((\w+),\s*(\w+),\s*(\w+), (\d), ([\d, ]+)\)', read(SRCDIR, 'subagent/columns.def'), re.M)
described = readable(busbar, 'bbObjects')
compare('BUSBAR-MIB', described, {tuple(map(int, arcs.split(','))) for _, module, _, _, arcs in columns
                                 if module == 'BUSBAR'})
notified = set(re.findall(r'^(\w+) OBJECT-TYPE\b[^:]*?MAX-ACCESS\s+accessible-for-notify', re.sub(r'"[^"]*"', '', busbar), re.M))
check(in_groups(busbar) == set(described.values()) | notified, 'BUSBAR-MIB: each object is in a group',
      in_groups(busbar) ^ set(described.values()) ^ notified)

rows = re.findall(r'^\t\{ (\d+), (\d+), (\d+), \.make', read(SRCDIR, 'subagent/upsmib.c'), re.M)
compare('UPS-MIB', readable(read(SRCDIR, 'mibs/UPS-MIB.txt'), 'upsObjects'),
        {(int(group), int(thing)) + ((1, int(column)) if column != '0' else ()) for group, thing, column in rows})

# what the conformance program knows of UPS-MIB
objects = {thing.arcs: thing.name for thing in rfc1628.EVERY if thing.access != rfc1628.NOT_ACCESSIBLE}
check(objects == readable(read(SRCDIR, 'mibs/UPS-MIB.txt'), 'upsObjects'), 'UPS-MIB: the conformance program has the same objects',
      objects.items() ^ readable(read(SRCDIR, 'mibs/UPS-MIB.txt'), 'upsObjects').items())
access = dict(re.findall(r'^(\w+) OBJECT-TYPE\b[^:]*?MAX-ACCESS\s+(\S+)', re.sub(r'"[^"]*"', '', read(SRCDIR, 'mibs/UPS-MIB.txt')), re.M))
wrong = {thing.name: access.get(thing.name) for thing in rfc1628.EVERY if access.get(thing.name) != thing.access}
check(not wrong, 'UPS-MIB: and the same access', wrong)

# notifications: number and varbinds, as the module and as the program have them
def names(text):
    """{arcs below the module: name}"""
    text = re.sub(r'"[^"]*"', '', text)
    parents = {name: (parent, int(arc)) for name, parent, arc in
               re.findall(r'^(\w+)\s[^:]*?::=\s*\{\s*([\w-]+)\s+(\d+)\s*\}', text, re.M)}

    def arcs(name):
        parent, arc = parents[name]
        return (*(arcs(parent) if parent in parents else ()), arc)
    return {name: '.'.join(map(str, arcs(name))) for name in parents}


def described_notifications(text):
    numbers = names(text)
    text = re.sub(r'"[^"]*"', '', text)
    return {numbers[name]: [numbers[one] for one in re.findall(r'\w+', objects) if one != 'bbDevName']
            for name, objects in re.findall(r'^(\w+) NOTIFICATION-TYPE\s+OBJECTS\s*\{([^}]*)\}', text, re.M)}


source = read(SRCDIR, 'subagent/notification.c')
sent = {'BB': {}, 'UPS': {}}
for module, arc, varbinds in re.findall(r'\{ EVENT_\w+, (BB|UPS)_TRAPS "(\d+)", \{(.*?)\} \} \}', source, re.S):
    sent[module][('0.' if module == 'BB' else '2.') + arc] = [
        '1.' + column for column in re.findall(r'_OBJECTS "([\d.]+)"', varbinds)]
for module, text in (('BB', busbar), ('UPS', read(SRCDIR, 'mibs/UPS-MIB.txt'))):
    check(sent[module] and sent[module] == described_notifications(text),
          f'{module}: notifications have the varbinds that are described', (sent[module], described_notifications(text)))

# the bits of bbDevStatusBits and the words of ups.status
bits = re.search(r'bbDevStatusBits OBJECT-TYPE\s+SYNTAX\s+BITS \{([^}]*)\}', busbar)[1]
words = re.findall(r'\bS\(\w+, "(\w+)"\)', read(SRCDIR, 'core/status.h'))
check([f'{word.lower()}({place})' for place, word in enumerate(words)] == re.findall(r'\w+\(\d+\)', bits),
      'BUSBAR-MIB: the bits are the words of ups.status', bits)

# alarms of our own
alarms = re.findall(r'^bbAlarm\w+ OBJECT-IDENTITY\b[^:]*::= \{ bbAlarmIdentities (\d+) \}', re.sub(r'"[^"]*"', '', busbar), re.M)
flags = [int(n) for n in re.findall(r'\bF\(\s*(\d+), \w+,', read(SRCDIR, 'core/flags.h'))]
check([int(n) for n in alarms] == [n - 24 for n in flags if n > 24], 'BUSBAR-MIB: each alarm has an identity', alarms)
print(f'1..{number}')
sys.exit(failed != 0)
