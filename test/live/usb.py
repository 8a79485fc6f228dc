#!/usr/bin/env python3
"""The driver usbhid behind libusb, on emulated devices: found, plugged in late, mains failing, unplugged in the middle of a
transfer, two alike, stalls, reports of wrong length, flapping, the death of the role that runs it."""

import os

import harness

harness.need('busbard', 'usb_stage')

# The device of test/unit/test_usbhid.c: bits in report 1, charge and runtime in 2, delays in 3 and 4, chemistry in 5,
# beeper and low charge in 6.
DESCRIPTOR = """
    05 84 09 04 a1 01 09 24 a1 02 09 02 a1 02 85 01 15 00 25 01 75 01 95 05 05 85 09 d0 09 44 09 45 09 42 09 4b 81 02
    09 d0 09 44 09 45 09 42 09 4b b1 02 95 03 81 01 b1 01 c0 85 02 75 08 95 01 25 64 09 66 81 02 09 66 b1 02 75 10 26 ff
    7f 66 01 10 09 68 81 02 09 68 b1 02 05 84 85 03 15 ff 09 57 b1 02 85 04 09 56 b1 02 65 00 15 00 05 85 85 05 75 08 26
    ff 00 09 89 b1 02 85 06 05 84 09 5a b1 02 05 85 09 29 b1 02 c0 c0"""
ONLINE, ON_BATTERY, LOW = '01', '04', '0c'
# umockdev's preload comes before what the sanitizers want to be first
ENV = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'}
PUSH_POLL = 'poll = 30  max-age = 60'        # what changes sooner was pushed


class Stage:
    def __init__(self, world, ups, devices, folder, serials=(None,), absent=(), vid='1209', pid='0001', program=None, more=None):
        files = []
        for n, serial in enumerate(serials):
            lines = [f'vid {vid}', f'pid {pid}', 'maker ACME', 'model UPS 700', 'text 4 PbAc',
                     'desc ' + ' '.join(DESCRIPTOR.split()), 'feature 01 01 ' + ONLINE, 'feature 02 02 57 58 02',
                     'feature 03 03 ff ff', 'feature 04 04 ff ff', 'feature 05 05 04', 'feature 06 06 02 14']
            lines += [f'serial {serial}'] if serial else []
            lines += ['absent'] if n in absent else []
            files.append(world.write(f'{folder}-{n}.ups', '\n'.join([*lines, ''])))
        self.fifo = world.path(folder + '.fifo')
        if program is not None:
            env = ENV | {'TMPDIR': world.folder, 'BUSBAR_DATADIR': os.path.join(harness.SRCDIR, 'drivers')}
            env |= more or {}
            self.busbard = world.start(folder, 'usb_stage', ','.join(files), self.fifo, '--',
                                       harness.find(program[0]), *program[1:], env=env)
            return
        self.busbard = harness.Busbard(world, devices, folder=folder, env=ENV | {'TMPDIR': world.folder},
                                       under=('usb_stage', ','.join(files), self.fifo, '--'))
        self.ups = ups
        harness.wait_for(lambda: os.path.exists(self.fifo), 30, 'the stage is set')

    def tell(self, *lines):
        fifo = os.open(self.fifo, os.O_WRONLY | os.O_NONBLOCK)      # fails at once when the stage has gone
        os.write(fifo, '\n'.join([*lines, '']).encode())
        os.close(fifo)

    def value(self, name='ups.status', ups=None):
        with self.busbard.client() as client:
            return client.value(ups or self.ups, name)

    def wait(self, wanted, what, name='ups.status', ups=None, seconds=30):
        harness.wait_for(lambda: self.value(name, ups) == wanted, seconds, what)

    def log(self):
        return self.busbard.program.text()

    def stop(self):
        self.busbard.program.stop()


def a_life(world, results):
    stage = Stage(world, 'ups1', {'ups1': f'driver = usbhid  port = "vendor=1209 product=0001"  {PUSH_POLL}'}, 'life',
                  absent=(0,))
    stage.wait('ERR DRIVER-NOT-CONNECTED', 'without the device there is no state')
    harness.wait_for(lambda: 'no such device is plugged in' in stage.log(), 10, 'the log says what is missing')
    stage.tell('plug')
    stage.wait('OL', 'plugged in late')
    found = {name: stage.value(name) for name in ('battery.charge', 'battery.runtime', 'battery.type', 'ups.model')}
    results.check(found == {'battery.charge': '87', 'battery.runtime': '600', 'battery.type': 'PbAc',
                            'ups.model': 'UPS 700'}, 'what it has is there once it is plugged in', found)
    stage.tell(f'input 01 {ON_BATTERY}')
    stage.wait('OB DISCHRG', 'mains fails', seconds=10)
    stage.tell(f'input 01 {LOW}', 'input 02 09 3c 00')
    stage.wait('OB DISCHRG LB', 'the battery is low', seconds=10)
    results.check(stage.value('battery.charge') == '9', 'what it says by itself shows before the next poll')
    stage.tell('input 01', 'input ' + '01 01 ' * 40, 'input 4d 00', 'input')
    stage.tell(f'input 01 {ONLINE}')
    stage.wait('OL', 'mains is back')
    results.check(True, 'reports of wrong length and unknown number do not matter')
    stage.stop()


