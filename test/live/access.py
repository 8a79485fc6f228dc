"""Who may do what: each principal tries each operation, over SNMP, NUT and the control socket, through a real snmpd."""

import os
import re
import shlex

import harness
from harness import Busbard, Snmpd, need, wait_for
from pdu_mib import ENTERPRISE

BB = ENTERPRISE + '.1.'
NAME, STATE, COMMAND, CONFIRM = BB + '4.5.1.2', BB + '4.5.1.10', BB + '8.1.1.1', BB + '8.1.1.3'
SOURCE = '1.3.6.1.2.1.33.1.4.1.0'
OFF, CYCLE = '2', '3'
SECRET = 'a long enough secret'
PDU = 'device.type: pdu\noutlet.count: 4\n' + ''.join(
    f'outlet.{n}.status: on\noutlet.{n}.switchable: yes\noutlet.{n}.desc: plug{n}\n' for n in range(1, 5))
LINES = '''
user one { password = single  commands = {"pdu1:outlet.3.load.cycle"} }
user boss { password = top  actions = {SET}  commands = {ALL} }
user again { password = on  commands = {ALL} }
'''

# What is tried: the device, its outlet, what; outlet 2 of pdu1 is critical, outlet 4 locked.
OPERATIONS = {
    'reads outlet 3': ('pdu1', 3, 'read'),
    'cycles outlet 3': ('pdu1', 3, 'cycle'),
    'puts outlet 3 off': ('pdu1', 3, 'off'),
    'puts outlet 1 off': ('pdu1', 1, 'off'),
    'puts an outlet of another PDU off': ('pdu2', 3, 'off'),
    'puts the critical outlet off': ('pdu1', 2, 'off'),
    'puts the critical outlet off and confirms': ('pdu1', 2, 'confirmed'),
    'puts the locked outlet off': ('pdu1', 4, 'confirmed'),
    'names outlet 3': ('pdu1', 3, 'name'),
}

# What is answered, and the counter of refusals that goes up by it; what snmpd refuses, busbard never hears of.
NO_ACCESS, NO_CONTEXT = ('noAccess', None), ('authorizationError', None)
OK = ('ok', None)
UNCONFIRMED, LOCKED = 'requests.unconfirmed', 'requests.denied'
NUT_DENIED = ('ACCESS-DENIED', 'denied')
NOT_ALLOWED, CONFIRMS = 'does not allow', 'confirm'
MATRIX = {
    # v2c read community
    'public': [OK, *[NO_ACCESS] * 8],
    # v2c community with the view of one PDU
    'pducontrol': [OK, OK, OK, OK, NO_ACCESS, ('inconsistentValue', UNCONFIRMED), OK, ('notWritable', LOCKED), NO_ACCESS],
    # v3 users: the view of one outlet; another context
    'outletuser': [OK, OK, OK, *[NO_ACCESS] * 6],
    'contextuser': [NO_CONTEXT] * 9,
    # NUT users
    'one': [OK, OK, *[NUT_DENIED] * 7],
    'boss': [OK, OK, OK, OK, OK, ('ACCESS-DENIED', UNCONFIRMED), OK, ('ACCESS-DENIED', LOCKED), OK],
    # uids at the control socket
    'nobody': [OK, *[(NOT_ALLOWED, 'control.denied')] * 8],
    'ourselves': [OK, OK, OK, OK, OK, (CONFIRMS, UNCONFIRMED), OK, (NOT_ALLOWED, LOCKED), OK],
}
ORIGINS = {'pducontrol': 'snmp', 'outletuser': 'snmp', 'one': 'nut one@127.0.0.1', 'boss': 'nut boss@127.0.0.1',
           'ourselves': f'control uid {os.geteuid()}'}
# The first refusal of its kind is in the journal, with who asked; those that follow within a minute are counted.
JOURNAL = {'a SET without a confirmation': r'pdu1 +command-refused .*origin=snmp result="it is critical',
           'a SET of what is locked': r'pdu1 +command-refused .*origin=snmp result="the configuration',
           'a NUT user': r'access-refused +by=one@127.0.0.1', 'a uid': r'access-refused +by="control uid 65534"'}


