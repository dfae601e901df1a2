"""Ports and messages between processes: here and far, all kinds, all ends."""

import socket
import unittest

from portfolio_world import (ABORTED, BADITEM, BADPRIV, BADSIZE, NOTFOUND, NOTOWNER, UNIQUE,
                             PortfolioWorld)
from puppets import PLACES


class Messages(PortfolioWorld):
    def service(self, server, name="service"):
        port = server.do("port", name)
        self.assertGreaterEqual(port, 0x40000000)
        return port

    def test_a_message_of_each_kind_comes_and_is_answered(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service = self.service(server)
                self.assertEqual(client.do("find", "SERVICE"), service)
                mine = client.do("port", "mine")
                message = client.do("std", mine, 3, "question")
                self.assertEqual(client.do("send", service, message, "hello"), 0)
                self.assertEqual(client.do("send", service, message, "again"), NOTOWNER)
                came = server.do("wait", service, 0)
                self.assertEqual({**came, "item": 0},
                                 {"item": 0, "result": 0, "size": 6, "priority": 3, "capacity": 0,
                                  "reply": mine, "name": "question", "data": "hello"})
                self.assertEqual(server.do("reply", came["item"], -5, "world!"), 0)
                self.assertEqual(server.do("reply", came["item"], 0, "-"), BADITEM)
                back = client.do("wait", mine, message)
                self.assertEqual((back["item"], back["result"], back["data"]),
                                 (message, -5, "world!"))
                buffered = client.do("buf", mine, 0, 16)
                self.assertEqual(client.do("send", service, buffered, "12345678901234567"), BADSIZE)
                self.assertEqual(client.do("send", service, buffered, "request"), 0)
                came = server.do("wait", service, 0)
                self.assertEqual((came["capacity"], came["data"]), (16, "request"))
                self.assertEqual(server.do("reply", came["item"], 0, "12345678901234567"), BADSIZE)
                self.assertEqual(server.do("reply", came["item"], 0x7fffffff, "123456789012345"), 0)
                back = client.do("wait", mine, buffered)
                self.assertEqual((back["result"], back["size"], back["data"]),
                                 (0x7fffffff, 16, "123456789012345"))
                small = client.do("small", mine, 0)
                self.assertEqual(client.do("words", service, small, 1, 4000000000), 0)
                came = server.do("wait", service, 0)
                self.assertEqual(came["words"], "1,4000000000")
                self.assertEqual(server.do("replywords", came["item"], 0, 4294967295, 2), 0)
                self.assertEqual(client.do("wait", mine, small)["words"], "4294967295,2")
                self.finish(server, client)

    def test_what_is_answered_without_data_has_none(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                for message in (client.do("std", mine, 0, "-"), client.do("buf", mine, 0, 8)):
                    self.assertEqual(client.do("send", service, message, "data"), 0)
                    server.do("reply", server.do("wait", service, 0)["item"], 0, "-")
                    back = client.do("wait", mine, message)
                    self.assertEqual((back["result"], back["size"]), (0, 0))

    def test_numbers_mean_the_same_everywhere(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "named")
                self.assertEqual(client.do("find", "service"), service)
                self.assertEqual(client.do("look", service), f'"service" {service}')
                self.assertEqual(client.do("look", mine), f'"named" {mine}')
                message = client.do("std", mine, 0, "-")
                client.do("send", service, message, "-")
                came = server.do("wait", service, 0)
                self.assertEqual(came["reply"], mine)
                self.assertEqual(server.do("look", mine), f'"" {mine}')
                # to the reply port, as any other
                own = server.do("port", "-")
                other = server.do("std", own, 0, "-")
                self.assertEqual(server.do("send", mine, other, "to-you"), 0)
                got = client.do("wait", mine, 0)
                self.assertEqual((got["data"], got["reply"]), ("to-you", own))
                for word, what in (("get", mine), ("wait", mine)):
                    self.assertEqual(server.do(word, what, 0), NOTOWNER)
                self.assertEqual(server.do("std", mine, 0, "-"), NOTOWNER)
                self.assertEqual(server.do("delete", mine), BADPRIV)
                self.assertEqual(client.do("delete", mine), 0)
                self.until(lambda: server.do("look", mine) == "none")
                self.assertEqual(server.do("get", mine), BADITEM)

    def test_what_another_printed_is_found_on_this_host(self):
        server, client = self.pair((False, False))
        hidden = server.do("port", "-")
        self.assertEqual(client.do("look", hidden), f'"" {hidden}')
        self.assertEqual(client.do("look", hidden + 1000000), "none")
        message = client.do("std", client.do("port", "-"), 0, "-")
        self.assertEqual(client.do("send", hidden + 1000000, message, "-"), BADITEM)
        self.assertEqual(client.do("send", hidden, message, "found"), 0)
        self.assertEqual(server.do("wait", hidden, 0)["data"], "found")

    def test_of_several_with_a_name_the_first_is_found(self):
        for place in PLACES:
            with self.at(place):
                one, two = self.pair(place)
                finder = self.puppet()
                first, second = one.do("port", "twice"), two.do("port", "Twice")
                self.assertEqual(finder.do("find", "twice"), first)
                self.assertEqual(two.do("find", "twice"), second)  # one's own comes first
                self.assertEqual(two.do("port", "twice", "unique"), UNIQUE)
                self.assertEqual(finder.do("port", "twice", "unique"), UNIQUE)
                self.assertEqual(one.do("delete", first), 0)
                self.until(lambda: finder.do("find", "twice") == second)
                self.assertEqual(two.do("delete", second), 0)
                self.until(lambda: finder.do("find", "twice") == NOTFOUND)
                alone = finder.do("port", "twice", "unique")
                self.assertGreater(alone, 0)
                self.assertEqual(two.do("port", "TWICE"), UNIQUE)
                self.assertEqual(two.do("find", "TWICE"), alone)

    def test_a_higher_priority_comes_first_and_then_who_was_sent_first(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                for text, priority in (("a", 1), ("b", 9), ("c", 9), ("d", 200), ("e", 1)):
                    message = client.do("std", mine, priority, "-")
                    self.assertEqual(client.do("send", service, message, text), 0)
                self.until_known(server, service, 5)
                said = "".join(server.do("get", service)["data"] for _ in range(5))
                self.assertEqual(said, "dbcae")

    def until_known(self, server, port, n):
        """So many of another's messages wait there: one more of its own comes behind them."""
        self.until(lambda: server.do("count", port) == n)

    def test_a_deleted_port_returns_what_it_has(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                messages = [client.do("buf", mine, 0, 8) for _ in range(3)]
                for message in messages:
                    self.assertEqual(client.do("send", service, message, "data"), 0)
                self.until_known(server, service, 3)
                held = server.do("get", service)
                self.assertEqual(server.do("delete", service), 0)
                for message in messages[1:]:
                    self.assertEqual(client.do("wait", mine, message)["result"], BADITEM)
                self.assertEqual(server.do("reply", held["item"], 1, "-"), 0)
                self.assertEqual(client.do("wait", mine, messages[0])["result"], 1)
                self.assertEqual(client.do("send", service, messages[0], "-"), BADITEM)

    def test_a_message_that_is_deleted_is_pulled_back(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                gone, stays = (client.do("std", mine, 0, "-") for _ in range(2))
                client.do("send", service, gone, "gone")
                client.do("send", service, stays, "stays")
                self.until_known(server, service, 2)
                self.assertEqual(client.do("delete", gone), 0)
                taken = client.do("std", mine, 0, "-")
                client.do("send", service, taken, "after")
                self.until_known(server, service, 3)
                self.assertEqual(server.do("get", service)["data"], "stays")
                held = server.do("get", service)
                self.assertEqual(held["data"], "after")
                self.assertEqual(client.do("delete", taken), 0)
                # it may not have heard of it yet
                self.assertIn(server.do("reply", held["item"], 0, "-"), (0, BADITEM))
                self.assertEqual(client.do("wait", mine, taken), BADITEM)

    def test_it_is_sent_on_and_its_answer_comes_back(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                middle = self.puppet(far=place[0])
                service, between = self.service(server), self.service(middle, "between")
                mine = client.do("port", "mine")
                message = client.do("buf", mine, 5, 32)
                for rounds in range(2):
                    self.assertEqual(client.do("send", between, message, "first"), 0)
                    held = middle.do("wait", between, 0)
                    if rounds == 0:  # within a process
                        inner = middle.do("port", "-")
                        self.assertEqual(middle.do("send", inner, held["item"], "second"), 0)
                        self.assertEqual(middle.do("wait", inner, held["item"])["data"], "second")
                    self.assertEqual(middle.do("send", service, held["item"], "third"), 0)
                    self.assertEqual(middle.do("reply", held["item"], 0, "-"), BADITEM)
                    came = server.do("wait", service, 0)
                    self.assertEqual((came["data"], came["reply"], came["priority"],
                                      came["capacity"]), ("third", mine, 5, 32))
                    self.assertEqual(server.do("reply", came["item"], 9, "answer"), 0)
                    back = client.do("wait", mine, message)
                    self.assertEqual((back["result"], back["data"]), (9, "answer"))
                self.assertEqual(client.do("send", between, message, "first"), 0)
                held = middle.do("wait", between, 0)
                self.assertEqual(middle.do("send", service, held["item"], "third"), 0)
                server.do("wait", service, 0)
                middle.kill()
                self.assertEqual(client.do("wait", mine, message)["result"], BADITEM)

    def test_a_port_goes_with_a_message_that_was_sent_back_to_it(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                message = client.do("std", mine, 0, "-")
                self.assertEqual(client.do("send", service, message, "there"), 0)
                came = server.do("wait", service, 0)
                # not as its answer: it is there to be answered
                self.assertEqual(server.do("send", mine, came["item"], "and-back"), 0)
                self.until(lambda: client.do("count", mine) == 1)
                self.assertEqual(client.do("delete", mine), 0)
                self.assertEqual(client.do("delete", message), 0)
                self.finish(server, client)

    def test_whose_process_is_killed_has_its_messages_returned(self):
        for place in PLACES:
            for state in ("waiting", "held"):
                with self.at(place, state=state):
                    server, client = self.pair(place)
                    service, mine = self.service(server), client.do("port", "-")
                    message = client.do("std", mine, 0, "-")
                    self.assertEqual(client.do("send", service, message, "data"), 0)
                    self.until_known(server, service, 1)
                    if state == "held":
                        server.do("wait", service, 0)
                    server.kill()
                    self.assertEqual(client.do("wait", mine, message)["result"], BADITEM)
                    self.until(lambda: client.do("look", service) == "none")
                    self.assertEqual(client.do("send", service, message, "-"), BADITEM)
                    self.finish(client)

    def test_a_sender_that_is_killed_takes_its_messages_along(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                for text in ("held", "waits"):
                    client.do("send", service, client.do("std", mine, 0, "-"), text)
                self.until_known(server, service, 2)
                held = server.do("get", service)
                client.kill()
                self.until(lambda: server.do("look", mine) == "none")
                self.assertEqual(server.do("get", service), 0)
                self.assertEqual(server.do("reply", held["item"], 0, "-"), BADITEM)
                self.finish(server)

    def test_a_program_that_ends_with_things_open_returns_what_it_has(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                for _ in range(2):
                    client.do("send", service, client.do("std", mine, 0, "-"), "data")
                server.do("wait", service, 0)
                server.tell("exit")
                self.assertEqual(server.process.wait(), (0, ""))
                for _ in range(2):
                    self.assertEqual(client.do("wait", mine, 0)["result"], BADITEM)
                self.finish(client)

    def test_who_waits_too_long_is_told_so(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place, VIADUCT_TIMEOUT_MS="200")
                service, mine = self.service(server), client.do("port", "-")
                message = client.do("std", mine, 0, "-")
                self.assertEqual(client.do("send", service, message, "data"), 0)
                self.assertEqual(client.do("wait", mine, message)["result"], ABORTED)
                self.assertEqual(server.do("get", service), 0)

    def test_a_thousand_are_under_way_at_once(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service = self.service(server)
                self.assertEqual(client.do("fill", service, 1000, 64), 1000)
                server.tell("serve", service, 1000, 64)
                client.tell("drain", 1000, 7)
                self.assertEqual((server.heard(), client.heard()), (1000, 1000))
                self.assertEqual(client.do("fill", service, 20, 300000), 20)
                server.tell("serve", service, 20, 300000)
                client.tell("drain", 20, 7)
                self.assertEqual((server.heard(), client.heard()), (20, 20))
                self.assertEqual(client.do("fill", service, 1000, 64), 1000)
                server.kill()
                self.assertEqual(client.do("drain", 1000, BADITEM), 1000)
                self.finish(client)

    def test_both_ends_serve_and_ask_at_once(self):
        for place in PLACES:
            with self.at(place):
                one, two = self.pair(place)
                ports = [puppet.do("port", "-") for puppet in (one, two)]
                names = [puppet.do("port", name) for puppet, name in ((one, "one"), (two, "two"))]
                self.assertEqual((one.do("find", "two"), two.do("find", "one")), (names[1], names[0]))
                self.assertEqual(one.do("fill", names[1], 300, 100), 300)
                self.assertEqual(two.do("fill", names[0], 300, 100), 300)
                one.tell("serve", names[0], 300, 100)
                two.tell("serve", names[1], 300, 100)
                self.assertEqual((one.heard(), two.heard()), (300, 300))
                one.tell("drain", 300, 7)
                two.tell("drain", 300, 7)
                self.assertEqual((one.heard(), two.heard()), (300, 300))
                self.assertEqual(len(set(ports)), 2)

    def test_who_never_waits_has_its_messages_too(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service, mine = self.service(server), client.do("port", "-")
                message = client.do("std", mine, 0, "-")
                for how in ("poll", "busy", "watch"):
                    server.tell(how, service)
                    client.do("send", service, message, how)
                    came = server.heard()
                    self.assertEqual(came["data"], how)
                    client.tell("outcome", message)
                    server.do("reply", came["item"], 8, "-")
                    self.assertEqual(client.heard(), 8)
                    client.do("get", mine)

    def test_a_child_and_a_thread_are_tasks_of_their_own(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service = self.service(server)
                client.do("find", "service")
                client.do("fill", service, 1, 4)
                server.do("reply", server.do("wait", service, 0)["item"], 7, "-")
                for who in ("thread", "child"):
                    client.tell("fork" if who == "child" else who,
                                service if not place[1] or who == "thread" else "service")
                    came = server.do("wait", service, 0)
                    self.assertEqual(came["data"], who)
                    server.do("reply", came["item"], 3, "-")
                    self.assertEqual(client.heard()["result"], 3)
                self.finish(server, client)

    def test_a_thread_that_ends_takes_its_messages_along(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service = self.service(server)
                self.assertEqual(client.do("find", "service"), service)
                client.tell("mortal", service)
                self.assertEqual((client.heard(), client.heard()), (0, "ended"))
                last = client.do("std", client.do("port", "-"), 0, "-")
                self.assertEqual(client.do("send", service, last, "last"), 0)
                while (came := server.do("wait", service, 0))["data"] != "last":
                    self.assertEqual(came["data"], "mortal")
                self.assertEqual(server.do("get", service), 0)
                self.finish(server, client)

    def test_who_sends_another_tasks_message_on_need_not_stay(self):
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                service = self.service(server)
                self.assertEqual(client.do("find", "service"), service)
                client.tell("through", service)
                self.assertEqual((client.heard(), client.heard()), (0, "ended"))
                came = server.do("wait", service, 0)
                self.assertEqual(came["data"], "on")
                server.do("reply", came["item"], 4, "back")
                back = client.heard()
                self.assertEqual((back["result"], back["data"]), (4, "back"))
                self.finish(server, client)

    def test_the_broker_s_name_leads_where_the_environment_says(self):
        server = self.puppet()
        other = self.puppet(far=True, VIADUCT_EVENTBROKER="host/eventbroker")
        near, far = server.do("port", "eventbroker"), server.do("port", "host/EventBroker")
        self.assertEqual(self.puppet().do("find", "EVENTBROKER"), near)
        self.assertEqual(self.puppet().do("find", "host/eventbroker"), far)
        self.assertEqual(other.do("find", "eventbroker"), far)
        self.assertEqual(other.do("look", far), f'"eventbroker" {far}')
        self.assertEqual(other.do("find", "other"), NOTFOUND)

    def test_a_name_with_the_gateway_s_own_before_it_is_that_name(self):
        host = socket.gethostname()
        for place in PLACES:
            server, client = self.pair(place, VIADUCT_EVENTBROKER=f"{host}/eventbroker")
            broker, plain = server.do("port", "eventbroker"), server.do("port", "Plain")
            self.assertEqual(client.do("find", "eventbroker"), broker)
            self.assertEqual(client.do("find", f"{host.upper()}/plain"), plain)
            for name in [f"{host}/none", f"{host}/", f"{host}plain", "other/plain", "/plain"]:
                self.assertEqual(client.do("find", name), NOTFOUND)
            literal = server.do("port", f"{host}/plain")
            self.assertEqual(client.do("find", f"{host}/plain"), literal)
            self.finish(server, client)

    def test_a_program_without_a_gateway_talks_to_itself(self):
        puppet = self.puppet(VIADUCT_GATEWAY=f"unix:{self.gateway.folder}/nobody")
        port = puppet.do("port", "mine", "unique")
        self.assertTrue(0 < port < 0x40000000)
        self.assertEqual(puppet.do("find", "mine"), port)
        self.assertEqual(puppet.do("find", "other"), NOTFOUND)
        message = puppet.do("std", port, 0, "-")
        self.assertEqual(puppet.do("send", port, message, "hello"), 0)
        self.assertEqual(puppet.do("wait", port, message)["data"], "hello")
        self.finish(puppet)


if __name__ == "__main__":
    unittest.main()
