"""A variation module of snmpsim: SETs of a control object change the state that another object shows.

    OID|2:link|value=1,key=outlet3[,map=1:2:2:1]        the control: a SET of 1 makes the state 2
    OID|2:link|value=1,key=outlet3,show=yes             the state
"""

from snmpsim.grammar.snmprec import SnmprecGrammar
from snmpsim.mltsplit import split
from snmpsim.record.snmprec import SnmprecRecord


def init(**context):
    moduleContext['written'], moduleContext['states'] = {}, {}


def variate(oid, tag, value, **context):
    if not context['nextFlag'] and not context['exactMatch']:
        return context['origOid'], tag, context['errorStatus']
    settings = dict(split(word, '=') for word in split(value, ','))
    kind = SnmprecGrammar.tagMap[SnmprecRecord.unpackTag(tag)[0]]
    state = context['dataFile'], settings['key']
    control = context['dataFile'], str(oid)
    if 'show' in settings:
        return oid, tag, kind(moduleContext['states'].get(state, settings['value']))
    if context['setFlag']:
        if not kind().isSameTypeWith(context['origValue']):
            return context['origOid'], tag, context['errorStatus']
        number = str(context['origValue'].prettyPrint())
        words = split(settings.get('map', ''), ':')
        moduleContext['written'][control] = number
        moduleContext['states'][state] = dict(zip(words[::2], words[1::2])).get(number, number)
        return oid, tag, context['origValue']
    return oid, tag, kind(moduleContext['written'].get(control, settings['value']))


def shutdown(**context):
    pass