def unplugged(world, results):
    stage = Stage(world, 'ups1', {'ups1': 'driver = usbhid  port = "vendor=1209"  poll = 0.5  max-age = 5'}, 'unplug')
    stage.wait('OL', 'it is there')
    stage.tell('hang on')                       # so that a transfer is under way
    harness.time.sleep(0.6)
    stage.tell('unplug')
    stage.wait('ERR DATA-STALE', 'nothing is known of it')
    stage.tell(f'feature 01 01 {ON_BATTERY}', 'hang off', 'plug')
    stage.wait('OB DISCHRG', 'plugged in again, and read anew')
    stage.tell('stall 01 on', f'feature 01 01 {ONLINE}')
    harness.time.sleep(1)
    results.check(stage.value() == 'OB DISCHRG', 'a report that it refuses for a moment changes nothing')
    stage.tell('stall 01 off')
    stage.wait('OL', 'it answers again')
    results.check(True, 'unplugged in the middle of a transfer, plugged in again; refused and answered again')
    stage.tell('unplug', 'claimed on', 'plug')
    harness.wait_for(lambda: 'another program uses it' in stage.log(), 20, 'the log tells of another program')
    stage.tell('claimed off')
    stage.wait('OL', 'the other program has gone')
    results.check(True, 'a device that another program has is waited for')
    stage.stop()


def two_alike(world, results):
    stage = Stage(world, 'left', {'left': f'driver = usbhid  port = "path=1-1"  {PUSH_POLL}',
                                  'right': f'driver = usbhid  port = "path=1-2"  {PUSH_POLL}',
                                  'third': f'driver = usbhid  port = "serial=none"  {PUSH_POLL}'}, 'two', (None, None))
    stage.wait('OL', 'the first')
    stage.wait('OL', 'the second', ups='right')
    stage.tell('dev 1', f'input 01 {ON_BATTERY}')
    stage.wait('OB DISCHRG', 'mains fails at the second', ups='right')
    results.check(stage.value() == 'OL' and stage.value(ups='third').startswith('ERR'),
                  'two alike are told apart by where they are plugged in')
    stage.stop()


def flapping(world, results):
    section = 'driver = usbhid  poll = 0.5  max-age ='
    stage = Stage(world, 'ups1', {'ups1': f'{section} 4  port = "path=1-1"', 'other': f'{section} 15  port = "path=1-2"'},
                  'flap', (None, None))
    stage.wait('OL', 'it is there')
    stage.wait('OL', 'its neighbour is there', ups='other')
    seen, beside = set(), set()
    began, last = harness.time.monotonic(), 60 if harness.LONG else 5
    open_before = descriptors(stage)
    while (now := harness.time.monotonic() - began) < last or '64' not in beside and now < 60:
        stage.tell('unplug')
        harness.time.sleep(0.05)
        stage.tell('plug', *(('dev 1', 'feature 02 02 40 58 02', 'dev 0') if now > 1 else ()))
        harness.time.sleep(0.05)
        seen.add(stage.value())
        beside |= {stage.value(ups='other'), stage.value('battery.charge', ups='other')}
    results.check(not any('OB' in status for status in seen), 'a device that flaps is never on battery', seen)
    results.check(beside == {'OL', '87', '64'}, 'and its neighbour is polled as ever', beside)
    stage.wait('OL', 'it stays', seconds=60)
    lines = len([line for line in stage.log().split('\n') if 'ups1:' in line])
    results.check(lines < 40, f'it costs {lines} lines of the log', stage.log())
    open_now = descriptors(stage)
    results.check(open_now <= open_before + 2, 'and leaks no descriptors', (open_before, open_now))
    stage.stop()


