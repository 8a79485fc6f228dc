#!/usr/bin/env python3
"""Outlets of recorded PDUs are switched by busbarctl, by upscmd and by snmpset of a v3 user: the vendor's own number is
written to the vendor's own object, the state is read back, a manager is notified, and the journal knows who it was.
Families encode on and off in opposite ways."""

import json
import os
import shutil
import time

import harness
import snmp
from pdu_mib import ENTERPRISE
from receiver import Receiver

harness.need('busbard', 'busbarctl', 'snmpd', 'snmpsimd', 'upscmd', 'snmpget', 'snmpset', shared='devices/snmp/open')

OPEN = os.path.join(harness.SHARED, 'devices/snmp/open')
HERE = os.path.dirname(os.path.abspath(__file__))
APC, EATON, RARITAN = '1.3.6.1.4.1.318.1.1.', '1.3.6.1.4.1.534.6.6.7.6.6.1.', '1.3.6.1.4.1.13742.'
SENTRY = '1.3.6.1.4.1.1718.3.2.3.1.'
BB_STATE, BB_COMMAND, BB_RESULT = ENTERPRISE + '.1.4.5.1.10', ENTERPRISE + '.1.8.1.1.1', ENTERPRISE + '.1.8.1.1.5'
BB_BY, CHANGED = ENTERPRISE + '.1.8.1.1.6', snmp.oid(ENTERPRISE + '.0.5')
COMMANDS, STATES, DONE = {'on': '1', 'off': '2'}, {'off': '1', 'on': '2'}, '1'
SECRET = 'a long enough secret'
USER = ('-v3', '-u', 'operator', '-l', 'authPriv', '-a', 'SHA', '-A', SECRET, '-x', 'AES', '-X', SECRET)

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
            {RARITAN + '6.4.1.2.1.2.1.4': 'link|value=1,key=o,map=0:8:1:7',
             RARITAN + '6.4.1.2.1.3.1.4': 'link|value=7,key=o,show=yes'},
            {'off': (RARITAN + '6.4.1.2.1.2.1.4', '0'), 'on': (RARITAN + '6.4.1.2.1.2.1.4', '1')}),
    'px': ('lnms_raritan-pdu', 2, {RARITAN + '4.1.2.2.1.3.2': 'link|value=1,key=o'},
           {'off': (RARITAN + '4.1.2.2.1.3.2', '0'), 'on': (RARITAN + '4.1.2.2.1.3.2', '1')}),
    # these two were recorded without the objects of outlets
    'rpdu': ('nav_apc-ap7853', 1,
             {APC + '12.3.3.1.1.4.1': 'link|value=1,key=o', APC + '12.3.5.1.1.4.1': 'link|value=1,key=o,show=yes'},
             {'off': (APC + '12.3.3.1.1.4.1', '2'), 'on': (APC + '12.3.3.1.1.4.1', '1')}),
    'sentry3': ('lnms_sentry3_switched', 1,
                {SENTRY + '11.1.1.1': 'link|value=0,key=o,map=1:1:2:0', SENTRY + '5.1.1.1': 'link|value=1,key=o,show=yes'},
                {'off': (SENTRY + '11.1.1.1', '2'), 'on': (SENTRY + '11.1.1.1', '1')}),
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


def by_busbarctl(stage, device, outlet, word):
    return stage.world.run('busbarctl', '-s', stage.busbard.control, 'run', device, f'outlet.{outlet}.load.{word}')


def by_upscmd(stage, device, outlet, word):
    return stage.world.run('upscmd', '-u', 'admin', '-p', 'x', f'{device}@127.0.0.1:{stage.busbard.port}',
                           f'outlet.{outlet}.load.{word}')


def by_snmpset(stage, device, outlet, word):
    row = f'.{stage.index(device)}.{outlet}'
    return stage.world.run('snmpset', *USER, '-t', '10', '-r', '0', f'127.0.0.1:{stage.snmpd.port}', BB_COMMAND + row, 'i',
                           COMMANDS[word])


# Each is off and then on again; the outcome is asked for by all three.
WAYS = ((by_snmpset, 'off'), (by_upscmd, 'on'), (by_busbarctl, 'off'), (by_snmpset, 'on'))
ORIGINS = ['snmp', 'nut admin@127.0.0.1', f'control uid {os.geteuid()}', 'snmp']


