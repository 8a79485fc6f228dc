#!/usr/bin/env python3
"""A shutdown ordered by snmpset while three hosts watch the UPS with NUT's upsmon: one primary, two secondaries."""

import harness
import nut_hosts
import snmp
from harness import Snmpd, need, wait_for
from nut_hosts import hosts, logins, status

UPS = harness.UPS_MIB + '.1.'
SOURCE, SHUTDOWN = UPS + '4.1.0', UPS + '8.2.0'
NONE, NORMAL = 2, 3


def stage(world):
    snmpd = Snmpd(world, ['ups1'])
    world.write('ups.dev', nut_hosts.GOOD)
    daemon = harness.Busbard(world, {'ups1': f'driver = sim  port = "{world.path("ups.dev")}"'}, snmpd,
                             lines=nut_hosts.USERS, agentx='writable = {control}')
    daemon.wait_published()
    return snmpd, daemon


def snmpset(world, snmpd, seconds):
    return world.run('snmpset', '-v2c', '-c', 'w-ups1', '-On', f'127.0.0.1:{snmpd.port}', SHUTDOWN, 'i', str(seconds))


def test_hosts(world, results):
    """FSD, both secondaries gone, then the primary; only then the power."""
    if not nut_hosts.can_separate():
        results.skip('a shutdown by snmpset', 'no mount namespaces for three upsmons')
        return
    snmpd, daemon = stage(world)
    manager = snmpd.manager('ups1')
    all_of_them = hosts(world, daemon)
    for host in all_of_them:
        host.start()
    wait_for(lambda: logins(daemon) == 3, 30, 'all three are logged in')
    code, _, error = snmpset(world, snmpd, 900)
    results.check(code == 0, 'snmpset upsShutdownAfterDelay.0 = 900', error)
    wait_for(lambda: status(daemon) == 'FSD OL', 10, 'FSD is set')
    for host in all_of_them:
        wait_for(host.down, 60, f'{host.name} has shut down', 0.05)
    primary, left, right = (host.down() for host in all_of_them)
    results.check(max(left, right) < primary, 'both secondaries go before the primary', f'{left} {right} {primary}')
    wait_for(lambda: logins(daemon) == 0, 10, 'nobody is logged in')
    results.check(manager.value(SOURCE) == NORMAL and 0 < manager.value(SHUTDOWN) < 900,
                  'the power is there until the delay is over')
    code, _, error = snmpset(world, snmpd, 1)
    results.check(code == 0, 'a newer order replaces the older', error)
    wait_for(lambda: manager.value(SOURCE) == NONE, 20, 'the output is off')
    results.check(status(daemon).startswith('FSD ') and status(daemon).endswith('OFF'), 'FSD stays while it is off',
                  status(daemon))
    if harness.LONG:
        world.run('snmpset', '-v2c', '-c', 'w-ups1', f'127.0.0.1:{snmpd.port}', UPS + '8.3.0', 'i', '0')
        wait_for(lambda: status(daemon) == 'FSD OL', 20, 'on again')
        wait_for(lambda: status(daemon) == 'OL', 150, 'FSD is cleared', 0.5)
        results.check(True, 'FSD is cleared once the device was seen on mains again, and nobody was there for a minute')


def test_one_queue(world, results):
    """What a NUT client orders, SNMP shows, and the other way round."""
    snmpd, daemon = stage(world)
    manager = snmpd.manager('ups1')
    host, user = f'ups1@127.0.0.1:{daemon.port}', ('-u', 'admin', '-p', '123456')
    code, out, error = world.run('upscmd', '-w', *user, host, 'shutdown.return', '600')
    results.check(code == 0 and 'SUCCESS' in out + error, 'upscmd -w shutdown.return 600', out + error)
    wait_for(lambda: 0 < manager.value(SHUTDOWN) <= 600, 10, 'upsShutdownAfterDelay counts')
    results.check(status(daemon) == 'FSD OL', 'FSD is set', status(daemon))
    code, _, error = snmpset(world, snmpd, -1)
    results.check(code == 0, 'snmpset -1 cancels it', error)
    with daemon.client() as client:
        wait_for(lambda: client.value('ups1', 'ups.timer.shutdown').startswith('ERR'), 10, 'no timer runs')
    code, _, error = snmpset(world, snmpd, 500)
    results.check(code == 0, 'snmpset upsShutdownAfterDelay.0 = 500', error)
    with daemon.client() as client:
        wait_for(lambda: client.value('ups1', 'ups.timer.shutdown').isdigit(), 10, 'ups.timer.shutdown counts')
        code, out, error = world.run('busbarctl', '-s', daemon.control, 'show', 'ups1')
        results.check('experimental.ups.timer.shutdown.counter: device\n' in out, 'busbarctl show says who counts', out)
        code, out, error = world.run('upscmd', '-w', *user, host, 'shutdown.stop')
        results.check(code == 0 and 'SUCCESS' in out + error, 'upscmd -w shutdown.stop', out + error)
        wait_for(lambda: client.value('ups1', 'ups.timer.shutdown').startswith('ERR'), 10, 'no timer runs')
    wait_for(lambda: manager.value(SHUTDOWN) == -1, 10, 'neither over there')
    results.check(manager.value(SOURCE) == NORMAL, 'the output is on')


def test_chain(world, results):
    """A busbar that has the UPS from another one, as a card with the UPS-MIB and as a NUT server."""
    card, source = stage(world)
    snmpd = Snmpd(world, ['card', 'remote'], name='second')
    daemon = harness.Busbard(world, {
        'card': f'driver = snmp  port = "udp:127.0.0.1:{card.port}"  poll = 0.5  profile = ietf  '
                'options = {"version=2c", "community=w-ups1"}',
        'remote': f'driver = nut  port = "127.0.0.1:{source.port}"  poll = 0.5  '
                  'options = {"ups=ups1", "user=admin", "password=123456"}'},
                             snmpd, agentx='writable = {control}', folder='second')
    daemon.wait_published()
    first = card.manager('ups1')
    for name, seconds in (('card', 700), ('remote', 650)):
        manager, writer = snmpd.manager(name), snmpd.writer(name)
        results.check(writer.set((SHUTDOWN, snmp.INTEGER, seconds)) == (0, 0), f'{name}: a shutdown in {seconds} s')
        wait_for(lambda seconds=seconds: seconds - 60 < first.value(SHUTDOWN) <= seconds, 20, 'the UPS counts it')
        wait_for(lambda manager=manager, seconds=seconds: seconds - 60 < manager.value(SHUTDOWN) <= seconds, 20,
                 'and it shows here')
        with daemon.client() as client:
            results.check(client.value(name, 'experimental.ups.timer.shutdown.counter') == 'device',
                          f'{name}: the device counts')
        results.check(writer.set((SHUTDOWN, snmp.INTEGER, -1)) == (0, 0), f'{name}: -1 cancels it')
        wait_for(lambda: first.value(SHUTDOWN) == -1, 20, 'there')
        wait_for(lambda manager=manager: manager.value(SHUTDOWN) == -1, 20, 'and here')
        results.check(first.value(SOURCE) == NORMAL, f'{name}: the output is on')


need('snmpd', 'snmpset', 'upscmd', nut_hosts.UPSMON)
if __name__ == '__main__':
    harness.main(test_hosts, test_one_queue, test_chain)
