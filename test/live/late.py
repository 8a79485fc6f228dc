#!/usr/bin/env python3
"""The last act of a halting host: busbard -k, and the hook of systemd that runs it when upsmon says so, on a root that
can no longer be written, with no busbard running."""

import os
import subprocess

import qx
import serialport

import harness

UPSMON = '/lib/nut/upsmon'      # /sbin/upsmon is a wrapper that reads nut.conf

harness.need('busbard', 'busbarctl', UPSMON)

CUT = 'S.5R0003'                # Megatec: off in 30 s, on again with the mains, 3 minutes later at the earliest
DATA = {'BUSBAR_DATADIR': os.path.join(harness.SRCDIR, 'drivers')}


class Told(qx.Device):
    """Also knows in which order several were told."""

    order = []

    def answer(self, fd, line):
        super().answer(fd, line)
        if line == CUT.encode():
            self.order.append(self)


def section(device, more=''):
    return f'driver = megatec  profile = megatec  port = "{device.open()}"  {more}'


def configure(world, devices, name='late.conf'):
    return world.write(name, '\n'.join(f'device {key} {{ {text} }}' for key, text in devices.items()) + '\n')


def cut(world, config, *names, env=None):
    return world.run('busbard', '-k', '-c', config, *names, env=DATA | (env or {}), timeout=60)


def which_are_told(world, results):
    first, second, third, never = (Told(qx.MEGATEC) for _ in range(4))
    world.write('pdu.dev', 'device.type: pdu\noutlet.count: 1\nups.status: OL\n')
    world.write('other.dev', 'ups.status: OL\n')
    config = configure(world, {
        'third': section(third, 'shutdown-order = 7'), 'never': section(never, 'shutdown-order = -1'),
        'second': section(second, 'shutdown-order = 2  shutdown = {"no.such", "shutdown.return"}'),
        'first': section(first), 'odd': f'driver = sim  port = "{world.path("other.dev")}"  shutdown = {{"no.such"}}  '
                                        'shutdown-order = 9', 'pdu1': f'driver = sim  port = "{world.path("pdu.dev")}"',
        'site': 'driver = nut  port = "127.0.0.1:1"'})
    code, out, error = cut(world, config)
    results.check(code == 1 and 'first: shutdown.return: done' in out and error.startswith('busbard: odd: not told: '),
                  'every UPS is told, and one that was not is', (code, out, error))
    results.check(Told.order == [first, second, third], 'in the order of the configuration', Told.order)
    results.check(not any('S' in text for text in never.told) and 'pdu1: left alone: no UPS' in out and 'site' not in out,
                  'but for one that forbids it, what is no UPS, and those of another daemon', out)

    code, out, error = cut(world, config, 'second')
    results.check(code == 0 and Told.order == [first, second, third, second], 'one that is named, alone', out + error)
    code, out, error = cut(world, config, 'never')
    results.check(code == 1 and 'never to be shut down' in error and 'Q1' not in never.told, 'never is never', error)
    twins = configure(world, {name: 'driver = usbhid  port = auto' for name in ('left', 'right')}, 'twins.conf')
    code, out, error = cut(world, twins, 'left')
    results.check(code == 1 and 'left: not told: its port is that of right too' in error,
                  'nor one that may turn out to be another', error)
    code, out, error = cut(world, config, 'fisrt')
    results.check(code == 1 and 'no device fisrt is configured' in error, 'a name that is not there', error)
    code, out, error = cut(world, config, 'odd')
    results.check(code == 1 and 'it has none of the commands' in error, 'what cannot do it says so', (code, out, error))


def a_cable(world, results):
    """Contact closure: the level stays when the process has ended."""
    if not os.path.exists(serialport.PRELOAD):
        results.skip('a cable', 'wires.so was not built')
        return
    port = serialport.Port(world, 'usb-ACME_cable')
    config = configure(world, {'ups1': f'driver = contact  profile = apc-940-0020b  port = "{port.path}"'})
    code, out, error = cut(world, config, env=serialport.ENV | {'WIRES_DIR': port.folder})
    results.check(code == 0 and port.outputs() == 'DTR+RTS' and not port.last_close_drops() and
                  port.history() == ['open DTR+RTS', 'set RTS', 'set DTR+RTS'],
                  'a cable keeps the level of the shutdown', (out + error, port.history()))


