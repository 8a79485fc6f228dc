#!/usr/bin/env python3
"""The driver megatec on the exchanges of every dialect, against what the table of the dialects says of each field."""

import csv
import os
import re

import qx

import harness

harness.need('busbard', shared='facts/qx/dialects.tsv')
FACTS = os.path.join(harness.SHARED, 'facts', 'qx', 'dialects.tsv')
SERIAL = os.path.join(harness.SHARED, 'devices', 'serial')

# Recording: dialect in the table, profile, what the device says to what it does not know (None: it comes back).
RECORDINGS = {
    'NUT-nutdrv_qx_ablerex': ('ablerex', 'ablerex', None), 'NUT-nutdrv_qx_bestups': ('bestups', 'bestups', None),
    'NUT-nutdrv_qx_gtec': ('gtec', 'gtec', None), 'NUT-nutdrv_qx_hunnox': ('hunnox', 'hunnox', None),
    'NUT-nutdrv_qx_innovart31': ('innovart31', 'innovart31', 'NAK'),
    'NUT-nutdrv_qx_innovart33': ('innovart33', 'innovart33', 'NAK'),
    'NUT-nutdrv_qx_innovatae': ('innovatae', 'innovatae', 'NAK'),
    'NUT-nutdrv_qx_mecer': ('mecer', 'mecer', '(NAK'),
    'NUT-nutdrv_qx_megatec': ('megatec', 'megatec', None), 'NUT-nutdrv_qx_megatec-old': ('megatec_old', 'megatec-old', None),
    'NUT-nutdrv_qx_mustek': ('mustek', 'mustek', None), 'NUT-nutdrv_qx_omron': ('omron', 'omron', 'NAK'),
    'NUT-nutdrv_qx_q1': ('q1', 'q1', None), 'NUT-nutdrv_qx_q2': ('q2', 'q2', None), 'NUT-nutdrv_qx_q6': ('q6', 'q6', None),
    'NUT-nutdrv_qx_voltronic': ('voltronic', 'voltronic', '(NAK'),
    'NUT-nutdrv_qx_voltronic-axpert': ('voltronic_axpert', 'axpert', '(NAK'),
    'NUT-nutdrv_qx_voltronic-qs': ('voltronic_qs', 'voltronic-qs', None),
    'NUT-nutdrv_qx_zinto': ('zinto', 'zinto', None), 'NUT-blazer': ('megatec', 'megatec', None),
    'REAL-voltronic-P01__Orion-DC3000RT': ('voltronic', 'voltronic', '(NAK'),
    'REAL-voltronic-axpert__3KW-2021': ('voltronic_axpert', 'axpert', '(NAK'),
}
# Not here, but in test/unit/test_megatec.c: masterguard, of which there are only forms of replies, and voltronic-qs-hex,
# whose values are all computed.

# What a recording lacks.
BESIDES = {'REAL-voltronic-axpert__3KW-2021': {'QPI': '(PI30'}}
# Where we say otherwise than the table, and why.
DIFFER = {
    ('megatec', 'device.mfr'): 'the table parts the reply to I as one maker does, which cuts the names of all others',
    ('megatec', 'device.model'): 'likewise', ('megatec', 'ups.serial'): 'likewise', ('megatec', 'battery.runtime'): 'likewise',
    ('q2', 'battery.runtime'): 'whole seconds',
    ('voltronic', 'battery.voltage'): "QBV's, as long as it is answered",
}
BYTES = re.compile(r'\\x([0-9A-Fa-f]{2})')
# Letters that stand for digits: the form of a reply, not one.
FORM = re.compile(r'([A-Z])\1\.\1|MMM|XX|ccc|b7b6|[A-Za-z]{4}N?n\b')


def exchanges(name):
    """{question: reply} of a recording; of several the last that is no mere form."""
    found, question = {}, None
    with open(os.path.join(SERIAL, name + '.txt'), encoding='latin-1') as file:
        for line in file:
            text = BYTES.sub(lambda m: chr(int(m[1], 16)), line[2:].rstrip('\n').replace('\\r', ''))
            if line.startswith('> '):
                question = text
            elif line.startswith('< ') and question is not None:
                if not FORM.search(text) or question not in found:
                    found[question.replace(',XX', ',00')] = text
    return found


def rows_of(dialect):
    with open(FACTS, newline='') as file:
        return [row for row in csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE)
                if row['dialect'] == dialect and row['kind'] == 'read']


def expected(row, reply):
    """What the row makes of the reply; None: it is none of the plain kinds, or says nothing."""
    how = re.sub(r';? ?append CRC before CR; verify and strip CRC', '', row['conversion'] or '')
    flags = row['flags'] or ''
    if any(flag in flags for flag in ('not-a-nut-variable', 'off-until-enabled')) or not row['from'].isdigit():
        return None
    if len(reply) + 1 < int(row['reply_min_len'] or 0) or not reply.startswith(row['reply_first_char'] or ''):
        return None
    raw = reply[int(row['from']):None if row['to'] == 'end' else int(row['to']) + 1]
    if how.startswith('multiply by battery.packs'):
        how = ''
    factor = {'': 1, 'minutes to seconds': 60, 'x1000': 1000, 'x0.01': 0.01}.get(how.split(';')[0].strip())
    if factor is None or (how and row['format'] == '%s'):
        return None
    if row['format'] == '%s':
        return raw.strip(' #') if 'trim' in flags else None
    try:
        digits = int(row['format'][2])
        return f'{float(raw) * factor:.{digits}f}' if re.fullmatch(r'[ 0-9.]+', raw) else None
    except (ValueError, IndexError):
        return None


def short(name):
    """Of the device's section."""
    return name.replace('NUT-nutdrv_qx_', '').replace('REAL-', '').replace('__', '-').lower()


def all_dialects(world, results):
    devices, sections = {}, {}
    for name, (_, profile, unknown) in RECORDINGS.items():
        device = qx.Device(exchanges(name) | BESIDES.get(name, {}), unknown)
        device.sums = profile == 'axpert'
        devices[name] = device
        sections[short(name)] = (f'driver = megatec  port = "127.0.0.1:{device.serve()}"  profile = {profile}'
                                            '  poll = 1  max-age = 15')
    busbard = harness.Busbard(world, sections)
    total = 0
    for name, (dialect, _, _) in RECORDINGS.items():
        try:
            harness.wait_for(lambda name=name: busbard.fresh(short(name)), 30, name)
        except AssertionError:
            results.check(False, f'{name} is understood', '\n'.join(devices[name].told[-20:]))
            continue
        with busbard.client() as client:
            found = client.variables(short(name))
        seen, right, wrong = set(), 0, []
        for row in rows_of(dialect):
            question = row['command'].replace('\\r', '').replace(',XX', ',00')
            reply = devices[name].replies.get(question)
            key = row['nut_name']
            if reply is None or key in seen:
                continue
            seen.add(key)
            wanted = expected(row, reply)
            if wanted in (None, ''):
                continue
            if qx.number(found.get(key, '')) == qx.number(wanted):
                right += 1
            elif (name, key) not in DIFFER and (dialect, key) not in DIFFER:
                wrong.append(f'{key} is {found.get(key)}, not {wanted} ({question}: {reply})')
        total += right
        results.check(right > 0 and not wrong, f'{name}: {right} values are those of the table', '\n'.join(wrong))
    results.note(f'{total} values')
    busbard.program.stop()


harness.main(all_dialects)
