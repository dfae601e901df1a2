"""Legato programs, unchanged: both ends in one process, in two on one host, and the client on another
host, reached over TLS by its environment alone."""

import os
import signal
import subprocess
import unittest

from world import LIMIT_S, PROGRAMS, Gateway, Process

LEGATO = PROGRAMS / "legato"


class LegatoTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)

    def start(self, program, *words, remote=False, stderr=None):
        process = Process(LEGATO / program, *words, stderr=stderr,
                          settings=self.gateway.settings(remote=remote))
        self.addCleanup(process.end)
        return process

    def expect(self, process, line, code=None):
        self.assertEqual(process.line(), line)
        if code is not None:
            self.assertEqual(process.wait()[0], code)

    def test_one_thread(self):
        self.expect(self.start("one"), "done", 0)

    def test_one_thread_each(self):
        for remote in [False, True]:
            with self.subTest(remote=remote):
                server = self.start("one", "server")
                self.expect(server, "ready")
                self.expect(self.start("one", "client", remote=remote), "done", 0)
                server.end()

    def test_pipes(self):
        server = self.start("pipes", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                self.expect(self.start("pipes", "client", remote=remote), "done", 0)
                self.expect(server, "closed")

    def test_two_threads(self):
        self.expect(self.start("two"), "done", 0)
        self.expect(self.start("two", "local"), "done", 0)

    def test_clients_come_first_and_outlive_their_server(self):
        clients = [self.start("restart", "client", how, "handler", remote=remote)
                   for how in ["async", "sync", "try"] for remote in [False, True]]
        mortals = [self.start("restart", "client", how, "none", remote=remote,
                              stderr=subprocess.PIPE)
                   for how in ["async", "sync"] for remote in [False, True]]
        for client in clients + mortals:
            self.expect(client, "ready")
        for generation in range(3):
            server = self.start("restart", "server")
            self.expect(server, "ready")
            for client in clients + (mortals if generation == 0 else []):
                self.expect(client, "answered")
            server.end()
            for client in clients:
                self.expect(client, "closed")
            for mortal in mortals if generation == 0 else []:
                _, err = mortal.popen.communicate(timeout=LIMIT_S)
                self.assertEqual(mortal.popen.returncode, 1)
                self.assertIn("'restart.api' closed by server", err)

    def test_the_gateway_is_started_anew(self):
        server = self.start("restart", "server")
        self.expect(server, "ready")
        clients = [self.start("restart", "client", how, "handler")
                   for how in ["async", "sync", "try"]]
        for client in clients:
            self.expect(client, "ready")
            self.expect(client, "answered")
        self.gateway.kill()
        for client in clients:
            self.expect(client, "closed")
        self.gateway.start()
        for client in clients:
            self.expect(client, "answered")

    def test_a_client_that_waits_ends_by_sigterm(self):
        client = self.start("restart", "client", "sync", "handler", stderr=subprocess.PIPE)
        self.expect(client, "ready")
        while "restart.api" not in self.gateway.cli("ls", "--waiting").stdout:
            pass
        client.send_signal(signal.SIGTERM)
        _, err = client.popen.communicate(timeout=LIMIT_S)
        self.assertEqual(client.popen.returncode, 0)
        self.assertIn("SIGTERM", err)

    def test_json(self):
        server = self.start("restart", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            for data in ['{"raw":"KQAAAA=="}', '[{"u32":41}]', '[{"bytes":"KQAAAA=="}]']:
                done = self.gateway.cli("call", "restart.api", "0", data, remote=remote)
                self.assertEqual((done.returncode, done.stdout.strip()), (0, '{"raw":"KgAAAA=="}'),
                                 done.stderr)

    def test_who_has_no_room_for_a_descriptor_gets_the_message_without(self):
        server = self.start("crowded", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                self.expect(self.start("crowded", "client", remote=remote), "done", 0)

    def test_who_the_client_is(self):
        nobody = 65534
        user = "<root>" if os.getuid() == 0 else f"<{os.getuid()}>"
        for far_server in [False, True]:
            name = "<nobody>" if far_server else user
            for client in [user, "<nobody>"]:
                self.gateway.cli("bind", f"{client}.credentials.api", f"{name}.credentials.api")
            server = self.start("credentials", "server", remote=far_server)
            self.expect(server, "ready")
            for far_client in [False, True]:
                with self.subTest(far_server=far_server, far_client=far_client):
                    client = self.start("credentials", "client", remote=far_client)
                    seen = client.line()
                    if far_server:
                        self.assertEqual(seen, f"{nobody} {server.pid}")
                    elif far_client:
                        self.assertEqual(seen, f"{nobody} {self.gateway.process.pid}")
                    else:
                        self.assertEqual(seen, f"{os.getuid()} {client.pid}")
            server.end()

    def test_load(self):
        server = self.start("load", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                self.expect(self.start("load", "client", remote=remote), "done", 0)

    def test_load_whose_server_goes(self):
        for remote in [False, True]:
            with self.subTest(remote=remote):
                server = self.start("load", "server", 1000)
                self.expect(server, "ready")
                self.expect(self.start("load", "mourner", remote=remote), "done", 0)
                server.end()

    FATAL = {
        "wrong_thread": "is of thread 'main'; it was called from thread 'other'",
        "double_respond": "needs no response",
        "second_descriptor": "takes one descriptor",
        "stale_session": "is gone",
        "request_when_closed": "is not open",
        "open_twice": "is open already",
        "open_while_opening": "is being opened already",
        "two_sizes": "has messages of 16 bytes, not of 17",
        "long_name": "is longer than 127 bytes",
        "create_twice": "has a service 'hostile.api' of protocol 'hostile' already",
        "advertise_twice": "is advertised already",
        "too_large": "VIADUCT_MAX_FRAME_SIZE",
        "client_credentials": "for the server's side of a session only",
        "kill_nobody": "nobody asked",
        "null_session": "the session is NULL",
        "no_place_for_handler": "there is no place for what it gives",
        "server_asks": "a server asks nothing",
        "other_protocol": "protocol 'other' of 8 bytes, the service speaks protocol 'hostile' of 16",
        "closed_without_handler": "closed by server",
    }
    HARMLESS = ["unanswered_release", "ask_own_thread", "own_close", "no_receiver",
                "hide_and_delete", "close_while_opening", "handlers_of_handlers"]

    def test_what_is_fatal(self):
        for case, words in self.FATAL.items():
            with self.subTest(case=case):
                process = self.start("hostile", case, stderr=subprocess.PIPE)
                out, err = process.popen.communicate(timeout=LIMIT_S)
                self.assertEqual((process.popen.returncode, out), (1, ""), err)
                self.assertIn(words, err)

    def test_what_is_harmless(self):
        for case in self.HARMLESS:
            with self.subTest(case=case):
                self.expect(self.start("hostile", case), "done", 0)

    def test_a_name_has_one_service_a_user(self):
        first = self.start("restart", "server")
        self.expect(first, "ready")
        second = self.start("restart", "server", stderr=subprocess.PIPE)
        out, err = second.popen.communicate(timeout=LIMIT_S)
        self.assertEqual((second.popen.returncode, out), (1, ""), err)
        self.assertIn("another process of this user advertises service 'restart.api'", err)
        client = self.start("restart", "client", "sync", "handler")
        self.expect(client, "ready")
        self.expect(client, "answered")

    def test_without_a_gateway(self):
        process = Process(LEGATO / "restart", "server", stderr=subprocess.PIPE,
                          settings={"VIADUCT_GATEWAY": "unix:/nonexistent/socket"})
        self.addCleanup(process.end)
        _, err = process.popen.communicate(timeout=LIMIT_S)
        self.assertEqual(process.popen.returncode, 1)
        self.assertIn("cannot be advertised", err)

    def test_sizes(self):
        for size in [0, 1, 7, 8, 4096, 212952, 1 << 20]:
            server = self.start("sizes", "server", size)
            self.expect(server, "ready")
            for remote in [False, True]:
                with self.subTest(size=size, remote=remote):
                    self.expect(self.start("sizes", "client", size, remote=remote), "done", 0)
            server.end()

    def test_many_messages_for_one_who_sleeps(self):
        server = self.start("sizes", "server", 16, 100000)
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                self.expect(self.start("sizes", "sleeper", 16, 100000, remote=remote), "done", 0)

    def test_many_messages_for_a_server_who_sleeps(self):
        server = self.start("rush", "server")
        self.expect(server, "ready")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                client = self.start("rush", "client", 30000, remote=remote)
                self.expect(client, "done")
                self.expect(server, f"closed {4 * 30000 + 3}")

    def test_fidelity(self):
        server = self.start("fidelity", "server", 6)
        self.expect(server, "ready")
        for remote in [False, True]:
            client = self.start("fidelity", "client", remote=remote)
            self.expect(client, "done", 0)
            for number in [1, 2, 3]:
                self.expect(server, f"closed {3 * remote + number}")
        self.assertEqual(server.wait()[0], 0)


if __name__ == "__main__":
    unittest.main()
