"""What a request costs in threads that have to be woken: the client's, and the server's, whose event
loop reads the link itself. The kernel counts."""

import unittest

from world import PROGRAMS, Gateway, Process, wakeups

PULSE = PROGRAMS / "legato" / "pulse"
N_REQUESTS = 2000
MOST = 1.1  # of each process, those that look in by the clock apart
# A busy machine preempts threads, which makes more wake-ups, never fewer: one quiet round shows it.
ROUNDS = 200


class LegatoWakeupsTest(unittest.TestCase):
    def start(self, role):
        process = Process(PULSE, role, settings=self.gateway.settings())
        self.addCleanup(process.end)
        self.assertEqual(process.line(), "ready")
        return process

    def costs(self, processes, client):
        before = [wakeups(process) for process in processes]
        client.popen.stdin.write("\n")
        client.popen.stdin.flush()
        self.assertEqual(client.line(), "asked")
        return [(wakeups(process) - count) / N_REQUESTS
                for process, count in zip(processes, before)]

    def test_a_request_wakes_one_thread_at_each_end(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)
        processes = [self.start("server"), self.start("client")]
        costs = None
        for _ in range(ROUNDS):
            costs = self.costs(processes, processes[1])
            if max(costs) <= MOST:
                return
        self.fail(f"wake-ups a request, of server and client: {costs}")


if __name__ == "__main__":
    unittest.main()