class Stage:
    def __init__(self, world):
        self.world = world
        data, modules = world.path('data'), world.path('modules')
        os.makedirs(data)
        os.makedirs(modules)
        shutil.copy(os.path.join(HERE, 'link.py'), modules)
        for device, (recording, _, objects, _) in PDUS.items():
            writable(recording, objects, os.path.join(data, device + '.snmprec'))
        self.port, _ = harness.snmpsim(world, data, modules)
        self.receiver = Receiver()
        self.snmpd = harness.Snmpd(world, lines=[
            f'trap2sink 127.0.0.1:{self.receiver.port} v2',
            f'createUser operator SHA "{SECRET}" AES "{SECRET}"', 'group operators usm operator',
            f'view control included .{ENTERPRISE}.1.8.1', 'access operators "" usm priv exact all control none'])
        self.busbard = harness.Busbard(world, {
            device: f'driver = snmp  port = "udp:127.0.0.1:{self.port}"  poll = 1  max-age = 15\n'
                    f' options = {{"community={device}", "timeout=5"}}' for device in PDUS},
            self.snmpd, agentx='writable = {control}',
            lines='user admin { password = "x"  actions = {SET}  commands = {ALL} }')
        self.indexes = {}

    def index(self, device):
        if device not in self.indexes:
            view = self.world.run('busbarctl', '-s', self.busbard.control, 'snmpd-view', device)[1]
            self.indexes[device] = view.rsplit('.', 1)[1].split()[0]
        return self.indexes[device]

    def notified(self, device, outlet):
        """(state, by whom) of the first that it is in another state; the next ones come 5 s apart."""
        state, by = (snmp.oid(f'{column}.{self.index(device)}.{outlet}') for column in (BB_STATE, BB_BY))
        return [(trap.varbinds[state], trap.varbinds.get(by)) for trap in self.receiver.traps if trap.oid == CHANGED and
                state in trap.varbinds]

    def journal(self, device):
        """[(what, by whom)] of the commands that have ended well."""
        lines = self.world.run('busbarctl', '-s', self.busbard.control, '--json', 'events', '--device', device)[1].splitlines()
        events = [json.loads(line) for line in lines]
        return [(event['fields']['command'], event['fields']['origin']) for event in events if event.get('event') == 'outlet-ended']

    def shown(self, device, outlet):
        with self.busbard.client() as client:
            return client.value(device, f'outlet.{outlet}.status')

    def cell(self, column, device, outlet):
        """As that user reads it."""
        return self.world.run('snmpget', *USER, '-Oqve', f'127.0.0.1:{self.snmpd.port}',
                              f'{column}.{self.index(device)}.{outlet}')[1].strip()

    def held(self, device, oid):
        """What the PDU has there."""
        return self.world.run('snmpget', '-v2c', '-c', device, '-Oqv', f'127.0.0.1:{self.port}', oid)[1].strip()


def outlets_are_switched(world, results):
    stage = Stage(world)
    for device, (_, outlet, _, commands) in PDUS.items():
        harness.wait_for(lambda device=device, outlet=outlet: stage.shown(device, outlet) == 'on', 60,
                         f'{device}: the outlet is seen')
        for way, word in WAYS:
            what = f'{device}: {way.__name__.removeprefix("by_")} {word}'
            begun = time.monotonic()
            status, out, error = way(stage, device, outlet, word)
            results.check(status == 0, f'{what} is taken', (out, error))
            harness.wait_for(lambda word=word: stage.shown(device, outlet) == word, 30, f'{what} is read back')
            oid, number = commands[word]
            held = stage.held(device, oid)
            results.check(held == number, f'{what} writes {number}', held)
            harness.wait_for(lambda: stage.cell(BB_RESULT, device, outlet) == DONE, 30, f'{what}: the result')
            state = stage.cell(BB_STATE, device, outlet)
            results.check(state == STATES[word], f'{what} is in the MIB', state)
            results.note(f'{what} took {time.monotonic() - begun:.2f} s')
        told = harness.wait_for(lambda: stage.notified(device, outlet), 30, f'{device}: a manager is notified')
        results.check(told[0] == (int(STATES['off']), b'snmp'), f'{device}: the notification says which, what and by whom', told)
        journal = stage.journal(device)
        results.check(journal == [(f'load.{word}', origin) for (_, word), origin in zip(WAYS, ORIGINS)],
                      f'{device}: the journal has each command, and who gave it', journal)
    stage.receiver.close()


harness.main(outlets_are_switched)
