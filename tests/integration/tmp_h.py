"""A new viaductd takes the place of the one that runs, and nobody who uses it notices."""

import asyncio
import json
import os
import pathlib
import signal
import ssl
import subprocess
import threading
import unittest

import websockets

from world import BIN, LIMIT_S, PROGRAMS, Gateway, Process

EMIT, DOUBLE = 12, 1  # enum stage_code
TAKEN = 3
ROUNDS = 20


class ReplacedGateway(Gateway):
    """One whose process is replaced by another."""

    def take_over(self, settings=None):
        """The next process, once it is the gateway; the one before must end well."""
        new = Process(BIN / "viaductd", "--config", self.folder / "config", "--take-over",
                      settings=settings)
        line = new.line()
        if not line.startswith("viaductd: ready socket="):
            new.end()
            raise AssertionError(f"viaductd said: {line}")
        old, self.process = self.process, new
        status, _ = old.wait()
        if status != 0:
            raise AssertionError(f"the viaductd before ended with {status}")

    def size(self):
        """Descriptors, and kilobytes of memory, of the process that is the gateway."""
        n_fds = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        memory = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return n_fds, int(memory.split()[1])


class HandoverTest(unittest.TestCase):
    def setUp(self):
        self.gateway = ReplacedGateway(log="debug", limits={"handover_ms": 5000}).start()
        self.addCleanup(self.gateway.close)

    def counter(self, *words, remote=False):
        process = self.gateway.program(PROGRAMS / "counting", *words, remote=remote)
        line = process.line()
        self.assertEqual(line, "ready")
        return process

    def finished(self, process):
        status, out = process.wait()
        self.assertEqual(status, 0, out)
        return json.loads(out)

    def test_calls_events_names_and_finds_go_on(self):
        services = {"local": self.counter("serve", "local"),
                    "remote": self.counter("serve", "remote", remote=True)}
        users = [self.counter("use", name, remote=remote)
                 for name in services for remote in [False, True]]
        watcher = self.counter("watch", "late-*")
        finder = self.counter("find", "late-0")
        sizes = []
        for _ in range(ROUNDS):
            self.gateway.take_over()
            sizes.append(self.gateway.size())
            ping = self.gateway.cli("ping", remote=True)
            self.assertEqual(ping.returncode, 0, ping.stderr)
        late = self.counter("serve", "late-0")
        found = self.finished(finder)
        self.assertEqual(found, {"found": "late-0"})
        told = [self.finished(user) for user in users]
        for user in told:
            self.assertGreater(user["calls"], 0)
            self.assertEqual(user["deaths"], 0)
            self.assertEqual(user["failed"], 0)
            self.assertEqual(user["gaps"], 0)
        names = self.finished(watcher)
        self.assertEqual(names, {"appeared": ["late-0"], "gone": []})
        counted = [self.finished(services[name]) for name in services]
        for n, name in enumerate(services):
            mine = [user["calls"] for user in told[2 * n:2 * n + 2]]
            self.assertEqual(counted[n]["calls"], sum(mine), name)
        self.finished(late)
        fds = [n for n, _ in sizes]
        self.assertLessEqual(max(fds[5:]), max(fds[:5]) + 4, sizes)
        memory = [kb for _, kb in sizes]
        self.assertLessEqual(max(memory[10:]), 1.25 * max(memory[:10]), sizes)


if __name__ == "__main__":
    unittest.main()
