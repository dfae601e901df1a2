"""viaduct pod: pods that are fed, listed, recorded and replayed, at an event broker on this host and
from another one; and what the broker says to devices that are not there."""

import json
import os
import signal
import socket
import subprocess
import time
import unittest

from world import BIN, LIMIT_S, PROGRAMS, Gateway, Patient, Process, environment

DONE, FAILED, USAGE, NOT_FOUND, DENIED, DEAD, TIMEOUT, NO_GATEWAY, UNAVAILABLE = range(9)
BROKER = BIN / "viaduct-event-broker"
HAS_LIBEVDEV = os.environ["VIADUCT_TEST_LIBEVDEV"] == "TRUE"
COMMANDER = PROGRAMS / "portfolio" / "commander"
NOT_SUPPORTED = "0xf14cd010"

PAD = {"type": "BASIC_CONTROL_PAD", "flags": 0x88000000}
SESSION = [
    {"t": 0, "pod": 1, "event": "attach", "type": "BASIC_CONTROL_PAD", "name": "left"},
    {"t": 0, "pod": 2, "event": "attach", "type": "MOUSE", "name": "desk"},
    {"t": 16667, "pod": 1, "buttons": ["A"]},
    {"t": 33333, "pod": 1, "buttons": ["A", "Up"]},
    {"t": 33333, "pod": 2, "horizPosition": 5, "vertPosition": -7},
    {"t": 50000, "pod": 1, "buttons": []},
    {"t": 66667, "pod": 2, "buttons": ["Left"]},
    {"t": 83333, "pod": 2, "buttons": []},
    {"t": 100000, "pod": 1, "event": "detach"},
]


def told(line):
    """What a line of a recording says of buttons and places, without what is there for ease."""
    entry = json.loads(line)
    if "states" not in entry:
        return entry["event"], entry["pod"]
    [(kind, state)] = entry["states"].items()
    return entry["pod"], kind, state["bits"], state.get("horizPosition"), state.get("vertPosition")


