"""Phoenix's paths in one JSON request: read, write, list and stat, on the filesystem in memory, on
one mounted in another, and on a server that answers late, oddly, or not at all. And how the walks
that the gateway does for programs fare when it is replaced meanwhile."""

import base64
import json
import unittest

from json_test import World
from world import BIN, PROGRAMS, Gateway, Process

SERVER, CLIENT = BIN / "via-ramfs-server", BIN / "via-files-client"
ODD = PROGRAMS / "phoenix" / "older" / "odd"


class Paths(World):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start(SERVER, line="ramfs: ready as /")

    @classmethod
    def start(cls, program, *words, line, remote=False):
        process = cls.gateway.program(program, *words, remote=remote)
        if process.line() != line:
            raise AssertionError(f"{program} is not ready")
        return process

    async def do(self, socket, method, path, **params):
        result = await self.result(socket, method, path=path, **params)
        self.assertEqual(result["status"], 0)
        return result["data"]

    def make(self, *words):
        done = Process(CLIENT, *words, settings=self.gateway.settings())
        self.assertEqual(done.wait()[0], 0, words)


class FilesTest(Paths):
    async def test_a_file_is_written_and_read(self):
        async with self.connect() as socket:
            self.assertEqual(await self.do(socket, "write", "/new", text="hello", create=True),
                             {"err": 5})
            self.assertEqual(await self.do(socket, "read", "/new"),
                             {"err": 5, "data": "aGVsbG8=", "text": "hello", "size": 5})
            self.assertEqual(await self.do(socket, "read", "/new", offs=1, size=3),
                             {"err": 3, "data": "ZWxs", "text": "ell", "size": 5})
            self.assertEqual(await self.do(socket, "read", "//./new", offs="5"),
                             {"err": 0, "data": "", "text": "", "size": 5})
            self.assertEqual(await self.do(socket, "write", "/new", offs=4, data="/w=="),
                             {"err": 1})
            self.assertEqual(await self.do(socket, "read", "/new"),
                             {"err": 5, "data": "aGVsbP8=", "size": 5})
            self.assertEqual(await self.do(socket, "write", "/new", text="x", truncate=True),
                             {"err": 1})
            self.assertEqual((await self.do(socket, "read", "/new"))["text"], "x")
            self.assertEqual(await self.do(socket, "write", "/new", text=""), {"err": 0})

    async def test_what_is_wrong_is_told_by_the_message_it_is_of(self):
        self.make("mkdir", "/wrong")
        self.make("put", "/wrong/file", "x")
        async with self.connect() as socket:
            missing = {"err": -2, "errno": "ENOENT", "step": "mtLookup"}
            for path in ["/none", "/none/x", "/wrong/none", "relative", ""]:
                for method in ["read", "list", "stat"]:
                    self.assertEqual(await self.do(socket, method, path), missing, path)
            self.assertEqual(await self.do(socket, "write", "/none", text="x"), missing)
            self.assertEqual(await self.do(socket, "write", "/none/x", text="x", create=True),
                             missing)
            self.assertEqual((await self.do(socket, "read", "/wrong"))["errno"], "EISDIR")
            self.assertEqual((await self.do(socket, "list", "/wrong/file"))["errno"], "ENOTDIR")
            self.assertEqual((await self.do(socket, "read", "/wrong/file/x"))["errno"], "ENOTDIR")
            self.assertEqual((await self.do(socket, "read", "/" + "n" * 5000))["errno"],
                             "ENAMETOOLONG")

    async def test_links_are_followed(self):
        self.make("mkdir", "/links")
        self.make("put", "/links/file", "target")
        self.make("ln", "-s", "file", "/links/near")
        self.make("ln", "-s", "/links", "/links/up")
        self.make("ln", "-s", "round", "/links/round")
        async with self.connect() as socket:
            for path in ["/links/near", "/links/up/near", "/links/up/up/up/file",
                         "/links/x/../file", "/../links/up/../links/near"]:
                self.assertEqual((await self.do(socket, "read", path)).get("text"), "target", path)
            self.assertEqual((await self.do(socket, "read", "/links/round"))["errno"], "ELOOP")
            self.assertEqual(await self.do(socket, "write", "/links/up/new", text="n",
                                           create=True), {"err": 1})
            self.assertEqual((await self.do(socket, "read", "/links/new"))["text"], "n")

    async def test_a_directory_is_listed_by_pages(self):
        self.make("mkdir", "/list")
        for name in ["a", "b", "c"]:
            self.make("put", f"/list/{name}", name)
        self.make("mkdir", "/list/d")
        async with self.connect() as socket:
            whole = await self.do(socket, "list", "/list")
            self.assertEqual(whole["err"], 0)
            self.assertNotIn("next", whole)
            kinds = {entry["name"]: entry["type"] for entry in whole["entries"]
                     if entry["name"] not in (".", "..")}
            self.assertEqual(kinds, {"a": "DT_REG", "b": "DT_REG", "c": "DT_REG", "d": "DT_DIR"})
            page, entries = {"next": "0"}, []
            while "next" in page:
                page = await self.do(socket, "list", "/list", limit=1, after=page["next"])
                self.assertLessEqual(len(page["entries"]), 1)
                entries += page["entries"]
            self.assertEqual(entries, whole["entries"])

    async def test_stat_tells_what_it_is(self):
        self.make("put", "/stat", "12345")
        async with self.connect() as socket:
            stat = await self.do(socket, "stat", "/stat")
            self.assertEqual((stat["err"], stat["type"], stat["mode"]), (0, "DT_REG", 0o100644))
            self.assertEqual(stat["attrs"]["size"], {"val": 5, "err": 0})
            self.assertEqual(stat["fil"], stat["dev"])
            self.assertEqual((await self.do(socket, "stat", "/"))["type"], "DT_DIR")
            services = await self.result(socket, "list", family="phoenix")
            self.assertEqual(stat["fil"]["port"], services["services"][0]["number"])

    async def test_one_mounted_in_another(self):
        for remote in [False, True]:
            name = f"inner{remote:d}"
            inner = self.start(SERVER, "-n", name, "-m", f"/{name}",
                               line=f"ramfs: ready as {name}", remote=remote)
            self.assertEqual(inner.line(), f"ramfs: mounted on /{name}")
            async with self.connect() as socket:
                self.assertEqual(await self.do(socket, "write", f"/{name}/file", text="in",
                                               create=True), {"err": 2})
                for path in [f"/{name}/file", f"{name}/file"]:
                    self.assertEqual((await self.do(socket, "read", path))["text"], "in")
                stat = await self.do(socket, "stat", f"/{name}")
                self.assertNotEqual(stat["fil"]["port"], stat["dev"]["port"])
                self.assertIn("file", [entry["name"] for entry in
                                       (await self.do(socket, "list", f"/{name}"))["entries"]])
            inner.end()
            if remote:  # it may come back, so who asks waits
                continue
            async with self.connect() as socket:
                error = await self.error(socket, "read", path=f"/{name}/file")
                self.assertIn(error["data"]["status"], ("dead", "not_found"))

    async def test_a_post_does_it_too(self):
        answer = self.post([
            {"jsonrpc": "2.0", "id": 1, "method": "write",
             "params": {"path": "/post", "text": "posted", "create": True}},
            {"jsonrpc": "2.0", "id": 2, "method": "stat", "params": {"path": "/"}}])
        self.assertEqual({one["id"]: one["result"]["data"]["err"] for one in answer}, {1: 6, 2: 0})
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": "read",
                            "params": {"path": "/post"}})
        self.assertEqual(answer["result"]["data"]["text"], "posted")

    async def test_answers_of_one_batch_have_a_limit_together(self):
        size, most = 1 << 20, 64 << 20
        zeros = base64.b64encode(bytes(size // 2)).decode()
        for offs in (0, size // 2):  # zeros are six octets of text each, and no octets are more
            self.post({"jsonrpc": "2.0", "id": 1, "method": "write",
                       "params": {"path": "/zeros", "data": zeros, "offs": offs, "create": True}})
        stat = self.post({"jsonrpc": "2.0", "id": 1, "method": "stat", "params": {"path": "/zeros"}})
        message = {"oid": stat["result"]["data"]["fil"], "size": size}
        for method, params in (("read", {"path": "/zeros", "size": size}),
                               ("call", {"service": "/", "code": "mtRead", "data": message})):
            one = {"jsonrpc": "2.0", "method": method, "params": params}
            answers = self.post([{**one, "id": number} for number in range(10)])
            self.assertEqual(sorted(answer["id"] for answer in answers), list(range(10)))
            whole = [answer for answer in answers if "result" in answer]
            self.assertGreater(len(whole), 4)
            self.assertLess(len(json.dumps(whole)), most + size)
            for answer in answers:
                if "error" in answer:
                    self.assertEqual(answer["error"]["data"]["status"], "too_large")
            self.assertEqual(self.post({**one, "id": 1})["result"]["data"]["err"], size)

    async def test_parameters_are_checked(self):
        async with self.connect() as socket:
            for method, params, words in [
                    ("read", {}, 'read needs "path"'),
                    ("read", {"path": "/x", "size": (1 << 20) + 1}, "at most 1048576"),
                    ("read", {"path": "/x", "offs": -1}, "offs"),
                    ("read", {"path": "/x", "offs": "1x"}, "offs"),
                    ("read", {"path": "/x", "offs": str(1 << 63)}, "offs"),
                    ("read", {"path": "/x", "text": "y"}, '"text" is no parameter of read'),
                    ("write", {"path": "/x"}, 'one of "data" and "text"'),
                    ("write", {"path": "/x", "text": "", "data": ""}, 'one of "data" and "text"'),
                    ("write", {"path": "/x", "data": "="}, "base64"),
                    ("write", {"path": "/x", "data": [1]}, "base64"),
                    ("write", {"path": "/x", "text": "y", "create": 1}, "true or false"),
                    ("list", {"path": "/", "family": "phoenix"}, "family"),
                    ("list", {"path": "/", "after": "x"}, "after"),
                    ("list", {"timeout": 5}, "timeout"),
                    ("call", {"service": "/", "code": 1, "data": "x"}, "array"),
                    ("stat", {"path": "a\0b"}, "without a NUL")]:
                error = await self.error(socket, method, **params)
                self.assertEqual(error["code"], -32602, (method, params))
                self.assertIn(words, error["message"])


class OddTest(Paths):
    def setUp(self):
        self.odd = self.start(ODD, "/odd", line="ready")
        self.addCleanup(self.odd.end)

    def go_on(self):
        self.odd.popen.stdin.write("\n")
        self.odd.popen.stdin.flush()

    def assert_says(self, *lines):
        self.assertEqual([self.odd.line() for _ in lines], list(lines))

    async def start_asking(self, socket, number, method, **params):
        await socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                      "params": params}))

    async def test_what_was_opened_is_closed(self):
        async with self.connect() as socket:
            self.assertEqual(await self.do(socket, "read", "/odd/file"),
                             {"err": 3, "data": "b2Rk", "text": "odd", "size": 3})
            self.assert_says("open 2", "close 2")
            self.assertEqual((await self.do(socket, "read", "/odd/own"))["text"], "odd")
            self.assert_says("open 5", "close 70")
            self.assertEqual(await self.do(socket, "write", "/odd/file", text="x"),
                             {"err": -38, "errno": "ENOSYS", "step": "mtWrite"})
            self.assert_says("open 2", "close 2")
            self.assertEqual((await self.do(socket, "stat", "/odd/file"))["step"], "mtGetAttrAll")

    async def test_lists_have_an_end(self):
        async with self.connect() as socket:
            self.assertEqual(await self.do(socket, "list", "/odd/flat"),
                             {"err": -5, "errno": "EIO", "step": "mtReaddir"})
            self.assert_says("open 6", "close 6")
            page = await self.do(socket, "list", "/odd/many", limit=5000)
            self.assertEqual((len(page["entries"]), page["next"]), (1000, "1000"))
            page = await self.do(socket, "list", "/odd/many", after=page["next"])
            self.assertEqual(len(page["entries"]), 500)
            self.assertNotIn("next", page)

    async def test_the_end_of_a_server_is_told(self):
        async with self.connect() as socket:
            error = await self.error(socket, "read", path="/odd/die")
            self.assertEqual(error["data"], {"status": "dead", "cause": "crashed"})
            self.assertIn("mtLookup", error["message"])
        self.odd = self.start(ODD, "/odd", line="ready")
        async with self.connect() as socket:
            error = await self.error(socket, "read", path="/odd/dies")
            self.assertEqual(error["data"], {"status": "dead", "cause": "crashed"})
            self.assertIn("mtRead", error["message"])
        self.odd.end()

    async def test_time_is_over_for_who_asked_and_the_file_is_closed(self):
        async with self.connect() as socket:
            error = await self.error(socket, "read", path="/odd/stuck", timeout=200)
            self.assertEqual(error["data"]["status"], "timeout")
            self.assert_says("open 3", "held read")
            self.go_on()
            self.assert_says("close 3")

    async def test_what_waits_to_be_written_has_a_limit(self):
        size, n = 1000 << 10, 80
        async with self.connect() as socket:
            await self.start_asking(socket, 0, "write", path="/odd/slow", text="x")
            self.assert_says("held lookup")
            for number in range(1, n):
                await self.start_asking(socket, number, "write", path="/odd/file", text="x" * size)
            await self.start_asking(socket, n, "write", path="/odd/file", data="", timeout=1)
            refused = 0
            while (answer := await self.receive(socket))["id"] != n:
                self.assertEqual(answer["error"]["data"]["status"], "busy")
                refused += 1
            self.assertEqual(answer["error"]["data"]["status"], "timeout")
            self.assertEqual(refused, n - 1 - (64 << 20) // size)
        self.go_on()

    async def test_a_cancel_is_an_answer(self):
        async with self.connect() as socket:
            await self.start_asking(socket, 7, "read", path="/odd/slow")
            self.assert_says("held lookup")
            await self.start_asking(socket, 8, "read", path="/odd/file")
            for number in (7, 8):
                await self.start_asking(socket, 9, "cancel", id=number)
                answers = [await self.receive(socket)]
                if answers[0]["id"] != 9:
                    answers.insert(0, await self.receive(socket))
                self.assertEqual(answers[0]["result"], {"status": 0, "cancelled": True})
                if number == 8:  # nobody has seen it: it waits behind what is held
                    answers += [] if len(answers) > 1 else [await self.receive(socket)]
                    self.assertEqual(answers[1]["error"]["data"]["status"], "cancelled")
            self.go_on()
            answer = await self.receive(socket)
            self.assertEqual((answer["id"], answer["error"]["data"]["status"]), (7, "cancelled"))

    async def test_a_session_that_goes_leaves_nothing(self):
        async with self.connect() as socket:
            await self.start_asking(socket, 1, "read", path="/odd/stuck")
            self.assert_says("open 3", "held read")
        self.go_on()
        self.assert_says("close 3")  # by the server's own library: its client is gone
        async with self.connect() as socket:
            await self.start_asking(socket, 1, "stat", path="/odd/slow")
            self.assert_says("held lookup")
        self.go_on()
        async with self.connect() as socket:
            self.assertEqual((await self.do(socket, "read", "/odd/file"))["err"], 3)

    async def test_who_waits_is_known(self):
        async with self.connect() as socket, self.connect() as other:
            await self.start_asking(socket, 1, "stat", path="/odd/slow")
            self.assert_says("held lookup")
            client = Process(CLIENT, "cat", "/odd/file", settings=self.gateway.settings())
            self.addCleanup(client.end)
            waiting = {}
            while waiting.get("unanswered") != 2:
                services = (await self.result(other, "unanswered", pattern="/odd"))["services"]
                waiting = services[0] if services else {}
            self.assertEqual(waiting["oldest"]["identity"], "client")
            self.go_on()
            self.assertEqual((await self.receive(socket))["id"], 1)
            self.assertEqual(client.wait(), (0, "odd"))


class HandoverTest(unittest.TestCase):
    def test_walks_under_way_are_not_lost(self):
        gateway = Gateway().start()
        self.addCleanup(gateway.close)
        odd = gateway.program(ODD, "/odd")
        self.assertEqual(odd.line(), "ready")
        clients = [gateway.program(CLIENT, "cat", "/odd/slow", remote=remote)
                   for remote in (False, True)]
        self.assertEqual(odd.line(), "held lookup")
        gateway.take_over()
        odd.popen.stdin.write("\n" * 50)  # for all that is looked up again
        odd.popen.stdin.flush()
        self.assertEqual([client.wait() for client in clients], [(0, "odd"), (0, "odd")])


if __name__ == "__main__":
    unittest.main()
