"""JSON over a real gateway: by WebSocket with Debian's python3-websockets, which is not ours, and
by HTTPS with curl."""

import asyncio
import json
import ssl
import subprocess
import unittest

import websockets

from world import BIN, LIMIT_S, PROGRAMS, Certs, Gateway, environment

# enum stage_code
(DOUBLE, NOTE, NOTED, KEEP, KEPT, CANCELLED, LATE, CALL_BACK, DIVE, GIVE, RETURNED, EMIT, END,
 PUBLISH, WATCH_ME, GONE, SIZE, WHO, PID, FAIL) = range(1, 21)


def u32(value):
    return [{"u32": value}]


class Client:
    """JSON-RPC by hand over one WebSocket."""

    def __init__(self, socket):
        self.socket = socket
        self.next_id = 1
        self.others = []  # what came while an answer was waited for

    async def send(self, method, **params):
        request = {"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params}
        self.next_id += 1
        await self.socket.send(json.dumps(request))
        return request["id"]

    async def receive(self):
        return json.loads(await asyncio.wait_for(self.socket.recv(), LIMIT_S))

    async def answer(self, number):
        while True:
            for i, text in enumerate(self.others):
                if isinstance(text, dict) and text.get("id") == number:
                    return self.others.pop(i)
            self.others.append(await self.receive())

    async def ask(self, method, **params):
        answer = await self.answer(await self.send(method, **params))
        assert answer["jsonrpc"] == "2.0", answer
        return answer

    async def result(self, method, **params):
        answer = await self.ask(method, **params)
        assert "result" in answer, answer
        return answer["result"]

    async def error(self, method, **params):
        answer = await self.ask(method, **params)
        assert "error" in answer, answer
        return answer["error"]

    async def notification(self, method):
        while True:
            for i, text in enumerate(self.others):
                if text.get("method") == method:
                    return self.others.pop(i)["params"]
            self.others.append(await self.receive())


class JsonTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.gateway = Gateway(origins=["https://board.example"], limits=self.limits()).start()
        self.addCleanup(self.gateway.close)
        self.stage = self.gateway.stage()

    def limits(self):
        return {}

    def tls(self, client="client"):
        context = ssl.create_default_context(cafile=self.gateway.certs.pem("ca"))
        if client is not None:
            context.load_cert_chain(self.gateway.certs.pem(client), self.gateway.certs.key(client))
        return context

    def connect(self, client="client", subprotocol="viaduct.json.1", **options):
        return websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=self.tls(client),
                                  subprotocols=[subprotocol], **options)


