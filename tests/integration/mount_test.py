"""viaduct mount: servers of files as a directory of this host, with the host's own commands on it.

Whether anything can be mounted here is found out without it. If not, it has to say so, and why; the
first line printed says which of the two was tested."""

import ctypes
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from world import BIN, LIMIT_S, PROGRAMS, Gateway, Process, environment, run

DONE, FAILED, USAGE, NOT_FOUND, DENIED, DEAD, TIMEOUT, NO_GATEWAY, UNAVAILABLE = range(9)
SERVER = BIN / "via-ramfs-server"
DRIVER = PROGRAMS / "phoenix" / "older" / "driver"
DISK = PROGRAMS / "phoenix" / "older" / "disk"
HOSTILE = PROGRAMS / "phoenix" / "older" / "hostile"
IS_BUILT = os.environ["VIADUCT_TEST_FUSE3"] == "TRUE"
MNT_DETACH = 2


def kernel_mounts():
    """Whether this process could mount with FUSE, by its own hand."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError:
        return False
    with tempfile.TemporaryDirectory() as folder:
        options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
        done = libc.mount(b"probe", folder.encode(), b"fuse", 6, options) == 0
        if done:
            libc.umount2(folder.encode(), MNT_DETACH)
    os.close(fd)
    return done


def text_of(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


class MountTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)
        self.dir = self.gateway.folder / "dir"
        self.dir.mkdir()
        self.addCleanup(self.detach)
        self.remote = False

    def detach(self):
        ctypes.CDLL(None).umount2(str(self.dir).encode(), MNT_DETACH)

    def start(self, program, *words, ready="ready"):
        process = self.gateway.program(program, *words)
        self.assertEqual(process.line(), ready)
        return process

    def start_server(self, name="/", *words):
        return self.start(SERVER, "-n", name, *words, ready=f"ramfs: ready as {name}")

    def mount(self, *words, remote=False):
        return self.gateway.cli("mount", *words, remote=remote)

    def assert_fails(self, status, reason, *words):
        done = self.mount(*words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        self.assertIn(reason, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def foreground(self, *words, remote=False):
        process = Process(BIN / "viaduct", "mount", "-f", *words,
                          settings=self.gateway.settings(remote))
        self.addCleanup(process.end)
        self.assertEqual(process.line(), f"viaduct mount: ready at {words[-1]}")
        return process

    def shell(self, script, status=0):
        """In the mounted directory, with the host's commands; what it prints."""
        done = subprocess.run(["bash", "-ec", script], cwd=self.dir, capture_output=True, text=True,
                              timeout=LIMIT_S, check=False, env=environment())
        self.assertEqual(done.returncode, status, (script, done))
        return done.stdout

    def unmount(self):
        done = run("umount", self.dir)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Refused(MountTest):
    """What is refused anywhere."""

    def test_a_directory_that_does_not_do(self):
        self.start_server()
        file = self.gateway.folder / "file"
        file.touch()
        self.assert_fails(NOT_FOUND, "dir/x: there is no such directory", "/", self.dir / "x")
        self.assert_fails(USAGE, "file: it is not a directory", "/", file)
        self.assert_fails(USAGE, "it is not empty", "/", self.gateway.folder)
        done = self.mount("/")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("takes PATH DIR", done.stderr)

    def test_help_tells_of_it(self):
        done = self.gateway.cli("help", "mount")
        self.assertEqual(done.returncode, DONE)
        for word in ["mount PATH DIR", "fusermount3 -u DIR", "--foreground", "--allow-other",
                     "--server-ids"]:
            self.assertIn(word, done.stdout)
        self.assertNotIn("watch", done.stdout)
        self.assertEqual(self.gateway.cli("help", "nothing").returncode, USAGE)
        self.assertEqual(self.gateway.cli("help").stdout, self.gateway.cli("--help").stdout)


class NotPossible(MountTest):
    def test_it_says_why(self):
        self.start_server()
        reason = "built without libfuse3" if not IS_BUILT else "mounted"
        self.assert_fails(UNAVAILABLE, reason, "/", self.dir)
        self.assertFalse(os.path.ismount(self.dir))


