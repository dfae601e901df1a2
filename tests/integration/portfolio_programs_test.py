"""Programs of Portfolio as they were written there: each with a broker inside and nothing outside,
and with the broker, on its host and on another one."""

import unittest

from broker_world import BrokerWorld
from world import PROGRAMS, Process

OWN = PROGRAMS / "portfolio" / "own"
PAD_UPDATE, MOUSE_UPDATE, MOUSE_MOVED, STICK_MOVED, PODS_CHANGED = 3, 7, 8, 29, 69
A, START = 0x08000000, 0x01000000


class OwnBrokerTest(unittest.TestCase):
    def start(self, name, *words):
        self.program = Process(OWN / name, *words)
        self.addCleanup(self.program.end)

    def event(self, number, place, *words):
        """To whoever listens to it, now or later."""
        line = " ".join([str(number), str(place), *(f"{word & 0xffffffff:x}" for word in words)])
        self.program.popen.stdin.write(line + "\n")
        self.program.popen.stdin.flush()

    def says(self, *lines):
        for line in lines:
            self.assertEqual(self.program.line(), line)

    def ends(self, *lines, status=0):
        text = "".join(line + "\n" for line in lines)
        self.assertEqual(self.program.wait(), (status, text))

    # ---- the programs ----

    def test_monitor(self):
        for category in ["observer", "focus", "focusui"]:
            with self.subTest(category=category):
                self.start("monitor", category, "3")
                self.says("listening")
                self.event(PAD_UPDATE, 1, A)
                self.says("event 3 pod 0 place 0/1 trigger buttons 08000000")
                self.event(MOUSE_MOVED, 2, 0, -5, 6)
                self.says("event 8 pod 0 place 0/2 trigger buttons 00000000 at -5,6")
                self.event(PODS_CHANGED, 0)
                self.ends("event 69 pod 0 place 0/0 trigger")

    def test_topology(self):
        self.start("topology")
        self.says("2 pods", "pod 1 at 1, type 80, flags 88000000, pad 1",
                  "pod 2 at 2, type 49, flags 40000000, mouse 1")
        self.assertRegex(self.program.line(),
                         "^port [0-9a-f]+ FocusListener 'painter', has the focus$")
        self.ends()

    def test_focus(self):
        self.start("focus", "Nobody")
        self.ends("no listener 'Nobody'", status=1)
        self.start("focus", "painter")
        self.assertRegex(self.program.line(), "^focus [0-9a-f]+$")
        self.ends()

    def test_pads_and_mice(self):
        for words in [[], ["wait"]]:
            with self.subTest(words=words):
                self.start("pads", *words)
                self.event(PAD_UPDATE, 1, A)
                self.says("08000000 A")
                self.event(PAD_UPDATE, 2, START)  # another one
                self.event(PAD_UPDATE, 1, START)
                self.ends("01000000")
                self.start("mice", *words)
                self.event(MOUSE_MOVED, 1, 0, 3, -4)
                self.says("00000000 at 3,-4")
                self.event(MOUSE_UPDATE, 1, 0xA0000000, 3, -4)
                self.ends("a0000000 at 3,-4")

    def test_podcmd(self):
        self.start("podcmd", "1", "0")
        self.ends("done")
        self.start("podcmd", "2", "0")
        self.ends("TEB-Severe-System-Standard-not supported", status=1)
        self.start("podcmd", "9", "0")
        self.ends("TEB-Severe-System-Standard-no such unit", status=1)

    def test_shell(self):
        self.start("shell", "2")
        self.event(PAD_UPDATE, 1, A)
        self.says("pad 1: 08000000")
        self.event(PODS_CHANGED, 0)
        self.says("2 pods now")
        self.event(STICK_MOVED, 1, 0x800C0000, 512, 0, 1023)
        self.says("stick 1: 80000000 512,0,1023")
        self.event(PODS_CHANGED, 0)
        self.ends("2 pods now", "bye")


