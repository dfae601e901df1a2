"""Descriptors in Legato's messages: on one host and on two a program sees no difference, and nobody
grows by what nobody reads."""

import os
import pwd
import unittest

from world import PROGRAMS, Gateway, Process

CONDUITS = PROGRAMS / "legato" / "conduits"
PLACES = [(False, False), (False, True), (True, False), (True, True)]  # server, client: far?
REMOTE_UID = 65534
N_STALLED = 8
HELD_MAX = 4 << 20  # octets, of each that nobody reads: pipes, credits and links together
MORE_MAX_KIB = 16 << 10  # of any of the processes, for all of them
SANITIZED = bool(os.environ.get("VIADUCT_TEST_SANITIZE"))


def size_kib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class ConduitsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits={"grace_ms": 500}).start()
        self.addCleanup(self.gateway.close)

    def start(self, *words, far=False):
        process = Process(CONDUITS, *words, settings=self.gateway.settings(remote=far))
        self.addCleanup(process.end)
        return process

    def places(self):
        """A server in each place, where the client is, and what binds the two."""
        client, nobody = (f"<{pwd.getpwuid(uid).pw_name}>.conduits.api"
                          for uid in (os.getuid(), REMOTE_UID))
        for server_far, client_far in PLACES:
            is_bound = server_far and not client_far
            if is_bound:
                self.assertEqual(self.gateway.cli("bind", client, nobody).returncode, 0)
            server = self.start("server", far=server_far)
            self.assertEqual(server.line(), "ready")
            with self.subTest(server_far=server_far, client_far=client_far):
                yield server, client_far
            server.end()
            if is_bound:
                self.assertEqual(self.gateway.cli("unbind", client).returncode, 0)

    def expect_done(self, client):
        self.assertEqual(client.line(), "done")
        self.assertEqual(client.wait(), (0, ""))

    def test_each_kind_in_both_directions(self):
        for server, client_far in self.places():
            self.expect_done(self.start("client", "kinds", far=client_far))
            self.assertEqual(server.line(), "closed")

    def test_a_pipe_that_only_wakes_somebody_up(self):
        for server, client_far in self.places():
            self.expect_done(self.start("client", "wake", far=client_far))
            self.assertEqual(server.line(), "closed")

    @staticmethod
    def step(process):
        process.popen.stdin.write("\n")
        process.popen.stdin.flush()

    def test_what_nobody_reads_is_held_back_where_it_comes_from(self):
        for server, client_far in self.places():
            client = self.start("client", "stall", far=client_far)
            self.assertEqual(client.line(), "ready")
            processes = [self.gateway.process, server, client]
            before = [size_kib(process.pid) for process in processes]
            self.step(client)
            n = int(client.line())
            self.assertLessEqual(n, N_STALLED * HELD_MAX)
            more = [size_kib(process.pid) - size for process, size in zip(processes, before)]
            if not SANITIZED:
                self.assertLessEqual(max(more), MORE_MAX_KIB, more)
            self.step(client)
            self.expect_done(client)  # all of it has come


if __name__ == "__main__":
    unittest.main()
