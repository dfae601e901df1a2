"""What a message there and back costs in threads that have to be woken, at each end. The kernel
counts."""

import unittest

from portfolio_world import PortfolioWorld
from world import wakeups

N_MESSAGES = 2000
MOST = 1.1  # of each process, those that look in by the clock apart
# A busy machine preempts threads, which makes more wake-ups, never fewer: one quiet round shows it.
ROUNDS = 100


class Wakeups(PortfolioWorld):
    def costs(self, server, client, service):
        before = [wakeups(puppet) for puppet in (server, client)]
        server.tell("serve", service, N_MESSAGES, 50)
        self.assertEqual(client.do("ask", service, N_MESSAGES, 50), N_MESSAGES)
        self.assertEqual(server.heard(), N_MESSAGES)
        return [(wakeups(puppet) - count) / N_MESSAGES
                for puppet, count in zip((server, client), before)]

    def test_a_message_wakes_one_thread_at_each_end(self):
        server, client = self.pair((False, False))
        service = server.do("port", "service")
        self.assertEqual(client.do("find", "service"), service)
        costs = None
        for _ in range(ROUNDS):
            costs = self.costs(server, client, service)
            if max(costs) <= MOST:
                return
        self.fail(f"wake-ups a message, of server and client: {costs}")


if __name__ == "__main__":
    unittest.main()
