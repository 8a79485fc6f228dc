#!/usr/bin/env python3
"""Notifications through Debian's snmpd: versions, varbinds and contexts; and that none is missing, whatever dies."""

import json
import os
import re
import signal
import threading
import time

import harness
import snmp
from harness import Busbard, Snmpd, need, wait_for
from receiver import Receiver

UPS = 'ups.status: OL\nbattery.charge: 100\nbattery.runtime: 1800\nbattery.runtime.low: 150\nups.test.result: Done and passed\n'
PDU = ('device.type: pdu\noutlet.count: 2\noutlet.1.status: on\noutlet.2.status: on\noutlet.2.name: db1\noutlet.2.switchable: yes\n'
       'outlet.group.1.name: A\noutlet.group.1.type: breaker1pole\noutlet.group.1.breaker.status: closed\n'
       'input.L1.current: 12.5\ninput.L1.current.status: good\n')
BATTERY = UPS.replace('OL', 'OB DISCHRG')
REPLACE = UPS.replace('OL', 'OL RB')
OBJECTS, TRAPS = harness.UPS_MIB + '.1.', harness.UPS_MIB + '.2.'
BUSBAR = '1.3.6.1.4.1.8072.9999.9999.3493.'
NAME, SERIAL, TIME = BUSBAR + '1.2.1.1.2.', BUSBAR + '1.10.1.0', BUSBAR + '1.10.2.0'
ON_BATTERY, TESTED, ADDED, REMOVED = (snmp.oid(TRAPS + str(n)) for n in range(1, 5))
COLUMN = BUSBAR + '1.'
OUTLET_CHANGED, BREAKER_OPENED, CROSSED = (snmp.oid(f'{BUSBAR}0.{n}') for n in (5, 7, 9))
ALARM_ID, ALARM = snmp.oid(OBJECTS + '6.2.1.1'), snmp.oid(OBJECTS + '6.2.1.2')
LOCK, SUMMARY = OBJECTS + '7.2.0', OBJECTS + '7.3.0'
ENGINE = '0x8000000001020304'


def stage(world, names=('ups1', 'ups2'), lines=(), pdu=None, **more):
    """A receiver, snmpd that sends to it, and busbard on simulated UPSes; pdu: what a PDU shows that is there besides."""
    receiver = Receiver()
    snmpd = Snmpd(world, names, lines=[f'trap2sink 127.0.0.1:{receiver.port} v2', *lines])
    for name in names:
        world.write(name + '.dev', UPS)
    if pdu is not None:
        world.write('pdu1.dev', pdu)
    daemon = Busbard(world, {name: f'driver = sim  port = "{world.path(name + ".dev")}"' for name in
                             [*names, *(['pdu1'] if pdu else [])]}, snmpd, **more)
    daemon.wait_published(names)
    return receiver, snmpd, daemon


def serials(receiver):
    return [trap.varbinds[snmp.oid(SERIAL)] for trap in receiver.traps]


def device(trap):
    return next((value.decode() for name, value in trap.varbinds.items() if name[:-1] == snmp.oid(NAME)), None)


def alarm(trap):
    return next((value[-1] for name, value in trap.varbinds.items() if name[:-1] == ALARM), None)


def wait_trap(receiver, oid, of, identity=None, after=0):
    return wait_for(lambda: next((trap for trap in receiver.traps[after:] if trap.oid == oid and device(trap) == of and
                                  identity in (None, alarm(trap))), None), 30, f'{oid[-2:]} of {of}')


