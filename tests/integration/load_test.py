"""Many, hostile, killed and stopped: what each of them costs, and that it costs nobody else."""

import json
import os
import random
import signal
import socket
import ssl
import struct
import time
import unittest

from world import PROGRAMS, Gateway

CROWD = PROGRAMS / "crowd"
# A handshake costs five times as much under a sanitizer, and all have to be done in ten seconds.
CLIENTS = 60 if os.environ.get("VIADUCT_TEST_SANITIZE") else 200
SERVICES = 10000
HEADER = "<IBBHIIIIIHBB"  # size, kind, flags, layout, id, object, code, time, body, refs, fds, 0
HELLO, WELCOME, CALL = 1, 2, 3
CLOSE = 0x88  # first octet of a WebSocket's


def frame(kind, size=32, flags=0, layout=0, number=0, target=0, code=0, body=0, refs=0, fds=0):
    return struct.pack(HEADER, size, kind, flags, layout, number, target, code, 0xffffffff, body,
                       refs, fds, 0)


GREETING = frame(HELLO, code=1)
# What no honest sender sends; after a greeting, and without one.
MALFORMED = {
    "a frame of four GiB": GREETING + frame(CALL, size=0xfffffff8),
    "a frame over the limit": GREETING + frame(CALL, size=(1 << 20) + 64),
    "a frame shorter than its header": GREETING + frame(CALL, size=24),
    "a size that is no multiple of eight": GREETING + frame(CALL, size=33),
    "an unknown kind": GREETING + frame(77),
    "an unknown flag": GREETING + frame(CALL, flags=0x80),
    "a body larger than its frame": GREETING + frame(CALL, body=64),
    "more references than there is room for": GREETING + frame(CALL, refs=9),
    "more descriptors than there is room for": GREETING + frame(CALL, fds=9),
    "a second greeting": GREETING + GREETING,
    "a welcome from a client": GREETING + frame(WELCOME, code=1),
    "a call without a greeting": frame(CALL),
    "no frames at all": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 4,
}


class LoadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # All of them come at once: more handshakes than there are usually wait their turn longer.
        cls.gateway = Gateway(limits={"handshake_ms": 30000, "max_handshakes": 256}).start()
        cls.addClassCleanup(cls.gateway.close)
        cls.stage = cls.gateway.stage("stage")

    def ask(self, name="stage", n=50, remote=False, role="ask"):
        return self.gateway.program(CROWD, role, name, n, remote=remote)

    def is_ready(self, process):
        self.assertEqual(process.line(), "ready")
        return process

    # ---- many ----

    def test_many_clients_call_at_once(self):
        clients = [self.ask(remote=i % 2 == 0) for i in range(CLIENTS)]
        for client in clients:
            self.is_ready(client)
        for client in clients:
            client.popen.stdin.close()
            client.popen.stdin = None
        self.assertEqual([client.wait() for client in clients], [(0, "")] * CLIENTS)

    def test_ten_thousand_services(self):
        for remote in [False, True]:
            service = self.is_ready(self.gateway.program(CROWD, "publish", SERVICES,
                                                         remote=remote))
            rows = json.loads(self.gateway.cli("ls", "--json", "crowd-*", remote=True).stdout)
            self.assertEqual([row["name"] for row in rows],
                             [f"crowd-{i:05}" for i in range(SERVICES)])
            finder = self.gateway.program(CROWD, "find", SERVICES, remote=not remote)
            self.assertEqual(finder.wait(), (0, f"{SERVICES}\n"))
            self.assertEqual(service.wait()[0], 0)
            done = self.gateway.cli("ls", "--json", "crowd-*")
            self.assertEqual(json.loads(done.stdout), [])

    # ---- hostile ----

    def local(self):
        stream = socket.socket(socket.AF_UNIX)
        self.addCleanup(stream.close)
        stream.settimeout(20)
        stream.connect(str(self.gateway.socket))
        return stream

    def remote(self):
        trust = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        trust.load_cert_chain(self.gateway.certs.pem("client"), self.gateway.certs.key("client"))
        raw = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20)
        stream = trust.wrap_socket(raw, server_hostname="localhost")
        self.addCleanup(stream.close)
        stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       b"Sec-WebSocket-Version: 13\r\n"
                       b"Sec-WebSocket-Protocol: viaduct.bin.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += stream.recv(1)
        self.assertTrue(answer.startswith(b"HTTP/1.1 101"), answer)
        return stream

    def expect_end(self, what, stream, octets):
        """It is put out, and not before all of the words why have gone to it."""
        with self.subTest(what):
            try:
                stream.sendall(octets)
                over_tls = isinstance(stream, ssl.SSLSocket)
                answer = stream.recv(65536)
                while answer and not (over_tls and answer[0] == CLOSE):  # it waits for ours
                    answer = stream.recv(65536)
            except (ConnectionError, ssl.SSLError):
                pass  # put out while it still wrote

    def message(self, octets, opcode=2):
        """One WebSocket message, masked with zeros."""
        return struct.pack(">BBH4x", 0x80 | opcode, 0x80 | 126, len(octets)) + octets

    def test_malformed_frames_cost_their_sender_only(self):
        bystanders = [self.is_ready(self.ask(n=200, remote=remote)) for remote in [False, True]]
        before = len(self.gateway.audit())
        for what, octets in MALFORMED.items():
            self.expect_end(f"{what}, local", self.local(), octets)
            self.expect_end(f"{what}, remote", self.remote(), self.message(octets))
        self.assertEqual(len(self.gateway.audit()) - before, 2 * len(MALFORMED))
        self.expect_end("text", self.remote(), self.message(GREETING, opcode=1))
        self.expect_end("an endless message", self.remote(),
                        struct.pack(">BBQ4x", 0x82, 0x80 | 127, (1 << 62)) + bytes(1 << 16))
        self.expect_end("a reserved opcode", self.remote(), self.message(GREETING, opcode=7))
        chance = random.Random(20)
        for _ in range(100):
            octets = GREETING + chance.randbytes(chance.randrange(32, 2000))
            self.expect_end("chance, local", self.local(), octets)
        for _ in range(20):
            octets = GREETING + chance.randbytes(chance.randrange(32, 2000))
            self.expect_end("chance, remote", self.remote(), self.message(octets))
        for bystander in bystanders:
            self.assertEqual(bystander.wait(), (0, ""))

    # ---- killed and stopped ----

    def test_killed_clients_leave_nothing_behind(self):
        clients = [self.is_ready(self.ask(n=10**9, remote=i % 2 == 0)) for i in range(20)]
        for client in clients:
            client.popen.stdin.close()
            client.popen.stdin = None
        bystander = self.is_ready(self.ask(n=200))
        for client in clients:
            client.send_signal(signal.SIGKILL)
        self.assertEqual(bystander.wait(), (0, ""))
        for client in clients:
            self.assertEqual(client.wait()[0], -signal.SIGKILL)

    def test_a_stopped_service_holds_up_nobody(self):
        for remote in [False, True]:
            stopped = self.gateway.stage("stopped", remote=remote)
            floods = [self.is_ready(self.ask("stopped", 1000, far, "flood"))
                      for far in [False, True]]
            bystanders = [self.is_ready(self.ask(n=500, remote=far)) for far in [False, True]]
            stopped.send_signal(signal.SIGSTOP)
            try:
                done = self.gateway.cli("--timeout", "200", "call", "stopped", "1", '[{"u32":1}]')
                self.assertEqual(done.returncode, 6, done.stderr)
                for process in floods + bystanders:
                    process.popen.stdin.close()
                    process.popen.stdin = None
                for bystander in bystanders:
                    self.assertEqual(bystander.wait(), (0, ""))
                for flood in floods:
                    status, said = flood.wait()
                    self.assertEqual(status, 0, said)
            finally:
                stopped.send_signal(signal.SIGCONT)
            # It is there still, or again: whoever was put out comes back by itself.
            caller = self.is_ready(self.gateway.program(CROWD, "each", "stopped"))
            deadline = time.monotonic() + 30
            answer = ""
            while answer != "ok 42" and time.monotonic() < deadline:
                caller.popen.stdin.write("21\n")
                caller.popen.stdin.flush()
                answer = caller.line()
            self.assertEqual(answer, "ok 42")
            caller.end()
            self.assertEqual(stopped.wait()[0], 0)


class RestartTest(unittest.TestCase):
    def test_a_killed_gateway_comes_back(self):
        gateway = Gateway().start()
        self.addCleanup(gateway.close)
        gateway.stage("near")
        gateway.stage("far", remote=True)
        clients = [gateway.program(CROWD, "each", name, remote=remote)
                   for name in ["near", "far"] for remote in [False, True]]

        def answers():
            for client in clients:
                client.popen.stdin.write("4\n")
                client.popen.stdin.flush()
            return [client.line() for client in clients]

        self.assertEqual([client.line() for client in clients], ["ready"] * 4)
        self.assertEqual(answers(), ["ok 8"] * 4)
        for _ in range(3):
            gateway.kill()
            gateway.start()  # the socket is still there, its lock is not
            self.assertEqual(answers(), ["ok 8"] * 4)
        names = [row["name"] for row in json.loads(gateway.cli("ls", "--json").stdout)]
        self.assertEqual(names, ["far", "near"])
        for client in clients:
            self.assertEqual(client.wait()[0], 0)


if __name__ == "__main__":
    unittest.main()
