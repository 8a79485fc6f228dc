"""A PDU of 48 switched and metered outlets on three phases and six banks, as an APC rPDU2 answers: the objects that
test/bench/snmpagent serves."""

RPDU2 = '1.3.6.1.4.1.318.1.1.26.'
INTEGER, TEXT, OID, GAUGE, TICKS = 2, 4, 6, 66, 67


def column(objects, table, number, rows, value, tag=INTEGER):
    for row in range(1, rows + 1):
        objects.append((f'{RPDU2}{table}.{number}.{row}', tag, value(row) if callable(value) else value))


def table(objects, name, rows, columns):
    for number, value in columns.items():
        column(objects, name, number, rows, value, TEXT if isinstance(value, str) else INTEGER)


def objects(outlets=48, phases=3, banks=6):
    found = [('1.3.6.1.2.1.1.1.0', TEXT, 'a PDU of the benchmark'), ('1.3.6.1.2.1.1.2.0', OID, '1.3.6.1.4.1.318.1.3.4.6'),
             ('1.3.6.1.2.1.1.3.0', TICKS, 1000000), ('1.3.6.1.2.1.1.4.0', TEXT, 'ops'), ('1.3.6.1.2.1.1.6.0', TEXT, 'rack')]
    table(found, '2.1', 1, {6: '6.7.2', 8: 'AP8959', 9: '5A0000000000'})
    table(found, '4.2.1', 1, {9: 32, 13: 220})
    table(found, '4.3.1', 1, {1: 1, 2: 1, 4: 2, 5: 612, 6: 900, 9: 123456, 12: 1, 16: 640, 17: 96})
    table(found, '4.4.1', 1, {4: 6})
    table(found, '6.1.1', phases, {5: 0, 6: 24, 7: 32})
    table(found, '6.3.1', phases, {2: 1, 3: lambda n: n, 4: 2, 5: 91, 6: 230, 7: 204, 8: 213, 9: 96, 10: 140})
    table(found, '8.1.1', banks, {5: 0, 6: 12, 7: 16})
    table(found, '8.2.1', banks, {4: lambda n: (n - 1) % 3 + 1, 5: 16})
    table(found, '8.3.1', banks, {2: 1, 3: lambda n: n, 4: 2, 5: 45, 6: 70})
    table(found, '9.2.1.1', outlets, {5: 0, 6: 0, 7: 5})
    column(found, '9.2.1.1', 3, outlets, lambda n: f'Outlet {n}', TEXT)
    table(found, '9.2.2.1', outlets, {5: lambda n: n % 3 + 1, 6: lambda n: n % 6 + 1})
    table(found, '9.2.3.1', outlets, {2: 1, 4: lambda n: n, 5: 2})
    table(found, '9.2.4.1', outlets, {5: 1})
    table(found, '9.4.3.1', outlets, {2: 1, 4: lambda n: n, 5: 2, 6: lambda n: n % 20, 7: lambda n: n * 4, 11: 4711, 12: 'IEC C13'})
    return sorted(found, key=lambda one: [int(arc) for arc in one[0].split('.')])


def write(path):
    with open(path, 'w') as file:
        for oid, tag, value in objects():
            file.write(f'{oid}|{tag}|{value}\n')
