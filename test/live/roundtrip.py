"""Recorded agents that speak RFC 1628 themselves: served by snmpsim, polled by busbar with its generic
profile, and published again, each object with the value that the device said, if it is sane."""

import glob
import os
import re

import harness
import snmp
from harness import Busbard, SHARED, Snmpd, main, need

FOLDER = os.path.join(SHARED, 'devices/snmp/open')
GROUPS = snmp.oid('1.3.6.1.2.1.33.1')
LEAST = 10      # objects of measured groups; below, a recording says too little to be recognised

ABSENT = 'absent'
FILLERS = (-1, 65535)       # what agents put where they have nothing

# Objects that busbar answers for itself: its own version, names and counters, alarms that begin with
# its own start, tests and timers; and the indices of the tables, which cannot be read.
OWN = re.compile(r'1\.[456]\.0|2\.2\.0|3\.1\.0|6\.|7\.|8\.|[345]\.[34]\.1\.1\.')

# What differs, and why.
NO_INSTANCE = 'the agent leaves out the instance .0, and a manager asks for it'
ROW_OF_TWO = 'the agent puts .0 behind the number of the line: rows that are none, and so there are no lines'
GARBAGE = 'sixteen zero octets and a dump of them: shown without control characters'
DIFFERENCES = {
    ('lnms_deltaups', '1.1'): NO_INSTANCE,
    **{('lnms_istars', f'{table}.{column}.1.0'): ROW_OF_TWO for table, columns in (
        ('3.3.1', (2, 3, 4, 5)), ('4.4.1', (2, 3, 4, 5)), ('5.3.1', (2, 3, 4))) for column in columns},
    **{('lnms_istars', name): ROW_OF_TWO for name in ('3.2.0', '4.3.0', '5.2.0')},
    **{('lnms_powerwalker-vfi_20kcpgpf133', name): GARBAGE for name in ('1.2.0', '1.3.0')},
    ('ssd_phoenixtec-power', '1.3.0'): "the UPS says nothing; its agent's version is the only one there is",
}


def objects(path):
    """{oid below upsObjects: (tag, value)} of a recording; octets are bytes."""
    found = {}
    with open(path, 'rb') as file:
        for line in file:
            name, tag, value = line.rstrip(b'\r\n').split(b'|', 2)
            name = snmp.oid(name.decode())
            if name[:len(GROUPS)] != GROUPS:
                continue
            tag = tag.decode().split(':')[0]
            if tag.endswith('x'):
                value = bytes.fromhex(value.decode())
            elif tag in ('2', '65', '66', '67', '70'):
                value = int(value)
            found[snmp.dotted(name[len(GROUPS):])] = (int(tag.rstrip('xe')), value)
    return found


def text(limit):
    return lambda value, _: value.decode('latin-1').strip()[:limit] if isinstance(value, bytes) else ABSENT


def between(low, high):
    return lambda value, _: value if low <= value <= high else ABSENT


def charge(value, said):
    if value == 0 and said.get('4.1.0') == 3 and not said.get('2.3.0'):
        return ABSENT           # on mains, and no time either: not reported
    return min(value, 100) if 0 <= value <= 150 else ABSENT


def minutes(value, said):
    if value == 0 and said.get('4.1.0') == 5:
        return 1
    return value if 1 <= value <= 7 * 24 * 60 else ABSENT


def frequency(value, _):
    return value if value == 0 or 400 <= value <= 700 else ABSENT


def bypass_frequency(value, said):
    """A 0 of a device without a bypass would be a false sensor."""
    there = said.get('5.2.0', any(name.startswith('5.3.') for name in said))
    return frequency(value, said) if value or there else ABSENT


def firmware(value, said):
    """The device's own, and its agent's behind it."""
    agent = text(63)(said.get('1.4.0', b''), said)
    own = text(63)(value, said)
    return f'{own} / {agent}'[:63] if own and agent not in ('', ABSENT) else own


def not_negative(value, _):
    return max(value, 0)


