"""Who asks for a session that is not his, or tells counts that cannot be, over frames made by hand:
he gets a session of his own, and whose session it is loses nothing by it."""

import select
import socket
import ssl
import struct
import time
import unittest

from world import LIMIT_S, Gateway

HEADER = "<IBBHIIIIIHBB"  # size, kind, flags, layout, id, object, code, time, body, refs, fds, 0
HELLO, WELCOME, CALL, REPLY, ACK, BYE = 1, 2, 3, 4, 12, 13
EXITED, EVICTED = 1, 2
SESSION, SECRET, RECEIVED, RESUMED = 9, 10, 11, 12  # tags
CONTROL, PING = 0xff00, 13  # a layout, and a verb of object 0
LATE = 0xffffffff  # no deadline
GRACE_MS = 1000
CLOSE = 0x8


def frame(kind, body=b"", number=0, code=0, layout=0, time=0):
    padded = body + bytes(-len(body) % 8)
    return struct.pack(HEADER, 32 + len(padded), kind, 0, layout, number, 0, code, time, len(body),
                       0, 0, 0) + padded


def fields(octets):
    found = {}
    while octets:
        tag, size = struct.unpack_from("<HH", octets)
        found[tag] = octets[4:4 + size]
        octets = octets[4 + size + -size % 4:]
    return found


def greeting(session=0, secret=bytes(16), received=0):
    body = b""
    if session != 0:
        body = struct.pack("<HHQHH16sHHQ", SESSION, 8, session, SECRET, 16, secret, RECEIVED, 8,
                           received)
    return frame(HELLO, body, code=1)


def ping(number):
    return frame(CALL, number=number, code=PING, layout=CONTROL, time=LATE)


def ack(count):
    return frame(ACK, number=count & 0xffffffff, time=count >> 32)


