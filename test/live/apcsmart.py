#!/usr/bin/env python3
"""The driver apcsmart on an emulated UPS: alerts, settings, commands, a line that fails; and NUT's own apcsmart on the
same UPS, which must find the same."""

import os

import harness
import smartups

harness.need('busbard', 'busbarctl')

# What is said otherwise: its reasons are NUT's own words, and what the UPS tells in hexadecimal is a number here.
OTHER_WORDS = {'input.transfer.reason', 'input.quality'}


def value(busbard, name, device='ups1'):
    with busbard.client() as client:
        return client.value(device, name)


def run(world, busbard, *words):
    return world.run('busbarctl', '-s', busbard.control, *words, timeout=60)


def a_unit_lives(world, results, ups, busbard):
    """Polls are a minute apart: what shows before came by itself."""
    results.check(value(busbard, 'ups.status') == 'OL' and value(busbard, 'battery.charge') == '100.0' and
                  value(busbard, 'ups.serial') == 'NS9847001053', 'the UPS is read')
    ups.alert('!', '10')
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'OB', 20, 'on battery, by its alert')
    ups.alert('%', '50')
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'OB LB', 20, 'low battery, by its alert')
    ups.alert('$', '08')
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'OL', 20, 'mains is back, by its alert')
    results.check(True, 'alerts show without a poll')

    status, _, error = run(world, busbard, 'set', 'ups1', 'input.transfer.low', '200')
    results.check(status == 0 and ups.answers['l'] == '200', 'a choice is set', error)
    harness.wait_for(lambda: value(busbard, 'input.transfer.low') == '200', 20, 'and read back')
    status, _, error = run(world, busbard, 'set', 'ups1', 'ups.id', 'rack4')
    results.check(status == 0 and ups.answers['c'] == 'rack4', 'a text is set', error)
    status, _, _ = run(world, busbard, 'set', 'ups1', 'input.transfer.low', '199')
    results.check(status == 1 and ups.answers['l'] == '200', 'what is no choice is refused')
    for command, done in (('test.battery.start', 'W'), ('shutdown.return', '@'), ('load.off', 'Z')):
        status, _, error = run(world, busbard, 'run', 'ups1', command)
        results.check(status == 0 and ups.done[-1:] == [done], f'{command} is carried out', f'{error} {ups.done}')


def a_line_fails(results, ups, busbard):
    ups.noise = '\xff!'
    ups.answers['P'] = '045.0'
    harness.wait_for(lambda: value(busbard, 'ups.load') == '045.0', 20, 'noise is over')
    results.check(value(busbard, 'ups.status') == 'OL', 'and changed nothing')
    ups.half = True
    ups.answers['P'] = '044.0'
    harness.wait_for(lambda: value(busbard, 'ups.load', 'ups2') == '044.0', 30, 'an answer that breaks off does not matter')
    ups.paced = True
    ups.hang_up()
    ups.answers['P'] = '043.0'
    harness.wait_for(lambda: value(busbard, 'ups.load', 'ups2') == '043.0', 60, 'another adapter comes, at 2400 baud')
    results.check(True, 'half answers, a port that hangs up, and 2400 baud do not matter')
    ups.paced = False
    ups.cut()
    ups.answers['P'] = '046.0'
    harness.wait_for(lambda: value(busbard, 'ups.load') == '046.0', 30, 'a connection that was cut is made again')
    ups.silent = True
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'ERR DATA-STALE', 30, 'silence makes it stale')
    ups.silent = False
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'OL', 60, 'and it comes back')
    results.check(True, 'a line that fails is told, and mends')


def nut_agrees(world, results, ups, busbard):
    if harness.find('apcsmart') is None or harness.find('upsd') is None:
        results.skip('NUT\'s apcsmart finds the same', 'nut-server is not installed')
        return
    nut = harness.Upsd(world, 'apcsmart', {'ups1': f'port = {ups.path}\n ttymode = raw\n cable = 940-0024C'})
    nut.wait_served()

    def read():
        with nut.client() as client:
            return client.value('ups1', 'ups.status') == 'OL'

    harness.wait_for(read, 60, 'NUT\'s driver has read the UPS')
    with nut.client() as client:
        theirs = {name: text for name, text in client.variables('ups1').items()
                  if not name.startswith(('driver.', 'device.description')) and name not in OTHER_WORDS}
    for device in ('ups1', 'ups2'):
        harness.wait_for(lambda device=device: value(busbard, 'ups.status', device) == 'OL', 60, f'{device} is polled')
    with busbard.client() as client:
        ours, serial = client.variables('ups1'), client.variables('ups2')
    differing = {name: (text, ours.get(name)) for name, text in theirs.items() if ours.get(name) != text.rstrip()}
    results.check({name: text for name, text in serial.items() if not name.startswith('driver.')} ==
                  {name: text for name, text in ours.items() if not name.startswith('driver.')},
                  'on a serial port it is the same', serial)
    results.check(len(theirs) > 30 and not differing, f'NUT\'s apcsmart finds the same {len(theirs)} variables', differing)
    nut.stop()


def everything(world, results):
    port = harness.free_port()
    ups = smartups.SmartUps(port, world.path('tty'))
    quiet = f'driver = apcsmart\n port = "127.0.0.1:{port}"\n poll = 60  max-age = 180'
    quick = 'driver = apcsmart\n port = "{}"\n poll = 0.5  max-age = 4'
    busbard = harness.Busbard(world, {'ups1': quiet})
    busbard.wait_fresh()
    a_unit_lives(world, results, ups, busbard)
    busbard.program.stop()
    busbard.configure({'ups1': quick.format(f'127.0.0.1:{port}'), 'ups2': quick.format(ups.link)})
    busbard.start()
    busbard.wait_fresh()
    a_line_fails(results, ups, busbard)
    nut_agrees(world, results, ups, busbard)
    busbard.program.stop()
    ups.done.clear()
    status, _, error = world.run('busbard', '-k', '-c', busbard.config, 'ups2', timeout=60,
                                 env={'BUSBAR_DATADIR': os.path.join(harness.SRCDIR, 'drivers')})
    results.check(status == 0 and ups.done == ['@'], 'the last act of a host cuts its power', f'{error} {ups.done}')
    ups.close()


harness.main(everything)
