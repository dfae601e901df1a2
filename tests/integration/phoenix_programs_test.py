"""Programs of Phoenix-RTOS, unchanged: an echo, a driver, a server that answers later, a pool that is
stopped and started. Both ends on one host, either of them on another one, reached over TLS by its
environment alone, and each end by the older msg_t and by the newer."""

import itertools
import os
import unittest

from world import BIN, PROGRAMS, Gateway, Process

OLDER, NEWER = PROGRAMS / "phoenix" / "older", PROGRAMS / "phoenix" / "newer"
# where the server is, where the client is: remote or not
PLACES = [(False, False), (False, True), (True, False), (True, True)]
# The thread sanitizer is linked into the program, and --wrap gives its calls to the library, too.
FORMS = ["macros"] + ["wrapped"] * (os.environ.get("VIADUCT_TEST_SANITIZE") != "thread")


class ProgramsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = self.start_gateway()

    def start_gateway(self):
        gateway = Gateway().start()
        self.addCleanup(gateway.close)
        return gateway

    def start(self, program, *words, remote=False, gateway=None):
        process = Process(program, *words,
                          settings=(gateway or self.gateway).settings(remote=remote))
        self.addCleanup(process.end)
        return process

    def run_client(self, program, *words, remote=False, gateway=None):
        client = self.start(program, *words, remote=remote, gateway=gateway)
        self.assertEqual(client.wait(), (0, "done\n"))

    def listing(self, path, gateway):
        client = self.start(BIN / "via-files-client", "ls", path, gateway=gateway)
        status, said = client.wait()
        self.assertEqual(status, 0)
        return said

    def run_pair(self, name, server_words, client_words):
        for server_remote, client_remote in PLACES:
            for server_age, client_age in [(OLDER, NEWER), (NEWER, OLDER)]:
                with self.subTest(server_remote=server_remote, client_remote=client_remote,
                                  server_age=server_age.name):
                    # who is gone without a word is waited for, and has its names meanwhile
                    gateway = self.start_gateway() if server_remote else self.gateway
                    server = self.start(server_age / name, "server", *server_words,
                                        remote=server_remote, gateway=gateway)
                    self.assertEqual(server.line(), "ready")
                    self.run_client(client_age / name, "client", *client_words,
                                    remote=client_remote, gateway=gateway)
                    self.assertIsNone(server.popen.poll())
                    server.end()

    def test_echo(self):
        self.run_pair("echo", [1], [1, 1, 2000])

    def test_echo_of_many_threads_and_ports(self):
        self.run_pair("echo", [4], [4, 32, 60])

    def test_driver(self):
        for threads in [1, 4]:
            with self.subTest(threads=threads):
                self.run_pair("driver", [threads], [])

    def test_a_driver_whose_node_is_in_a_filesystem(self):
        for name, place in [("/", "/dev"), ("devfs", "devfs")]:
            for remote in [False, True]:
                with self.subTest(name=name, remote=remote):
                    gateway = self.start_gateway()
                    files = self.start(BIN / "via-ramfs-server", "-n", name, gateway=gateway)
                    self.assertEqual(files.line(), f"ramfs: ready as {name}")
                    server = self.start(OLDER / "driver", "server", 2, remote=remote,
                                        gateway=gateway)
                    self.assertEqual(server.line(), "ready")
                    self.assertEqual(self.listing(place, gateway), "driver\n")
                    for client_remote in [False, True]:
                        self.run_client(NEWER / "driver", "client", f"{place}/driver",
                                        remote=client_remote, gateway=gateway)
                    self.run_client(NEWER / "driver", "remove", remote=remote, gateway=gateway)
                    self.assertEqual(self.listing(place, gateway), "")

    def test_a_driver_is_open_to_one_process_at_a_time(self):
        server = self.start(OLDER / "driver", "server", 4)
        self.assertEqual(server.line(), "ready")
        clients = [self.start(age / "driver", "client", remote=remote)
                   for age, remote in itertools.product([OLDER, NEWER], [False, True])]
        for client in clients:
            self.assertEqual(client.wait(), (0, "done\n"))

    def test_deferred_answers(self):
        self.run_pair("defer", [], [200])

    def test_pool(self):
        for server_remote, client_remote in PLACES:
            with self.subTest(server_remote=server_remote, client_remote=client_remote):
                gateway = self.start_gateway() if server_remote else self.gateway
                server = self.start(OLDER / "pool", "server", remote=server_remote,
                                    gateway=gateway)
                self.assertEqual(server.line(), "ready")
                for age in [OLDER, NEWER]:
                    self.run_client(age / "pool", "client", 16, 100, remote=client_remote,
                                    gateway=gateway)
                    self.assertEqual(server.line(), "restarted")
                server.end()

    def test_files_by_what_opens_them(self):
        """By macros and by the linker, in a server's directory and in the host's."""
        server = self.start(BIN / "via-ramfs-server")
        self.assertEqual(server.line(), "ramfs: ready as /")
        for number, (form, remote) in enumerate(itertools.product(FORMS, [False, True])):
            with self.subTest(form=form, remote=remote):
                maker = self.start(BIN / "via-files-client", "mkdir", f"/{number}")
                self.assertEqual(maker.wait(), (0, ""))
                folder = self.gateway.folder / f"{number}"
                folder.mkdir()
                for path in [f"/{number}", f"/@host{folder}"]:
                    self.run_client(PROGRAMS / "phoenix" / form / "posix", path, remote=remote)

    def test_clients_come_first(self):
        clients = [self.start(age / "echo", "client", 2, 4, 20, remote=remote)
                   for age, remote in itertools.product([OLDER, NEWER], [False, True])]
        server = self.start(NEWER / "echo", "server", 2)
        self.assertEqual(server.line(), "ready")
        for client in clients:
            self.assertEqual(client.wait(), (0, "done\n"))

    def test_a_server_is_started_anew(self):
        for _ in range(3):
            server = self.start(OLDER / "echo", "server", 1)
            self.assertEqual(server.line(), "ready")
            self.run_client(NEWER / "echo", "client", 1, 2, 20)
            server.end()


if __name__ == "__main__":
    unittest.main()
