"""Drivers and their clients in great numbers: what was taken is given back, and who is slow is slow
for himself."""

import os
import re
import unittest

from hdf_world import HdfWorld, config, host, node

SANITIZED = bool(os.environ.get("VIADUCT_TEST_SANITIZE"))
WORKERS = 8  # that may have been started when many were wanted at once


def numbers(line):
    return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line)}


class Use:
    """What a process holds."""

    def __init__(self, pid):
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        self.threads = len(os.listdir(f"/proc/{pid}/task"))
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            self.kib = int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))


class HdfScale(HdfWorld):
    def one_host(self):
        process = self.start(config(host("one", node("a", "load"))))
        self.addCleanup(lambda: self.stop(process))
        return self.pid_of("one")

    def released(self, user):
        """Whether the one that asks is the only client."""
        told = numbers(user.do("told a"))
        return told["opened"] - told["released"] == 1

    # ---- what is taken is given back ----

    def binds_and_recycles(self, far):
        host_pid = self.one_host()
        user = self.user(remote=far)
        pids = {"client": user.process.pid, "host": host_pid,
                "gateway": self.gateway.process.pid}
        self.assertEqual(user.do("cycle a 200"), "200")  # until all is as large as it gets
        self.until(lambda: self.released(user))
        before = {name: Use(pid) for name, pid in pids.items()}
        self.assertEqual(user.do("cycle a 1000"), "1000")
        self.until(lambda: self.released(user))
        for name, pid in pids.items():
            was = before[name]
            with self.subTest(name):
                self.until(lambda one=pid, old=was: Use(one).descriptors <= old.descriptors)
                self.until(lambda one=pid, old=was: Use(one).threads <= old.threads + WORKERS)
                if not SANITIZED:
                    self.assertLess(Use(pid).kib - was.kib, 512)

    def test_a_thousand_binds_and_recycles_leave_nothing(self):
        self.binds_and_recycles(far=False)

    def test_a_thousand_far_binds_and_recycles_leave_nothing(self):
        self.binds_and_recycles(far=True)

    # ---- listeners ----

    def burst(self, user, n, per_second):
        self.assertEqual(user.do(f"emit {n} {per_second}"), "0")
        return numbers(user.do(f"await {n - 1}"))

    def test_500_listeners_at_1000_events_a_second(self):
        self.one_host()
        n_listeners, n_events = (50, 1000) if SANITIZED else (500, 2000)
        user = self.user()
        self.assertEqual(user.do(f"bind a {n_listeners}"), str(n_listeners))
        self.assertEqual(user.do("listen"), str(n_listeners))
        told = self.burst(user, n_events, 1000)
        self.assertEqual(told["heard"] + told["missed"], n_listeners * n_events)
        self.assertEqual(told["disordered"], 0)
        self.assertEqual(told["unaccounted"], 0)
        self.assertEqual(told["dropped"], told["missed"])

    def test_a_slow_listener_misses_for_itself(self):
        self.one_host()
        user = self.user()
        self.assertEqual(user.do("bind a 50"), "50")
        self.assertEqual(user.do("hold 7"), "held")
        self.assertEqual(user.do("listen"), "50")
        for first in range(0, 500, 50):  # no more than may wait, so that the others miss nothing
            self.assertEqual(user.do(f"emit 50 1000000 {first}"), "0")
            user.do(f"await {first + 49}")
        self.assertEqual(user.do("go 7"), "let go")
        told = numbers(user.do("await 499"))
        self.assertEqual([told["disordered"], told["unaccounted"]], [0, 0])
        self.assertEqual(told["whole"], 49)  # all but the slow one
        self.assertIn(500 - told["most"], (100, 101))  # those that waited, and the one it was in
        self.assertEqual(told["dropped"], told["most"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
