"""A pass_persist script of snmpd as one would write it by hand: the peer of the AgentX rows of bench.
Serves the lines OID|TYPE|VALUE of a file, in the order of the OIDs."""

import bisect
import sys

objects = []
with open(sys.argv[1], encoding='latin-1') as file:
    for line in file:
        name, kind, value = line.rstrip('\n').split('|', 2)
        objects.append((tuple(map(int, name.strip('.').split('.'))), f'{name}\n{kind}\n{value}\n'))
names = [name for name, _ in objects]
lines = iter(sys.stdin.readline, '')

for line in lines:
    if line == 'PING\n':
        answer = 'PONG\n'
    else:
        name = tuple(map(int, next(lines).strip().strip('.').split('.')))
        if line == 'getnext\n':
            at = bisect.bisect_right(names, name)
            answer = objects[at][1] if at < len(objects) else 'NONE\n'
        elif line == 'get\n':
            at = bisect.bisect_left(names, name)
            answer = objects[at][1] if at < len(objects) and names[at] == name else 'NONE\n'
        else:
            next(lines)
            answer = 'not-writable\n'
    sys.stdout.write(answer)
    sys.stdout.flush()