class Stage:
    def __init__(self, world):
        self.world = world
        for name in ('pdu1', 'pdu2'):
            world.write(name + '.dev', PDU)
        world.write('ups1.dev', 'ups.status: OL\nbattery.charge: 100\n')
        first = self.serve(None)
        views = [self.control('snmpd-view', what)[1] for what in ('pdu1', 'pdu1:3')]
        first.program.stop()            # the numbers stay
        self.snmpd = Snmpd(world, ['ups1'], lines=[*views, *access('pducontrol', 'v2c', 'noauth', views[0]),
                                                   'com2sec pducontrol 127.0.0.1 pducontrol',
                                                   *access('outletuser', 'usm', 'priv', views[1]),
                                                   f'createUser outletuser SHA "{SECRET}" AES "{SECRET}"',
                                                   f'createUser contextuser SHA "{SECRET}" AES "{SECRET}"',
                                                   'group contextuser usm contextuser',
                                                   'access contextuser ups1 usm priv exact all all none'])
        self.serve(self.snmpd)
        self.indexes = {'pdu1': views[0].rsplit('.', 1)[1].split()[0]}
        self.indexes['pdu2'] = self.control('snmpd-view', 'pdu2')[1].rsplit('.', 1)[1].split()[0]
        self.manager = self.snmpd.manager()
        for device, index in self.indexes.items():
            wait_for(lambda index=index: self.manager.value(f'{STATE}.{index}.4') == 2, 30, f'{device} is in the MIB')

    def serve(self, snmpd):
        self.busbard = Busbard(self.world, {
            'ups1': f'driver = sim port = "{self.world.path("ups1.dev")}"',
            'pdu1': f'driver = sim port = "{self.world.path("pdu1.dev")}" outlet 2 {{ critical = yes }} '
                    'outlet 4 { writable = no } outlet 3 { cycle-off = 1 }',
            'pdu2': f'driver = sim port = "{self.world.path("pdu2.dev")}"'},
            snmpd, agentx='writable = {names, control}' if snmpd else '', lines=LINES)
        for name in ('pdu1', 'pdu2'):
            wait_for(lambda name=name: self.states()[name, 4] == 'on', 30, f'{name} is served')
        return self.busbard

    def control(self, *argv):
        return self.world.run('busbarctl', '-s', self.busbard.control, *argv)

    def states(self):
        with self.busbard.client() as client:
            return {(name, n): client.value(name, f'outlet.{n}.status') for name in ('pdu1', 'pdu2') for n in range(1, 5)}

    def reset(self):
        for (name, n), state in self.states().items():
            if state != 'on':
                with self.busbard.client(timeout=30) as client:
                    client.ask('USERNAME again')
                    client.ask('PASSWORD on')
                    client.ask(f'INSTCMD {name} outlet.{n}.load.on')


def access(name, model, level, view):
    """Who reads everything and writes what the view opens."""
    return [f'group {name} {model} {name}', f'access {name} "" {model} {level} exact all {view.split("view ")[1].split()[0]} none']


# -- the three doors: each gives "ok" or the reason ------------------------------------------

def by_snmp(stage, principal, device, outlet, what):
    who = ['-v2c', '-c', principal] if principal in ('public', 'pducontrol') else [
        '-v3', '-u', principal, '-l', 'authPriv', '-a', 'SHA', '-A', SECRET, '-x', 'AES', '-X', SECRET]
    row = f'.{stage.indexes[device]}.{outlet}'
    varbinds = {'read': [], 'cycle': [COMMAND + row, 'i', CYCLE], 'off': [COMMAND + row, 'i', OFF],
                'confirmed': [COMMAND + row, 'i', OFF, CONFIRM + row, 'i', str(stage.manager.value(CONFIRM + row))],
                'name': [NAME + row, 's', 'new name']}[what]
    status, out, error = stage.world.run(*(['snmpget'] if what == 'read' else ['snmpset']), *who, '-t', '10', '-r', '0', '-On',
                                         f'127.0.0.1:{stage.snmpd.port}', *(varbinds or [STATE + row]))
    reason = re.search(r'Reason: \(?(\w+)', error)
    return reason[1] if reason else 'ok' if status == 0 and ' = INTEGER: ' in out else out + error


def by_nut(stage, principal, device, outlet, what):
    line = {'read': f'GET VAR {device} outlet.{outlet}.status', 'name': f'SET VAR {device} outlet.{outlet}.desc "new name"',
            'cycle': f'INSTCMD {device} outlet.{outlet}.load.cycle', 'off': f'INSTCMD {device} outlet.{outlet}.load.off',
            'confirmed': f'INSTCMD {device} outlet.{outlet}.load.off confirm'}[what]
    with stage.busbard.client(timeout=30) as client:
        client.ask(f'USERNAME {principal}')
        client.ask('PASSWORD ' + {'one': 'single', 'boss': 'top'}[principal])
        answer = client.ask(line)
    return 'ok' if answer == 'OK' or answer.startswith('VAR ') else answer.removeprefix('ERR ')


