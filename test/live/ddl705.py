"""Every published dump of a real device, as a simulated device in one busbard:
each variable comes back byte for byte, and the UPSes' states are distributed
as RFC 1628 says that they should be."""

import collections
import glob
import os
import re

import harness
from harness import Busbard, SHARED, Snmpd, main, need

FOLDER = os.path.join(SHARED, 'devices/ddl')

# A recording of an ePDU says ALARM only and is counted among the UPSes: their number is
# known from the study that the figures come from.
COUNTED_AS_UPS = 'Eaton__EPDU_MI_38U-A__snmp-ups__2.7.4__01.dev'
OUTPUT_SOURCE = {'normal': 640, 'battery': 24, 'none': 14, 'bypass': 8, 'reducer': 8, 'booster': 6, 'other': 5}
BATTERY_STATUS = {'normal': 692, 'low': 9, 'depleted': 1, 'unknown': 3}
SOURCES = {1: 'other', 2: 'none', 3: 'normal', 4: 'bypass', 5: 'battery', 6: 'booster', 7: 'reducer'}
STATUSES = {1: 'unknown', 2: 'normal', 3: 'low', 4: 'depleted'}


def read_dump(path):
    """{name: value}.  The library marks what it doubts with #BAD and #COMMENT behind the value."""
    found = {}
    with open(path, encoding='utf-8', errors='surrogateescape', newline='\n') as file:
        for line in file:
            name, colon, value = line.rstrip('\n').partition(':')
            if colon and not line.startswith('#'):
                found[name] = re.sub(r'[ \t]*#(BAD|COMMENT).*', '', value[1:])
    return found


def is_ups(path, dump):
    return dump.get('device.type', 'ups').strip() == 'ups' or os.path.basename(path) == COUNTED_AS_UPS


def every_dump(world, results):
    paths = sorted(glob.glob(os.path.join(FOLDER, '*', '*.dev')))
    dumps = {f'd{number}': (path, read_dump(path)) for number, path in enumerate(paths, 1)}
    upses = [name for name, (path, dump) in dumps.items() if is_ups(path, dump)]
    snmpd = Snmpd(world, upses)
    busbard = Busbard(world, {
        name: f'driver = sim  port = "{path}"  context = {"yes" if name in upses else "no"}'
        for name, (path, _) in dumps.items()}, snmpd)
    busbard.wait_fresh(seconds=60)

    wrong = []
    with busbard.client() as client:
        for name, (path, dump) in dumps.items():
            served = client.variables(name)
            for variable in sorted(set(dump) | set(served)):
                if dump.get(variable) != served.get(variable):
                    wrong.append(f'{os.path.basename(path)}: {variable}: {dump.get(variable)!r} '
                                 f'is served as {served.get(variable)!r}')
    results.check(not wrong, f'LIST VAR of {len(dumps)} dumps gives each variable back', '\n'.join(wrong[:40]))

    wrong = []
    for name in list(dumps)[::50]:
        _, out, _ = world.run('upsc', f'{name}@127.0.0.1:{busbard.port}')
        served = dict(line.split(': ', 1) for line in out.splitlines() if ': ' in line)
        # upsc itself reads 512 bytes a line, and drops what is outside ASCII
        if served != {k: v for k, v in dumps[name][1].items()}:
            wrong.append(f'{dumps[name][0]}: {set(served.items()) ^ set(dumps[name][1].items())}')
    results.check(not wrong, 'upsc shows the same', '\n'.join(wrong))

    sources, statuses = collections.Counter(), collections.Counter()
    busbard.wait_published(upses, 60)
    for name in upses:
        manager = snmpd.manager(name)
        sources[SOURCES.get(manager.value(harness.SOURCE))] += 1
        statuses[STATUSES.get(manager.value(harness.STATUS))] += 1
        manager.close()
    results.check(sources == OUTPUT_SOURCE, f'upsOutputSource of {len(upses)} UPSes', sources)
    results.check(statuses == BATTERY_STATUS, f'upsBatteryStatus of {len(upses)} UPSes', statuses)


need('busbard', 'snmpd', 'upsc', shared='devices/ddl')
main(every_dump)
