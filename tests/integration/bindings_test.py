"""Bindings: which service a client's interface means. The operator's side (file, command, JSON),
the client's (found, refused, kept waiting), and what it costs nobody when the gateway goes."""

import asyncio
import json
import os
import pathlib
import ssl
import tempfile
import unittest

import websockets
from world import BIN, LIMIT_S, PROGRAMS, Gateway, Process, run

DONE, FAILED, USAGE, NOT_FOUND, DENIED, DEAD, TIMEOUT, NO_GATEWAY = range(8)
ME = os.getuid()
OTHER = 54321  # nobody's number
RAW = [{"bytes": "aGFsbG8="}]


class World(unittest.TestCase):
    config = {}

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-test-"))
        self.addCleanup(self.folder.rmdir)
        self.file = self.folder / "bindings"
        self.file.write_text("bindings: { }\n")
        self.addCleanup(self.file.unlink)
        self.gateway = Gateway(bindings_file=str(self.file), name="here", **self.config).start()
        self.addCleanup(self.gateway.close)

    def cli(self, *words, status=DONE, **more):
        done = self.gateway.cli(*words, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == DONE else done.stderr

    def bound(self, *words, remote=False):
        process = self.gateway.program(PROGRAMS / "bound", *words, remote=remote)
        return process

    def serve(self, name, protocol="p", size=8, remote=False):
        process = self.bound("serve", name, protocol, size, remote=remote)
        self.assertEqual(process.line(), "ready")
        return process

    def find(self, interface, wait_ms=0, remote=False):
        return self.bound("find", interface, wait_ms, remote=remote).line()

    def awaiting(self, interface, protocol="p", remote=False):
        """One that the gateway lets wait."""
        before = len(self.waiting())
        process = self.bound("await", interface, protocol, remote=remote)
        self.assertEqual(process.line(), "waiting")
        while len(self.waiting()) == before:
            pass  # each look is a round trip; a broken gateway fails it
        return process

    def waiting(self):
        return json.loads(self.cli("ls", "--waiting", "--json"))

    def lists(self):
        return json.loads(self.cli("bindings", "--json"))

    def tell(self, process, word):
        process.popen.stdin.write(word + "\n")
        process.popen.stdin.flush()

    def reload_until(self, text, binding):
        """Puts @text in the file's place, and waits until it is in force."""
        self.file.write_text(text)
        while binding not in self.cli("bindings"):
            pass


class FoundTest(World):
    def test_without_a_rule_it_is_the_users_own_service_of_that_name(self):
        self.assertEqual(self.find("clock"), "not_found")
        server = self.serve("clock", "clock-1", 212)
        self.assertEqual(self.find("clock"), f"ok clock {ME} clock-1 212")
        self.assertEqual(self.find("clock", remote=True), f"ok clock {ME} clock-1 212")
        self.tell(server, "hide")
        self.assertEqual(server.line(), "hide")
        self.assertEqual(self.find("clock"), "not_found")

    def test_who_is_remote_gets_the_only_service_of_that_name(self):
        self.serve("clock", remote=True)
        self.assertRegex(self.find("clock", remote=True), "^ok clock 4294967295 ")
        self.assertEqual(self.find("clock"), "not_found")  # it is not this user's
        self.serve("clock")
        self.assertEqual(self.find("clock", remote=True), "denied")  # which of the two?
        self.cli("bind", "<nobody>.clock", f"<{ME}>.clock")
        self.assertRegex(self.find("clock", remote=True), f"^ok clock {ME} ")

    def test_a_binding_says_which_and_the_next_one_replaces_it(self):
        self.serve("bell.one")
        self.serve("bell.two")
        self.cli("bind", f"<{ME}>.door", f"<{ME}>.bell.one")
        self.assertRegex(self.find("door"), "^ok bell.one ")
        self.cli("bind", f"<{ME}>.door", f"here/<{ME}>.bell.two")
        self.assertRegex(self.find("door"), "^ok bell.two ")
        self.cli("unbind", f"<{ME}>.door")
        self.assertEqual(self.find("door"), "not_found")
        self.cli("bind", f"<{ME}>.bell.one", f"<{ME}>.bell.two")
        self.assertRegex(self.find("bell.one"), "^ok bell.two ")

    def test_a_binding_is_of_one_user(self):
        self.serve("bell")
        self.cli("bind", f"<{OTHER}>.door", f"<{ME}>.bell")
        self.assertEqual(self.find("door"), "not_found")
        self.cli("bind", f"<{ME}>.door", f"<{OTHER}>.bell")
        self.assertEqual(self.find("door"), "not_found")

    def test_a_wait_has_an_end(self):
        self.assertEqual(self.find("nothing", 50), "not_found")

    def test_those_who_wait_are_served_when_it_comes(self):
        waiters = [self.awaiting("clock"), self.awaiting("clock", remote=True)]
        self.cli("bind", f"<{ME}>.door", f"<{ME}>.clock")
        waiters.append(self.awaiting("door"))
        server = self.serve("clock")
        for waiter in waiters:
            self.assertRegex(waiter.line(), "^ok clock ")
        self.assertEqual(self.waiting(), [])
        self.tell(server, "hide")
        self.assertEqual(server.line(), "hide")
        waiter = self.awaiting("clock")
        self.tell(server, "show")
        self.assertRegex(waiter.line(), "^ok clock ")

    def test_a_binding_that_comes_serves_those_who_wait(self):
        self.serve("bell")
        waiter = self.awaiting("door")
        self.cli("bind", f"<{ME}>.door", f"<{ME}>.bell")
        self.assertRegex(waiter.line(), "^ok bell ")

    def test_two_of_a_name_wait_until_there_is_one(self):
        local, remote = self.serve("clock"), self.serve("clock", remote=True)
        waiter = self.awaiting("clock", remote=True)
        self.assertEqual([row["state"] for row in self.waiting()], ["unbound"])
        self.tell(local, "hide")
        self.assertRegex(waiter.line(), "^ok clock 4294967295 ")
        remote.wait()

    def test_a_cancelled_one_waits_no_more(self):
        waiter = self.awaiting("clock")
        self.tell(waiter, "cancel")
        self.assertEqual(waiter.line(), "cancelled")
        self.assertEqual(self.waiting(), [])

    def test_the_end_of_one_who_waits_is_the_end_of_its_waiting(self):
        waiter = self.awaiting("clock")
        self.assertEqual(waiter.wait()[0], 0)
        self.assertEqual(self.waiting(), [])

    def test_the_wait_goes_on_when_the_gateway_comes_back(self):
        waiter = self.awaiting("clock")
        self.gateway.kill()
        self.gateway.start()
        while not self.waiting():
            pass
        self.serve("clock")
        self.assertRegex(waiter.line(), "^ok clock ")

    def test_without_a_gateway_it_says_so(self):
        self.gateway.stop()
        self.assertEqual(self.find("clock"), "not_connected")
        process = self.bound("await", "clock")
        process.popen.wait(LIMIT_S)
        self.assertEqual(process.popen.returncode, 1)
        self.gateway.start()

    def test_as_many_wait_as_are_allowed(self):
        self.gateway.stop()
        self.gateway.config["limits"] = {"max_waiting_finds": 1}
        self.gateway.start()
        self.awaiting("clock")
        self.assertEqual(self.find("clock", 1000), "busy")


class StrictTest(World):
    config = {"bindings_default": False}

    def test_what_is_not_bound_is_denied_or_waits_unbound(self):
        self.serve("clock")
        self.assertEqual(self.find("clock"), "denied")
        self.assertEqual(self.find("clock", 50), "not_found")
        waiter = self.awaiting("clock", "clock-1")
        (row,) = self.waiting()
        self.assertEqual(row, {"family": "legato", "interface": "clock", "pid": waiter.pid,
                               "uid": ME, "state": "unbound", "protocol": "clock-1"})
        self.cli("bind", f"<{ME}>.clock", f"<{ME}>.gone")
        (row,) = self.waiting()
        self.assertEqual((row["state"], row["service"]["interface"]), ("waiting", "gone"))
        self.assertEqual(self.find("clock"), "not_found")
        self.cli("unbind", f"<{ME}>.clock")
        self.assertEqual(self.waiting()[0]["state"], "unbound")
        self.cli("bind", f"<{ME}>.clock", f"<{ME}>.clock")
        self.assertRegex(waiter.line(), "^ok clock ")
        self.assertRegex(self.find("clock"), "^ok clock ")


class ListsTest(World):
    def test_they_look_as_in_the_tool_that_people_know(self):
        self.serve("bell", "bells", 100)
        self.cli("bind", "<root>.door.1", "<root>.hall.bell")
        waiter = self.awaiting("nothing", "none")
        lists = self.lists()
        self.assertEqual(lists["bindings"], [
            {"client": {"user": "root", "interface": "door.1"},
             "service": {"user": "root", "interface": "hall.bell"}}])
        (service,) = lists["services"]
        self.assertEqual((service["service"]["interface"], service["maxMessageSize"],
                          service["protocolId"]), ("bell", 100, "bells"))
        (waiting,) = lists["waiting"]
        self.assertEqual((waiting["client"]["interface"], waiting["pid"], waiting["protocolId"]),
                         ("nothing", waiter.pid, "none"))
        self.assertEqual(waiting["service"], waiting["client"])
        user = waiting["client"]["user"]
        text = self.cli("bindings")
        for line in ["BINDINGS", "        <root>.door.1 -> <root>.hall.bell", "SERVICES",
                     f"        <{user}>.bell  (protocol ID = 'bells', max message size = 100 bytes)",
                     "WAITING CLIENTS",
                     f"        [pid {waiter.pid:5}] <{user}>.nothing WAITING for <{user}>.nothing"
                     "  (protocol ID = 'none')"]:
            self.assertIn(line, text.splitlines())
        said = self.cli("ls", "--waiting").splitlines()
        self.assertEqual(len(said), 2)
        self.assertIn(f"nothing  WAITING for <{user}>.nothing  none", said[1])

    def test_nobody_waits(self):
        done = self.gateway.cli("ls", "--waiting")
        self.assertEqual((done.returncode, done.stdout), (DONE, ""))
        self.assertIn("nobody waits", done.stderr)

    def test_a_plain_find_waits_too(self):
        client = self.bound("plain", "later")
        while [row["state"] for row in self.waiting()] != ["plain"]:
            self.assertIsNone(client.popen.poll())
        self.assertEqual(self.lists()["waiting"], [])  # that is about bindings
        self.serve("later")
        self.assertEqual(client.line(), "ok")

    def test_lists_longer_than_a_page(self):
        names = [f"<{ME}>.a{i:04} -> <{ME}>.b" for i in range(600)]
        self.reload_until("bindings: {\n" + "\n".join(names) + "\n}\n", "a0599")
        self.assertEqual([row["client"]["interface"] for row in self.lists()["bindings"]],
                         [f"a{i:04}" for i in range(600)])


class OperatorTest(World):
    def test_wrong_words_are_told(self):
        for words, said in [(["bind", "<root>.a"], "takes CLIENT SERVER"),
                            (["bind", "door", "<root>.a"], 'column 5: ".INTERFACE" is missing'),
                            (["bind", "<root>.a", "<root>"], 'column 7: ".INTERFACE"'),
                            (["bind", "h/<root>.a", "<root>.b"], "only the right side"),
                            (["bind", "*.a", "<root>.b"], "say which"),
                            (["bind", "<root>.a", "elsewhere/<root>.b"], "leave the host out"),
                            (["unbind"], "takes CLIENT"),
                            (["bindings", "a"], "takes no words"),
                            (["ls", "--waiting", "a"], "takes no PATTERN")]:
            self.assertIn(said, self.cli(*words, status=USAGE))
        self.assertIn("no such user", self.cli("bind", "no-such.a", "<root>.b", status=NOT_FOUND))
        self.assertIn("no rule binds it", self.cli("unbind", "<root>.a", status=NOT_FOUND))

    def test_nobody_on_another_host_may_bind(self):
        for words in [["bind", "<root>.a", "<root>.b"], ["unbind", "<root>.a"]]:
            self.assertIn("root and the gateway's own user",
                          self.cli(*words, status=DENIED, remote=True))
        self.assertEqual([line["refused"] for line in self.gateway.audit()], ["bind", "unbind"])
        self.assertEqual(self.lists()["bindings"], [])
        self.assertIn("BINDINGS", self.cli("bindings", remote=True))

    @unittest.skipUnless(ME == 0, "only root can be somebody else")
    def test_another_user_of_this_host_may_not_bind(self):
        self.gateway.folder.chmod(0o755)
        self.gateway.socket.chmod(0o666)
        words = [BIN / "viaduct", "bind", "<root>.a", "<root>.b"]
        done = run("setpriv", "--reuid", str(OTHER), "--regid", str(OTHER), "--clear-groups",
                   *words, settings=self.gateway.settings())
        self.assertEqual(done.returncode, DENIED, done.stderr)

    def test_a_broken_file_stops_the_start_and_not_the_reload(self):
        self.reload_until(f"bindings:\n{{\n <{ME}>.a -> <{ME}>.b\n}}\n", ">.b")
        self.file.write_text("bindings:\n{\n <root>.a -> no-such-app.b\n}\n")
        done = run(BIN / "viaductd", "--config",
                   self.gateway.folder / "config", "--socket", self.folder / "none")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f'{self.file}:3:14: there is no user "appno-such-app"', done.stderr)
        self.assertIn(">.b", self.cli("bindings"))

    def test_what_the_file_says_changes_and_what_was_said_since_stays(self):
        self.serve("bell")
        waiter = self.awaiting("door")
        self.cli("bind", f"<{ME}>.said", f"<{ME}>.bell")
        self.cli("bind", f"<{ME}>.both", f"<{ME}>.bell")
        self.reload_until(f"bindings: {{ <{ME}>.door -> <{ME}>.bell <{ME}>.both -> <{ME}>.z }}\n",
                          ".door ->")
        self.assertRegex(waiter.line(), "^ok bell ")
        self.assertRegex(self.find("said"), "^ok bell ")
        self.assertRegex(self.find("both"), "^ok bell ")
        self.cli("unbind", f"<{ME}>.door")
        self.reload_until(f"bindings: {{ <{ME}>.gate -> <{ME}>.bell }}\n", ".gate ->")
        self.assertEqual([row["client"]["interface"] for row in self.lists()["bindings"]],
                         ["both", "gate", "said"])

    def test_there_are_at_most_so_many(self):
        self.gateway.stop()
        self.gateway.config["limits"] = {"max_bindings": 1}
        self.gateway.start()
        self.cli("bind", "<root>.a", "<root>.b")
        self.cli("bind", "<root>.a", "<root>.c")
        self.assertIn("max_bindings", self.cli("bind", "<root>.b", "<root>.c", status=FAILED))


