"""What a run says: TAP, one line a check, with what was expected and what came where that is not the same."""

import fnmatch
import sys


class Report:
    """known: {pattern of a check's text: why that agent fails there}."""

    def __init__(self, known=(), verbose=False):
        self.known, self.verbose = dict(known), verbose
        self.number = self.failed = self.passed = self.foreseen = 0
        self.used = set()

    def check(self, right, what, expected, came):
        """Returns whether it is right, whatever is known of the agent."""
        self.number += 1
        if right:
            self.passed += 1
            came = f': {came}' if self.verbose else ''
            print(f'ok {self.number} - {what}{came}')
            return True
        why = self.why(what)
        if why is None:
            self.failed += 1
        else:
            self.foreseen += 1
        print(f'not ok {self.number} - {what}' + (f' # TODO {why}' if why else ''))
        print(f'#   expected: {expected}')
        print(f'#   came:     {came}', flush=True)
        return False

    def why(self, what):
        for pattern, why in self.known.items():
            if fnmatch.fnmatchcase(what, pattern):
                self.used.add(pattern)
                return why
        return None

    def note(self, text):
        print('#', text, flush=True)

    def skip(self, what, why):
        self.number += 1
        print(f'ok {self.number} - {what} # SKIP {why}')

    def end(self):
        """The last line; True when nothing failed but what is known to fail, and all of that did."""
        for pattern in self.known.keys() - self.used:
            self.check(False, f'known to fail: {pattern}', 'a check of that text that fails', 'none')
        print(f'1..{self.number}')
        self.note(f'{self.passed} passed, {self.failed} failed, {self.foreseen} failed as known')
        sys.stdout.flush()
        return self.failed == 0


def known_failures(path, agents):
    """{pattern: why} of the lines "agent TAB pattern TAB why" of these agents."""
    found = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            fields = line.rstrip('\n').split('\t')
            if len(fields) == 3 and not line.startswith('#') and fields[0] in agents:
                found[fields[1]] = fields[2]
    return found
