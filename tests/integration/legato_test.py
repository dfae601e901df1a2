"""Legato programs, unchanged: both ends in one process, in two on one host, and the client on another
host, reached over TLS by its environment alone."""

import unittest

from world import PROGRAMS, Gateway, Process

LEGATO = PROGRAMS / "legato"


class LegatoTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)

    def start(self, program, *words, remote=False, stderr=None):
        process = Process(LEGATO / program, *words, stderr=stderr,
                          settings=self.gateway.settings(remote=remote))
        self.addCleanup(process.end)
        return process

    def expect(self, process, line, code=None):
        self.assertEqual(process.line(), line)
        if code is not None:
            self.assertEqual(process.wait()[0], code)

    def test_one_thread(self):
        self.expect(self.start("one"), "done", 0)

    def test_one_thread_each(self):
        for remote in [False, True]:
            with self.subTest(remote=remote):
                server = self.start("one", "server")
                self.expect(server, "ready")
                self.expect(self.start("one", "client", remote=remote), "done", 0)
                server.end()

    def test_pipes(self):
        server = self.start("pipes", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                self.expect(self.start("pipes", "client", remote=remote), "done", 0)
                self.expect(server, "closed")


if __name__ == "__main__":
    unittest.main()
