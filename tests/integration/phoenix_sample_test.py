"""examples/phoenix, a filesystem in memory and a client of files: as they are built and by the newer
msg_t, the client on the filesystem's host and on another one by nothing but the environment, and one
filesystem mounted in another."""

import itertools
import os
import pathlib
import subprocess
import unittest

from world import BIN, LIMIT_S, PROGRAMS, Gateway, Process, environment, run

ROOT = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"])
SOURCE = ROOT / "examples" / "phoenix"
SERVER, CLIENT = BIN / "via-ramfs-server", BIN / "via-files-client"
NEWER = PROGRAMS / "phoenix" / "newer"
TREES = [BIN / "via-tree-client", PROGRAMS / "phoenix" / "wrapped" / "via-tree-client"]
STRESS = PROGRAMS / "phoenix" / "older" / "stress"


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)
        self.remote = False  # where the client is
        self.client = CLIENT

    def start_server(self, *words, name="/", program=SERVER, remote=False):
        server = Process(program, *words, settings=self.gateway.settings(remote))
        self.addCleanup(server.end)
        self.assertEqual(server.line(), f"ramfs: ready as {name}")
        return server

    def settings(self):
        return self.gateway.settings(self.remote)

    def do(self, *words):
        """What it says."""
        done = run(self.client, *words, settings=self.settings())
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return done.stdout

    def lines(self, *words):
        return sorted(self.do(*words).splitlines())

    def assert_fails(self, reason, *words):
        done = run(self.client, *words, settings=self.settings())
        self.assertEqual(done.returncode, 1, words)
        self.assertIn(reason, done.stderr)

    def everywhere(self):
        """The client on this host and on another, by both ages."""
        for remote, client in itertools.product([False, True], [CLIENT, NEWER / CLIENT.name]):
            with self.subTest(remote=remote, client=client):
                self.remote, self.client = remote, client
                yield

    def put(self, path, content):
        done = subprocess.run([self.client, "put", path], env=environment(self.settings()),
                              input=content, capture_output=True, timeout=LIMIT_S, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def content(self, path):
        done = subprocess.run([self.client, "cat", path], env=environment(self.settings()),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def test_the_commands(self):
        self.start_server()
        for _ in self.everywhere():
            self.assertEqual(self.do("ls", "/"), "")
            self.do("mkdir", "/a")
            self.do("mkdir", "/a/b")
            self.assert_fails("File exists", "mkdir", "/a/b")
            self.assert_fails("No such file", "mkdir", "/x/y")
            self.do("put", "/a/text", "hello")
            self.do("append", "/a/text", " there")
            self.assertEqual(self.do("cat", "/a/text"), "hello there")
            self.do("put", "/a/text", "short")
            self.assertEqual(self.do("cat", "/a//text"), "short")
            self.assertEqual(self.do("cat", "/a/b/../text"), "short")
            self.assert_fails("Not a directory", "cat", "/a/text/more")
            self.assert_fails("Is a directory", "cat", "/a")
            self.assertEqual(self.lines("ls", "/a"), ["b", "text"])
            self.do("chmod", "640", "/a/text")
            self.assertEqual(self.lines("ls", "-l", "/a"),
                             ["-rw-r-----   1          5 text", "drwxr-xr-x   2          0 b"])

            self.do("ln", "/a/text", "/a/b/again")
            self.assert_fails("File exists", "ln", "/a/text", "/a/b/again")
            self.assertIn("links=2", self.do("stat", "/a/text"))
            self.do("rm", "/a/text")
            self.assertEqual(self.do("cat", "/a/b/again"), "short")
            self.assert_fails("No such file", "cat", "/a/text")

            self.do("ln", "-s", "b/again", "/a/link")
            self.do("ln", "-s", "/a/b", "/way")
            self.do("ln", "-s", "loop", "/loop")
            self.assertEqual(self.do("cat", "/a/link"), "short")
            self.assertEqual(self.do("cat", "/way/again"), "short")
            self.do("put", "/way/new", "by a link")
            self.assertEqual(self.do("cat", "/a/b/new"), "by a link")
            self.assert_fails("symbolic links", "cat", "/loop")

            self.do("mv", "/a/b/new", "/moved")
            self.do("put", "/victim", "away")
            self.do("mv", "/moved", "/victim")
            self.assertEqual(self.do("cat", "/victim"), "by a link")
            self.do("mv", "/a/b", "/c")
            self.assertEqual(self.do("cat", "/c/again"), "short")
            self.do("mv", "/c", "/a")
            self.assertEqual(self.do("cat", "/a/c/again"), "short")
            self.assert_fails("Invalid argument", "mv", "/a", "/a/c")
            self.assert_fails("not empty", "rm", "/a")

            for path in ["/a/c/again", "/a/c", "/a/link", "/a", "/way", "/loop", "/victim"]:
                self.do("rm", path)
            self.assertEqual(self.do("ls", "/"), "")

    def test_files_of_any_size(self):
        self.start_server("-s", 8)
        for _ in self.everywhere():
            for size in [0, 1, 4095, 4096, 4097, 65536, 1234567]:
                content = os.urandom(size)
                self.put("/file", content)
                self.assertEqual(self.content("/file"), content)
                self.assertIn(f" size={size} blocks={-(-size // 4096) * 8} ",
                              self.do("stat", "/file"))
            self.do("rm", "/file")
            self.assertIn("blocks=2048 free=2048 ", self.do("df", "/"))

    def test_no_room(self):
        self.start_server("-s", 1)
        done = subprocess.run([CLIENT, "put", "/large"], env=environment(self.settings()),
                              input=bytes((1 << 20) + 1), capture_output=True, timeout=LIMIT_S,
                              check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)
        self.assertIn("blocks=256 free=0 ", self.do("df", "/"))
        self.do("rm", "/large")
        self.assertIn("blocks=256 free=256 ", self.do("df", "/"))

    def test_a_tree_goes_in_and_out(self):
        self.start_server()
        folder = self.gateway.folder / "more"
        deep = folder.joinpath(*(["deep"] * 30))
        deep.mkdir(parents=True)
        (deep / "large").write_bytes(os.urandom(3 << 20))
        (folder / "empty").write_bytes(b"")
        (folder / "link").symlink_to("empty")
        (folder / "nowhere").symlink_to("/does/not/exist")
        (folder / "many").mkdir()
        for number in range(300):
            (folder / "many" / f"{number:0{number % 200 + 3}}").write_text(str(number))
        (folder / "many" / "7".zfill(10)).chmod(0o4711)
        for step, _ in enumerate(self.everywhere()):
            for name, tree in [("docs", ROOT / "docs"), ("more", folder)]:
                out = self.gateway.folder / f"out-{name}-{step}"
                self.assert_fails("not there", "compare", tree, f"/{name}")
                self.do("in", tree, f"/{name}")
                self.do("compare", tree, f"/{name}")
                self.do("out", f"/{name}", out)
                self.do("compare", out, f"/{name}")
                done = run("diff", "-r", "--no-dereference", tree, out)
                self.assertEqual((done.returncode, done.stdout), (0, ""))
                self.do("mv", f"/{name}", f"/{name}-{step}")
        self.do("put", "/more-0/empty", "x")
        self.assert_fails("another size", "compare", folder, "/more-0")
        self.do("put", "/more-1/added", "x")
        self.assert_fails("are there", "compare", folder, "/more-1")

    def test_a_tree_by_what_opens_files(self):
        """A program that knows no messages, by macros and by the linker."""
        self.start_server()
        self.start_server("-n", "/second", name="/second")
        folder = self.gateway.folder / "more"
        folder.joinpath(*(["deep"] * 30)).mkdir(parents=True)
        (folder / "deep" / "large").write_bytes(os.urandom(3 << 20))
        (folder / "empty").write_bytes(b"")
        (folder / "empty").chmod(0o4711)
        (folder / "nowhere").symlink_to("/does/not/exist")
        for step, (remote, program) in enumerate(itertools.product([False, True], TREES)):
            with self.subTest(remote=remote, program=program):
                self.remote, self.client = remote, program
                for name, tree in [("docs", ROOT / "docs"), ("more", folder)]:
                    inside = f"/{name}-{step}"
                    out = self.gateway.folder / f"out-{name}-{step}"
                    self.assert_fails("not there", "compare", f"/@host{tree}", inside)
                    self.do("copy", f"/@host{tree}", inside)
                    self.do("compare", f"/@host{tree}", inside)
                    self.do("copy", inside, f"/second{inside}")
                    self.do("compare", inside, f"/second{inside}")
                    self.do("copy", f"/second{inside}", f"/@host{out}")
                    done = run("diff", "-r", "--no-dereference", tree, out)
                    self.assertEqual((done.returncode, done.stdout), (0, ""))
                    done = run(CLIENT, "compare", tree, inside, settings=self.settings())
                    self.assertEqual((done.returncode, done.stderr), (0, "")) # by messages
        run(CLIENT, "put", "/more-0/empty", "x", settings=self.settings())
        self.assert_fails("another size", "compare", f"/@host{folder}", "/more-0")
        run(CLIENT, "put", "/more-1/added", "x", settings=self.settings())
        self.assert_fails("more or less", "compare", f"/@host{folder}", "/more-1")
        self.assert_fails("No such file", "copy", "/none", "/some")

    def test_a_tree_as_the_root(self):
        self.start_server()
        for _ in self.everywhere():
            self.do("in", ROOT / "docs", "/")
            self.do("compare", ROOT / "docs", "/")
            for name in self.lines("ls", "/"):
                self.do("rm", f"/{name}")

    def test_a_word_for_a_name(self):
        self.start_server("-n", "store", name="store")
        for _ in self.everywhere():
            self.do("mkdir", "store/a")
            self.do("put", "store/a/b", "hello")
            self.assertEqual(self.do("cat", "store/a/b"), "hello")
            self.assertEqual(self.do("ls", "store"), "a\n")
            self.assert_fails("No such file", "ls", "/")
            self.do("rm", "store/a/b")
            self.do("rm", "store/a")

    def test_one_in_another(self):
        """The second one on another host, and the first one, which covers, last of all."""
        for inner_remote in [False, True]:
            with self.subTest(inner_remote=inner_remote):
                name = f"inner{inner_remote:d}"
                inner = self.start_server("-n", name, "-m", f"/mnt/{name}", name=name,
                                          program=NEWER / SERVER.name, remote=inner_remote)
                outer = self.start_server()
                self.do("mkdir", "/mnt")
                self.assertEqual(inner.line(), f"ramfs: mounted on /mnt/{name}")
                for _ in self.everywhere():
                    self.do("mkdir", f"/mnt/{name}/a")
                    self.do("put", f"/mnt/{name}/a/b", "deep")
                    self.assertEqual(self.do("cat", f"{name}/a/b"), "deep")
                    self.assertEqual(self.do("cat", f"/mnt/{name}/a/b"), "deep")
                    self.assertIn("elsewhere", self.do("stat", f"/mnt/{name}"))
                    self.assert_fails("busy", "rm", f"/mnt/{name}")
                    self.do("put", "/outer", "x")
                    self.assert_fails("cross-device", "ln", "/outer", f"/mnt/{name}/outer")
                    for path in [f"/mnt/{name}/a/b", f"/mnt/{name}/a", "/outer"]:
                        self.do("rm", path)
                self.do("umount", f"/mnt/{name}")
                self.assert_fails("Invalid argument", "umount", f"/mnt/{name}")
                self.do("put", f"/mnt/{name}/of-outer", "x")
                self.assertEqual(self.do("ls", f"/mnt/{name}"), "of-outer\n")
                self.assertEqual(self.do("ls", name), "")
                inner.end()
                outer.end()

    def test_what_the_client_says_when_there_is_no_server(self):
        for _ in self.everywhere():
            self.assert_fails("No such file", "ls", "/")
            self.assert_fails("No such file", "cat", "store/x")

    def test_clients_wait_for_their_server(self):
        clients = [Process(CLIENT, "-w", "/", "ls", "/", settings=self.gateway.settings(remote))
                   for remote in [False, True]]
        for client in clients:
            self.addCleanup(client.end)
        self.start_server()
        for client in clients:
            self.assertEqual(client.wait(), (0, ""))

    def test_many_clients_at_once(self):
        server = self.start_server()
        for remote in [False, True]:
            with self.subTest(remote=remote):
                done = run(STRESS, "/", 16, 20, settings=self.gateway.settings(remote))
                self.assertEqual((done.returncode, done.stdout), (0, "done\n"), done.stderr)
        done = run(STRESS, "/", 8, 200, settings=self.gateway.settings())
        self.assertEqual((done.returncode, done.stdout), (0, "done\n"), done.stderr)
        self.assertIn("blocks=16384 free=16384 files=262144 free=262143", self.do("df", "/"))
        self.assertIsNone(server.popen.poll())

    def test_what_a_client_had_open_goes_with_it(self):
        self.start_server("-s", 1)
        client = Process(CLIENT, "put", "/file", settings=self.gateway.settings())
        self.addCleanup(client.end)
        client.popen.stdin.write("x" * 100000)
        client.popen.stdin.flush()
        while "size=65536" not in run(CLIENT, "stat", "/file", settings=self.settings()).stdout:
            pass
        self.do("rm", "/file")
        self.assertIn("blocks=256 free=240 files=262144 free=262142", self.do("df", "/"))
        client.end()
        while "blocks=256 free=256 files=262144 free=262143" not in self.do("df", "/"):
            pass

    def test_a_name_is_taken_once(self):
        self.start_server()
        done = run(SERVER, settings=self.gateway.settings())
        self.assertEqual(done.returncode, 1)
        self.assertIn("File exists", done.stderr)

    def test_as_json(self):
        self.start_server()
        self.do("put", "/text", "hello")
        for remote in [False, True]:
            done = self.gateway.cli("call", "/", "mtLookup", '{"name":"text"}', remote=remote)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('"consumed":4', done.stdout)
            done = self.gateway.cli("call", "/", "mtReaddir", '{"offs":2}', remote=remote)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn('"name":"text"', done.stdout)


class SourceTest(unittest.TestCase):
    def test_it_names_nothing_of_viaduct(self):
        for path in SOURCE.glob("*.[ch]"):
            self.assertNotIn("viaduct", path.read_text().lower().replace(
                "viaduct_phoenix_host_files", ""), path)


if __name__ == "__main__":
    unittest.main()
