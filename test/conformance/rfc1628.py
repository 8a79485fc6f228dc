"""The objects of UPS-MIB as data: what RFC 1628 says of each."""

from collections import namedtuple

ROOT = (1, 3, 6, 1, 2, 1, 33)
OBJECTS = ROOT + (1,)

READ_ONLY, READ_WRITE, NOT_ACCESSIBLE = 'read-only', 'read-write', 'not-accessible'

INT_MAX = 2**31 - 1

# type: as it is on the wire; low, high: of the value, or of the length of a text; names: of an enumeration
Syntax = namedtuple('Syntax', 'type low high names', defaults=(None,))

ANY = Syntax('INTEGER', -2**31, INT_MAX)
NOT_NEGATIVE = Syntax('INTEGER', 0, INT_MAX)
POSITIVE = Syntax('INTEGER', 1, INT_MAX)
COUNTDOWN = Syntax('INTEGER', -1, INT_MAX)      # the RFC's upper bound is one too many for the type
COUNTER = Syntax('Counter32', 0, 2**32 - 1)
GAUGE = Syntax('Gauge32', 0, 2**32 - 1)
TICKS = Syntax('TimeTicks', 0, 2**32 - 1)
IDENTITY = Syntax('OBJECT IDENTIFIER', None, None)


def text(high):
    return Syntax('OCTET STRING', 0, high)


def number(low, high):
    return Syntax('INTEGER', low, high)


def words(*names):
    return Syntax('INTEGER', 1, len(names), dict(enumerate(names, 1)))


ON_OFF = words('on', 'off')

# From which level of compliance on an implementation has to have the object.
SUBSET, BASIC, FULL, OPTIONAL = range(4)
LEVELS = {'none': None, 'subset': SUBSET, 'basic': BASIC, 'full': FULL}

# Groups whose objects can be written, as they are opened one by one.
NAMES, TEST, CONTROL, CONFIG = 'names', 'test', 'control', 'config'

# arcs: below OBJECTS, without the instance; rows: whether a column of a table;
# fixed: the RFC lets an agent have it read-only (MIN-ACCESS)
Object = namedtuple('Object', 'name arcs syntax access level group fixed rows', defaults=(None, False, False))


def scalar(name, arcs, syntax, level):
    return Object(name, arcs, syntax, READ_ONLY, level)


def settable(name, arcs, syntax, level, group, fixed=False):
    return Object(name, arcs, syntax, READ_WRITE, level, group, fixed)


def column(name, arcs, syntax, level):
    return Object(name, arcs, syntax, READ_ONLY, level, rows=True)


def index(name, arcs):
    return Object(name, arcs, POSITIVE, NOT_ACCESSIBLE, OPTIONAL, rows=True)


