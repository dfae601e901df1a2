"""The program `puppet`, a server and a client of Phoenix-RTOS told line by line, around a real
viaductd: what the tests of faults and of great numbers share."""

import os

from puppets import Puppets
from world import PROGRAMS, Process

OLDER, NEWER = PROGRAMS / "phoenix" / "older", PROGRAMS / "phoenix" / "newer"
SANITIZE = os.environ.get("VIADUCT_TEST_SANITIZE")
SANITIZED = bool(SANITIZE)
ONE = None  # a place: both in one process


class PhoenixWorld(Puppets):
    # ---- programs ----

    def puppet(self, far=False, age=OLDER, port=None):
        process = Process(age / "puppet", settings=self.gateway.settings(remote=far, port=port))
        return self.begin(process)

    def pair(self, place):
        """A server and a client; of ONE place they are the same."""
        if place is ONE:
            both = self.puppet()
            return both, both
        return self.puppet(far=place[0]), self.puppet(far=place[1], age=NEWER)

    # ---- what can be seen from outside ----

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
