"""Drivers, their clients and the gateway between them when one of them fails: real processes, the
far ones over TLS. What a fault costs is told, once; what it does not cost goes on."""

import os
import re
import signal
import unittest

from hdf_world import (ECHO, LATER, PID, RUNNING, UPDATE, WAIT, HdfWorld, config, host, node)
from world import Relay

STOPPED, STARTED = 2, 0


def status(name, what, info=""):
    return f"{name} class=4 status={what} info={info}"


class HdfFaults(HdfWorld):
    LIMITS = {"grace_ms": 1500}

    def statuses(self, asker, n):
        return sorted(asker.do("next") for _ in range(n))

    def assert_nothing_else_was_told(self, asker, service):
        """The next status is of what is done now."""
        self.assertEqual(asker.do(f"ask {service} {UPDATE} mark"), "0 -")
        self.assertEqual(asker.do("next"), status(service, 1, "mark"))

    # ---- the driver's process is killed ----

    def kill_with_a_hundred_waiting(self, far_host, far_client):
        process = self.start(config(host("one", node("a"), node("c")), host("two", node("b"))),
                             remote=far_host)
        asker, other = self.asker(remote=far_client), self.asker(remote=far_client)
        self.assertEqual(other.do("status 1023"), "0")
        self.assertEqual(asker.do(f"gather a {WAIT} 100"), "gathered")
        self.assert_dispatches_wait(other, "a", 100)
        os.kill(self.pid_of("one"), signal.SIGKILL)
        self.assertEqual(asker.do("disperse"), "-211 -203")
        self.assertEqual(self.statuses(other, 2), [status("a", STOPPED), status("c", STOPPED)])
        self.assertEqual(self.statuses(other, 2), [status("a", STARTED), status("c", STARTED)])
        self.assertEqual([asker.do(f"ask {name} {ECHO} hello") for name in "abc"], ["0 hello"] * 3)
        self.assert_nothing_else_was_told(other, "a")
        self.stop(process)

    def test_a_kill_with_a_hundred_commands_of_another_host_waiting(self):
        self.kill_with_a_hundred_waiting(far_host=False, far_client=True)

    def test_a_kill_of_a_driver_host_that_is_far_itself(self):
        """Its names are its dead session's until the grace time is over; then they are its own
        again, and nobody was told anything else."""
        self.kill_with_a_hundred_waiting(far_host=True, far_client=False)
        self.assertIn("names.later name=\"a\"", self.log())
        self.assertIn("names.published name=\"a\"", self.log())
        self.assertNotIn("hdf.device.failed", self.log())

    def test_a_far_driver_host_is_killed_whole_and_started_again(self):
        text = config(host("one", node("a")))
        process = self.start(text, remote=True)
        pid = self.pid_of("one")
        process.send_signal(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        process.wait()
        process = self.start(text, remote=True)
        # the child may have had the time to say goodbye, and its name is free then
        self.until(lambda: {"dev_mgr", "devsvc_mgr"} <=
                   set(re.findall(r'names\.published name="(\w+)"', self.log())))
        asker = self.asker()
        self.until(lambda: asker.do(f"ask a {PID}") == f"{self.pid_of('one')} -")
        self.stop(process)

    def test_a_name_that_a_living_host_of_the_same_identity_has_is_taken(self):
        first = self.start(config(host("one", node("a"))), remote=True)
        second = self.start(config(host("two", node("b", service="a"))), remote=True)
        self.assertIn("hdf.device.failed device=b service=a at=publish status=-205", self.log())
        self.stop(second)
        self.stop(first)

    def test_a_name_of_another_identity_that_is_cut_off_is_taken(self):
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)
        self.gateway.certs.client("stranger")
        first = self.start(config(host("one", node("a"))), port=relay.port)
        relay.tell("away on")
        relay.tell("cut")
        second = self.start(config(host("two", node("b", service="a"))), remote=True,
                            client="stranger")
        self.assertIn("hdf.device.failed device=b service=a at=publish status=-205", self.log())
        relay.tell("away off")
        self.stop(second)
        self.stop(first)

    # ---- the client's process is killed ----

    def kill_a_client_in_its_callback(self, far):
        process = self.start(config(host("one", node("a", "load"))))
        user, other = self.user(remote=far), self.user()
        self.assertEqual(user.do("bind a 3"), "3")
        self.assertEqual(user.do("listen"), "3")
        self.assertEqual(user.do("die"), "dying")
        self.assertEqual(other.do("bind a 1"), "1")
        self.assertEqual(other.do("emit 5 1000"), "0")
        self.assertEqual(user.process.popen.wait(), -signal.SIGKILL)
        # three of the dead one's, one of the one that stays, and one of each that asks
        self.until(lambda: other.do("told a").split()[2] == "released=" + str(
            int(other.do("told a").split()[1].split("=")[1]) - 3))
        told = other.do("told a").split()
        opened, released = (int(word.split("=")[1]) for word in told[1:3])
        self.assertEqual(opened - released, 2)
        self.stop(process)

    def test_a_client_that_dies_in_its_callback_is_released_once(self):
        self.kill_a_client_in_its_callback(far=False)

    def test_a_far_client_that_dies_in_its_callback_is_released_once(self):
        self.kill_a_client_in_its_callback(far=True)

    # ---- the gateway is killed ----

    def prepare_go(self):
        os.mkfifo(self.gateway.folder / "trace.go")

    def go(self):
        """Lets go the driver that waits for it, or will."""
        with open(self.gateway.folder / "trace.go", "w", encoding="utf-8"):
            pass

    def kill_the_gateway(self, far_host):
        process = self.start(config(host("one", node("a"), node("b")), host("two", node("c"))),
                             remote=far_host)
        askers = [self.asker(), self.asker(remote=True)]
        for asker in askers:
            self.assertEqual(asker.do("status 1023"), "0")
            self.assertEqual(asker.do("hold a"), "held")
        self.gateway.kill()
        if far_host:  # which would look for it ever less often
            self.gateway.start()
        for asker in askers:
            self.assertEqual(self.statuses(asker, 3), [status(name, STOPPED) for name in "abc"])
            self.assertEqual(asker.do(f"held {PID}"), "-203")
        if not far_host:
            self.gateway.start()
        for asker in askers:
            self.assertEqual(self.statuses(asker, 3), [status(name, STARTED) for name in "abc"])
            self.assertEqual(asker.do(f"held {PID}"), "-203")  # it stays dead
            self.assertEqual(asker.do(f"ask a {ECHO} hello"), "0 hello")
        self.assert_nothing_else_was_told(askers[0], "a")
        self.assertEqual(askers[1].do("next"), status("a", 1, "mark"))
        self.assertNotIn("hdf.device.failed", self.log())
        self.stop(process)

    def test_the_gateway_is_killed_and_comes_back(self):
        self.kill_the_gateway(far_host=False)

    def test_the_gateway_of_a_far_driver_host_is_killed_and_comes_back(self):
        self.kill_the_gateway(far_host=True)

    def test_dispatches_that_wait_when_the_gateway_is_killed(self):
        process = self.start(config(host("one", node("a"))))
        askers = [self.asker(), self.asker(remote=True)]
        for i, asker in enumerate(askers, start=1):
            self.assertEqual(asker.do(f"gather a {WAIT} 100"), "gathered")
            self.assert_dispatches_wait(asker, "a", 100 * i)
        self.gateway.kill()
        self.gateway.start()
        for asker in askers:
            self.assertEqual(asker.do("disperse"), "-211 -203")
        process.send_signal(signal.SIGKILL)
        process.wait()  # its child, too, although its driver never returns

    def test_a_gateway_that_is_away_while_devices_are_launched(self):
        """They are launched all the same, and published when it is back."""
        self.prepare_go()
        text = config(host("one", node("first", priority=1), node("slow", "slow"),
                           node("lazy", preload=2, priority=110), node("last", priority=120)))
        process = self.start(text, expect_ready=False)
        self.until(lambda: "slow Init" in self.trace())
        self.gateway.kill()
        self.go()
        self.assertEqual(self.ready(process), "viaduct-hdf-host: ready hosts=1 devices=3")
        self.assertNotIn("hdf.device.failed", self.log())
        self.gateway.start()
        asker = self.asker()
        for name in ("first", "slow", "lazy", "last"):
            self.until(lambda service=name: asker.do(f"ask {service} {ECHO} x") == "0 x")
        self.stop(process)

    def test_what_changes_while_the_gateway_is_away_is_so_when_it_is_back(self):
        self.prepare_go()
        process = self.start(config(host("one", node("a"), node("lazy", preload=2))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        self.assertEqual(asker.do("ask lazy 1 x"), "0 x")
        self.assertEqual(asker.do("next"), status("lazy", STARTED))
        self.assertEqual(asker.do(f"ask a {LATER}"), "0 -")
        self.gateway.kill()
        self.assertEqual(self.statuses(asker, 2), [status("a", STOPPED), status("lazy", STOPPED)])
        self.go()
        self.until(lambda: {"a did", "a failed"} & set(self.trace()))
        self.assertIn("a did", self.trace())
        self.gateway.start()
        self.assertEqual(self.statuses(asker, 3),
                         [status("a", STARTED, "words"), status("grown", STARTED),
                          status("lazy", STARTED)])
        self.assertEqual(asker.do("ask grown 1 x"), "0 x")
        self.stop(process)

    # ---- drivers that hang ----

    def test_a_driver_that_never_answers_delays_nobody_else(self):
        process = self.start(config(host("one", node("stuck"), node("b", "load"))))
        pid = self.pid_of("one")
        asker, user = self.asker(remote=True), self.user()
        self.assertEqual(asker.do(f"gather stuck {WAIT} 200"), "gathered")
        self.assert_dispatches_wait(asker, "stuck", 200)
        self.assertGreater(len(os.listdir(f"/proc/{pid}/task")), 200)
        self.assertEqual(user.do("calls b"), "begun")
        user.do("more 500")
        self.assertRegex(user.do("called"), r"^n=\d+ failed=0 first=0 wrong=0 ")
        self.assertEqual(asker.do(f"ask stuck {RUNNING}"), "201 -")
        process.send_signal(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)

    def test_a_greedy_client_is_refused_and_the_others_are_not(self):
        process = self.start(config(host("one", node("stuck"), node("b"))))
        pid = self.pid_of("one")
        greedy, other = self.asker(), self.asker()
        self.assertEqual(greedy.do(f"gather stuck {WAIT} 1500"), "gathered")
        self.until(lambda: "hdf.caller.busy" in self.log())
        self.assertEqual(other.do(f"ask b {ECHO} hello"), "0 hello")
        self.assertEqual(other.do(f"ask stuck {RUNNING}"), "257 -")
        self.assertEqual(greedy.do(f"ask b {ECHO} hello"), "null")
        process.send_signal(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)

    # ---- links ----

    def under_load(self, user, disturb, rate=100, n=90):
        """Commands and events while @disturb acts: none is lost, none comes twice. All of them may
        wait for a listener, however long it takes."""
        self.assertEqual(user.do("bind a 2"), "2")
        self.assertEqual(user.do("listen"), "2")
        self.assertEqual(user.do("calls a"), "begun")
        self.assertEqual(user.do(f"emit {n} {rate}"), "0")
        disturb()
        self.assertEqual(user.do(f"await {n - 1}"), f"heard={2 * n} missed=0 disordered=0 "
                         "dropped=0 whole=2 unaccounted=0 most=0")
        user.do("more 10")
        self.assertRegex(user.do("called"), r"^n=\d+ failed=0 first=0 wrong=0 ")

    def cut(self, relay):
        for _ in range(5):
            relay.tell("cut")
            before = relay.tell("stats")["connections"]
            self.until(lambda: relay.tell("stats")["connections"] > before or
                       relay.tell("stats")["live"] > 0)

    def relay(self):
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)
        return relay

    def test_a_client_whose_link_is_cut_loses_nothing(self):
        process = self.start(config(host("one", node("a", "load"))))
        relay = self.relay()
        self.under_load(self.user(port=relay.port), lambda: self.cut(relay))
        self.assertGreaterEqual(relay.tell("stats")["cuts"], 3)
        self.stop(process)

    def test_a_driver_host_whose_link_is_cut_loses_nothing(self):
        relay = self.relay()
        process = self.start(config(host("one", node("a", "load"))), port=relay.port)
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        self.under_load(self.user(), lambda: self.cut(relay))
        self.assertGreaterEqual(relay.tell("stats")["cuts"], 3)
        self.assertNotIn("hdf.host.died", self.log())
        self.stop(process)
        self.assertEqual(asker.do("next"), status("a", STOPPED))  # the first that it is told

    # ---- the gateway is handed over ----

    def test_the_gateway_is_handed_over_under_load(self):
        for far_host in (False, True):
            process = self.start(config(host("one", node("a", "load"))), remote=far_host)
            for far_client in (False, True):
                with self.subTest(far_host=far_host, far_client=far_client):
                    self.under_load(self.user(remote=far_client), self.gateway.take_over)
            self.stop(process)


if __name__ == "__main__":
    unittest.main(verbosity=2)
