"""Descriptors in parcels: on one host they are passed, to another one they go as streams; programs
see no difference. Also while the WebSockets are cut."""

import unittest

from world import PROGRAMS, Gateway, Relay


class StreamsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)
        self.gateway.start()

    def streamer(self, *words, remote=False, port=None):
        return self.gateway.program(PROGRAMS / "streamer", *words, remote=remote, port=port)

    def works(self, service, client, name="streams"):
        self.assertEqual(self.streamer("serve", name, **service).line(), "ready")
        self.assertEqual(self.streamer("use", name, **client).line(), "ok")

    def test_on_one_host(self):
        self.works({}, {})

    def test_a_remote_client(self):
        self.works({}, {"remote": True})

    def test_a_remote_service(self):
        self.works({"remote": True}, {})

    def test_both_remote(self):
        self.works({"remote": True}, {"remote": True})

    def test_links_that_break(self):
        relays = [Relay(self.gateway.port, seed=seed) for seed in (1, 2)]
        for relay in relays:
            self.addCleanup(relay.end)
        self.assertEqual(self.streamer("serve", "streams", port=relays[0].port).line(), "ready")
        client = self.streamer("use", "streams", port=relays[1].port)
        for relay in relays:
            relay.tell("every 100")
        self.assertEqual(client.line(), "ok")
        self.assertGreater(sum(relay.tell("stats")["cuts"] for relay in relays), 3)


if __name__ == "__main__":
    unittest.main()
