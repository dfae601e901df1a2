"""Messages of Phoenix-RTOS when a server, a client, the link or the gateway fails, with many of them
in each state: waiting, received, being answered, answered. Both ends on one host, either of them on
another one, or both; and in one process. Nobody hangs, and nothing is told twice."""

import signal
import unittest

from phoenix_world import NEWER, ONE, SANITIZED, PhoenixWorld
from puppets import PLACES

N = 25 if SANITIZED else 100
LARGE = 60000  # octets of an answer: together, more than goes at once
MIDDLE = 15000  # together, no more than may wait for a link that is away
NAME, OTHER = "/srv/faults", "/srv/others"
GONE, INTERRUPTED = -22, -4
GRACE_MS = 200
CLIENT_KILLS = 3 if SANITIZED else 6  # each of 6 MB
SERVER_MORE_KIB = 24576
STORM = (8, 60) if SANITIZED else (8, 250)  # threads, messages of each


def numbers(line):
    return {name: int(value) for name, value in (word.split("=") for word in line.split())}


class Faults(PhoenixWorld):
    def assert_all(self, client, result, n=N):
        self.assertEqual(client.do("results"), f"{result}x{n}")

    def serve(self, server, receivers=0, name=NAME):
        self.assertEqual(server.do("serve", name, receivers), "ok")

    def send(self, client, n=N, size=64, name=NAME):
        """They are under way when this returns, where a gateway could see them."""
        self.assertEqual(client.do("send", name, n, size), "ok")

    def receive(self, server, n=N, name=NAME):
        self.assertEqual(server.do("take", name, n), "ok")

    def succeed(self, client, far):
        """The next server of that name answers."""
        server = self.puppet(far=far)
        self.serve(server, receivers=1)
        self.until(lambda: client.do("ask", NAME) == "0")
        self.finish(server)

    def assert_storm(self, said, **expected):
        told = numbers(said)
        wanted = {"lost": 0, "twice": 0, "wrong": 0, "disordered": 0, **expected}
        self.assertEqual({name: told.get(name) for name in wanted}, wanted, said)
        self.assertEqual(told["ok"] + told["interrupted"] + told["gone"], STORM[0] * STORM[1])
        return told

    def relayed(self, place):
        """Server, client, relay: one of them has its link through that."""
        relay = self.relay()
        server = self.puppet(far=place[0], port=relay.port if place[0] else None)
        client = self.puppet(far=place[1], age=NEWER,
                             port=relay.port if place[1] else None)
        return server, client, relay


