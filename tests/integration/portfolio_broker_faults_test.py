"""Listeners of Portfolio when the broker goes, or what is between the two: links, the gateway."""

import signal
import unittest

from broker_world import BROKER, BrokerWorld
from portfolio_world import BADITEM, FOLDER, Puppet
from world import Process, Relay

LOCK, UNLOCK = 21, 23
OBSERVER, FOCUS_UI = 2, 3
PAD, TURNS = 0x20000000, 0x3000  # Update; GivingFocus, LosingFocus
PRESSED, RELEASED = "3:8000000", "3:0"
QUEUE = 20
ABORTED, NOTOWNER = (0xF14CD000 + n - 2**32 for n in (10, 18))  # the broker's


class Listener:
    """A program with a port, a message, and one more to wait with."""

    def __init__(self, puppet, name="-"):
        self.puppet = puppet
        self.port = puppet.do("port", name)
        self.message, self.other = [puppet.do("std", self.port, 0, "-") for _ in range(2)]
        self.broker = 0

    def find(self, name=BROKER):
        self.broker = self.puppet.do("find", name)
        return self.broker

    def sent(self, *words):
        """The result of what is sent by that."""
        error = self.puppet.do(*words)
        return error if error < 0 else self.puppet.do("wait", self.port, self.message)["result"]

    def listen(self, category=OBSERVER, events=PAD):
        return self.sent("listen", self.broker, self.message, category, events, 0, QUEUE)

    def pod(self, flavor, pod=1, wait=0):
        return self.sent("pod", self.broker, self.message, flavor, pod, wait)

    def record(self):
        self.puppet.tell("record", self.port)
        return self.puppet.hear()


class Faults(BrokerWorld):
    FIELDS = ("--field-hz", "0")  # one for each change

    def broker(self, name=BROKER, *options):
        super().broker(name, *(options or self.FIELDS))

    def start(self, *argv, **more):
        process = super().start(*argv, **more)
        if str(argv[0]).endswith("viaduct-event-broker"):
            self.process = process
        return process

    def listener(self, far=False, port=None, name="-", **settings):
        process = Process(FOLDER / "puppet",
                          settings={**self.gateway.settings(far, port=port), **settings})
        self.addCleanup(process.end)
        listener = Listener(Puppet(process), name)
        self.assertGreater(listener.find(), 0)
        return listener

    def finish(self, *listeners):
        """They end well: a leak that they report is a failure too."""
        for listener in listeners:
            self.assertEqual(listener.puppet.process.wait(), (0, ""))

    def press(self, feed, n):
        for i in range(n):
            feed.buttons(*(["A"] if i % 2 == 0 else []))

    def hears(self, listener, n):
        self.assertEqual([listener.record() for _ in range(n)],
                         [PRESSED if i % 2 == 0 else RELEASED for i in range(n)])


