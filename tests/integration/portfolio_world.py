"""Programs of Portfolio around a real viaductd: what the tests of ports and messages share."""

import contextlib
import json
import re
import time
import unittest

from told import Told
from world import LIMIT_S, PROGRAMS, Gateway, Process, Relay

FOLDER = PROGRAMS / "portfolio"
# where the receiver is, where the sender is: far or not
PLACES = [(False, False), (False, True), (True, False), (True, True)]

BADITEM, NOTOWNER, BADPRIV = (0xD57B9000 + n - 2**32 for n in (1, 18, 4))
NOTFOUND, ABORTED = (0xD57B9000 + n - 2**32 for n in (5, 10))
BADSIZE, UNIQUE = (0xD57B9100 + n - 2**32 for n in (11, 27))


class Puppet(Told):
    """What it says of a number is an int, of a message a dict, whose "item" is its number."""

    def do(self, *words):
        return self.understood(super().do(*words))

    def heard(self):
        return self.understood(self.hear())

    @staticmethod
    def understood(line):
        if re.fullmatch(r"-?\d+", line):
            return int(line)
        if "result=" not in line:
            return line
        first, *rest = line.split(" ")
        message = dict(word.split("=", 1) for word in rest)
        numbers = {key: int(message[key])
                   for key in ("result", "size", "priority", "capacity", "reply")}
        return {"item": int(first), **message, **numbers}

    def kill(self):
        self.process.end()


class PortfolioWorld(unittest.TestCase):
    LIMITS = {"grace_ms": 300, "handshake_ms": 30000}

    def setUp(self):
        self.gateway = Gateway(limits=self.LIMITS).start()
        self.addCleanup(self.gateway.close)
        self.started = []

    def puppet(self, far=False, port=None, **settings):
        process = Process(FOLDER / "puppet",
                          settings={**self.gateway.settings(remote=far, port=port), **settings})
        self.addCleanup(process.end)
        puppet = Puppet(process)
        self.started.append(puppet)
        return puppet

    def relay(self):
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)
        return relay

    def pair(self, place, **settings):
        return self.puppet(far=place[0]), self.puppet(far=place[1], **settings)

    def finish(self, *puppets):
        """They end well: a leak that they report is a failure too."""
        for puppet in puppets:
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

    def until(self, condition):
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end)

    def listed(self, *words):
        return json.loads(self.gateway.cli("ls", "--json", *words).stdout)
