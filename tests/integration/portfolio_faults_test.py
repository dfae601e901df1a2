"""Messages of Portfolio when what is between their ends breaks: links, the gateway, its number."""

import unittest

from portfolio_world import BADITEM, PortfolioWorld
from puppets import PLACES

N = 200


class Faults(PortfolioWorld):
    def relayed(self, place):
        """Server, client, relay: one of them has its link through that."""
        relay = self.relay()
        server = self.puppet(far=place[0], port=relay.port if place[0] else None)
        client = self.puppet(far=place[1], port=relay.port if place[1] else None)
        return server, client, relay

    def cut(self, relay):
        before = relay.tell("stats")["connections"]
        relay.tell("cut")
        self.until(lambda: relay.tell("stats")["connections"] > before)

    def find_again(self, server, client, service):
        """Who asks for something connects at once; who only serves does by its own pauses."""
        def is_found():
            server.do("find", "nobody")
            return client.do("find", "service") == service
        self.until(is_found)


class Narrow(Faults):
    LIMITS = {"max_unacknowledged": 65536}

    def test_an_acknowledgement_alone_lets_a_large_message_go_on(self):
        """Not the next ping, for which the deadline is too short."""
        server, client = self.pair((False, True), VIADUCT_TIMEOUT_MS="4500")
        service = server.do("port", "service")
        self.assertEqual(client.do("find", "service"), service)
        self.assertEqual(client.do("fill", service, 2, 100000), 2)
        server.tell("serve", service, 2, 100000)
        self.assertEqual(client.do("drain", 2, 7), 2)
        self.assertEqual(server.heard(), 2)
        self.finish(server, client)


class Short(Faults):
    def test_what_is_lost_for_good_comes_back_as_an_error(self):
        for place in PLACES[1:]:
            with self.at(place):
                server, client, relay = self.relayed(place)
                service = server.do("port", "service")
                self.assertEqual(client.do("find", "service"), service)
                self.assertEqual(client.do("fill", service, N, 50), N)
                self.until(lambda s=server, p=service: s.do("count", p) == N)
                held = server.do("get", service)
                relay.tell("away on")
                relay.tell("cut")
                self.assertEqual(client.do("drain", N, BADITEM), N)
                if not place[0]:
                    self.until(lambda s=server, p=held["reply"]: s.do("look", p) == "none")
                relay.tell("away off")
                self.find_again(server, client, service)
                self.assertEqual(server.do("reply", held["item"], 0, "-"), BADITEM)
                self.assertEqual(server.do("get", service), 0)
                self.assertEqual(client.do("fill", service, N, 50), N)
                server.tell("serve", service, N, 50)
                self.assertEqual(client.do("drain", N, 7), N)
                self.assertEqual(server.heard(), N)
                self.finish(server, client)

    def test_the_gateway_is_killed_and_comes_back(self):
        """A port has the number that it had, and its name."""
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = server.do("port", "service"), client.do("port", "mine")
                self.assertEqual(client.do("find", "service"), service)
                self.assertEqual(client.do("fill", service, N, 50), N)
                self.gateway.kill()
                self.assertEqual(client.do("drain", N, BADITEM), N)
                self.gateway.start()
                self.find_again(server, client, service)
                self.until(lambda s=server, p=mine: s.do("find", "mine") == p)
                self.assertEqual(client.do("fill", service, N, 50), N)
                while (came := server.do("get", service)) != 0 and came["reply"] == 0:
                    pass  # of the session before
                self.until(lambda s=server, p=service: s.do("count", p) >= N - 1)
                self.assertEqual(server.do("reply", came["item"], 7, "-") if came != 0 else 0, 0)
                self.finish(server, client)


class Long(Faults):
    LIMITS = {"grace_ms": 60000, "handshake_ms": 30000}

    def test_a_link_that_is_cut_and_comes_back_is_not_seen(self):
        for place in PLACES[1:]:
            with self.at(place):
                server, client, relay = self.relayed(place)
                service = server.do("port", "service")
                self.assertEqual(client.do("find", "service"), service)
                for size in (50, 70000):
                    self.assertEqual(client.do("fill", service, N, size), N)
                    self.cut(relay)
                    server.tell("serve", service, N // 2, size)
                    self.assertEqual(server.heard(), N // 2)
                    self.cut(relay)
                    server.tell("serve", service, N // 2, size)
                    client.tell("drain", N, 7)
                    self.cut(relay)
                    self.assertEqual((server.heard(), client.heard()), (N // 2, N))
                self.finish(server, client)

    def test_the_gateway_is_handed_over_with_messages_under_way(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service = server.do("port", "service")
                self.assertEqual(client.do("find", "service"), service)
                self.assertEqual(client.do("fill", service, N, 50), N)
                held = server.do("wait", service, 0)
                self.gateway.take_over()
                self.assertEqual(server.do("delete", held["item"]) < 0, True)
                server.tell("serve", service, N - 1, 50)
                self.assertEqual(server.heard(), N - 1)
                self.assertEqual(server.do("reply", held["item"], 5, "-"), 0)
                self.assertEqual(client.do("drain", N, 7), N - 1)
                self.finish(server, client)


if __name__ == "__main__":
    unittest.main()
