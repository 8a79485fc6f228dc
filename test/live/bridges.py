#!/usr/bin/env python3
"""The driver megatec behind emulated USB bridges: one of output reports and interrupts, one whose strings are the replies."""

import os

import qx

import harness

harness.need('busbard', 'busbarctl', 'usb_stage', 'nutdrv_qx')

ENV = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'}
ONLINE, LOW = qx.MEGATEC['Q1'], '(000.0 000.0 226.0 014 49.0 21.5 30.0 11001001'
CYPRESS = ['vid 0665', 'pid 5161', 'maker INNO TECH', 'model USB to Serial', 'desc 06 00 ff 09 01 a1 01 c0',
           *(f'reply {line} {text}' for line, text in qx.MEGATEC.items())]
KRAULER = ['vid 0001', 'pid 0000', 'maker ACME', 'desc 06 00 ff 09 01 a1 01 c0', f'text 3 {ONLINE}',
           f'text 13 {qx.MEGATEC["F"]}', f'text 12 {qx.MEGATEC["I"]}', 'text 11 UPS No Ack']


def stage(world, lines, name):
    """What runs a program with such a device, the FIFO that commands it, and its environment."""
    device, fifo = world.write(name + '.ups', '\n'.join([*lines, ''])), world.path(name + '.fifo')
    return ('usb_stage', device, fifo, '--'), fifo, ENV | {'TMPDIR': world.folder}


def tell(path, *lines):
    fifo = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.write(fifo, '\n'.join([*lines, '']).encode())
    os.close(fifo)


def value(busbard, name='ups.status'):
    with busbard.client() as client:
        return client.value('ups', name)


def wait(busbard, wanted, what, seconds=60):
    harness.wait_for(lambda: value(busbard) == wanted, seconds, what)


def a_life(world, results, lines, name, change):
    """change: how the device is told of its status."""
    under, fifo, env = stage(world, lines, name)
    busbard = harness.Busbard(world, {'ups': 'driver = megatec  port = auto  poll = 0.3  max-age = 1.5  '
                                              'fsd-before-shutdown = no'},
                              folder=name + '.d', under=under, env=env)
    wait(busbard, 'OL', 'the UPS behind the bridge is recognised')
    with busbard.client() as client:
        found = client.variables('ups')
    results.check(found.get('battery.voltage') == '27.50' and found.get('device.model') == 'UPS 1000' and
                  found.get('input.voltage.nominal') == '220', f'{name}: what it says is there', found)
    tell(fifo, f'{change} {LOW}')
    wait(busbard, 'OB LB', 'mains fails')
    tell(fifo, 'unplug')
    wait(busbard, 'ERR DATA-STALE', 'unplugged')
    tell(fifo, f'{change} {ONLINE}', 'plug')
    wait(busbard, 'OL', 'plugged in again')
    results.check(True, f'{name}: mains fails, unplugged, plugged in again')
    return busbard


def cypress(world, results):
    busbard = a_life(world, results, CYPRESS, 'cypress', 'reply Q1')
    status, _, error = world.run('busbarctl', '-s', busbard.control, 'run', 'ups', 'test.battery.start.quick',
                                 timeout=60)
    results.check(status == 0 and 'line 0 T\n' in busbard.program.text(), 'a command is carried', error)
    nut = harness.Upsd(world, 'nutdrv_qx', {'ups': 'port = auto\n pollinterval = 1\n subdriver = cypress\n vendorid = 0665\n productid = 5161'},
                       under=stage(world, CYPRESS, 'other'))
    nut.wait_served()
    harness.wait_for(lambda: upsd_says(nut) == 'OL', 60, 'nutdrv_qx has polled')
    with busbard.client() as ours, nut.client() as theirs:
        found, wanted = ours.variables('ups'), theirs.variables('ups')
    both = [key for key in wanted if key in found and not key.startswith('driver.')]
    unlike = {key: (found[key], wanted[key]) for key in both if qx.number(found[key]) != qx.number(wanted[key])}
    results.check(len(both) > 15 and not unlike, f'nutdrv_qx on the same bridge: {len(both)} variables agree', unlike)
    nut.stop()
    busbard.program.stop()


def upsd_says(nut):
    with nut.client() as client:
        return client.value('ups', 'ups.status')


def krauler(world, results):
    busbard = a_life(world, results, KRAULER, 'krauler', 'text 3')
    status, _, error = world.run('busbarctl', '-s', busbard.control, 'run', 'ups', 'test.battery.start', timeout=60)
    results.check(status != 0, 'a command that the bridge cannot carry is none', error)
    busbard.program.stop()


harness.main(cypress, krauler)
