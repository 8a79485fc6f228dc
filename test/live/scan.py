#!/usr/bin/env python3
"""busbarctl scan: what it finds, that its sections are right as they are, and what it says of nonsense."""

import os
import socket
import subprocess

import qx

import harness
from harness import Busbard, SRCDIR, free_port, main, need

DEMO = os.path.join(SRCDIR, 'conf/demo')
ENV = {'BUSBAR_DATADIR': os.path.join(SRCDIR, 'drivers')}

need('busbard', 'snmpagent')


def scan(world, *argv, env=None):
    return world.run('busbarctl', 'scan', *argv, env=ENV | (env or {}), timeout=60)


def serves(world, sections, name):
    """Whether a busbard on exactly these sections has the device."""
    busbard = Busbard(world, {}, lines=sections, folder='found')
    busbard.wait_fresh([name])
    with busbard.client() as client:
        status = client.value(name, 'ups.status')
    busbard.program.stop()
    return status


def snmp(world, results):
    agent = subprocess.Popen([harness.find('snmpagent'), '1', os.path.join(SRCDIR, 'test/bench/ups.objects')],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = agent.stdout.readline().split()[1]
    secret = world.write('community', 'public\n', 0o600)
    status, out, error = scan(world, 'snmp', '127.0.0.1', f'port={port}', f'community=@{secret}')
    results.check(status == 0, 'snmp: exit 0', error)
    results.check(out.count('device ') == 1 and '# snmp-127-0-0-1: ups, Example Power' in out, 'the agent is found, alone', out)
    results.check(f'community=@{secret}' in out and 'community=public' not in out, 'a secret stays in its file', out)
    results.check(serves(world, out, 'snmp-127-0-0-1') == 'OL', 'the section is right as it is', out)
    agent.stdin.close()
    agent.wait()
    status, out, error = scan(world, 'snmp', '127.0.0.0/31', f'port={free_port(socket.SOCK_DGRAM)}')
    results.check((status, out) == (0, '') and 'nothing answers' in error, 'nothing is there', (status, out, error))


def nut(world, results):
    there = Busbard(world, {name: f'driver = sim  port = "{DEMO}/{name}.dev"' for name in ('rack1', 'desk1')})
    there.wait_fresh()
    status, out, error = scan(world, 'nut', f'127.0.0.1:{there.port}')
    results.check(status == 0 and out.count('device ') == 1, 'nut: one section for the server', (out, error))
    results.check('# site-rack1: ups, Example Power Rack 1500' in out and '# site-desk1: ' in out, 'its devices are told', out)
    status = serves(world, out, 'site-rack1')
    results.check(status == 'OL', 'the section is right as it is', (status, out))
    there.program.stop()
    for host, why in ((f'127.0.0.1:{there.port}', 'refused'), ('nowhere.invalid', 'nowhere.invalid:3493: ')):
        status, out, error = scan(world, 'nut', host)
        results.check((status, out) == (1, '') and why in error and error.count('\n') == 1,
                      f'{host}: not there, and why', (status, out, error))


def serial(world, results):
    ups, silent = qx.Device(qx.MEGATEC), qx.Device(qx.MEGATEC)
    port = ups.open()
    status, out, error = scan(world, 'serial', port)
    results.check((status, out) == (1, '') and '--yes' in error and not ups.told, 'serial: only with consent', error)
    status, out, error = scan(world, 'serial', port, '--yes')
    results.check(status == 0 and f'port = "{port}"' in out and 'driver = megatec' in out, 'what answers is found', out + error)
    orders = [told for told in ups.told if told[:1] in ('S', 'T', 'C')]
    results.check(not orders, 'by questions alone', ups.told)
    results.check(serves(world, out, out.split('device ')[1].split()[0]) == 'OL', 'the section is right as it is', out)
    silent.silent, other = True, silent.open()
    conf = world.write('configured.conf', f'device ups1 {{ driver = megatec  port = "{other}" }}\n')
    status, out, error = scan(world, 'serial', other, '--yes', env={'BUSBAR_CONF': conf})
    results.check(status == 1 and 'device ups1 of the configuration has it' in error and not silent.told,
                  'a port that is configured is left alone', (status, error))
    for wrong in ('/dev/null/x', 'COM1', world.path('x')):
        status, out, error = scan(world, 'serial', wrong, '--yes')
        results.check(status == 1 and 'no serial port' in error, f'{os.path.basename(wrong)}: refused', (status, error))


def nonsense(world, results):
    for argv, said in ((('snmp', '10.0.0.0/8'), 'more than 65536'), (('snmp', 'nowhere'), 'neither an address nor'),
                       (('snmp', '127.0.0.1', 'verson=1'), 'did you mean "version"'),
                       (('snmp', '127.0.0.0/29', 'version=9'), 'busbarctl: version=9: 1, 2c or 3 is wanted'),
                       (('snmp', '127.0.0.1', 'port=x'), 'port=x: a number'),
                       (('nut', '127.0.0.1:99999'), 'busbarctl: "127.0.0.1:99999" is no'),
                       (('snmp', '127.0.0.1', 'loud'), 'NAME=VALUE')):
        status, out, error = scan(world, *argv)
        results.check((status, out) == (1, '') and said in error and '/dev/' not in error and error.count('\n') <= 2,
                      f'{" ".join(argv)}: refused', (status, out, error))
    for argv in (('snmp',), ('bluetooth', 'x')):
        status, _, error = scan(world, *argv)
        results.check(status == 2 and 'usage' in error, f'{" ".join(argv)}: usage', (status, error))


main(snmp, nut, serial, nonsense)
