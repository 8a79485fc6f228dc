#!/usr/bin/env python3
"""The driver powerman against Debian's powermand, which speaks to a controller of ours with four plugs."""

import contextlib
import os
import sys

import harness

harness.need('busbard', 'busbarctl', 'powermand')

HERE = os.path.dirname(os.path.abspath(__file__))
DEV = '''specification "plugs" {
    timeout 10
    plug name { "1" "2" "3" "4" }
    script login { expect "plugs> " }
    script status_all {
        send "status\\n"
        foreachplug {
            expect "plug ([0-9]+): (on|off)\\r?\\n"
            setplugstate $1 $2 on="^on" off="^off"
        }
        expect "plugs> "
    }
    script on { send "on %s\\n"  expect "plugs> " }
    script off { send "off %s\\n"  expect "plugs> " }
    script cycle { send "cycle %s\\n"  expect "plugs> " }
}
'''


class Powermand:
    def __init__(self, world, nodes):
        self.world, self.port = world, harness.free_port()
        self.log = world.path('plugs.log')
        self.dev = world.write('plugs.dev', DEV, 0o644)
        self.start(nodes)

    def start(self, nodes):
        lines = [f'include "{self.dev}"', f'listen "127.0.0.1:{self.port}"',
                 f'device "d" "plugs" "{sys.executable} {HERE}/plugs.py {self.log} |&"']
        lines += [f'node "{node}" "d" "{plug}"' for node, plug in nodes.items()]
        config = self.world.write('powerman.conf', '\n'.join([*lines, '']), 0o644)
        self.program = self.world.start('powermand', 'powermand', '-f', '-c', config)

    def told(self):
        try:
            with open(self.log) as log:
                return log.read().split('\n')
        except FileNotFoundError:
            return []


def value(busbard, name):
    with busbard.client() as client:
        return client.value('racks', name)


def run(world, busbard, command):
    return world.run('busbarctl', '-s', busbard.control, 'run', 'racks', command, timeout=60)


def numbers(busbard):
    """{name of a node: number of its outlet}"""
    with busbard.client() as client, contextlib.suppress(ValueError):       # stale: none
        found = client.variables('racks')
        return {text: int(name.split('.')[1]) for name, text in found.items()
                if name.startswith('outlet.') and name.endswith('.name')}
    return {}


def powermand_is_a_source(world, results):
    powermand = Powermand(world, {'node7': '1', 'node9': '2', 'db1-a': '3'})
    busbard = harness.Busbard(world, {'racks': f'driver = powerman\n port = "127.0.0.1:{powermand.port}"\n'
                                               ' poll = 0.2\n max-age = 2'})
    harness.wait_for(lambda: value(busbard, 'outlet.3.status') == 'on', 30, 'the plugs are outlets')
    first = numbers(busbard)
    results.check(sorted(first) == ['db1-a', 'node7', 'node9'] and sorted(first.values()) == [1, 2, 3],
                  'each plug is an outlet with its name', first)
    node9, db1 = first['node9'], first['db1-a']

    status, _, error = run(world, busbard, f'outlet.{node9}.load.off')
    results.check(status == 0 and 'off 2' in powermand.told(), 'powermand switches the plug of the name', error)
    harness.wait_for(lambda: value(busbard, f'outlet.{node9}.status') == 'off', 10, 'the state is read back')
    results.check(value(busbard, f'outlet.{db1}.status') == 'on', 'and no other')
    status, _, error = run(world, busbard, f'outlet.{node9}.load.on')
    results.check(status == 0 and value(busbard, f'outlet.{node9}.status') == 'on', 'and on again', error)
    status, _, error = run(world, busbard, f'outlet.{db1}.load.cycle')
    results.check(status == 0 and 'cycle 3' in powermand.told(), 'a plug is cycled', error)

    powermand.program.stop()
    harness.wait_for(lambda: value(busbard, f'outlet.{db1}.status') == 'ERR DATA-STALE', 20, 'without powermand it is stale')
    powermand.start({'a-new': '4', 'db1-a': '3', 'node7': '1'})
    harness.wait_for(lambda: 'a-new' in numbers(busbard), 60, 'powermand is found again, with another node')
    second = numbers(busbard)
    results.check(second == {'a-new': 4, 'db1-a': db1, 'node7': first['node7']},
                  'a node more in front moves no number', second)
    busbard.program.stop()
    busbard.start()
    harness.wait_for(lambda: numbers(busbard), 30, 'busbard is back')
    results.check(numbers(busbard) == second, 'numbers are kept over a restart', numbers(busbard))
    powermand.program.stop()


harness.main(powermand_is_a_source)