# What of a said value is to be published: spec/ups-mib.md, 1.3, 1.4 and the tables of 2 to 10.
SANE = [
    (r'1\.1\.0', text(31)),
    (r'1\.2\.0', text(63)),
    (r'1\.3\.0', firmware),
    (r'2\.3\.0', minutes),
    (r'2\.4\.0', charge),
    (r'3\.3\.1\.2\.\d+|4\.2\.0|9\.[24]\.0', frequency),
    (r'5\.1\.0', bypass_frequency),
    (r'3\.3\.1\.3\.\d+|4\.4\.1\.2\.\d+|5\.3\.1\.2\.\d+', between(0, 1000)),
    (r'4\.4\.1\.5\.\d+', between(0, 200)),
    (r'[345]\.[34]\.1\.[345]\.\d+', not_negative),
    (r'9\.8\.0', between(1, 3)),
    (r'.*', lambda value, _: value),
]


LINES = {'3': '3.2.0', '4': '4.3.0', '5': '5.2.0'}     # upsInputNumLines and its like


def expected(name, tag, value, said):
    if tag == snmp.NULL or (tag != snmp.OCTETS and not isinstance(value, int)):
        return ABSENT
    if tag == snmp.OCTETS and not name.startswith('1.'):
        return ABSENT           # a string where a number is due
    if value in FILLERS and (name, value) != ('2.6.0', -1):     # that one may be negative
        return ABSENT
    group, _, line = re.fullmatch(r'([345])\.([34])\.1\.\d+\.(\d+)', name).groups() if name.count('.') == 4 \
        else (None, None, 0)
    if group and int(line) > said.get(LINES[group], 3):
        return ABSENT           # more rows than the device says that it has lines
    for pattern, rule in SANE:
        if re.fullmatch(pattern, name):
            return rule(value, said)


def recordings():
    """{community: objects} of those that say enough of the measured groups."""
    found = {}
    for path in sorted(glob.glob(os.path.join(FOLDER, '*.snmprec'))):
        said = objects(path)
        if sum(not OWN.match(name) for name in said) >= LEAST:
            found[os.path.basename(path)[:-len('.snmprec')]] = said
    return found


def each_recording(world, results):
    every = recordings()
    port, _ = harness.snmpsim(world, FOLDER)
    names = {community: f'r{number}' for number, community in enumerate(every, 1)}
    snmpd = Snmpd(world, names.values())
    busbard = Busbard(world, {
        name: f'driver = snmp  port = "udp:127.0.0.1:{port}"  profile = ietf  '
              f'options = {{"community={community}", "version=2c", "timeout=5"}}'
        for community, name in names.items()}, snmpd)
    busbard.wait_fresh(seconds=60)
    busbard.wait_published(seconds=60)
    used = set()
    for community, said in every.items():
        manager = snmpd.manager(names[community])
        published = {snmp.dotted(name[len(GROUPS):]): value for name, _, value in manager.walk(GROUPS, 20)}
        manager.close()
        values = {name: value for name, (_, value) in said.items()}
        wrong, same = [], 0
        for name, (tag, value) in said.items():
            if OWN.match(name):
                continue
            wanted = expected(name, tag, value, values)
            got = published.get(name, ABSENT)
            if isinstance(got, bytes):
                got = got.decode('latin-1')
            if got == wanted:
                same += 1
            elif (community, name) in DIFFERENCES or ('*', name) in DIFFERENCES:
                used.add((community, name) if (community, name) in DIFFERENCES else ('*', name))
            else:
                wrong.append(f'{name}: the device says {value!r}, published is {got!r}, expected {wanted!r}')
        results.check(not wrong, f'{community}: {same} objects are published as the device said them',
                      '\n'.join(wrong))
    results.check(used == set(DIFFERENCES), 'every difference listed is still one', set(DIFFERENCES) - used)


need('busbard', 'snmpd', 'snmpsimd', shared='devices/snmp/open')
main(each_recording)
