"""The program load, as the tests drive it."""

import json
import threading

from world import FAULTS

# What runs over a link; all of it at once.
PARTS = ["counter", "notes", "large", "many", "objects", "events", "pipes"]
SILENCE_MS = 500  # a gateway, and a gateway's client, may be silent, and then has to answer
BOUND_S = 2 * SILENCE_MS / 1000  # so within this a link that is gone is found
LIMITS = {"keepalive_ms": SILENCE_MS, "timeout_ms": SILENCE_MS, "grace_ms": 10000}


def hold(seconds):
    """Leaves a fault in place: its length is what is tested."""
    threading.Event().wait(seconds)


class Load:
    """A process of load, at a gateway; it is ready."""

    def __init__(self, gateway, *words, within=None, silence_ms=SILENCE_MS, **where):
        within = gateway.within if within is None else within
        self.process = gateway.program("env", f"LOAD_SILENCE_MS={silence_ms}", FAULTS / "load", *words, within=within, **where)
        line = self.process.line()
        if line != "ready":
            raise AssertionError(f"load {' '.join(words)} said: {line}")

    @classmethod
    def service(cls, gateway, name, **where):
        return cls(gateway, "serve", name, **where)

    @classmethod
    def client(cls, gateway, name, how="strict", parts=None, **where):
        return cls(gateway, "call", name, how, *(parts or PARTS), **where)

    def ask(self, line=""):
        self.process.popen.stdin.write(line + "\n")
        self.process.popen.stdin.flush()
        return json.loads(self.process.line())

    def more(self, n=1):
        """Waits until each part has done so much more: how it stands then."""
        before = self.ask()
        counts = self.ask(f"more {n}")
        for name, part in counts.items():
            if name != "violations" and part["done"] < before[name]["done"] + n:
                raise AssertionError(f"{name} does not go on: {counts}")
        return counts

    def until_failed(self, part):
        """Waits until a call of this part has failed, or found everything full."""
        before = self.ask()[part]
        after = self.ask(f"failed {part}")[part]
        if after["failed"] + after["busy"] == before["failed"] + before["busy"]:
            raise AssertionError(f"nothing failed: {after}")

    def finish(self):
        """Lets it go; it must have seen nothing wrong. Its last counts."""
        status, said = self.process.wait()
        if status != 0:
            raise AssertionError(f"load ended with {status}: {said}")
        return json.loads(said) if said else {}
