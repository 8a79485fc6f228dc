"""busbarctl import-nut: of NUT's files a busbar.conf that busbard takes, and that serves the same clients."""

import os
import re

from harness import Busbard, SRCDIR, main, need

SYNOLOGY = {
    'ups.conf': 'pollinterval = 5\n\n[ups]\n\tdriver = usbhid-ups\n\tport = auto\n\tdesc = "Diskstation"\n',
    'upsd.conf': 'LISTEN 0.0.0.0\nLISTEN ::\n',
    'upsd.users': '[monuser]\n\tpassword = secret\n\tupsmon slave\n',
    'upsmon.conf': 'MONITOR ups@localhost 1 monuser secret master\nHOSTSYNC 15\nMINSUPPLIES 1\nSHUTDOWNCMD ""\n',
}
QNAP = {
    'ups.conf': '[qnapups]\ndriver=snmp-ups\nport=192.0.2.40\nmibs = ietf\ncommunity=public\nsnmp_version=v1\npollfreq=15\n'
                'ignorelb\noverride.battery.charge.low = 30\noverride.battery.runtime.low = -1\n',
    'upsd.conf': '# QNAP\nLISTEN 0.0.0.0 3493\nLISTEN 0.0.0.0 3493\nMAXCONN 60\nMAXCONN 70\n',
    'upsd.users': '[admin]\n\tpassword = 123456\n\tactions = SET\n\tinstcmds = ALL\n\tupsmon master\n',
}
PORTS = {
    'ups.conf': '''[hid]
 driver = usbhid-ups
 port = auto
 vendorid = 051d
 productid = 0002
 serial = 4B1
[kept]
 driver = usbhid-ups
 port = auto
 product = ".*Back-UPS.*"
[apc]
 driver = apcsmart
 port = /dev/ttyS0
 cable = 940-0095B
 sdtype = 4
[smart3]
 driver = apcsmart
 port = /dev/ttyS4
 sdtype = 3
[qx]
 driver = nutdrv_qx
 port = auto
 vendorid = 0665
 productid = 5161
 protocol = voltronic
 subdriver = cypress
[blazer]
 driver = blazer_ser
 port = /dev/ttyS1
 runtimecal = 240,100,720,50
[mge]
 driver = mge-shut
 port = /dev/ttyS2
[wires]
 driver = genericups
 port = /dev/ttyS3
 upstype = 4
[own]
 driver = genericups
 port = /dev/ttyS5
 upstype = 4
 SD = DTR
''',
}
DEBIAN = {
    'ups.conf': 'maxretry = 3\n\n[demo]\n    driver = dummy-ups\n    port = rack1.dev\n    desc = "plain"\n',
    'upsd.conf': '',
    'upsd.users': '[upsmon]\n    password  = "pass\\" \\\\word # 1"  # quoted\n    upsmon primary\n',
    'upsmon.conf': 'MONITOR demo@localhost 1 upsmon "x" primary\nMONITOR gone@localhost 1 nobody x primary\n'
                   'MONITOR far@192.0.2.9 1 nobody x secondary\n',
    'nut.conf': 'MODE=netserver\n',
}
# upsd takes "a" for admin's password: an "=" ends a word, and further passwords are ignored.
BIG = {
    'ups.conf': '''maxstartdelay = 30
chroot = /var/run/nut
funny = yes
[row1-a]
 driver = snmp-ups
 port = ups-a.example.net
 snmp_version = v3
 secLevel = authPriv
 secName = monitor
 authPassword = "auth secret"
 authProtocol = SHA256
 privPassword = privsecret
 privProtocol = AES
 snmp_timeout = 2
 sdorder = 1
 pollinterval = 30
 pollfreq = 10
 default.ups.mfr = "ACME \\"Power\\""
[row1-b]
 driver = snmp-ups
 port = 192.0.2.41:1161
 community = s3cret
[row1-c]
 driver = snmp-ups
 port = 2001:db8::7
 snmp_version = v3
 secName = m
 secLevel = authNoPriv
 authPassword = longsecret
[serial]
 driver = bcmxcp
 port = /dev/ttyS0
 runtimecal = 240,100,720,50
 override.battery.packs = 2
[site]
 driver = dummy-ups
 mode = repeater
 port = ups@nut.example.net:3494
[old]
 driver = apcupsd-ups
 port = localhost
[Old]
 driver = dummy-ups
 port = x.dev
[bad name]
 driver = dummy-ups
 port = x.dev
[bad/name]
 driver = dummy-ups
 port = x.dev
[empty]
[loop]
 driver = dummy-ups
 port = /srv/nut/loop.seq
''',
    'upsd.conf': 'MAXAGE 25\nLISTEN localhost\nLISTEN 10.0.0.1 3500\nLISTEN fe80::1%eth0 3493\nLISTEN nut.example.net\n'
                 'LISTEN 10.0.0.1 99999\nMAXCONN 1024\nCERTFILE /nowhere/upsd.pem\nCERTPATH /etc/nut/cert\n'
                 'CERTIDENT "my cert" pw\nCERTREQUEST 2\nSTATEPATH /run/nut\nACL all 0.0.0.0/0\nNOVELTY 1\n',
    'upsd.users': '[admin]\npassword = a=b\npassword = c\nactions = SET\nactions = FSD\ninstcmds = test.battery.start\n'
                  'instcmds = load.off load.on\n[mon]\npassword = m\nupsmon = slave\nallowfrom = localhost\n'
                  '[nopw]\nactions = SET\n[admin]\npassword = other\n[b c]\npassword = x\n'
                  '[weird]\npassword = p\nactions = REBOOT\ninstcmds = "a b"\nupsmon both\nshoe = 1\n',
    'upsmon.conf': 'HOSTSYNC 30\nMONITOR row1-a@localhost:3493 1 admin a master\n',
}