class TakeOverTest(World):
    def test_bindings_and_those_who_wait_move(self):
        self.cli("bind", f"<{ME}>.said", f"<{ME}>.bell")
        self.reload_until(f"bindings: {{ <{ME}>.door -> <{ME}>.bell }}\n", ".door ->")
        self.cli("unbind", f"<{ME}>.door")
        first = [self.awaiting("said"), self.awaiting("door"), self.awaiting("chime")]
        self.gateway.take_over()
        self.assertEqual([row["interface"] for row in self.waiting()], ["said", "door", "chime"])
        self.assertEqual([row["client"]["interface"] for row in self.lists()["bindings"]], ["said"])
        self.serve("bell")
        self.assertRegex(first[0].line(), "^ok bell ")
        self.cli("bind", f"<{ME}>.door", f"<{ME}>.bell")
        self.assertRegex(first[1].line(), "^ok bell ")
        # What the file of the new process says stands over what the old one's said.
        other, config = self.folder / "other", self.folder / "config"
        other.write_text(f"bindings: {{ <{ME}>.chime -> <{ME}>.bell }}\n")
        self.addCleanup(other.unlink)
        settings = json.loads((self.gateway.folder / "config").read_text())
        config.write_text(json.dumps({**settings, "bindings_file": str(other)}))
        self.addCleanup(config.unlink)
        new = Process(BIN / "viaductd", "--config", config, "--take-over")
        old, self.gateway.process = self.gateway.process, new
        self.assertRegex(new.line(), "^viaductd: ready ")
        self.assertEqual(old.wait()[0], 0)
        self.assertRegex(first[2].line(), "^ok bell ")


