"""third_party/build.sh: what it leaves in its cache is whole, whoever was cut short, and built once.

The script is real; sources and recipes are replaced by small ones, whose pace a named pipe decides.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

SOURCE = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"])

FETCH = """#!/bin/bash
mkdir -p "$2/in/pkg" && echo text >"$2/in/pkg/file"
tar --create --file "$2/upstream.archive" --directory "$2/in" pkg
"""

# Counts its runs, says that it is under way, and goes on when told.
RECIPE = """
mkdir -p output/lib
echo run >>"$GATE/runs"
echo half >output/lib/libcjson.a
echo under way >"$GATE/started"
read -r go <"$GATE/go"
[ "$go" = go ]
echo whole >output/lib/libcjson.a
"""


class BuildTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-third-party-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.here = self.folder / "third_party"
        (self.here / "recipes").mkdir(parents=True)
        shutil.copy(SOURCE / "third_party" / "build.sh", self.here)
        (self.here / "versions").write_text("cjson 1 0 nowhere\n")
        (self.here / "fetch.sh").write_text(FETCH)
        (self.here / "fetch.sh").chmod(0o755)
        (self.here / "recipes" / "cjson.sh").write_text(RECIPE)
        self.gate = self.folder / "gate"
        self.gate.mkdir()
        os.mkfifo(self.gate / "started")
        os.mkfifo(self.gate / "go")
        self.environment = dict(os.environ, VIADUCT_CACHE=str(self.folder / "cache"),
                                GATE=str(self.gate))

    def start(self):
        build = subprocess.Popen([self.here / "build.sh", "cjson"], env=self.environment,
                                 stderr=subprocess.PIPE, start_new_session=True, text=True)
        self.addCleanup(self.end, build)
        return build

    @staticmethod
    def end(build):
        try:
            os.killpg(build.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        build.wait()
        build.stderr.close()

    def await_start(self):
        self.assertEqual((self.gate / "started").read_text(), "under way\n")

    def let_go(self, word="go"):
        (self.gate / "go").write_text(word + "\n")

    def library(self):
        where = subprocess.run([self.here / "build.sh", "--where", "cjson"], env=self.environment,
                               check=True, capture_output=True, text=True).stdout.strip()
        return pathlib.Path(where) / "lib" / "libcjson.a"

    def runs(self):
        return len((self.gate / "runs").read_text().splitlines())

    def test_a_build_that_was_killed_is_not_there(self):
        build = self.start()
        self.await_start()
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()
        self.assertFalse(self.library().parent.parent.exists())

        again = self.start()
        self.await_start()
        self.let_go()
        self.assertEqual(again.wait(), 0)
        self.assertEqual(self.library().read_text(), "whole\n")
        self.assertEqual([p.name for p in (self.folder / "cache").glob(".building-*")], [])

    def test_a_build_that_failed_is_not_there_and_says_where_its_log_is(self):
        build = self.start()
        self.await_start()
        self.let_go("fail")
        self.assertNotEqual(build.wait(), 0)
        self.assertIn("the whole log is", build.stderr.read())
        self.assertFalse(self.library().parent.parent.exists())

    def await_waiter(self):
        """Until the kernel says that somebody waits for the lock."""
        inode = os.stat(self.folder / "cache" / "lock-cjson").st_ino
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for line in pathlib.Path("/proc/locks").read_text().splitlines():
                if "->" in line and f":{inode} " in line:
                    return
            os.sched_yield()
        self.fail("the second build did not wait for the first")

    def test_two_at_once_build_it_once(self):
        first = self.start()
        self.await_start()
        second = self.start()
        self.await_waiter()
        self.let_go()
        self.assertEqual(first.wait(), 0)
        self.assertEqual(second.wait(), 0)
        self.assertEqual(self.runs(), 1)
        self.assertEqual(self.library().read_text(), "whole\n")

    def test_another_recipe_is_another_folder(self):
        before = self.library()
        with open(self.here / "recipes" / "cjson.sh", "a") as recipe:
            recipe.write("# changed\n")
        self.assertNotEqual(self.library(), before)


if __name__ == "__main__":
    unittest.main()
