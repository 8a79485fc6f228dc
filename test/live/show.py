"""What ./try shows: one busbard, its devices in the MIB of snmpd and at NUT clients."""

import os
import signal
import socket
import sys
import time

import harness
from harness import BUILDDIR, SHARED, SRCDIR, Busbard, Snmpd, World, find, free_port, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')
RECORDED = {            # our name: the recording in shared/devices/snmp/open
    'recorded1': 'lnms_istars',
    'recorded2': 'synse_eaton-pxgms',
}

# A rack: two UPSes, a PDU on each, and machines with a power supply at both.
PDUS = {'pdu1': 'rack1', 'pdu2': 'hall1'}
LOADS = ('db1', 'db2', 'web1')
REDUNDANCY = '1.3.6.1.4.1.8072.9999.9999.3493.1.9.1.1.4'   # bbLoadRedundancy, under the enterprise OID of a plain build
OK, REDUCED = 1, 2
DEV_NAME = '1.3.6.1.4.1.8072.9999.9999.3493.1.2.1.1.2'     # bbDevName, likewise

MODULES = {'MIBS': 'UPS-MIB:BUSBAR-MIB',
           'MIBDIRS': ':'.join(os.path.join(*path) for path in ((SRCDIR, 'mibs'), (SRCDIR, 'mibs/base'), (BUILDDIR, 'mibs')))}

# The readable objects of RFC 1628, by the end of their OID.
NAMES = {
    '1.1': 'upsIdentManufacturer', '1.2': 'upsIdentModel', '1.3': 'upsIdentUPSSoftwareVersion',
    '1.4': 'upsIdentAgentSoftwareVersion', '1.5': 'upsIdentName', '1.6': 'upsIdentAttachedDevices',
    '2.1': 'upsBatteryStatus', '2.2': 'upsSecondsOnBattery', '2.3': 'upsEstimatedMinutesRemaining',
    '2.4': 'upsEstimatedChargeRemaining', '2.5': 'upsBatteryVoltage', '2.6': 'upsBatteryCurrent',
    '2.7': 'upsBatteryTemperature', '3.1': 'upsInputLineBads', '3.2': 'upsInputNumLines',
    '3.3.1.2': 'upsInputFrequency', '3.3.1.3': 'upsInputVoltage', '3.3.1.4': 'upsInputCurrent',
    '3.3.1.5': 'upsInputTruePower', '4.1': 'upsOutputSource', '4.2': 'upsOutputFrequency',
    '4.3': 'upsOutputNumLines', '4.4.1.2': 'upsOutputVoltage', '4.4.1.3': 'upsOutputCurrent',
    '4.4.1.4': 'upsOutputPower', '4.4.1.5': 'upsOutputPercentLoad', '5.1': 'upsBypassFrequency',
    '5.2': 'upsBypassNumLines', '5.3.1.2': 'upsBypassVoltage', '5.3.1.3': 'upsBypassCurrent',
    '5.3.1.4': 'upsBypassPower', '6.1': 'upsAlarmsPresent', '6.2.1.2': 'upsAlarmDescr',
    '6.2.1.3': 'upsAlarmTime', '7.1': 'upsTestId', '7.2': 'upsTestSpinLock', '7.3': 'upsTestResultsSummary',
    '7.4': 'upsTestResultsDetail', '7.5': 'upsTestStartTime', '7.6': 'upsTestElapsedTime',
    '8.1': 'upsShutdownType', '8.2': 'upsShutdownAfterDelay', '8.3': 'upsStartupAfterDelay',
    '8.4': 'upsRebootWithDuration', '8.5': 'upsAutoRestart', '9.1': 'upsConfigInputVoltage',
    '9.2': 'upsConfigInputFreq', '9.3': 'upsConfigOutputVoltage', '9.4': 'upsConfigOutputFreq',
    '9.5': 'upsConfigOutputVA', '9.6': 'upsConfigOutputPower', '9.7': 'upsConfigLowBattTime',
    '9.8': 'upsConfigAudibleStatus', '9.9': 'upsConfigLowVoltageTransferPoint',
    '9.10': 'upsConfigHighVoltageTransferPoint',
}

