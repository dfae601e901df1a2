"""What an operator sees of Legato programs: requests that are not answered, who is bound to what, and
messages that the gateway does not take; on one host, from another, and after an upgrade."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import unittest

import websockets
from world import LIMIT_S, PROGRAMS, Gateway, Process

LEGATO = PROGRAMS / "legato"
ME = os.getuid()
REMOTE_UID = 65534


class World(unittest.TestCase):
    limits = {}

    def setUp(self):
        self.gateway = Gateway(limits=self.limits).start()
        self.addCleanup(self.gateway.close)

    def start(self, program, *words, remote=False, stderr=None):
        process = Process(LEGATO / program, *words, stderr=stderr,
                          settings=self.gateway.settings(remote=remote))
        self.addCleanup(process.end)
        return process

    def keeper(self, *words, says, remote=False):
        process = self.start("keeper", *words, remote=remote)
        self.assertEqual(process.line(), says)
        return process

    def cli(self, *words, **more):
        done = self.gateway.cli(*words, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def rows(self, what, *words, **more):
        return json.loads(self.cli("ls", f"--{what}", "--json", *words, **more))

    def unanswered_are(self, n):
        """Looks until there are so many; each look is a round trip."""
        while sum(row["unanswered"] for row in self.rows("unanswered")) != n:
            pass


class UnansweredTest(World):
    def test_nobody_waits(self):
        self.keeper("server", says="ready")
        done = self.gateway.cli("ls", "--unanswered")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("no request waits", done.stderr)
        self.assertEqual(self.rows("unanswered"), [])

    def test_the_oldest_and_whose_it_is(self):
        server = self.keeper("server", says="ready")
        near = self.keeper("client", "keeper.api", 3, says="asked")
        self.unanswered_are(3)
        far = self.keeper("client", "keeper.api", 2, remote=True, says="asked")
        self.unanswered_are(5)
        (row,) = self.rows("unanswered")
        oldest = row["oldest"]
        self.assertEqual((row["family"], row["name"], row["pid"], row["uid"]),
                         ("legato", "keeper.api", server.pid, ME))
        self.assertEqual((oldest["pid"], oldest["uid"], oldest["identity"]), (near.pid, ME, ""))
        self.assertRegex(self.cli("ls", "--unanswered"), rf" 5 .*pid {near.pid} uid {ME}\n")
        near.end()  # nobody waits for these any more
        self.unanswered_are(2)
        self.look_at_the_far_ones(server)
        self.keeper("teller", "keeper.api", says="sent")
        self.assertEqual(far.line(), "answered")
        self.assertEqual(self.rows("unanswered"), [])

    def test_the_same_of_a_service_on_another_host(self):
        server = self.keeper("server", says="ready", remote=True)
        far = self.keeper("client", "keeper.api", 2, remote=True, says="asked")
        self.unanswered_are(2)
        self.look_at_the_far_ones(server)
        self.keeper("teller", "keeper.api", remote=True, says="sent")
        self.assertEqual(far.line(), "answered")
        self.assertEqual(self.rows("unanswered"), [])

    def look_at_the_far_ones(self, server):
        for remote in [False, True]:
            (row,) = self.rows("unanswered", "legato:keep*", remote=remote)
            oldest = row["oldest"]
            self.assertEqual((row["unanswered"], oldest["pid"], oldest["identity"]),
                             (2, -1, "client"))
            self.assertIn("127.0.0.1", oldest["address"])
        self.assertEqual(self.rows("unanswered", "else*"), [])
        text = self.cli("ls", "--unanswered").splitlines()
        self.assertEqual(len(text), 2)
        self.assertRegex(text[1], r"^legato +keeper\.api +2 +[0-9]+\.[0-9] s  127\.0\.0\.1:[0-9]+ "
                                  r"identity client$")
        self.assertIsNone(server.popen.poll())

    def test_it_grows_old_over_an_upgrade(self):
        self.keeper("server", says="ready")
        clients = [self.keeper("client", "keeper.api", 1, remote=remote, says="asked")
                   for remote in [False, True]]
        self.unanswered_are(2)
        while self.rows("unanswered")[0]["oldest"]["ms"] < 1000:
            pass
        self.gateway.take_over()
        (row,) = self.rows("unanswered")
        self.assertEqual(row["unanswered"], 2)
        self.assertGreaterEqual(row["oldest"]["ms"], 1000)
        self.keeper("teller", "keeper.api", says="sent")
        for client in clients:
            self.assertEqual(client.line(), "answered")
        self.assertEqual(self.rows("unanswered"), [])

    def test_a_call_of_any_family_counts_and_one_given_up_does_not(self):
        self.keeper("server", says="ready")
        done = self.gateway.cli("--timeout", "50", "call", "keeper.api", "0", '{"raw":"AQAAAA=="}')
        self.assertEqual(done.returncode, 6, done.stderr)
        self.unanswered_are(0)

    def test_either_list(self):
        done = self.gateway.cli("ls", "--waiting", "--unanswered")
        self.assertEqual(done.returncode, 2)
        self.assertIn("either --waiting or --unanswered", done.stderr)


class JsonTest(World, unittest.IsolatedAsyncioTestCase):
    def connect(self):
        context = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        context.load_cert_chain(self.gateway.certs.pem("client"), self.gateway.certs.key("client"))
        return websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=context,
                                  subprotocols=["viaduct.json.1"], compression=None)

    async def ask(self, socket, method, number, **params):
        await socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                      "params": params}))

    async def receive(self, socket):
        return json.loads(await asyncio.wait_for(socket.recv(), LIMIT_S))

    async def test_it_waits_and_sees_it(self):
        server = self.keeper("server", says="ready")
        async with self.connect() as socket:
            await self.ask(socket, "call", 1, service="keeper.api", code=0, data={"raw": "AQAAAA=="})
            self.assertEqual(server.line(), "kept")
            await self.ask(socket, "unanswered", 2, family="legato", pattern="k*", limit=1)
            answer = await self.receive(socket)
            (row,) = answer["result"]["services"]
            oldest = row["oldest"]
            self.assertGreaterEqual(oldest.pop("ms"), 0)
            self.assertIn("127.0.0.1", oldest.pop("address"))
            self.assertEqual((answer["id"], row), (2, {
                "family": "legato", "name": "keeper.api", "pid": server.pid, "uid": ME,
                "unanswered": 1, "oldest": {"pid": -1, "uid": -1, "identity": "client"}}))
            await self.ask(socket, "send", 3, service="keeper.api", code=0, data={"raw": ""})
            answers = {(await self.receive(socket))["id"], (await self.receive(socket))["id"]}
            self.assertEqual(answers, {1, 3})
            await self.ask(socket, "unanswered", 4)
            self.assertEqual((await self.receive(socket))["result"], {"services": []})


    async def test_an_open_counts_too_and_a_list_goes_on(self):
        names = ["a", "b", "c"]
        for name in names:
            server = self.gateway.program(PROGRAMS / "bound", "serve", name)
            self.assertEqual(server.line(), "ready")
            server.send_signal(signal.SIGSTOP)
        async with self.connect() as socket:
            for name in names:
                await self.ask(socket, "call", name, service=name, code=0, data={"raw": ""})
            seen, after = [], ""
            while True:
                await self.ask(socket, "unanswered", 2, limit=2, after=after)
                result = (await self.receive(socket))["result"]
                seen += [(row["name"], row["unanswered"]) for row in result["services"]]
                self.assertLessEqual(len(result["services"]), 2)
                after = result.get("next")
                if after is None:
                    break
            self.assertEqual(seen, [(name, 1) for name in names])
        self.unanswered_are(0)  # who asked has gone


class BoundTest(World):
    def bound(self):
        return [row for row in self.rows("waiting") if row["state"] == "bound"]

    def test_who_has_what_open(self):
        self.cli("bind", f"<{ME}>.window", f"<{ME}>.keeper.api")
        waiter = self.start("keeper", "client", "keeper.none", 1)
        server = self.keeper("server", says="ready")
        near = self.keeper("client", "window", 1, says="asked")
        far = self.keeper("client", "keeper.api", 1, remote=True, says="asked")
        while "waiting" not in [row["state"] for row in self.rows("waiting")]:
            pass
        waiting, first, second = self.rows("waiting")
        self.assertEqual((waiting["pid"], waiting["state"]), (waiter.pid, "waiting"))
        self.assertEqual((first["pid"], first["uid"], first["interface"], first["protocol"]),
                         (near.pid, ME, "window", "keeper"))
        self.assertEqual((second["pid"], second["uid"], second["interface"]),
                         (-1, REMOTE_UID, "keeper.api"))
        user = first["service"]["user"]
        for row in [first, second]:
            self.assertEqual((row["state"], row["service"]["interface"]), ("bound", "keeper.api"))
        text = self.cli("ls", "--waiting")
        self.assertRegex(text, rf"{waiter.pid} .*keeper.none  WAITING for <.*>\.keeper\.none")
        self.assertRegex(text, rf"{near.pid} .*window  BOUND to <{user}>\.keeper\.api  keeper")
        self.assertEqual(len(json.loads(self.cli("bindings", "--json"))["waiting"]), 1)
        # What is open stays, whatever the bindings say, and over an upgrade.
        self.cli("bind", f"<{ME}>.window", f"<{ME}>.elsewhere")
        self.gateway.take_over()
        self.assertEqual(self.bound(), [first, second])
        near.end()
        while self.bound() != [second]:
            pass
        server.end()
        while self.bound():
            pass
        self.assertEqual(far.line(), "lost")


class SizeTest(World):
    limits = {"max_frame_size": 65536}
    WORDS = "messages of protocol '{}' have {} bytes; the gateway takes 65536 at most"

    def refuse(self, process, protocol, size):
        out, err = process.popen.communicate(timeout=LIMIT_S)
        self.assertEqual(process.popen.returncode, 1, err)
        self.assertIn("*EMR*", err)
        self.assertIn(self.WORDS.format(protocol, size), err)
        return out

    def test_what_the_gateway_does_not_take_is_fatal_before_anything_waits(self):
        for remote in [False, True]:
            for words in [["sizes", "server", 65537], ["sizes", "client", 65537]]:
                with self.subTest(words=words, remote=remote):
                    process = self.start(*words, remote=remote, stderr=subprocess.PIPE)
                    self.assertEqual(self.refuse(process, "sizes", 65537), "")
        self.assertEqual(self.cli("ls"), "")

    def test_of_who_is_connected_it_is_known_when_a_service_is_made(self):
        for remote in [False, True]:
            with self.subTest(remote=remote):
                process = self.start("keeper", "late", 70000, remote=remote,
                                     stderr=subprocess.PIPE)
                self.assertEqual(self.refuse(process, "large", 70000), "connected\n")

    def test_what_it_just_takes_goes(self):
        for remote in [False, True]:
            with self.subTest(remote=remote):
                server = self.start("sizes", "server", 65536, remote=remote)
                self.assertEqual(server.line(), "ready")
                # A service on another host is another user's to programs of this one.
                for far in [True] if remote else [False, True]:
                    client = self.start("sizes", "client", 65536, remote=far)
                    self.assertEqual((client.line(), client.wait()[0]), ("done", 0))
                server.end()


if __name__ == "__main__":
    unittest.main()
