#!/usr/bin/python3
"""soak.py MINUTES [SEED]: everything at once for so long, while links are cut and processes killed.

Strict loads, whose every call must run once and be answered: from this host, and over TLS through a
relay that cuts, at any octet; descriptors among what they send. Loose ones, whose service is killed and started again, as they are
themselves. A caller by JSON. After a warm-up memory, descriptors and threads of all that live through
it must stay as they are. Ends with a table; any violation makes the exit status 1.
"""

import http.client
import json
import os
import pathlib
import random
import re
import signal
import ssl
import statistics
import sys
import threading
import time

from loads import LIMITS, Load
from world import LIMIT_S, Gateway, Relay

WARM_UP = 0.3           # of the time, in which caches and pools fill; 20 s at most
MEMORY_KIB = 3072       # what noise there is: one message of the largest kind, and its answer
MEMORY_SHARE = 0.1
THREADS = 8             # workers of a load: they come when they are needed
DESCRIPTORS = 6         # of pipes that are on their way
CALLBACKS_A_MINUTE = 60000
CALLBACKS = 1000000
TICKET = 9              # LOAD_TICKET: each answer is a larger number than the one before
SERVICE_LINE = {"counted", "events", "violations"}


class Watched:
    """A process that lives through it, and what it takes."""

    def __init__(self, name, pid):
        self.name, self.pid = name, pid
        self.samples = []  # KiB, descriptors, threads

    def sample(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        memory = int(re.search(r"^RssAnon:\s+(\d+)", status, re.M).group(1))
        threads = int(re.search(r"^Threads:\s+(\d+)", status, re.M).group(1))
        self.samples.append((memory, len(os.listdir(f"/proc/{self.pid}/fd")), threads))

    def ends(self):
        """Medians of the first and of the last third."""
        third = max(1, len(self.samples) // 3)
        return [[statistics.median(column) for column in zip(*part)]
                for part in [self.samples[:third], self.samples[-third:]]]

    def violations(self):
        (memory, fds, threads), (memory_then, fds_then, threads_then) = self.ends()
        if memory_then > memory * (1 + MEMORY_SHARE) + MEMORY_KIB:
            yield f"{self.name}: memory grew from {memory:.0f} to {memory_then:.0f} KiB"
        if fds_then > fds + DESCRIPTORS:
            yield f"{self.name}: descriptors grew from {fds:.0f} to {fds_then:.0f}"
        if threads_then > threads + THREADS:
            yield f"{self.name}: threads grew from {threads:.0f} to {threads_then:.0f}"


class JsonCaller(threading.Thread):
    """POSTs calls, one behind the other."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.port = gateway.port
        self.tls = ssl.create_default_context(cafile=gateway.certs.pem("ca"))
        self.tls.load_cert_chain(gateway.certs.pem("client"), gateway.certs.key("client"))
        self.ending = threading.Event()
        self.done = 0
        self.fault = None

    def run(self):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.tls,
                                                 timeout=LIMIT_S)
        last = 0
        while not self.ending.is_set():
            request = {"jsonrpc": "2.0", "id": self.done, "method": "call",
                       "params": {"service": "steady", "code": TICKET, "data": []}}
            try:
                connection.request("POST", "/rpc", json.dumps(request),
                                   {"Content-Type": "application/json"})
                answer = json.loads(connection.getresponse().read())
                number = int(answer["result"]["data"][0]["u64"])
                if answer["id"] != self.done or number <= last:
                    raise AssertionError(f"answered out of order: {answer}")
            except Exception as fault:  # pylint: disable=broad-except
                self.fault = f"JSON: {fault!r}"
                return
            last = number
            self.done += 1


class Soak:
    def __init__(self, minutes, seed):
        self.seconds = minutes * 60
        self.chance = random.Random(seed)
        self.gateway = Gateway(limits={**LIMITS, "grace_ms": 5000})
        self.relays = []
        self.violations = []
        self.counts = {}  # of loads that were killed or have ended: part: [done, failed]
        self.n_kills = 0
        self.warm = 0  # when it is
        self.begin(seed)

    def begin(self, seed):
        self.gateway.start()
        self.relays = [Relay(self.gateway.port, seed=seed + i) for i in range(3)]
        steady = Load.service(self.gateway, "steady")
        cut = Load.service(self.gateway, "cut", port=self.relays[0].port)
        self.services = {"steady service": steady, "cut service": cut}
        self.clients = {
            "near client": Load.client(self.gateway, "steady"),
            "cut client": Load.client(self.gateway, "steady", port=self.relays[1].port),
            "client of a cut service": Load.client(self.gateway, "cut",
                                                   parts=["counter", "notes", "objects", "pipes"],
                                                   port=self.relays[2].port),
        }
        self.victims = {"victim-near": Load.service(self.gateway, "victim-near"),
                        "victim-far": Load.service(self.gateway, "victim-far", remote=True)}
        self.loose = {name: Load.client(self.gateway, name, "loose",
                                        ["counter", "objects", "many", "pipes"], remote=remote)
                      for name, remote in [("victim-near", True), ("victim-far", False)]}
        self.json = JsonCaller(self.gateway)
        self.json.start()
        self.watched = [Watched("gateway", self.gateway.process.pid)]
        self.lasting = {**self.clients, **{f"client of {name}": load
                                           for name, load in self.loose.items()}, **self.services}
        self.watched += [Watched(name, load.process.pid) for name, load in self.lasting.items()]
        for relay in self.relays:
            relay.tell("after 3000000")  # octets, at most, until each connection breaks

    def add(self, counts):
        self.violations += [f"a load saw {counts['violations']}"] * (counts["violations"] > 0)
        for name, part in counts.items():
            if name != "violations":
                total = self.counts.setdefault(name, [0, 0])
                total[0] += part["done"]
                total[1] += part["failed"]

    def is_listed(self, name):
        listed = json.loads(self.gateway.cli("ls", "--json").stdout)
        return name in [row["name"] for row in listed]

    def look(self):
        if time.monotonic() > self.warm:
            for watched in self.watched:
                watched.sample()

    def kill_a_service(self):
        name = self.chance.choice(sorted(self.victims))
        self.victims[name].process.send_signal(signal.SIGKILL)
        self.victims[name].process.end()
        # while its session is kept the name is its own; a far one has to wait for that
        far = name == "victim-far"
        until = time.monotonic() + LIMIT_S
        while self.is_listed(name) and time.monotonic() < until:
            self.look()
        self.victims[name] = Load.service(self.gateway, name, remote=far)
        self.n_kills += 1

    def kill_a_client(self):
        """One that comes, calls and is killed in the middle of it."""
        client = Load.client(self.gateway, "steady",
                             parts=["counter", "large", "objects", "events", "pipes"],
                             remote=self.chance.random() < 0.5)
        client.process.send_signal(signal.SIGKILL)
        client.process.end()
        self.n_kills += 1

    def cut_all(self):
        for relay in self.relays:
            relay.tell("cut")

    def run(self):
        begun = time.monotonic()
        self.warm = begun + min(20, WARM_UP * self.seconds)
        while time.monotonic() < begun + self.seconds:
            self.chance.choice([self.kill_a_service, self.kill_a_client, self.cut_all])()
            self.look()
            for name, load in self.lasting.items():
                if load.process.popen.poll() is not None:
                    self.violations.append(f"{name} is gone")
                    return
                counts = load.ask()
                if counts["violations"] != 0:
                    self.violations.append(f"{name}: {counts}")
                    return

    def end(self):
        self.json.ending.set()
        self.json.join()
        if self.json.fault is not None:
            self.violations.append(self.json.fault)
        self.counts["JSON"] = [self.json.done, 0]
        for name, load in {**self.lasting, **self.victims}.items():
            if load.process.popen.poll() is not None:
                continue
            try:
                counts = load.finish()
            except AssertionError as fault:
                self.violations.append(f"{name}: {fault}")
                continue
            if counts and set(counts) != SERVICE_LINE:
                self.add(counts)

    def table(self, minutes):
        n_cuts = sum(relay.tell("stats")["cuts"] for relay in self.relays)
        print(f"{'process':26} {'memory, KiB':>19} {'descriptors':>15} {'threads':>11}")
        for watched in self.watched:
            if not watched.samples:
                continue
            first, last = watched.ends()
            print(f"{watched.name:26} {first[0]:9.0f} {last[0]:9.0f} {first[1]:7.0f} {last[1]:7.0f}"
                  f" {first[2]:5.0f} {last[2]:5.0f}")
            self.violations += watched.violations()
        print(f"\n{'part':26} {'done':>12} {'failed':>9}")
        for name, (done, failed) in sorted(self.counts.items()):
            print(f"{name:26} {done:12} {failed:9}")
        callbacks = self.counts.get("many", [0])[0] + self.counts.get("events", [0])[0]
        wanted = min(CALLBACKS, CALLBACKS_A_MINUTE * minutes)
        if callbacks < wanted:
            self.violations.append(f"{callbacks} callbacks, of {wanted:.0f}")
        if n_cuts == 0 or self.n_kills == 0:
            self.violations.append("nothing was cut, or nobody killed")
        print(f"\n{minutes:g} minutes, {callbacks} callbacks, {n_cuts} cuts, {self.n_kills} kills, "
              f"{len(self.violations)} violations; first and last third after a warm-up of "
              f"{min(20, WARM_UP * self.seconds):.0f} s")
        for violation in self.violations:
            print(f"VIOLATION: {violation}")

    def close(self):
        for relay in self.relays:
            relay.end()
        self.gateway.close()


def main():
    minutes = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(f"soak: {minutes:g} minutes, seed {seed}", flush=True)
    soak = Soak(minutes, seed)
    try:
        soak.run()
        soak.end()
        soak.table(minutes)
    finally:
        soak.close()
    return 1 if soak.violations else 0


if __name__ == "__main__":
    sys.exit(main())