class PodsTest(Patient):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)
        self.remote = False

    # ---- programs ----

    def broker(self, *words):
        process = self.gateway.program(BROKER, *words)
        self.assertEqual(process.line(), "viaduct-event-broker: ready name=eventbroker")
        return process

    def pod(self, *words, status=DONE, content="", **settings):
        """What it prints, or what it says against it."""
        done = subprocess.run([BIN / "viaduct", "pod", *words], input=content, text=True,
                              capture_output=True, timeout=LIMIT_S, check=False,
                              env=environment({**self.gateway.settings(self.remote), **settings}))
        self.assertEqual(done.returncode, status, (words, done))
        if status != DONE:
            return done.stderr
        self.assertEqual(done.stderr, "", words)
        return done.stdout

    def start(self, *words, **more):
        return self.gateway.program(BIN / "viaduct", "pod", *words, **more)

    def record(self, *words):
        """A recording that has begun, and its file."""
        path = self.gateway.folder / f"recording{len(self.gateway.processes)}"
        process = self.start("record", *words, path)
        self.assertEqual(process.line(), f"viaduct pod: recording to {path}")
        return process, path

    def written(self, name, entries):
        path = self.gateway.folder / name
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        return path

    def listed(self):
        return json.loads(self.pod("ls", "--json"))

    @staticmethod
    def say(process, **state):
        process.popen.stdin.write(json.dumps(state) + "\n")
        process.popen.stdin.flush()

    def everywhere(self):
        for self.remote in [False, True]:
            yield

    # ---- the map ----

    def test_the_map_that_is_compiled_in_is_one_that_can_be_laid_over(self):
        path = self.gateway.folder / "map"
        path.write_text(self.pod("map"))
        self.assertIn("\npad BTN_SOUTH A\n", path.read_text())
        whole = self.pod("map", path)
        self.assertIn("[*]\n", whole)
        self.assertEqual(whole.count("pad BTN_SOUTH A\n"), 2)

    def test_what_is_wrong_with_a_map_is_said_with_its_line(self):
        path = self.gateway.folder / "map"
        path.write_text("# mine\npad BTN_SUOTH A\n")
        self.assertEqual(self.pod("map", path, status=FAILED),
                         f"{path}:2: 'BTN_SUOTH' is no event of Linux's, such as BTN_SOUTH, ABS_X "
                         "or key:0x2d0\n")
        self.assertIn("No such file", self.pod("map", "/nowhere/map", status=NOT_FOUND))
        path.write_text("\n" * 300000)
        self.assertEqual(self.pod("map", path, status=FAILED),
                         f"{path}: longer than 262144 octets\n")

    # ---- words ----

    def test_wrong_words(self):
        for words in [[], ["eat"], ["feed"], ["feed", "a", "b", "c"], ["ls", "a"], ["record"],
                      ["replay"], ["map", "a", "b"], ["feed", ""], ["feed", "x" * 256],
                      ["feed", "a", "--type", "PAD"], ["feed", "a", "--type", "SPLITTER"]]:
            self.assertIn("viaduct pod: ", self.pod(*words, status=USAGE))

    def test_what_is_wrong_with_words_is_said(self):
        self.broker()
        for words, why in [
                (["ls", "--broker", ""], "--broker takes NAME or HOST/NAME, not ''"),
                (["feed", "a", ""], "feed takes NAME [FILE], none of them ''"),
                (["record", ""], "record takes one FILE, or - for standard output, none of"),
                (["replay", ""], "replay takes one FILE, or - for standard input, none of"),
                (["map", ""], "map takes at most one FILE, none of"),
                (["feed", "a\tb", os.devnull], "a pod's name has 1 to 255 octets, no control "
                                               "characters")]:
            self.assertIn(f"viaduct pod: {why}", self.pod(*words, status=USAGE))
        for command in ["feed", "a"], ["replay"]:
            self.assertEqual(self.pod(*command, "/", status=FAILED), "/: Is a directory\n")
            self.assertEqual(self.pod(*command, "-", content="{}" + " " * 4096, status=FAILED),
                             "standard input:1: is longer than 4096 octets\n")

    def test_no_broker(self):
        for _ in self.everywhere():
            for words in [["ls"], ["feed", "a"], ["record", "-"], ["replay", os.devnull]]:
                self.assertEqual(self.pod(*words, status=NOT_FOUND),
                                 "viaduct pod: eventbroker: there is no such event broker; "
                                 "viaduct-event-broker is one\n")
            self.assertIn("there is no such", self.pod("ls", status=NOT_FOUND,
                                                       VIADUCT_EVENTBROKER="other"))
        self.pod("ls", status=NO_GATEWAY, VIADUCT_GATEWAY="unix:/nowhere/sock")

    # ---- pods ----

    def test_a_pod_is_there_while_it_is_fed(self):
        self.broker("--allow", "client=inject")
        for _ in self.everywhere():
            self.assertEqual(self.pod("ls"), "")
            feed = self.start("feed", "hand", remote=self.remote)
            self.say(feed, buttons=["A"])
            self.until(lambda: self.pod("ls") != "")
            self.assertEqual(self.pod("ls"), "  1 BASIC_CONTROL_PAD  ControlPad 1, AudioCtlr 1\n")
            self.assertEqual(self.listed(), [
                {"number": 1, "position": 1, "type": 128, "typeName": "BASIC_CONTROL_PAD",
                 "flags": 0x88000000, "generic": {"ControlPad": 1, "AudioCtlr": 1},
                 "bitsIn": 16, "bitsOut": 2, "lockHolder": 0}])
            self.assertEqual(feed.wait(), (0, ""))
            self.assertEqual(self.pod("ls"), "")

    def test_the_list_in_json_is_that_of_the_message(self):
        self.broker()
        replay = self.start("replay", "-")
        for kind, flags in [(0x80, 0x88000000), (0x100, 0x40010000), (0x49, 0)]:
            self.say(replay, pod=kind % 200, event="attach", type=kind, flags=flags)
        self.until(lambda: len(self.listed()) == 3)
        asked = self.gateway.cli("call", "eventbroker", "EB_DescribePods").stdout
        self.assertEqual(self.listed(), json.loads(asked)["pods"])
        self.assertEqual(self.listed()[1]["generic"], {"Mouse": 1, "15": 1})

    def test_pods_of_each_type(self):
        self.broker()
        for number, (kind, generic) in enumerate(
                [("MOUSE", "Mouse"), ("KEYBOARD", "Keyboard"), ("ANALOG_JOYSTICK", "Stick"),
                 ("LIGHTGUN", "LightGun"), ("TOUCHSCREEN", "Gun")], 1):
            feed = self.start("feed", "hand", "--type", kind)
            self.say(feed, states={generic: {}})
            self.until(lambda: len(self.listed()) == number)
            self.assertEqual(self.listed()[-1]["generic"], {generic: 1})

    def test_a_pod_of_another_name_of_broker(self):
        self.gateway.program(BROKER, "--name", "second").line()
        self.pod("feed", "a", content='{"buttons":[]}\n', status=NOT_FOUND)
        self.pod("feed", "a", "--broker", "second", content='{"buttons":[]}\n')
        self.pod("feed", "a", content='{"buttons":[]}\n', VIADUCT_EVENTBROKER="second")

    def test_what_is_wrong_with_a_line_is_said_with_its_place(self):
        self.broker()
        for content, words in [
                ('{"buttons":[]}\n{"buttons":["Q"]}\n', "2:14: a ControlPad has no button 'Q'"),
                ("\n\nx\n", "3:1: "), ('{"pod":2,"bits":1}\n', "1: feed is one pod"),
                ('{"bits":' + "1" * 5000, "1: is longer than 4096 octets"),
                ('{"states":{"Keyboard":{}}}', "1:13: the pod is no Keyboard"),
                ('{"bits":1}\0\n', "1: has a NUL")]:
            self.assertIn("standard input:" + words,
                          self.pod("feed", "hand", content=content, status=FAILED))
        path = self.written("session", [{"pod": 3, "buttons": []}])
        self.assertEqual(self.pod("replay", path, status=FAILED),
                         f"{path}:1: pod 3 is not there: attach it first\n")
        self.assertIn("No such file", self.pod("replay", "/nowhere/x", status=NOT_FOUND))
        self.assertEqual(self.listed(), [])

    def test_a_far_pod_needs_a_right(self):
        self.broker()
        self.remote = True
        self.assertIn("TEB-Severe-System-Standard-",
                      self.pod("feed", "hand", content='{"buttons":[]}\n', status=FAILED))
        self.assertEqual(self.pod("ls"), "")

    def test_what_a_pod_is_told_is_printed_and_confirmed(self):
        self.broker("--allow", "client=inject")
        for _ in self.everywhere():
            feed = self.start("feed", "keys", "--type", "KEYBOARD", remote=self.remote)
            self.say(feed, keyMatrix=[0] * 8)
            self.until(lambda: self.listed() != [])
            for wait in [0, 1]:
                self.assertEqual(self.command(1, wait, 5, 0, 4), "0x0")
                self.assertEqual(json.loads(feed.line()),
                                 {"event": "command", "pod": 1, "octets": [5, 0, 0, 4]})
            self.assertEqual(self.command(1, 1, 4, 0, 3), NOT_SUPPORTED)
            self.assertEqual(feed.wait(), (0, ""))

    def command(self, *words):
        process = Process(COMMANDER, *words, settings=self.gateway.settings())
        line = process.line()
        process.end()
        return line

    def test_a_broker_that_dies_ends_them(self):
        broker = self.broker()
        feed = self.start("feed", "hand")
        self.say(feed, buttons=[])
        self.until(lambda: self.listed() != [])
        record, _ = self.record()
        source = self.written("session", [SESSION[0], {"t": 3600000000, "pod": 1,
                                                       "event": "detach"}])
        replay = self.start("replay", source)
        self.until(lambda: len(self.listed()) == 2)
        broker.end()
        self.assertEqual(record.wait()[0], DEAD)
        for waiting in (feed, replay):  # for a line that may never come, for a time far off
            self.assertEqual(waiting.popen.wait(LIMIT_S), DEAD)
            waiting.end()

    # ---- recordings ----

    def test_a_recording_that_cannot_begin_leaves_the_last_one_as_it_is(self):
        path = self.written("session", SESSION)
        text = path.read_text()
        self.pod("record", path, status=NOT_FOUND)
        self.pod("record", path, status=NO_GATEWAY, VIADUCT_GATEWAY="unix:/nowhere/sock")
        self.assertEqual(path.read_text(), text)
        self.broker()
        self.assertIn("No such file", self.pod("record", "/nowhere/x", status=FAILED))

    def test_a_recording_has_what_was_there_and_what_comes(self):
        self.broker()
        first = self.start("feed", "first")
        self.say(first, buttons=["Start"])
        self.until(lambda: self.listed() != [])
        for _ in self.everywhere():
            record, path = self.record("--count", "4")
            self.say(first, buttons=["B"])
            self.until(lambda: len(path.read_text().splitlines()) == 3)
            self.say(first, buttons=["Start"])
            self.assertEqual(record.wait(), (0, ""))
            lines = path.read_text().splitlines()
            self.assertEqual([told(line) for line in lines],
                             [("attach", 1), (1, "ControlPad", 0x01000000, None, None),
                              (1, "ControlPad", 0x04000000, None, None),
                              (1, "ControlPad", 0x01000000, None, None)])
            times = [json.loads(line)["t"] for line in lines]
            self.assertEqual(times, sorted(times))
            self.assertEqual({**json.loads(lines[0]), "t": 0},
                             {"t": 0, "pod": 1, "event": "attach", **PAD})

    def test_a_replay_says_what_was_recorded_at_its_times(self):
        """Far enough apart that a slow machine does not say two of them in one field."""
        self.broker()
        source = self.written("session", [{**entry, "t": entry["t"] * 10} for entry in SESSION])
        record, path = self.record()
        begin = time.monotonic()
        self.pod("replay", source)
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.until(lambda: len(path.read_text().splitlines()) == 10)
        record.end()
        lines = [told(line) for line in path.read_text().splitlines()]
        for number, states in [(1, [(1, "ControlPad", bits, None, None)
                                    for bits in (0x08000000, 0x48000000, 0)]),
                               (2, [(2, "Mouse", bits, 5, -7) for bits in (0, 0x80000000, 0)])]:
            self.assertEqual([line for line in lines if line[-1] == number or line[0] == number],
                             [("attach", number), *states, ("detach", number)])

    def test_two_replays_by_steps_give_the_same_recordings(self):
        """Whatever the recorder's and the player's speed: nobody's clock is asked."""
        self.broker("--step", "--allow", "client=inject")
        source = self.written("session", SESSION)
        texts = []
        for _ in self.everywhere():
            for _ in range(5):
                record, path = self.record("--step", "--count", "10")
                self.pod("replay", "--step", source)
                self.assertEqual(record.wait(), (0, ""))
                texts.append(path.read_text())
        self.assertEqual(set(texts), {texts[0]})
        entries = [json.loads(line) for line in texts[0].splitlines()]
        self.assertEqual([(entry["t"], entry["pod"]) for entry in entries],
                         [(0, 1), (0, 2), (16667, 1), (33333, 1), (33333, 2), (50000, 1),
                          (66667, 2), (83333, 2), (100000, 1), (116667, 2)])

    def test_by_steps_what_was_said_last_is_told_before_its_pod_goes(self):
        self.broker("--step")
        source = self.written("burst", [SESSION[0]] + [
            {"t": 0, "pod": 1, "buttons": ["A"] if i % 2 == 0 else []} for i in range(8)])
        record, path = self.record("--step")
        self.pod("replay", "--step", source)
        self.until(lambda: '"detach"' in path.read_text())
        record.end()
        self.assertEqual(len(path.read_text().splitlines()), 1 + 8 + 1)
        self.assertEqual(self.listed(), [])

    def test_what_is_recorded_can_be_replayed_and_recorded_again(self):
        self.broker("--step")
        texts, source = [], self.written("session", SESSION)
        for _ in range(3):
            record, path = self.record("--step", "--count", "10")
            self.pod("replay", "--step", source)
            self.assertEqual(record.wait(), (0, ""))
            texts.append(path.read_text())
            source = path
        self.assertEqual(set(texts), {texts[0]})

    def test_a_broker_with_a_clock_takes_no_steps(self):
        self.broker()
        source = self.written("session", SESSION)
        self.assertIn("which is to be started with --step",
                      self.pod("replay", "--step", source, status=FAILED))

    # ---- the broker that cannot be there ----

    def test_why_it_cannot_be_there_is_said(self):
        self.broker()
        for words, code, why in [
                ([], FAILED, "exists: there is one of that name; --name gives this one another"),
                (["--name", "EventBroker"], FAILED, "--name gives this one another"),
                (["--name", "b", "--audit", "/nowhere/x"], FAILED,
                 "io: --audit /nowhere/x cannot be written"),
                (["--gateway", "here"], USAGE,
                 "invalid: --gateway takes unix:PATH or wss://host:port"),
                (["--gateway", "unix:/nowhere/sock"], NO_GATEWAY, "start viaductd there")]:
            done = subprocess.run([BROKER, *words], text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False,
                                  env=environment(self.gateway.settings()))
            self.assertEqual((done.returncode, done.stdout), (code, ""), words)
            self.assertIn(why, done.stderr)

    def test_what_an_option_takes_is_said(self):
        for words, why in [
                (["--name", ""], "--name is 1 to 255 octets without control characters, not ''"),
                (["--name", "a\nb"], "--name is 1 to 255 octets"),
                (["--gateway", ""], "--gateway is unix:PATH or wss://host:port, not ''"),
                (["--field-hz", "61"], "--field-hz is 60, 50, or 0 for one at each change, "
                                       "not '61'"),
                (["--field-hz", "0", "--step"], "--step and --field-hz do not go together"),
                (["--step", "--field-hz", "60"], "--step and --field-hz do not go together"),
                (["--allow", "a"], "--allow is IDENTITY=RIGHTS, of inject, focus, keys, with "
                                   "commas between them, or none, not 'a'"),
                (["--allow", "a=inject,"], "--allow is IDENTITY=RIGHTS"),
                (["--allow", "=inject"], "--allow is IDENTITY=RIGHTS"),
                (["--allow", "a="] * 65, "--allow stands there 64 times at most"),
                (["--event", "127=x"], "--event is NUMBER=NAME, from 128 to 255, not '127=x'"),
                (["--event", "128=x", "--event", "128=y"], "--event 128=y: the number has a name"),
                (["--event", "128=x", "--event", "129=X"], "--event 129=X: the name is taken"),
                (["--event", "128=MouseMoved"], "--event 128=MouseMoved: the name is taken"),
                (["--event", "128="], "--event 128=: a name is 1 to 255 octets"),
                (["--client-pods", "256"], "--client-pods is a number from 1 to 255, not '256'"),
                (["--client-ports", "0"], "--client-ports is a number from 1 to 8192, not '0'"),
                (["--audit", ""], "--audit is a file, not ''"),
                (["--pods", ""], "--pods is a file, not ''"),
                (["--pods", "/nowhere/map"], "--pods /nowhere/map: No such file"),
                (["--evdev", ""], "--evdev is all, a directory, or the path of a device, not ''"),
                (["--evdev", "all"] * 33, "--evdev stands there 32 times at most"),
                (["more"], "'more' is no option")]:
            done = subprocess.run([BROKER, *words], text=True, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False,
                                  env=environment(self.gateway.settings()))
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""), words)
            self.assertIn(f"viaduct-event-broker: {why}", done.stderr)

    def test_a_signal_ends_it_while_no_gateway_answers(self):
        path = str(self.gateway.folder / "silent")
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(path)
            silent.listen()
            for number in (signal.SIGINT, signal.SIGTERM):
                broker = self.gateway.program(BROKER, "--gateway", f"unix:{path}")
                with silent.accept()[0]:
                    broker.send_signal(number)
                    self.assertEqual(broker.wait(), (DONE, ""))

    # ---- the broker's devices ----

    def test_devices_that_cannot_be(self):
        path = self.gateway.folder / "map"
        path.write_text("pads all\n")
        self.refused(["--evdev", "all", "--pods", path], USAGE, f"{path}:1: ")
        self.refused(["--pods", "/nowhere/map"], USAGE, "/nowhere/map: No such file")
        self.refused(["--evdev", "all"] * 33, USAGE, "--evdev ")
        nothing = self.gateway.folder / "nothing" / "at" / "all"
        if not HAS_LIBEVDEV:
            self.refused(["--evdev", nothing], UNAVAILABLE,
                         f"--evdev {nothing}: this program has been built without libevdev")
            return
        self.refused(["--evdev", nothing], NOT_FOUND, f"--evdev {nothing}: there is no such device")
        folder = self.gateway.folder / "input"
        folder.mkdir()
        (folder / "event0").write_text("no device")
        self.refused(["--evdev", folder / "event0"], USAGE,
                     f"--evdev {folder}/event0: it is a file, and no input device")
        self.broker("--evdev", folder, "--evdev", f"{folder}/later/")
        self.assertEqual(self.listed(), [])

    def refused(self, words, code, why):
        done = subprocess.run([BROKER, *words], text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False,
                              env=environment(self.gateway.settings()))
        self.assertEqual((done.returncode, done.stdout), (code, ""), words)
        self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main()
