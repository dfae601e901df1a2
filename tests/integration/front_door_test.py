"""scripts/run, the front door: what make run does once everything is built.

Each run has a home of its own and ports that were free a moment ago. What it starts is known by the
session it runs in, so that nothing of it can be left behind unseen.
"""

import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

RUN = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"]) / "scripts" / "run"
BIN = os.environ["VIADUCT_TEST_BIN"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processes_of_session(session):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[3]) == session:
                found.append((entry / "cmdline").read_bytes())
        except (FileNotFoundError, ProcessLookupError):
            pass  # it ended meanwhile
    return found


class FrontDoorTest(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="viaduct home ")  # with spaces: commands are quoted
        self.addCleanup(shutil.rmtree, self.home)
        self.runtime = pathlib.Path(self.home, "runtime")
        self.runtime.mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.home,
            "XDG_RUNTIME_DIR": str(self.runtime),
            "VIADUCT_BIN": BIN,
            "VIADUCT_PORT": str(free_port()),
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def run_once(self, **changes):
        process = subprocess.Popen([RUN], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, start_new_session=True,
                                   env={**self.environment, **changes}, cwd="/")
        output, _ = process.communicate(timeout=60)
        self.assert_nothing_left(process.pid)
        return process.returncode, output

    def assert_nothing_left(self, session):
        self.assertEqual(processes_of_session(session), [])
        self.assertEqual(list(self.runtime.iterdir()), [])

    def test_without_a_terminal_it_calls_cleans_up_and_ends(self):
        status, output = self.run_once()
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"(?m)^\d+ seconds since 1970$")
        self.assertIn("2 + 3 = 5", output)
        for place in ("here", "afar"):
            self.assertRegex(output, rf"Service0: event 1: hello from {place}\n")
        self.assertRegex(output, r"(?m)^-rw.* phoenix\.md$")
        self.assertIn("pad 1: A pressed", output)
        self.assertIn("who is here rings", output)

    def test_a_port_that_is_taken_is_named_and_the_next_one_is_used(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            status, output = self.run_once(VIADUCT_PORT=str(port))
        self.assertEqual(status, 0, output)
        self.assertIn(f"port {port} is taken, trying {port + 1}", output)
        self.assertIn("2 + 3 = 5", output)

    def test_a_gateway_that_does_not_start_is_a_failure_with_its_words(self):
        programs = pathlib.Path(self.home, "bin")
        shutil.copytree(BIN, programs, symlinks=True)
        (programs / "viaductd").unlink()
        (programs / "viaductd").write_text("#!/bin/sh\necho no luck today >&2\nexit 1\n")
        (programs / "viaductd").chmod(0o755)
        status, output = self.run_once(VIADUCT_BIN=str(programs))
        self.assertEqual(status, 1, output)
        self.assertIn("no luck today", output)

    def read_until(self, terminal, pattern):
        """What the terminal shows, up to the pattern."""
        shown = ""
        while not re.search(pattern, shown):
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # nobody holds the other side any more
                piece = b""
            if not piece:
                self.fail(f"it ended before {pattern!r}:\n{shown}")
            shown += piece.decode().replace("\r\n", "\n")
        return shown

    def test_in_a_terminal_it_stays_and_its_commands_work_until_ctrl_c(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir("/")
            os.execve(RUN, [RUN], self.environment)
        self.addCleanup(os.close, terminal)
        ended = False
        try:
            shown = self.read_until(terminal, r"Ctrl-C ends it all\n")
            commands = [line for line in shown.splitlines()
                        if re.match(r"\S*/viaduct |curl ", line)]
            self.assertEqual(len(commands), 9, shown)
            outputs = [subprocess.run(["/bin/bash", "-c", command], cwd="/", check=True, timeout=60,
                                      env={"PATH": os.environ["PATH"]}, capture_output=True,
                                      text=True).stdout for command in commands]
            self.assertIn("clock", outputs[0])
            self.assertIn("calculator", outputs[0])
            self.assertEqual(outputs[1].strip(), "[5]")
            self.assertEqual(outputs[2].strip(), "[]")
            self.assertRegex(outputs[3], r'^[0-9a-f]+:\d+ 1 \["hello"\]$')
            self.assertRegex(outputs[4], r'^\{"raw":"AgAAAAAAAAAFAAAAAAAAAGNvbG91c')
            self.assertRegex(outputs[5], r" phoenix\.md\n")
            self.assertRegex(outputs[6], r'"result":0,"pods":\[\]')
            self.assertRegex(outputs[7], r'"consumed":15\b')
            self.assertRegex(outputs[8], r'"result":\{"status":0,"result":0,"data":\[\{"i64":"\d+"')

            os.write(terminal, b"\x03")
            _, status = os.waitpid(pid, 0)
            ended = True
            self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        finally:
            if not ended:
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
        self.assert_nothing_left(pid)


if __name__ == "__main__":
    unittest.main()
