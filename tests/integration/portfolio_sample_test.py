"""examples/portfolio: a listener, a focus switcher and a doorbell with its button, on the broker's
host and on another one by nothing but the environment."""

import itertools
import os
import pathlib
import unittest

from broker_world import BrokerWorld, Feed
from world import BIN, run

RECORDING = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"]) / "examples" / "portfolio" / "pad.jsonl"


class SampleTest(BrokerWorld):
    def listener(self, name, *words, far=False, **settings):
        listener = self.start(BIN / "via-pad-listener", "-n", name, *words, far=far, **settings)
        self.says(listener, f"{name}: listening")
        return listener

    def switch(self, *words, far=False):
        done = run(BIN / "via-focus-switcher", *words, settings=self.gateway.settings(remote=far))
        return done.returncode, done.stdout.splitlines()

    def test_a_listener_says_what_a_recorded_pad_does(self):
        """A field for each change, so that whoever is late on this machine changes nothing."""
        self.broker("changes", "--field-hz", "0")
        for far in [False, True]:
            with self.subTest(far=far):
                listener = self.listener("pads", "-c", "6", far=far, VIADUCT_EVENTBROKER="changes")
                played = self.gateway.cli("pod", "replay", RECORDING,
                                          VIADUCT_EVENTBROKER="changes")
                self.assertEqual((played.returncode, played.stderr), (0, ""))
                self.ends(listener, "pads came or went", "pad 1: A pressed",
                          "pad 1: Right pressed", "pad 1: Right let go", "pad 1: A let go",
                          "pad 1: Start pressed", "pad 1: Start let go")
                self.until_listeners(0, "changes")

    def test_what_a_feed_says_at_once_is_heard_to_its_end(self):
        for far in [False, True]:
            with self.subTest(far=far):
                listener = self.listener("pads", "-c", "4", far=far)
                pad = Feed(BIN / "viaduct", "pod", "feed", "pad", settings=self.gateway.settings())
                self.addCleanup(pad.end)
                for buttons in [["A"], [], ["A"], []]:
                    pad.buttons(*buttons)
                self.assertEqual(pad.wait(), (0, ""))
                self.ends(listener, "pads came or went", "pad 1: A pressed", "pad 1: A let go",
                          "pad 1: A pressed", "pad 1: A let go")
                self.until_listeners(0)

    def test_the_focus_goes_where_it_is_sent(self):
        for far in [False, True]:
            with self.subTest(far=far):
                one = self.listener("one", "-c", "1", "focus", far=far)
                self.says(one, "the focus is here")
                two = self.listener("two", "-c", "2", "focus", far=not far)
                self.says(two, "the focus is here")
                self.says(one, "the focus is gone")
                status, lines = self.switch(far=far)
                self.assertEqual((status, len(lines)), (0, 2))
                self.assertRegex(lines[0], "^[0-9a-f]+ 'two': FocusListener, has the focus$")
                self.assertRegex(lines[1], "^[0-9a-f]+ 'one': FocusListener$")

                pad = self.feed()
                self.says(two, "pads came or went")
                pad.buttons("A")
                self.says(two, "pad 1: A pressed")
                number = lines[1].split()[0]
                self.assertEqual(self.switch(number), (0, [f"'{number}' has the focus"]))
                # what was pressed meanwhile is told with it
                self.ends(one, "pads came or went", "the focus is here", "pad 1: A pressed")
                self.says(two, "the focus is gone", "the focus is here")
                pad.buttons()
                self.ends(two, "pad 1: A let go")
                self.assertEqual(self.switch("three", far=far)[0], 1)
                pad.end()
                self.until_listeners(0)

    def test_a_doorbell_is_heard_from_everywhere(self):
        for far, button_is_far in itertools.product([False, True], repeat=2):
            with self.subTest(far=far, button_is_far=button_is_far):
                bell = self.start(BIN / "via-doorbell", "2", far=far)
                self.says(bell, "doorbell: waiting, for event 192")
                for name in ["Ann", "a name of just 32 octets, no more"]:
                    done = run(BIN / "via-doorbell-button", name,
                               settings=self.gateway.settings(remote=button_is_far))
                    self.assertEqual((done.returncode, done.stdout), (0, ""))
                where = ", on another host" if button_is_far else ""
                self.ends(bell, f"Ann rings{where}",
                          f"a name of just 32 octets, no mor rings{where}")

    def test_another_broker_is_taken_from_the_environment(self):
        self.broker("other")
        listener = self.listener("pads", "-c", "1", VIADUCT_EVENTBROKER="other")
        self.until_listeners(1, "other")
        pad = self.feed(broker="other")
        self.says(listener, "pads came or went")
        pad.buttons("Start")
        self.ends(listener, "pad 1: Start pressed")

    def test_without_a_broker_they_say_so(self):
        settings = {**self.gateway.settings(), "VIADUCT_EVENTBROKER": "nobody"}
        for words in [["via-pad-listener"], ["via-focus-switcher"], ["via-doorbell"],
                      ["via-doorbell-button", "Ann"]]:
            with self.subTest(words=words):
                done = run(BIN / words[0], *words[1:], settings=settings)
                self.assertEqual((done.returncode, done.stdout),
                                 (1, "FKr-Severe-System-Standard-no Item of that name\n"))


if __name__ == "__main__":
    unittest.main()