class PhoenixFaults(Faults):
    """Who is gone without a word is so after a moment."""

    LIMITS = {"grace_ms": GRACE_MS, "handshake_ms": 30000}

    # ---- the server is killed ----

    def test_the_server_is_killed_while_messages_wait(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.send(client)
                self.until_under_way(NAME, N)
                server.kill()
                self.assert_all(client, GONE)
                self.succeed(client, place[0])
                self.finish(client)

    def test_the_server_is_killed_when_it_has_received_them(self):
        for place in PLACES:
            for receivers in (0, 4):
                with self.at(place, receivers=receivers):
                    server, client = self.pair(place)
                    self.serve(server, receivers)
                    self.send(client)
                    if receivers == 0:
                        self.receive(server)
                    self.assertEqual(server.do("held", NAME, N), "ok")
                    server.kill()
                    self.assert_all(client, GONE)
                    self.succeed(client, place[0])
                    self.finish(client)

    def test_the_server_is_killed_with_some_waiting_and_some_received(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.send(client, 2 * N)
                self.receive(server)
                self.until_under_way(NAME, 2 * N)
                server.kill()
                self.assert_all(client, GONE, 2 * N)
                self.finish(client)

    def test_the_server_dies_among_its_answers(self):
        """Each sender has the whole of its answer, or none of it."""
        for place in PLACES:
            for size in (0, LARGE):
                with self.at(place, size=size):
                    server, client = self.pair(place)
                    self.serve(server, 2)
                    self.send(client, size=size)
                    self.assertEqual(server.do("held", NAME, N), "ok")
                    server.tell("die", NAME, N // 2)
                    results = dict(word.split("x") for word in client.do("results").split())
                    self.assertLessEqual(int(results.get("0", 0)), N // 2)
                    self.assertEqual(int(results.get("0", 0)) + int(results[str(GONE)]), N)
                    self.assertEqual(server.process.popen.wait(), -signal.SIGKILL)
                    self.finish(client)

    def test_the_server_is_killed_when_it_has_answered(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server, 4)
                self.send(client, size=LARGE)
                self.assertEqual(server.do("held", NAME, N), "ok")
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.assert_all(client, 0)
                server.kill()
                self.succeed(client, place[0])
                self.finish(client)

    def test_the_server_ends_or_becomes_another_program(self):
        for place in PLACES:
            for how in ("exits", "execs"):
                with self.at(place, how=how):
                    server, client = self.pair(place)
                    self.serve(server, 2)
                    self.serve(server, name=OTHER)
                    self.send(client)
                    self.assertEqual(server.do("held", NAME, N), "ok")
                    self.send(client, name=OTHER)
                    self.until_under_way(OTHER, N)
                    if how == "exits":
                        self.finish(server)
                    else:
                        self.assertEqual(server.do("exec"), "ready")
                    self.assert_all(client, GONE, 2 * N)
                    if how == "execs":
                        self.serve(server, 2)
                        self.until(lambda one=client: one.do("ask", NAME) == "0")
                        self.finish(server)
                    self.finish(client)

    # ---- the client is killed ----

    def test_the_client_is_killed_and_then_the_server_answers(self):
        """That is no error of the server's, and what the messages had of it is free again."""
        for place in PLACES:
            with self.at(place):
                server, other = self.pair(place)
                self.serve(server)
                kib = None
                for _ in range(CLIENT_KILLS):
                    client = self.puppet(far=place[1], age=NEWER)
                    self.send(client, size=LARGE)
                    self.receive(server, N // 2)
                    self.until_under_way(NAME, N)  # the other half waits
                    client.kill()
                    self.until_under_way(NAME, 0)
                    self.receive(server, N - N // 2)
                    self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                    kib = kib or self.kib(server.pid)
                self.send(other, 1)
                self.receive(server, 1)
                self.assertEqual(server.do("release", NAME), "ok=1 gone=0")
                self.assert_all(other, 0, 1)
                if not SANITIZED:
                    self.assertLess(self.kib(server.pid), kib + SERVER_MORE_KIB)
                self.finish(server, other)

    def test_what_a_client_had_opened_is_closed_once_each(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server, 2)
                for oid in (1, 2, 2, 3, 4, 4):
                    self.assertEqual(client.do("open", NAME, oid), "0")
                for oid in (3, 4):
                    self.assertEqual(client.do("close", NAME, oid), "0")
                said = server.do("closings", NAME, 2)
                self.assertTrue(said.startswith("3x1 4x1 from "), said)
                pid = said.split()[-1]
                self.send(client)  # held when it goes
                self.assertEqual(server.do("held", NAME, N), "ok")
                client.kill()
                self.assertEqual(server.do("closings", NAME, 4), f"1x1 2x2 4x1 from {pid}")
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                other = self.puppet(far=place[1])
                self.assertEqual(other.do("open", NAME, 7), "0")
                self.finish(other)  # nothing else was closed before that
                said = server.do("closings", NAME, 1)
                self.assertTrue(said.startswith("7x1 from "), said)
                self.finish(server)

    # ---- the port is destroyed ----

    def test_the_port_is_destroyed_with_messages_in_each_state(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.send(client, 2 * N)
                self.receive(server)
                if place is not ONE:
                    self.until_under_way(NAME, 2 * N)
                self.assertEqual(server.do("destroy", NAME), "ended=0")
                self.assert_all(client, GONE, 2 * N)
                self.serve(server, 4)
                self.until(lambda: client.do("ask", NAME) == "0")
                self.assertEqual(server.do("destroy", NAME), "ended=4")
                self.finish(server, client)

    def test_the_port_is_destroyed_in_a_storm(self):
        """Whatever its receivers were at, they end, and so do all who send."""
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                for _ in range(3):
                    self.serve(server, 4)
                    client.tell("storm", NAME, *STORM)
                    self.assertEqual(server.do("counted", NAME, STORM[1]), "ok")
                    self.assertEqual(server.do("destroy", NAME), "ended=4")
                    told = numbers(client.hear())
                    self.assertEqual(told["ok"] + told["interrupted"] + told["gone"],
                                     STORM[0] * STORM[1])
                    self.assertGreater(told["gone"], 0)
                self.finish(server, client)

    # ---- signals ----

    def interrupt(self, client, n_left):
        """Until so many are left without a result."""
        self.until(lambda: int(client.do("interrupt")) <= n_left)

    def test_a_signal_while_they_wait(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.send(client)
                if place is not ONE:
                    self.until_under_way(NAME, N)
                self.interrupt(client, 0)
                self.assert_all(client, INTERRUPTED)
                self.send(client, 1)
                self.receive(server, 1)  # the only one that ever was there
                self.assertEqual(server.do("release", NAME), "ok=1 gone=0")
                self.assert_all(client, 0, 1)
                self.finish(server, client)

    def interrupted_again(self, client):
        """How many do not ask to be let go: a signal that comes before its thread waits, although
        the message has been received, ends nothing."""
        self.assertEqual(client.do("interrupt"), str(N))
        return self.under_way(NAME)

    def test_a_signal_when_they_were_received(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.send(client)
                self.receive(server)
                for _ in range(5):
                    self.assertEqual(client.do("interrupt"), str(N))
                if place is not ONE:  # who asks to be let go is no longer counted
                    self.until(lambda: self.interrupted_again(client) == 0)
                self.send(client, N)
                if place is not ONE:
                    self.until_under_way(NAME, N)
                self.interrupt(client, N)  # those that wait, and not those that were received
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.assertEqual(client.do("results"), f"0x{N} {INTERRUPTED}x{N}")
                self.finish(server, client)

    def test_signals_at_any_moment(self):
        """What was answered came once; what was interrupted, never."""
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server, 2)
                told = self.assert_storm(client.do("storm", NAME, *STORM), gone=0)
                if place in (ONE, (False, False)):  # elsewhere it may be that none waits for long
                    self.assertGreater(told["interrupted"], 0)
                self.finish(server, client)

    def test_the_server_is_killed_in_a_storm_of_signals(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server, 2)
                client.tell("storm", NAME, *STORM)
                self.assertEqual(server.do("counted", NAME, STORM[1]), "ok")
                server.kill()
                told = numbers(client.hear())
                self.assertEqual(told["ok"] + told["interrupted"] + told["gone"],
                                 STORM[0] * STORM[1])
                self.assertGreater(told["gone"], 0)
                self.finish(client)

    def test_the_gateway_is_killed_in_a_storm_of_signals(self):
        """Even so: what was interrupted never came, and nothing came twice."""
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server, 2)
                client.tell("storm", NAME, *STORM)
                self.assertEqual(server.do("counted", NAME, STORM[1]), "ok")
                self.gateway.kill()
                self.gateway.start()
                client.hear()
                self.until(lambda: self.listed() != [])
                told = self.assert_storm(client.do("tally", NAME), wrong=0)
                self.assertGreater(told["gone"], 0)
                self.finish(server, client)

    # ---- the link ----

    def test_a_link_that_stays_away(self):
        for place in PLACES[1:]:
            with self.at(place):
                server, client, relay = self.relayed(place)
                self.serve(server, 2)
                self.assertEqual(client.do("open", NAME, 5), "0")
                self.send(client)
                self.assertEqual(server.do("held", NAME, N), "ok")
                relay.tell("away on")
                relay.tell("cut")
                if place[1]:  # its session is over, and so is what it had opened
                    self.assertTrue(server.do("closings", NAME, 1).startswith("5x1 from "))
                self.assert_all(client, GONE)
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                relay.tell("away off")
                self.until(lambda: client.do("ask", NAME) == "0")
                self.send(client, 1)
                self.assertEqual(server.do("held", NAME, 1), "ok")
                self.assertEqual(server.do("release", NAME), "ok=1 gone=0")
                self.assert_all(client, 0, 1)
                self.finish(server, client)

    # ---- the gateway ----

    def test_the_gateway_is_killed_and_comes_back(self):
        """The ports have the numbers that they had, and their names."""
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.assertEqual(client.do("find", NAME), "ok")
                number = self.listed()[0]["number"]
                self.send(client, 2 * N)
                self.receive(server)
                self.until_under_way(NAME, 2 * N)
                self.gateway.kill()
                self.gateway.start()
                self.assert_all(client, GONE, 2 * N)
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.receive(server)  # those that had come are there
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.until(lambda: [entry["number"] for entry in self.listed()] == [number])
                client.tell("again")  # by the number that it found before
                self.receive(server, 1)
                self.assertEqual(client.hear(), "0")
                self.finish(server, client)

    def test_a_process_that_talks_to_itself_needs_no_gateway(self):
        with self.at(ONE):
            both, _ = self.pair(ONE)
            self.serve(both)
            self.send(both, 2 * N)
            self.receive(both)
            self.gateway.kill()
            self.assertEqual(both.do("release", NAME), f"ok={N} gone=0")
            self.receive(both)
            self.gateway.start()
            self.assertEqual(both.do("release", NAME), f"ok={N} gone=0")
            self.assert_all(both, 0, 2 * N)
            self.finish(both)


class PhoenixEndures(Faults):
    """Links break and gateways change, and none of it can be seen."""

    LIMITS = {"grace_ms": 30000, "handshake_ms": 30000}

    def cut(self, relay):
        before = relay.tell("stats")["connections"]
        relay.tell("cut")
        self.until(lambda: relay.tell("stats")["connections"] > before)

    def test_a_link_that_is_cut_and_comes_back(self):
        for place in PLACES[1:]:
            with self.at(place):
                server, client, relay = self.relayed(place)
                self.serve(server)
                self.send(client, 2 * N, MIDDLE)
                self.receive(server)
                self.cut(relay)
                self.until_under_way(NAME, 2 * N)
                self.cut(relay)
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.cut(relay)
                self.receive(server)
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.cut(relay)
                self.assert_all(client, 0, 2 * N)
                self.finish(server, client)

    def test_signals_while_a_link_is_cut_again_and_again(self):
        for place in PLACES[1:]:
            with self.at(place):
                server, client, relay = self.relayed(place)
                self.serve(server, 2)
                client.tell("storm", NAME, *STORM)
                for _ in range(5):
                    self.cut(relay)
                self.assert_storm(client.hear(), gone=0)
                self.finish(server, client)

    def test_the_gateway_is_handed_over_with_messages_in_each_state(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server)
                self.assertEqual(client.do("send", NAME, 2 * N, MIDDLE), "ok")
                self.receive(server)
                self.until_under_way(NAME, 2 * N)
                self.gateway.take_over()
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.gateway.take_over()
                self.receive(server)
                self.assertEqual(server.do("release", NAME), f"ok={N} gone=0")
                self.assert_all(client, 0, 2 * N)
                self.finish(server, client)

    def test_the_gateway_is_handed_over_in_a_storm_of_signals(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.serve(server, 2)
                client.tell("storm", NAME, *STORM)
                for _ in range(2):
                    self.gateway.take_over()
                self.assert_storm(client.hear(), gone=0)
                self.finish(server, client)


if __name__ == "__main__":
    unittest.main(verbosity=2)
