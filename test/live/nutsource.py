#!/usr/bin/env python3
"""The driver nut: Debian's upsd with dummy-ups as a source, every value equal
byte for byte, commands and settings passed on; and busbars in a chain."""

import os
import re
import time

import harness

UPSD = '/lib/nut/upsd'      # /sbin/upsd is a wrapper that reads nut.conf

harness.need('busbard', UPSD, 'dummy-ups')

DEVICE = r'''battery.charge: 100
battery.charge.low: 020
battery.date: 2023/05/11
battery.voltage: 27.30
device.description: UPS "A" of rack #12 \ row B, x=1
input.voltage: 231.40
input.transfer.reason: input voltage out of range
my.own.name: +5
outlet.1.status: on
ups.delay.shutdown: 0020
ups.load: 034
ups.mfr: Ünïcode & Söhne
ups.model: Smart-UPS RT 3000 XL
ups.serial: 0000012345678901234567890
ups.status: ALARM OL CHRG FSD XYZ
ups.alarm: Replace battery!
ups.test.result: Done and passed
'''
# dummy-ups reads its file as it reads its configuration, and only names that it knows
PLAIN = re.sub('(?m)^(my.own.name|device.description|ups.mfr|ups.alarm).*\n', '', DEVICE)
USERS = '[admin]\n password = "pass word"\n actions = SET\n instcmds = ALL\n'
SECRET = 'options = {"user=admin", "password=pass word"}'


def all_values(server, name):
    with server.client() as client:
        return client.variables(name)


def value(server, device, name):
    with server.client() as client:
        return client.value(device, name)


def wait_served(server, *names):
    for name in names:
        harness.wait_for(lambda name=name: not value(server, name, 'ups.load').startswith('ERR'), 20,
                         f'{name} is served')


def site_of(world, server, poll='0.2', extra='', folder='busbard', name='site', lines=''):
    section = f'driver = nut\n port = "127.0.0.1:{server.port}"\n poll = {poll}\n {extra}'
    return harness.Busbard(world, {name: section}, folder=folder, lines=lines)


def listed(server):
    with server.client() as client:
        return sorted(line.split()[1] for line in client.list('UPS'))


def upsd_is_a_source(world, results):
    for n in (1, 2):
        world.write(f'dev{n}.dev', PLAIN + f'ups.id: "number {n}"\n')
    upsd = harness.Upsd(world, 'dummy-ups', {f'dev{n}': f'port = {world.path(f"dev{n}.dev")}\nmode = dummy-once'
                                             for n in (1, 2)}, users=USERS)
    wait_served(upsd, 'dev1', 'dev2')
    busbard = site_of(world, upsd, extra=SECRET)
    wait_served(busbard, 'site-dev1', 'site-dev2')
    results.check(listed(busbard) == ['site-dev1', 'site-dev2'], 'all devices of the server, and no other, are there',
                  listed(busbard))
    with upsd.client() as there, busbard.client() as here:
        results.check([line.split(' ', 2)[2] for line in there.list('UPS')] ==
                      [line.split(' ', 2)[2] for line in here.list('UPS')], 'descriptions are those of the server')
    for n in (1, 2):
        there, here = all_values(upsd, f'dev{n}'), all_values(busbard, f'site-dev{n}')
        results.check(there == here and len(here) > 20, f'dev{n}: {len(here)} variables are equal byte for byte',
                      here)
    code, *out = world.run('busbarctl', '-s', busbard.control, 'set', 'site-dev1', 'ups.delay.shutdown', '0033')
    results.check(code == 0, 'a setting is passed on and tracked', out)
    # dummy-ups offers load.off and does not know it when it is asked
    code, *out = world.run('busbarctl', '-s', busbard.control, 'run', 'site-dev1', 'load.off')
    results.check(code != 0 and 'driver does not know it' in out[1], 'a command ends as it ended there', out)
    harness.wait_for(lambda: value(busbard, 'site-dev1', 'ups.delay.shutdown') == '0033', 5, 'the setting shows')
    results.check(value(upsd, 'dev1', 'ups.delay.shutdown') == '0033' and value(upsd, 'dev2', 'ups.delay.shutdown') == '0020',
                  'the right device has it')
    code, *out = world.run('busbarctl', '-s', busbard.control, 'set', 'site-dev2', 'ups.serial', 'x' * 1000)
    results.check(code != 0, 'what is refused there fails here', out)
    upsd.drivers[1].kill()
    harness.wait_for(lambda: value(busbard, 'site-dev2', 'ups.load').startswith('ERR DRIVER-NOT-CONNECTED'), 20,
                     'a device whose driver is gone is not connected here either')
    results.check(value(busbard, 'site-dev1', 'ups.load') == '034', 'and the other device does not notice')
    upsd.program.stop()
    harness.wait_for(lambda: value(busbard, 'site-dev1', 'ups.load').startswith('ERR DATA-STALE'), 30,
                     'without the server all is stale')
    results.check(True, 'without the server all is stale')


