"""viaduct-hdf-host: drivers of a device_info in processes of their own, real ones throughout."""

import os
import re
import signal
import struct
import unittest

from hdf_world import (BY_CLASS, CALL, CRASH, DEVICES, ECHO, GET_SERVICE, GROW, HOST, LOAD, PID,
                       PROPERTY, RUNNING, SENSOR, SERVICES, SHRINK, SUBSCRIBED, UNLOAD, UPDATE,
                       WAIT, HdfWorld, config, host, node, word)
from world import run


class HdfHost(HdfWorld):
    # ---- starting ----

    def test_hosts_start_by_priority_and_nodes_too(self):
        process = self.start(config(
            host("late", node("fourth", priority=50), node("third", priority=10), priority=90),
            host("early", node("second", priority=100), node("first", priority=1), priority=3)))
        self.assertEqual([line for line in self.trace() if line.endswith("Init")],
                         ["first Init", "second Init", "third Init", "fourth Init"])
        self.stop(process)

    def test_ready_counts_what_was_launched(self):
        process = self.start(config(host("one", node("a"), node("b", "bad_init")),
                                    host("two", node("c"), node("d", preload=2))),
                             expect_ready=False)
        self.assertEqual(self.ready(process), "viaduct-hdf-host: ready hosts=2 devices=2")
        self.stop(process)

    def test_it_waits_for_the_gateway(self):
        self.gateway.stop()
        process = self.start(config(host("one", node("a"))), expect_ready=False)
        self.until(lambda: "hdf.host.waits" in self.log())
        self.gateway.start()
        self.ready(process)
        self.assertEqual(self.asker().do("ask a 1 hello"), "0 hello")
        self.stop(process)

    def test_a_stop_while_it_waits_for_the_gateway_is_heard(self):
        self.gateway.stop()
        process = self.start(config(host("one", node("a"))), expect_ready=False)
        self.until(lambda: "hdf.host.waits" in self.log())
        self.stop(process)
        self.gateway.start()

    def test_configuration_faults_are_told_by_line(self):
        path = self.write("root {\n    module = ;\n}\n")
        done = run(HOST, path, settings=self.gateway.settings())
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, rf"^{re.escape(str(path))}:2:14: ")

    def test_what_is_left_out_is_told_by_line(self):
        process = self.start(config(host("one", node("a"), node("b", policy=5))))
        self.assertRegex(self.log(), r"device_info\.hcs:\d+:\d+: warning: 'b' is left out")
        self.stop(process)

    def test_usage_is_exit_status_2(self):
        for words in ([], ["a", "b"], ["--nonsense", "a"], ["--host", "x", "a"]):
            self.assertEqual(run(HOST, *words).returncode, 2, words)
        self.assertEqual(run(HOST, "--version").stdout, "viaduct-hdf-host 0.1.0\n")
        self.assertIn("usage:", run(HOST, "--help").stdout)

    # ---- lifecycle ----

    def test_bind_init_and_release_in_their_order(self):
        process = self.start(config(host("one", node("a"), node("b"))))
        asker = self.asker()
        self.assertEqual(asker.do("ask a 1 hello"), "0 hello")
        self.until(lambda: "a Close" in self.trace())
        self.assertEqual(self.trace(),
                         ["a Bind", "a Init", "b Bind", "b Init", "a Open", "a Close"])
        self.stop(process)
        self.assertEqual(self.trace()[6:], ["b Release", "a Release"])

    def test_each_failure_ends_as_it_should(self):
        process = self.start(config(host(
            "one", node("first"), node("gone", "no_such_module"), node("noinit", "no_init"),
            node("nobind", "no_bind"), node("norelease", "no_release"),
            node("noservice", "no_service"), node("badbind", "bad_bind"),
            node("badinit", "bad_init"), node("twice", service="first"),
            node("mode", permission="01000"), node("unnamed", service=""), node("last"))))
        self.assertEqual(self.trace(), [
            "first Bind", "first Init",
            # no driver, no Init, no Bind: nothing is called
            "norelease Bind", "norelease Init",
            "noservice Bind", "noservice Init", "noservice Release",
            "badbind Bind", "badbind Release",
            "badinit Bind", "badinit Init", "badinit Release",
            "first Bind", "first Init", "first Release",
            "mode Bind", "mode Init", "mode Release",
            "- Bind", "- Init",
            "last Bind", "last Init"])
        statuses = dict(re.findall(r"hdf\.device\.failed device=(\w+) .*status=(-\d+)", self.log()))
        self.assertEqual(statuses, {
            "gone": "-207", "noinit": "-3", "nobind": "-4", "noservice": "-205",
            "badbind": "-204", "badinit": "-204", "twice": "-205", "mode": "-205"})
        asker = self.asker()
        for name in ("first", "norelease", "last"):
            self.assertEqual(asker.do(f"ask {name} 1 hello"), "0 hello")
        for name in ("noservice", "badbind", "badinit", "mode", "nobind", "noinit", "gone"):
            self.assertEqual(asker.do(f"ask {name} 1 hello"), "null")
        self.stop(process)

    def test_a_name_that_another_host_has_is_taken(self):
        process = self.start(config(host("one", node("a"), priority=1),
                                    host("two", node("b", service="a"), priority=2)))
        self.assertIn("hdf.device.failed device=b service=a at=publish status=-205", self.log())
        self.assertEqual(self.trace(), ["a Bind", "a Init", "a Bind", "a Init", "a Release"])
        self.stop(process)

    def test_a_driver_reads_its_private_configuration(self):
        process = self.start(config(
            host("one", node("a", deviceMatchAttr='"a_config"'), node("b", deviceMatchAttr='"x"')),
            more='config { match_attr = "a_config"; label = "left"; size = 70000; }\n'))
        asker = self.asker()
        self.assertEqual(asker.do(f"ask a {PROPERTY}"), "70000 left")
        self.assertEqual(asker.do(f"ask b {PROPERTY}"), "-202 -")
        self.stop(process)

    # ---- policies ----

    def test_policies(self):
        process = self.start(config(host(
            "one", node("public", policy=1), node("none", "inside", policy=0),
            node("capacity", policy=2), node("friendly", "inside", policy=3),
            node("private", "inside", policy=4), node("asker", policy=2)),
            host("other", node("stranger"), priority=101)))
        self.assertEqual(self.trace()[:9], [
            "public Bind", "public Init", "none Init", "capacity Bind", "capacity Init",
            "friendly Init", "private Init", "asker Bind", "asker Init"])
        asker = self.asker()
        bound = {name: asker.do(f"ask {name} {ECHO} x") for name in
                 ("none", "public", "capacity", "friendly", "private")}
        self.assertEqual(bound, {"none": "null", "public": "null", "capacity": "0 x",
                                 "friendly": "null", "private": "null"})
        # in the same process, as the manager's own look-up has it
        known = {name: asker.do(f"ask asker {GET_SERVICE} {name}") for name in bound}
        self.assertEqual(known, {"none": "0 -", "public": "1 -", "capacity": "1 -",
                                 "friendly": "0 -", "private": "0 -"})
        # and for subscribers: 100 for each that is told at once
        told = [asker.do(f"ask asker {SUBSCRIBED} {name}") for name in bound]
        self.assertEqual(told, ["0 -", "100 -", "200 -", "300 -", "400 -"])
        self.assertEqual(asker.do(f"ask stranger {SUBSCRIBED} capacity"), "0 -")
        # listed are the policies 1 and 2
        names = self.names(asker.do(f"list {BY_CLASS} {SENSOR}"))
        self.assertEqual(names, word("public") + word("capacity") + word("asker") +
                         word("stranger") + word(None))
        # and of them 2 alone for another host
        remote = self.asker(remote=True)
        self.assertEqual(remote.do(f"ask capacity {ECHO} x"), "0 x")
        self.assertEqual(remote.do(f"ask public {ECHO} x"), "null")
        self.stop(process)

    def test_a_private_service_is_for_its_own_device(self):
        text = config('one :: host { hostName = "one";\n'
                      'device0 :: device {' + node("a", "inside", policy=4) + "}\n"
                      'device1 :: device {' + node("b") + "} }\n")
        process = self.start(text)
        self.assertEqual(self.asker().do(f"ask b {SUBSCRIBED} a"), "0 -")
        self.stop(process)

    def test_permission_of_others_counts_for_other_hosts(self):
        process = self.start(config(host("one", node("a", permission="0660"),
                                         node("b", permission="0664"), node("c"))))
        remote = self.asker(remote=True)
        self.assertEqual([remote.do(f"ask {name} {ECHO} x") for name in "abc"],
                         ["null", "null", "0 x"])
        self.assertEqual(remote.do("load a"), "-1")  # dev_mgr is 0660
        self.stop(process)

    # ---- on demand ----

    def test_a_bind_loads_what_is_for_demand(self):
        process = self.start(config(host("one", node("lazy", preload=2), node("eager"))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        self.assertEqual(self.trace(), ["eager Bind", "eager Init"])
        self.assertNotIn(word("lazy"), self.names(asker.do(f"list {SERVICES}")))
        self.assertEqual(asker.do("ask lazy 1 hello"), "0 hello")
        self.assertEqual(asker.do("next"), "lazy class=4 status=0 info=")
        self.until(lambda: word("lazy") in self.names(asker.do(f"list {SERVICES}")))
        self.assertEqual(asker.do("ask lazy 1 hello"), "0 hello")
        self.assertEqual(self.trace().count("lazy Init"), 1)
        self.stop(process)
        self.assertEqual(self.trace()[-2:], ["lazy Release", "eager Release"])

    def test_a_driver_binds_what_is_for_demand_beside_it(self):
        process = self.start(config(host("one", node("lazy", preload=2), node("eager"))))
        answer = self.asker().do(f"ask eager {CALL} lazy")
        self.assertEqual(answer, f"{self.pid_of('one')} -")
        self.stop(process)

    def test_another_host_loads_by_bind_without_a_right_on_the_manager(self):
        process = self.start(config(host("one", node("lazy", preload=2),
                                         node("closed", preload=2, permission="0660"))))
        remote = self.asker(remote=True)
        self.assertEqual(remote.do("ask lazy 1 hello"), "0 hello")
        self.assertEqual(remote.do("ask closed 1 hello"), "null")
        self.assertNotIn("closed Init", self.trace())
        self.stop(process)

    def test_the_manager_loads_and_unloads(self):
        process = self.start(config(host("one", node("lazy", preload=2), node("eager"),
                                         node("bad", "bad_init", preload=2),
                                         node("quiet", policy=0, preload=2))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        self.assertEqual(asker.do("load lazy"), "0")
        self.assertEqual(asker.do("next"), "lazy class=4 status=0 info=")
        self.assertEqual(asker.do("load lazy"), "0")
        self.assertEqual(asker.do("load eager"), "-202")
        self.assertEqual(asker.do("load nothing"), "-202")
        self.assertEqual(asker.do("load bad"), "-204")
        self.assertEqual(asker.do("load quiet"), "0")
        self.assertEqual(asker.do(f"ask dev_mgr {LOAD}"), "-1 -")
        self.assertEqual(asker.do("hold lazy"), "held")
        self.assertEqual(asker.do(f"ask dev_mgr {UNLOAD} lazy"), "0 -")
        self.assertEqual(asker.do("next"), "lazy class=4 status=2 info=")
        self.assertEqual(self.trace()[-2:], ["lazy Close", "lazy Release"])
        self.assertEqual(asker.do("held 1"), "-203")  # the old handle stays dead
        self.assertEqual(asker.do("drop"), "dropped")
        self.assertEqual(asker.do(f"ask dev_mgr {UNLOAD} lazy"), "0 -")
        self.assertEqual(asker.do(f"ask dev_mgr {UNLOAD} eager"), "-202 -")
        self.assertEqual(asker.do("ask lazy 1 again"), "0 again")
        self.assertEqual(asker.do("next"), "lazy class=4 status=0 info=")
        self.assertEqual(asker.do("ask dev_mgr 5"), "-1 -")
        self.stop(process)

    def test_one_that_fails_on_demand_can_be_tried_again(self):
        process = self.start(config(host("one", node("a"), node("bad", "bad_init", preload=2))))
        asker = self.asker()
        for times in (1, 2):
            self.assertEqual(asker.do("ask bad 1 hello"), "null")
            self.assertEqual(self.trace()[2:], ["bad Bind", "bad Init", "bad Release"] * times)
        self.stop(process)

    def test_subscribers_are_told_when_it_is_there_and_none_that_has_been_released(self):
        process = self.start(config(host("one", node("eager"), node("late", preload=2),
                                         node("lazy", preload=2))))
        asker = self.asker()
        self.assertEqual(asker.do(f"ask eager {SUBSCRIBED} late"), "0 -")
        self.assertEqual(asker.do(f"ask lazy {SUBSCRIBED} late"), "0 -")
        self.assertEqual(asker.do(f"ask dev_mgr {UNLOAD} lazy"), "0 -")
        self.assertEqual(asker.do("load late"), "0")
        self.assertEqual(asker.do(f"ask eager {SUBSCRIBED} nothing"), "100 -")
        self.stop(process)

    # ---- lists ----

    @staticmethod
    def names(line):
        status, octets = line.split(" ")
        assert status == "0", line
        return bytes.fromhex(octets)

    def test_lists_octet_by_octet(self):
        process = self.start(config(
            host("two", node("c"), priority=2),
            host("one", node("a"), node("b", policy=1), node("n", policy=0, service=""),
                 node("lazy", preload=2), priority=1)))
        asker = self.asker()

        def device_id(host_id, number):
            return struct.pack("<I", host_id << 24 | 1 << 8 | number)
        sensor = struct.pack("<I", SENSOR)
        self.assertEqual(self.names(asker.do(f"list {SERVICES}")),
                         word("a") + sensor + device_id(1, 1) +
                         word("b") + sensor + device_id(1, 2) +
                         word("c") + sensor + device_id(0, 1) + word(None))
        self.assertEqual(self.names(asker.do(f"list {BY_CLASS} {SENSOR}")),
                         word("a") + word("b") + word("c") + word(None))
        # the class itself, not one of a mask
        self.assertEqual(self.names(asker.do(f"list {BY_CLASS} 12")), word(None))
        self.assertEqual(self.names(asker.do(f"list {DEVICES}")),
                         word("one") + struct.pack("<II", 1, 3) +
                         word("a") + device_id(1, 1) + word("a") +
                         word("b") + device_id(1, 2) + word("b") +
                         word("n") + device_id(1, 3) + word("") +
                         word("two") + struct.pack("<II", 0, 1) +
                         word("c") + device_id(0, 1) + word("c") + word(None))
        self.stop(process)

    def test_devices_that_a_driver_makes_are_listed_too(self):
        process = self.start(config(host("one", node("a"))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        before = self.names(asker.do(f"list {DEVICES}"))
        self.assertEqual(asker.do(f"ask a {GROW} grown"), "0 -")
        self.assertEqual(asker.do("next"), "grown class=4 status=0 info=")
        trace = [line for line in self.trace() if not line.startswith("a ")]
        self.assertEqual(trace, ["- Init", "grown Bind"])
        self.assertEqual(asker.do("ask grown 1 hello"), "0 hello")
        grown = struct.pack("<I", 1 << 8 | 129)
        self.until(lambda: grown in self.names(asker.do(f"list {SERVICES}")))
        listed = self.names(asker.do(f"list {DEVICES}"))
        self.assertEqual(listed, word("one") + struct.pack("<II", 0, 2) +
                         word("a") + struct.pack("<I", 1 << 8 | 1) + word("a") +
                         word("probe") + grown + word("grown") + word(None))
        self.assertEqual(asker.do(f"ask a {SHRINK}"), "0 -")
        self.assertEqual(asker.do("next"), "grown class=4 status=2 info=")
        self.until(lambda: self.names(asker.do(f"list {DEVICES}")) == before)
        self.stop(process)

    # ---- status ----

    def test_the_manager_of_services_sends_status_events(self):
        process = self.start(config(host("one", node("a"), node("lazy", preload=2))))
        asker = self.asker()
        self.assertEqual(asker.do(f"manager {SENSOR}"), "0")
        self.assertEqual(asker.do("load lazy"), "0")
        self.assertEqual(asker.do("next"), "event=0 lazy class=4 status=0 info=")
        self.assertEqual(asker.do(f"ask lazy {UPDATE} words"), "0 -")
        self.assertEqual(asker.do("next"), "event=0 lazy class=4 status=1 info=words")
        self.assertEqual(asker.do(f"ask dev_mgr {UNLOAD} lazy"), "0 -")
        self.assertEqual(asker.do("next"), "event=0 lazy class=4 status=2 info=words")
        os.kill(self.pid_of("one"), signal.SIGKILL)
        self.assertEqual(asker.do("next"), "event=0 a class=4 status=2 info=")
        self.assertEqual(asker.do("next"), "event=0 a class=4 status=0 info=")
        self.stop(process)

    # ---- death ----

    def test_a_crash_costs_its_host_alone_which_comes_back(self):
        process = self.start(config(host("frail", node("a"), node("b")),
                                    host("sound", node("c"))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        self.assertEqual(asker.do("hold c"), "held")
        before, sound = self.pid_of("frail"), self.pid_of("sound")
        self.assertEqual(asker.do(f"ask a {CRASH}"), "-211 -")
        self.assertEqual(sorted(asker.do("next") for _ in range(2)),
                         ["a class=4 status=2 info=", "b class=4 status=2 info="])
        self.assertEqual([asker.do("next") for _ in range(2)],
                         ["a class=4 status=0 info=", "b class=4 status=0 info="])
        self.assertEqual(asker.do("ask a 1 hello"), "0 hello")
        self.assertEqual(asker.do(f"held {PID}"), str(sound))
        self.assertNotEqual(self.pid_of("frail"), before)
        self.assertRegex(self.log(), rf"hdf\.host\.died host=frail pid={before} signal=9 .*"
                                     r"again_in_ms=100")
        self.assertNotIn("host=sound pid=%d signal" % sound, self.log())
        self.stop(process)

    def test_it_comes_back_later_each_time(self):
        process = self.start(config(host("frail", node("a"))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        for _ in range(4):
            self.assertEqual(asker.do(f"ask a {CRASH}"), "-211 -")
            self.assertEqual(asker.do("next"), "a class=4 status=2 info=")
            self.assertEqual(asker.do("next"), "a class=4 status=0 info=")
        self.assertEqual(re.findall(r"again_in_ms=(\d+)", self.log()), ["100", "200", "400", "800"])
        self.stop(process)

    def test_a_kill_with_a_hundred_commands_waiting(self):
        process = self.start(config(host("one", node("a")), host("two", node("b"))))
        asker, other = self.asker(), self.asker()
        self.assertEqual(other.do("status 1023"), "0")
        self.assertEqual(asker.do(f"gather a {WAIT} 100"), "gathered")
        self.until(lambda: other.do(f"ask a {RUNNING}") == "101 -")
        os.kill(self.pid_of("one"), signal.SIGKILL)
        # all of them are told that it has gone, and the handle stays dead
        self.assertEqual(asker.do("disperse"), "-211 -203")
        self.assertEqual(other.do("next"), "a class=4 status=2 info=")
        self.assertEqual(other.do("next"), "a class=4 status=0 info=")
        self.assertEqual(asker.do("ask b 1 hello"), "0 hello")
        self.assertEqual(asker.do("ask a 1 hello"), "0 hello")
        self.stop(process)

    def test_a_driver_that_never_returns_is_killed_in_the_end(self):
        process = self.start(config(host("one", node("a")), host("two", node("b"))))
        asker = self.asker()
        self.assertEqual(asker.do(f"gather a {WAIT} 1"), "gathered")
        self.until(lambda: asker.do(f"ask a {RUNNING}") == "2 -")
        self.stop(process)
        self.assertIn("hdf.host.killed", self.log())
        self.assertIn("b Release", self.trace())
        self.assertNotIn("a Release", self.trace())

    def test_drivers_are_released_when_the_supervisor_is_killed(self):
        process = self.start(config(host("one", node("a")), host("two", node("b"))))
        process.send_signal(signal.SIGKILL)
        process.wait()  # its children had its output: they have gone too
        self.assertEqual(sorted(self.trace()[-2:]), ["a Release", "b Release"])

    def test_a_child_that_is_terminated_releases_its_drivers_and_comes_back(self):
        process = self.start(config(host("one", node("a"))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        os.kill(self.pid_of("one"), signal.SIGTERM)
        self.assertEqual(asker.do("next"), "a class=4 status=2 info=")
        self.assertEqual(asker.do("next"), "a class=4 status=0 info=")
        self.assertEqual(self.trace(), ["a Bind", "a Init", "a Release", "a Bind", "a Init"])
        self.stop(process)

    def test_services_are_there_again_after_the_gateway_was_away(self):
        process = self.start(config(host("one", node("a"), node("lazy", preload=2))))
        asker = self.asker()
        self.assertEqual(asker.do("status 1023"), "0")
        self.gateway.kill()
        self.assertEqual(asker.do("next"), "a class=4 status=2 info=")
        self.gateway.start()
        self.assertEqual(asker.do("next"), "a class=4 status=0 info=")
        self.assertEqual(asker.do("ask a 1 hello"), "0 hello")
        self.until(lambda: asker.do("ask lazy 1 hello") == "0 hello")
        self.stop(process)


if __name__ == "__main__":
    unittest.main(verbosity=2)
