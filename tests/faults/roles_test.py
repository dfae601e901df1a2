"""Each role killed, ended, and stopped for shorter and longer than anybody waits for it."""

import json
import os
import signal
import unittest

from loads import BOUND_S, LIMITS, Load, hold
from world import Gateway

SHORT_S = BOUND_S / 3
LONG_S = 2.5 * BOUND_S
CRASHED, LINK_LOST = 2, 4
SCRATCH_PIPE = 2  # descriptors that a gateway keeps from its first stream on


class RolesTest(unittest.TestCase):
    """Services and clients, each near, over the socket, and far, over TLS."""

    def begin(self, **limits):
        self.gateway = Gateway(limits={**LIMITS, **limits})
        self.addCleanup(self.gateway.close)
        self.gateway.start()
        self.services = {name: self.new_service(name) for name in ["near", "far"]}

    def new_service(self, name):
        return Load.service(self.gateway, name, remote=name == "far")

    def clients(self, how, names=("near", "far")):
        return [Load.client(self.gateway, name, how, remote=remote)
                for name in names for remote in [False, True]]

    def names(self):
        return [row["name"] for row in json.loads(self.gateway.cli("ls", "--json").stdout)]

    def until(self, condition, what):
        """Looks again until it is so; every look is a process, so it needs no pause."""
        for _ in range(2000):
            if condition():
                return
        self.fail(what)

    def finish(self, *loads):
        return [load.finish() for load in [*loads, *self.services.values()]]

    # ---- killed ----

    def test_a_killed_service(self):
        self.begin(grace_ms=1000)
        for name, cause in [("near", CRASHED), ("far", LINK_LOST)]:
            clients = self.clients("loose", [name])
            for client in clients:
                client.more(1)
            self.services[name].process.send_signal(signal.SIGKILL)
            self.until(lambda: name not in self.names(), "its name is not free")
            self.services[name] = self.new_service(name)
            for client in clients:
                counts = client.more(2)
                self.assertGreater(counts["counter"]["failed"], 0)
                self.assertEqual(counts["events"]["cause"], cause)
                client.finish()
        self.finish()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gateway.process.pid}/fd"))

    def test_killed_clients(self):
        self.begin(grace_ms=1000)
        for service in self.services.values():
            service.ask()
        before = self.descriptors()
        clients = self.clients("strict") + self.clients("strict")
        self.assertGreater(self.descriptors(), before)
        for client in clients:
            client.process.send_signal(signal.SIGKILL)
        self.until(lambda: self.names() and self.descriptors() <= before + SCRATCH_PIPE,
                   "descriptors are left")
        self.finish()

    def test_a_killed_gateway(self):
        self.begin()
        clients = self.clients("loose")
        for _ in range(2):
            self.gateway.kill()
            self.gateway.start()
            for client in clients:
                client.more(2)
        self.assertEqual(sorted(self.names()), ["far", "near"])
        for client in clients:
            self.assertGreater(client.ask()["counter"]["failed"], 0)
        self.finish(*clients)

    def test_a_gateway_that_ends_and_starts(self):
        self.begin()
        clients = self.clients("loose")
        self.gateway.stop()
        self.gateway.start()
        for client in clients:
            client.more(2)
        self.finish(*clients)

    def test_a_gateway_that_is_replaced(self):
        """Under load, by another that takes over: nobody notices."""
        self.begin()
        clients = self.clients("strict")
        for _ in range(3):
            for client in clients:
                client.more(4)
            self.gateway.take_over()
        for client in clients:
            client.more(4)
        self.finish(*clients)

    # ---- stopped ----

    def stop_for(self, seconds, process):
        process.send_signal(signal.SIGSTOP)
        hold(seconds)
        process.send_signal(signal.SIGCONT)

    def test_stopped_shortly(self):
        self.stop_each(SHORT_S)

    def test_stopped_for_longer_than_the_bound(self):
        self.stop_each(LONG_S)

    def stop_each(self, seconds):
        """Nobody notices but for the time it takes."""
        self.begin()
        clients = self.clients("strict")
        roles = [self.services["near"].process, self.services["far"].process,
                 clients[0].process, clients[3].process, self.gateway.process]
        for role in roles:
            self.stop_for(seconds, role)
            for client in clients:
                client.more(2)
        self.finish(*clients)

    def test_stopped_for_longer_than_the_grace_time(self):
        self.begin(grace_ms=500)
        far = self.services["far"].process
        clients = self.clients("loose", ["far"])
        bystander = Load.client(self.gateway, "near", "strict")
        far.send_signal(signal.SIGSTOP)
        self.until(lambda: self.names() == ["near"], "its name stays")
        bystander.more(10)
        far.send_signal(signal.SIGCONT)
        for client in clients:
            counts = client.more(2)
            self.assertEqual(counts["events"]["cause"], LINK_LOST)
        self.finish(bystander, *clients)


if __name__ == "__main__":
    unittest.main()
