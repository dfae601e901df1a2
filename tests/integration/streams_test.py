"""Descriptors in parcels: on one host they are passed, to another one they go as streams; programs
see no difference. Also while the WebSockets are cut."""

import unittest

from world import PROGRAMS, Gateway, Relay

CUT_AFTER = 1000000  # octets at most; the test moves some 20 millions


class StreamsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)
        self.gateway.start()

    def streamer(self, *words, remote=False, port=None):
        return self.gateway.program(PROGRAMS / "streamer", *words, remote=remote, port=port)

    def works(self, service, client, name="streams"):
        self.assertEqual(self.streamer("serve", name, **service).line(), "ready")
        user = self.streamer("use", name, **client)
        self.assertEqual([user.line(), user.line()], ["found", "ok"])

    def test_on_one_host(self):
        self.works({}, {})

    def test_a_remote_client(self):
        self.works({}, {"remote": True})

    def test_a_remote_service(self):
        self.works({"remote": True}, {})

    def test_both_remote(self):
        self.works({"remote": True}, {"remote": True})

    def test_an_idle_stream_moves_at_once(self):
        """Nothing else would make the links write: they are asked once in a day."""
        self.gateway.stop()
        self.gateway.config = {"limits": {"keepalive_ms": 86400000}}
        self.gateway.start()
        self.assertEqual(self.streamer("serve", "streams", remote=True).line(), "ready")
        self.assertEqual(self.streamer("idle", "streams", remote=True).line(), "ok")

    def test_links_that_break(self):
        relays = [Relay(self.gateway.port, seed=seed) for seed in (1, 2)]
        for relay in relays:
            self.addCleanup(relay.end)
        self.assertEqual(self.streamer("serve", "streams", port=relays[0].port).line(), "ready")
        client = self.streamer("use", "streams", port=relays[1].port)
        self.assertEqual(client.line(), "found")
        for relay in relays:  # by octets: however slow the machine is, some get through
            relay.tell(f"after {CUT_AFTER}")
        self.assertEqual(client.line(), "ok")
        self.assertGreater(sum(relay.tell("stats")["cuts"] for relay in relays), 3)


if __name__ == "__main__":
    unittest.main()
