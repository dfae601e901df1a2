"""WebSockets that break under load: every call runs once and is answered once, oneways and events
come in order with none lost, references come home, and what goes over pipes and sockets comes out
of them. The connections of client and service are cut again and again, at any octet."""

import os
import unittest

from loads import Load
from world import BIN, FAULTS, Gateway, Relay, run


# A machine that needs longer than that for a handshake would never get beyond it.
EVERY_50_MS = ["least 8000", "every 50"]


class ResumeTest(unittest.TestCase):
    CALLS = 4000 if os.environ.get("VIADUCT_TEST_SANITIZE") else 20000

    def setUp(self):
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)
        self.gateway.start()
        self.relays = [Relay(self.gateway.port, seed=seed) for seed in (1, 2)]
        for relay in self.relays:
            self.addCleanup(relay.end)

    def ledger(self, *words, port=None):
        return self.gateway.program(FAULTS / "ledger", *words, port=port)

    def use(self, service_port, client_port, *commands, relays=()):
        service = self.ledger("serve", "ledger", port=service_port)
        self.assertEqual(service.line(), "ready")
        client = self.ledger("use", "ledger", self.CALLS, port=client_port)
        self.assertEqual(client.line(), "begun")
        for relay in relays:
            for command in commands:
                relay.tell(command)
        line = client.line()
        cuts = sum(relay.tell("stats")["cuts"] for relay in relays)
        self.assertTrue(line.startswith(f"ok calls={self.CALLS} events={self.CALLS} lost=0"), line)
        return cuts

    def test_a_client_that_is_cut_every_50_ms(self):
        cuts = self.use(None, self.relays[0].port, *EVERY_50_MS, relays=self.relays[:1])
        self.assertGreater(cuts, 5)

    def test_a_service_that_is_cut_every_50_ms(self):
        cuts = self.use(self.relays[0].port, None, *EVERY_50_MS, relays=self.relays[:1])
        self.assertGreater(cuts, 5)

    def test_both_at_any_octet(self):
        cuts = self.use(self.relays[0].port, self.relays[1].port, "after 200000", "cut",
                        relays=self.relays)
        self.assertGreater(cuts, 20)

    def test_also_while_it_resumes(self):
        self.CALLS = 4000
        cuts = self.use(None, self.relays[0].port, "after 24000", "cut", relays=self.relays[:1])
        self.assertGreater(cuts, 20)

    def test_descriptors_while_both_are_cut(self):
        service = Load.service(self.gateway, "talker", port=self.relays[0].port)
        clients = [Load.client(self.gateway, "talker", parts=["pipes"], **where)
                   for where in [{"port": self.relays[1].port}, {}]]
        for relay in self.relays:
            relay.tell("after 300000")
            relay.tell("cut")
        for client in clients:
            client.more(48)  # each manner with each size, three times
        cuts = sum(relay.tell("stats")["cuts"] for relay in self.relays)
        self.assertGreater(cuts, 20)
        for load in [*clients, service]:
            load.finish()

    def test_a_handshake_that_is_cut_blames_no_certificate(self):
        relay = self.relays[0]
        relay.tell("after 6000")
        settings = self.gateway.settings(port=relay.port)
        n_cut = 0
        while n_cut < 40:
            done = run(BIN / "viaduct", "ls", settings=settings)
            self.assertNotIn("certificate", done.stderr)
            n_cut += done.returncode != 0


if __name__ == "__main__":
    unittest.main()
