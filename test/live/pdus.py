#!/usr/bin/env python3
"""Outlets of recorded PDUs are switched by busbarctl and by upscmd: the vendor's own number is written to the vendor's
own object, and the state is read back.  Families encode on and off in opposite ways."""

import os
import shutil
import time

import harness

harness.need('busbard', 'busbarctl', 'snmpsimd', 'upscmd', 'snmpget', shared='devices/snmp/open')

OPEN = os.path.join(harness.SHARED, 'devices/snmp/open')
HERE = os.path.dirname(os.path.abspath(__file__))
APC, EATON, RARITAN = '1.3.6.1.4.1.318.1.1.', '1.3.6.1.4.1.534.6.6.7.6.6.1.', '1.3.6.1.4.1.13742.6.'

# device: recording, outlet, {object: what it is}, {command: (object, number that is to be in it)}
PDUS = {
    'rpdu2': ('ssd_apc-8932', 3,
              {APC + '26.9.2.4.1.5.3': 'link|value=1,key=o,map=1:2:2:1', APC + '26.9.2.3.1.5.3': 'link|value=2,key=o,show=yes'},
              {'off': (APC + '26.9.2.4.1.5.3', '2'), 'on': (APC + '26.9.2.4.1.5.3', '1')}),
    'masterswitch': ('lnms_apc_masterswitch2', 8, {APC + '4.4.2.1.3.8': 'link|value=1,key=o'},
                     {'off': (APC + '4.4.2.1.3.8', '2'), 'on': (APC + '4.4.2.1.3.8', '1')}),
    'marlin': ('lnms_eatonpdu_2', 5,
               {EATON + '3.0.5': 'link|value=-1,key=o,map=0:0', EATON + '4.0.5': 'link|value=-1,key=o,map=0:1',
                EATON + '2.0.5': 'link|value=1,key=o,show=yes'},
               {'off': (EATON + '3.0.5', '0'), 'on': (EATON + '4.0.5', '0')}),
    'px3': ('lnms_raritan-pdu_px3', 4,
            {RARITAN + '4.1.2.1.2.1.4': 'link|value=1,key=o,map=0:8:1:7',
             RARITAN + '4.1.2.1.3.1.4': 'link|value=7,key=o,show=yes'},
            {'off': (RARITAN + '4.1.2.1.2.1.4', '0'), 'on': (RARITAN + '4.1.2.1.2.1.4', '1')}),
}


def numbers(oid):
    return [int(arc) for arc in oid.split('.')]


def writable(recording, objects, path):
    """The recording with some of its objects made to take SETs, in the order of OIDs."""
    with open(os.path.join(OPEN, recording + '.snmprec'), errors='replace') as file:
        lines = [line.rstrip('\n') for line in file if line.split('|')[0] not in objects and line[:1].isdigit()]
    lines += [f'{oid}|2:{text}' for oid, text in objects.items()]
    lines.sort(key=lambda line: numbers(line.split('|')[0]))
    with open(path, 'w') as file:
        file.write('\n'.join([*lines, '']))
    os.chmod(path, 0o644)


def switch(world, busbard, device, command, by):
    if by == 'busbarctl':
        return world.run('busbarctl', '-s', busbard.control, 'run', device, command, timeout=60)
    return world.run('upscmd', '-w', '-t', '30', '-u', 'admin', '-p', 'x', f'{device}@127.0.0.1:{busbard.port}', command,
                     timeout=60)


def outlets_are_switched(world, results):
    data, modules = world.path('data'), world.path('modules')
    os.makedirs(data)
    os.makedirs(modules)
    shutil.copy(os.path.join(HERE, 'link.py'), modules)
    for device, (recording, _, objects, _) in PDUS.items():
        writable(recording, objects, os.path.join(data, device + '.snmprec'))
    port, _ = harness.snmpsim(world, data, modules)
    busbard = harness.Busbard(world, {
        device: f'driver = snmp  port = "udp:127.0.0.1:{port}"  poll = 1  max-age = 15\n'
                f' options = {{"community={device}", "timeout=5"}}' for device in PDUS},
        lines='user admin { password = "x"  actions = {SET}  commands = {ALL} }')
    for device, (_, outlet, _, commands) in PDUS.items():
        def shown(device=device, outlet=outlet):
            with busbard.client() as client:
                return client.value(device, f'outlet.{outlet}.status')

        harness.wait_for(lambda: shown() == 'on', 60, f'{device}: the outlet is seen')
        for (word, (oid, number)), by in zip(commands.items(), ('busbarctl', 'upscmd')):
            begun = time.monotonic()
            status, out, error = switch(world, busbard, device, f'outlet.{outlet}.load.{word}', by)
            _, held, _ = world.run('snmpget', '-v2c', '-c', device, '-Oqv', f'127.0.0.1:{port}', oid)
            results.check(status == 0 and held.strip() == number, f'{device}: {by} {word} writes {number}',
                          f'{held.strip()} {out} {error}')
            harness.wait_for(lambda word=word: shown() == word, 30, f'{device}: {word} is read back')
            results.note(f'{device}: {word} by {by} took {time.monotonic() - begun:.2f} s')


harness.main(outlets_are_switched)
