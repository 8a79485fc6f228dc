#!/usr/bin/env python3
"""The driver megatec on emulated UPSes, through bad lines; NUT's drivers on the same UPSes agree."""

import qx

import harness

harness.need('busbard', 'busbarctl', 'nutdrv_qx', 'blazer_ser')

# Where NUT's drivers say something else, and why we do not.
DIFFER = {
    'battery.charge': 'guessed by NUT where the device says nothing',
    'battery.voltage.high': 'guessed by NUT', 'battery.voltage.low': 'guessed by NUT',
    'battery.packs': 'guessed by NUT where the device says nothing',
    'battery.runtime': 'guessed by NUT',
    'ups.mfr': 'device.mfr here', 'ups.model': 'device.model here',
}


def section(port, more=''):
    """port: the number of a TCP port, or the path of a serial one."""
    port = f'127.0.0.1:{port}' if isinstance(port, int) else port
    return (f'driver = megatec  port = "{port}"  poll = 0.3  poll-full = 2  max-age = 2  '
            f'fsd-before-shutdown = no  {more}')


def value(busbard, device, name='ups.status'):
    with busbard.client() as client:
        return client.value(device, name)


def wait(busbard, device, wanted, what, name='ups.status', seconds=30):
    harness.wait_for(lambda: value(busbard, device, name) == wanted, seconds, what)


def run(world, busbard, *words):
    return world.run('busbarctl', '-s', busbard.control, *words, timeout=60)


def a_life(world, results):
    tty = world.path('tty')
    acme, other = qx.Device(qx.MEGATEC), qx.Device(qx.VOLTRONIC, '(NAK')
    busbard = harness.Busbard(world, {'acme': section(acme.open(tty), 'profile = megatec'), 'other': section(other.serve())})
    wait(busbard, 'acme', 'OL', 'Megatec is recognised')
    wait(busbard, 'other', 'OL', 'Voltronic is recognised')
    results.check('speaks Megatec' in busbard.program.text() and 'speaks Voltronic' in busbard.program.text(),
                  'the log tells the dialects', busbard.program.text())
    found = [value(busbard, 'acme', 'battery.voltage'), value(busbard, 'acme', 'battery.charge'),
             value(busbard, 'other', 'battery.charge'), value(busbard, 'other', 'battery.runtime')]
    results.check(found == ['27.50', 'ERR VAR-NOT-SUPPORTED', '68', '15300'],
                  'what the device says is there, and nothing that it does not say', found)

    acme.replies['Q1'] = '(000.0 000.0 226.0 014 49.0 21.5 30.0 11001001'
    wait(busbard, 'acme', 'OB LB', 'mains fails')
    acme.noise = acme.half = 1
    acme.replies['Q1'] = qx.MEGATEC['Q1']
    wait(busbard, 'acme', 'OL', 'mains is back, over noise and half lines')
    acme.echoes = other.paced = True
    other.replies['QMOD'] = '(B'
    other.replies['QGS'] = '(000.0 00.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 101000000001'
    acme.replies['Q1'] = '(226.0 195.0 226.0 099 49.0 27.5 30.0 00001000'
    wait(busbard, 'other', 'OB', 'mains fails, told at 2400 baud', seconds=60)
    wait(busbard, 'acme', '99', 'a line that echoes is understood', 'ups.load')
    results.check(True, 'noise, half lines, echo and 2400 baud do not matter')
    acme.echoes = other.paced = False

    status, _, error = run(world, busbard, 'run', 'acme', 'test.battery.start.quick')
    results.check(status == 0 and 'T' in acme.told, 'a command that is taken in silence', error)
    status, _, error = run(world, busbard, 'run', 'acme', 'beeper.toggle')
    results.check(status != 0 and 'Q' in acme.told, 'one that comes back is not known there', error)
    status, _, error = run(world, busbard, 'run', 'other', 'test.battery.start.quick')
    results.check(status == 0 and 'T' in other.told, 'a command that is acknowledged', error)
    status, _, error = run(world, busbard, 'run', 'other', 'load.off', '--confirm')
    results.check(status != 0 and 'SOFF' in other.told, 'one that is refused', error)

    acme.silent = True
    wait(busbard, 'acme', 'ERR DATA-STALE', 'silence')
    status, _, error = run(world, busbard, 'run', 'acme', 'test.battery.start.quick')
    results.check(status != 0, 'no command is done by a device that is silent', error)
    acme.silent = False
    wait(busbard, 'acme', 'OL', 'it speaks again', seconds=60)
    other.hang_up()
    other.replies['QMOD'], other.replies['QGS'] = qx.VOLTRONIC['QMOD'], qx.VOLTRONIC['QGS']
    wait(busbard, 'other', 'OL', 'the line was cut, and is there again', seconds=60)
    acme.hang_up()
    wait(busbard, 'acme', 'ERR DATA-STALE', 'the serial port hangs up')
    acme.open(tty)
    wait(busbard, 'acme', 'OL', 'the serial port is there again', seconds=60)
    results.check(True, 'silence is stale; a line that was cut is made again')
    busbard.program.stop()


def nut_agrees(world, results):
    """The same emulators behind NUT's drivers: each variable that both have is the same."""
    devices = {'acme': qx.Device(qx.MEGATEC), 'other': qx.Device(qx.VOLTRONIC, '(NAK')}
    busbard = harness.Busbard(world, {'acme': section(devices['acme'].serve(), 'profile = megatec'),
                                      'other': section(devices['other'].open())})
    busbard.wait_fresh()
    for driver, names in (('nutdrv_qx', ['acme', 'other']), ('blazer_ser', ['acme'])):
        upsd = harness.Upsd(world, driver, {name: f'port = {devices[name].open()}\n pollinterval = 1' for name in names},
                            folder=driver)
        upsd.wait_served()
        for name in names:
            harness.wait_for(lambda name=name: upsd_says(upsd, name) == 'OL', 30, f'{driver} has polled {name}')
        for name in names:
            with busbard.client() as ours, upsd.client() as theirs:
                wanted, found = theirs.variables(name), ours.variables(name)
            both = [key for key in wanted if key in found and not key.startswith('driver.')]
            unlike = {key: (found[key], wanted[key]) for key in both if qx.number(found[key]) != qx.number(wanted[key])}
            missing = [key for key in wanted if key not in found and key not in DIFFER and not key.startswith('driver.')]
            results.check(len(both) > 15 and not unlike, f'{driver} and {name}: {len(both)} variables agree', unlike)
            results.check(not missing, f'{driver} and {name}: none is missing', missing)
        upsd.stop()
    busbard.program.stop()


def upsd_says(upsd, name):
    with upsd.client() as client:
        return client.value(name, 'ups.status')


harness.main(a_life, nut_agrees)
