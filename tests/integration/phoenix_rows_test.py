"""What messages of Phoenix-RTOS mean, row by row, as one client sees it on the server's host and on
another one; and what becomes of them when a program is killed."""

import os
import subprocess
import unittest

from world import LIMIT_S, PROGRAMS, Gateway, Process

GRACE_MS = 500
SIZE = "VIADUCT_PHOENIX_MAX_DATA_SIZE"
HEADS = 4096  # what stands around the data in a frame, at most
OVER = "Cannot allocate memory\ndone\n"
OPENED_MAX = 16384
ROWS = PROGRAMS / "phoenix" / "older" / "rows"


class RowsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits={"grace_ms": GRACE_MS}).start()
        self.addCleanup(self.gateway.close)

    def start(self, *words, remote=False, gateway=None, **settings):
        gateway = gateway or self.gateway
        process = Process(ROWS, *words,
                          settings={**gateway.settings(remote=remote), **settings})
        self.addCleanup(process.end)
        return process

    def start_server(self, remote=False, gateway=None, **settings):
        server = self.start("server", remote=remote, gateway=gateway, **settings)
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
        refused = [line for line in self.gateway.audit() if line["refused"] == "port"]
        for name in ("mtCreate", "mtSetAttr", "mtLink", "mtUnlink", "mtMount", "mtSync"):
            # by the far client, twice with each server
            self.assertEqual(sum(f" in {name}: " in line["why"] for line in refused), 4, name)

    def mirror(self, octets, **more):
        """What a client says that sends so many and wants them back."""
        status, said = self.start("mirror", octets, **more).wait()
        self.assertEqual(status, 0)
        return said

    def test_programs_have_limits_of_their_own(self):
        kib = {SIZE: "1024"}
        server = self.start_server()
        for remote in (False, True):
            self.assertEqual(self.mirror(1024, remote=remote, **kib), "done\n")
            self.assertEqual(self.mirror(1025, remote=remote, **kib), OVER)
        self.end_server(server)
        server = self.start_server(**kib)  # it need not find memory for more
        for remote in (False, True):
            self.assertEqual(self.mirror(1024, remote=remote), "done\n")
            self.assertEqual(self.mirror(1025, remote=remote), OVER)
            self.assertEqual(self.mirror(1024, remote=remote), "done\n")
        self.end_server(server)

    def test_limits_are_raised_together(self):
        most = 63 << 20
        raised = {SIZE: str(most), "VIADUCT_MAX_FRAME_SIZE": str(most + HEADS)}
        gateway = Gateway(limits={"max_frame_size": most + HEADS}).start()
        self.addCleanup(gateway.close)
        server = self.start_server(gateway=gateway, **raised)
        for remote in (False, True):
            self.assertEqual(self.mirror(most, remote=remote, gateway=gateway, **raised), "done\n")
            self.assertEqual(self.mirror(most + 1, remote=remote, gateway=gateway, **raised), OVER)
            self.assertEqual(self.mirror(17 << 20, remote=remote, gateway=gateway), OVER)
        self.assertIsNone(server.popen.poll())

    def test_a_limit_that_is_no_number_is_said(self):
        for text in ("16M", "-1", str((63 << 20) + 1), "0x10"):
            server = Process(ROWS, "server", settings={**self.gateway.settings(), SIZE: text},
                             stderr=subprocess.PIPE)
            self.addCleanup(server.end)
            _, words = server.popen.communicate(timeout=LIMIT_S)
            self.assertNotEqual(server.popen.returncode, 0)
            self.assertIn(f"{SIZE} is no number of octets from 0 to {63 << 20}.", words)

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
