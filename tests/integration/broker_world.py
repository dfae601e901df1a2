"""The event broker at a real viaductd, and pods that are fed line by line: what the tests of its
listeners share."""

import json

from world import BIN, Gateway, Patient, Process

BROKER = "eventbroker"


class Feed(Process):
    """A pod of viaduct's command line, which is there until it ends."""

    def say(self, **state):
        self.popen.stdin.write(json.dumps(state) + "\n")
        self.popen.stdin.flush()

    def buttons(self, *names):
        self.say(buttons=list(names))


class BrokerWorld(Patient):
    LIMITS = {"grace_ms": 300, "handshake_ms": 30000}

    def setUp(self):
        self.gateway = Gateway(limits=self.LIMITS).start()
        self.addCleanup(self.gateway.close)
        self.broker()

    def start(self, *argv, far=False, **settings):
        process = Process(*argv, settings={**self.gateway.settings(remote=far), **settings})
        self.addCleanup(process.end)
        return process

    def broker(self, name=BROKER, *options):
        broker = self.start(BIN / "viaduct-event-broker", "--name", name, *options,
                            "--audit", self.gateway.folder / f"audit-{name}")
        self.assertEqual(broker.line(), f"viaduct-event-broker: ready name={name}")

    def feed(self, name="pad", kind="BASIC_CONTROL_PAD", broker=BROKER):
        """One that is there, once this returns."""
        n = len(self.asked("EB_DescribePods", broker)["pods"])
        feed = Feed(BIN / "viaduct", "pod", "feed", name,
                    settings={**self.gateway.settings(), "VIADUCT_EVENTBROKER": broker})
        self.addCleanup(feed.end)
        feed.say(event="attach", type=kind)
        self.until(lambda: len(self.asked("EB_DescribePods", broker)["pods"]) == n + 1)
        return feed

    def says(self, process, *lines):
        for line in lines:
            self.assertEqual(process.line(), line)

    def ends(self, process, *lines, status=0):
        text = "".join(line + "\n" for line in lines)
        self.assertEqual(process.wait(), (status, text))

    # ---- what the broker says ----

    def asked(self, flavor, broker=BROKER):
        return json.loads(self.gateway.cli("call", broker, flavor).stdout)

    def until_no_pods(self, broker=BROKER):
        """One that has ended is still there until all that it said has been told."""
        self.until(lambda: self.asked("EB_DescribePods", broker)["pods"] == [])

    def until_listeners(self, n, broker=BROKER):
        self.until(lambda: len(self.asked("EB_GetListeners", broker)["listeners"]) == n)