class Client:
    """A WebSocket, and the frames that come over it."""

    def __init__(self, gateway, certificate="client"):
        trust = ssl.create_default_context(cafile=gateway.certs.pem("ca"))
        trust.load_cert_chain(gateway.certs.pem(certificate), gateway.certs.key(certificate))
        raw = socket.create_connection(("127.0.0.1", gateway.port), timeout=LIMIT_S)
        self.stream = trust.wrap_socket(raw, server_hostname="localhost")
        self.stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                            b"Connection: Upgrade\r\n"
                            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            b"Sec-WebSocket-Version: 13\r\n"
                            b"Sec-WebSocket-Protocol: viaduct.bin.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            octet = self.stream.recv(1)
            if not octet:
                raise ConnectionError(answer)
            answer += octet
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(answer)
        self.octets, self.frames = b"", b""  # as they came; out of their messages

    def send(self, octets):
        """One WebSocket message, masked with zeros."""
        self.stream.sendall(struct.pack(">BBH4x", 0x82, 0x80 | 126, len(octets)) + octets)

    def is_over(self):
        """Whether the gateway has closed it, without waiting; what came before is kept."""
        self.stream.setblocking(False)
        try:
            while True:
                more = self.stream.recv(65536)
                if not more:
                    return True
                self.octets += more
        except ssl.SSLWantReadError:
            return False
        except (ConnectionError, ssl.SSLError):
            return True
        finally:
            self.stream.settimeout(LIMIT_S)

    def exactly(self, size):
        while len(self.octets) < size:
            more = self.stream.recv(65536)
            if not more:
                raise EOFError
            self.octets += more
        octets, self.octets = self.octets[:size], self.octets[size:]
        return octets

    def message(self):
        first, size = self.exactly(2)
        if size == 126:
            size = struct.unpack(">H", self.exactly(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.exactly(8))[0]
        octets = self.exactly(size)
        if first & 0xf == CLOSE:
            raise EOFError
        return octets

    def next(self):
        """The next frame: kind, id, code, body."""
        while len(self.frames) < 32:
            self.frames += self.message()
        size, kind, _, _, number, _, code, _, body, _, _, _ = struct.unpack_from(HEADER,
                                                                               self.frames)
        while len(self.frames) < size:
            self.frames += self.message()
        octets, self.frames = self.frames[32:32 + body], self.frames[size:]
        return kind, number, code, octets

    def reply(self):
        """The next reply: its call and its status."""
        kind, number, code, _ = self.next()
        while kind == ACK:
            kind, number, code, _ = self.next()
        if kind != REPLY:
            raise AssertionError(f"a frame of kind {kind}, code {code}")
        return number, code

    def greet(self, session=0, secret=bytes(16), received=0, more=b""):
        """Says HELLO, with @more behind it; the fields of WELCOME."""
        self.send(greeting(session, secret, received) + more)
        kind, _, _, body = self.next()
        if kind != WELCOME:
            raise AssertionError(f"a frame of kind {kind}: {body}")
        return fields(body)

    def wait_end(self):
        """Until the gateway has closed it; the BYEs that came before."""
        byes = []
        try:
            while True:
                kind, _, code, _ = self.next()
                if kind == BYE:
                    byes.append(code)
        except (EOFError, ConnectionError, ssl.SSLError):
            return byes


class Session:
    """What a WELCOME says of a session."""

    def __init__(self, welcome):
        self.number = struct.unpack("<Q", welcome[SESSION])[0]
        self.secret = welcome[SECRET]
        self.resumed = RESUMED in welcome and welcome[RESUMED] == b"\x01\0\0\0"
        self.received = struct.unpack("<Q", welcome.get(RECEIVED, bytes(8)))[0]


class ForgedResumeTest(unittest.TestCase):
    LIMITS = {"handshake_ms": 30000, "grace_ms": 60000}

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(limits=cls.LIMITS)
        cls.addClassCleanup(cls.gateway.close)
        cls.gateway.certs.client("other")
        cls.gateway.start()

    def client(self, certificate="client"):
        client = Client(self.gateway, certificate)
        self.addCleanup(client.stream.close)
        return client

    def open(self):
        client = self.client()
        return client, Session(client.greet())

    def resume(self, session, received, certificate="client", secret=None, more=b""):
        client = self.client(certificate)
        welcome = client.greet(session.number, secret or session.secret, received, more)
        return client, Session(welcome)

    def assert_resumed(self, session, now):
        self.assertTrue(now.resumed)
        self.assertEqual((now.number, now.secret), (session.number, session.secret))

    def assert_fresh(self, session, now):
        self.assertFalse(now.resumed)
        self.assertNotEqual(now.number, session.number)
        self.assertNotEqual(now.secret, session.secret)

    def audited(self, action="resume"):
        return [line for line in self.gateway.audit() if line["refused"] == action]

    def left_over(self):
        """A session whose reply to call 1 was lost with its link."""
        client, session = self.open()
        client.send(ping(1))
        self.assertEqual(client.reply(), (1, 0))
        client.stream.close()
        return session

    def assert_unharmed(self, session):
        """Its own client comes back, and has the reply that was lost, once."""
        client, now = self.resume(session, 0)
        self.assert_resumed(session, now)
        self.assertEqual(now.received, 1)
        self.assertEqual(client.reply(), (1, 0))
        client.send(ping(2))
        self.assertEqual(client.reply(), (2, 0))
        client.stream.close()

    # ---- whose it is ----

    def test_what_was_not_acknowledged_comes_again(self):
        self.assert_unharmed(self.left_over())

    def test_a_session_that_never_was(self):
        session = self.left_over()
        for number in [1, 1 << 63, (1 << 64) - 1, session.number ^ 1 << 40, session.number + 1]:
            client = self.client()
            self.assert_fresh(session, Session(client.greet(number, session.secret)))
        self.assert_unharmed(session)

    def test_a_wrong_secret(self):
        session = self.left_over()
        before = len(self.audited())
        wrong = [bytes(16)] + [bytes(octet ^ (at == place) for place, octet
                                     in enumerate(session.secret)) for at in [0, 7, 15]]
        for secret in wrong[1:]:
            self.assert_fresh(session, self.resume(session, 0, secret=secret)[1])
        self.assert_fresh(session, self.resume(session, 0, secret=wrong[0])[1])
        lines = self.audited()[before:]
        self.assertEqual(len(lines), len(wrong))
        self.assertTrue(all("wrong secret" in str(line) for line in lines), lines)
        self.assertNotIn(session.secret.hex(), str(lines))
        self.assert_unharmed(session)

    def test_another_identity(self):
        session = self.left_over()
        before = len(self.audited())
        self.assert_fresh(session, self.resume(session, 0, "other")[1])
        lines = self.audited()[before:]
        self.assertEqual(len(lines), 1)
        self.assertIn("another identity", str(lines))
        self.assert_unharmed(session)

    # ---- counts ----

    def assert_over(self, session, received):
        before = len(self.audited())
        self.assert_fresh(session, self.resume(session, received)[1])
        self.assertIn("cannot be", str(self.audited()[before:]))
        before = len(self.audited())
        self.assert_fresh(session, self.resume(session, 1)[1])
        self.assertEqual(len(self.audited()), before)  # it is over: nothing to tell

    def test_more_than_was_sent(self):
        for received in [2, 1 << 32, (1 << 64) - 1]:
            self.assert_over(self.left_over(), received)

    def test_less_than_was_acknowledged(self):
        client, session = self.open()
        for number in [1, 2]:
            client.send(ping(number))
            self.assertEqual(client.reply(), (number, 0))
        client.send(ack(2) + ping(3))
        self.assertEqual(client.reply(), (3, 0))
        client.stream.close()
        self.assert_over(session, 1)

    def test_an_ack_of_more_than_was_sent(self):
        client, session = self.open()
        client.send(ack(1))
        self.assertEqual(client.wait_end(), [EVICTED])
        self.assert_fresh(session, self.resume(session, 0)[1])

    # ---- more than one link ----

    def test_a_link_that_is_still_there_goes_first(self):
        client, session = self.open()
        client.send(ping(1))
        self.assertEqual(client.reply(), (1, 0))
        newer, now = self.resume(session, 1)
        self.assert_resumed(session, now)
        self.assertEqual(client.wait_end(), [])
        newer.send(ping(2))
        self.assertEqual(newer.reply(), (2, 0))

    def test_of_two_that_resume_at_once_one_has_it(self):
        session = self.left_over()
        for n_pings in range(1, 20):
            pair = [self.client(), self.client()]
            for client in pair:
                client.send(greeting(session.number, session.secret, 0))
            until = time.monotonic() + LIMIT_S
            losers = []
            while not losers and time.monotonic() < until:
                select.select([client.stream for client in pair], [], [], 0.05)
                losers = [client for client in pair if client.is_over()]
            self.assertEqual(len(losers), 1)
            winner = pair[1 - pair.index(losers[0])]
            kind, _, _, body = winner.next()
            self.assertEqual(kind, WELCOME)
            self.assert_resumed(session, Session(fields(body)))
            winner.send(ping(n_pings + 1))
            for number in range(1, n_pings + 2):
                self.assertEqual(winner.reply(), (number, 0))
            winner.stream.close()

    # ---- HELLO and BYE ----

    def test_what_comes_behind_a_hello_is_nobodys(self):
        session = self.left_over()
        client, now = self.resume(session, 1, more=ping(2) + greeting() + ping(3))
        self.assert_resumed(session, now)
        self.assertEqual(now.received, 1)
        client.send(ping(2))
        self.assertEqual(client.reply(), (2, 0))

    def test_a_second_hello_ends_it(self):
        session = self.left_over()
        client, now = self.resume(session, 1)
        self.assert_resumed(session, now)
        client.send(greeting(session.number, session.secret, 1))
        self.assertEqual(client.wait_end(), [EVICTED])
        self.assert_fresh(session, self.resume(session, 1)[1])

    def test_after_a_bye_nothing_is_resumed(self):
        client, session = self.open()
        client.send(ping(1) + frame(BYE, code=EXITED))
        self.assertEqual(client.reply(), (1, 0))
        # its link is there still
        self.assert_fresh(session, self.resume(session, 1)[1])
        client.stream.close()
        self.assert_fresh(session, self.resume(session, 1)[1])


    def test_its_place_is_there_in_a_full_house(self):
        gateway = Gateway(limits={**self.LIMITS, "max_connections": 3}).start()
        self.addCleanup(gateway.close)
        house = [Client(gateway) for _ in range(3)]
        sessions = [Session(client.greet()) for client in house]
        with self.assertRaises(ConnectionError):
            Client(gateway)
        for client in house:
            client.stream.close()
        newcomer = self.wait_for_place(gateway)
        newcomer.send(greeting() + ping(1))
        self.assertEqual(newcomer.wait_end(), [EVICTED])
        self.assertIn("max_connections = 3", str(gateway.audit()[-1]))
        for session in sessions:
            client = self.wait_for_place(gateway)
            now = Session(client.greet(session.number, session.secret, 0))
            self.assert_resumed(session, now)

    def wait_for_place(self, gateway):
        """The gateway hears of a link's end from its kernel, a moment later."""
        until = time.monotonic() + LIMIT_S
        while True:
            try:
                client = Client(gateway)
                self.addCleanup(client.stream.close)
                return client
            except ConnectionError:
                if time.monotonic() > until:
                    raise

    def test_after_the_grace_time_there_is_nothing_left(self):
        gateway = Gateway(limits={**self.LIMITS, "grace_ms": GRACE_MS}).start()
        self.addCleanup(gateway.close)
        client = Client(gateway)
        session = Session(client.greet())
        watcher = Client(gateway)
        self.addCleanup(watcher.stream.close)
        watcher.greet()
        client.stream.close()
        ends = time.monotonic() + GRACE_MS / 1000
        while time.monotonic() < ends:
            watcher.send(ping(1))
            self.assertEqual(watcher.reply(), (1, 0))
        # what is asked of the gateway after that comes after its own timer
        late = Client(gateway)
        self.addCleanup(late.stream.close)
        time_left = time.monotonic() - ends
        self.assertGreater(time_left, 0)
        self.assert_fresh(session, Session(late.greet(session.number, session.secret, 0)))


if __name__ == "__main__":
    unittest.main()
