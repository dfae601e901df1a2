"""What messages of Phoenix-RTOS mean, row by row, as one client sees it on the server's host and on
another one; and what becomes of them when a program is killed."""

import os
import unittest

from world import PROGRAMS, Gateway, Process

GRACE_MS = 500
OPENED_MAX = 16384
ROWS = PROGRAMS / "phoenix" / "older" / "rows"


class RowsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits={"grace_ms": GRACE_MS}).start()
        self.addCleanup(self.gateway.close)

    def start(self, *words, remote=False):
        process = Process(ROWS, *words, settings=self.gateway.settings(remote=remote))
        self.addCleanup(process.end)
        return process

    def start_server(self, remote=False):
        server = self.start("server", remote=remote)
        self.assertEqual(server.line(), "ready")
        return server

    def end_server(self, server):
        """Its names are gone then."""
        server.end()
        while "/srv/" in self.gateway.cli("ls").stdout:
            os.sched_yield()

    def test_all_that_one_client_sees(self):
        for server_remote in (False, True):
            for remote in (False, True):
                with self.subTest(server_remote=server_remote, remote=remote):
                    server = self.start_server(server_remote)
                    client = self.start("client", "far" if remote else "near", remote=remote)
                    self.assertEqual(client.wait(), (0, "done\n"))
                    self.assertIsNone(server.popen.poll())
                    self.end_server(server)

    def test_a_server_is_killed(self):
        for how in ("hold", "wait"):
            for server_remote in (False, True):
                for remote in (False, True):
                    with self.subTest(how=how, server_remote=server_remote, remote=remote):
                        server = self.start_server(server_remote)
                        client = self.start("mortal", how, remote=remote)
                        self.assertEqual(client.line(), "sending")
                        if how == "hold":
                            self.assertEqual(server.line(), "held")
                        self.end_server(server)
                        self.assertEqual(client.wait(), (0, "done\n"))

    def test_a_client_is_killed_and_what_it_had_opened_is_closed(self):
        for remote in (False, True):
            with self.subTest(remote=remote):
                server = self.start_server()
                client = self.start("opener", remote=remote)
                pid = client.line()
                client.end()
                if remote:
                    pid = "far"
                self.assertEqual(self.start("closed", pid).wait(), (0, "done\n"))
                self.end_server(server)

    def test_of_what_a_client_has_opened_so_much_is_remembered(self):
        for n, n_closed in ((100, 200), (OPENED_MAX + 10, 2 * OPENED_MAX)):
            with self.subTest(n=n):
                server = self.start_server()
                client = self.start("hoarder", n)
                self.assertEqual(client.line(), "opened")
                client.end()
                self.assertEqual(self.start("given", n_closed).wait(), (0, "done\n"))
                self.end_server(server)

    def test_a_client_is_killed_while_its_message_is_held(self):
        for remote in (False, True):
            with self.subTest(remote=remote):
                server = self.start_server()
                client = self.start("mortal", "hold", remote=remote)
                self.assertEqual(client.line(), "sending")
                self.assertEqual(server.line(), "held")
                client.end()
                other = self.start("client", "near")
                self.assertEqual(other.wait(), (0, "done\n"))
                self.end_server(server)

    def test_ports_come_and_go(self):
        for remote, thousands in ((False, 100), (True, 10)):
            with self.subTest(remote=remote):
                self.assertEqual(self.start("ports", thousands, remote=remote).wait(),
                                 (0, "done\n"))

    def test_names_go_with_the_process(self):
        for remote in (False, True):
            server = self.start_server(remote)
            self.assertIn("/srv/rows", self.gateway.cli("ls").stdout)
            self.end_server(server)


if __name__ == "__main__":
    unittest.main()
