"""examples/legato, a store of keys and values: its service and its client as they are built, the
client on the service's host and on another one by nothing but the environment."""

import base64
import os
import pathlib
import struct
import subprocess
import unittest

from world import BIN, Gateway, Process, run

SOURCE = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"]) / "examples" / "legato"
SERVICE, CLIENT = BIN / "via-kvstore-service", BIN / "via-kvstore-client"
LARGE = 1 << 20


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)

    def start_service(self, *words, name="kvStore"):
        service = Process(SERVICE, *words, settings=self.gateway.settings())
        self.addCleanup(service.end)
        self.assertEqual(service.line(), f"{name}: ready")
        return service

    def watcher(self, *words, remote=False):
        watcher = Process(CLIENT, "watch", *words, settings=self.gateway.settings(remote))
        self.addCleanup(watcher.end)
        return watcher

    def ask(self, *words, remote=False):
        """What it says."""
        done = run(CLIENT, *words, settings=self.gateway.settings(remote))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def assert_fails(self, words, *command, remote=False):
        done = run(CLIENT, *command, settings=self.gateway.settings(remote))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(words, done.stderr)

    def test_keys_and_who_hears_of_them_here_and_on_another_host(self):
        self.start_service()
        for remote in (False, True):
            watchers = [self.watcher(3, remote=away) for away in (False, True)]
            for watcher in watchers:
                self.assertEqual(watcher.line(), "watching")
            self.assert_fails("get colour: LE_NOT_FOUND", "get", "colour", remote=remote)
            self.ask("set", "colour", "green", remote=remote)
            self.assertEqual(self.ask("get", "colour", remote=remote), "green\n")
            self.ask("set", "colour", "", remote=remote)
            self.ask("remove", "colour", remote=remote)
            self.assert_fails("remove colour: LE_NOT_FOUND", "remove", "colour", remote=remote)
            for watcher in watchers:
                self.assertEqual(watcher.wait(), (0, "colour = green\ncolour = \ncolour is gone\n"))

    def test_files_go_through_descriptors_in_both_directions(self):
        self.start_service()
        source, copy = self.gateway.folder / "source", self.gateway.folder / "copy"
        for remote in (False, True):
            watcher = self.watcher(2, remote=remote)
            self.assertEqual(watcher.line(), "watching")
            for content in [os.urandom(LARGE), b""]:
                source.write_bytes(content)
                self.assertEqual(self.ask("store", "file", source, remote=remote),
                                 f"file: {len(content)} octets stored\n")
                self.assertEqual(self.ask("fetch", "file", copy, remote=remote),
                                 f"file: {len(content)} octets fetched\n")
                self.assertEqual(copy.read_bytes(), content)
            self.assertEqual(watcher.wait(), (0, f"file has {LARGE} octets\nfile = \n"))
            source.write_bytes(b"x" * 256)
            self.ask("store", "file", source, remote=remote)
            self.assert_fails("get file: LE_OVERFLOW", "get", "file", remote=remote)

    def test_a_file_that_is_too_large_is_refused(self):
        self.start_service()
        source = self.gateway.folder / "source"
        with source.open("wb") as sparse:
            sparse.truncate((16 << 20) + 1)
        for remote in (False, True):
            self.assert_fails("LE_OVERFLOW", "store", "file", source, remote=remote)

    def test_who_watches_comes_first_and_stays_when_the_service_is_started_anew(self):
        watchers = [self.watcher(remote=remote) for remote in (False, True)]
        for value in ("first", "second"):
            service = self.start_service()
            for watcher in watchers:
                self.assertEqual(watcher.line(), "watching")
            self.ask("set", "turn", value)
            for watcher in watchers:
                self.assertEqual(watcher.line(), f"turn = {value}")
            service.end()
            for watcher in watchers:
                self.assertEqual(watcher.line(), "the store is gone")

    def test_what_the_client_says_when_there_is_no_store(self):
        for remote in (False, True):
            self.assert_fails("get colour: LE_UNAVAILABLE", "get", "colour", remote=remote)
        done = run(CLIENT, "get", "colour", settings={"VIADUCT_GATEWAY": "unix:/nonexistent/socket"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("get colour: LE_COMM_ERROR", done.stderr)

    def test_another_store_by_a_binding(self):
        self.start_service()
        self.start_service("spare", name="spare")
        user = f"<{os.getuid()}>" if os.getuid() else "<root>"
        self.assertEqual(self.gateway.cli("bind", f"{user}.kvStore", f"{user}.spare").returncode, 0)
        self.ask("set", "colour", "red")
        self.assertEqual(self.gateway.cli("unbind", f"{user}.kvStore").returncode, 0)
        self.assert_fails("LE_NOT_FOUND", "get", "colour")

    def test_as_json(self):
        self.start_service()
        key, value = b"colour".ljust(64, b"\0"), b"green".ljust(256, b"\0")
        raw = base64.b64encode(struct.pack("<IiQ64s256s", 1, 0, 0, key, value)).decode()
        for remote in (False, True):
            done = self.gateway.cli("send", "kvStore", "0", f'{{"raw":"{raw}"}}', remote=remote)
            self.assertEqual(done.returncode, 0, done.stderr)
            words = '[{"u32":2},{"i32":0},{"u64":"0"},{"bytes":"Y29sb3Vy"}]'
            done = self.gateway.cli("--json", "call", "kvStore", "0", words, remote=remote)
            self.assertEqual(done.returncode, 0, done.stderr)
            octets = base64.b64decode(done.stdout.split('"raw":"')[1].split('"')[0])
            answer = struct.unpack("<IiQ64s256s", octets.ljust(336, b"\0"))
            self.assertEqual(answer[1:3], (0, 5))
            self.assertEqual(answer[3:], (key, value))

    def test_bad_messages_close_their_session_alone(self):
        service = Process(SERVICE, settings=self.gateway.settings(), stderr=subprocess.PIPE)
        self.addCleanup(service.end)
        self.assertEqual(service.line(), "kvStore: ready")
        done = self.gateway.cli("call", "kvStore", "0", '[{"u32":2}]')
        self.assertNotEqual(done.returncode, 0)
        self.ask("set", "colour", "green")
        self.assertEqual(self.ask("get", "colour"), "green\n")


class SourceTest(unittest.TestCase):
    def test_it_names_nothing_of_viaduct(self):
        for path in SOURCE.glob("*.[ch]"):
            self.assertNotIn("via", path.read_text(), path)


if __name__ == "__main__":
    unittest.main()