def busbars_in_a_chain(world, results):
    """Every variable byte for byte through three more, and a change in under 100 ms."""
    path = world.write('deep.dev', DEVICE)
    user = 'user admin { password = "pass word"\n actions = {SET}\n commands = {ALL} }'
    deep = harness.Busbard(world, {'ups': f'driver = sim\n port = "{path}"'}, folder='deep', lines=user)
    chain, name = [deep], 'ups'
    for n in (1, 2, 3):
        chain.append(site_of(world, chain[-1], '0.02', f'options = {{"ups={name}", "user=admin", "password=pass word"}}',
                             f'chain{n}', f'ups{n}', user))
        name = f'ups{n}'
    wait_served(chain[3], 'ups3')
    there, here = all_values(deep, 'ups'), all_values(chain[3], 'ups3')
    results.check(there == here and len(here) > 15, f'{len(here)} variables arrive byte for byte at the end of the chain',
                  sorted(set(there.items()) ^ set(here.items())))
    times = []
    with deep.client() as first, chain[3].client() as last:
        for load in range(100, 120):
            text = DEVICE.replace('ups.load: 034', f'ups.load: {load}')
            with open(path + '.new', 'w', encoding='utf-8') as file:
                file.write(text)
            os.rename(path + '.new', path)
            harness.wait_for(lambda: first.value('ups', 'ups.load') == str(load), 5, 'the change shows', 0.001)
            seen = time.monotonic()
            harness.wait_for(lambda: last.value('ups3', 'ups.load') == str(load), 5, 'the change arrives', 0.001)
            times.append((time.monotonic() - seen) * 1000)
    with open(f'/proc/{chain[3].program.pid}/stat', encoding='ascii') as file:
        words = file.read().rsplit(')', 1)[1].split()
        began, used = time.monotonic(), int(words[11]) + int(words[12])
    code, *out = world.run('busbarctl', '-s', chain[3].control, 'run', 'ups3', 'test.battery.start.quick')
    results.check(code == 0, 'a command goes down all of the chain', out)
    harness.wait_for(lambda: 'TEST' in value(chain[3], 'ups3', 'ups.status').split() or
                     value(chain[3], 'ups3', 'ups.test.result') != 'Done and passed', 10, 'and what it did comes up again')
    time.sleep(2)       # a measurement, not a wait
    with open(f'/proc/{chain[3].program.pid}/stat', encoding='ascii') as file:
        words = file.read().rsplit(')', 1)[1].split()
    share = (int(words[11]) + int(words[12]) - used) / os.sysconf('SC_CLK_TCK') / (time.monotonic() - began)
    results.note(f'50 polls a second take {100 * share:.1f} % of a processor')
    times.sort()
    results.check(times[-1] < 100, f'a change travels through three in {times[len(times) // 2]:.0f} ms, {times[-1]:.0f} at most',
                  times)


harness.main(upsd_is_a_source, busbars_in_a_chain)
