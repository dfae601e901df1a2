"""Real processes around a real viaductd: what the tests in Python share."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ["VIADUCT_TEST_BIN"])
PROGRAMS = BIN.parent / "tests" / "integration"
FAULTS = BIN.parent / "tests" / "faults"
LIMIT_S = 60  # only a failing test reaches it


def state_version():
    """Of the state that one gateway hands over to the next."""
    root = pathlib.Path(__file__).resolve().parents[2]
    header = (root / "gateway" / "handover" / "snapshot.h").read_text()
    line = next(line for line in header.splitlines() if "define SNAPSHOT_VERSION" in line)
    return int(line.split()[-1].rstrip("u"))


def environment(settings=None):
    """Ours, without what would put a program at some other gateway."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("VIADUCT_") and name != "XDG_RUNTIME_DIR"}
    return {**kept, **(settings or {})}


def run(*argv, settings=None):
    return subprocess.run([str(word) for word in argv], env=environment(settings), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                          check=False)


def wakeups(process):
    """How often the threads of a process went to sleep, and were woken."""
    count = 0
    for status in pathlib.Path(f"/proc/{process.pid}/task").glob("*/status"):
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        if fields["Name"].strip() != "viaduct-link":
            count += int(fields["voluntary_ctxt_switches"])
    return count


class Patient(unittest.TestCase):
    def until(self, condition):
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end)


class Process:
    """A program that says a line when it is ready and goes when its standard input ends."""

    def __init__(self, *argv, settings=None, stderr=None):
        self.popen = subprocess.Popen([str(word) for word in argv], env=environment(settings),
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=stderr, text=True)
        self.pid = self.popen.pid

    def line(self):
        return self.popen.stdout.readline().rstrip("\n")

    def send_signal(self, number):
        self.popen.send_signal(number)

    def wait(self):
        """Lets it go, waits for its end; its exit status and the rest of what it said."""
        out, _ = self.popen.communicate(timeout=LIMIT_S)
        return self.popen.returncode, out

    def end(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.communicate()


class Relay(Process):
    """tests/faults/relay between clients and a port of 127.0.0.1; it is told what to break."""

    def __init__(self, target, listen=0, seed=1):
        super().__init__(FAULTS / "relay", target, listen, seed)
        word, port = self.line().split()
        if word != "ready":
            raise AssertionError(f"relay said: {word}")
        self.port = int(port)

    def tell(self, command):
        """Does it, and returns the counts: live, connections, cuts, up and down (octets)."""
        self.popen.stdin.write(command + "\n")
        self.popen.stdin.flush()
        words = self.line().split()
        if words[:1] != ["live"]:
            raise AssertionError(f"relay said: {' '.join(words)}")
        return {name: int(value) for name, value in zip(words[::2], words[1::2])}


class Certs:
    """A folder of viaduct-certs."""

    def __init__(self, folder):
        self.folder = folder
        self.make("ca", folder)

    @staticmethod
    def make(*words):
        done = run(BIN / "viaduct-certs", *words)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def server(self, name, *options):
        self.make("server", self.folder, name, *options)
        return name

    def client(self, name, *options):
        self.make("client", self.folder, name, *options)
        return name

    def revoke(self, name):
        self.make("revoke", self.folder, name)

    def pem(self, name):
        return str(self.folder / f"{name}.pem")

    def key(self, name):
        return str(self.folder / f"{name}.key")


class Gateway:
    """viaductd with a folder of its own, on its socket and on a port that was free.

    @within is put before it, and before each program that is not told otherwise: another host.
    """

    def __init__(self, *, within=(), address="127.0.0.1", **config):
        self.within = list(within)
        self.address = address
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-test-"))
        self.certs = Certs(self.folder / "certs")
        self.certs.server("server", "--dns", "localhost", "--ip", address)
        self.certs.client("client")
        self.socket = self.folder / "sock"
        self.port = 0
        self.config = config
        self.processes = []
        self.process = None

    def start(self):
        config = {"socket": str(self.socket), "listen": [f"{self.address}:{self.port}"],
                  "cert": self.certs.pem("server"), "key": self.certs.key("server"),
                  "client_ca": self.certs.pem("ca"), "audit": str(self.folder / "audit"),
                  **self.config}
        (self.folder / "config").write_text(json.dumps(config))
        self.process = Process(*self.within, BIN / "viaductd", "--config",
                               self.folder / "config")
        line = self.process.line()
        if not line.startswith("viaductd: ready socket="):
            raise AssertionError(f"viaductd said: {line}")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def stop(self):
        """By SIGTERM; it must end well."""
        self.process.send_signal(signal.SIGTERM)
        status, _ = self.process.wait()
        self.process = None
        if status != 0:
            raise AssertionError(f"viaductd ended with {status}")

    def take_over(self, settings=None):
        """The next process, once it is the gateway; the one before must end well."""
        new = Process(*self.within, BIN / "viaductd", "--config", self.folder / "config",
                      "--take-over", settings=settings)
        line = new.line()
        if not line.startswith("viaductd: ready socket="):
            new.end()
            raise AssertionError(f"viaductd said: {line}")
        old, self.process = self.process, new
        old.popen.stdin.close()
        status = old.popen.wait(LIMIT_S)  # not for its output, which child processes have, too
        old.popen.stdout.close()
        if status != 0:
            raise AssertionError(f"the viaductd before ended with {status}")

    def kill(self):
        self.process.end()
        self.process = None

    def close(self):
        """Ends all that was started here."""
        for process in self.processes:
            process.end()
        try:
            if self.process is not None:
                self.stop()
        finally:
            shutil.rmtree(self.folder)

    def settings(self, remote=False, client="client", host=None, port=None):
        """Of a program on the socket, or over TLS; @port: of a relay on the way."""
        if not remote and port is None:
            return {"VIADUCT_GATEWAY": f"unix:{self.socket}"}
        if host is None:
            host = "localhost" if self.address == "127.0.0.1" else self.address
        return {"VIADUCT_GATEWAY": f"wss://{host}:{port or self.port}",
                "VIADUCT_CA": self.certs.pem("ca"),
                "VIADUCT_CERT": self.certs.pem(client), "VIADUCT_KEY": self.certs.key(client)}

    def cli(self, *words, remote=False, client="client", **settings):
        """The command viaduct, run to its end."""
        return run(BIN / "viaduct", *words,
                   settings={**self.settings(remote, client), **settings})

    def start_process(self, *argv, settings):
        process = Process(*argv, settings=settings)
        self.processes.append(process)
        return process

    def program(self, *argv, remote=False, client="client", port=None, within=None):
        """Starts a program at this gateway."""
        return self.start_process(*(self.within if within is None else within), *argv,
                                  settings=self.settings(remote, client, port=port))

    def stage(self, name="stage", remote=False, port=None):
        """The service of `everywhere`, ready."""
        process = self.program(PROGRAMS / "everywhere", "serve", name, remote=remote, port=port)
        line = process.line()
        if line != "ready":
            raise AssertionError(f"everywhere said: {line}")
        return process

    def audit(self):
        path = self.folder / "audit"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]
