"""Hosts with a network between them: bad weather, long ways, holes, flapping links, pulled cables."""

import json
import sys
import unittest

from hosts import Hosts, NotPermitted, skip
from loads import BOUND_S, SILENCE_MS, Load, hold
from world import Gateway

GATEWAY, SERVICE, CLIENT = 0, 1, 2  # each on a host of its own
LINK_LOST = 4


class WeatherTest(unittest.TestCase):
    def setUp(self):
        self.hosts = Hosts(3)
        self.addCleanup(self.hosts.close)

    def begin(self, how="strict", silence_ms=SILENCE_MS, **limits):
        """A gateway, a service and a client's load, both remote."""
        limits = {"keepalive_ms": silence_ms, "timeout_ms": silence_ms, "grace_ms": 10000, **limits}
        self.gateway = Gateway(within=self.hosts.within(GATEWAY),
                               address=self.hosts.address(GATEWAY), limits=limits)
        self.addCleanup(self.gateway.close)
        self.gateway.start()
        self.service = Load.service(self.gateway, "far", remote=True,
                                    within=self.hosts.within(SERVICE), silence_ms=silence_ms)
        self.client = Load.client(self.gateway, "far", how, remote=True,
                                  within=self.hosts.within(CLIENT), silence_ms=silence_ms)

    def finish(self):
        counts = self.client.finish()
        self.service.finish()
        return counts

    def cut(self, host):
        """By the kernel; where that is not permitted, by a hole that is found."""
        if self.hosts.cut(host) == 0:
            self.hosts.hole(host)
            hold(2 * BOUND_S)
            self.hosts.hole(host, "none")

    def ride_out(self, silence_ms=SILENCE_MS, **weather):
        self.begin(silence_ms=silence_ms)
        self.hosts.weather(**weather)
        for host in [CLIENT, SERVICE, CLIENT]:
            self.client.more(1)
            self.cut(host)
        self.client.more(1)
        self.hosts.weather()
        for name, part in self.finish().items():
            if name != "violations":
                self.assertEqual(part["failed"], 0, name)

    def test_bad_weather(self):
        self.ride_out(delay_ms=30, jitter_ms=10, loss_percent=2, mbit=15)

    def test_a_long_way(self):
        # to connect, to shake hands and to greet takes five times there and back
        self.ride_out(delay_ms=200, silence_ms=2500)

    def test_a_flapping_link(self):
        self.begin()
        for _ in range(4):
            for ways in ["both", "none"]:
                self.hosts.hole(SERVICE, ways)
                hold(1)
        self.client.more(2)
        self.finish()

    def test_a_hole_within_the_grace_time(self):
        self.begin()
        self.client.more(1)
        for ways in ["both", "up", "down"]:
            self.hosts.hole(SERVICE, ways)
            hold(2 * BOUND_S)
            self.hosts.hole(SERVICE, "none")
            self.client.more(2)
        counts = self.finish()
        self.assertGreater(counts["counter"]["longest_ms"], 1000 * BOUND_S)

    def test_a_hole_that_outlasts_it(self):
        self.begin("loose", grace_ms=1000)
        self.client.more(1)
        self.hosts.hole(SERVICE)
        names = ["far"]
        while names:
            hold(0.2)
            names = [row["name"] for row in
                     json.loads(self.gateway.cli("ls", "--json").stdout)]
        self.hosts.hole(SERVICE, "none")
        counts = self.client.more(2)  # it is published again
        self.assertGreater(counts["counter"]["failed"], 0)
        self.assertEqual(counts["events"]["cause"], LINK_LOST)
        self.finish()

    def test_a_cable_pulled(self):
        self.begin()
        self.client.more(1)
        for host in [SERVICE, CLIENT]:
            self.hosts.carrier(host, False)
            hold(2 * BOUND_S)
            self.hosts.carrier(host, True)
            self.client.more(2)
        self.finish()


if __name__ == "__main__":
    try:
        hosts = Hosts(2)
    except NotPermitted as reason:
        skip(reason)
    print(f"the weather is made by {hosts.sky.what}", file=sys.stderr)
    hosts.close()
    unittest.main()