def imported(world, results, name, files):
    """Its busbar.conf and its notes, after busbard -n has taken it."""
    for file, text in files.items():
        world.write(f'{name}/{file}', text)
    status, out, notes = world.run('busbarctl', 'import-nut', world.path(name, '')[:-1])
    results.check(status == 0, f'{name}: imported', notes)
    config = world.write(f'{name}.conf', out)
    status, told, error = world.run('busbard', '-n', '-c', config, env={'BUSBAR_DATADIR': os.path.join(SRCDIR, 'drivers')})
    results.check(status == 0, f'{name}: busbard -n takes it', told + error + out)
    return re.sub(r'\s+', ' ', out), notes, config


def has(results, name, text, *parts):
    for part in parts:
        results.check(part in text, f'{name}: {part}', text)


def lacks(results, name, text, *parts):
    for part in parts:
        results.check(part not in text, f'{name}: no {part}', text)


def synology(world, results):
    out, notes, _ = imported(world, results, 'synology', SYNOLOGY)
    has(results, 'synology', out, 'listen = {"0.0.0.0:3493", "[::]:3493"}', 'hostsync = 15',
        'user "monuser" { password = "secret" upsmon = secondary }', 'driver = usbhid port = "auto"',
        'description = "Diskstation"')
    has(results, 'synology', notes, 'systemctl mask nut-driver@ups.service')
    lacks(results, 'synology', notes, 'counterpart', IMPORT_PORT)


def ports(world, results):
    out, notes, _ = imported(world, results, 'ports', PORTS)
    has(results, 'ports', out, 'device hid { driver = usbhid port = "vendor=051d product=0002 serial=4B1"',
        'device apc { driver = apcsmart port = "/dev/ttyS0" options = {"cable=940-0095B", "sdtype=4"}',
        'device qx { driver = megatec port = "vendor=0665 product=5161" profile = "voltronic" options = {"subdriver=cypress"}',
        'device blazer { driver = megatec port = "/dev/ttyS1"', 'device mge { driver = shut port = "/dev/ttyS2"',
        'device wires { driver = contact port = "/dev/ttyS3" profile = "4"', 'device kept { # NUT')
    has(results, 'ports', notes, 'kept: usbhid-ups is set in a way that has no counterpart', 'smart3: apcsmart is set in a way',
        'own: genericups is set in a way', 'blazer: runtimecal has no counterpart')


def qnap(world, results):
    out, notes, _ = imported(world, results, 'qnap', QNAP)
    has(results, 'qnap', out, 'listen = {"0.0.0.0:3493"}', 'max-connections = 70', 'device qnapups {', 'driver = snmp',
        'port = "udp:192.0.2.40:161"', 'options = {"version=1", "community=public"}', 'low-battery = thresholds',
        'override = {"battery.charge.low=30", "battery.runtime.low=-1"}', 'poll-full = 15',
        'user "admin" { password = "123456" upsmon = primary actions = {"SET"} commands = {"ALL"} }')
    has(results, 'qnap', notes, 'systemctl mask nut-driver@qnapups.service nut-server.service')
    lacks(results, 'qnap', notes, 'counterpart', IMPORT_PORT)


