#!/usr/bin/env python3
"""STARTTLS: versions, certificates, what is required, reloads, clients that are
stuck in a handshake beside others, and NUT's own clients as Debian builds them."""

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings

import harness

harness.need('busbard', 'busbarctl')
warnings.simplefilter('ignore', DeprecationWarning)     # of the old versions, which are wanted here

USERS = '''
user upsmon { password = "secret"  upsmon = secondary  actions = {SET} }
user admin { password = "secret"  actions = {SET} }
'''


class Secure(harness.Busbard):
    """busbard with a certificate, and more in its nut section."""

    def __init__(self, world, more='', ca=True, name='localhost'):
        self.made = world.path('tls')
        if not os.path.exists(self.made):
            status, _, error = world.run('busbarctl', 'tls-init', self.made, name)
            assert status == 0, error
        nut = f'certificate = "{self.file("tls.crt")}"\n key = "{self.file("tls.key")}"\n'
        if ca:
            nut += f' client-ca = "{self.file("ca.crt")}"\n'
        super().__init__(world, {'ups1': f'driver = sim  port = "{world.write("ups1.dev", "ups.status: OL")}"'},
                         lines=USERS, nut=nut + more)
        harness.wait_for(lambda: self.client().value('ups1', 'ups.status') == 'OL', 20, 'ups1 is served')

    def file(self, name):
        return os.path.join(self.made, name)

    def starttls(self):
        """A client whose handshake is next."""
        client = self.client()
        assert client.ask('STARTTLS') == 'OK STARTTLS'
        return client

    def secure(self, client=None, context=None):
        """The client, by TLS."""
        client = client or self.starttls()
        client.socket = (context or self.context()).wrap_socket(client.socket, server_hostname='localhost')
        client.lines = client.socket.makefile('r', newline='\n')
        return client

    def context(self, version=None, pair=None):
        context = ssl.create_default_context(cafile=self.file('ca.crt'))
        if version is not None:
            context.minimum_version = context.maximum_version = version
            if version < ssl.TLSVersion.TLSv1_2:
                context.set_ciphers('ALL:@SECLEVEL=0')
        if pair is not None:
            context.load_cert_chain(*pair)
        return context

    def wait_log(self, text, seconds=5):
        harness.wait_for(lambda: text in self.program.text(), seconds, f'the log says "{text}"')


def refused(busbard, context):
    """Whether the handshake fails, or what is asked behind it gets no answer (TLS 1.3 refuses so late)."""
    client = busbard.starttls()
    try:
        busbard.secure(client, context).ask('VER')
    except (ssl.SSLError, EOFError, ConnectionError):
        return True
    finally:
        client.close()
    return False


def foreign_pair(world):
    world.run('busbarctl', 'tls-init', world.path('foreign'), 'localhost')
    return world.path('foreign', 'client.crt'), world.path('foreign', 'client.key')


