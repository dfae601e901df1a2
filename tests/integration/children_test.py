"""A service in a child process, as OpenHarmony's own sample has it: without any gateway, at a
gateway of this host, and on the host of a gateway that allows its library."""

import os
import pathlib
import unittest

from world import BIN, Gateway, run

SAMPLE = BIN / "via-native-child"
LIBRARY = BIN.parent / "lib" / "libipcCapiDemo.so"
RESULT = "2 + 3 = 5, ret=0"


def children():
    """The child processes of the kit that run from this build."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"viaduct-ability-child") and os.fsencode(LIBRARY.name) in b" ".join(words):
            found.append(entry.parent.name)
    return found


class ChildrenTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits={"handshake_ms": 30000})
        self.addCleanup(self.gateway.close)
        self.settings = {"LD_LIBRARY_PATH": str(LIBRARY.parent),
                         "XDG_RUNTIME_DIR": str(self.gateway.folder)}

    def check(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(RESULT, done.stderr)
        self.assertEqual(children(), [])

    def test_without_a_gateway_one_is_started_and_ended(self):
        self.check(run(SAMPLE, settings={
            **self.settings, "VIADUCT_GATEWAY": f"unix:{self.gateway.folder}/nobody"}))

    def test_at_a_gateway_of_this_host(self):
        self.gateway.start()
        self.check(run(SAMPLE, settings={**self.settings, **self.gateway.settings()}))

    def remote(self, libraries):
        self.gateway.config["spawn"] = {"helper": str(BIN / "viaduct-ability-child"),
                                        "libraries": libraries}
        os.environ["LD_LIBRARY_PATH"] = str(LIBRARY.parent)
        self.addCleanup(os.environ.pop, "LD_LIBRARY_PATH")
        self.gateway.start()
        return run(SAMPLE, settings={**self.settings, **self.gateway.settings(remote=True)})

    def test_on_the_gateways_host(self):
        done = self.remote([LIBRARY.name])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(RESULT, done.stderr)

    def test_a_library_that_is_not_allowed_is_not_started(self):
        done = self.remote(["libsomethingElse.so"])
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn(RESULT, done.stderr)
        self.assertEqual(self.gateway.audit()[-1]["refused"], "spawn")


if __name__ == "__main__":
    unittest.main()
