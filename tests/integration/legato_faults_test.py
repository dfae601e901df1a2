"""Legato sessions when one side of them fails, at every state: real processes, the far ones over
TLS. Whoever stays is told everything once and goes on."""

import os
import pwd
import signal
import subprocess
import unittest

from world import LIMIT_S, PROGRAMS, Gateway, Process

LEGATO = PROGRAMS / "legato"
PLACES = [(False, False), (False, True), (True, False), (True, True)]  # server, client: far?
GATEWAY_MORE_KIB = 8192
REMOTE_UID = 65534
SANITIZED = bool(os.environ.get("VIADUCT_TEST_SANITIZE"))
N_CYCLES = 1000 if SANITIZED else 10000
# The thread sanitizer knows of no lock that a thread takes once it was cancelled in epoll_wait().
WHO_IS_CANCELLED = ["ask"] if os.environ.get("VIADUCT_TEST_SANITIZE") == "thread" else []
N_CANCELLED = 40 if SANITIZED else 100


class LegatoFaults(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway(limits={"grace_ms": 100}).start()
        self.addCleanup(self.gateway.close)
        self.started = []

    def start(self, program, *words, far=False, stderr=None, gateway=None, more=None):
        settings = (gateway or self.gateway).settings(remote=far)
        process = Process(LEGATO / program, *words, stderr=stderr,
                          settings={**settings, **(more or {})})
        self.addCleanup(process.end)
        self.started.append(process)
        return process

    def serve(self, program, *words, far=False, role="server", **options):
        server = self.start(program, role, *words, far=far, **options)
        self.assertEqual(server.line(), "ready")
        return server

    def places(self, interface, which=PLACES):
        """Each of the places, with what binds a near client to a far server. What one of them
        leaves behind when it fails is not in the way of the next."""
        for server_far, client_far in which:
            client, server = (f"<{pwd.getpwuid(uid).pw_name}>.{interface}"
                              for uid in (os.getuid(), REMOTE_UID))
            is_bound = server_far and not client_far
            if is_bound:
                self.assertEqual(self.gateway.cli("bind", client, server).returncode, 0)
            yield server_far, client_far
            while self.started:
                self.started.pop().end()
            if is_bound:
                self.assertEqual(self.gateway.cli("unbind", client).returncode, 0)

    def expect(self, process, *lines, code=None):
        for line in lines:
            self.assertEqual(process.line(), line)
        if code is not None:
            self.assertEqual(process.wait(), (code, ""))

    def until(self, condition):
        while not condition():  # ctest has a limit
            pass

    # ---- one side is killed ----

    # Point of the server, and whether the client is sure to be told of it. What is said last
    # before a kill may arrive or not: that the session is open, or the answer that was missing.
    SERVER = {"open": False, "told": True, "news": True, "asked": True, "held": True, "half": True,
              "answered": True, "waited for": True, "waited for no more": False, "closing": False}
    # Points of the client, and whether the server is sure to have seen its session.
    CLIENT = {"opening": False, "opened": True, "told": True, "asked": True, "half": True,
              "news": True, "closed": True}

    def test_the_server_is_killed_at_each_point(self):
        for server_far, client_far in self.places("mortal.api"):
            for point, is_told in self.SERVER.items():
                with self.subTest(point=point, server_far=server_far, client_far=client_far):
                    victim = self.serve("mortal", point, far=server_far)
                    client = self.start("mortal", "client", far=client_far)
                    self.assertEqual(victim.popen.wait(LIMIT_S), -signal.SIGKILL)
                    successor = self.serve("mortal", far=server_far)
                    status, out = client.wait()
                    successor.end()
                    self.assertEqual(status, 0)
                    self.assertIn(out, ["broken\ndone\n"] + ([] if is_told else ["done\n"]))

    def assert_all_are_closed(self, server, least):
        """At least @least sessions were opened, and each was closed, once."""
        n_opened = n_closed = 0
        while n_closed < least or n_opened != n_closed:
            line = server.line()
            self.assertIn(line, ["opened", "closed"])
            n_opened += line == "opened"
            n_closed += line == "closed"
            self.assertGreaterEqual(n_opened, n_closed)

    def test_the_client_is_killed_at_each_point(self):
        for server_far, client_far in self.places("mortal.api"):
            server = self.serve("mortal", far=server_far)
            for point, is_seen in self.CLIENT.items():
                with self.subTest(point=point, server_far=server_far, client_far=client_far):
                    victim = self.start("mortal", "client", point, far=client_far)
                    self.assertEqual(victim.popen.wait(LIMIT_S), -signal.SIGKILL)
                    self.expect(self.start("mortal", "client", far=client_far), "done", code=0)
                    self.assert_all_are_closed(server, 2 if is_seen else 1)
            server.end()

    def test_a_client_that_waits_for_its_service_is_killed(self):
        for far in [False, True]:
            with self.subTest(far=far):
                victim = self.start("mortal", "client", far=far)
                self.until(lambda: "mortal.api" in self.gateway.cli("ls", "--waiting").stdout)
                victim.send_signal(signal.SIGKILL)
                self.until(lambda: "mortal.api" not in self.gateway.cli("ls", "--waiting").stdout)
                victim.end()

    def test_a_client_that_waits_for_its_answer_is_killed(self):
        for server_far, client_far in self.places("mortal.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("mortal", "mute", far=server_far)
                victim = self.start("mortal", "client", far=client_far)
                self.expect(server, "opened", "asked")
                victim.send_signal(signal.SIGKILL)
                self.expect(server, "closed")
                victim.end()
                server.end()

    def test_a_far_server_is_killed_and_started_again(self):
        """Its name is its dead session's until the grace time is over; then it is its own again."""
        first = self.serve("mortal", far=True)
        first.send_signal(signal.SIGKILL)
        first.popen.wait(LIMIT_S)
        second = self.serve("mortal", far=True)
        self.expect(self.start("mortal", "client", far=True), "done", code=0)
        self.expect(second, "opened", "closed")

    def test_the_name_of_a_living_far_server_is_taken(self):
        first = self.serve("mortal", far=True)
        second = self.start("mortal", "server", far=True, stderr=subprocess.PIPE)
        out, err = second.popen.communicate(timeout=LIMIT_S)
        self.assertEqual((second.popen.returncode, out), (1, ""), err)
        self.assertIn("another process of this user advertises service 'mortal.api'", err)
        self.expect(self.start("mortal", "client", far=True), "done", code=0)
        self.expect(first, "opened", "closed")

    # ---- SIGTERM ----

    def assert_ends_by_sigterm(self, process):
        process.send_signal(signal.SIGTERM)
        _, err = process.popen.communicate(timeout=LIMIT_S)
        self.assertEqual(process.popen.returncode, 0, err)
        self.assertIn("terminated by SIGTERM while it waited", err)

    def test_a_client_that_waits_for_its_answer_ends_by_sigterm(self):
        for far in [False, True]:
            with self.subTest(far=far):
                server = self.serve("mortal", "mute")
                client = self.start("mortal", "client", far=far, stderr=subprocess.PIPE)
                self.expect(server, "opened", "asked")
                self.assert_ends_by_sigterm(client)
                self.expect(server, "closed")
                server.end()

    def test_a_program_that_waits_for_a_local_service_ends_by_sigterm(self):
        process = self.start("two", "mute", stderr=subprocess.PIPE)
        self.expect(process, "asked")
        self.assert_ends_by_sigterm(process)

    # ---- last words: what was sent is under way, however the process ends ----

    def test_a_server_ends_within_its_handler(self):
        for server_far, client_far in self.places("last.api"):
            for how, said in [("ask", "answered"), ("tell", "heard")]:
                with self.subTest(how=how, server_far=server_far, client_far=client_far):
                    server = self.serve("last", "end", far=server_far)
                    client = self.start("last", "client", how, far=client_far)
                    self.assertEqual(client.wait(), (0, f"{said}\nclosed\n"))
                    self.assertEqual(server.wait()[0], 0)

    def test_a_client_ends_within_its_handler(self):
        for server_far, client_far in self.places("last.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("last", "stay", far=server_far)
                client = self.start("last", "client", "end", far=client_far)
                self.assertEqual(client.wait()[0], 0)
                self.expect(server, "heard")
                server.end()

    # ---- threads that are cancelled ----

    def cancel(self, process):
        self.step(process)
        self.expect(process, "called", "cancelled")

    def go_on(self, client, server):
        self.step(client)
        self.expect(client, "done", code=0)
        self.expect(server, "opened", "closed")
        server.end()

    def test_a_thread_that_waits_for_its_answer_is_cancelled(self):
        for server_far, client_far in self.places("cancelled.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("cancelled", far=server_far)
                client = self.start("cancelled", "client", "answer", far=client_far)
                self.expect(server, "opened", "asked")
                self.cancel(client)
                self.expect(server, "closed")
                self.go_on(client, server)

    def test_a_thread_that_waits_for_its_service_is_cancelled(self):
        for far in [False, True]:
            with self.subTest(far=far):
                client = self.start("cancelled", "client", "service", far=far)
                self.until(lambda: "cancelled.api" in self.gateway.cli("ls", "--waiting").stdout)
                self.cancel(client)
                self.until(
                    lambda: "cancelled.api" not in self.gateway.cli("ls", "--waiting").stdout)
                self.go_on(client, self.serve("cancelled"))

    def test_a_thread_is_cancelled_before_it_waits(self):
        server = self.serve("cancelled")
        client = self.start("cancelled", "client", "late")
        self.expect(client, "waits")
        self.cancel(client)
        self.expect(server, "opened", "closed")
        self.go_on(client, server)

    def test_a_thread_that_may_not_be_cancelled_has_its_answer(self):
        server = self.serve("cancelled")
        client = self.start("cancelled", "client", "refusing")
        self.expect(server, "opened", "asked")
        self.step(client)
        self.expect(client, "called")
        self.step(server)
        self.expect(client, "answered", "cancelled")
        self.expect(server, "closed")
        self.go_on(client, server)

    def test_threads_are_cancelled_at_any_moment(self):
        for server_far, client_far in self.places("cancelled.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("cancelled", "quiet", far=server_far)
                client = self.start("cancelled", "storm", N_CANCELLED, *WHO_IS_CANCELLED,
                                    far=client_far)
                self.expect(client, "done", code=0)
                server.end()

    def test_a_servers_thread_is_cancelled_in_its_handler(self):
        for server_far, client_far in self.places("cancelled.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("cancelled", role="threaded", far=server_far)
                client = self.start("cancelled", "patient", far=client_far)
                self.expect(server, "asked")
                self.cancel(server)
                self.expect(client, "none", "done", code=0)
                self.expect(server, "ready")
                server.end()

    # ---- a server that never answers ----

    def test_a_thousand_requests_and_no_answer(self):
        for server_far, client_far in self.places("outstanding.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("outstanding", far=server_far)
                self.expect(self.start("outstanding", "client", "close", far=client_far),
                            "served", "done", code=0)
                self.expect(server, "closed")
                client = self.start("outstanding", "client", "wait", far=client_far)
                self.expect(client, "served")
                server.end()
                self.expect(client, "done", code=0)

    def test_a_thousand_requests_and_then_the_server_closes(self):
        for server_far, client_far in self.places("outstanding.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("outstanding", 1000, far=server_far)
                client = self.start("outstanding", "client", "wait", far=client_far)
                self.expect(server, "closed")
                self.assertIn(client.wait(), [(0, "served\ndone\n")])
                server.end()

    # ---- closing in handlers ----

    def test_a_client_closes_in_each_handler(self):
        for server_far, client_far in self.places("closers.api"):
            server = self.serve("closers", far=server_far)
            for where in ["opened", "heard", "answered", "gone", "broken"]:
                for how in ["close", "delete"]:
                    with self.subTest(where=where, how=how, server_far=server_far,
                                      client_far=client_far):
                        client = self.start("closers", "client", where, how, far=client_far)
                        self.expect(client, "again", "done", code=0)
                        self.expect(server, "closed", "closed")
            server.end()

    def test_a_server_closes_in_each_handler(self):
        for server_far, client_far in self.places("closers.api"):
            for where in ["opened", "told", "asked", "closed"]:
                with self.subTest(where=where, server_far=server_far, client_far=client_far):
                    server = self.serve("closers", where, far=server_far)
                    client = self.start("closers", "client", far=client_far)
                    if where != "closed":
                        self.expect(client, "again")
                        self.expect(server, "closed")
                    self.expect(client, "done", code=0)
                    self.expect(server, "closed")
                    server.end()

    # ---- what is left ----

    def gateway_state(self):
        folder = f"/proc/{self.gateway.process.pid}"
        with open(f"{folder}/statm", encoding="ascii") as statm:
            pages = int(statm.read().split()[1])
        return (len(os.listdir(f"{folder}/fd")), len(os.listdir(f"{folder}/task")),
                pages * os.sysconf("SC_PAGE_SIZE") // 1024)

    def until_gateway_has(self, most):
        """No more descriptors and threads: it learns a moment later that a client has gone."""
        self.until(lambda: all(n <= n_most for n, n_most in zip(self.gateway_state()[:2], most)))

    def cycle(self, n_cycles, far):
        """The client says what is more than before, until nothing is."""
        client = self.start("cycles", "client", n_cycles, far=far)
        line = None
        while line not in ["done", ""]:
            line = client.line()
        self.assertEqual((line, client.wait()), ("done", (0, "")))

    def test_cycles_leave_nothing(self):
        for server_far, client_far in self.places("cycles.api", PLACES[:3]):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("cycles", far=server_far)
                before = self.gateway_state()
                self.cycle(100, client_far)
                self.until_gateway_has(before)
                kib = self.gateway_state()[2]
                self.cycle(N_CYCLES, client_far)
                self.until_gateway_has(before)
                if not SANITIZED:
                    self.assertLessEqual(self.gateway_state()[2], kib + GATEWAY_MORE_KIB)
                server.end()

    # ---- limits ----

    def test_directories_stay_on_their_host(self):
        for server_far, client_far in self.places("folder.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("folder", far=server_far, stderr=subprocess.PIPE)
                client = self.start("folder", "client", far=client_far, stderr=subprocess.PIPE)
                out, client_err = client.popen.communicate(timeout=LIMIT_S)
                what = "none" if server_far or client_far else "here"
                self.assertEqual((client.popen.returncode, out), (0, f"client {what}\n"))
                self.expect(server, f"server {what}")
                server.popen.kill()
                _, server_err = server.popen.communicate()
                for err in (client_err, server_err):
                    self.assertEqual("does not go to another host: it is a directory" in err,
                                     what == "none", err)

    def test_the_server_goes_while_messages_wait_for_it(self):
        for server_far, client_far in self.places("rush.api"):
            with self.subTest(server_far=server_far, client_far=client_far):
                server = self.serve("rush", far=server_far)
                client = self.start("rush", "mourner", 30000, far=client_far)
                self.expect(client, "ready")
                server.send_signal(signal.SIGSTOP)
                self.step(client)
                self.expect(client, "sent")
                server.popen.kill()
                self.expect(client, "none", "none", "closed", code=0)
                server.end()

    def test_one_who_takes_no_more(self):
        for server_far, client_far in self.places("flood.api"):
            for who in ["client", "server"]:
                with self.subTest(who=who, server_far=server_far, client_far=client_far):
                    self.flood(who, server_far, client_far)

    def flood(self, who, server_far, client_far):
        few = {"VIADUCT_LEGATO_MAX_QUEUE_SIZE": str(1 << 20)}
        server = self.serve("flood", far=server_far, stderr=subprocess.PIPE, more=few)
        client = self.start("flood", "client", who, far=client_far, stderr=subprocess.PIPE,
                            more=few)
        self.expect(client, "ready")
        flooder, stopped = (client, server) if who == "client" else (server, client)
        if who == "server":
            self.expect(server, "begun")
        stopped.send_signal(signal.SIGSTOP)
        self.step(flooder)
        self.expect(flooder, "closed")
        stopped.send_signal(signal.SIGCONT)
        self.expect(stopped, "closed")
        self.step(client)
        self.expect(client, "done")
        _, err = client.popen.communicate(timeout=LIMIT_S)
        self.assertEqual(client.popen.returncode, 0, err)
        server.popen.kill()
        _, words = server.popen.communicate()
        told = words if who == "server" else err
        self.assertIn("its session is closed" if who == "server" else "the session is closed", told)
        self.assertIn("are over VIADUCT_LEGATO_MAX_QUEUE_SIZE, 1048576", told)

    @staticmethod
    def step(process):
        process.popen.stdin.write("\n")
        process.popen.stdin.flush()

    def test_the_payloads_limit_is_told_with_both_numbers(self):
        gateway = self.gateway
        for limit, size in [(None, 1 << 30), (1 << 20, (1 << 20) + 1)]:
            settings = gateway.settings()
            if limit is not None:
                settings["VIADUCT_MAX_FRAME_SIZE"] = str(limit)
            process = Process(LEGATO / "sizes", "server", size, stderr=subprocess.PIPE,
                              settings=settings)
            self.addCleanup(process.end)
            out, err = process.popen.communicate(timeout=LIMIT_S)
            self.assertEqual((process.popen.returncode, out), (1, ""), err)
            self.assertIn(str(size), err)
            self.assertIn(str(limit or 16 << 20), err)
            self.assertIn("VIADUCT_MAX_FRAME_SIZE", err)


if __name__ == "__main__":
    unittest.main()
