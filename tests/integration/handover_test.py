"""A new viaductd takes the place of the one that runs, and nobody who uses it notices."""

import asyncio
import json
import os
import pathlib
import select
import signal
import socket
import ssl
import statistics
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import websockets

from world import BIN, LIMIT_S, PROGRAMS, Gateway, Process, run, state_version

EMIT = 12  # enum stage_code
ROUNDS = 20


class ReplacedGateway(Gateway):
    """One whose process is replaced by another."""

    def size(self):
        """Descriptors, and kilobytes of memory, of the process that is the gateway."""
        n_fds = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        memory = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return n_fds, int(memory.split()[1])


class HandoverTest(unittest.TestCase):
    def setUp(self):
        self.gateway = ReplacedGateway(limits={"handover_ms": 1000}).start()
        self.addCleanup(self.gateway.close)

    def counter(self, *words, remote=False):
        process = self.gateway.program(PROGRAMS / "counting", *words, remote=remote)
        line = process.line()
        self.assertEqual(line, "ready")
        return process

    def finished(self, process):
        status, out = process.wait()
        self.assertEqual(status, 0, out)
        return json.loads(out)

    def check(self, service, users):
        """No call lost or doubled, nobody told of a death, no event missed."""
        told = [self.finished(user) for user in users]
        for user in told:
            self.assertGreater(user["calls"], 0)
            self.assertEqual((user["failed"], user["deaths"], user["gaps"], user["backwards"]),
                             (0, 0, 0, 0), told)
        self.assertEqual(self.finished(service)["calls"], sum(user["calls"] for user in told))

    def everybody_is_back(self):
        done = self.gateway.cli("ping", remote=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_calls_events_names_and_finds_go_on(self):
        services = {"local": self.counter("serve", "local"),
                    "remote": self.counter("serve", "remote", remote=True)}
        users = {name: [self.counter("use", name, remote=remote) for remote in [False, True]]
                 for name in services}
        watcher = self.counter("watch", "late-*")
        finder = self.counter("find", "late-0")
        sizes = []
        for _ in range(ROUNDS):
            self.gateway.take_over()
            sizes.append(self.gateway.size())
            self.everybody_is_back()
        late = self.counter("serve", "late-0")
        self.assertEqual(self.finished(finder), {"found": "late-0"})
        for name, service in services.items():
            self.check(service, users[name])
        self.assertEqual(self.finished(watcher), {"appeared": ["late-0"], "gone": []})
        self.finished(late)
        fds = [n for n, _ in sizes]
        self.assertLessEqual(max(fds[5:]), max(fds[:5]) + 4, sizes)
        memory = [kb for _, kb in sizes]
        # What leaks is there for good; what a moment needs is not.
        self.assertLessEqual(statistics.median(memory[10:]), 1.25 * max(memory[:10]), sizes)

    def test_large_messages_go_on(self):
        for remote in [False, True]:
            name = f"large-{remote}"
            service = self.counter("serve", name, remote=remote)
            users = [self.counter("use", name, "1000000", remote=remote),
                     self.counter("use", name, "300000", remote=not remote),
                     self.counter("use", name, remote=remote)]
            for _ in range(5):
                self.gateway.take_over()
                self.everybody_is_back()
            self.check(service, users)

    # ---- what goes wrong before the last message ----

    def ask(self):
        asker = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asker.settimeout(LIMIT_S)
        asker.connect(f"{self.gateway.socket}.handover")
        return asker

    def test_what_a_pipe_does_not_take_yet_is_handed_over(self):
        """Also when the session it came from is over."""
        service = self.gateway.program(PROGRAMS / "streamer", "serve", "streams")
        self.assertEqual(service.line(), "ready")
        for words in ["leave", "collect"]:
            client = self.gateway.program(PROGRAMS / "streamer", words, "streams",
                                          remote=words == "leave")
            self.assertEqual(client.line(), "ok")
            client.wait()
            if words == "leave":
                self.gateway.take_over()
        self.everybody_is_back()

    def test_one_that_fails_changes_nothing(self):
        service = self.counter("serve", "steady")
        users = [self.counter("use", "steady", remote=remote) for remote in [False, True]]
        ask = struct.pack("<QII", 0x6B73612074636475, state_version(), 0)
        ready = struct.pack("<I", 0x59444552)

        def leave(asker):
            asker.close()

        def say_nonsense(asker):
            asker.send(b"nonsense")
            self.assertEqual(asker.recv(100), b"")

        def ask_and_leave(asker):
            asker.send(ask)

        def is_offer(octets):
            return len(octets) == 280 and struct.unpack_from("<I", octets, 8) == (0,)

        def take_and_leave(asker):
            asker.send(ask)
            self.assertTrue(is_offer(asker.recv(1000)))
            _, fds, _, _ = socket.recv_fds(asker, 100, 200)
            for fd in fds:
                os.close(fd)

        def fall_silent(asker):
            asker.send(ask)
            self.assertTrue(is_offer(asker.recv(1000)))
            self.gateway.cli("ping")  # answered when the gateway goes on

        def be_deaf(asker):
            asker.send(ask)
            asker.shutdown(socket.SHUT_RD)  # what is to come cannot be sent
            try:
                asker.send(ready)
            except BrokenPipeError:
                pass

        for phase in [leave, say_nonsense, ask_and_leave, take_and_leave, fall_silent, be_deaf]:
            with self.subTest(phase.__name__), self.ask() as asker:
                phase(asker)
            self.everybody_is_back()
        # Real ones that cannot: an address that is taken, a configuration that is wrong.
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            for words, message in [
                    (["--listen", f"127.0.0.1:{taken.getsockname()[1]}"],
                     "another program listens"),
                    (["--key", "/nowhere"], "/nowhere")]:
                done = run(BIN / "viaductd", "--config", self.gateway.folder / "config",
                           "--take-over", *words)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(message, done.stderr)
                self.everybody_is_back()
        self.gateway.take_over()
        self.everybody_is_back()
        self.check(service, users)

    def change_version(self, listener):
        """Between the one that asks and the gateway: the first wants another state's version."""
        asker, _ = listener.accept()
        with asker, self.ask() as gateway:
            magic, version, zero = struct.unpack("<QII", asker.recv(100))
            gateway.send(struct.pack("<QII", magic, version + 1, zero))
            asker.send(gateway.recv(1000))

    def test_one_of_another_version_is_turned_away(self):
        service = self.counter("serve", "steady")
        users = [self.counter("use", "steady", remote=remote) for remote in [False, True]]
        other = self.gateway.folder / "other"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.settimeout(LIMIT_S)
            listener.bind(f"{other}.handover")
            listener.listen()
            between = threading.Thread(target=self.change_version, args=[listener])
            between.start()
            done = run(BIN / "viaductd", "--config", self.gateway.folder / "config",
                       "--socket", other, "--take-over")
            between.join()
        self.assertEqual(done.returncode, 1)
        self.assertIn("version", done.stderr)
        self.assertFalse(other.exists())
        self.everybody_is_back()
        self.gateway.take_over()  # one of the same version is not
        self.everybody_is_back()
        self.check(service, users)

    def test_one_that_is_killed_while_it_takes_over(self):
        service = self.counter("serve", "steady")
        users = [self.counter("use", "steady", remote=remote) for remote in [False, True]]
        old = self.gateway.process
        killed = 0
        for i in range(12):
            new = Process(BIN / "viaductd", "--config", self.gateway.folder / "config",
                          "--take-over")
            # Sooner and later: the nearest thing to any moment is a number of its page faults.
            # One that has fewer, and is the gateway, makes no more.
            while (new.popen.poll() is None and old.popen.poll() is None
                   and self.faults(new) < 60 * i):
                continue
            new.popen.kill()
            new.popen.communicate()
            try:
                old.popen.wait(0.2)
            except subprocess.TimeoutExpired:
                killed += 1
                self.everybody_is_back()
                continue
            break  # it was the gateway already: that is a restart, and another test's
        self.assertGreater(killed, 0)
        if old.popen.poll() is None:
            self.check(service, users)
        else:
            self.gateway.process = None
            old.end()

    @staticmethod
    def faults(process):
        try:
            stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
        except OSError:
            return 1 << 30
        return int(stat.rsplit(")", 1)[1].split()[7])

    def test_with_nobody_there_it_just_starts(self):
        self.gateway.stop()
        self.gateway.process = Process(BIN / "viaductd", "--config",
                                       self.gateway.folder / "config", "--take-over")
        self.assertTrue(self.gateway.process.line().startswith("viaductd: ready socket="))
        self.assertEqual(self.gateway.cli("ping").returncode, 0)

    def test_the_socket_answers_all_the_while(self):
        stop = threading.Event()
        refused = []

        def connect():
            while not stop.is_set():
                with socket.socket(socket.AF_UNIX) as one:
                    try:
                        one.connect(str(self.gateway.socket))
                    except OSError as error:
                        refused.append(error)

        thread = threading.Thread(target=connect)
        thread.start()
        for _ in range(5):
            self.gateway.take_over()
        stop.set()
        thread.join()
        self.assertEqual(refused, [])


class StreamsHandoverTest(unittest.TestCase):
    """Descriptors that have crossed a WebSocket."""

    def setUp(self):
        self.gateway = ReplacedGateway().start()
        self.addCleanup(self.gateway.close)

    def flows(self, *words, remote=False):
        process = self.gateway.program(PROGRAMS / "flows", *words, remote=remote)
        self.assertEqual(process.line(), "ready")
        return process

    def move(self, client):
        client.popen.stdin.write("move\n")
        client.popen.stdin.flush()
        self.assertEqual(client.line(), "moved")

    def check_flows(self, service_is_remote, client_is_remote):
        """All that flows, each way, flows on, and no octet is lost or comes twice."""
        service = self.flows("serve", "flows", remote=service_is_remote)
        client = self.flows("use", "flows", remote=client_is_remote)
        sizes = []
        for _ in range(3):
            self.move(client)
            self.gateway.take_over()
            self.gateway.take_over()  # perhaps before anybody is back
            self.move(client)
            sizes.append(self.gateway.size()[0])
        status, out = client.wait()
        self.assertEqual((status, out), (0, "ok\n"))
        self.assertLessEqual(max(sizes), sizes[0] + 2, "descriptors are left behind")
        service.end()

    def test_streams_to_a_remote_client_flow_on(self):
        self.check_flows(False, True)

    def test_streams_to_a_remote_service_flow_on(self):
        self.check_flows(True, False)

    def test_streams_between_remote_programs_flow_on(self):
        self.check_flows(True, True)

    def test_streams_that_are_over_are_no_hindrance(self):
        """Neither are their numbers, which both ends go on counting."""
        service = self.gateway.program(PROGRAMS / "streamer", "serve", "streams", remote=True)
        self.assertEqual(service.line(), "ready")
        for remote in [False, True, False]:
            client = self.gateway.program(PROGRAMS / "streamer", "use", "streams", remote=remote)
            self.assertEqual([client.line(), client.line()], ["found", "ok"])
            self.gateway.take_over()
        service.end()

    def test_what_a_client_has_left_is_still_written(self):
        """It passed a pipe, and went; nobody has read it yet."""
        service = self.flows("serve", "flows")
        client = self.gateway.program(PROGRAMS / "flows", "leave", "flows", "200000", remote=True)
        number = client.line()
        self.assertEqual(client.wait(), (0, ""))
        for _ in range(2):
            self.gateway.take_over()
        reaper = self.gateway.program(PROGRAMS / "flows", "reap", "flows", number, "200000")
        self.assertEqual(reaper.line(), "ok")
        service.end()


class ChildrenHandoverTest(unittest.TestCase):
    """Processes that the gateway has started for its clients."""

    LIBRARY = "libkitChild.so"

    def begin(self, **settings):
        settings["LD_LIBRARY_PATH"] = os.environ["VIADUCT_TEST_LIB"]
        for name, value in settings.items():
            os.environ[name] = str(value)
            self.addCleanup(os.environ.pop, name)
        spawn = {"helper": str(BIN / "viaduct-ability-child"), "libraries": [self.LIBRARY]}
        self.gateway = ReplacedGateway(
            spawn=spawn, limits={"max_children": 1, "spawn_ms": LIMIT_S * 1000})
        self.addCleanup(self.gateway.close)
        self.gateway.start()
        return self.gateway.program(PROGRAMS / "spawner", self.LIBRARY, remote=True)

    @staticmethod
    def say(process, word):
        process.popen.stdin.write(word + "\n")
        process.popen.stdin.flush()

    def told(self, process, word):
        self.say(process, word)
        return process.line()

    def await_end(self, pidfd):
        ends = select.poll()
        ends.register(pidfd, select.POLLIN)
        self.assertTrue(ends.poll(LIMIT_S * 1000))
        os.close(pidfd)

    def test_they_go_on(self):
        spawner = self.begin()
        pid = self.told(spawner, "start")
        pidfd = os.pidfd_open(int(pid))
        for _ in range(3):
            self.gateway.take_over()
            self.assertEqual(self.told(spawner, "ask"), pid)
        self.assertRegex(self.told(spawner, "start"), "error")  # max_children still counts it
        self.assertEqual(spawner.wait()[0], 0)
        self.await_end(pidfd)

    def test_one_that_ends_is_noticed_by_the_next_gateway(self):
        spawner = self.begin()
        pid = self.told(spawner, "start")
        self.gateway.take_over()
        os.kill(int(pid), signal.SIGKILL)
        self.assertEqual(self.told(spawner, "await"), "dead")
        until = time.monotonic() + LIMIT_S
        answer = "error"
        while answer.startswith("error") and time.monotonic() < until:
            answer = self.told(spawner, "start")  # max_children counts it until it is reaped
        self.assertRegex(answer, "^[0-9]+$")
        self.assertNotEqual(answer, pid)

    def test_one_that_is_being_started_is_started(self):
        with tempfile.TemporaryDirectory(prefix="viaduct-test-") as folder:
            fifo = pathlib.Path(folder) / "fifo"
            os.mkfifo(fifo)
            spawner = self.begin(KIT_CHILD="wait", KIT_CHILD_FIFO=fifo)
            self.say(spawner, "start")
            with open(fifo, "wb"):  # which it does when the child reads it
                for _ in range(2):
                    self.gateway.take_over()
            pid = spawner.line()
            self.assertRegex(pid, "^[0-9]+$")
            self.assertEqual(self.told(spawner, "ask"), pid)


class JsonHandoverTest(unittest.IsolatedAsyncioTestCase):
    """JSON clients are told to come back, and go on where they were."""

    async def test_they_come_back_and_miss_nothing(self):
        gateway = ReplacedGateway().start()
        self.addCleanup(gateway.close)
        gateway.stage()
        tls = ssl.create_default_context(cafile=gateway.certs.pem("ca"))
        tls.load_cert_chain(gateway.certs.pem("client"), gateway.certs.key("client"))

        async def ask(web, method, **params):
            await web.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                       "params": params}))
            events = []
            while True:
                message = json.loads(await asyncio.wait_for(web.recv(), LIMIT_S))
                if "id" in message:
                    return message["result"], events
                events.append(message["params"])

        since, numbers = None, []
        for _ in range(4):
            async with websockets.connect(f"wss://localhost:{gateway.port}/", ssl=tls,
                                          subprotocols=["viaduct.json.1"]) as web:
                start = {} if since is None else {"from": since}
                result, _ = await ask(web, "subscribe", service="stage", **start)
                self.assertTrue(result["recovered"], result)
                _, events = await ask(web, "call", service="stage", code=EMIT,
                                      data=[{"u32": 3}])
                _, more = await ask(web, "ping")
                for event in events + more:
                    since = event["since"]
                    numbers.append(int(since.split(":")[1]))
                await asyncio.to_thread(gateway.take_over)
                await asyncio.wait_for(web.wait_closed(), LIMIT_S)
                self.assertEqual(web.close_code, 1012)
            done = gateway.cli("call", "stage", str(EMIT), '[{"u32":2}]')  # while it is away
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(numbers, list(range(1, numbers[-1] + 1)))
        self.assertEqual(len(numbers), 4 * 3 + 3 * 2)


if __name__ == "__main__":
    unittest.main()
