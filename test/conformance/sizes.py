"""Large requests and large answers: tooBig, and GETBULKs that are cut to what fits; what a manager of SNMPv3 can take."""

from manager import Silence
from rfc1628 import OBJECTS, oid

ASKED = (20, 50, 200, 1000, 2500)       # varbinds in one request
SMALLEST = 484                          # octets that every agent must take (RFC 3417, 3.2)
FEW = 18                                # varbinds that fit into a request of that size, and not into the answer
VARBIND = 17                            # octets of one without a value


def longest(agent):
    """The object with the longest text: answers are larger than the requests for it."""
    texts = [bind for bind in agent.walked if bind.type == 'OCTET STRING']
    return max(texts, key=lambda bind: len(bind.value)).name if texts else oid('upsIdentManufacturer')


def gets(agent, report):
    """One object, very often: a whole answer, or tooBig and nothing, or an honest silence above 484 octets."""
    name = longest(agent)
    for count in ASKED:
        try:
            answer = agent.manager.get(*[name] * count)
        except Silence as silence:
            # an agent may drop what is longer than it takes
            report.check(count * VARBIND > SMALLEST, f'GET of {count} varbinds is answered', 'an answer', silence)
            report.note(f'GET of {count} varbinds: {silence}')
            return
        full = answer.error == 'noError' and len(answer.binds) == count and len({tuple(bind) for bind in answer.binds}) == 1
        report.check(full or answer.error == 'tooBig', f'GET of {count} varbinds is answered', 'all of them, or tooBig',
                     (answer.error, answer.index, len(answer.binds)))
        if answer.error == 'tooBig':
            report.check((answer.index, answer.binds) == (0, []), 'tooBig: how it is said', 'error-index 0, and no varbinds',
                         (answer.index, len(answer.binds)))
            return


def bulks(agent, report):
    """More repetitions than there is room for: what fits comes, whole and in order."""
    wide = [OBJECTS + (group,) for group in range(1, 10)]
    for repetitions in (200, 2000, 2**31 - 1):
        answer = agent.manager.bulk(0, repetitions, *wide)
        good = answer.error == 'noError' and len(answer.binds) >= len(wide) and answer.size <= 65507
        report.check(good, f'GETBULK of {len(wide)} columns, {repetitions} repetitions', 'noError, cut to what fits',
                     (answer.error, len(answer.binds), answer.size))


def run_told(agent, report):
    """SNMPv3 tells the agent how much the manager takes."""
    if agent.small is None:
        report.skip('msgMaxSize', 'needs SNMPv3')
        return
    answer = agent.small.get(*[longest(agent)] * FEW)
    report.check((answer.error, answer.binds) == ('tooBig', []) and answer.size <= SMALLEST,
                 f'GET of {FEW} varbinds by who takes {SMALLEST} octets', 'tooBig with none',
                 (answer.error, len(answer.binds), answer.size))
    answer = agent.small.bulk(0, 100, OBJECTS)
    report.check(answer.error == 'noError' and 0 < answer.size <= SMALLEST and len(answer.binds) > 0,
                 f'GETBULK of 100 repetitions by who takes {SMALLEST} octets', 'as many as fit',
                 (answer.error, len(answer.binds), answer.size))


def run(agent, report):
    gets(agent, report)
    bulks(agent, report)