def test_versions(world, results):
    """The same one as v1, v2c, v3 and as informs, to our own receiver and to snmptrapd."""
    port = harness.free_port(2)
    world.write('snmptrapd.conf', f'createUser -e {ENGINE} sender SHA "sender-secret"\ncreateUser informer SHA "informer-secret"\n'
                'disableAuthorization yes\nformat1 V1|%P|%N|%q|%v\\n\nformat2 V2|%P|%v\\n\n')
    trapd = world.start('snmptrapd', 'snmptrapd', '-f', '-C', '-c', world.path('snmptrapd.conf'), '-Lo', '-OnQet',
                        f'udp:127.0.0.1:{port}')
    plain = Receiver()
    receiver, snmpd, daemon = stage(world, lines=[
        f'trapsink 127.0.0.1:{plain.port} v1', f'informsink 127.0.0.1:{plain.port} inform',
        f'trapsess -v 3 -e {ENGINE} -u nobody -l noAuthNoPriv 127.0.0.1:{plain.port}',
        f'trapsink 127.0.0.1:{port} d1', f'trap2sink 127.0.0.1:{port} d2', f'informsink 127.0.0.1:{port} di',
        f'trapsess -v 3 -e {ENGINE} -u sender -l authNoPriv -a SHA -A sender-secret 127.0.0.1:{port}',
        f'trapsess -Ci -v 3 -u informer -l authNoPriv -a SHA -A informer-secret 127.0.0.1:{port}'])
    world.write('ups1.dev', BATTERY)
    trap = wait_trap(receiver, ON_BATTERY, 'ups1')
    number = trap.varbinds[snmp.oid(SERIAL)]

    def arrived(version, who, inform):
        return any(one.varbinds.get(snmp.oid(SERIAL)) == number and (one.version, one.who, one.inform) == (version, who, inform)
                   for one in plain.traps)
    for what, *which in (('v1', 1, 'v1', False), ('v2c', 2, 'inform', True), ('v3', 3, 'ups1', False)):
        wait_for(lambda which=which: arrived(*which), 30, what)
    results.check(True, 'v1, an inform and v3 in the context of the device have arrived')
    old = next(one for one in plain.traps if one.version == 1 and one.varbinds[snmp.oid(SERIAL)] == number)
    results.check((old.enterprise, old.specific) == (snmp.oid(TRAPS[:-1]), 1), 'v1: enterprise upsTraps, number 1', old.enterprise)
    results.check(not receiver.odd and not plain.odd, 'nothing else has', (receiver.odd, plain.odd))
    want = f'{SERIAL} = {number}'
    for what, sign in (('v1', 'V1|TRAP, SNMP v1, community d1|'), ('v2c', 'V2|TRAP2, SNMP v2c, community d2|'),
                       ('v2c inform', 'V2|INFORM, SNMP v2c, community di|'),
                       ('v3', 'V2|TRAP2, SNMP v3, user sender'), ('v3 inform', 'V2|INFORM, SNMP v3, user informer')):
        wait_for(lambda sign=sign: any(line.startswith(sign) and want in line for line in trapd.text().splitlines()), 30,
                 f'snmptrapd has {what}')
        results.check(True, f'snmptrapd has it as {what}')
    plain.close()
    receiver.close()


def test_varbinds(world, results):
    receiver, snmpd, daemon = stage(world, agentx='writable = {test, names}', pdu=PDU)
    writer = snmpd.writer('ups1')
    wait_for(lambda: writer.set((OBJECTS + '1.5.0', snmp.OCTETS, 'rack 1')) == (0, 0), 20, 'the name is taken')
    begun = time.time()
    world.write('ups1.dev', BATTERY)
    trap = wait_trap(receiver, ON_BATTERY, 'ups1')
    index = next(name[-1] for name in trap.varbinds if name[:-1] == snmp.oid(NAME))
    results.check(trap.order == [snmp.oid(one) for one in (
        OBJECTS + '2.3.0', OBJECTS + '2.2.0', OBJECTS + '9.7.0', OBJECTS + '1.5.0', NAME + str(index), SERIAL, TIME)],
        'upsTrapOnBattery has its varbinds in order, and whose it is', trap.order)
    results.check([trap.varbinds[name] for name in trap.order[:5]] == [30, 0, 3, b'rack 1', b'ups1'], 'and their values',
                  trap.varbinds)
    results.check(snmpd.manager().value(NAME + str(index)) == b'ups1', 'bbDevName has the index of its row')
    when = trap.varbinds[snmp.oid(TIME)]
    said = time.strftime('%Y-%m-%d %H:%M:%S', (int.from_bytes(when[:2], 'big'), *when[2:7], 0, 0, 0))
    results.check(begun - 2 < time.mktime(time.strptime(said, '%Y-%m-%d %H:%M:%S')) - time.timezone < time.time() + 1 and
                  when[8:] == b'+\0\0', 'bbNotifyTime is when it happened', (when, said))
    world.write('ups1.dev', UPS)
    trap = wait_trap(receiver, REMOVED, 'ups1', 2)
    results.check([name for name in trap.order[:2] if name[:-1] in (ALARM_ID, ALARM) and name[-1] == trap.varbinds[trap.order[0]]]
                  == trap.order[:2], 'an alarm\'s varbinds have its id', trap.varbinds)
    world.write('ups1.dev', UPS.replace('Done and passed', 'In progress'))
    wait_for(lambda: writer.value(SUMMARY) == 5, 20, 'a test runs')
    world.write('ups1.dev', UPS.replace('Done and passed', 'Done and warning'))
    trap = wait_trap(receiver, TESTED, 'ups1')
    values = [trap.varbinds[snmp.oid(f'{OBJECTS}7.{n}.0')] for n in range(1, 7)]
    results.check(values[0][:-1] == snmp.oid(OBJECTS + '7.7') and values[1] == writer.value(LOCK) and values[2:4] == [2, b'Done and warning'] and
                  0 < values[4] <= trap.uptime and 0 <= values[5] < 3000, 'upsTrapTestCompleted', values)
    wait_for(lambda: snmpd.manager().value(COLUMN + '4.5.1.10.3.2'), 20, 'the PDU is in the MIB')
    control = ('busbarctl', '-s', daemon.control, 'run', 'pdu1', 'outlet.2.load.off')
    results.check(world.run(*control)[0] == 0, 'an outlet is switched off')
    trap = wait_trap(receiver, OUTLET_CHANGED, 'pdu1')
    results.check([trap.varbinds.get(snmp.oid(COLUMN + end)) for end in ('4.5.1.2.3.2', '4.5.1.10.3.2')] == [b'db1', 1] and
                  b'uid' in trap.varbinds[snmp.oid(COLUMN + '8.1.1.6.3.2')] and trap.order[0] == snmp.oid(COLUMN + '4.5.1.2.3.2'),
                  'bbOutletStateChanged says which, what and by whom', trap.varbinds)
    world.write('pdu1.dev', PDU.replace('closed', 'tripped').replace('12.5', '17.25').replace('status: good', 'status: warning-high'))
    trap = wait_trap(receiver, BREAKER_OPENED, 'pdu1')
    results.check([trap.varbinds.get(snmp.oid(COLUMN + end)) for end in ('4.4.1.2.3.1', '4.4.1.6.3.1')] == [b'A', 3],
                  'bbBreakerOpened', trap.varbinds)
    trap = wait_trap(receiver, CROSSED, 'pdu1')
    results.check([trap.varbinds[name] for name in trap.order[:3]] == [b'input.L1.current', b'17.25', 4], 'bbThresholdCrossed',
                  trap.varbinds)
    results.check(not any(alarm(one) == 24 for one in receiver.traps), 'no alarm of the test itself')
    results.check(all(device(one) is not None for one in receiver.traps), 'all say whose they are')
    receiver.close()


