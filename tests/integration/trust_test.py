"""Who may not be trusted: each is refused in words that name the fault, and the gateway writes
down whom it refused."""

import datetime
import os
import select
import socket
import ssl
import struct
import threading
import unittest

from world import BIN, Certs, Gateway, run

DENIED, USAGE = 4, 2
LAST_YEAR = str(datetime.date.today() - datetime.timedelta(days=365))
LAST_WEEK = str(datetime.date.today() - datetime.timedelta(days=7))
NEXT_WEEK = str(datetime.date.today() + datetime.timedelta(days=7))
NEXT_YEAR = str(datetime.date.today() + datetime.timedelta(days=365))


def pass_on(listener, port, n):
    """One connection, until @n octets have gone down, or either side has closed."""
    near, _ = listener.accept()
    with near, socket.create_connection(("127.0.0.1", port)) as far:
        while n > 0:
            for side in select.select([near, far], [], [])[0]:
                octets = side.recv(n if side is far else 65536)
                if not octets:
                    return
                (near if side is far else far).sendall(octets)
                n -= len(octets) if side is far else 0


class ClientsTest(unittest.TestCase):
    """A gateway judges its clients."""

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway()
        cls.addClassCleanup(cls.gateway.close)
        certs = cls.gateway.certs
        certs.client("expired", "--not-before", LAST_YEAR, "--not-after", LAST_WEEK)
        certs.client("early", "--not-before", NEXT_WEEK, "--not-after", NEXT_YEAR)
        certs.client("wrong-use", "--usage", "server")
        certs.client("revoked")
        certs.revoke("revoked")
        cls.other = Certs(cls.gateway.folder / "other")
        cls.other.client("stranger")
        cls.gateway.config["crl"] = certs.pem("crl")
        cls.gateway.start()

    def refused(self, words, command="ping", **settings):
        """Refused on both sides with the same words; one line in the audit."""
        before = self.gateway.audit()
        done = self.gateway.cli(command, remote=True, **settings)
        self.assertEqual(done.returncode, DENIED, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertIn("VIADUCT_CERT", done.stderr)  # where to mend it
        after = self.gateway.audit()[len(before):]
        self.assertEqual(len(after), 1, after)
        self.assertIn(words, after[0]["why"])
        self.assertTrue(after[0]["who"].startswith("127.0.0.1:"), after)
        self.assertEqual(after[0]["identity"], "")  # nobody's word is taken
        self.assertEqual(after[0]["refused"], "viaduct.bin.1")

    def test_the_right_one_comes_in(self):
        done = self.gateway.cli("ping", remote=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_handshake_that_is_cut_blames_no_certificate(self):
        for n in [0, *range(700, 1100, 80)]:  # around the server's certificate
            with self.subTest(n), socket.create_server(("127.0.0.1", 0)) as listener:
                relay = threading.Thread(target=pass_on, args=(listener, self.gateway.port, n))
                relay.start()
                settings = self.gateway.settings(port=listener.getsockname()[1])
                done = run(BIN / "viaduct", "ping", settings=settings)
                relay.join()
                self.assertNotIn(done.returncode, [0, DENIED], done.stderr)
                self.assertNotIn("certificate", done.stderr)

    def test_of_another_authority(self):
        for command in ["ping", "ls"]:
            self.refused("was not issued by an authority that is trusted here", command,
                         VIADUCT_CERT=self.other.pem("stranger"),
                         VIADUCT_KEY=self.other.key("stranger"))

    def test_expired(self):
        self.refused(f"certificate of expired expired {LAST_WEEK}", client="expired")

    def test_not_yet_valid(self):
        self.refused(f"certificate of early is not valid before {NEXT_WEEK}", client="early")

    def test_not_for_clients(self):
        self.refused("may not be used by a client (clientAuth)", client="wrong-use")

    def test_revoked(self):
        self.refused("certificate of revoked has been revoked", client="revoked")

    def test_none(self):
        self.refused("no certificate was shown", VIADUCT_CERT="", VIADUCT_KEY="")

    def test_a_key_that_is_not_its_own_never_leaves_the_house(self):
        before = self.gateway.audit()
        done = self.gateway.cli("ping", remote=True,
                                VIADUCT_KEY=self.gateway.certs.key("revoked"))
        self.assertEqual(done.returncode, DENIED, done.stderr)
        self.assertIn("does not belong to certificate", done.stderr)
        self.assertEqual(self.gateway.audit(), before)

    def test_a_file_that_is_not_there_is_named(self):
        for setting in ["VIADUCT_CA", "VIADUCT_CERT", "VIADUCT_KEY"]:
            done = self.gateway.cli("ping", remote=True, **{setting: "/nowhere/file.pem"})
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("/nowhere/file.pem", done.stderr)

    # ---- by hand ----

    def connect(self):
        trust = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        trust.load_cert_chain(self.gateway.certs.pem("client"), self.gateway.certs.key("client"))
        raw = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20)
        tls = trust.wrap_socket(raw, server_hostname="localhost")
        self.addCleanup(tls.close)
        return tls

    def upgrade(self, tls, subprotocol):
        tls.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                    f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    f"Sec-WebSocket-Version: 13\r\n"
                    f"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            octets = tls.recv(4096)
            if not octets:
                break
            answer += octets
        return answer.partition(b"\r\n\r\n")

    @staticmethod
    def read_all(stream, octets=b""):
        while True:
            more = stream.recv(4096)
            if not more:
                return octets
            octets += more

    def test_a_subprotocol_that_is_not_spoken(self):
        tls = self.connect()
        head, _, body = self.upgrade(tls, "viaduct.bin.9")
        self.assertTrue(head.startswith(b"HTTP/1.1 400"), head)
        body = self.read_all(tls, body).decode()
        self.assertIn("viaduct.bin.1", body)
        self.assertIn("viaduct.json.1", body)

    def test_a_version_that_is_not_spoken(self):
        hello = hello_frame(version=99)
        local = socket.socket(socket.AF_UNIX)
        self.addCleanup(local.close)
        local.settimeout(20)
        local.connect(str(self.gateway.socket))
        local.sendall(hello)
        before = len(self.gateway.audit())
        answer = self.read_all(local)
        self.assertIn(b"protocol version 99 is not spoken here, 1 is", answer)

        tls = self.connect()
        _, _, rest = self.upgrade(tls, "viaduct.bin.1")
        tls.sendall(message(hello))
        answer = self.read_all(tls, rest)
        self.assertIn(b"protocol version 99 is not spoken here, 1 is", answer)
        refused = self.gateway.audit()
        self.assertGreaterEqual(len(refused), before + 1)
        self.assertEqual(refused[-1]["identity"], "client")


def hello_frame(version):
    """A HELLO: its code is the version."""
    return struct.pack("<IBBHIIIIIHBB", 32, 1, 0, 0, 0, 0, version, 0, 0, 0, 0, 0)


def message(octets):
    """One binary WebSocket message as a client sends it, masked with zeros."""
    return struct.pack(">BBH4x", 0x82, 0x80 | 126, len(octets)) + octets


class ServersTest(unittest.TestCase):
    """A client judges its gateway; the command that does is told what to do about it."""

    def setUp(self):
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)

    def refused(self, *words, **settings):
        self.gateway.start()
        for command in ["ping", "ls"]:
            done = self.gateway.cli(command, remote=True, **settings)
            self.assertEqual(done.returncode, DENIED, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            for part in words:
                self.assertIn(part, done.stderr)
        self.gateway.stop()

    def serve_with(self, *options):
        self.gateway.certs.make("server", self.gateway.certs.folder, "server", "--force", *options)

    def test_of_another_authority(self):
        other = Certs(self.gateway.folder / "other")
        self.refused("was not issued by an authority that is trusted here", "VIADUCT_CA",
                     VIADUCT_CA=other.pem("ca"))

    def test_expired(self):
        self.serve_with("--dns", "localhost", "--not-before", LAST_YEAR, "--not-after", LAST_WEEK)
        self.refused(f"certificate of localhost expired {LAST_WEEK}")

    def test_not_yet_valid(self):
        self.serve_with("--dns", "localhost", "--not-before", NEXT_WEEK, "--not-after", NEXT_YEAR)
        self.refused(f"certificate of localhost is not valid before {NEXT_WEEK}")

    def test_for_another_name(self):
        self.serve_with("--dns", "elsewhere.example")
        self.refused("certificate of elsewhere.example is not for localhost")

    def test_an_address_is_a_name_too(self):
        self.gateway.start()
        done = self.gateway.cli("ping", remote=True,
                                VIADUCT_GATEWAY=f"wss://127.0.0.1:{self.gateway.port}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_another_key_than_the_one_pinned(self):
        self.refused("has another key than the one pinned: sha256/",
                     VIADUCT_PIN="sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")

    def test_what_viaductd_cannot_use_it_names(self):
        certs = self.gateway.certs
        certs.server("for-clients", "--usage", "client")
        usual = {"cert": certs.pem("server"), "key": certs.key("server"),
                 "client-ca": certs.pem("ca")}
        for words, changed in [
                ("/nowhere/cert.pem", {"cert": "/nowhere/cert.pem"}),
                ("does not belong to certificate", {"key": certs.key("client")}),
                (certs.key("server"), {"client-ca": certs.key("server")}),
                ("/nowhere/crl.pem", {"crl": "/nowhere/crl.pem"}),
                # TLS would show it to nobody, and nobody could come in.
                ("for-clients.pem is not for a server (serverAuth)",
                 {"cert": certs.pem("for-clients"), "key": certs.key("for-clients")})]:
            options = [word for name, value in {**usual, **changed}.items()
                       for word in (f"--{name}", value)]
            done = run(BIN / "viaductd", "--socket", self.gateway.socket,
                       "--listen", "127.0.0.1:0", *options)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    os.umask(0o077)
    unittest.main()
