#!/usr/bin/env python3
"""The conformance program (test/conformance) at busbar behind Debian's snmpd, where all of it passes, and at
recordings of real cards, which fail where it is known that they do."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import harness
from harness import Busbard, LONG, SHARED, SRCDIR, Snmpd, main, need

PROGRAM = os.path.join(SRCDIR, 'test/conformance/ups_mib.py')
KNOWN = os.path.join(SRCDIR, 'test/conformance/known-failures.tsv')
DEMO = os.path.join(SRCDIR, 'conf/demo')
RECORDINGS = 'devices/snmp/open'
CARDS = ('ssd_ingrasys-power-switch', 'lnms_istars', 'ssd_huawei-gse200m')
CARDS_LONG = ('ssd_phoenixtec-power', 'synse_eaton-pxgms')
SETS = 'ssd_phoenixtec-power'
ALARMS = {'rack1': 0, 'hall1': 1, 'desk1': 2}
WRITER = ('createUser writer SHA-256 "writer-secret" AES "writer-privacy"', 'group writers3 usm writer',
          'access writers3 "" usm priv prefix all all none')


def python():
    """An interpreter that has pysnmp; None."""
    for path in (sys.executable, '/usr/bin/python3'):
        if subprocess.run([path, '-c', 'import pysnmp'], capture_output=True).returncode == 0:
            return path
    return None


def judge(results, what, status, out, error):
    """What fails and is not known to fail is this test's failure."""
    lines = out.splitlines()
    bad = [line for n, line in enumerate(lines) if any(
        re.match(r'not ok (?!.* # TODO )|Bail out', lines[k]) for k in range(max(0, n - 2), n + 1))]
    results.check(status == 0 and not bad and not error, f'{what}: {lines[-1][2:] if lines else "nothing"}', '\n'.join(bad) + error)
    return lines


def busbar_passes(world, results):
    names = ('rack1', 'hall1', 'desk1')
    snmpd = Snmpd(world, names, lines=WRITER)
    # a forced shutdown, which a shutdown is for NUT clients, would outlive its being cancelled, and so would its alarm
    busbard = Busbard(world, {name: f'driver = sim  port = "{DEMO}/{name}.dev"  fsd-before-shutdown = no  '
                              f'{"writable = {}" if name == "desk1" else ""}' for name in names}, snmpd,
                      agentx='writable = {names, test, config, control}  default = desk1')
    busbard.wait_fresh()
    busbard.wait_published()
    for name, alarms in ALARMS.items():     # what is there from the start is debounced
        harness.wait_for(lambda name=name, alarms=alarms: snmpd.manager(name).value(f'{harness.UPS_MIB}.1.6.1.0') == alarms, 30,
                         f'{name} has {alarms} alarms')
    agent = f'127.0.0.1:{snmpd.port}'
    patient = ('-t', '10')
    sets = ('--set', 'refused,names,test,config,control', '--closed')
    runs = (
        ('v2c and v1, all groups open', 'net-snmp,net-snmp-v1', '-c', 'c-rack1', '-w', 'w-rack1',
         '--level', 'full', *sets, *patient, agent),
        ('v2c and v1, on battery, nothing open', 'net-snmp,net-snmp-v1', '-c', 'c-desk1', '-w', 'w-desk1',
         '--set', 'refused', '--closed', *patient, agent),
        ('the default context', 'net-snmp,net-snmp-v1', '-c', 'public', *patient, agent),
        ('v3, by context', 'net-snmp', '-v', '3', '-u', 'writer', '-a', 'SHA-256', '-A', 'writer-secret', '-x', 'AES',
         '-X', 'writer-privacy', '-n', 'hall1', *sets, *patient, agent))
    at_once(world, results, runs)


def at_once(world, results, runs):
    """Runs them side by side, for they wait for the agent most of the time; the lines of each."""
    with ThreadPoolExecutor(len(runs)) as pool:
        ran = [pool.submit(world.run, python(), '-B', PROGRAM, '--known', KNOWN, '--name', name, *arguments, timeout=240)
               for _, name, *arguments in runs]
    return [judge(results, run[0], *one.result()) for run, one in zip(runs, ran)]


def cards_fail(world, results):
    if not os.path.exists(os.path.join(SHARED, RECORDINGS)):
        results.skip('recordings of real cards', f'{RECORDINGS} is not there')
        return
    port, _ = harness.snmpsim(world, os.path.join(SHARED, RECORDINGS))
    agent = f'127.0.0.1:{port}'
    harness.wait_for(lambda: harness.snmp.Manager(port, CARDS[0]).get('1.3.6.1.2.1.33.1.1.2.0'), 60, 'snmpsim answers')
    cards = CARDS + CARDS_LONG if LONG else CARDS
    runs = [(card, f'snmpsim,{card}', '-t', '20', '-c', card, '--parts', 'objects,order,v1', agent) for card in cards]
    runs.append(('SETs of a recording', 'snmpsim-sets', '-t', '20', '-c', SETS, '--parts', 'v1,sets', '--set', 'refused,names', agent))
    for run, lines in zip(runs, at_once(world, results, runs)):
        failed = sum(line.startswith('not ok') for line in lines)
        results.check(failed >= 5, f'{run[0]}: fails where it should', failed)


need('busbard', 'snmpd', 'snmpsimd')
if python() is None:
    harness.skip('python3-pysnmp4 is not installed')
main(busbar_passes, cards_fail)
