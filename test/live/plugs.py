#!/usr/bin/env python3
"""A power controller with four plugs, for powermand: 'on 2', 'off 2', 'cycle 2', 'status'; what it was told is in a file."""

import sys
import time

plugs = {number: 'on' for number in '1234'}
back = {}       # when a plug that is cycled comes on again
while True:
    print('plugs> ', end='', flush=True)
    line = sys.stdin.readline()
    if not line:
        break
    word, _, plug = line.strip().partition(' ')
    if word == 'status':
        for number in plugs:
            if back.get(number, sys.maxsize) <= time.monotonic():
                plugs[number], back[number] = 'on', sys.maxsize
            print(f'plug {number}: {plugs[number]}')
    elif plug in plugs and word in ('on', 'off', 'cycle'):
        plugs[plug] = 'on' if word == 'on' else 'off'
        back[plug] = time.monotonic() + 2 if word == 'cycle' else sys.maxsize
        with open(sys.argv[1], 'a') as log:
            log.write(line)
