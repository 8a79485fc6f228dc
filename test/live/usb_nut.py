#!/usr/bin/env python3
"""NUT's usbhid-ups on the same emulated devices, made of recorded ones, finds the same variables as the driver usbhid."""

import concurrent.futures
import os

import harness

harness.need('busbard', 'usb_stage', 'usbhid-ups', shared='emulation/usb/devices')

RECORDED = os.path.join(harness.SHARED, 'emulation/usb/devices')
# Those whose recording says whether there is mains: of the others NUT says OB, and we say nothing.
DEVICES = ('APC-BackUPS500', 'APC-BackUPSBX1600MI', 'APC-SmartUPS1000', 'CyberPower-CP1500PFCLCD', 'Eaton-3S700',
           'Legrand-UPS0032')
SILENT = 'Eaton-5E'                 # without any reports
ENV = {'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'}

# Where NUT says something else, or more, and why we do not.
OTHERWISE = {
    'CyberPower-CP1500PFCLCD': {'ups.delay.shutdown': 'as the UPS rounds it', 'ups.delay.start': 'likewise'},
    'Eaton-3S700': {'ups.model': 'made of two texts by NUT', 'ups.realpower': 'estimated by NUT',
                    'ups.status': 'NUT takes CHRG from another field'},
    'Legrand-UPS0032': {'ups.status': 'a battery that is full is not being charged'},
}


def staged(path):
    """The lines of a recorded device as usb_stage wants them."""
    texts, numbers, lines, descriptor = {}, {}, [], []
    with open(path) as file:
        for line in file:
            word, _, rest = line.strip().partition(' ')
            if word in ('imanufacturer', 'iproduct', 'iserial'):
                numbers[word] = int(rest)
            elif word == 'str':
                number, _, text = rest.partition(' ')
                texts[int(number)] = text
                lines.append(f'text {number} {text}')
            elif word == 'desc':
                descriptor.append(rest)
            elif word in ('vid', 'pid', 'feature'):
                lines.append(line.strip())
    lines.append('desc ' + ' '.join(descriptor))
    for word, number in (('maker', 'imanufacturer'), ('model', 'iproduct'), ('serial', 'iserial')):
        if numbers.get(number) in texts:
            lines.append(f'{word} {texts[numbers[number]]}')
    return '\n'.join([*lines, ''])


def their_variables(world, name, ups):
    """What its dump says after one update."""
    folder = world.path('nut-' + name)
    os.makedirs(folder)
    os.chmod(folder, 0o750)
    world.write(f'nut-{name}/ups.conf', '')
    env = {'NUT_CONFPATH': folder, 'NUT_STATEPATH': folder, 'NUT_ALTPIDPATH': folder, 'NUT_PIDPATH': folder, 'TMPDIR': world.folder}
    user = ['-u', 'root'] if os.getuid() == 0 else []
    _, told, _ = world.run('usb_stage', ups, world.path(name + '.nut'), '--', harness.find('usbhid-ups'), '-s', 't',
                           '-x', 'port=auto', '-d', '1', *user, env=env, timeout=120)
    return dict(line.split(': ', 1) for line in told.splitlines() if ': ' in line and '.' in line.split(': ', 1)[0])


def stage(world, name, ups):
    return harness.Busbard(world, {'ups1': 'driver = usbhid  port = auto'}, folder=name, env=ENV | {'TMPDIR': world.folder},
                           under=('usb_stage', ups, world.path(name + '.ours'), '--'))


def our_variables(world, name, ups):
    busbard = stage(world, name, ups)
    busbard.wait_fresh()
    with busbard.client() as client:
        found = client.variables('ups1')
    busbard.program.stop()
    return found


def nut_agrees(world, results):
    files = {name: world.write(name + '.ups', staged(os.path.join(RECORDED, name + '.ups')), 0o644) for name in DEVICES}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        told = {name: pool.submit(their_variables, world, name, ups) for name, ups in files.items()}
    for name, ups in files.items():
        theirs, ours = told[name].result(), our_variables(world, name, ups)
        compared = {key: text for key, text in theirs.items()
                    if not key.startswith(('driver.', 'device.')) and key not in OTHERWISE.get(name, {})}
        differing = {key: (text, ours.get(key)) for key, text in compared.items() if ours.get(key) != text}
        same_source = ('OL' in theirs.get('ups.status', '')) == ('OL' in ours['ups.status'])
        results.check(len(compared) > 10 and not differing and same_source,
                      f'{name}: NUT finds the same {len(compared)} variables', differing)


def what_is_not_said_is_not_shown(world, results):
    ups = world.write('silent.ups', staged(os.path.join(RECORDED, SILENT + '.ups')), 0o644)
    busbard = stage(world, 'silent', ups)
    harness.wait_for(lambda: 'it answers no report' in world.run('busbarctl', '-s', busbard.control, 'list')[1], 30,
                     'it is asked')
    results.check(not busbard.fresh('ups1'), 'a UPS that does not say whether it has mains is neither on it nor off it')
    busbard.program.stop()


harness.main(nut_agrees, what_is_not_said_is_not_shown)
