"""Both sides of a WebSocket find out that the other one is gone, whatever they do meanwhile, and
only then."""

import signal
import socket
import ssl
import time
import unittest

from relay import LIMIT_S, Connection, Relay
from world import PROGRAMS, Gateway

KEEPALIVE_MS = TIMEOUT_MS = 1000
BOUND_S = (KEEPALIVE_MS + TIMEOUT_MS) / 1000
SLACK_S = 1
LIVELY = PROGRAMS / "lively"
HANDSHAKE_MS = 2000
HELLO_MS = 2000


class LivenessTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(limits={"keepalive_ms": KEEPALIVE_MS, "timeout_ms": TIMEOUT_MS,
                                      "handshake_ms": HANDSHAKE_MS, "hello_ms": HELLO_MS}).start()
        cls.addClassCleanup(cls.gateway.close)
        cls.stage = cls.lively("serve", "near")

    @classmethod
    def lively(cls, role, name, relay=None, wait=True):
        settings = cls.gateway.settings(remote=relay is not None)
        if relay is not None:
            settings["VIADUCT_GATEWAY"] = f"wss://localhost:{relay.port}"
        process = cls.gateway.start_process(LIVELY, KEEPALIVE_MS, TIMEOUT_MS, role, name,
                                            settings=settings)
        if wait:
            line = process.line()
            if line != "ready":
                raise AssertionError(f"lively said: {line}")
        return process

    def relay(self, **wishes):
        relay = Relay(self.gateway.port, **wishes)
        self.addCleanup(relay.close)
        return relay

    def start(self, role, name, relay=None):
        process = self.lively(role, name, relay)
        self.addCleanup(process.end)
        return process

    @staticmethod
    def pause(seconds):
        Connection.changed.wait(seconds)

    def expect_found(self, connection, within_s=BOUND_S + SLACK_S):
        """Both sides close what leads nowhere, and the library not before its time."""
        for name, side in [("library", connection.client), ("gateway", connection.server)]:
            took_s = connection.wait_closed(side, within_s)
            self.assertIsNotNone(took_s, f"the {name} found nothing within {within_s} s")

    def expect_alive(self, connection, for_s):
        self.pause(for_s)
        for name, side in [("library", connection.client), ("gateway", connection.server)]:
            self.assertIsNone(side.closed_at, f"the {name} gave a living link up")

    # ---- a black hole ----

    def test_a_black_hole_is_found_while_idle(self):
        relay = self.relay()
        self.start("idle", "near", relay)
        connection = relay.wait_connection()
        self.expect_alive(connection, 2 * BOUND_S)  # it is asked, and answers
        begun = time.monotonic()
        connection.pierce()
        self.expect_found(connection)
        self.assertGreater(connection.client.closed_at - begun, TIMEOUT_MS / 1000)

    def test_a_black_hole_is_found_while_something_is_always_sent(self):
        relay, other = self.relay(), self.relay()
        self.start("pour", "near", relay)  # the library sends,
        self.start("serve", "far", other)
        self.start("pour", "far")  # and the gateway
        connections = [relay.wait_connection(), other.wait_connection()]
        self.pause(0.5)
        for connection in connections:
            connection.pierce()
        for connection in connections:
            self.expect_found(connection)

    def test_a_black_hole_is_found_with_a_full_queue(self):
        relay, other = self.relay(), self.relay()
        self.start("fill", "near", relay)
        self.start("serve", "filled", other)
        self.start("fill", "filled")
        connections = [relay.wait_connection(), other.wait_connection()]
        self.pause(0.5)
        for connection in connections:
            connection.pierce(deaf=True)
        # What closes has octets before its end, which show only when they are read.
        self.pause(BOUND_S + SLACK_S)
        for connection in connections:
            connection.deaf = False
        for connection in connections:
            self.expect_found(connection, SLACK_S / 3)

    def test_a_black_hole_is_found_on_the_way_to_a_session(self):
        measured = self.relay()
        self.start("idle", "near", measured)
        whole = measured.wait_connection().client.passed
        self.assertGreater(whole, 500)
        # Within TLS, within the answer to the upgrade, and within WELCOME.
        cuts = [0, 1, *(whole * i // 12 for i in range(1, 12)), whole - 40, whole - 1]
        relays = [self.relay(hole_after=cut) for cut in cuts]
        processes = []
        for cut, relay in zip(cuts, relays):
            if cut == 0:
                relay.wishes = {"hole": True}
            processes.append(self.lively("idle", "near", relay, wait=False))
            self.addCleanup(processes[-1].end)
        limit_s = HANDSHAKE_MS / 1000 + HELLO_MS / 1000 + BOUND_S + SLACK_S
        for relay in relays:
            connection = relay.wait_connection()
            self.expect_found(connection, limit_s)
            self.assertLess(connection.client.closed_at - connection.begun_at,
                            2 * BOUND_S + SLACK_S)

    def test_a_host_that_does_not_answer_at_all_is_found(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            taken = [socket.socket() for _ in range(4)]  # its queue is full: the kernel says nothing
            for stream in taken:
                self.addCleanup(stream.close)
                stream.setblocking(False)
                stream.connect_ex(listener.getsockname())
            settings = self.gateway.settings(remote=True)
            settings["VIADUCT_GATEWAY"] = f"wss://127.0.0.1:{listener.getsockname()[1]}"
            begun = time.monotonic()
            process = self.gateway.start_process(LIVELY, KEEPALIVE_MS, TIMEOUT_MS, "idle", "near",
                                                 settings=settings)
            self.assertEqual(process.wait()[0], 1)
            self.assertLess(time.monotonic() - begun, BOUND_S + SLACK_S)

    # ---- one direction ----

    def test_a_link_that_is_half_closed_is_found_at_once(self):
        for client_shuts in [False, True]:
            relay = self.relay()
            self.start("idle", "near", relay)
            connection = relay.wait_connection()
            connection.shut(connection.server if client_shuts else connection.client)
            self.expect_found(connection, SLACK_S)

    def test_one_direction_alone_is_found(self):
        for library_is_heard in [False, True]:
            relay = self.relay()
            self.start("pour", "near", relay)
            connection = relay.wait_connection()
            connection.hole_towards = (connection.client if library_is_heard
                                       else connection.server)
            self.expect_found(connection)

    # ---- no false alarm ----

    def test_a_slow_network_is_none_that_is_gone(self):
        relay, other = self.relay(), self.relay()
        self.start("fill", "near", relay)
        self.start("serve", "slow", other)
        self.start("fill", "slow")
        connections = [relay.wait_connection(), other.wait_connection()]
        for connection in connections:
            connection.rate = 4000
        for connection in connections:
            self.expect_alive(connection, 2 * BOUND_S)

    def test_a_process_that_stops_for_less_than_the_bound_is_none_that_is_gone(self):
        relay = self.relay()
        process = self.start("idle", "near", relay)
        connection = relay.wait_connection()
        for stopped in [process, self.gateway.process]:
            self.pause(0.3)
            stopped.send_signal(signal.SIGSTOP)
            self.pause(TIMEOUT_MS / 1000 * 0.9)
            stopped.send_signal(signal.SIGCONT)
            self.expect_alive(connection, BOUND_S)

    # ---- JSON ----

    def json(self, relay):
        trust = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        trust.load_cert_chain(self.gateway.certs.pem("client"), self.gateway.certs.key("client"))
        raw = socket.create_connection(("127.0.0.1", relay.port), timeout=20)
        stream = trust.wrap_socket(raw, server_hostname="localhost")
        self.addCleanup(stream.close)
        stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       b"Sec-WebSocket-Version: 13\r\n"
                       b"Sec-WebSocket-Protocol: viaduct.json.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += stream.recv(1)
        self.assertTrue(answer.startswith(b"HTTP/1.1 101"), answer)
        return stream

    def test_a_page_that_answers_pings_stays_and_one_that_does_not_goes(self):
        relay = self.relay()
        stream = self.json(relay)
        connection = relay.wait_connection()
        for _ in range(4):
            self.assertEqual(stream.recv(2), b"\x89\x00")  # a ping, empty
            stream.sendall(b"\x8a\x80\0\0\0\0")            # a pong
        self.assertIsNone(connection.server.closed_at)
        while connection.wait_closed(connection.server, 0.01) is None:  # no more answers
            self.assertLess(time.monotonic() - connection.begun_at, 5 * BOUND_S + SLACK_S)
        self.assertEqual(stream.recv(2), b"\x89\x00")

    def test_a_page_in_a_black_hole_is_found(self):
        relay = self.relay()
        self.json(relay)
        connection = relay.wait_connection()
        connection.pierce()
        took_s = connection.wait_closed(connection.server, BOUND_S + SLACK_S)
        self.assertIsNotNone(took_s)


class SlowToAnswerTest(unittest.TestCase):
    """A gateway, or a host, that takes longer to answer than one that is there may be silent."""

    KEEPALIVE_MS = TIMEOUT_MS = 500
    LATE_S = 1.3

    def test_a_session_goes_on_though_its_new_link_takes_longer_than_the_bound(self):
        gateway = Gateway(limits={"keepalive_ms": self.KEEPALIVE_MS, "timeout_ms": self.TIMEOUT_MS,
                                  "handshake_ms": 20000, "hello_ms": 20000, "grace_ms": 8000})
        self.addCleanup(gateway.close)
        gateway.start()
        relay = Relay(gateway.port)
        self.addCleanup(relay.close)
        said = gateway.folder / "said"
        process = gateway.program("sh", "-c", '"$@" 2>"$0"', said, "env", "VIADUCT_LOG=info", LIVELY,
                                  self.KEEPALIVE_MS, self.TIMEOUT_MS, "serve", "far",
                                  port=relay.port)
        self.assertEqual(process.line(), "ready")
        relay.wishes = {"late_s": self.LATE_S}
        relay.wait_connection().cut()
        until = time.monotonic() + LIMIT_S
        while not any(word in said.read_text()
                      for word in ["connection.resumed", "connection.given_up"]):
            self.assertLess(time.monotonic(), until, said.read_text())
            Connection.changed.wait(0.05)
        self.assertIn("recovered=true", said.read_text())
        self.assertGreater(len(relay.connections), 2)  # the first one was not waited for so long


if __name__ == "__main__":
    unittest.main()
