"""Code that Legato's interface generator would make, by a stand-in for it: typed functions over
le_msg, on one host and on two."""

import subprocess
import unittest

from world import LIMIT_S, PROGRAMS, Gateway, Process


class GeneratedTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)
        self.host = self.start("host")

    def start(self, program, *words, remote=False, stderr=None):
        process = Process(PROGRAMS / "legato" / program, *words, stderr=stderr,
                          settings=self.gateway.settings(remote=remote))
        self.addCleanup(process.end)
        return process

    def test_all_that_it_calls(self):
        self.assertEqual(self.host.line(), "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                guest = self.start("guest", remote=remote)
                self.assertEqual(guest.line(), "done")
                self.assertEqual(guest.wait()[0], 0)
                self.assertEqual(self.host.line(), "removed")

    def test_handlers_go_with_their_client(self):
        self.assertEqual(self.host.line(), "ready")
        guest = self.start("guest", "lose")
        self.assertEqual(guest.line(), "connected")
        guest.end()
        self.assertEqual(self.host.line(), "removed")

    def test_a_client_is_told_that_its_server_is_gone_and_ends(self):
        self.assertEqual(self.host.line(), "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                guest = self.start("guest", "lose", remote=remote, stderr=subprocess.PIPE)
                self.assertEqual(guest.line(), "connected")
                self.host.end()
                out, err = guest.popen.communicate(timeout=LIMIT_S)
                self.assertEqual((guest.popen.returncode, out), (1, "disconnected\n"), err)
                self.assertIn("Component for greeting disconnected", err)
                self.host = self.start("host")
                self.assertEqual(self.host.line(), "ready")


if __name__ == "__main__":
    unittest.main()
