"""The relay that breaks links does what it is told: else the tests that use it prove nothing."""

import socket
import unittest

from world import LIMIT_S, Relay


class RelayTest(unittest.TestCase):
    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        self.server.settimeout(LIMIT_S)
        self.relay = Relay(self.server.getsockname()[1])
        self.addCleanup(self.relay.end)

    def pair(self):
        """A connection through it: the client's end and the server's, proved to be connected."""
        client = socket.create_connection(("127.0.0.1", self.relay.port), timeout=LIMIT_S)
        server, _ = self.server.accept()
        server.settimeout(LIMIT_S)
        for end in [client, server]:
            self.addCleanup(end.close)
        client.sendall(b"!")
        self.assertEqual(server.recv(1), b"!")
        return client, server

    def is_quiet(self, end):
        """Nothing comes; proved by a connection made later that has come all the way."""
        other, _ = self.pair()
        other.close()
        end.setblocking(False)
        self.assertRaises(BlockingIOError, end.recv, 1)
        end.settimeout(LIMIT_S)

    @staticmethod
    def all_of(end):
        octets = b""
        try:
            while piece := end.recv(65536):
                octets += piece
        except ConnectionResetError:
            return octets, "reset"
        return octets, "finish"

    def test_passes_everything_both_ways(self):
        client, server = self.pair()
        octets = bytes(range(256)) * 200
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(self.all_of(server), (octets, "finish"))
        server.sendall(octets)
        server.close()
        self.assertEqual(self.all_of(client), (octets, "finish"))
        counts = self.relay.tell("stats")
        self.assertEqual((counts["up"], counts["down"]), (len(octets) + 1, len(octets)))
        self.assertEqual((counts["connections"], counts["cuts"]), (1, 0))

    def test_cuts_in_either_manner(self):
        for manner in ["reset", "finish"]:
            pairs = [self.pair() for _ in range(3)]
            self.relay.tell(f"manner {manner}")
            self.assertEqual(self.relay.tell("cut")["live"], 0)
            for end in sum(pairs, ()):
                self.assertEqual(self.all_of(end), (b"", manner))

    def test_cuts_every_so_often(self):
        client, server = self.pair()
        self.relay.tell("every 20")
        for end in [client, server]:
            self.assertEqual(self.all_of(end)[0], b"")

    def test_spares_those_that_have_passed_too_little(self):
        client, server = self.pair()
        spared, _ = self.pair()
        self.relay.tell("least 1000")
        self.relay.tell("every 20")
        spared.sendall(bytes(900))
        client.sendall(bytes(1000))
        self.assertEqual(len(self.all_of(server)[0]), 1000)
        self.assertEqual(self.relay.tell("stats")["live"], 1)

    def test_cuts_after_some_octets(self):
        self.relay.tell("after 1000")
        self.relay.tell("manner finish")
        sizes = set()
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", self.relay.port), timeout=LIMIT_S)
            server, _ = self.server.accept()
            client.sendall(bytes(1000))
            sizes.add(len(self.all_of(server)[0]))
            client.close()
            server.close()
        self.assertGreater(len(sizes), 10)
        self.assertLessEqual(max(sizes), 1000)
        self.assertGreaterEqual(min(sizes), 1)

    def test_a_hole_takes_all_and_ends_with_a_cut(self):
        client, server = self.pair()
        self.relay.tell("hole up")
        client.sendall(bytes(1 << 20))
        server.sendall(b"down")
        self.assertEqual(client.recv(4), b"down")
        self.relay.tell("hole none")
        self.assertEqual(self.all_of(server)[0], b"")

    def test_what_lost_nothing_survives_the_hole(self):
        client, server = self.pair()
        self.relay.tell("hole both")
        self.relay.tell("hole none")
        client.sendall(b"still")
        self.assertEqual(server.recv(5), b"still")

    def test_a_stall_keeps_all(self):
        client, server = self.pair()
        self.relay.tell("stall down")
        server.sendall(b"later")
        self.is_quiet(client)
        self.relay.tell("stall none")
        self.assertEqual(client.recv(5), b"later")

    def test_half_closes(self):
        client, server = self.pair()
        self.relay.tell("half up")
        self.assertEqual(self.all_of(server), (b"", "finish"))
        server.sendall(b"down")
        self.assertEqual(client.recv(4), b"down")

    def test_away(self):
        self.relay.tell("away on")
        client = socket.create_connection(("127.0.0.1", self.relay.port), timeout=LIMIT_S)
        self.addCleanup(client.close)
        self.assertEqual(self.all_of(client)[0], b"")
        self.relay.tell("away off")
        self.pair()

    def test_refuses_what_it_does_not_know(self):
        self.assertRaises(AssertionError, self.relay.tell, "cutt")
        self.assertRaises(AssertionError, self.relay.tell, "hole sideways")


if __name__ == "__main__":
    unittest.main()