class WebSocketTest(JsonTest):
    async def test_a_call_and_its_errors(self):
        async with self.connect() as socket:
            client = Client(socket)
            self.assertEqual(await client.result("call", service="stage", code=DOUBLE,
                                                 data=u32(21)),
                             {"status": 0, "result": 0, "data": u32(42)})
            self.assertEqual(await client.result("call", service="core:stage", code=DOUBLE,
                                                 data=u32(4)),
                             {"status": 0, "result": 0, "data": u32(8)})
            self.assertEqual((await client.result("call", service="stage", family="core", code=WHO,
                                                  data=[]))["data"], u32(1))
            error = await client.error("call", service="stage", code=FAIL)
            self.assertEqual(error["code"], -32009)
            self.assertEqual(error["data"], {"status": "denied"})
            error = await client.error("call", service="stgae", code=DOUBLE)
            self.assertEqual(error["data"], {"status": "not_found"})
            self.assertIn('did you mean "core:stage"', error["message"])
            error = await client.error("call", code=DOUBLE)
            self.assertEqual(error["code"], -32602)
            error = await client.error("call", ref=17, code=DOUBLE)
            self.assertEqual(error["data"], {"status": "not_found"})
            error = await client.error("call", service="stage", code=DOUBLE, data=[{"ref": 3}])
            self.assertEqual(error["code"], -32602)
            error = await client.error("dance")
            self.assertEqual(error["code"], -32601)
            self.assertEqual(await client.result("ping"), {"status": 0})
            self.assertEqual(await client.result("ping", data=["x"]), {"status": 0, "data": ["x"]})

    async def test_bad_json_is_answered_and_the_link_lives(self):
        async with self.connect() as socket:
            client = Client(socket)
            await socket.send("{\"jsonrpc\":")
            answer = await client.receive()
            self.assertEqual((answer["id"], answer["error"]["code"]), (None, -32700))
            await socket.send("[]")
            self.assertEqual((await client.receive())["error"]["code"], -32600)
            self.assertEqual(await client.result("ping"), {"status": 0})

    async def test_a_batch_is_answered_as_one(self):
        async with self.connect() as socket:
            batch = [{"jsonrpc": "2.0", "id": name, "method": "call",
                      "params": {"service": "stage", "code": DOUBLE, "data": u32(value)}}
                     for name, value in [("a", 1), ("b", 2), ("c", 3)]]
            batch.append({"jsonrpc": "2.0", "method": "send",
                          "params": {"service": "stage", "code": NOTE, "data": u32(0)}})
            batch.append({"jsonrpc": "2.0", "id": "d", "method": "none"})
            await socket.send(json.dumps(batch))
            answers = {one["id"]: one for one in await Client(socket).receive()}
            self.assertEqual(set(answers), {"a", "b", "c", "d"})
            self.assertEqual([answers[name]["result"]["data"][0]["u32"] for name in "abc"],
                             [2, 4, 6])
            self.assertEqual(answers["d"]["error"]["code"], -32601)

    async def test_references_are_counted_and_given_back(self):
        async with self.connect() as socket:
            client = Client(socket)
            given = (await client.result("call", service="stage", code=GIVE, data=u32(1)))["data"]
            self.assertEqual(given[0], {"u32": 1})
            ref = given[1]["ref"]
            self.assertEqual((await client.result("call", ref=ref, code=DOUBLE,
                                                  data=u32(3)))["data"], u32(6))
            # an object may go along with a call: the stage calls it back
            self.assertEqual((await client.result("call", service="stage", code=CALL_BACK,
                                                  data=[{"ref": ref}]))["data"], u32(42))
            self.assertEqual(await client.result("release", ref=ref), {"status": 0})
            self.assertEqual((await client.result("call", service="stage", code=RETURNED,
                                                  data=[]))["data"], u32(1))
            error = await client.error("call", ref=ref, code=DOUBLE, data=u32(3))
            self.assertEqual(error["data"], {"status": "not_found"})

    async def test_the_end_of_a_link_gives_all_back(self):
        async with self.connect() as socket:
            await Client(socket).result("call", service="stage", code=GIVE, data=u32(1))
        async with self.connect() as socket:
            returned = await Client(socket).result("call", service="stage", code=RETURNED, data=[])
            self.assertEqual(returned["data"], u32(1))

    async def test_events_come_in_order_after_the_answer(self):
        async with self.connect() as socket:
            client = Client(socket)
            await client.result("call", service="stage", code=EMIT, data=u32(3))
            begun = await client.result("subscribe", service="stage")
            self.assertTrue(begun["recovered"])
            epoch, newest = begun["since"].split(":")
            self.assertEqual(newest, "3")
            await client.result("call", service="stage", code=EMIT, data=u32(4))
            for i in range(4):
                event = await client.notification("event")
                self.assertEqual(event["service"], "stage")
                self.assertEqual(event["subscription"], begun["subscription"])
                self.assertEqual(event["since"], f"{epoch}:{4 + i}")
                self.assertEqual((event["event"], event["data"]), (1 + i % 2, u32(i)))
            await client.result("unsubscribe", subscription=begun["subscription"])
            error = await client.error("unsubscribe", subscription=begun["subscription"])
            self.assertEqual(error["data"], {"status": "not_found"})
            # from where one was, and the latest of each id
            await client.result("subscribe", service="stage", **{"from": f"{epoch}:6"})
            self.assertEqual((await client.notification("event"))["since"], f"{epoch}:7")
            await client.result("unsubscribe", service="stage")
            begun = await client.result("subscribe", service="stage", **{"from": "latest"})
            events = [(await client.notification("event"))["since"] for _ in range(2)]
            self.assertEqual(events, [f"{epoch}:6", f"{epoch}:7"])
            await client.result("unsubscribe", service="stage")
            # of an epoch that is gone: all there is, and it says that something may be missing
            begun = await client.result("subscribe", service="stage", **{"from": "1:5"})
            self.assertFalse(begun["recovered"])
            self.assertEqual((await client.notification("event"))["since"], f"{epoch}:1")

    async def test_a_death_is_told_once_with_its_cause(self):
        async with self.connect() as socket:
            client = Client(socket)
            await client.result("watch", service="stage")
            await client.result("watch", service="stage")
            await client.result("subscribe", service="stage")
            kept = await client.send("call", service="stage", code=KEEP, data=[], timeout=0)
            await client.result("call", service="stage", code=KEPT, data=[])
            self.stage.end()
            error = (await client.answer(kept))["error"]
            self.assertEqual(error["code"], -32006)
            self.assertEqual(error["data"], {"status": "dead", "cause": "crashed"})
            self.assertEqual(await client.notification("death"),
                             {"service": "stage", "cause": "crashed"})
            error = await client.error("call", service="stage", code=DOUBLE, data=u32(1))
            self.assertEqual(error["data"]["status"], "not_found")
            await client.result("ping")
            self.assertEqual([text for text in client.others if text.get("method") == "death"], [])

    async def test_cancel_and_timeout_end_a_call(self):
        async with self.connect() as socket:
            client = Client(socket)
            kept = await client.send("call", service="stage", code=KEEP, data=[])
            await client.result("call", service="stage", code=KEPT, data=[])
            self.assertEqual(await client.result("cancel", id=kept),
                             {"status": 0, "cancelled": True})
            self.assertEqual((await client.result("call", service="stage", code=CANCELLED,
                                                  data=[]))["data"], u32(0))
            error = (await client.answer(kept))["error"]
            self.assertEqual(error["data"], {"status": "cancelled"})
            self.assertEqual(await client.result("cancel", id=kept),
                             {"status": 0, "cancelled": False})
            error = await client.error("call", service="stage", code=KEEP, data=[], timeout=50)
            self.assertEqual(error["data"], {"status": "timeout"})
            self.assertIn("may have run", error["message"])

    async def test_list_is_by_pages(self):
        async with self.connect() as socket:
            client = Client(socket)
            for i in range(7):
                data = [f"name{i}"]
                await client.result("call", service="stage", code=PUBLISH, data=data)
            page = await client.result("list", pattern="name*", limit=4)
            self.assertEqual([one["name"] for one in page["services"]],
                             [f"name{i}" for i in range(4)])
            rest = await client.result("list", pattern="name*", after=page["next"])
            self.assertEqual([one["name"] for one in rest["services"]],
                             [f"name{i}" for i in range(4, 7)])
            self.assertNotIn("next", rest)
            self.assertEqual(rest["services"][0]["family"], "core")

    async def test_openharmony_speaks_its_own_layout(self):
        service = self.gateway.program(BIN / "via-calculator-service")
        self.assertIn("serving", service.line())
        async with self.connect() as socket:
            client = Client(socket)
            token = {"str16": "viaduct.example.calculator"}
            shown = await client.result("list", family="openharmony")
            self.assertEqual([one["name"] for one in shown["services"]], ["calculator"])
            result = await client.result("call", service="calculator", code=1,
                                         data=[token, 2, 3])
            self.assertEqual(result["data"], [5])

    async def test_sbufs_show_typed_values_in_order(self):
        service = self.gateway.program(PROGRAMS / "sbuf_service")
        self.assertEqual(service.line(), "ready")
        async with self.connect() as socket:
            client = Client(socket)
            await client.result("subscribe", service="sample_driver", **{"from": "now"})
            for data in [["hello", {"u8": 3}, {"i64": "-1"}], [None, {"bytes": "AQI="}, ""]]:
                result = await client.result("call", service="sample_driver", code=1, data=data)
                self.assertEqual(result["data"][:3], [data[0], {"i8": -8}, {"i16": -16}])
                event = await client.notification("event")
                self.assertEqual((event["event"], event["data"]), (1, data))
            result = await client.result("call", service="sample_driver", code=2, data=[])
            self.assertEqual(result["data"], {"raw": "AQAAAAIAAAA="})
            error = await client.error("call", service="sample_driver", code=1, data=[1, True])
            self.assertIn("true cannot stand in layout hdf", error["message"])

    async def test_who_may_not_come_is_told_why(self):
        other = Certs(self.gateway.folder / "other")
        other.client("stranger")
        for client, origin, status in [(None, None, 401), ("client", "https://evil.example", 403)]:
            with self.assertRaises(websockets.exceptions.InvalidStatusCode) as refused:
                async with self.connect(client, origin=origin):
                    pass
            self.assertEqual(refused.exception.status_code, status)
        async with self.connect(origin="https://board.example") as socket:
            self.assertEqual(await Client(socket).result("ping"), {"status": 0})
        with self.assertRaises(websockets.exceptions.InvalidStatusCode) as refused:
            async with self.connect(subprotocol="viaduct.json.9"):
                pass
        self.assertEqual(refused.exception.status_code, 400)
        why = [line["why"] for line in self.gateway.audit()]
        self.assertTrue(any("certificate" in line for line in why), why)
        self.assertTrue(any("origins" in line for line in why), why)

    async def test_the_end_of_the_gateway_closes_the_link(self):
        async with self.connect() as socket:
            await Client(socket).result("ping")
            await asyncio.get_running_loop().run_in_executor(None, self.gateway.stop)
            with self.assertRaises(websockets.exceptions.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), LIMIT_S)