# What both faces say: the MIB's object, NUT's variable, and NUT's unit in the MIB's.
SAME = [('2.4.0', 'battery.charge', 1), ('2.5.0', 'battery.voltage', 10), ('2.3.0', 'battery.runtime', 1 / 60),
        ('3.3.1.3.1', 'input.voltage', 1), ('3.3.1.3.1', 'input.L1-N.voltage', 1), ('4.4.1.2.1', 'output.voltage', 1),
        ('4.4.1.2.1', 'output.L1-N.voltage', 1), ('4.4.1.5.1', 'ups.load', 1),
        ('4.4.1.5.1', 'output.L1.power.percent', 1)]


class Show:
    def __init__(self, world):
        self.world, self.failed = world, []
        for name in ('rack1', 'hall1', 'desk1', *PDUS):
            with open(os.path.join(DEMO, name + '.dev')) as file:
                world.write(name + '.dev', file.read())
        devices = {name: f'driver = sim  port = "{world.path(name + ".dev")}"' for name in ('rack1', 'hall1', 'desk1')}
        devices.update(self.recorded())
        self.upses = list(devices)
        self.receiver = self.snmptrapd()
        self.snmpd = Snmpd(world, devices, lines=[self.receiver[1], 'rwcommunity operator 127.0.0.1'])
        devices.update({pdu: f'driver = sim  port = "{world.path(pdu + ".dev")}"  fed-by = {{{ups}}}  '
                             'outlet 1 { critical = yes }  outlet 4 { cycle-off = 1 }'
                        for pdu, ups in PDUS.items()})
        self.busbard = Busbard(world, devices, self.snmpd, lines='\n'.join(
            f'load {name} {{ feeds = {{"pdu1:{n}", "pdu2:{n}"}} }}' for n, name in enumerate(LOADS, 1)),
                               agentx='writable = {control}')
        self.busbard.wait_fresh()
        self.busbard.wait_published(self.upses)

    def snmptrapd(self):
        """A receiver of notifications, and the line of snmpd.conf that sends them there."""
        port = free_port(socket.SOCK_DGRAM)
        self.world.write('snmptrapd.conf', 'disableAuthorization yes\nformat2 %v\\n\n')
        return self.world.start('snmptrapd', 'snmptrapd', '-f', '-C', '-c', self.world.path('snmptrapd.conf'), '-Lo', '-OQ',
                                f'udp:127.0.0.1:{port}', env=MODULES), f'trap2sink 127.0.0.1:{port}'

    def trap(self, name, *words):
        """Waits for one that says all of this, and prints it."""
        def found():
            return next((line for line in self.receiver[0].text().splitlines()
                         if f'::{name}\t' in line and all(word in line for word in words)), None)
        line = wait_for(found, 20, f'snmptrapd has {name} {" ".join(words)}')
        print(name, *[varbind.replace('BUSBAR-MIB::', '').replace('UPS-MIB::', '') for varbind in line.split('\t')[2:]],
              sep='\n    ', flush=True)
        self.right(True, f'snmptrapd has it: {name}')

    def recorded(self):
        folder = os.path.join(SHARED, 'devices/snmp/open')
        if not os.path.isdir(folder) or not find('snmpsimd'):
            return {}
        port, _ = harness.snmpsim(self.world, folder)
        return {name: f'driver = snmp  port = "udp:127.0.0.1:{port}"  '
                      f'options = {{"community={recording}", "version=2c", "timeout=5"}}'
                for name, recording in RECORDED.items()}

    def step(self, title):
        print(f'\n== {title}\n', flush=True)

    def right(self, right, text):
        print(f'{"ok    " if right else "WRONG "} {text}', flush=True)
        if not right:
            self.failed.append(text)

    def command(self, *argv, lines=None, env=None):
        print('$', ' '.join(argv), flush=True)
        status, out, error = self.world.run(*argv, env=env)
        shown = out.splitlines()
        print('\n'.join(shown[:lines]))
        if lines and len(shown) > lines:
            print(f'... and {len(shown) - lines} lines more')
        self.right(status == 0, f'{argv[0]}: exit 0' if status == 0 else f'{argv[0]}: {error.strip()}')
        return out

    def walk(self, name):
        where = f'127.0.0.1:{self.snmpd.port}'
        print(f'$ snmpwalk -v2c -c c-{name} -On {where} {harness.UPS_MIB}', flush=True)
        status, out, error = self.world.run('snmpwalk', '-v2c', '-c', 'c-' + name, '-On', where, harness.UPS_MIB)
        lines = [line for line in out.splitlines()
                 if line.startswith('.' + harness.UPS_MIB) and 'No more variables' not in line]
        for line in lines:
            end = line.split(' = ')[0][len('.' + harness.UPS_MIB + '.1.'):]
            column = next((known for known in (end.rsplit('.', n)[0] for n in (1, 2)) if known in NAMES), '')
            print(f'{line:64}  {NAMES.get(column, "")}')
        self.right(status == 0 and len(lines) > 20, f'{name}: {len(lines)} objects' if status == 0 else error)

    def both_faces(self, name):
        manager = self.snmpd.manager(name)
        with self.busbard.client() as client:
            said = client.variables(name)
        for end, variable, scale in SAME:
            value = manager.value(f'{harness.UPS_MIB}.1.{end}')
            if variable not in said or value is None:
                continue
            if variable == 'ups.load' and 'output.L1.power.percent' in said:
                continue        # three phases have a load each
            self.right(abs(float(said[variable]) * scale - value) < 1,
                       f'{name}: {variable} is {said[variable]} for upsc, '
                       f'{NAMES[end.rsplit(".", 1)[0]]} is {value}')
        manager.close()

    def change(self):
        """Mains fail at rack1: both faces say so, and how soon."""
        path = self.world.path('rack1.dev')
        with open(path) as file:
            online = file.read()
        on_battery = online.replace('ups.status: OL', 'ups.status: OB DISCHRG').replace(
            'input.voltage: 231.4', 'input.voltage: 0.0').replace('battery.charge: 100', 'battery.charge: 93')
        manager = self.snmpd.manager('rack1')
        with self.busbard.client() as client:
            for text, status, source in ((on_battery, 'OB DISCHRG', 5), (online, 'OL', 3)):
                began = time.monotonic()
                self.world.write('rack1.dev', text)
                wait_for(lambda status=status: client.value('rack1', 'ups.status') == status, 5, status, 0.0005)
                by_nut = time.monotonic() - began
                wait_for(lambda source=source: manager.value(harness.SOURCE) == source, 5, 'the MIB', 0.0005)
                self.right(True, f'rack1: ups.status is {status} after {by_nut * 1000:.1f} ms, upsOutputSource is '
                                 f'{source} after {(time.monotonic() - began) * 1000:.1f} ms')
        manager.close()
        print('\nsnmpd\'s managers are notified:\n')
        self.trap('upsTrapOnBattery', 'rack1')
        self.trap('upsTrapAlarmEntryRemoved', 'rack1')

    def redundancy(self, word, number):
        """Waits until both faces say so of every load."""
        manager = self.snmpd.manager()
        with self.busbard.client() as client:
            for name in LOADS:
                wait_for(lambda name=name: client.value(name, 'feed.redundancy') == word, 5, f'{name} is {word}', 0.001)
                self.right(client.value(name, 'ups.status') == 'OL', f'{name}: feed.redundancy is {word}, ups.status is OL')
        wait_for(lambda: [value for _, _, value in manager.walk(REDUNDANCY)] == [number] * len(LOADS), 5, 'bbLoadRedundancy', 0.001)
        self.right(True, f'bbLoadRedundancy is {word}({number}) for each')
        manager.close()

    def rack(self):
        """One UPS goes: what it feeds stands on one leg, and nothing shuts down."""
        self.redundancy('ok', OK)
        path = self.world.path('rack1.dev')
        with open(path) as file:
            online = file.read()
        self.world.write('rack1.dev', online.replace('ups.status: OL', 'ups.status: OFF'))
        print('\nrack1 is switched off:\n')
        self.redundancy('reduced', REDUCED)
        status, _, error = self.world.run('busbarctl', '-s', self.busbard.control, 'run', 'pdu2', 'outlet.2.load.off')
        self.right(status == 1, f'busbarctl run pdu2 outlet.2.load.off, the last feed of db2: {error.strip()}')
        self.world.write('rack1.dev', online)
        print('\nand is back:\n')
        self.redundancy('ok', OK)
        self.command('busbarctl', '-s', self.busbard.control, 'run', 'pdu1', 'outlet.4.load.cycle')

    def switch(self):
        """An outlet is switched by snmpset, and who listens hears of it."""
        manager = self.snmpd.manager()
        index = next(name[-1] for name, _, value in manager.walk(DEV_NAME) if value == b'pdu1')
        manager.close()
        for word in ('off', 'on'):
            self.command('snmpset', '-v2c', '-c', 'operator', '-OQs', f'127.0.0.1:{self.snmpd.port}',
                         f'bbOutletCommand.{index}.5', '=', word, env=MODULES)
            with self.busbard.client() as client:
                wait_for(lambda word=word: client.value('pdu1', 'outlet.5.status') == word, 20, f'outlet 5 is {word}')
            self.right(True, f'upsc: outlet.5.status is {word}')
        self.trap('bbOutletStateChanged', f'bbOutletState.{index}.5 = off', '= snmp')
        self.command('busbarctl', '-s', self.busbard.control, 'events', '--device', 'pdu1')

    def everything(self):
        names = self.upses
        self.step('The devices: simulated, and recorded from real ones' if len(names) > 3 else 'The simulated devices')
        self.command('busbarctl', '-s', self.busbard.control, 'list')
        self.step('Two of them as an SNMP manager sees them, each in its own context, by RFC 1628')
        for name in ('rack1', 'hall1'):
            self.walk(name)
        self.step('The same as a NUT client sees them')
        for name in ('rack1', 'hall1'):
            self.command('upsc', f'{name}@127.0.0.1:{self.busbard.port}', lines=12)
        self.step('Both say the same')
        for name in names:
            self.both_faces(name)
        self.step('Mains fail at rack1, and come back')
        self.change()
        self.step('A rack: pdu1 on rack1, pdu2 on hall1, and three machines on both')
        self.rack()
        self.step('An outlet, switched by snmpset; and what the journal has of it')
        self.switch()

    def invite(self):
        print(f"""
It stays up until Ctrl-C.  From another terminal:

  snmpwalk -v2c -c c-hall1 127.0.0.1:{self.snmpd.port} {harness.UPS_MIB}
  snmpwalk -v3 -l authNoPriv -u reader -a SHA -A {self.snmpd.secret} -n desk1 127.0.0.1:{self.snmpd.port} {harness.UPS_MIB}
  upsc -L 127.0.0.1:{self.busbard.port}
  upsc desk1@127.0.0.1:{self.busbard.port}
  {find('busbarctl')} -s {self.busbard.control} watch

The devices are text files, read again when they change: {self.world.path('rack1.dev')}
""", flush=True)
        signal.pause()


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)
    try:
        with World() as world:
            show = Show(world)
            show.everything()
            print(f'\n{"everything worked" if not show.failed else f"{len(show.failed)} steps did not work"}')
            if '--once' not in sys.argv:
                show.invite()
    except KeyboardInterrupt:
        print('\nended, nothing is left behind')
    except AssertionError as error:
        print(f'WRONG  {error}')
        return 1
    return 1 if show.failed else 0


if __name__ == '__main__':
    sys.exit(main())
