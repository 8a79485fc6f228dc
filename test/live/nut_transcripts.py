#!/usr/bin/env python3
"""Clients that cannot be run here, by the dialogues that their sources make:
WinNUT, Telegraf (go.nut), Home Assistant (aionut), PeaNUT and HON95's exporter.
Each sends byte for byte what it sends, reads each reply by its own rule, and the reply is the
one that it can take: equal but for texts that are ours."""

import re
import socket
import sys

import harness
import nut_stage
from nut_stage import NAME, PASSWORD, USER

# what clients ask for that this device has not
LACKING = ('ups.firmware', 'ups.realpower.nominal', 'battery.capacity', 'input.current.nominal',
           'output.frequency.nominal')
TEXT = r'"(?:[^"\\\n]|\\["\\#])*"'      # any text, quoted as the protocol wants it
# WinNUT has an enumeration of the errors, and dies of any other
ERRORS = re.compile('ERR (ACCESS-DENIED|UNKNOWN-UPS|VAR-NOT-SUPPORTED|CMD-NOT-SUPPORTED|DATA-STALE|'
                    'DRIVER-NOT-CONNECTED|INVALID-ARGUMENT|UNKNOWN-COMMAND)')


class Player:
    """One connection of a client: its line end, and whether all was answered as it needs."""

    def __init__(self, port, end='\n'):
        self.socket, self.end, self.wrong = socket.create_connection(('127.0.0.1', port), 5), end, []
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.told = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def until(self, mark):
        """All up to that mark, which must be the end of what there is: clients read no further."""
        while mark not in self.told:
            if not (more := self.socket.recv(65536)):
                raise EOFError(f'the server closed the connection after {self.told!r}')
            self.told += more
        text, self.told = self.told.split(mark, 1)
        return (text + mark).decode()

    def play(self, request, pattern, mark='\n'):
        """Sends it; the reply, whole, is of that pattern."""
        self.socket.sendall((request + self.end).encode())
        reply = self.until(mark.encode())
        if reply.startswith('ERR ') and '\n' not in mark:
            raise ValueError(f'{request}: {reply}')
        if not re.fullmatch(pattern, reply) or self.told or reply.startswith('ERR') and not ERRORS.match(reply):
            self.wrong.append(f'{request!r} got {reply + self.told.decode()!r}, not {pattern!r}')
        return reply

    def list(self, what, lines):
        """A LIST whose lines are those patterns, in this order."""
        body = ''.join(line + '\n' for line in lines)
        return self.play('LIST ' + what, re.escape(f'BEGIN LIST {what}\n') + body + re.escape(f'END LIST {what}\n'),
                         f'END LIST {what}\n')

    def authenticate(self):
        self.play(f'USERNAME {USER}', 'OK\n')
        self.play(f'PASSWORD {PASSWORD}', 'OK\n')

    def logout(self):
        self.play('LOGOUT', 'OK Goodbye\n')
        if self.socket.recv(1) != b'':
            self.wrong.append('LOGOUT does not end the connection')


def variables(stage):
    return [re.escape(f'VAR {NAME} {name} {harness.quote(value)}') for name, value in sorted(stage.have.items())]


def variable(stage, name):
    if name not in stage.have:
        return 'ERR VAR-NOT-SUPPORTED\n'
    return re.escape(f'VAR {NAME} {name} {harness.quote(stage.have[name])}\n')


def winnut(stage):
    """Ends lines with CR CR LF, opens a second connection that it never uses, and takes the fifth word of VER
    when the first is Network."""
    with Player(stage.port), Player(stage.port, '\r\r\n') as player:
        player.play('VER', r'Network (\S+ ){3}\S*\d+\.\d+\.\d+ .*\n')
        player.play('NETVER', r'1\.\d\n')
        for name in (*sorted(stage.have), *LACKING):
            player.play(f'GET VAR {NAME} {name}', variable(stage, name))
        player.list(f'VAR {NAME}', variables(stage))
        for name in sorted(stage.have):
            player.play(f'GET DESC {NAME} {name}', rf'DESC {NAME} {re.escape(name)} {TEXT}\n')
        player.play('GET VAR nope ups.status', 'ERR UNKNOWN-UPS\n')
        player.logout()
        return player.wrong


def telegraf(stage):
    """go.nut learns everything of each device whenever it is asked anything."""
    with stage.busbard.client() as client:
        commands = [line.split()[2] for line in client.list(f'CMD {NAME}')]
    with Player(stage.port) as player:
        player.play('VER', '.+\n')
        player.play('NETVER', r'1\.\d\n')
        player.authenticate()
        player.list('UPS', [f'UPS {NAME} "Rack device"'])
        player.list(f'CLIENT {NAME}', [])
        player.list(f'CMD {NAME}', [re.escape(f'CMD {NAME} {command}') for command in commands])
        for command in commands:
            player.play(f'GET CMDDESC {NAME} {command}', rf'CMDDESC {NAME} {re.escape(command)} {TEXT}\n')
        player.play(f'GET UPSDESC {NAME}', f'UPSDESC {NAME} "Rack device"\n')
        player.play(f'GET NUMLOGINS {NAME}', f'NUMLOGINS {NAME} 0\n')
        player.list(f'VAR {NAME}', variables(stage))
        for name in sorted(stage.have):
            player.play(f'GET DESC {NAME} {name}', rf'DESC {NAME} {re.escape(name)} {TEXT}\n')
            # RW, then what it is; a text may have its length
            player.play(f'GET TYPE {NAME} {name}',
                        rf'TYPE {NAME} {re.escape(name)} (RW )?(NUMBER|STRING:\d+|ENUM|RANGE)( .+)?\n')
        player.logout()
        return player.wrong


