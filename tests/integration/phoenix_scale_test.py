"""Messages, ports and names of Phoenix-RTOS in great numbers: every answer belongs to its question,
nobody waits for those who hold, and nothing grows."""

import time
import unittest

from phoenix_world import NEWER, ONE, SANITIZED, PhoenixWorld
from puppets import PLACES

NAME, OTHER = "/srv/many", "/srv/other"
THREADS, RECEIVERS = 64, 4
EACH = 20 if SANITIZED else 150  # messages of one thread
MANY = 100 if SANITIZED else 1000
OUTSTANDING = 200 if SANITIZED else 2000  # of each client
THOUSANDS, FAR_THOUSANDS = (10, 5) if SANITIZED else (50, 10)
NAMES = 200 if SANITIZED else 1000
LOOKUPS = 500 if SANITIZED else 3000
MORE_KIB = 2048  # of one round's
ROUNDS = 4  # blocks wait in a pool once the machine was busy: what leaks grows in each
AT_ONCE_S = 5  # for thousands of threads to be told; one hop is a fraction of a millisecond


class PhoenixScale(PhoenixWorld):
    def assert_flat(self, work, *pids):
        """There is a round of it in which nothing grows."""
        grown = []
        for _ in range(1 if SANITIZED else ROUNDS):
            before = {pid: self.kib(pid) for pid in pids}
            work()
            grown.append([self.kib(pid) - before[pid] for pid in pids])
            if SANITIZED or max(grown[-1]) < MORE_KIB:  # what is freed is kept for a while there
                return
        self.fail(f"grows by so many KiB in each round: {grown}")

    def test_64_threads_at_one_port_of_4_receivers(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.assertEqual(server.do("serve", NAME, RECEIVERS, "turns"), "ok")
                self.assertEqual(client.do("crowd", NAME, THREADS, EACH),
                                 f"ok={THREADS * EACH} interrupted=0 gone=0 lost=0 twice=0 "
                                 "wrong=0 disordered=0")
                self.finish(server, client)

    def test_answers_of_64_threads_that_come_late(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.assertEqual(server.do("serve", NAME, RECEIVERS), "ok")
                self.assertEqual(client.do("storm", NAME, THREADS, EACH, "calm"),
                                 f"ok={THREADS * EACH} interrupted=0 gone=0 lost=0 twice=0 "
                                 "wrong=0 disordered=0")
                self.finish(server, client)

    def test_a_port_is_destroyed_with_thousands_waiting_and_received(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                self.assertEqual(server.do("serve", NAME, 0), "ok")
                self.assertEqual(client.do("send", NAME, 2 * MANY), "ok")
                self.assertEqual(server.do("take", NAME, MANY), "ok")
                if place is not ONE:
                    self.until_under_way(NAME, 2 * MANY)
                begun = time.monotonic()
                self.assertEqual(server.do("destroy", NAME), "ended=0")
                self.assertEqual(client.do("results"), f"-22x{2 * MANY}")
                if not SANITIZED:
                    self.assertLess(time.monotonic() - begun, AT_ONCE_S)
                self.assertEqual(server.do("serve", OTHER, 64), "ok")
                self.assertEqual(client.do("ask", OTHER), "0")
                self.assertEqual(server.do("destroy", OTHER), "ended=64")
                self.finish(server, client)

    def test_thousands_are_held_and_nobody_waits_for_them(self):
        for place in PLACES[:3]:
            with self.at(place):
                server, holder = self.pair(place)
                second, asker = self.puppet(far=place[1]), self.puppet(age=NEWER)
                self.assertEqual(server.do("serve", NAME, RECEIVERS), "ok")
                self.assertEqual(server.do("serve", OTHER, RECEIVERS), "ok")
                for client in (holder, second):
                    self.assertEqual(client.do("send", NAME, OUTSTANDING, 4096), "ok")
                self.assertEqual(server.do("held", NAME, 2 * OUTSTANDING), "ok")
                for name in (NAME, OTHER):
                    self.assertRegex(asker.do("storm", name, 8, EACH, "calm"),
                                     f"ok={8 * EACH} interrupted=0 gone=0 lost=0 ")
                self.until_under_way(NAME, 2 * OUTSTANDING)
                self.assertEqual(server.do("release", NAME), f"ok={2 * OUTSTANDING} gone=0")
                for client in (holder, second):
                    self.assertEqual(client.do("results"), f"0x{OUTSTANDING}")
                self.finish(server, holder, second, asker)

    def come_and_go(self, puppet, thousands):
        self.assertEqual(puppet.do("ports", thousands), "ok")
        self.assertEqual(puppet.do("lookups", "/none", 1), "ok")  # after all the rest

    def test_ports_come_and_go_and_nothing_grows(self):
        for far in (False, True):
            with self.at((far, far)):
                puppet, thousands = self.puppet(far=far), FAR_THOUSANDS if far else THOUSANDS
                pids = (puppet.pid, self.gateway.process.pid)
                self.come_and_go(puppet, thousands)
                self.assert_flat(lambda one=puppet, n=thousands: self.come_and_go(one, n), *pids)
                self.finish(puppet)

    def hold_and_answer(self, server, client):
        for _ in range(4):
            self.assertEqual(client.do("send", NAME, 200, 1000), "ok")
            self.assertEqual(server.do("held", NAME, 200), "ok")
            self.assertEqual(server.do("release", NAME), "ok=200 gone=0")
            self.assertEqual(client.do("results"), "0x200")

    def test_messages_held_and_answered_again_and_again_and_nothing_grows(self):
        for place in [ONE, *PLACES]:
            with self.at(place):
                server, client = self.pair(place)
                pids = {server.pid, client.pid, self.gateway.process.pid}
                self.assertEqual(server.do("serve", NAME, RECEIVERS), "ok")
                self.hold_and_answer(server, client)
                self.assert_flat(lambda one=server, other=client:
                                 self.hold_and_answer(one, other), *pids)
                self.finish(server, client)

    def took(self, client, path):
        begun = time.monotonic()
        self.assertEqual(client.do("lookups", path, LOOKUPS), "ok")
        return time.monotonic() - begun

    def test_a_thousand_names_and_lookups_that_fail(self):
        deep = "/".join(str(i) for i in range(40))
        for far in (False, True):
            with self.at((far, far)):
                server, client, other = self.puppet(), self.puppet(far=far), self.puppet()
                few = min(self.took(client, deep) for _ in range(3))
                self.assertEqual(server.do("names", "names/n", NAMES), "ok")
                self.assertEqual(client.do("names", "far/n" if far else "near/n", NAMES), "ok")
                pids = (client.pid, self.gateway.process.pid)
                took = []
                self.assert_flat(lambda one=client, each=took: each.extend(
                    self.took(one, deep) for _ in range(3)), *pids)
                if not SANITIZED:
                    self.assertLess(min(took), 5 * few + 0.1)
                # meanwhile others are served
                self.assertEqual(server.do("serve", NAME, RECEIVERS), "ok")
                client.tell("lookups", deep, LOOKUPS)
                self.assertRegex(other.do("storm", NAME, 4, EACH, "calm"), f"ok={4 * EACH} ")
                self.assertEqual(client.hear(), "ok")
                self.finish(server, client, other)
                self.until(lambda: self.listed() == [])


class PhoenixLimits(PhoenixWorld):
    LIMITS = {**PhoenixWorld.LIMITS, "max_calls": 60}

    def test_more_than_a_link_takes_is_to_be_tried_again(self):
        """It is no reason to think that the port is gone."""
        for place in PLACES:
            with self.at(place):
                server, client = self.pair(place)
                self.assertEqual(server.do("serve", NAME, RECEIVERS), "ok")
                self.assertEqual(client.do("send", NAME, 100), "ok")
                self.assertEqual(server.do("held", NAME, 60), "ok")
                self.until(lambda one=client: int(one.do("interrupt")) == 60)
                self.assertEqual(server.do("release", NAME), "ok=60 gone=0")
                self.assertEqual(client.do("results"), "0x60 -11x40")
                self.assertEqual(client.do("ask", NAME), "0")
                self.finish(server, client)


if __name__ == "__main__":
    unittest.main(verbosity=2)
