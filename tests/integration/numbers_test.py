"""Gateway-wide numbers between real processes: on this host, from another one, and across the ends
of sessions and gateways."""

import asyncio
import json
import os
import signal
import ssl
import time
import unittest

import websockets

from told import Told
from world import LIMIT_S, PROGRAMS, Gateway, Relay

FIRST, LAST = 0x40000000, 0x7ffffffe
SANITIZE = os.environ.get("VIADUCT_TEST_SANITIZE")
SANITIZED = bool(SANITIZE)
MANY = 10000 if SANITIZED else 100000
SMALL = {"max_numbers": 100, "max_number_block": 8}


class Numbered(Told):
    """The program `numbered`."""

    def __init__(self, gateway, remote=False, port=None):
        super().__init__(gateway.program(PROGRAMS / "numbered", remote=remote, port=port))

    def number(self, *words):
        said = self.do(*words).split()
        if len(said) != 2 or said[0] != "ok":
            raise AssertionError(f"{words}: {said}")
        return int(said[1])


class World(unittest.TestCase):
    limits = {}

    def setUp(self):
        self.gateway = Gateway(limits={"handshake_ms": 30000, **self.limits}).start()
        self.addCleanup(self.gateway.close)

    def finish(self, process):
        """It ends well: a leak that it reports is a failure too."""
        self.assertEqual(process.process.wait()[0], 0)

    def until(self, wanted, ask):
        """What is told by itself comes when it comes."""
        end = time.monotonic() + LIMIT_S
        while (said := ask()) != wanted:
            self.assertLess(time.monotonic(), end, f"{said!r} instead of {wanted!r}")
        return said

    def memory(self):
        with open(f"/proc/{self.gateway.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith("VmRSS:"))
        return int(line.split()[1])


class NumbersTest(World):
    def test_an_object_is_found_by_its_number(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway)
        numbers = [owner.number("make") for _ in range(40)]
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertTrue(all(FIRST <= number <= LAST for number in numbers))
        for number in numbers:
            self.assertEqual(user.number("ask", number, 21), 42)
            self.assertEqual(owner.number("ask", number, 4), 8)
        owner.do("drop")
        self.until("not_found", lambda: user.do("ask", numbers[-1], 1))
        self.assertEqual(user.number("ask", numbers[0], 1), 2)
        for wrong in [0, 1, FIRST - 1, LAST + 1, 0xffffffff]:
            self.assertEqual(user.do("find", wrong), "not_found")

    def test_nothing_is_asked_twice_and_a_number_is_there_before_it_is_needed(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway)
        first = owner.number("make")
        self.assertEqual(user.do("find", first), "ok")
        self.gateway.process.send_signal(signal.SIGSTOP)  # no question is answered now
        numbers = [owner.number("make") for _ in range(5)]
        self.assertEqual(user.do("find", first), "ok")
        self.gateway.process.send_signal(signal.SIGCONT)
        self.assertEqual(user.number("ask", first, 1), 2)
        for number in numbers:
            self.assertEqual(user.number("ask", number, 1), 2)

    def test_whoever_is_handed_a_number_can_use_it_at_once(self):
        for remote in [False, True]:
            owner, user = Numbered(self.gateway, remote), Numbered(self.gateway)
            name = f"user-{remote}"
            user.do("serve", name)
            self.assertEqual(owner.do("hand", name, 200), "ok")
            self.assertEqual(user.number("handed", 200), 200)

    def test_a_number_is_no_right_on_another_host(self):
        owner, far = Numbered(self.gateway), Numbered(self.gateway, remote=True)
        number = owner.number("make")
        self.assertEqual(far.do("find", number), "not_found")
        self.assertIn("find_number", json.dumps(self.gateway.audit()))
        # Nor is a name of one's own for it; that of who may call it is.
        self.assertEqual(far.do("name", "/far", number), "denied")
        self.assertEqual(far.do("name", "/nobody", FIRST), "denied")
        self.assertEqual(owner.do("name", "/dev/x", number), "ok")
        self.assertEqual(far.number("ask", number, 3), 6)
        mine = far.number("make")
        self.assertEqual(far.do("name", "/far", mine), "ok")
        self.assertEqual(owner.do("path", "/far/x"), f"ok /far {mine} object")
        self.assertEqual(owner.number("ask", mine, 5), 10)

    def test_a_reference_is_a_right_and_has_the_number(self):
        owner, far = Numbered(self.gateway), Numbered(self.gateway, remote=True)
        owner.do("serve", "plain")
        self.assertEqual(far.do("of", "plain"), "not_found")
        number = owner.number("make")
        self.assertEqual(owner.do("name", "/here", number), "ok")
        self.assertEqual(far.do("path", "/here"), f"ok /here {number} object")
        self.assertEqual(owner.do("unname", "/here"), "ok")
        self.assertEqual(far.number("ask", number, 3), 6)  # it holds it now

    def test_paths_and_names_for_numbers(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway)
        self.assertEqual(user.do("path", "/dev/x"), "not_found")
        number = owner.number("make")
        self.assertEqual(owner.do("name", "/", 7), "ok")
        self.assertEqual(owner.do("name", "/dev/x", number), "ok")
        self.assertEqual(user.do("name", "/dev/x", number), "exists")
        self.assertEqual(user.do("name", "/dev/y", number), "ok")
        for path, said in [("/dev/x", f"/dev/x {number} object"),
                           ("/dev/x/y/z", f"/dev/x {number} object"),
                           ("/dev/y", f"/dev/y {number} object"),
                           ("/dev/xy", "/ 7 none"), ("/", "/ 7 none")]:
            self.assertEqual(user.do("path", path), f"ok {said}")
        owner.do("drop")
        self.until(f"ok /dev/x {number} none", lambda: user.do("path", "/dev/x"))
        listed = json.loads(self.gateway.cli("ls", "--json").stdout)
        self.assertEqual([(entry["name"], entry["number"]) for entry in listed],
                         [("/", 7), ("/dev/x", number), ("/dev/y", number)])
        self.assertEqual(user.do("unname", "/dev/x"), "not_found")
        self.assertEqual(owner.do("unname", "/dev/x"), "ok")
        self.assertEqual(user.do("path", "/dev/x"), "ok / 7 none")
        self.finish(owner)  # names go with the session that made them
        self.until("not_found", lambda: user.do("path", "/dev/x"))
        self.assertEqual(user.do("path", "/dev/y"), f"ok /dev/y {number} none")

    def test_a_thousand_names_and_lookups_that_fail_are_cheap(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway)
        path = "/" + "/".join("c%d" % i for i in range(50))

        def took(n=300):
            begun = time.monotonic()
            for _ in range(n):
                self.assertEqual(user.do("path", path), "not_found")
            return time.monotonic() - begun

        few = min(took() for _ in range(3))
        for i in range(1000):
            self.assertEqual(owner.do("name", f"/names/{i}", i + 1), "ok")
        many = min(took() for _ in range(3))
        if not SANITIZED:
            self.assertLess(many, 5 * few + 0.1)
        self.assertEqual(user.do("path", "/names/999/x"), "ok /names/999 1000 none")

    def test_many_come_and_go_and_nothing_grows(self):
        for remote in [False, True]:
            owner = Numbered(self.gateway, remote)
            self.assertEqual(owner.do("churn", MANY), "ok")
            self.assertEqual(owner.do("path", "/"), "not_found")  # answered after all the rest
            here, there = owner.number("rss"), self.memory()
            self.assertEqual(owner.do("churn", MANY), "ok")
            self.assertEqual(owner.do("path", "/"), "not_found")
            if not SANITIZED:  # what is freed is kept for a while there
                self.assertLess(owner.number("rss"), here + 2048)
                self.assertLess(self.memory(), there + 2048)
            self.finish(owner)

    def test_many_at_once(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway, remote=True)
        status, first, final = owner.do("burst", 20000).split()
        self.assertEqual(status, "ok")
        self.assertEqual(owner.do("name", "/first", first), "ok")
        self.assertEqual(owner.do("name", "/final", final), "ok")
        self.assertEqual(user.number("ask", first, 1), 2)
        self.assertEqual(user.number("ask", final, 1), 2)
        self.finish(owner)
        self.until("not_found", lambda: user.do("ask", first, 1))

    @unittest.skipIf(SANITIZE == "thread", "it ends a child that starts threads after a fork")
    def test_the_child_of_a_fork_has_none_of_its_parents(self):
        owner = Numbered(self.gateway)
        number = owner.number("make")
        status, made, asked, answer, again, mine = owner.do("fork").split()
        self.assertEqual((status, asked, answer, again), ("ok", "ok", "8", "ok"))
        self.assertEqual(len({number, int(made), int(mine)}), 3)
        self.assertEqual(owner.number("ask", number, 1), 2)

    def test_numbers_stay_when_the_gateway_is_replaced(self):
        owner, far = Numbered(self.gateway), Numbered(self.gateway, remote=True)
        user = Numbered(self.gateway)
        number, distant = owner.number("make"), far.number("make")
        owner.do("name", "/dev/x", number)
        user.do("name", "/dev/none", 5)
        self.assertEqual(user.number("ask", number, 1), 2)
        self.gateway.take_over()
        late = Numbered(self.gateway)
        self.assertEqual(late.number("ask", number, 1), 2)
        self.assertEqual(late.number("ask", distant, 1), 2)
        self.assertEqual(late.do("path", "/dev/x/y"), f"ok /dev/x {number} object")
        self.assertEqual(late.do("path", "/dev/none"), "ok /dev/none 5 none")
        numbers = [process.number("make") for process in [owner, far, user, late] * 10]
        self.assertEqual(len({number, distant, *numbers}), 42)
        self.finish(user)
        self.until("not_found", lambda: late.do("path", "/dev/none"))

    def test_numbers_stay_when_the_gateway_is_started_anew(self):
        for remote in [False, True]:
            owner, user = Numbered(self.gateway, remote), Numbered(self.gateway)
            numbers = [owner.number("make") for _ in range(20)]
            self.assertEqual(owner.do("new", "/dev/x", numbers[0]), "ok")
            self.assertEqual(owner.do("new", "/dev/x", numbers[1]), "exists")
            self.assertEqual(user.number("ask", numbers[0], 1), 2)
            self.gateway.kill()
            self.gateway.start()
            for number in numbers:
                self.until("ok 2", lambda number=number: user.do("ask", number, 1))
            self.until(f"ok /dev/x {numbers[0]} object", lambda: user.do("path", "/dev/x"))
            self.assertEqual(owner.do("new", "/dev/x", numbers[1]), "exists")
            self.assertEqual(owner.do("unname", "/dev/x"), "ok")
            self.assertEqual(owner.do("new", "/dev/x", numbers[1]), "ok")
            self.assertNotIn(owner.number("make"), numbers)
            self.finish(owner)

    def test_a_name_whose_object_has_ended_is_lost_on_another_host_alone(self):
        for remote in [False, True]:
            owner, user = Numbered(self.gateway, remote), Numbered(self.gateway)
            alive, ended = owner.number("make"), owner.number("make")
            self.assertEqual(owner.do("new", "/dev/alive", alive), "ok")
            self.assertEqual(owner.do("new", "/dev/ended", ended), "ok")
            self.assertEqual(owner.do("drop"), "ok")
            self.until(f"ok /dev/ended {ended} none", lambda: user.do("path", "/dev/ended"))
            self.gateway.kill()
            self.gateway.start()
            self.until(f"ok /dev/alive {alive} object", lambda: user.do("path", "/dev/alive"))
            if not remote:
                self.until(f"ok /dev/ended {ended} none", lambda: user.do("path", "/dev/ended"))
                self.assertEqual(owner.do("new", "/dev/ended", alive), "exists")
            else:  # asked for once, and never again; and so one may have it anew
                self.until("ok", lambda: owner.do("new", "/dev/ended", alive))
                self.assertEqual(user.do("path", "/dev/ended"), f"ok /dev/ended {alive} object")
                self.assertEqual(sum("/dev/ended" in refusal["why"]
                                     for refusal in self.gateway.audit()), 1)
            self.finish(owner)

    def test_many_are_had_again_from_another_gateway(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway)
        status, first, final = owner.do("burst", 20000).split()
        self.assertEqual(status, "ok")
        self.gateway.kill()
        self.gateway.start()
        self.until("ok 2", lambda: user.do("ask", final, 1))
        self.assertEqual(user.number("ask", first, 1), 2)
        self.finish(owner)

    def test_a_session_that_is_resumed_has_its_numbers(self):
        owner = Numbered(self.gateway, remote=True)
        numbers = [owner.number("make") for _ in range(3)]
        self.gateway.take_over()  # its link breaks
        self.assertNotIn(owner.number("make"), numbers)
        user = Numbered(self.gateway)
        for number in numbers:
            self.assertEqual(user.number("ask", number, 1), 2)

    def test_one_whose_process_stops_dead_is_free_for_nobody_yet(self):
        owner, user = Numbered(self.gateway), Numbered(self.gateway)
        number = owner.number("make")
        self.assertEqual(user.number("ask", number, 1), 2)
        owner.process.send_signal(signal.SIGKILL)
        self.until("not_found", lambda: user.do("ask", number, 1))


class LinksTest(World):
    """Links that break between an owner on another host and the gateway."""

    limits = {"grace_ms": 500}

    def setUp(self):
        super().setUp()
        self.relay = Relay(self.gateway.port)
        self.addCleanup(self.relay.end)
        self.owner = Numbered(self.gateway, remote=True, port=self.relay.port)
        self.user = Numbered(self.gateway)

    def test_claims_go_on_over_another_link(self):
        for _ in range(5):
            self.owner.tell("burst", MANY // 10)
            self.relay.tell("cut")
            status, first, final = self.owner.hear().split()
            self.assertEqual(status, "ok")
            for number in [first, final]:
                self.until("ok 2", lambda number=number: self.user.do("ask", number, 1))
        self.assertGreaterEqual(self.relay.tell("stats")["cuts"], 5)

    def test_none_is_heard_of_before_its_claim_over_links_that_break(self):
        self.user.do("serve", "user")
        self.owner.tell("hand", "user", 500)
        for _ in range(10):
            self.relay.tell("cut")
        self.assertEqual(self.owner.hear(), "ok")
        self.assertEqual(self.user.number("handed", 500), 500)

    def test_a_session_that_is_lost_for_good_takes_no_number_along(self):
        numbers = [self.owner.number("make") for _ in range(20)]
        self.assertEqual(self.owner.do("new", "/dev/x", numbers[0]), "ok")
        self.assertEqual(self.user.number("ask", numbers[3], 1), 2)
        self.relay.tell("away on")
        self.relay.tell("cut")
        self.until("not_found", lambda: self.user.do("ask", numbers[3], 1))
        self.assertEqual(self.user.do("path", "/dev/x"), "not_found")
        others = [self.user.number("make") for _ in range(100)]
        self.assertEqual(self.owner.do("new", "/dev/x", numbers[1]), "exists")
        self.relay.tell("away off")
        for number in numbers:
            self.until("ok 2", lambda number=number: self.user.do("ask", number, 1))
        self.until(f"ok /dev/x {numbers[0]} object", lambda: self.user.do("path", "/dev/x"))
        self.assertEqual(len({*numbers, *others, self.owner.number("make")}), 121)


class LimitsTest(World):
    limits = SMALL

    def test_a_session_has_no_more_than_the_limit(self):
        owner, other = Numbered(self.gateway), Numbered(self.gateway)
        self.assertEqual(owner.do("burst", 101), "busy")
        self.assertIn("max_numbers = 100", json.dumps(self.gateway.audit()))
        self.assertEqual(owner.do("make"), "busy")
        other.number("make")  # nobody else is disturbed
        self.assertEqual(other.do("churn", 1000), "ok")  # what was dropped counts no more


class JsonTest(World):
    def test_find_by_number(self):
        asyncio.run(self.scene())

    async def scene(self):
        tls = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        tls.load_cert_chain(self.gateway.certs.pem("client"), self.gateway.certs.key("client"))
        owner = Numbered(self.gateway)
        number = owner.number("make")
        async with websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=tls,
                                      subprotocols=["viaduct.json.1"]) as link:
            async def ask(method, **params):
                await link.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                            "params": params}))
                return json.loads(await asyncio.wait_for(link.recv(), LIMIT_S))

            said = await ask("find", number=number)  # a number is no right
            self.assertEqual(said["error"]["data"]["status"], "not_found")
            self.assertEqual(owner.do("name", "/dev/x", number), "ok")
            said = await ask("find", number=number)
            self.assertEqual((said["result"]["status"], said["result"]["number"]), (0, number))
            said = await ask("call", ref=said["result"]["ref"], code=1, data=[{"u32": 21}])
            self.assertEqual(said["result"]["data"], [{"u32": 42}])
            said = await ask("call", service="/dev/x", code=1, data=[{"u32": 4}])
            self.assertEqual(said["result"]["data"], [{"u32": 8}])
            said = await ask("list")
            self.assertEqual(said["result"]["services"][0]["number"], number)
            self.assertEqual(owner.do("name", "/none", 5), "ok")
            said = await ask("call", service="/none", code=1)
            self.assertEqual(said["error"]["data"]["status"], "not_found")
            self.assertIn("number 5", said["error"]["message"])
            for params in [{}, {"number": number, "interface": "x"}, {"number": -1},
                           {"number": "x"}]:
                said = await ask("find", **params)
                self.assertEqual(said["error"]["code"], -32602, params)


if __name__ == "__main__":
    unittest.main()