def half_closed(busbard):
    """What is answered to a request with which the client ends its own side, in one packet."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = busbard.context().wrap_bio(incoming, outgoing, server_hostname='localhost')
    with busbard.starttls() as client:
        def push(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    client.socket.sendall(outgoing.read())
                    incoming.write(client.socket.recv(65536))
        push(tls.do_handshake)
        tls.write(b'PROTVER\n')
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.unwrap()
        answer = push(tls.read)
        client.socket.settimeout(5)
        while data := client.socket.recv(65536):
            incoming.write(data)
        return answer


def test_dialogue(world, results):
    busbard = Secure(world)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with busbard.secure(context=busbard.context(version)) as client:
            results.check(client.socket.version() == version.name.replace('_', '.'), f'{version.name}')
            results.check(client.value('ups1', 'ups.status') == 'OL', 'an answer by TLS')
            results.check(client.ask('STARTTLS') == 'ERR ALREADY-SSL-MODE', 'STARTTLS again')
            many = 3000
            client.socket.sendall(b'GET VAR ups1 ups.status\n' * many)
            results.check([client.line() for _ in range(many)] == ['VAR ups1 ups.status "OL"'] * many,
                          'requests in a pipeline')
            results.check(client.ask('LOGOUT') == 'OK Goodbye' and client.socket.recv(1) == b'',
                          'LOGOUT, and an end that TLS knows of')
    with busbard.client() as client:
        client.send('STARTTLS\nUSERNAME admin\nPASSWORD x')
        results.check(client.line() == 'OK STARTTLS', 'with more behind STARTTLS')
        time.sleep(0.1)
        busbard.secure(client)
        results.check([client.ask('USERNAME admin'), client.ask('PASSWORD secret'), client.ask('SET TRACKING ON')] ==
                      ['OK'] * 3, 'what stood behind STARTTLS in clear was dropped')
    results.check(half_closed(busbard) == b'1.3\n', 'who has said that this was all still hears the answer')
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        results.check(refused(busbard, busbard.context(version)), f'{version.name} is refused')
    busbard.wait_log('127.0.0.1 failed in its TLS handshake: no version of TLS in common (TLSv1.0)')
    results.check(busbard.program.text().count('handshake') == 1, 'failures are told once a minute')


def test_old_versions(world, results):
    busbard = Secure(world, 'tls-min = 1.0')
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_3):
        with busbard.secure(context=busbard.context(version)) as client:
            results.check(client.value('ups1', 'ups.status') == 'OL', f'tls-min = 1.0: {version.name}')


def test_require_tls(world, results):
    busbard = Secure(world, 'require = tls')
    with busbard.client() as client:
        denied = [client.ask(line) for line in ('USERNAME admin', 'PASSWORD secret', 'LOGIN ups1', 'SET TRACKING ON',
                                                'INSTCMD ups1 load.off', 'FSD ups1')]
        results.check(denied == ['ERR ACCESS-DENIED'] * 6, 'in clear nobody is named', denied)
        results.check(client.value('ups1', 'ups.status') == 'OL', 'in clear all may be read')
        results.check(client.ask('STARTTLS') == 'OK STARTTLS', 'STARTTLS')
        busbard.secure(client)
        results.check([client.ask('USERNAME upsmon'), client.ask('PASSWORD secret'), client.ask('LOGIN ups1')] ==
                      ['OK'] * 3, 'by TLS as ever')


def test_client_certificates(world, results):
    busbard = Secure(world)
    own = busbard.file('client.crt'), busbard.file('client.key')
    foreign = foreign_pair(world)
    for pair, what, answer in ((None, 'none', 'ERR USERNAME-REQUIRED'), (foreign, 'foreign', 'ERR USERNAME-REQUIRED'),
                               (own, 'ours', 'OK')):
        with busbard.secure(context=busbard.context(pair=pair)) as client:
            said = client.ask('SET TRACKING ON')
            results.check(said == answer, f'certificate asked for, {what}', said)
    with busbard.secure(context=busbard.context(pair=own)) as client:
        results.check([client.ask('USERNAME admin'), client.ask('SET TRACKING ON')] == ['OK', 'ERR PASSWORD-REQUIRED'],
                      'another name wants its password')
    with busbard.secure(context=busbard.context(pair=own)) as client:
        client.ask('USERNAME upsmon'), client.ask('PASSWORD wrong')
        results.check(client.ask('LOGIN ups1') == 'ERR ACCESS-DENIED', 'a wrong password is one')
    with busbard.secure(context=busbard.context(pair=own)) as client:
        results.check([client.ask('LOGIN ups1'), client.ask('GET NUMLOGINS ups1')] == ['OK', 'NUMLOGINS ups1 1'],
                      'LOGIN by certificate')


def test_require_certificate(world, results):
    busbard = Secure(world, 'require = certificate')
    own = busbard.file('client.crt'), busbard.file('client.key')
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with busbard.secure(context=busbard.context(version)) as client:
            results.check([client.ask('USERNAME admin'), client.value('ups1', 'ups.status')] ==
                          ['ERR ACCESS-DENIED', 'OL'], f'{version.name}: without one reading is all')
        results.check(refused(busbard, busbard.context(version, foreign_pair(world))), f'{version.name}: foreign')
        with busbard.secure(context=busbard.context(version, own)) as client:
            results.check([client.ask('USERNAME admin'), client.ask('PASSWORD secret'), client.ask('SET TRACKING ON')] ==
                          ['OK'] * 3, f'{version.name}: ours')
    with busbard.client() as client:
        results.check(client.ask('USERNAME admin') == 'ERR ACCESS-DENIED', 'in clear nobody is named')


def serial(client):
    der = client.socket.getpeercert(binary_form=True)
    return der


def test_reload(world, results):
    busbard = Secure(world)
    old = busbard.secure()
    before = serial(old)
    shutil.rmtree(busbard.made)
    world.run('busbarctl', 'tls-init', busbard.made, 'localhost')
    busbard.program.signal(signal.SIGHUP)

    def renewed():
        with contextlib.suppress(ssl.SSLError):
            with busbard.secure() as client:
                return serial(client) != before
    harness.wait_for(renewed, 10, 'new connections have the new certificate', 0.05)
    results.check(True, 'new connections have the new certificate')
    results.check(old.value('ups1', 'ups.status') == 'OL', 'old ones go on')
    world.write(busbard.file('tls.crt'), 'no certificate at all', 0o644)
    busbard.program.signal(signal.SIGHUP)
    with open(busbard.config) as file:
        line = 1 + next(i for i, text in enumerate(file) if 'certificate' in text)
    busbard.wait_log(f'{busbard.config}:{line}: certificate: "{busbard.file("tls.crt")}" cannot be used')
    results.check(True, 'a broken certificate is told with its line')
    with busbard.secure() as client:
        results.check(client.value('ups1', 'ups.status') == 'OL', 'and the one before stays')
    pid = busbard.roles()['nut']
    os.kill(pid, signal.SIGKILL)
    harness.wait_for(lambda: busbard.roles().get('nut', pid) != pid and busbard.fresh('ups1'), 10, 'the role is back')
    with busbard.secure() as client:
        results.check(client.value('ups1', 'ups.status') == 'OL', 'also in a role that was started again')
    old.close()


def p99(client, between=lambda number: None, asked=2000):
    """Of the milliseconds until an answer."""
    times = []
    for number in range(asked):
        between(number)
        began = time.perf_counter()
        client.ask('GET VAR ups1 ups.status')
        times.append(time.perf_counter() - began)
    return sorted(times)[int(asked * 0.99)] * 1000


def test_stuck_handshakes(world, results):
    """Silence, half records and garbage in handshakes delay nobody."""
    busbard = Secure(world)
    hello = client_hello(busbard.context())
    with busbard.client() as client:
        bound = max(5, 5 * p99(client))     # on a machine that has more to do, what it does without them
    stuck = [busbard.starttls() for _ in range(60)]
    for number, client in enumerate(stuck):
        client.socket.sendall(hello[:number * len(hello) // len(stuck)])

    def trickle(number):
        if number % 20 == 0 and number // 20 < len(stuck):
            stuck[number // 20].socket.send(hello[-1:])
    with busbard.client() as client:
        beside = p99(client, trickle)
    results.check(beside < bound, f'p99 beside 60 of them is {beside:.2f} ms', f'bound {bound:.2f} ms')
    with busbard.secure() as client:
        results.check(client.value('ups1', 'ups.status') == 'OL', 'a handshake beside them')
    for client in stuck:
        client.close()


def client_hello(context):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname='localhost').do_handshake()
    return outgoing.read()


def pump(one, other):
    """Bytes both ways until an end of both."""
    ends = {one: other, other: one}
    while True:
        for end in select.select(list(ends), [], [], 10)[0]:
            data = end.recv(65536)
            if not data:
                return
            ends[end].sendall(data)


def test_renegotiation(world, results):
    if shutil.which('openssl') is None:
        return results.skip('renegotiation', 'no openssl')
    busbard = Secure(world)
    with socket.create_server(('127.0.0.1', 0)) as server:
        def relay():
            taken, _ = server.accept()
            with taken, busbard.starttls() as client, contextlib.suppress(OSError):
                pump(taken, client.socket)
        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        program = subprocess.Popen(['openssl', 's_client', '-tls1_2', '-connect',
                                    f'127.0.0.1:{server.getsockname()[1]}', '-CAfile', busbard.file('ca.crt')],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        program.stdin.write(b'PROTVER\n')
        program.stdin.flush()
        said = b''
        while b'1.3\n' not in said.split(b'---')[-1]:
            said += os.read(program.stdout.fileno(), 65536)
        program.stdin.write(b'R\n')
        program.stdin.flush()
        said, _ = program.communicate(timeout=10)
        thread.join(10)
    results.check(b'no renegotiation' in said or b'RENEGOTIATING' in said and program.returncode != 0,
                  'renegotiation is refused', said.decode(errors='replace'))
    with busbard.secure() as client:
        results.check(client.value('ups1', 'ups.status') == 'OL', 'and harms nobody else')


def nss_database(world, busbard):
    folder = world.path('nss')
    os.makedirs(folder, exist_ok=True)
    p12 = world.path('client.p12')
    for argv in (['certutil', '-N', '-d', folder, '--empty-password'],
                 ['certutil', '-A', '-d', folder, '-n', 'busbar-ca', '-t', 'CT,,', '-i', busbard.file('ca.crt')],
                 ['openssl', 'pkcs12', '-export', '-name', 'upsmon', '-in', busbard.file('client.crt'), '-inkey',
                  busbard.file('client.key'), '-passout', 'pass:', '-out', p12],
                 ['pk12util', '-d', folder, '-i', p12, '-W', '']):
        status, out, error = world.run(*argv)
        assert status == 0, (argv, out, error)
    return folder


def upsmon(world, busbard, name, lines):
    conf = world.path(name)
    os.makedirs(conf)
    os.chmod(conf, 0o750)
    world.write(os.path.join(name, 'upsmon.conf'),
                f'MONITOR ups1@localhost:{busbard.port} 1 upsmon secret secondary\nRUN_AS_USER root\n'
                f'SHUTDOWNCMD "/bin/true"\nPOLLFREQ 1\nPOLLFREQALERT 1\nMINSUPPLIES 1\n{lines}\n', 0o640)
    # its pid file is always in the same place: each has a place of its own there
    return world.start(name, 'unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none /run/nut && '
                       'exec /lib/nut/upsmon -D -p -u root',
                       env={'NUT_CONFPATH': conf, 'NUT_STATEPATH': conf, 'NUT_ALTPIDPATH': conf})


def logins(busbard):
    with busbard.client() as client:
        return client.ask('GET NUMLOGINS ups1') == 'NUMLOGINS ups1 1'


def test_nut_clients(world, results):
    for program in ('upsc', '/lib/nut/upsmon', 'certutil', 'pk12util', 'openssl'):
        if harness.find(program) is None and not os.access(program, os.X_OK):
            return results.skip('NUT\'s clients', f'no {program}')
    if world.run('unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', '/run/nut')[0] != 0:
        return results.skip('NUT\'s clients', 'no mount namespaces')
    busbard = Secure(world, 'require = certificate')
    database = nss_database(world, busbard)
    status, out, error = world.run('upsc', f'ups1@localhost:{busbard.port}', 'ups.status')
    results.check((status, out) == (0, 'OL\n'), 'upsc, which has no certificate, reads by TLS', out + error)
    first = upsmon(world, busbard, 'upsmon1', f'CERTPATH {database}\nCERTVERIFY 1\nFORCESSL 1\nCERTIDENT "upsmon" ""')
    harness.wait_for(lambda: logins(busbard), 20, 'upsmon with all of it logs in', 0.1)
    results.check(True, 'upsmon (NSS) with CERTPATH, CERTIDENT, CERTVERIFY and FORCESSL logs in')
    first.stop()
    harness.wait_for(lambda: not logins(busbard), 5, 'upsmon is gone', 0.1)
    second = upsmon(world, busbard, 'upsmon2', f'CERTPATH {database}\nCERTVERIFY 1\nFORCESSL 1')
    harness.wait_for(lambda: 'ACCESS-DENIED' in second.text().upper() or 'ACCESS DENIED' in second.text().upper(), 20,
                     'upsmon without its certificate is denied', 0.1)
    results.check(not logins(busbard), 'without its certificate it cannot')
    second.stop()


harness.main(test_dialogue, test_old_versions, test_require_tls, test_client_certificates, test_require_certificate,
             test_reload, test_stuck_handshakes, test_renegotiation, test_nut_clients)
