"""Descriptors, memory and threads that run out, in each role, and a clock that was lost."""

import os
import pathlib
import re
import resource
import socket
import unittest

from loads import LIMITS, Load, hold
from world import BIN, FAULTS, Gateway, run

MIB = 1 << 20
STANDARD = 3  # descriptors that every process has: input, output, errors
SANITIZED = os.environ.get("VIADUCT_TEST_SANITIZE", "") != ""
NEEDS_ITS_OWN_MEMORY = "a sanitizer takes terabytes of addresses: they cannot be bounded"


def status_of(pid, key):
    """A number of /proc/PID/status."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def cpu_s(pid):
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Scarce:
    """While it lasts, a process may have no more of a resource than it has, and @more."""

    def __init__(self, pid, kind, more=0):
        self.pid, self.kind = pid, kind
        if kind == resource.RLIMIT_NOFILE and more == 0:
            has = STANDARD  # so that no number is free, whatever comes and goes meanwhile
        elif kind == resource.RLIMIT_NOFILE:
            has = min(descriptors(pid) for _ in range(50))  # some are only passing through
        else:
            has = 1024 * status_of(pid, "VmSize")
        self.bound = has + more

    def __enter__(self):
        _, hard = self.before = resource.prlimit(self.pid, self.kind)
        resource.prlimit(self.pid, self.kind, (self.bound, hard))

    def __exit__(self, *_):
        resource.prlimit(self.pid, self.kind, self.before)


class ScarcityTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits=LIMITS)
        self.addCleanup(self.gateway.close)
        self.gateway.start()
        self.service = Load.service(self.gateway, "near")
        self.pid = self.gateway.process.pid

    def client(self, how, *parts, remote=False):
        return Load.client(self.gateway, "near", how, parts=parts, remote=remote)

    def both(self, how, *parts):
        return [self.client(how, *parts, remote=remote) for remote in [False, True]]

    def finish(self, *loads):
        """All of them, a new one, and the service; and it is still the same gateway."""
        for load in [*loads, *self.both("strict", "counter", "large", "objects"), self.service]:
            load.finish()
        self.assertEqual(self.gateway.process.pid, self.pid)
        self.assertIsNone(self.gateway.process.popen.poll())

    # ---- descriptors ----

    def crowd(self, n):
        """Connections that say nothing."""
        for i in range(n):
            if i % 2 == 0:
                stream = socket.socket(socket.AF_UNIX)
                stream.setblocking(False)
                address = str(self.gateway.socket)
            else:
                stream = socket.socket()
                stream.setblocking(False)
                address = ("127.0.0.1", self.gateway.port)
            self.addCleanup(stream.close)
            try:
                stream.connect(address)
            except (BlockingIOError, ConnectionError):
                pass
            yield stream

    def test_descriptors_of_the_gateway(self):
        clients = self.both("strict", "counter", "large", "objects")
        with Scarce(self.pid, resource.RLIMIT_NOFILE, more=4):
            crowd = list(self.crowd(40))
            for client in clients:
                client.more(20)
            for stream in crowd:
                stream.close()
        self.finish(*clients)

    def test_it_does_not_spin_without_descriptors(self):
        with Scarce(self.pid, resource.RLIMIT_NOFILE, more=1):
            crowd = list(self.crowd(40))
            before = cpu_s(self.pid)
            hold(1)
            self.assertLess(cpu_s(self.pid) - before, 0.25)
            for stream in crowd:
                stream.close()
        self.finish()

    def test_descriptors_passed_to_a_gateway_that_has_none(self):
        self.pass_to(self.pid)

    def test_descriptors_passed_to_a_service_that_has_none(self):
        self.pass_to(self.service.process.pid)

    def pass_to(self, pid):
        """The call that passes them fails alone, be its caller on this host or on another: all else
        goes on, over the same links."""
        pipes = self.both("poor", "pipes", "counter")
        bystanders = self.both("strict", "counter", "large", "objects", "events")
        with Scarce(pid, resource.RLIMIT_NOFILE):
            for client in pipes:
                client.until_failed("pipes")
            for client in bystanders:
                client.more(20)
        for client in [*pipes, *bystanders]:
            client.more(2)
        for client in pipes:
            self.assertEqual(client.finish()["counter"]["failed"], 0)
        self.finish(*bystanders)

    def test_descriptors_of_a_client(self):
        client = self.client("scarce", "pipes", "counter")
        with Scarce(client.process.pid, resource.RLIMIT_NOFILE):
            client.until_failed("pipes")
        client.more(2)
        self.finish(client)

    # ---- memory ----

    def without_memory(self, pid):
        bystander = self.client("scarce", "counter")
        clients = self.both("scarce", "large", "many")
        with Scarce(pid, resource.RLIMIT_AS):
            for _ in range(3):
                hold(0.3)
                for client in [*clients, bystander]:
                    client.ask()
        for client in [*clients, bystander]:
            client.more(2)
        self.finish(bystander, *clients)

    @unittest.skipIf(SANITIZED, NEEDS_ITS_OWN_MEMORY)
    def test_memory_of_the_gateway(self):
        self.without_memory(self.pid)

    @unittest.skipIf(SANITIZED, NEEDS_ITS_OWN_MEMORY)
    def test_memory_of_a_service(self):
        self.without_memory(self.service.process.pid)

    @unittest.skipIf(SANITIZED, NEEDS_ITS_OWN_MEMORY)
    def test_memory_of_a_client(self):
        client = self.client("scarce", "large", "many", "objects")
        bystander = self.client("strict", "counter")
        with Scarce(client.process.pid, resource.RLIMIT_AS):
            bystander.more(50)
        client.more(2)
        self.finish(client, bystander)

    # ---- threads ----

    @unittest.skipIf(SANITIZED, NEEDS_ITS_OWN_MEMORY)
    def test_threads(self):
        """A stack takes 8 MiB of addresses: without them no thread begins."""
        clients = self.both("scarce", "counter", "many", "objects")
        for pid in [self.service.process.pid, clients[0].process.pid, clients[1].process.pid]:
            with Scarce(pid, resource.RLIMIT_AS, more=4 * MIB):
                threads = status_of(pid, "Threads")
                for client in clients:
                    client.more(20)
                self.assertLessEqual(status_of(pid, "Threads"), threads)
        for client in clients:
            client.more(2)
        self.finish(*clients)

    @unittest.skipIf(SANITIZED, NEEDS_ITS_OWN_MEMORY)
    def test_threads_that_never_began(self):
        """Nothing has been asked of it yet, so it has nobody to answer."""
        bare = Load.service(self.gateway, "bare")
        with Scarce(bare.process.pid, resource.RLIMIT_AS, more=4 * MIB):
            clients = [Load.client(self.gateway, "bare", parts=["counter", "objects"],
                                   remote=remote) for remote in [False, True]]
            for client in clients:
                client.more(20)
        for client in clients:
            client.more(20)
        self.finish(*clients, bare)


class ClockTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits=LIMITS)
        self.addCleanup(self.gateway.close)
        self.flag = self.gateway.folder / "it-is-1970"
        self.prefix = ["env", f"LD_PRELOAD={FAULTS / 'libclock_1970.so'}", f"CLOCK_1970={self.flag}"]

    def list_remotely(self):
        return run(*self.prefix, BIN / "viaduct", "ls", settings=self.gateway.settings(True))

    def test_the_gateway_lost_its_clock(self):
        self.gateway.within = self.prefix
        self.flag.touch()
        self.gateway.start()
        self.gateway.within = []
        service = Load.service(self.gateway, "near")
        client = Load.client(self.gateway, "near", parts=["counter"])
        done = self.gateway.cli("ls", remote=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("this host's clock says 1970", str(self.gateway.audit()) + done.stderr)
        client.more(10)
        self.flag.unlink()  # somebody told it the time
        self.assertEqual(self.gateway.cli("ls", remote=True).returncode, 0)
        client.finish()
        service.finish()

    def test_a_client_lost_its_clock(self):
        self.gateway.start()
        self.flag.touch()
        done = self.list_remotely()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("this host's clock says 1970", done.stderr)
        self.flag.unlink()
        done = self.list_remotely()
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_clock_is_lost_while_they_talk(self):
        self.gateway.within = self.prefix
        self.gateway.start()
        self.gateway.within = []
        service = Load.service(self.gateway, "far", remote=True)
        clients = [Load.client(self.gateway, "far", remote=remote) for remote in [False, True]]
        for lost in [True, False]:
            if lost:
                self.flag.touch()
            else:
                self.flag.unlink()
            for client in clients:
                client.more(10)
        for load in [*clients, service]:
            load.finish()


if __name__ == "__main__":
    unittest.main()
