"""Legato programs, unchanged: both ends in one process, in two on one host, and the client on another
host, reached over TLS by its environment alone."""

import subprocess
import unittest

from world import LIMIT_S, PROGRAMS, Gateway, Process

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

    def test_two_threads(self):
        self.expect(self.start("two"), "done", 0)
        self.expect(self.start("two", "local"), "done", 0)

    def test_clients_come_first_and_outlive_their_server(self):
        clients = [self.start("restart", "client", how, "handler", remote=remote)
                   for how in ["async", "sync", "try"] for remote in [False, True]]
        mortals = [self.start("restart", "client", how, "none", remote=remote,
                              stderr=subprocess.PIPE)
                   for how in ["async", "sync"] for remote in [False, True]]
        for client in clients + mortals:
            self.expect(client, "ready")
        for generation in range(3):
            server = self.start("restart", "server")
            self.expect(server, "ready")
            for client in clients + (mortals if generation == 0 else []):
                self.expect(client, "answered")
            server.end()
            for client in clients:
                self.expect(client, "closed")
            for mortal in mortals if generation == 0 else []:
                _, err = mortal.popen.communicate(timeout=LIMIT_S)
                self.assertEqual(mortal.popen.returncode, 1)
                self.assertIn("'restart.api' closed by server", err)

    def test_load(self):
        server = self.start("load", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                self.expect(self.start("load", "client", remote=remote), "done", 0)

    def test_load_whose_server_goes(self):
        for remote in [False, True]:
            with self.subTest(remote=remote):
                server = self.start("load", "server", 1000)
                self.expect(server, "ready")
                self.expect(self.start("load", "mourner", remote=remote), "done", 0)
                server.end()


if __name__ == "__main__":
    unittest.main()