def one_that_is_silent(world, results):
    ups, silent = Told(qx.MEGATEC), Told(qx.MEGATEC)
    silent.silent = True
    config = configure(world, {'ups1': section(ups), 'ups2': section(silent)})
    if not harness.LONG:
        results.skip('a silent UPS', 'takes 20 s')
        return
    code, out, error = cut(world, config)
    results.check(code == 1 and 'ups1: shutdown.return: done' in out and 'ups2: not told' in error and
                  CUT in ups.told, 'one that is silent keeps no other waiting', out + error)


def can_separate():
    return subprocess.run(['unshare', '-rm', 'sh', '-c', 'mount -o remount,bind,ro / && ! touch /busbar-was-here'],
                          capture_output=True, check=False).returncode == 0


def the_hook(world, results):
    """upsmon as primary, a power failure to its end, the hook."""
    if not can_separate():
        results.skip('the hook', 'no namespace of its own')
        return
    ups = Told(qx.MEGATEC)
    busbard = harness.Busbard(world, {'ups1': section(ups, 'poll = 0.3  max-age = 5')},
                              lines='user boss { password = top  upsmon = primary }')
    busbard.wait_fresh()
    down, flag = world.path('nut', 'down'), world.path('nut', 'killpower')
    world.write('nut/upsmon.conf', f'MONITOR ups1@127.0.0.1:{busbard.port} 1 boss top primary\nMINSUPPLIES 1\n'
                f'SHUTDOWNCMD "touch {down}"\nPOWERDOWNFLAG {flag}\nPOLLFREQ 1\nPOLLFREQALERT 1\nHOSTSYNC 1\n'
                'DEADTIME 15\nFINALDELAY 0\nRUN_AS_USER root\n', 0o640)
    world.write('nut/nut.conf', 'MODE=netserver\nPOWEROFF_WAIT=0.1\n', 0o640)
    os.chmod(world.path('nut'), 0o750)
    env = {'NUT_CONFPATH': world.path('nut'), 'UPSMON': UPSMON, 'BUSBARD': harness.find('busbard'),
           'BUSBAR_CONF': busbard.config, 'REBOOT': 'echo starts anew', **DATA}
    hook = os.path.join(harness.BUILDDIR, 'conf', 'busbar-shutdown')

    def run_hook():
        return world.run('unshare', '-rm', 'sh', '-c', f'mount -o remount,bind,ro / && exec {hook} poweroff', env=env)

    code, out, error = run_hook()
    results.check(code == 0 and CUT not in ups.told and 'anew' not in out, 'without a power failure the hook does nothing',
                  out + error)
    upsmon = world.start('upsmon', 'unshare', '-rm', 'sh', '-c',
                         f'mount -t tmpfs none /run/nut && exec {UPSMON} -D -p -u root', env=env)
    with busbard.client() as client:
        harness.wait_for(lambda: client.ask('GET NUMLOGINS ups1') == 'NUMLOGINS ups1 1', 20, 'upsmon logs in')
    ups.replies['Q1'] = '(000.0 000.0 226.0 014 49.0 21.5 30.0 11001001'
    harness.wait_for(lambda: os.path.exists(down), 60, 'upsmon ends the host')
    upsmon.stop()
    busbard.program.stop()
    results.check(CUT not in ups.told, 'until then nobody cuts power')
    code, out, error = run_hook()
    results.check(code == 0 and CUT in ups.told and 'ups1: shutdown.return: done' in out,
                  'busbard -k on a root that is read only, no busbard there: the UPS has its command', out + error)
    results.check(out.endswith('starts anew\n'), 'and when the mains came back meanwhile, the host starts anew', out)


harness.main(which_are_told, a_cable, one_that_is_silent, the_hook)