class Mounted(MountTest):
    def test_the_hosts_commands(self):
        self.start_server("/", "-s", "256")
        for remote in [False, True]:
            with self.subTest(remote=remote):
                done = self.mount("/", self.dir, remote=remote)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (DONE, "", ""))
                self.commands()
                self.unmount()

    def commands(self):
        source = self.gateway.folder / "source"
        self.shell(f"""
            mkdir -p {source}/deep/er
            for i in $(seq 50); do echo "line $i" >{source}/deep/$i; done
            head -c 3000000 /dev/urandom >{source}/deep/er/large
            ln -sf ../large {source}/deep/er/link; chmod 640 {source}/deep/7""")
        self.assertEqual(self.shell("ls -A"), "")
        self.shell(f"cp -r {source} copy && diff -r --no-dereference {source} copy")
        self.assertEqual(self.shell("grep -rl 'line 3' copy | sort | head -3"),
                         "copy/deep/3\ncopy/deep/30\ncopy/deep/31\n")
        self.assertEqual(self.shell("ls copy/deep | wc -l"), "51\n")
        self.assertIn("-rw-r----- 1 ", self.shell("ls -l copy/deep/7"))
        self.shell("mv copy moved && mv moved/deep/er/large . && cmp large "
                   f"{source}/deep/er/large")
        self.shell("cp -a moved kept && diff -r --no-dereference moved kept")
        self.assertEqual(self.shell("readlink moved/deep/er/link"), "../large\n")
        self.assertEqual(self.shell("mkdir d && echo one >d/f && echo two >>d/f && cat d/f"),
                         "one\ntwo\n")
        self.assertEqual(self.shell("ln -s d/f s && cat s && ln d/f h && stat -c %h h"),
                         "one\ntwo\n2\n")
        self.assertEqual(self.shell("chmod 4751 d/f && stat -c '%a %s %F %u' d/f"),
                         f"4751 8 regular file {os.getuid()}\n")
        self.assertEqual(self.shell("touch -d @1000 d/f && stat -c %Y d/f"), "1000\n")
        self.assertEqual(self.shell("truncate -s 3 d/f && cat h; truncate -s 5 d/f; wc -c <h"),
                         "one5\n")
        self.assertEqual(self.shell("df --output=size,target . | tail -1").split(),
                         ["262144", str(self.dir)])
        self.assertEqual(self.shell("mkdir e && rmdir e && test ! -e e && echo gone"), "gone\n")
        self.shell("rmdir d", status=1)
        self.assertEqual(self.shell("mv -T d n && find n -type f -size -1k; test -e d || echo no"),
                         "no\n")
        self.assertEqual(self.shell("dd if=large of=l2 bs=1M oflag=sync 2>/dev/null; cmp large l2"),
                         "")
        self.assertEqual(self.shell("exec 3<h; rm h n/f; cat <&3 | wc -c; exec 3<&-; ls n"), "5\n")
        self.shell("chown 4711 l2", status=1)
        self.shell("rm -r -- * && test -z \"$(ls -A)\"")

    def test_below_a_path_and_by_a_name(self):
        self.start_server("inner")
        done = self.gateway.cli("phx", "mkdir", "inner/a")
        self.assertEqual(done.returncode, DONE)
        self.assertEqual(self.mount("inner/a", self.dir).returncode, DONE)
        self.shell("echo x >file")
        self.unmount()
        self.assertEqual(self.gateway.cli("phx", "cat", "inner/a/file").stdout, "x\n")
        self.assert_fails(NOT_FOUND, "inner/none: ENOENT", "inner/none", self.dir)
        self.assert_fails(NOT_FOUND, "/none: ENOENT: no server has it", "/none", self.dir)
        self.assert_fails(FAILED, "inner/a/file: ENOTDIR", "inner/a/file", self.dir)
        self.gateway.stop()
        self.assert_fails(NO_GATEWAY, "no gateway answers", "inner", self.dir)
        self.gateway.start()
        self.assertFalse(os.path.ismount(self.dir))

    def test_registered_names_are_a_tree(self):
        self.start(DISK)
        self.start(DRIVER, "server", "1")
        self.assertEqual(self.mount("/", self.dir).returncode, DONE)
        self.assertEqual(self.shell("ls; ls dev; ls odd"),
                         "dev\nodd\ndisk\ndriver\nbare\nbell\a\033[2J\ngone\n")
        self.assertIn("Read-only", subprocess.run(
            ["mkdir", self.dir / "x"], capture_output=True, text=True, check=False).stderr)
        self.unmount()
        self.start_server()
        self.assertEqual(self.mount("/", self.dir).returncode, DONE)
        self.assertEqual(self.shell("ls; mkdir x; ls; ls dev"),
                         "dev\ndev\nx\ndisk\ndriver\n")
        self.assertEqual(self.gateway.cli("phx", "mkdir", "/dev").returncode, DONE)
        self.unmount()
        self.assertEqual(self.mount("/", self.dir).returncode, DONE)
        self.assertEqual(self.shell("echo y >dev/z; ls dev; rm dev/z; ls dev"),
                         "disk\ndriver\nz\ndisk\ndriver\n")
        self.shell("rm dev/disk", status=1)

    def test_a_device(self):
        self.start_server()
        self.start(DRIVER, "server", "1")
        self.assertEqual(self.mount("/", self.dir).returncode, DONE)
        self.assertEqual(self.shell("echo hello >dev/driver; head -c 6 dev/driver"), "hello\n")
        self.assertIn("Resource temporarily unavailable",
                      self.shell("cat dev/driver 2>&1 || true"))

    def test_it_stays_until_it_is_unmounted_or_a_signal_ends_it(self):
        self.start_server()
        ours, its = os.pipe()
        done = subprocess.run([BIN / "viaduct", "mount", "/", self.dir], pass_fds=[its],
                              env=environment(self.gateway.settings()), check=False,
                              capture_output=True, timeout=LIMIT_S)
        os.close(its)
        self.assertEqual(done.returncode, DONE)
        self.shell("echo x >y")
        self.unmount()
        self.assertEqual(os.read(ours, 1), b"")  # whoever had the other end has ended
        os.close(ours)
        for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:
            process = self.foreground("/", self.dir)
            self.assertEqual(self.shell("cat y"), "x\n")
            process.send_signal(number)
            self.assertEqual(process.wait(), (DONE, ""))
            self.assertFalse(os.path.ismount(self.dir))
        process = self.foreground("/", self.dir)
        self.unmount()
        self.assertEqual(process.wait(), (DONE, ""))

    def test_a_signal_ends_it_though_a_server_does_not_answer(self):
        server = self.start_server()
        process = self.foreground("--timeout", "0", "/", self.dir)
        server.send_signal(signal.SIGSTOP)
        with subprocess.Popen(["stat", self.dir / "x"], stderr=subprocess.PIPE) as popen:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(), (DONE, ""))
            popen.communicate(timeout=LIMIT_S)
            self.assertNotEqual(popen.returncode, 0)
        server.send_signal(signal.SIGCONT)

    def test_who_waits_can_be_killed(self):
        server = self.start_server()
        process = self.foreground("--timeout", "0", "/", self.dir)
        self.shell("echo x >y")
        server.send_signal(signal.SIGSTOP)
        with subprocess.Popen(["cat", self.dir / "y"], stderr=subprocess.DEVNULL) as popen:
            popen.kill()
            self.assertEqual(popen.wait(LIMIT_S), -signal.SIGKILL)
        server.send_signal(signal.SIGCONT)
        self.assertEqual(self.shell("cat y"), "x\n")
        self.unmount()
        self.assertEqual(process.wait(), (DONE, ""))

    def test_a_server_that_does_not_answer(self):
        server = self.start_server()
        self.foreground("--timeout", "300", "/", self.dir)
        self.shell("echo x >y")
        server.send_signal(signal.SIGSTOP)
        for words in [["cat", self.dir / "none"], ["touch", self.dir / "z"], ["ls", self.dir]]:
            self.assertIn("timed out", run(*words).stderr)
        server.send_signal(signal.SIGCONT)
        while run("cat", self.dir / "y").returncode != 0:
            pass  # until it has caught up
        self.assertEqual(self.shell("cat y"), "x\n")

    def test_a_gateway_that_is_lost_and_comes_back(self):
        self.start_server()
        self.foreground("--timeout", "500", "/", self.dir)
        self.shell("echo x >y")
        for end in [self.gateway.kill, self.gateway.stop]:
            end()
            done = run("stat", self.dir / "none")
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, "Input/output error|timed out")
            self.gateway.start()
            while run("cat", self.dir / "y").stdout != "x\n":
                pass  # until it and the server have found it again
        self.shell("echo z >y")

    def test_a_server_that_means_no_good(self):
        self.start(HOSTILE)
        self.foreground("--timeout", "500", "/", self.dir)
        self.assertEqual(self.shell("ls names | wc -l; ls -la names >/dev/null; ls dev"),
                         "3\ngood\n")
        self.shell("ls -la >/dev/null 2>&1 || true")
        for name in ["still", "nameless"]:
            self.assertIn("Input/output error", self.shell(f"ls {name} 2>&1 || true"))
        self.assertEqual(self.shell("ls -U endless | head -3"), "0\n7\n14\n")
        self.shell("timeout --signal=KILL 1 ls -U endless >/dev/null", status=137)
        for name in ["good", "empty", "huge"]:
            self.assertEqual(self.shell(f"head -c 5 {name}"), "hello")
        for name in ["greedy", "errors", "silent", "odd", "negative/x"]:
            self.shell(f"cat {name} 2>/dev/null", status=1)
        self.shell("echo x >taker", status=1)
        self.shell("echo x >sloth", status=1)
        self.shell("echo x >new", status=1)
        self.shell("mkdir new", status=1)
        self.shell("rm good", status=1)
        self.shell("ls loop >/dev/null; ls loop/loop/root >/dev/null 2>&1 || true; df . >/dev/null")
        self.shell("find . -xdev -maxdepth 3 -path ./endless -prune -o -print >/dev/null 2>&1 "
                   "|| true")
        self.unmount()


def load_tests(loader, standard, pattern):
    del standard, pattern
    possible = IS_BUILT and kernel_mounts()
    print("mounting is", "possible here: it is tested" if possible else
          "not possible here: what is said of that is tested", flush=True)
    suite = unittest.TestSuite()
    for cases in [Refused, Mounted if possible else NotPossible]:
        suite.addTests(loader.loadTestsFromTestCase(cases))
    return suite


if __name__ == "__main__":
    unittest.main()
