#!/usr/bin/env python3
"""busbarctl record: what it writes makes the same device again, and tells no serial number."""

import os

import qx

import harness

harness.need('busbard', 'busbarctl')
DATA = {'BUSBAR_DATADIR': os.path.join(harness.SRCDIR, 'drivers')}


def record(world, conf, *argv):
    return world.run('busbarctl', 'record', *argv, env=DATA | {'BUSBAR_CONF': conf}, timeout=60)


def variables(world, port, folder):
    busbard = harness.Busbard(world, {'ups1': f'driver = megatec  port = "{port}"  poll = 0.5  poll-full = 2'}, folder=folder)
    busbard.wait_fresh()
    with busbard.client() as client:
        found = client.variables('ups1')
    busbard.program.stop()
    return {name: value for name, value in found.items() if not name.startswith('driver.')}


def a_ups(world, results):
    ups = qx.Device(qx.VOLTRONIC, '(NAK')
    port, file = ups.open(), world.path('ups1.recording')
    conf = world.write('busbar.conf', f'device ups1 {{ driver = megatec  port = "{port}"  poll = 0.5  poll-full = 2\n'
                                      'attached = "db1"  fed-by = {"pdu1:1"} }\ndevice pdu1 { driver = sim  port = x }\n')
    status, out, error = record(world, conf, 'ups1', file, '--for', '5')
    results.check(status == 0 and os.path.exists(file), 'a device of the configuration is recorded', out + error)
    with open(file) as recording:
        text = recording.read()
    results.check('> "QGS\\r"' in text and '# ups.status: OL' in text, 'what was said, and what it was taken for', text)
    results.check('12345679012345' not in text and '(11111111111111' in text, 'serial numbers are masked', text)
    wanted, found = variables(world, port, 'live'), variables(world, 'replay:' + file, 'again')
    masked = {name: value if not name.endswith('.serial') else '1' * len(value) for name, value in wanted.items()}
    results.check(found == masked and len(found) > 20, f'replayed, its {len(found)} variables are the same', (found, masked))
    status, out, error = record(world, conf, 'ups1', file)
    results.check(status == 1 and 'File exists' in error, 'a file that is there is left alone', error)
    status, out, error = record(world, conf, 'ups2', world.path('none'))
    results.check(status == 1 and 'has no device ups2' in error, 'a device that is not there', error)
    status, out, error = record(world, conf, 'pdu1', world.path('none'), '--for', '1')
    results.check(status == 1 and 'cannot be recorded' in error and not os.path.exists(world.path('none')),
                  'a driver without a wire of bytes', error)
    status, out, error = record(world, conf, 'ups1', world.path('none'), '--for', 'ever')
    results.check(status == 1 and 'wants 1 to' in error, 'a time that is none', error)


harness.main(a_ups)