class BrokerTest(BrokerWorld):
    def everywhere(self):
        for self.far in [False, True]:
            with self.subTest(far=self.far):
                yield
                self.until_listeners(0)
                self.until_no_pods()

    def program(self, name, *words):
        return self.start(PROGRAMS / "portfolio" / name, *words, far=self.far)

    def test_monitor(self):
        for _ in self.everywhere():
            monitor = self.program("monitor", "observer", "4")
            self.says(monitor, "listening")
            pad = self.feed()
            self.says(monitor, "event 69 pod 0 place 0/0 trigger")
            pad.buttons("A")
            self.says(monitor, "event 1 pod 1 place 1/1 trigger buttons 08000000",
                      "event 3 pod 1 place 1/1 trigger buttons 08000000")
            pad.buttons()
            self.says(monitor, "event 2 pod 1 place 1/1 trigger buttons 08000000",
                      "event 3 pod 1 place 1/1 trigger buttons 00000000")
            pad.end()
            self.ends(monitor, "event 69 pod 0 place 0/0 trigger")

    def test_topology_and_focus(self):
        for _ in self.everywhere():
            pad, mouse = self.feed(), self.feed("mouse", "MOUSE")
            one = self.program("monitor", "focus")
            self.says(one, "listening", "event 19 pod 0 place 0/0 trigger")
            two = self.start(PROGRAMS / "portfolio" / "monitor", "focusui")
            self.says(two, "listening", "event 19 pod 0 place 0/0 trigger")
            self.says(one, "event 20 pod 0 place 0/0 trigger")
            topology = self.program("topology")
            self.says(topology, "2 pods", "pod 1 at 1, type 80, flags 88000000, pad 1",
                      "pod 2 at 2, type 49, flags 40000000, mouse 1")
            self.assertRegex(topology.line(), "^port [0-9a-f]+ FocusUI '', has the focus$")
            port = topology.line()
            self.assertRegex(port, "^port [0-9a-f]+ FocusListener ''$")
            self.ends(topology)
            number = port.split()[1]
            self.ends(self.program("focus", number), f"focus {number}")
            self.says(one, "event 19 pod 0 place 0/0 trigger")
            self.ends(self.program("focus", "nobody"), "no listener 'nobody'", status=1)
            for process in [one, two, pad, mouse]:
                process.end()

    def test_pads_and_mice(self):
        for _ in self.everywhere():
            pad, mouse = self.feed(), self.feed("mouse", "MOUSE")
            for words in [[], ["wait"]]:
                pads = self.program("pads", *words)
                self.until_listeners(1)
                pad.buttons("A")
                self.says(pads, "08000000 A")
                pad.buttons("Start")
                self.ends(pads, "01000000")
                pad.buttons()
                self.until_listeners(0)
                mice = self.program("mice", *words)
                self.until_listeners(1)
                mouse.say(horizPosition=3, vertPosition=-4)
                self.says(mice, "00000000 at 3,-4")
                mouse.buttons("Left", "Right")
                self.ends(mice, "a0000000 at 3,-4")
                mouse.say(horizPosition=0, vertPosition=0, buttons=[])
                self.until_listeners(0)
            pad.end()
            mouse.end()

    def test_podcmd(self):
        for _ in self.everywhere():
            pad = self.feed()
            self.ends(self.program("podcmd", "1", "0"), "done")
            self.ends(self.program("podcmd", "2", "0"),
                      "TEB-Severe-System-Standard-no such unit", status=1)
            pad.end()

    def test_rows(self):
        for _ in self.everywhere():
            self.ends(self.program("rows"), "all is so")

    def test_shell(self):
        for _ in self.everywhere():
            shell = self.program("shell", "2")
            self.until_listeners(1)
            pad = self.feed()
            self.says(shell, "1 pods now")
            pad.buttons("A")
            self.says(shell, "pad 1: 08000000")
            pad.end()
            self.ends(shell, "0 pods now", "bye")


if __name__ == "__main__":
    unittest.main()