def due(daemon, since):
    """{serial: (kind, device)} of all events since that serial that managers are to be told of, by the journal and the log:
    pairs that took each other back while they waited are not."""
    code, out, error = daemon.world.run('busbarctl', '-s', daemon.control, '--json', 'events', timeout=120)
    if code != 0:
        raise OSError(error)
    quiet = {('alarm-added', '2'), ('alarm-added', '24'), ('alarm-removed', '24')}
    told = ('on-battery', 'alarm-added', 'alarm-removed', 'device-up', 'device-stale', 'test-completed')
    events = [json.loads(line) for line in out.splitlines()]
    found = {event['serial']: (event['event'], event['device']) for event in events
             if event.get('event') in told and event['serial'] > since and
             (event['event'], event['fields'].get('alarm')) not in quiet}
    for pair in re.findall(r'notifications (\d+) and (\d+) take each other back', daemon.program.text()):
        for serial in pair:
            found.pop(int(serial), None)
    for serial in re.findall(r'notification \d+ says what (\d+) said', daemon.program.text()):
        found.pop(int(serial), None)
    return found


def missing(daemon, receiver, since):
    return sorted(set(due(daemon, since)) - set(serials(receiver)))


def journalled(daemon, kind, name):
    code, out, _ = daemon.world.run('busbarctl', '-s', daemon.control, '--json', 'events', '--device', name)
    return code == 0 and any(json.loads(line).get('event') == kind for line in out.splitlines())


def out_of_order(receiver):
    """Devices whose distinct notifications did not come by their numbers."""
    order = {}
    for trap in receiver.traps:
        order.setdefault(device(trap), {}).setdefault(trap.varbinds[snmp.oid(SERIAL)])
    return [name for name, numbers in order.items() if list(numbers) != sorted(numbers)]


def test_nothing_is_lost(world, results):
    """Power fails while the master, the agentx role, the store and everything are away, one after the other."""
    names = [f'ups{n}' for n in range(1, 6)]
    receiver, snmpd, daemon = stage(world, names)

    def fail(name, text=BATTERY, status='OB DISCHRG'):
        world.write(name + '.dev', text)
        wait_for(lambda: daemon.client().value(name, 'ups.status') == status, 30, f'{name} is {status}')

    snmpd.program.kill()
    fail('ups1')
    fail('ups2')
    fail('ups1', UPS, 'OL')
    wait_for(lambda: journalled(daemon, 'alarm-removed', 'ups1'), 30, 'its alarm has gone')
    snmpd.start()
    wait_trap(receiver, ON_BATTERY, 'ups1')
    wait_trap(receiver, REMOVED, 'ups1', 2)
    wait_trap(receiver, ON_BATTERY, 'ups2')
    results.check(True, 'what came, and what went again, while the master was away is told when it is back')

    agentx = daemon.roles()['agentx']
    os.kill(agentx, signal.SIGSTOP)
    fail('ups3')
    os.kill(agentx, signal.SIGKILL)
    wait_trap(receiver, ON_BATTERY, 'ups3')
    results.check(True, 'and while the agentx role hung and was killed')
    os.kill(daemon.roles()['store'], signal.SIGKILL)
    fail('ups4')
    wait_trap(receiver, ON_BATTERY, 'ups4')
    results.check(True, 'and while the store was killed')

    snmpd.program.kill()
    fail('ups5')
    wait_for(lambda: journalled(daemon, 'on-battery', 'ups5'), 30, 'it is on disk')
    os.kill(daemon.program.pid, signal.SIGKILL)
    daemon.program.stop()
    world.write('ups1.dev', BATTERY)
    before = len(receiver.traps)
    snmpd.start()
    daemon.start()
    wait_trap(receiver, ON_BATTERY, 'ups5')
    wait_trap(receiver, ON_BATTERY, 'ups1', after=before)
    results.check(True, 'and what waited when everything was killed, and what happened meanwhile')
    results.check(not out_of_order(receiver), 'in order per device', out_of_order(receiver))
    receiver.close()