def by_control(stage, principal, device, outlet, what):
    words = {'read': f'show {device}', 'name': f'set {device} outlet.{outlet}.desc new', 'cycle': f'run {device} outlet.{outlet}.load.cycle',
             'off': f'run {device} outlet.{outlet}.load.off', 'confirmed': f'run {device} outlet.{outlet}.load.off --confirm'}[what]
    program = ['busbarctl']
    if principal == 'nobody':
        # nobody may not be allowed to search the folder that it is in
        path = shlex.quote(harness.find('busbarctl'))
        program = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c',
                   f'cd / && cat {path} >/dev/null && exec {path} "$@"', 'sh']
    status, out, error = stage.world.run(*program, '-s', stage.busbard.control, *words.split())
    if status == 0:
        return 'ok'
    return next((word for word in (NOT_ALLOWED, CONFIRMS) if word in error), f'{status} {error}')


DOORS = {'one': by_nut, 'boss': by_nut, 'nobody': by_control, 'ourselves': by_control}


# -- the matrix -----------------------------------------------------------------------------------

def able(stage, principal):
    """Whether we can be that principal here."""
    if principal != 'nobody':
        return True
    if os.geteuid() != 0 or harness.find('setpriv') is None:
        return False
    for folder in ('', 'busbard', 'busbard/run'):
        os.chmod(os.path.join(stage.world.folder, folder), 0o755)
    return 'Permission denied' not in by_control(stage, principal, 'pdu1', 3, 'read')


def counters(stage):
    """{name: number} of all refusals."""
    lines = [line.split(': ') for line in stage.control('list', '--server')[1].splitlines() if ': ' in line]
    return {name: int(number) for name, number in lines if name.startswith(('requests.', 'control.')) or name == 'denied'}


def cell(stage, principal, operation, expected):
    """The answer, and whether everything is then as it should be."""
    device, outlet, what = OPERATIONS[operation]
    answer = DOORS.get(principal, by_snmp)(stage, principal, device, outlet, what)
    after = {key: 'on' for key in stage.states()}
    if expected == OK and what in ('off', 'confirmed'):
        after[device, outlet] = 'off'
    if expected == OK and what == 'cycle':
        done = f'{BB}8.1.1.1.{stage.indexes[device]}.{outlet}'
        wait_for(lambda: stage.manager.value(done) == 0, 30, 'the cycle has ended')
    wait_for(lambda: stage.states() == after or expected != OK, 30, f'{principal} {operation}')
    return answer, stage.states() == after


def commands_of(stage, principal):
    """How many commands of outlets the journal has from them."""
    origin = re.escape(ORIGINS.get(principal, '-'))
    return len(re.findall(f'outlet-ended .*origin="?{origin}"? result=done', stage.control('events')[1]))


def matrix(world, results):
    stage = Stage(world)
    for principal, row in MATRIX.items():
        if not able(stage, principal):
            results.skip(f'{principal}', 'only root can be another user')
            continue
        counted, written = counters(stage), commands_of(stage, principal)
        for operation, expected in zip(OPERATIONS, row):
            answer, right = cell(stage, principal, operation, expected)
            results.check(answer == expected[0] and right, f'{principal} {operation}: {answer}', (expected, stage.states()))
            written += expected == OK and OPERATIONS[operation][2] not in ('read', 'name')
            if expected[1] is not None:
                counted[expected[1]] += 1
            stage.reset()
        wait_for(lambda: counters(stage) == counted, 30, f'each refusal of {principal} is counted: {counted}')
        wait_for(lambda: commands_of(stage, principal) == written, 30, f'the journal has what {principal} did: {written}')
        results.check(True, f"{principal}: the counters and the journal have what was refused and done, and no more")
    journal = stage.control('events')[1]
    for what, line in JOURNAL.items():
        if what == 'a uid' and not able(stage, 'nobody'):
            results.skip(what, 'only root can be another user')
        else:
            results.check(re.search(line, journal) is not None, f'{what} that is refused is in the journal', journal)


need('busbard', 'busbarctl', 'snmpd', 'snmpset', 'snmpget')
harness.main(matrix)
