#!/usr/bin/env python3
"""The wires of a serial port, with pseudo terminals that have some (test/live/wires.c): nothing but the cable's profile
moves DTR and RTS, in no way that busbard can end."""

import fcntl
import os
import signal

from serialport import CTS, DCD, ENV, PRELOAD, Port

import harness

harness.need('busbard', 'busbarctl')
if not os.path.exists(PRELOAD):
    harness.skip('wires.so was not built')

CABLE = 'driver = contact  profile = apc-940-0020b'     # mains: CTS low; low battery: DCD; fed by RTS; shutdown: both


def start(world, port, more='', env=None, folder='busbard'):
    return harness.Busbard(world, {'ups1': f'{CABLE}  port = "{port.path}"  poll = 0.5  max-age = 4  {more}'},
                           folder=folder, env=ENV | {'WIRES_DIR': port.folder} | (env or {}))


def wait(busbard, wanted, what, seconds=30):
    def is_so():
        with busbard.client() as client:
            return client.value('ups1', 'ups.status') == wanted
    harness.wait_for(is_so, seconds, what)


OPENED = ['open DTR+RTS', 'set RTS']            # the kernel's doing, then the cable's


def what_the_wires_say(world, results):
    port = Port(world, 'usb-ACME_cable')
    busbard = start(world, port)
    wait(busbard, 'OL', 'mains is there')
    results.check(port.history() == OPENED, 'DTR and RTS are set in one step when the port opens', port.history())
    port.say(CTS)
    wait(busbard, 'OB', 'mains fails')
    port.say(CTS | DCD)
    wait(busbard, 'OB LB', 'the battery is low')
    port.say(0)
    wait(busbard, 'OL', 'mains is back')
    port.unplug()
    wait(busbard, 'ERR DATA-STALE', 'the adapter is unplugged')
    port.forget()
    port.plug()
    wait(busbard, 'OL', 'plugged in again, as another device of the same name')
    results.check(port.history() == OPENED, 'and once more when it is plugged in again', port.history())
    busbard.program.stop()


def nothing_else_moves_them(world, results):
    port = Port(world, 'usb-ACME_cable')
    busbard = start(world, port)
    wait(busbard, 'OL', 'mains is there')
    results.check(not port.last_close_drops(), 'the last close will drop nothing')
    port.forget()
    busbard.configure({'ups1': f'{CABLE}  port = "{port.path}"  poll = 0.5  max-age = 4  description = "below"'})
    busbard.program.signal(signal.SIGHUP)
    harness.wait_for(lambda: 'read again' in busbard.program.text(), 20, 'the reload is in the log')
    port.say(CTS)
    wait(busbard, 'OB', 'it goes on')
    port.say(0)
    wait(busbard, 'OL', 'it goes on')
    role = busbard.roles()['tty']
    results.check(port.history() == [] and port.outputs() == 'RTS', 'a reload moves no wire', port.history())
    os.kill(role, signal.SIGKILL)
    harness.wait_for(lambda: busbard.roles().get('tty', role) != role, 20, 'the role is started again')
    harness.wait_for(lambda: port.history() == OPENED, 20, 'it opens the port')
    results.check(not port.last_close_drops(), 'the death of the role moves no wire; its heir sets them as they were')
    wait(busbard, 'OL', 'the heir polls')
    port.forget()
    busbard.program.stop()
    results.check(port.history() == [] and port.outputs() == 'RTS' and not port.last_close_drops(),
                  'TERM moves no wire', port.history())
    busbard.start()
    wait(busbard, 'OL', 'it runs again')
    role = busbard.roles()['tty']
    port.forget()
    busbard.program.kill()
    harness.wait_for(lambda: not os.path.exists(f'/proc/{role}'), 20, 'its role follows the engine')
    results.check(port.history() == [] and port.outputs() == 'RTS' and not port.last_close_drops(),
                  'kill -9 moves no wire', port.history())


def the_shutdown_stays(world, results):
    port = Port(world, 'usb-ACME_cable')
    busbard = start(world, port)
    wait(busbard, 'OL', 'mains is there')
    port.forget()
    code, _, errors = world.run('busbarctl', '-s', busbard.control, 'run', 'ups1', 'shutdown.return')
    results.check(code == 0 and port.history() == ['set DTR+RTS'], 'a shutdown is one step', (errors, port.history()))
    busbard.program.stop()
    results.check(port.history() == ['set DTR+RTS'] and port.outputs() == 'DTR+RTS' and not port.last_close_drops(),
                  'and stays when busbard ends', port.history())


def by_libserialport(world, results):
    """As for a port of the system, which the library takes: it says once more what is so."""
    port = Port(world, 'usb-ACME_cable')
    busbard = start(world, port, env={'WIRES_LISTED': '1'})
    wait(busbard, 'OL', 'mains is there')
    history = port.history()
    results.check(history[0] == 'open DTR+RTS' and history[-1] == 'set RTS' and history.count('set RTS') == 1 and
                  set(history[1:-1]) <= {'raise RTS', 'raise DTR'} and len(history) > 2 and not port.last_close_drops(),
                  'libserialport moves no wire after ours', history)
    port.say(CTS)
    wait(busbard, 'OB', 'mains fails')
    busbard.program.stop()
    results.check(port.history() == history and not port.last_close_drops(), 'nor when it closes the port', port.history())


def the_port_is_held(world, results):
    port = Port(world, 'usb-ACME_cable')
    fcntl.flock(port.slave, fcntl.LOCK_EX)      # as a driver of NUT does
    busbard = start(world, port)
    holder = f'(process {os.getpid()}) holds it (flock); a NUT driver of that port must be stopped'
    harness.wait_for(lambda: holder in busbard.program.text(), 20, 'the log tells who has the port')
    results.check(port.history() == [], 'a port that another program has is not opened', port.history())
    fcntl.flock(port.slave, fcntl.LOCK_UN)
    wait(busbard, 'OL', 'it is let go')
    results.check(True, 'and taken once it is free')
    busbard.program.stop()


harness.main(what_the_wires_say, nothing_else_moves_them, the_shutdown_stays, by_libserialport, the_port_is_held)
