"""Acts by PyNUT (python3-nut): one act a line on standard input, its answer ends with a dot."""

import sys

import PyNUT

host, port, device, user, password = sys.argv[1:]
nut = None


def text(pairs):
    """PyNUT answers with bytes, as they came."""
    return [f'{name.decode()}: {value.decode()}' for name, value in pairs.items()]


def connect():
    global nut
    nut = PyNUT.PyNUTClient(host=host, port=int(port), login=user, password=password)


def told(answer):
    return answer.decode().rstrip().splitlines()


acts = {
    'connect': connect,
    'devices': lambda: text(nut.GetUPSList()),
    'list': lambda: text(nut.GetUPSVars(device)),
    'commands': lambda: sorted(name.decode() for name in nut.GetUPSCommands(device)),
    'settable': lambda: text(nut.GetRWVars(device)),
    'set': lambda name, value: [nut.SetRWVar(device, name, value)],
    'run': lambda name: [nut.RunUPSCommand(device, name)],
    'fsd': lambda: [nut.FSD(device)],
    'help': lambda: told(nut.help()),
    'version': lambda: told(nut.ver()),
    'clients': lambda: [str(nut.ListClients())],
}

for line in sys.stdin:
    act, *words = line.split()
    try:
        for answer in acts[act](*words) or ():
            print(answer)
    except Exception as error:
        print('error:', type(error).__name__, *(error.args and [error.args[0]]))
    print('.', flush=True)