def its_role_dies(world, results):
    """What the library does to its process, the engine and its clients do not notice."""
    stage = Stage(world, 'ups1', {'ups1': 'driver = usbhid  port = "vendor=1209"  poll = 0.5  max-age = 8'}, 'role')
    stage.wait('OL', 'it is there')
    daemon = next(iter(harness.children(stage.busbard.program.pid)))
    for _ in range(2):
        before = harness.roles(daemon)
        os.kill(before['usb'], harness.signal.SIGKILL)
        harness.wait_for(lambda before=before: harness.roles(daemon).get('usb', before['usb']) != before['usb'], 20,
                         'the role is started again')
        results.check(stage.value() == 'OL', 'a device whose role was killed is fresh until its max-age')
        stage.tell(f'input 01 {ON_BATTERY}', f'feature 01 01 {ON_BATTERY}')
        stage.wait('OB DISCHRG', 'the new role has it')
        stage.tell(f'input 01 {ONLINE}', f'feature 01 01 {ONLINE}')
        stage.wait('OL', 'the new role has it')
        results.check({**harness.roles(daemon), 'usb': 0} == {**before, 'usb': 0}, 'and the others did not notice')
    os.kill(harness.roles(daemon)['usb'], harness.signal.SIGSTOP)
    stage.wait('ERR DATA-STALE', 'a device whose role hangs is stale in time', seconds=60)
    os.kill(harness.roles(daemon)['usb'], harness.signal.SIGCONT)
    stage.wait('OL', 'it goes on')
    results.check(True, 'a device whose role hangs is stale in time, and fresh when it goes on')
    stage.stop()


def a_scan(world, results):
    """busbarctl as the program on the stage: what is plugged in, and which of it a profile lists."""
    conf = world.write('configured.conf', 'device mine { driver = usbhid  port = "vendor=051d serial=S3" }\n')
    stage = Stage(world, 'ups1', {}, 'scan', serials=('S1', None, 'S3'), vid='051d', pid='0002',
                  program=('busbarctl', 'scan', 'usb'), more={'BUSBAR_CONF': conf})
    stage.busbard.process.wait(60)
    said = stage.busbard.text()
    results.check('1-3 (051d:0002): device mine of the configuration has it' in said and 'serial=S3' not in said,
                  'scan usb leaves alone what is configured', said)
    results.check('port = "vendor=051d product=0002 serial=S1"' in said and 'driver = usbhid' in said and
                  'port = "vendor=051d product=0002 path=1-2"' in said and '# usb-1-1: ups, ACME UPS 700 S1' in said,
                  'scan usb finds what is plugged in, by serial number or place', said)


def a_recording(world, results):
    """What busbarctl records of a device makes it again, without its serial number."""
    file = world.path('ups.recording')
    section = 'driver = usbhid  poll = 0.3  poll-full = 1  port'
    conf = world.write('recorded.conf', f'device ups1 {{ {section} = "vendor=1209" }}\n')
    stage = Stage(world, 'ups1', {}, 'record', serials=('S4711',), program=('busbarctl', 'record', 'ups1', file, '--for', '3'),
                  more={'BUSBAR_CONF': conf})
    stage.busbard.process.wait(60)
    with open(file) as recording:
        text = recording.read()
    results.check('descriptor 05840904' in text and 'feature 01 = 01' in text and '# ups.status: OL' in text,
                  'descriptor, reports and what they were taken for', text)
    results.check('S4711' not in text and b'S4711'.hex() not in text and '"X1111"' in text, 'serial numbers are masked', text)
    busbard = harness.Busbard(world, {'ups1': f'{section} = "replay:{file}"'}, folder='replay')
    busbard.wait_fresh()
    with busbard.client() as client:
        found = client.variables('ups1')
    wanted = {'ups.status': 'OL', 'battery.charge': '87', 'battery.runtime': '600', 'battery.type': 'PbAc',
              'ups.serial': 'X1111', 'ups.model': 'UPS 700', 'ups.mfr': 'ACME'}
    results.check(wanted.items() <= found.items(), 'replayed, it is the same device', found)
    busbard.program.stop()


def a_late_shutdown(world, results):
    """busbard -k: what it writes is with the device when it ends."""
    conf = world.write('late.conf', 'device ups1 { driver = usbhid  port = "vendor=1209" }\n')
    stage = Stage(world, 'ups1', {}, 'late', program=('busbard', '-k', '-c', conf))
    stage.busbard.process.wait(60)
    said = stage.busbard.text()
    results.check('ups1: shutdown.return: done' in said and 'set 0 3 03 14 00' in said, 'busbard -k reaches a UPS on USB', said)


def descriptors(stage):
    """Of the engine and of the role that has the device."""
    daemon = next(iter(harness.children(stage.busbard.program.pid)))
    return sum(len(os.listdir(f'/proc/{pid}/fd')) for pid in (daemon, harness.roles(daemon)['usb']))


harness.main(a_life, unplugged, two_alike, flapping, its_role_dies, a_scan, a_recording, a_late_shutdown)
