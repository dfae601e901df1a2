"""viaduct phx, a shell on servers of files: on the sample filesystem, from its host and from another
one, and on servers that know little or lie."""

import json
import os
import signal
import subprocess
import unittest

from world import BIN, LIMIT_S, PROGRAMS, Gateway, environment

DONE, FAILED, USAGE, NOT_FOUND, DENIED, DEAD, TIMEOUT, NO_GATEWAY = range(8)
SERVER = BIN / "via-ramfs-server"
CLIENT = BIN / "via-files-client"
DISK = PROGRAMS / "phoenix" / "older" / "disk"
DRIVER = PROGRAMS / "phoenix" / "newer" / "driver"


class ShellTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)
        self.remote = False  # where the shell is

    def start(self, program, *words, ready="ready"):
        process = self.gateway.program(program, *words)
        self.assertEqual(process.line(), ready)
        return process

    def start_server(self, name="/"):
        return self.start(SERVER, "-n", name, ready=f"ramfs: ready as {name}")

    def phx(self, *words, status=DONE, content=b""):
        """What it prints, or what it says against it."""
        done = subprocess.run([BIN / "viaduct", "phx", *words], input=content, capture_output=True,
                              env=environment(self.gateway.settings(self.remote)),
                              timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, status, (words, done))
        if status != DONE:
            self.assertEqual(done.stdout, b"")
            return done.stderr.decode()
        self.assertEqual(done.stderr, b"", words)
        return done.stdout

    def lines(self, *words):
        return self.phx(*words).decode().splitlines()

    def parsed(self, *words):
        return json.loads(self.phx("--json", *words))

    def assert_fails(self, reason, *words, status=FAILED, **more):
        self.assertIn(reason, self.phx(*words, status=status, **more))

    def everywhere(self):
        for self.remote in [False, True]:
            with self.subTest(remote=self.remote):
                yield

    def test_the_commands(self):
        self.start_server()
        for _ in self.everywhere():
            self.assertEqual(self.phx("ls"), b"")
            self.phx("mkdir", "/a")
            self.phx("mkdir", "/a/b/")
            self.assertEqual(self.phx("mkdir", "/a", status=FAILED),
                             "viaduct phx: /a: EEXIST: File exists\n")
            self.assertEqual(self.phx("mkdir", "/x/y", status=NOT_FOUND),
                             "viaduct phx: /x/y: ENOENT: No such file or directory\n")
            self.phx("put", "/a/text", content=b"hello")
            self.assertEqual(self.phx("cat", "/a//b/../text"), b"hello")
            self.phx("put", "/a/text", content=b"bye")
            self.assertEqual(self.phx("cat", "/a/text"), b"bye")
            self.assertEqual(self.lines("ls", "/a"),
                             ["drwxr-xr-x          0 b", "-rw-r--r--          3 text"])
            self.assertEqual(self.lines("ls", "/a/text"), ["-rw-r--r--          3 /a/text"])
            self.assert_fails("/a: EISDIR", "cat", "/a")
            self.assert_fails("/a: EISDIR", "put", "/a", content=b"x")
            self.assert_fails("/a/text/x: ENOTDIR", "cat", "/a/text/x")
            self.assert_fails("/a: ENOTEMPTY", "rm", "/a")
            self.assert_fails("/: EINVAL", "rm", "/")
            for path in ["/a/text", "/a/b", "/a"]:
                self.phx("rm", path)
            self.assert_fails("/a: ENOENT", "rm", "/a", status=NOT_FOUND)
            self.assertEqual(self.phx("ls", "/"), b"")

    def test_contents_of_any_size_from_a_file_and_from_standard_input(self):
        self.start_server()
        file = self.gateway.folder / "content"
        for _ in self.everywhere():
            for size in [0, 1, 65535, 65536, 65537, 3000000]:
                content = os.urandom(size)
                file.write_bytes(content)
                self.phx("put", "/piped", content=content)
                self.phx("put", "/copied", file)
                self.assertEqual(self.phx("cat", "/piped"), content)
                self.assertEqual(self.phx("cat", "/copied"), content)

    def test_a_file_that_cannot_be_read_leaves_the_other_as_it_was(self):
        self.start_server()
        self.phx("put", "/kept", content=b"kept")
        self.assert_fails("/nowhere/x: No such file", "put", "/kept", "/nowhere/x")
        self.assert_fails("Is a directory", "put", "/kept", self.gateway.folder)
        self.assert_fails("Is a directory", "put", "/new", self.gateway.folder)
        self.assertEqual(self.phx("cat", "/kept"), b"kept")
        self.assertEqual(len(self.lines("ls")), 1)

    def test_no_room(self):
        self.start(SERVER, "-s", "1", ready="ramfs: ready as /")
        self.assert_fails("/large: ENOSPC", "put", "/large", content=bytes((1 << 20) + 1))

    def test_attributes(self):
        self.start_server()
        self.phx("put", "/text", content=b"hello")
        for _ in self.everywhere():
            stat = self.parsed("stat", "/text")
            self.assertEqual((stat["path"], stat["type"], stat["permissions"]),
                             ("/text", "file", "-rw-r--r--"))
            self.assertEqual(stat["fil"], stat["dev"])
            self.assertEqual((stat["attrs"]["size"], stat["attrs"]["mode"]), (5, 0o100644))
            self.assertNotIn("dev", stat["attrs"])  # the server does not tell it
            [entry] = self.parsed("ls", "/")
            self.assertEqual((entry.pop("name"), stat.pop("path")), ("text", "/text"))
            self.assertEqual(entry, stat)
            lines = self.lines("stat", "/text")
            for line in ["type     file", "mode     -rw-r--r-- 0100644", "size     5"]:
                self.assertIn(line, lines)
            self.assertEqual(self.parsed("ls", "/text")[0]["attrs"]["size"], 5)

    def test_modes_as_letters(self):
        self.start_server()
        self.phx("put", "/x", content=b"")
        for mode, letters in [("000", "----------"), ("644", "-rw-r--r--"), ("7777", "-rwsrwsrwt"),
                              ("6711", "-rws--s--x"), ("7000", "---S--S--T")]:
            subprocess.run([CLIENT, "chmod", mode, "/x"], check=True,
                           env=environment(self.gateway.settings()))
            self.assertEqual(self.lines("ls"), [f"{letters}          0 x"])

    def test_a_directory_of_many(self):
        self.start_server()
        folder = self.gateway.folder / "many"
        folder.mkdir()
        names = sorted(f"{number}{'x' * (number % 250)}" for number in range(500))
        for name in names:
            (folder / name).write_text(name)
        subprocess.run([CLIENT, "in", folder, "/many"], check=True,
                       env=environment(self.gateway.settings()))
        for _ in self.everywhere():
            entries = self.parsed("ls", "/many")
            self.assertEqual([entry["name"] for entry in entries], names)
            self.assertEqual([entry["attrs"]["size"] for entry in entries], list(map(len, names)))

    def test_symbolic_links(self):
        self.start_server()
        settings = self.gateway.settings()
        self.phx("mkdir", "/a")
        self.phx("put", "/a/text", content=b"hello")
        for words in [("a", "/way"), ("/way/text", "/a/link"), ("loop", "/loop")]:
            subprocess.run([CLIENT, "ln", "-s", *words], env=environment(settings), check=True)
        for _ in self.everywhere():
            self.assertEqual(self.phx("cat", "/way/link"), b"hello")
            self.phx("put", "/way/new", content=b"by a link")
            self.assertEqual(self.phx("cat", "/a/new"), b"by a link")
            self.phx("rm", "/way/new")
            self.assertEqual(len(self.lines("ls", "/way")), 2)
            self.assertIn("lrwxrwxrwx          4 loop -> loop", self.lines("ls", "/"))
            self.assert_fails("/loop: ELOOP", "cat", "/loop")
            self.assertEqual(self.parsed("stat", "/loop")["target"], "loop")
            self.assertIn("target   a", self.lines("stat", "/way"))
        self.phx("rm", "/loop")
        self.assertNotIn("loop", self.phx("ls", "/").decode())

    def test_one_filesystem_in_another(self):
        self.start_server()
        self.start_server("inner")
        self.phx("mkdir", "/mnt")
        for _ in self.everywhere():
            self.phx("mount", "inner", "/mnt")
            self.assertIn(" mnt => port=", self.lines("ls", "/")[0])
            self.phx("mkdir", "/mnt/a")
            self.phx("put", "/mnt/a/b", content=b"deep")
            self.assertEqual(self.phx("cat", "inner/a/b"), b"deep")
            self.assertEqual(self.lines("ls", "/mnt/a"), ["-rw-r--r--          4 b"])
            stat = self.parsed("stat", "/mnt")
            self.assertEqual(stat["dev"], self.parsed("stat", "inner")["fil"])
            self.assert_fails("/mnt: EBUSY", "mount", "inner", "/mnt")
            self.assert_fails("/mnt: EBUSY", "rm", "/mnt")
            self.phx("rm", "/mnt/a/b")
            self.phx("rm", "/mnt/a")
            self.phx("umount", "/mnt")
            self.assertEqual(self.lines("ls"), ["drwxr-xr-x          0 mnt"])
            self.assert_fails("/mnt: EINVAL", "umount", "/mnt")
        self.assert_fails("nowhere: ENOENT", "mount", "nowhere", "/mnt", status=NOT_FOUND)
        self.assert_fails("/nowhere: ENOENT", "mount", "inner", "/nowhere", status=NOT_FOUND)

    def test_a_device_starts_its_filesystem(self):
        self.start_server()
        self.start_server("inner")
        disk = self.start(DISK)
        self.phx("mkdir", "/mnt")
        self.phx("put", "inner/x", content=b"of inner")
        for _ in self.everywhere():
            self.phx("mount", "/dev/disk", "/mnt", "inner", "ro,speed=2")
            self.assertEqual(disk.line(), "mount inner 'ro,speed=2' 10")
            self.assertEqual(self.phx("cat", "/mnt/x"), b"of inner")
            self.phx("umount", "/mnt")
            self.phx("mount", "/dev/disk", "/mnt", "inner")
            self.assertEqual(disk.line(), "mount inner '' 0")
            self.phx("umount", "/mnt")
            self.assert_fails("/dev/disk: EINVAL", "mount", "/dev/disk", "/mnt", "other")
            self.assert_fails("FSTYPE", "mount", "/dev/disk", "/mnt", status=USAGE)
            self.assert_fails("15 octets", "mount", "/dev/disk", "/mnt", "x" * 16, status=USAGE)

    def test_a_device(self):
        self.start(DRIVER, "server", "1")
        for _ in self.everywhere():
            self.phx("put", "/dev/driver", content=b"x" * 256)
            self.assertEqual(self.parsed("stat", "/dev/driver")["type"], "chr")
            self.assertEqual(self.lines("ls", "/dev/driver"), ["crw-rw-rw-          ? /dev/driver"])
            # it says what it has, and that there is no more now
            done = self.gateway.cli("phx", "cat", "/dev/driver", remote=self.remote)
            self.assertEqual((done.returncode, done.stdout), (FAILED, "x" * 256))
            self.assertIn("/dev/driver: EAGAIN", done.stderr)

    def test_registered_names_are_a_tree(self):
        self.start(DISK)
        self.start(DRIVER, "server", "1")
        for _ in self.everywhere():
            self.assertEqual(self.lines("ls"), ["dr-xr-xr-x          ? dev",
                                                "drwxr-x---          ? odd"])
            self.assertEqual(self.lines("ls", "/dev"), ["??????????          ? disk",
                                                        "crw-rw-rw-          ? driver"])
            self.assertEqual([entry["name"] for entry in self.parsed("ls", "/dev/")],
                             ["disk", "driver"])
            self.assert_fails("/de: ENOENT", "ls", "/de", status=NOT_FOUND)
        self.start_server()
        self.phx("put", "/text", content=b"hello")
        for _ in self.everywhere():  # a root has no names that begin with no slash
            self.assertEqual(self.lines("ls"), ["dr-xr-xr-x          ? dev",
                                                "-rw-r--r--          5 text"])
        self.phx("mkdir", "/dev")
        self.phx("put", "/dev/null", content=b"x")
        self.phx("put", "/dev/Disk", content=b"12")
        for _ in self.everywhere():  # what is registered goes before what the server has
            self.assertEqual(self.lines("ls"), ["drwxr-xr-x          0 dev",
                                                "-rw-r--r--          5 text"])
            self.assertEqual(self.lines("ls", "/dev"), ["-rw-r--r--          2 Disk",
                                                        "??????????          ? disk",
                                                        "crw-rw-rw-          ? driver",
                                                        "-rw-r--r--          1 null"])

    def test_a_server_that_knows_little_or_lies(self):
        self.start(DISK)
        for _ in self.everywhere():
            self.assertEqual(self.lines("ls", "odd"), ["??????????          ? bare",
                                                       "??????????          ? bell??[2J"])
            self.assertEqual([entry["name"] for entry in self.parsed("ls", "odd")],
                             ["bare", "bell\a\033[2J"])
            self.assertIn("mode     drwxr-x--- 0040750", self.lines("stat", "odd"))
            self.assertIn("type     unknown", self.lines("stat", "odd/bare"))
            self.assert_fails("odd/gone: ENOENT", "stat", "odd/gone", status=NOT_FOUND)
            self.assert_fails("odd/greedy: EINVAL", "cat", "odd/greedy")
            self.assert_fails("odd/large: EINVAL", "cat", "odd/large")
            self.assert_fails("odd/still: EIO", "ls", "odd/still")
            self.assert_fails("odd/bare: EIO", "cat", "odd/bare")
            self.phx("ls", "odd/" + "more/" * 64)
            self.assert_fails("ELOOP", "ls", "odd/" + "more/" * 65)
            self.assert_fails("ENAMETOOLONG", "ls", "odd/" + "more/" * 1000)

    def test_a_server_that_does_not_answer_and_one_that_is_gone(self):
        inner = self.start_server("inner")
        outer = self.start_server()
        self.phx("mkdir", "/mnt")
        self.phx("mount", "inner", "/mnt")
        for _ in self.everywhere():
            inner.send_signal(signal.SIGSTOP)
            self.assert_fails("/mnt: timeout", "--timeout", "200", "ls", "/mnt", status=TIMEOUT)
            inner.send_signal(signal.SIGCONT)
            self.phx("ls", "/mnt")
        inner.end()
        for _ in self.everywhere():
            self.assert_fails("/mnt: the service is dead", "ls", "/mnt", status=DEAD)
            self.assert_fails("inner: ENOENT: no server has it", "ls", "inner", status=NOT_FOUND)
            self.assertEqual(len(self.lines("ls")), 1)
        self.phx("umount", "/mnt")
        self.assertEqual(self.phx("ls", "/mnt"), b"")
        outer.end()

    def test_reading_goes_on_as_the_file_does_and_ends_with_its_reader(self):
        self.start_server()
        self.phx("put", "/large", content=bytes(3000000))
        for _ in self.everywhere():
            with subprocess.Popen([BIN / "viaduct", "phx", "cat", "/large"],
                                  env=environment(self.gateway.settings(self.remote)),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as popen:
                popen.stdout.read(10)
                popen.stdout.close()
                self.assertNotEqual(popen.wait(LIMIT_S), 0)

    def test_wrong_usage(self):
        for words in [[], ["list"], ["ls", "/", "/"], ["cat"], ["put"], ["put", "/", "-", "x"],
                      ["stat"], ["mkdir"], ["rm"], ["mount", "/"], ["umount"]]:
            self.assert_fails("Try: viaduct --help", *words, status=USAGE)

    def test_no_gateway(self):
        self.start_server()
        self.gateway.stop()
        self.assert_fails("no gateway answers", "ls", status=NO_GATEWAY)
        self.gateway.start()


if __name__ == "__main__":
    unittest.main()
