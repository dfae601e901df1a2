"""A descriptor that cannot cross hosts: its message arrives without, and the sender's log says why."""

import subprocess
import unittest

from world import LIMIT_S, PROGRAMS, Gateway, Process

PROGRAM = PROGRAMS / "legato" / "unstreamable"
WHY = "stream.none cause=\"a descriptor that is no pipe, stream socket, terminal or file"


class UnstreamableTest(unittest.TestCase):
    def test_a_directory_stays_where_it_is_and_the_log_says_so(self):
        gateway = Gateway().start()
        self.addCleanup(gateway.close)
        server = gateway.program(PROGRAM, "server")
        self.assertEqual(server.line(), "ready")
        for remote in (False, True):
            client = Process(PROGRAM, "client", settings=gateway.settings(remote),
                             stderr=subprocess.PIPE)
            self.addCleanup(client.end)
            out, err = client.popen.communicate(timeout=LIMIT_S)
            self.assertEqual((client.popen.returncode, out), (0, "done\n"), err)
            self.assertEqual(server.line(), "none" if remote else "one")
            self.assertEqual(server.line(), "one")
            self.assertEqual(err.count(WHY), 1 if remote else 0, err)
            self.assertEqual("-WRN-" in err, remote, err)


if __name__ == "__main__":
    unittest.main()
