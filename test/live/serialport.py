"""Serial ports of pseudo terminals that have wires (test/live/wires.c), and the device on each."""

import contextlib
import mmap
import os
import pty
import struct
import termios

import harness

DTR, RTS, CTS, DCD = termios.TIOCM_DTR, termios.TIOCM_RTS, termios.TIOCM_CTS, termios.TIOCM_CAR
NAMES = {0: 'low', DTR: 'DTR', RTS: 'RTS', DTR | RTS: 'DTR+RTS'}
PRELOAD = os.path.join(harness.BUILDDIR, 'wires.so')
# libasan wants to be first, and is not
ENV = {'LD_PRELOAD': PRELOAD, 'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'}


class Port:
    """A device on a port: sees what is done to its wires, and moves its own."""

    def __init__(self, world, name):
        self.world, self.path = world, world.path('by-id', name)
        self.folder = os.path.dirname(world.path('wires', 'log'))
        self.plug()

    def plug(self):
        self.master, self.slave = pty.openpty()         # ours too: a port has its settings also while nobody uses it
        device = os.ttyname(self.slave)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        os.symlink(device, self.path)
        file = os.open(os.path.join(self.folder, device.rsplit('/', 1)[1]), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.ftruncate(file, 8)
        self.wires = mmap.mmap(file, 8)
        os.close(file)
        attributes = termios.tcgetattr(self.slave)
        attributes[2] |= termios.HUPCL          # as the kernel begins
        termios.tcsetattr(self.slave, termios.TCSANOW, attributes)

    def unplug(self):
        os.unlink(self.path)
        os.close(self.master)
        os.close(self.slave)

    def outputs(self):
        return NAMES[struct.unpack('i', self.wires[:4])[0]]

    def say(self, wires):
        self.wires[4:] = struct.pack('i', wires)

    def last_close_drops(self):
        return bool(termios.tcgetattr(self.slave)[2] & termios.HUPCL)

    def history(self):
        """What was done to the wires, in order: 'open DTR+RTS', 'set RTS' ..."""
        path = os.path.join(self.folder, 'log')
        if not os.path.exists(path):
            return []
        with open(path) as file:
            found = [line.split() for line in file]
        return [f'{what} {NAMES.get(int(value), value)}' for _, what, value in found]

    def forget(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, 'log'))