IMPORT_PORT = '3494'


def debian(world, results):
    out, notes, config = imported(world, results, 'debian', DEBIAN)
    has(results, 'debian', out, 'driver = sim', f'port = "{os.path.realpath(world.path("debian"))}/rack1.dev"',
        'password = "pass\\" \\\\word # 1"')
    has(results, 'debian', notes, 'upsmon.conf:2: MONITOR gone@localhost: ups.conf has no such device',
        'MONITOR gone@localhost: upsd.users has no user nobody')
    lacks(results, 'debian', notes, 'far@')
    # and the same clients are served
    with open(os.path.join(SRCDIR, 'conf/demo/rack1.dev')) as file:
        world.write('debian/rack1.dev', file.read())
    with open(config) as file:
        text = file.read()
    sections = text[text.index('user '):]
    busbard = Busbard(world, {}, lines=sections)
    busbard.wait_fresh(['demo'])
    with busbard.client() as client:
        told = [client.ask(line) for line in ('USERNAME upsmon', 'PASSWORD "pass\\" \\\\word # 1"', 'LOGIN demo',
                                              'PRIMARY demo', 'GET UPSDESC demo')]
    results.check(told == ['OK', 'OK', 'OK', 'OK PRIMARY-GRANTED', 'UPSDESC demo "plain"'],
                  'debian: its upsmon logs in at busbar', told)


def big(world, results):
    out, notes, _ = imported(world, results, 'big', BIG)
    has(results, 'big', out, 'listen = {"127.0.0.1:3493", "[::1]:3493", "10.0.0.1:3500", "[fe80::1%eth0]:3493"}',
        'max-connections = 1024', '#certificate = "/nowhere/upsd.pem"', 'hostsync = 30',
        'port = "udp:ups-a.example.net:161"', 'options = {"version=3", "user=monitor", "level=authPriv", '
        '"auth-secret=auth secret", "priv-secret=privsecret", "timeout=2", "auth=SHA-256", "priv=AES"}', 'poll = 30',
        'default = {"ups.mfr=ACME \\"Power\\""}', 'port = "udp:192.0.2.41:1161" options = {"version=1", '
        '"community=s3cret"}', 'port = "udp:[2001:db8::7]:161"', '"auth=MD5"',
        '# NUT\'s own bcmxcp goes on', 'options = {"ups=serial", "user=admin", "password=a"}',
        'driver = nut port = "nut.example.net:3494" options = {"ups=ups"}', 'driver = apcupsd port = "localhost:3551"',
        'driver = sim port = "/srv/nut/loop.seq"', 'user "admin" { password = "a" actions = {"SET", "FSD"} '
        'commands = {"test.battery.start", "load.off", "load.on"} }', 'user "mon" { password = "m" upsmon = secondary }',
        'user "weird" { password = "p" }')
    lacks(results, 'big', out, 'poll-full', 'nopw', 'runtimecal', 'device Old', 'bad', 'other')
    has(results, 'big', notes, 'funny has no counterpart', 'row1-a: sdorder has no counterpart', 'MAXAGE',
        'LISTEN: busbar listens on addresses', '"99999" is no port', 'CERTFILE: cannot be read', 'CERTPATH', 'CERTIDENT',
        'CERTREQUEST', 'ACL: see nut.allow', 'NOVELTY: has no counterpart', 'user nopw: no password', 'user admin is there twice',
        'actions: "REBOOT"', 'instcmds: "a b"', 'upsmon: "both"', 'shoe: has no counterpart', 'allowfrom',
        'Old: the name is taken', 'bad/name:', 'empty: no driver has no counterpart', '2 device(s) keep their NUT driver',
        'nut-driver@row1-a.service', 'nut-driver@old.service')
    lacks(results, 'big', notes, 'nut-server.service', 'nut-driver@serial', 'STATEPATH', 'chroot')


def refused(world, results):
    for argv in (['import-nut', world.path('nowhere')], ['import-nut', world.path('empty', '')]):
        status, out, error = world.run('busbarctl', *argv)
        results.check((status, out) == (1, '') and 'No such file' in error, f'{argv[1]}: exit 1', (status, out, error))
    status, _, error = world.run('busbarctl', 'import-nut')
    results.check(status == 2 and error, 'no directory: usage, exit 2', (status, error))


need('busbard', 'busbarctl')
main(synology, ports, qnap, debian, big, refused)