EVERY = (
    scalar('upsIdentManufacturer', (1, 1), text(31), SUBSET),
    scalar('upsIdentModel', (1, 2), text(63), SUBSET),
    scalar('upsIdentUPSSoftwareVersion', (1, 3), text(63), BASIC),
    scalar('upsIdentAgentSoftwareVersion', (1, 4), text(63), SUBSET),
    settable('upsIdentName', (1, 5), text(63), SUBSET, NAMES),
    settable('upsIdentAttachedDevices', (1, 6), text(63), SUBSET, NAMES),

    scalar('upsBatteryStatus', (2, 1), words('unknown', 'batteryNormal', 'batteryLow', 'batteryDepleted'), SUBSET),
    scalar('upsSecondsOnBattery', (2, 2), NOT_NEGATIVE, SUBSET),
    scalar('upsEstimatedMinutesRemaining', (2, 3), POSITIVE, FULL),
    scalar('upsEstimatedChargeRemaining', (2, 4), number(0, 100), FULL),
    scalar('upsBatteryVoltage', (2, 5), NOT_NEGATIVE, OPTIONAL),
    scalar('upsBatteryCurrent', (2, 6), ANY, OPTIONAL),
    scalar('upsBatteryTemperature', (2, 7), ANY, OPTIONAL),

    scalar('upsInputLineBads', (3, 1), COUNTER, SUBSET),
    scalar('upsInputNumLines', (3, 2), NOT_NEGATIVE, BASIC),
    index('upsInputLineIndex', (3, 3, 1, 1)),
    column('upsInputFrequency', (3, 3, 1, 2), NOT_NEGATIVE, BASIC),
    column('upsInputVoltage', (3, 3, 1, 3), NOT_NEGATIVE, BASIC),
    column('upsInputCurrent', (3, 3, 1, 4), NOT_NEGATIVE, OPTIONAL),
    column('upsInputTruePower', (3, 3, 1, 5), NOT_NEGATIVE, OPTIONAL),

    scalar('upsOutputSource', (4, 1),
           words('other', 'none', 'normal', 'bypass', 'battery', 'booster', 'reducer'), SUBSET),
    scalar('upsOutputFrequency', (4, 2), NOT_NEGATIVE, BASIC),
    scalar('upsOutputNumLines', (4, 3), NOT_NEGATIVE, BASIC),
    index('upsOutputLineIndex', (4, 4, 1, 1)),
    column('upsOutputVoltage', (4, 4, 1, 2), NOT_NEGATIVE, BASIC),
    column('upsOutputCurrent', (4, 4, 1, 3), NOT_NEGATIVE, FULL),
    column('upsOutputPower', (4, 4, 1, 4), NOT_NEGATIVE, FULL),
    column('upsOutputPercentLoad', (4, 4, 1, 5), number(0, 200), FULL),

    scalar('upsBypassFrequency', (5, 1), NOT_NEGATIVE, OPTIONAL),
    scalar('upsBypassNumLines', (5, 2), NOT_NEGATIVE, OPTIONAL),
    index('upsBypassLineIndex', (5, 3, 1, 1)),
    column('upsBypassVoltage', (5, 3, 1, 2), NOT_NEGATIVE, OPTIONAL),
    column('upsBypassCurrent', (5, 3, 1, 3), NOT_NEGATIVE, OPTIONAL),
    column('upsBypassPower', (5, 3, 1, 4), NOT_NEGATIVE, OPTIONAL),

    scalar('upsAlarmsPresent', (6, 1), GAUGE, SUBSET),
    index('upsAlarmId', (6, 2, 1, 1)),
    column('upsAlarmDescr', (6, 2, 1, 2), IDENTITY, OPTIONAL),
    column('upsAlarmTime', (6, 2, 1, 3), TICKS, OPTIONAL),

    settable('upsTestId', (7, 1), IDENTITY, BASIC, TEST),
    settable('upsTestSpinLock', (7, 2), NOT_NEGATIVE, BASIC, TEST),
    scalar('upsTestResultsSummary', (7, 3),
           words('donePass', 'doneWarning', 'doneError', 'aborted', 'inProgress', 'noTestsInitiated'), BASIC),
    scalar('upsTestResultsDetail', (7, 4), text(255), BASIC),
    scalar('upsTestStartTime', (7, 5), TICKS, BASIC),
    scalar('upsTestElapsedTime', (7, 6), NOT_NEGATIVE, BASIC),

    settable('upsShutdownType', (8, 1), words('output', 'system'), SUBSET, CONTROL, fixed=True),
    settable('upsShutdownAfterDelay', (8, 2), COUNTDOWN, SUBSET, CONTROL),
    settable('upsStartupAfterDelay', (8, 3), COUNTDOWN, BASIC, CONTROL),
    settable('upsRebootWithDuration', (8, 4), number(-1, 300), BASIC, CONTROL),
    settable('upsAutoRestart', (8, 5), ON_OFF, SUBSET, CONTROL, fixed=True),

    settable('upsConfigInputVoltage', (9, 1), NOT_NEGATIVE, SUBSET, CONFIG, fixed=True),
    settable('upsConfigInputFreq', (9, 2), NOT_NEGATIVE, SUBSET, CONFIG, fixed=True),
    settable('upsConfigOutputVoltage', (9, 3), NOT_NEGATIVE, SUBSET, CONFIG, fixed=True),
    settable('upsConfigOutputFreq', (9, 4), NOT_NEGATIVE, SUBSET, CONFIG, fixed=True),
    scalar('upsConfigOutputVA', (9, 5), NOT_NEGATIVE, SUBSET),
    scalar('upsConfigOutputPower', (9, 6), NOT_NEGATIVE, SUBSET),
    settable('upsConfigLowBattTime', (9, 7), NOT_NEGATIVE, BASIC, CONFIG),
    settable('upsConfigAudibleStatus', (9, 8), words('disabled', 'enabled', 'muted'), BASIC, CONFIG),
    settable('upsConfigLowVoltageTransferPoint', (9, 9), NOT_NEGATIVE, OPTIONAL, CONFIG),
    settable('upsConfigHighVoltageTransferPoint', (9, 10), NOT_NEGATIVE, OPTIONAL, CONFIG),
)