class SmallTest(JsonTest):
    """With small limits."""

    def limits(self):
        return {"max_json_calls": 2, "max_json_refs": 1, "max_batch": 3, "max_json_size": 4096,
                "max_frame_size": 4096}

    async def test_limits_are_named(self):
        async with self.connect() as socket:
            client = Client(socket)
            for _ in range(2):
                await client.send("call", service="stage", code=KEEP, data=[])
            error = await client.error("call", service="stage", code=DOUBLE, data=u32(1))
            self.assertEqual(error["data"], {"status": "busy"})
            self.assertIn("max_json_calls = 2", error["message"])
        async with self.connect() as socket:
            client = Client(socket)
            await client.result("call", service="stage", code=GIVE, data=u32(1))
            error = await client.error("call", service="stage", code=GIVE, data=u32(1))
            self.assertEqual(error["data"], {"status": "busy"})
            await socket.send(json.dumps([{"jsonrpc": "2.0", "id": i, "method": "ping"}
                                          for i in range(4)]))
            self.assertIn("max_batch", (await client.receive())["error"]["message"])
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping",
                                          "params": {"data": ["x" * 5000]}}))
            with self.assertRaises(websockets.exceptions.ConnectionClosed):
                await client.receive()


class HttpTest(JsonTest):
    def curl(self, path, *options, client="client"):
        """Status and body."""
        who = [] if client is None else ["--cert", self.gateway.certs.pem(client),
                                         "--key", self.gateway.certs.key(client)]
        done = subprocess.run(
            ["curl", "-sS", "--cacert", self.gateway.certs.pem("ca"), *who, "-w", "\n%{http_code}",
             *options, f"https://localhost:{self.gateway.port}{path}"],
            env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False)
        body, _, status = done.stdout.rpartition("\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(status), body

    def rpc(self, request, **settings):
        return self.curl("/rpc", "--data-binary", json.dumps(request), **settings)

    def test_a_call_by_post(self):
        status, body = self.rpc({"jsonrpc": "2.0", "id": 1, "method": "call",
                                 "params": {"service": "stage", "code": DOUBLE,
                                            "data": u32(21)}})
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body), {"jsonrpc": "2.0", "id": 1,
                                            "result": {"status": 0, "result": 0,
                                                       "data": u32(42)}})
        status, body = self.rpc([{"jsonrpc": "2.0", "id": i, "method": "call",
                                  "params": {"service": "stage", "code": DOUBLE, "data": u32(i)}}
                                 for i in range(5)])
        self.assertEqual(status, 200)
        self.assertEqual(sorted(one["result"]["data"][0]["u32"] for one in json.loads(body)),
                         [0, 2, 4, 6, 8])
        status, body = self.rpc({"jsonrpc": "2.0", "method": "ping"})
        self.assertEqual((status, body), (204, ""))
        status, body = self.curl("/rpc", "--data-binary", "{nonsense")
        self.assertEqual(json.loads(body)["error"]["code"], -32700)
        status, body = self.rpc({"jsonrpc": "2.0", "id": 1, "method": "subscribe",
                                 "params": {"service": "stage"}})
        self.assertIn("GET /events", json.loads(body)["error"]["message"])

    def test_references_of_a_post_are_given_back_at_its_end(self):
        _, body = self.rpc({"jsonrpc": "2.0", "id": 1, "method": "call",
                            "params": {"service": "stage", "code": GIVE, "data": u32(1)}})
        self.assertEqual(list(json.loads(body)["result"]["data"][1]), ["ref"])
        _, body = self.rpc({"jsonrpc": "2.0", "id": 1, "method": "call",
                            "params": {"service": "stage", "code": RETURNED, "data": []}})
        self.assertEqual(json.loads(body)["result"]["data"], u32(1))

    def test_health_and_what_is_not_there(self):
        status, body = self.curl("/healthz")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ok"))
        self.assertEqual(self.curl("/nothing")[0], 404)
        self.assertEqual(self.curl("/rpc")[0], 405)
        status, body = self.curl("/healthz", client=None)
        self.assertEqual(status, 401)
        self.assertIn("certificate", body)
        status, body = self.curl("/healthz", "-H", "Origin: https://evil.example")
        self.assertEqual(status, 403)
        self.assertIn("origins", body)

    def stream(self, query, *options):
        return subprocess.Popen(
            ["curl", "-sSN", "--cacert", self.gateway.certs.pem("ca"),
             "--cert", self.gateway.certs.pem("client"), "--key", self.gateway.certs.key("client"),
             *options, f"https://localhost:{self.gateway.port}/events?{query}"],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    @staticmethod
    def event(stream):
        """One event, as a dictionary of its fields."""
        fields = {}
        for line in stream.stdout:
            line = line.rstrip("\n")
            if line == "" and fields:
                return fields
            name, _, value = line.partition(": ")
            if name and not line.startswith(":"):
                fields[name] = value
        return None

    def emit(self, n):
        self.rpc({"jsonrpc": "2.0", "id": 1, "method": "call",
                  "params": {"service": "stage", "code": EMIT, "data": u32(n)}})

    def test_events_are_streamed_and_taken_up_again(self):
        self.emit(3)
        with self.stream("service=core%3Astage&from=latest") as stream:
            first, second = self.event(stream), self.event(stream)
            self.assertEqual(first["event"], "event")
            self.assertEqual(json.loads(second["data"])["data"], u32(2))
            epoch = second["id"].split(":")[0]
            self.emit(2)
            self.assertEqual(self.event(stream)["id"], f"{epoch}:4")
            stream.kill()
        with self.stream("service=stage", "-H", f"Last-Event-ID: {epoch}:4") as stream:
            self.assertEqual(self.event(stream)["id"], f"{epoch}:5")
            self.stage.end()
            death = self.event(stream)
            self.assertEqual(death["event"], "death")
            self.assertEqual(json.loads(death["data"]), {"service": "stage", "cause": "crashed"})
            self.assertIsNone(self.event(stream))  # and the stream ends
            self.assertEqual(stream.wait(LIMIT_S), 0)
        status, body = self.curl("/events?service=stage")
        self.assertEqual((status, json.loads(body)["error"]["data"]["status"]), (404, "not_found"))
        self.assertEqual(self.curl("/events")[0], 400)
        self.assertEqual(self.curl("/events?service=stage&from=yesterday")[0], 400)


if __name__ == "__main__":
    unittest.main()
