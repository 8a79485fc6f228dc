#!/usr/bin/env python3
"""The driver shut on an emulated UPS: what it notifies, commands, a line that fails; and NUT's own mge-shut on the
same UPS, which must find the same."""

import os

import harness
import shutups

harness.need('busbard', 'busbarctl')

# What we do not show, or show otherwise: constants of NUT's driver, what it estimates, settings that it keeps itself,
# models that it makes of two texts, and CHRG, which it takes from another field.
OTHERWISE = {'ups.realpower', 'ups.model', 'ups.status', 'ups.delay.start', 'ups.delay.shutdown', 'ups.timer.start',
             'ups.timer.shutdown', 'ups.productid', 'ups.vendorid', 'battery.charge.low', 'battery.charge.warning'}


def value(busbard, name, device='ups1'):
    with busbard.client() as client:
        return client.value(device, name)


def a_unit_lives(world, results):
    """Polls are a minute apart: what shows before came by itself."""
    port = harness.free_port()
    ups = shutups.ShutUps(port)
    busbard = harness.Busbard(world, {
        'ups1': f'driver = shut\n port = "127.0.0.1:{port}"\n poll = 60  max-age = 180',
        'ups2': f'driver = shut\n port = "{ups.path}"\n poll = 0.5  max-age = 6'})
    busbard.wait_fresh()
    results.check(value(busbard, 'ups.status') == 'OL CHRG' and value(busbard, 'battery.charge') == '87' and
                  value(busbard, 'ups.model') == 'UPS 700', 'the UPS is read')
    results.check(value(busbard, 'battery.runtime', 'ups2') == '600', 'on a serial port too')
    ups.notify(b'\x01\x04')
    for device in ('ups1', 'ups2'):
        harness.wait_for(lambda device=device: value(busbard, 'ups.status', device) == 'OB DISCHRG', 20, 'on battery')
    results.check(True, 'what it notifies shows without a poll')
    ups.notify(b'\x01\x03')
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'OL CHRG', 20, 'mains is back')

    status, _, error = world.run('busbarctl', '-s', busbard.control, 'run', 'ups1', 'load.off.delay', '20', timeout=60)
    results.check(status == 0 and ups.written[-1:] == [b'\x03\x14\x00'], 'a command is written', f'{error} {ups.written}')

    ups.bad_sums = 3
    ups.features[1] = b'\x01\x04'
    harness.wait_for(lambda: value(busbard, 'ups.status', 'ups2') == 'OB DISCHRG', 30, 'spoilt frames come again')
    results.check(True, 'spoilt frames come again')
    busbard.program.stop()
    ups.close()


def nut_agrees(world, results):
    path = os.path.join(harness.SHARED, 'emulation/usb/devices/Eaton-3S700.ups')
    if harness.find('mge-shut') is None or harness.find('upsd') is None or not os.path.exists(path):
        results.skip('NUT\'s mge-shut finds the same', 'nut-server or the recording is not there')
        return
    port = harness.free_port()
    with open(path) as file:
        ups = shutups.ShutUps(port, file.read())
    # NUT 2.8.0 takes the low byte of its length for both, so that they must be the same: Push and Pop change nothing
    ups.report_descriptor += b'\xa4\xb4' * ((0x0404 - len(ups.report_descriptor)) // 2)
    busbard = harness.Busbard(world, {'ups1': f'driver = shut\n port = "127.0.0.1:{port}"'})
    nut = harness.Upsd(world, 'mge-shut', {'ups1': f'port = {ups.path}'})
    nut.wait_served()
    busbard.wait_fresh()
    harness.wait_for(lambda: value(busbard, 'ups.status') == 'OL CHRG', 30, 'it is polled')
    with nut.client() as client:
        theirs = {name: text for name, text in client.variables('ups1').items()
                  if not name.startswith(('driver.', 'device.')) and name not in OTHERWISE}
    with busbard.client() as client:
        ours = client.variables('ups1')
    differing = {name: (text, ours.get(name)) for name, text in theirs.items() if ours.get(name) != text.strip()}
    results.check(len(theirs) > 20 and not differing, f'NUT\'s mge-shut finds the same {len(theirs)} variables', differing)
    nut.stop()
    busbard.program.stop()
    ups.close()


harness.main(a_unit_lives, nut_agrees)