BY_NAME = {thing.name: thing for thing in EVERY}
BY_ARCS = {thing.arcs: thing for thing in EVERY}

# A table's column of line numbers, and how many lines there are said to be.
LINES = {'upsInputLineIndex': 'upsInputNumLines', 'upsOutputLineIndex': 'upsOutputNumLines',
         'upsBypassLineIndex': 'upsBypassNumLines'}

WELL_KNOWN_ALARMS = OBJECTS + (6, 3)
ALARMS = 24
ALARM_ON_BATTERY, ALARM_LOW_BATTERY, ALARM_DEPLETED_BATTERY = 2, 3, 4
ALARM_ON_BYPASS, ALARM_SHUTDOWN_PENDING, ALARM_TEST_IN_PROGRESS = 9, 22, 24

WELL_KNOWN_TESTS = OBJECTS + (7, 7)
NO_TESTS, ABORT_TEST, GENERAL_TEST, QUICK_TEST, DEEP_TEST = (WELL_KNOWN_TESTS + (n,) for n in range(1, 6))
IN_PROGRESS, NO_TESTS_INITIATED = 5, 6

ARC = {'upsIdent': 1, 'upsBattery': 2, 'upsInput': 3, 'upsOutput': 4, 'upsBypass': 5, 'upsAlarm': 6, 'upsTest': 7,
       'upsControl': 8, 'upsConfig': 9}


def oid(name, instance=0):
    """The OID of an instance; instance None: of the object itself."""
    arcs = OBJECTS + BY_NAME[name].arcs
    return arcs if instance is None else arcs + (instance,)


def find(name):
    """(object, instance arcs) of an OID, or (None, None)."""
    arcs = name[len(OBJECTS):]
    for size in (4, 2):
        thing = BY_ARCS.get(arcs[:size])
        if name[:len(OBJECTS)] == OBJECTS and thing is not None:
            return thing, arcs[size:]
    return None, None


def label(name):
    """"upsBatteryStatus.0", or the OID as it is."""
    thing, instance = find(name)
    return '.'.join(map(str, (thing.name, *instance) if thing is not None else name))


def alarm_numbers(manager):
    """n of every upsWellKnownAlarms.n that is present now."""
    walk = manager.walk(oid('upsAlarmDescr', None))
    return {bind.value[-1] for bind in walk if bind.type == 'OBJECT IDENTIFIER' and bind.value[:-1] == WELL_KNOWN_ALARMS}


def unfit(syntax, kind, value):
    """What is wrong with a value of that syntax; None when it fits."""
    if kind != syntax.type:
        return f'{kind}'
    if kind == 'OBJECT IDENTIFIER':
        return None
    if kind == 'OCTET STRING':
        if len(value) > syntax.high:
            return f'{len(value)} octets'
        strange = [octet for octet in value if octet > 126 or octet < 32 and octet not in (0, 7, 8, 9, 10, 11, 12, 13)]
        return f'the octet {strange[0]:#04x}' if strange else None
    return None if syntax.low <= value <= syntax.high else str(value)


def shown(syntax):
    """The syntax in words."""
    if syntax.names:
        return 'INTEGER { ' + ', '.join(f'{name}({n})' for n, name in syntax.names.items()) + ' }'
    if syntax.low is None:
        return syntax.type
    if syntax.type == 'OCTET STRING':
        return f'DisplayString (SIZE ({syntax.low}..{syntax.high}))'
    return f'{syntax.type} ({syntax.low}..{syntax.high})'
