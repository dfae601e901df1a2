"""Programs of a family that are told line by line, around a real viaductd: what the worlds of the
families share."""

import contextlib
import json

from told import Told
from world import Gateway, Patient, Relay

# where one program is, where the other is: far or not
PLACES = [(False, False), (False, True), (True, False), (True, True)]


class Puppet(Told):
    def kill(self):
        self.process.end()


class Puppets(Patient):
    LIMITS = {"grace_ms": 300, "handshake_ms": 30000}

    def setUp(self):
        self.gateway = Gateway(limits=self.LIMITS).start()
        self.addCleanup(self.gateway.close)
        self.started = []

    def begin(self, process, puppet=Puppet):
        self.addCleanup(process.end)
        self.started.append(puppet(process))
        return self.started[-1]

    def relay(self):
        relay = Relay(self.gateway.port)
        self.addCleanup(relay.end)
        return relay

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

    def listed(self, *words):
        return json.loads(self.gateway.cli("ls", "--json", *words).stdout)