class BrokerGoesTest(Faults):
    def test_messages_come_back_and_the_next_one_is_as_new(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            for far in (False, True):
                with self.subTest(number=number, far=far):
                    self.go(number, far)

    def go(self, number, far):
        pad = self.feed()
        holder, listener = self.listener(), self.listener(far)
        first = listener.broker
        self.assertEqual(listener.listen(FOCUS_UI, PAD | TURNS), 0)
        self.assertEqual(listener.record(), "19")
        self.assertEqual(holder.pod(LOCK), 0)
        self.assertEqual(listener.puppet.do("pod", first, listener.other, LOCK, 1, 1), 0)
        pad.buttons("A")
        self.until(lambda: listener.puppet.do("count", listener.port) == 1)
        self.process.send_signal(number)
        self.process.popen.wait()
        pad.end()
        back = listener.puppet.do("wait", listener.port, listener.other)
        self.assertEqual(back["result"], BADITEM if number == signal.SIGKILL else ABORTED)
        # and with it has gone what it had sent
        self.until(lambda: listener.puppet.do("count", listener.port) == 0)
        self.assertEqual(listener.listen(), BADITEM)
        self.assertLess(listener.find(), 0)
        self.broker()
        self.assertGreater(listener.find(), 0)
        self.assertNotEqual(listener.broker, first)
        self.assertEqual(listener.listen(FOCUS_UI, PAD | TURNS), 0)
        self.assertEqual(listener.record(), "19")
        pad = self.feed()
        self.assertEqual(listener.pod(LOCK), 0)
        self.press(pad, 2)
        self.hears(listener, 2)
        pad.end()
        self.finish(holder, listener)
        self.until_listeners(0)
        self.until_no_pods()

    def test_of_several_one_that_goes_is_nothing_to_the_others(self):
        first = self.process
        self.broker("second")
        pads = [self.feed(), self.feed(broker="second")]
        listeners = [self.listener(), self.listener(VIADUCT_EVENTBROKER="second")]
        for listener in listeners:
            self.assertEqual(listener.listen(), 0)
        for pad in pads:
            pad.buttons("A")
        for listener in listeners:
            self.assertEqual(listener.record(), PRESSED)
        first.end()
        pads[1].buttons()
        self.assertEqual(listeners[1].record(), RELEASED)
        self.assertEqual(listeners[0].listen(), BADITEM)
        self.assertEqual(listeners[1].listen(), 0)


class GatewayGoesTest(Faults):
    def test_listeners_listen_again_when_it_is_back(self):
        for far in (False, True):
            with self.subTest(far=far):
                listener, pad = self.listener(far), self.feed()
                self.assertEqual(listener.listen(FOCUS_UI, PAD | TURNS), 0)
                self.assertEqual(listener.record(), "19")
                self.assertEqual(listener.pod(LOCK), 0)
                self.gateway.kill()
                pad.end()
                self.gateway.start()
                self.until(lambda: listener.find() > 0)  # by the number that it had
                self.until(lambda: listener.listen(FOCUS_UI, PAD | TURNS) == 0)
                self.assertEqual(listener.record(), "19")  # it is a new one
                self.until_listeners(1)
                self.until_no_pods()
                pad = self.feed()
                self.assertEqual(self.asked("EB_DescribePods")["pods"][0]["lockHolder"], 0)
                self.press(pad, 4)
                self.hears(listener, 4)
                pad.end()
                self.finish(listener)
                self.until_listeners(0)
                self.until_no_pods()


class PortComesBackTest(Faults):
    def test_who_is_back_before_its_death_is_known_is_a_listener(self):
        """The broker hears of the death and of the new request in one go."""
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)
        watcher, pad = self.listener(), self.feed()
        for _ in range(3):
            listener = self.listener(True, relay.port, name="mine")
            self.assertEqual(listener.listen(), 0)
            self.process.send_signal(signal.SIGSTOP)
            relay.tell("away on")
            relay.tell("cut")
            self.until(lambda: watcher.puppet.do("find", "mine") < 0)
            relay.tell("away off")
            self.until(lambda p=listener.port: watcher.puppet.do("find", "mine") == p)
            self.assertGreater(listener.find(), 0)
            self.assertEqual(listener.puppet.do("listen", listener.broker, listener.message,
                                                OBSERVER, PAD, 0, QUEUE), 0)
            listener.find()  # it is at the gateway, and at the broker as soon as that runs
            self.process.send_signal(signal.SIGCONT)
            back = listener.puppet.do("wait", listener.port, listener.message)
            self.assertEqual(back["result"], 0)
            for _ in range(10):
                self.assertEqual(len(self.asked("EB_GetListeners")["listeners"]), 1)
            self.press(pad, 2)
            self.hears(listener, 2)
            self.finish(listener)
            self.until_listeners(0)


class NothingIsLostTest(Faults):
    LIMITS = {"grace_ms": 60000, "handshake_ms": 30000}

    def broken_by(self, far, port, breaks):
        """Records on their way, unanswered or answered, before, while and after."""
        listener, pad = self.listener(far, port), self.feed()
        self.assertEqual(listener.listen(), 0)
        for _ in range(5):
            self.press(pad, 10)
            breaks()
            self.press(pad, 10)
            self.hears(listener, QUEUE)
            breaks()
            self.assertEqual(listener.pod(UNLOCK), NOTOWNER)  # the answers are there
        self.assertEqual(listener.puppet.do("count", listener.port), 0)
        pad.end()
        self.finish(listener)
        self.until_listeners(0)
        self.until_no_pods()

    def test_a_gateway_that_is_handed_over(self):
        for far in (False, True):
            with self.subTest(far=far):
                self.broken_by(far, None, self.gateway.take_over)

    def test_a_link_that_is_cut_and_comes_back(self):
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)

        def cut():
            before = relay.tell("stats")["connections"]
            relay.tell("cut")
            self.until(lambda: relay.tell("stats")["connections"] > before)

        self.broken_by(True, relay.port, cut)


if __name__ == "__main__":
    unittest.main()
