#!/usr/bin/env python3
"""The driver nut and TLS: secrets only where the server has shown who it is."""

import socketserver
import ssl
import threading

import harness

harness.need('busbard', 'openssl')


class Session(socketserver.BaseRequestHandler):
    def handle(self):
        server, link, secure = self.server, self.request, False
        rest = b''
        while True:
            try:
                if not (got := link.recv(4096)):
                    return
            except OSError:
                return
            rest += got
            while b'\n' in rest:
                line, rest = rest.split(b'\n', 1)
                words = line.decode().split()
                server.heard.append((secure, words[0]))
                if words[0] == 'STARTTLS':
                    link.sendall(b'OK STARTTLS\n')
                    try:
                        link = server.context.wrap_socket(link, server_side=True)
                    except (ssl.SSLError, OSError):
                        return
                    secure = True
                elif words[0] == 'LIST':
                    what = ' '.join(words[1:])
                    item = {'UPS': 'UPS a "x"\n', 'VAR': 'VAR a ups.status "OL"\n' +
                            ''.join(f'VAR a my.{n} "{"x" * 200}"\n' for n in range(200))}.get(words[1], '')
                    link.sendall(f'BEGIN LIST {what}\n{item}END LIST {what}\n'.encode())
                else:
                    link.sendall(b'OK\n')


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, certificate, key):
        super().__init__(('127.0.0.1', 0), Session)
        self.context, self.heard = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
        self.context.load_cert_chain(certificate, key)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


def certificate(world, name):
    return harness.certificate(world, name, '127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1')


def secrets_need_trust(world, results):
    own, other = certificate(world, 'own'), certificate(world, 'other')
    for what, ca, trusted in (('its own certificate', own[0], True), ('a foreign one', other[0], False), ('no proof asked', '', True)):
        server = Server(*own)
        options = '"user=a", "password=b"' + (f', "ca={ca}"' if ca else '')
        busbard = harness.Busbard(world, {'site': f'driver = nut\n port = "127.0.0.1:{server.server_address[1]}"\n '
                                          f'poll = 0.2\n options = {{{options}}}'}, folder=what.replace(' ', '-'))
        if trusted:
            def served():
                with busbard.client() as client:
                    return client.value('site-a', 'my.199') == 'x' * 200
            harness.wait_for(served, 10, f'{what}: values arrive')
        else:
            harness.wait_for(lambda: len([word for _, word in server.heard if word == 'STARTTLS']) > 1, 10, 'it tries again')
        plain = {word for secure, word in server.heard if not secure}
        results.check(plain == {'STARTTLS'}, f'{what}: nothing else goes in the clear', plain)
        results.check(trusted == ((True, 'PASSWORD') in server.heard), f'{what}: the password goes out: {trusted}', server.heard)
        busbard.program.stop()
        server.shutdown()


harness.main(secrets_need_trust)