def test_a_storm(world, results):
    """1,000 devices, one that flaps every 100 ms, 60 on battery at once, and everything dies in turns; the master is away
    for a minute."""
    number, battery, away = 1000, 60, 60
    names = [f'dev{n}' for n in range(number)]
    receiver, snmpd, daemon = stage(world, names, flags=('-v',), agentx=f'contexts = {number}')
    wait_for(lambda: len(due(daemon, 0)) >= number, 60, 'the journal has all devices')
    since = max(due(daemon, 0))
    over = threading.Event()

    def flap():
        turn = 0
        while not over.wait(0.1):
            turn += 1
            world.write('dev0.dev', BATTERY if turn % 2 else UPS)
    flapper = threading.Thread(target=flap, daemon=True)
    flapper.start()

    def all_of(text):
        for name in names[1:battery + 1]:
            world.write(name + '.dev', text)

    def settled(what):
        wait_for(lambda: not missing(daemon, receiver, since), 120, what, 0.3)
        results.check(True, what)

    before, begun = len(receiver.traps), time.monotonic()
    all_of(BATTERY)
    wait_for(lambda: len({device(trap) for trap in receiver.traps[before:] if trap.oid == ON_BATTERY} - {'dev0'}) == battery,
             60, 'all are on battery')
    took = max(trap.at for trap in receiver.traps[before:] if trap.oid == ON_BATTERY and device(trap) != 'dev0') - begun
    results.note(f'{battery} of {number} devices on battery: told within {took:.2f} s of the first write')
    results.check(len(serials(receiver)) == len(set(serials(receiver))), 'no notification comes twice while nothing breaks')

    snmpd.program.kill()
    all_of(UPS)
    time.sleep(away)
    all_of(BATTERY)
    snmpd.start()
    settled('the master was killed and away')
    agentx = daemon.roles()['agentx']
    os.kill(agentx, signal.SIGSTOP)
    all_of(UPS)
    time.sleep(1)
    all_of(REPLACE)
    time.sleep(1)
    os.kill(agentx, signal.SIGKILL)
    settled('the agentx role hung and was killed')
    os.kill(daemon.roles()['store'], signal.SIGKILL)
    all_of(BATTERY)
    settled('the store was killed')
    all_of(UPS)
    wait_for(lambda: daemon.client().value('dev1', 'ups.status') == 'OL', 30, 'it is seen')
    os.kill(daemon.program.pid, signal.SIGKILL)
    daemon.program.stop()
    all_of(BATTERY)
    daemon.start()
    daemon.wait_fresh(names[:battery + 1])
    settled('everything was killed')
    over.set()
    flapper.join()
    all_of(UPS)
    world.write('dev0.dev', UPS)
    for name in names[:battery + 1]:
        wait_for(lambda name=name: daemon.client().value(name, 'ups.status') == 'OL', 30, f'{name} is on mains')
    time.sleep(1)
    settled('and all is quiet again')
    results.check(not out_of_order(receiver), 'in order per device', out_of_order(receiver))
    last = {device(trap): trap.oid for trap in receiver.traps if trap.oid == ON_BATTERY or alarm(trap) == 2}
    results.check(all(oid == REMOVED for oid in last.values()), 'the last that was told of each is what holds', last)
    results.check(len(due(daemon, since)) >= 3 * battery, 'there was much to tell', len(due(daemon, since)))
    total, distinct = len(serials(receiver)), len(set(serials(receiver)))
    results.note(f'{total} notifications came, {distinct} of them different')
    receiver.close()


need('snmpd', 'snmptrapd', 'busbarctl')
storm = (test_a_storm,) if harness.LONG else ()
harness.main(test_versions, test_varbinds, test_nothing_is_lost, *storm, seconds=1200)
