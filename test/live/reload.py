"""HUP: what did not change is not touched, no client is dropped, a bad file changes nothing."""

import os
import signal

from harness import Busbard, SRCDIR, Snmpd, main, need, wait_for

DEMO = os.path.join(SRCDIR, 'conf/demo')


def device(name):
    return f'driver = sim  port = "{DEMO}/{name}.dev"'


def names(client):
    return sorted(line.split(' ')[1] for line in client.list('UPS'))


def reloading(world, results):
    snmpd = Snmpd(world, ['rack1', 'hall1', 'desk1'])
    busbard = Busbard(world, {'rack1': device('rack1'), 'hall1': device('hall1')}, snmpd)
    busbard.wait_fresh()
    busbard.wait_published()
    roles = busbard.roles()
    with busbard.client() as client:
        results.check(names(client) == ['hall1', 'rack1'], 'two devices', names(client))

        busbard.program.signal(signal.SIGHUP)
        for _ in range(50):
            client.value('rack1', 'ups.status')
        results.check(client.value('rack1', 'ups.status') == 'OL', 'unchanged: served all the time')
        results.check(busbard.roles() == roles, 'unchanged: the roles go on', busbard.roles())

        busbard.configure({'rack1': device('rack1'), 'desk1': device('desk1')})
        busbard.program.signal(signal.SIGHUP)
        wait_for(lambda: names(client) == ['desk1', 'rack1'], 10, 'a device more and one less')
        results.check(True, 'changed: the same client sees the new device and no more the old one')
        wait_for(lambda: client.value('desk1', 'ups.status') == 'OB DISCHRG', 10, 'the new one is polled')
        results.check(client.value('rack1', 'ups.status') == 'OL', 'changed: what stayed is served')
        results.check(client.ask('GET VAR hall1 ups.status') == 'ERR UNKNOWN-UPS', 'changed: what went is unknown')
        busbard.wait_published(['desk1'])
        results.check(busbard.roles() == roles, 'changed: the roles go on', busbard.roles())

        good = busbard.config
        with open(good, 'a') as file:
            file.write('device other { driver = nosuch }\n')
        busbard.program.signal(signal.SIGHUP)
        wait_for(lambda: f'{good}:' in busbard.program.text(), 10, 'the mistake is in the log')
        results.check(names(client) == ['desk1', 'rack1'], 'bad: nothing changed', names(client))
        results.check(client.value('desk1', 'ups.status') == 'OB DISCHRG', 'bad: the devices are served')
        manager = snmpd.manager('desk1')
        results.check(manager.value('1.3.6.1.2.1.33.1.4.1.0') == 5, 'bad: the MIB is served')


need('busbard', 'snmpd')
main(reloading)
