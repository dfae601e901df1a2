"""A gateway that reads its files again while it runs: nobody is dropped who is still allowed, and
whoever is not is told so and goes within a second."""

import asyncio
import datetime
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import websockets

from world import BIN, LIMIT_S, PROGRAMS, Certs, Gateway, Process

DENIED = 4
CUT_S = 1.0
EMIT, DOUBLE = 12, 1  # enum stage_code


class LoggedGateway(Gateway):
    """One whose log can be read."""

    def start(self):
        self.write_config()
        self.process = Process(BIN / "viaductd", "--config", self.folder / "config",
                               stderr=subprocess.PIPE)
        self.lines, self.news = [], threading.Condition()
        self.reader = threading.Thread(target=self.read_log, args=[self.process.popen.stderr])
        self.process.popen.stderr = None  # the thread's now
        self.reader.start()
        line = self.process.line()
        if not line.startswith("viaductd: ready socket="):
            raise AssertionError(f"viaductd said: {line}")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def write_config(self, **more):
        config = {"socket": str(self.socket), "listen": [f"127.0.0.1:{self.port}"],
                  "cert": self.certs.pem("server"), "key": self.certs.key("server"),
                  "client_ca": str(self.folder / "client-ca.pem"), "log": "info",
                  "audit": str(self.folder / "audit"), **self.config, **more}
        replace(self.folder / "config", json.dumps(config, indent=1))

    def read_log(self, stream):
        with stream:
            for line in stream:
                with self.news:
                    self.lines.append(line.rstrip("\n"))
                    self.news.notify_all()

    def log(self, word):
        return [line for line in self.lines if word in line]

    def close(self):
        super().close()
        self.reader.join()


def replace(path, text):
    """As editors and certbot do: a new file takes the name."""
    new = pathlib.Path(f"{path}.new")
    new.write_text(text)
    os.replace(new, path)


class Client:
    """A JSON session on a WebSocket that answers calls and counts what it is sent."""

    def __init__(self, web):
        self.web, self.answers, self.events, self.next_id = web, {}, [], 1
        self.reader = asyncio.create_task(self.read())

    async def read(self):
        try:
            async for text in self.web:
                message = json.loads(text)
                if "id" in message:
                    self.answers.pop(message["id"]).set_result(message)
                elif message["method"] == "event":
                    self.events.append(message["params"])
        except websockets.ConnectionClosed:
            pass

    async def ask(self, method, **params):
        number, self.next_id = self.next_id, self.next_id + 1
        self.answers[number] = asyncio.get_running_loop().create_future()
        await self.web.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                        "params": params}))
        return await asyncio.wait_for(self.answers[number], LIMIT_S)


class ReloadTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.gateway = LoggedGateway()
        self.certs = self.gateway.certs
        self.certs.make("crl", self.certs.folder)
        replace(self.gateway.folder / "client-ca.pem",
                pathlib.Path(self.certs.pem("ca")).read_text())
        self.gateway.config["crl"] = self.certs.pem("crl")
        self.gateway.start()
        self.addCleanup(self.gateway.close)

    def tls(self, client="client", authority=None):
        context = ssl.create_default_context(cafile=authority or self.certs.pem("ca"))
        context.load_cert_chain(self.certs.pem(client), self.certs.key(client))
        return context

    async def open(self, client="client", authority=None, **options):
        web = await websockets.connect(
            f"wss://localhost:{self.gateway.port}/", ssl=self.tls(client, authority),
            subprotocols=["viaduct.json.1"], **options)
        self.addAsyncCleanup(web.close)
        return Client(web)

    async def until(self, condition, what):
        """What the log tells."""
        def wait():
            with self.gateway.news:
                return self.gateway.news.wait_for(condition, LIMIT_S)
        self.assertTrue(await asyncio.to_thread(wait), what)

    async def reloaded(self, n):
        await self.until(lambda: len(self.gateway.log("reload.done")) >= n, f"reload {n}")

    def serial_shown(self, authority=None):
        """Of the certificate the gateway shows to who connects now."""
        raw = socket.create_connection(("127.0.0.1", self.gateway.port), timeout=20)
        with self.tls(authority=authority).wrap_socket(raw, server_hostname="localhost") as tls:
            return tls.getpeercert()["serialNumber"]

    async def is_cut(self, client, words):
        start = time.monotonic()
        await asyncio.wait_for(client.web.wait_closed(), LIMIT_S)
        self.assertEqual(client.web.close_code, 1008)
        self.assertIn(words, client.web.close_reason)
        return time.monotonic() - start

    async def test_certificate_and_authority_change_under_a_live_stream(self):
        stage = self.gateway.stage(remote=True)
        client = await self.open()
        answer = await client.ask("subscribe", service="stage")
        self.assertIn("result", answer, answer)
        stop = asyncio.Event()
        sent = 0

        async def stream():
            nonlocal sent
            while not stop.is_set():
                answer = await client.ask("call", service="stage", code=EMIT, data=[{"u32": 1}])
                self.assertEqual(answer["result"]["status"], 0, answer)
                sent += 1

        streaming = asyncio.create_task(stream())
        before = self.serial_shown()
        # A new certificate for the server, of a new authority, which clients will be of as well.
        new = Certs(self.gateway.folder / "new")
        new.server("server", "--dns", "localhost", "--ip", "127.0.0.1")
        new.client("client")
        both = pathlib.Path(self.certs.pem("ca")).read_text() + \
            pathlib.Path(new.pem("ca")).read_text()
        replace(self.gateway.folder / "client-ca.pem", both)
        replace(self.certs.key("server"), pathlib.Path(new.key("server")).read_text())
        replace(self.certs.pem("server"), pathlib.Path(new.pem("server")).read_text())
        await self.reloaded(1)
        self.assertNotEqual(self.serial_shown(new.pem("ca")), before)
        for _ in range(3):  # and again, by hand
            count = len(self.gateway.log("reload.done"))
            self.gateway.process.send_signal(signal.SIGHUP)
            await self.reloaded(count + 1)
        reached = sent
        while sent < reached + 20:
            self.assertIn("result", await client.ask("ping"))
        stop.set()
        await streaming
        self.assertIn("result", await client.ask("ping"))  # the last event came before it
        first = int(answer["result"]["since"].split(":")[1])
        numbers = [int(event["since"].split(":")[1]) for event in client.events]
        self.assertEqual(numbers, list(range(first + 1, first + 1 + sent)))
        self.assertIsNone(stage.popen.poll())
        self.assertEqual(self.gateway.log("session.closed"), [])

    async def test_who_is_revoked_is_cut_and_does_not_come_back(self):
        self.certs.client("mallory")
        bad, good = await self.open("mallory"), await self.open()
        service = self.gateway.program(PROGRAMS / "everywhere", "serve", "hers", remote=True,
                                       client="mallory")
        self.assertEqual(service.line(), "ready")
        self.certs.revoke("mallory")
        start = time.monotonic()
        await self.is_cut(bad, "certificate of mallory has been revoked")
        self.assertLess(time.monotonic() - start, CUT_S + 0.5)  # it was to settle as well
        self.assertIn("result", await good.ask("ping"))
        done = self.gateway.cli("ping", remote=True, client="mallory")
        self.assertEqual(done.returncode, DENIED, done.stderr)
        self.assertIn("has been revoked", done.stderr)
        gone = await good.ask("call", service="hers", code=DOUBLE, data=[{"u32": 1}])
        self.assertEqual(gone["error"]["data"], {"status": "not_found"})
        evicted = [line["refused"] for line in self.gateway.audit()]
        self.assertEqual(evicted.count("session"), 2, evicted)

    async def test_an_event_stream_of_who_is_revoked_ends(self):
        self.gateway.stage()
        self.certs.client("mallory")
        reader, writer = await asyncio.open_connection("localhost", self.gateway.port,
                                                       ssl=self.tls("mallory"))
        self.addCleanup(writer.close)
        writer.write(b"GET /events?service=stage HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        self.assertIn(b"200", head)
        self.certs.revoke("mallory")
        await asyncio.wait_for(reader.read(), LIMIT_S)
        self.assertEqual([line["refused"] for line in self.gateway.audit()], ["session"])

    async def test_a_session_ends_with_its_certificate(self):
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
        self.certs.client("brief", "--not-after", ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
        brief, good = await self.open("brief"), await self.open()
        self.assertIn("result", await brief.ask("ping"))
        await self.is_cut(brief, "certificate of brief expired")
        late = datetime.datetime.now(datetime.timezone.utc) - ends
        self.assertGreater(late.total_seconds(), -1)
        self.assertLess(late.total_seconds(), 1 + CUT_S)  # the second it ends in is still good
        self.assertIn("result", await good.ask("ping"))

    async def test_an_authority_that_is_trusted_no_more(self):
        new = Certs(self.gateway.folder / "new")
        client = await self.open()
        replace(self.gateway.folder / "client-ca.pem", pathlib.Path(new.pem("ca")).read_text())
        await self.is_cut(client, "was not issued by an authority that is trusted here")

    async def test_an_origin_that_is_known_no_more(self):
        self.gateway.write_config(origins=["https://a.example", "https://b.example"])
        await self.reloaded(1)
        a, b = await self.open(origin="https://a.example"), await self.open(
            origin="https://b.example")
        self.gateway.write_config(origins=["https://b.example"])
        await self.is_cut(a, "a page of https://a.example may not connect")
        self.assertIn("result", await b.ask("ping"))

    async def test_what_is_broken_changes_nothing_and_is_named(self):
        client = await self.open()
        before = self.serial_shown()
        refused = 0
        good = {path: pathlib.Path(path).read_text() for path in
                [self.gateway.folder / "config", self.gateway.folder / "client-ca.pem",
                 self.certs.pem("server"), self.certs.key("server"), self.certs.pem("crl")]}
        self.certs.client("other")
        bad = [("config", '{\n "socket": "/tmp/x",\n "lisen": []}', 'config:3:'),
               ("config", '{\n "limits": {"max_calls": 0}}', "config:2:"),
               ("client-ca.pem", "-----BEGIN", "client-ca.pem"),
               (self.certs.pem("server"), "nothing", "server.pem"),
               (self.certs.pem("server"), pathlib.Path(self.certs.pem("other")).read_text(),
                "does not belong to certificate"),
               (self.certs.key("server"), "", "server.key"),
               (self.certs.pem("crl"), "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
                "crl.pem")]
        for name, text, words in bad:
            path = self.gateway.folder / name  # an absolute name stays
            replace(path, text)
            refused += 1
            await self.until(lambda: len(self.gateway.log("reload.refused")) == refused, words)
            self.assertIn(words, self.gateway.log("reload.refused")[-1])
            self.assertIn("result", await client.ask("ping"))
            self.assertEqual(self.serial_shown(), before)
            key = path if path in good else str(path)
            replace(path, good[key])
            done = len(self.gateway.log("reload.done"))
            await self.reloaded(done + 1 if refused == 1 else done)
        os.unlink(self.certs.key("server"))
        await self.until(lambda: len(self.gateway.log("reload.refused")) > refused, "unlinked")
        self.assertEqual(self.serial_shown(), before)

    async def test_a_touch_does_nothing_and_a_rewrite_of_the_same_neither(self):
        path = self.gateway.folder / "config"
        os.utime(path)
        replace(path, path.read_text())
        os.utime(self.certs.pem("server"))
        # A change behind those is seen, so they have been looked at.
        self.gateway.write_config(origins=["https://a.example"])
        await self.reloaded(1)
        self.assertEqual(len(self.gateway.log("reload.")), 1)

    async def test_links_that_turn_elsewhere(self):
        """As Kubernetes shows secrets: a link in the path is replaced by a rename."""
        mount = self.gateway.folder / "mount"
        for number, serial in [(1, "one"), (2, "two")]:
            data = mount / f"..{serial}"
            data.mkdir(parents=True)
            self.certs.server(f"server{number}", "--dns", "localhost")
            for name, source in [("tls.crt", self.certs.pem(f"server{number}")),
                                 ("tls.key", self.certs.key(f"server{number}"))]:
                (data / name).write_text(pathlib.Path(source).read_text())
        os.symlink("..one", mount / "..data")
        for name in ["tls.crt", "tls.key"]:
            os.symlink(f"..data/{name}", mount / name)
        self.gateway.write_config(cert=str(mount / "tls.crt"), key=str(mount / "tls.key"))
        await self.reloaded(1)
        before = self.serial_shown()
        os.symlink("..two", mount / "..data_tmp")
        os.replace(mount / "..data_tmp", mount / "..data")
        await self.reloaded(2)
        self.assertNotEqual(self.serial_shown(), before)

    async def test_addresses_come_and_go_and_links_stay(self):
        client = await self.open()
        old = self.gateway.port
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            new = probe.getsockname()[1]
        self.gateway.port = new
        self.gateway.write_config()
        await self.reloaded(1)
        self.assertIn("result", await client.ask("ping"))
        self.assertIn("result", await (await self.open()).ask("ping"))
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", old), timeout=20).close()
        # One that is taken is refused, and nothing else of that change happens.
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.gateway.write_config(
                listen=[f"127.0.0.1:{new}", f"127.0.0.1:{taken.getsockname()[1]}"])
            await self.until(lambda: self.gateway.log("reload.refused"), "refused")
        self.assertIn("another program listens at", self.gateway.log("reload.refused")[0])
        self.assertIn("result", await (await self.open()).ask("ping"))
        # And who came by the old address is judged like all others.
        replace(self.gateway.folder / "client-ca.pem",
                pathlib.Path(Certs(self.gateway.folder / "new").pem("ca")).read_text())
        self.gateway.write_config()
        await self.is_cut(client, "was not issued by an authority")

    async def test_a_socket_stays_where_it_is_and_says_so(self):
        before = self.gateway.socket
        self.gateway.write_config(socket=str(self.gateway.folder / "other"), socket_mode="0600")
        await self.reloaded(1)
        self.assertIn("it changes with the next start", self.gateway.log("reload.kept")[0])
        self.assertEqual(before.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.gateway.cli("ping").returncode, 0)


if __name__ == "__main__":
    unittest.main()