def home_assistant(stage):
    """aionut: 5 s for each reply, ASCII alone, and a new connection when the old one is closed."""
    with Player(stage.port) as player:
        player.authenticate()
        texts = [player.list('UPS', [f'UPS {NAME} "Rack device"']), player.list(f'VAR {NAME}', variables(stage)),
                 player.list(f'CMD {NAME}', [rf'CMD {NAME} [a-z0-9.]+'] * len(stage.commands))]
        player.play(f'GET UPSDESC {NAME}', f'UPSDESC {NAME} "Rack device"\n')
        player.play(f'INSTCMD {NAME} test.battery.start.quick', 'OK\n')
        player.play(f'INSTCMD {NAME} beeper.enable', 'ERR CMD-NOT-SUPPORTED\n')
        player.wrong += [f'not ASCII: {text}' for text in texts if not text.isascii()]
        return player.wrong         # it closes without LOGOUT


def peanut(stage):
    """A device with all that is known of it; the type of each variable decides whether it is a number."""
    with Player(stage.port) as player:
        player.authenticate()
        player.list('UPS', [f'UPS {NAME} "Rack device"'])
        player.list(f'VAR {NAME}', variables(stage))
        for name in sorted(stage.have):
            kind = 'NUMBER' if name in ('ups.load', 'battery.voltage') else r'STRING:\d+' if 'serial' in name else '.+'
            player.play(f'GET TYPE {NAME} {name}', rf'TYPE {NAME} {re.escape(name)} {kind}\n')
        player.list(f'RW {NAME}', [re.escape(f'RW {NAME} {name} {harness.quote(stage.have[name])}')
                                   for name in stage.settable])
        player.play(f'GET UPSDESC {NAME}', f'UPSDESC {NAME} "Rack device"\n')
        player.list(f'CMD {NAME}', [rf'CMD {NAME} [a-z0-9.]+'] * len(stage.commands))
        player.list(f'CLIENT {NAME}', [])
        for name in stage.settable:
            for kind, texts in (('ENUM', TEXT), ('RANGE', r'"-?\d+" "-?\d+"')):
                what = f'{kind} {NAME} {name}'
                player.play('LIST ' + what, f'BEGIN LIST {re.escape(what)}\n({re.escape(what)} {texts}\n)*'
                            f'END LIST {re.escape(what)}\n', f'END LIST {what}\n')
            player.play(f'GET DESC {NAME} {name}', rf'DESC {NAME} {re.escape(name)} {TEXT}\n')
        # it quotes no value that it sets
        player.play(f'SET VAR {NAME} battery.charge.low 20', 'OK\n')
        player.play(f'GET VAR {NAME} ups.status', variable(stage, 'ups.status'))
        player.logout()
        return player.wrong


def exporter(stage):
    """HON95's: no scrape at all when VER is not as upsd's, and no escapes in values."""
    with Player(stage.port) as player:
        player.play('VER', '.*upsd .+ -.*\n')
        player.list('UPS', [f'UPS {NAME} "[^"]*"'])
        player.list(f'VAR {NAME}', variables(stage))
        return player.wrong


def transcript(name, client, end='\n'):
    def test(world, results):
        stage = nut_stage.Stage(world)
        with stage.busbard.client() as reader:
            stage.commands = [line.split()[2] for line in reader.list(f'CMD {NAME}')]
            stage.settable = [line.split()[2] for line in reader.list(f'RW {NAME}')]

        def play(what):
            wrong, took = nut_stage.timed(lambda: client(stage))
            results.check(wrong == [], f'{name}: {what}', '\n'.join(wrong))
            results.note(f'{name}: its whole dialogue takes {took * 1000:.1f} ms')
        play('every reply is one that it can take')
        with Player(stage.port, end) as player:
            with stage.stale():
                for request in (f'LIST VAR {NAME}', f'GET VAR {NAME} ups.status', f'GET VAR {NAME} ups.status'):
                    player.play(request, 'ERR DATA-STALE\n')
            player.play(f'GET VAR {NAME} ups.status', variable(stage, 'ups.status'))
            results.check(player.wrong == [], f'{name}: stale data, and good data on the same connection',
                          '\n'.join(player.wrong))
            stage.kill_nut()
            player.socket.settimeout(5)
            try:
                ended = player.socket.recv(1) == b''
            except ConnectionResetError:
                ended = True
            results.check(ended, f'{name}: the death of the server ends the connection')
        play('and all again on the next one')
    test.__name__ = name
    return test


if __name__ == '__main__':
    harness.need('busbard')
    clients = {'WinNUT': winnut, 'Telegraf': telegraf, 'Home Assistant': home_assistant, 'PeaNUT': peanut,
               'HON95 exporter': exporter}
    chosen = {name: clients[name] for name in sys.argv[1:]} or clients
    harness.main(*[transcript(name, client, '\r\r\n' if client is winnut else '\n') for name, client in chosen.items()])
