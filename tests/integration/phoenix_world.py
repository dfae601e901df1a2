"""The program `puppet`, a server and a client of Phoenix-RTOS told line by line, around a real
viaductd: what the tests of faults and of great numbers share."""

import contextlib
import json
import os
import time
import unittest

from told import Told
from world import LIMIT_S, PROGRAMS, Gateway, Process, Relay

OLDER, NEWER = PROGRAMS / "phoenix" / "older", PROGRAMS / "phoenix" / "newer"
SANITIZE = os.environ.get("VIADUCT_TEST_SANITIZE")
SANITIZED = bool(SANITIZE)
# where the server is, where the client is: far or not; both in one process
PLACES = [(False, False), (False, True), (True, False), (True, True)]
ONE = None


class Puppet(Told):
    def kill(self):
        self.process.end()


class PhoenixWorld(unittest.TestCase):
    LIMITS = {"grace_ms": 300, "handshake_ms": 30000}

    def setUp(self):
        self.gateway = Gateway(limits=self.LIMITS).start()
        self.addCleanup(self.gateway.close)
        self.started = []

    # ---- programs ----

    def puppet(self, far=False, age=OLDER, port=None):
        process = Process(age / "puppet", settings=self.gateway.settings(remote=far, port=port))
        self.addCleanup(process.end)
        puppet = Puppet(process)
        self.started.append(puppet)
        return puppet

    def relay(self):
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)
        return relay

    def pair(self, place):
        """A server and a client; of ONE place they are the same."""
        if place is ONE:
            both = self.puppet()
            return both, both
        return self.puppet(far=place[0]), self.puppet(far=place[1], age=NEWER)

    def finish(self, *puppets):
        """They end well: a leak that they report is a failure too."""
        for puppet in dict.fromkeys(puppets):
            self.assertEqual(puppet.process.wait(), (0, ""))

    @contextlib.contextmanager
    def at(self, place, **more):
        """What is started there ends there."""
        with self.subTest(place=place, **more):
            try:
                yield
            finally:
                while self.started:
                    self.started.pop().kill()
                self.until(lambda: self.listed() == [])

    # ---- what can be seen from outside ----

    def until(self, condition):
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end)

    def listed(self, *words):
        return json.loads(self.gateway.cli("ls", "--json", *words).stdout)

    def under_way(self, name):
        """How many messages to @name are at its server, or on their way there."""
        return sum(entry["unanswered"] for entry in self.listed("--unanswered", name))

    def until_under_way(self, name, n):
        self.until(lambda: self.under_way(name) == n)

    @staticmethod
    def kib(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1])