class JsonTest(World, unittest.IsolatedAsyncioTestCase):
    config = {"limits": {"handshake_ms": 30000}}

    def connect(self):
        tls = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        tls.load_cert_chain(self.gateway.certs.pem("client"), self.gateway.certs.key("client"))
        return websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=tls,
                                  subprotocols=["viaduct.json.1"], compression=None)

    @staticmethod
    async def receive(socket):
        return json.loads(await asyncio.wait_for(socket.recv(), LIMIT_S))

    async def send(self, socket, method, number=1, **params):
        await socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                      "params": params}))

    async def ask(self, socket, method, **params):
        await self.send(socket, method, **params)
        answer = await self.receive(socket)
        return answer.get("result") or answer["error"]

    async def test_find_answers_now_or_later(self):
        async with self.connect() as socket:
            error = await self.ask(socket, "find", interface="clock")
            self.assertEqual(error["data"]["status"], "not_found")
            await self.send(socket, "find", 5, interface="clock", timeout=60000, protocol="p")
            while not (waiting := (await self.ask(socket, "waiting"))["waiting"]):
                pass
            self.assertEqual(waiting, [{"family": "legato", "uid": 65534, "interface": "clock",
                                        "protocol": "p", "pid": -1, "state": "waiting",
                                        "server": {"uid": -1, "interface": "clock"}}])
            self.serve("clock")
            answer = await self.receive(socket)
            self.assertEqual((answer["id"], answer["result"]["service"]["name"]), (5, "clock"))
            found = await self.ask(socket, "find", interface="clock")
            self.assertEqual(found["ref"], answer["result"]["ref"])
            # What it is called by opens it, as its name does.
            result = await self.ask(socket, "call", ref=found["ref"], code=0, data=RAW)
            self.assertEqual(result["status"], 0, result)
            bound = await self.ask(socket, "waiting")
            self.assertEqual(bound["waiting"], [
                {"family": "legato", "uid": 65534, "interface": "clock", "protocol": "", "pid": -1,
                 "state": "bound", "server": {"uid": ME, "interface": "clock"}}])
            self.assertEqual(await self.ask(socket, "waiting", family="hdf"), {"waiting": []})

    async def test_a_find_is_cancelled_and_ends_with_its_time(self):
        async with self.connect() as socket:
            await self.send(socket, "find", 5, interface="clock", timeout=60000)
            await self.send(socket, "cancel", 6, id=5)
            answers = {(await self.receive(socket))["id"], (await self.receive(socket))["id"]}
            self.assertEqual(answers, {5, 6})
            error = await self.ask(socket, "find", interface="clock", timeout=20)
            self.assertEqual(error["data"]["status"], "not_found")
            await self.send(socket, "find", 5, interface="clock", timeout=60000)
        while self.waiting():
            pass  # its session has ended

    async def test_bindings_are_seen_and_not_changed_from_afar(self):
        self.cli("bind", "<root>.a", "<root>.b")
        async with self.connect() as socket:
            listed = await self.ask(socket, "bindings")
            self.assertEqual(listed["bindings"], [
                {"family": "legato", "client": {"user": "root", "uid": 0, "interface": "a"},
                 "server": {"user": "root", "uid": 0, "interface": "b"}, "from_file": False}])
            for method, params in [("bind", {"client": "<root>.a", "server": "<root>.c"}),
                                   ("unbind", {"client": "<root>.a"})]:
                error = await self.ask(socket, method, **params)
                self.assertEqual(error["data"]["status"], "denied")

    async def test_what_the_service_says_to_its_opener_are_events(self):
        server = self.serve("clock")
        async with self.connect() as socket, self.connect() as other:
            for one in [socket, other]:
                begun = await self.ask(one, "subscribe", service="legato:clock")
                self.assertEqual(begun["status"], 0, begun)
            done = await self.ask(socket, "send", service="legato:clock", code=0, data=RAW)
            self.assertEqual(done, {"status": 0})
            event = await self.receive(socket)
            self.assertEqual((event["method"], event["params"]["event"], event["params"]["data"]),
                             ("event", 0, RAW))
            # It was meant for this one alone; what the other hears first is its own.
            await self.ask(other, "send", service="clock", code=0, data=[{"bytes": "b3RoZXI="}])
            event = await self.receive(other)
            self.assertEqual(event["params"]["data"], [{"bytes": "b3RoZXI="}])
        self.assertEqual({server.line(), server.line()}, {"closed: dead"})


class CommandTest(World):
    def test_watch_shows_what_the_service_says_to_its_opener(self):
        server = self.serve("hello", "greets")
        watch = self.gateway.program(BIN / "viaduct", "watch", "legato:hello", "--json")
        self.assertEqual(server.line(), "opened")
        self.tell(server, "greet")
        event = json.loads(watch.line())
        self.assertEqual((event["event"], event["data"]), (0, [{"bytes": "aGVsbG8="}]))

    def test_call_and_send_open_what_is_to_be_opened(self):
        server = self.serve("clock")
        said = self.cli("call", "legato:clock", "0", json.dumps(RAW))
        self.assertEqual(json.loads(said), RAW)
        self.assertEqual(server.line(), "closed")
        self.assertEqual(self.cli("send", "clock", "0", json.dumps(RAW)), "")
        self.assertEqual(server.line(), "closed")


if __name__ == "__main__":
    unittest.main()
