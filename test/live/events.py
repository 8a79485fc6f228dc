#!/usr/bin/env python3
"""The journal: what happened and who commanded what, through kill -9 of the store and of everything."""

import json
import os
import signal

import harness
from harness import Busbard, Snmpd, need, wait_for
from snmp import INTEGER, NOT_WRITABLE, OCTETS

UPS = 'ups.status: OL\nbattery.charge: 100\nbattery.runtime: 1800\nups.beeper.status: enabled\n'
BATTERY = UPS.replace('OL', 'OB DISCHRG')
REPLACE = UPS.replace('OL', 'OL RB')
NAME, LOCK = harness.UPS_MIB + '.1.1.5.0', harness.UPS_MIB + '.1.7.2.0'
LINES = 'user boss { password = top  commands = {"beeper.mute"} }\nuser none { password = none }\n'


def stage(world, snmpd=None, names=('ups1', 'ups2'), **more):
    for name in names:
        world.write(name + '.dev', UPS)
    daemon = Busbard(world, {name: f'driver = sim  port = "{world.path(name + ".dev")}"' for name in names},
                     snmpd, lines=LINES, **more)
    daemon.wait_fresh()
    return daemon


def events(daemon, *flags):
    """Those of the journal now: (kind, device, fields) of each."""
    code, out, error = daemon.world.run('busbarctl', '-s', daemon.control, '--json', 'events', *flags)
    if code != 0:
        raise OSError(error)
    found = [json.loads(line) for line in out.splitlines()]
    return [(event['event'], event['device'], event['fields']) for event in found if 'event' in event]


def count(daemon, kind, device=None, **fields):
    return sum(1 for event, of, has in events(daemon) if event == kind and device in (None, of) and
               fields.items() <= has.items())


def wait_event(daemon, kind, device, times=1, **fields):
    wait_for(lambda: count(daemon, kind, device, **fields) >= times, 30, f'{times} {kind} of {device} {fields}')


def login(client, user, password):
    return client.ask(f'USERNAME {user}') == 'OK' and client.ask(f'PASSWORD {password}') == 'OK'


def test_what_happens(world, results):
    snmpd = Snmpd(world, ('ups1', 'ups2'))
    daemon = stage(world, snmpd, agentx='writable = {names}')
    daemon.wait_published()
    world.write('ups1.dev', BATTERY)
    wait_event(daemon, 'on-battery', 'ups1', minutes='30')
    world.write('ups1.dev', REPLACE)
    wait_event(daemon, 'alarm-removed', 'ups1', alarm='2')
    wait_event(daemon, 'alarm-added', 'ups1', alarm='1')
    kinds = [(kind, fields.get('alarm')) for kind, of, fields in events(daemon) if of == 'ups1']
    order = [kinds.index(one) for one in (('on-battery', '2'), ('alarm-removed', '2'), ('alarm-added', '1'))]
    results.check(order == sorted(order), 'a device\'s events are in order', kinds)

    with daemon.client() as client:
        login(client, 'boss', 'top')
        client.ask('INSTCMD ups1 beeper.mute')
        client.ask('INSTCMD ups1 beeper.disable')
    with daemon.client() as client:
        login(client, 'boss', 'wrong')
        client.ask('INSTCMD ups1 beeper.mute')
    world.run('busbarctl', '-s', daemon.control, 'run', 'ups2', 'beeper.enable')
    world.run('busbarctl', '-s', daemon.control, 'fsd', 'ups2')
    world.run('busbarctl', '-s', daemon.control, 'fsd', 'ups2', '--clear')
    wait_for(lambda: snmpd.writer('ups2').set((NAME, OCTETS, 'rack 2')) == (0, 0), 20, 'the name is taken')
    results.check(snmpd.writer('ups2').set((LOCK, INTEGER, 1))[0] == NOT_WRITABLE, 'a closed group is refused')
    world.run('busbarctl', '-s', daemon.control, 'reload')
    wait_event(daemon, 'command-ended', 'ups1', command='beeper.mute', result='done')
    wait_event(daemon, 'command-ended', 'ups2', command='beeper.enable', result='done')
    wait_event(daemon, 'value-kept', 'ups2', name='.ident.name', value='rack 2', origin='snmp ups2')
    wait_event(daemon, 'fsd-cleared', 'ups2')
    wait_event(daemon, 'config-reloaded', None)
    wait_event(daemon, 'access-refused', None, 3)
    all_events = events(daemon)
    asked = [fields['origin'] for kind, _, fields in all_events if kind == 'command-asked']
    results.check(any('boss' in who and '127.0.0.1' in who for who in asked), 'who commanded by NUT is there', asked)
    results.check(len(asked) == 2, 'and nobody else', asked)
    refused = [fields for kind, _, fields in all_events if kind == 'access-refused']
    results.check(sorted(fields['by'] for fields in refused) == ['boss@127.0.0.1', 'boss@127.0.0.1', 'snmp ups2'] and
                  any(fields['text'] == 'may not write ' + LOCK for fields in refused), 'what was refused to whom is there', refused)
    results.check({of for _, of, _ in events(daemon, '--device', 'UPS2')} == {'ups2'}, '--device shows one device')
    results.check(events(daemon, '--since', '2100-01-01') == [] and len(events(daemon, '--since', '1h')) >= len(all_events),
                  '--since shows the later ones')
    code, out, _ = world.run('busbarctl', '-s', daemon.control, 'events', '--device', 'ups2')
    results.check(code == 0 and '  ups2  value-kept  name=.ident.name value="rack 2" origin="snmp ups2"' in out,
                  'as text, too', out)
    code, _, error = world.run('busbarctl', '-s', daemon.control, 'events', '--since', 'yesterday')
    results.check(code == 2 and 'yesterday' in error, 'no time is a mistake', error)


def test_survival(world, results):
    """What was there stays, what happens meanwhile comes afterwards, and an alarm that still holds is no news."""
    daemon = stage(world)
    world.write('ups1.dev', REPLACE)
    wait_event(daemon, 'alarm-added', 'ups1', alarm='1')
    before = events(daemon)
    os.kill(daemon.roles()['store'], signal.SIGKILL)
    world.write('ups2.dev', BATTERY)
    wait_event(daemon, 'on-battery', 'ups2')
    results.check(events(daemon)[:len(before)] == before, 'a store that was killed comes back with all events')

    store = daemon.roles()['store']
    os.kill(store, signal.SIGSTOP)
    world.write('ups2.dev', REPLACE)
    harness.wait_for(lambda: daemon.client().value('ups2', 'ups.status') == 'OL RB', 20, 'the change is seen')
    harness.wait_for(lambda: daemon.client().value('ups2', 'ups.alarm') != '', 20, 'the alarm has held')
    os.kill(store, signal.SIGCONT)
    wait_event(daemon, 'alarm-added', 'ups2', alarm='1')
    results.check(True, 'what happened while it hung is written down afterwards')

    os.kill(daemon.program.pid, signal.SIGKILL)
    daemon.program.stop()
    world.write('ups2.dev', UPS)
    daemon.start()
    daemon.wait_fresh()
    wait_event(daemon, 'alarm-removed', 'ups2', alarm='1')
    results.check(count(daemon, 'alarm-added', 'ups1', alarm='1') == 1 and
                  count(daemon, 'alarm-removed', 'ups1', alarm='1') == 0,
                  'an alarm that holds through kill -9 of everything is told once')
    results.check(count(daemon, 'device-added') == 2, 'devices that were there are no news')


need('snmpd', 'busbarctl')
harness.main(test_what_happens, test_survival)
