"""A client of somebody else's making speaks JSON-RPC to the gateway: over WebSockets, by POST, and
as server-sent events."""

import asyncio
import http.client
import json
import signal
import ssl
import unittest

import websockets
from world import BIN, LIMIT_S, Gateway, run

DOUBLE, CALL_BACK, GIVE, EMIT, END, FAIL, KEEP, SIZE = 1, 8, 10, 12, 13, 20, 4, 17


def u32(value):
    return {"u32": value}


class World(unittest.IsolatedAsyncioTestCase):
    """A gateway with the service of `everywhere` behind it, and a WebSocket client."""

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(limits={"handshake_ms": 30000}).start()  # a busy machine
        cls.addClassCleanup(cls.gateway.close)
        cls.gateway.stage()
        cls.tls = ssl.create_default_context(cafile=cls.gateway.certs.pem("ca"))
        cls.tls.load_cert_chain(cls.gateway.certs.pem("client"), cls.gateway.certs.key("client"))

    def connect(self, subprotocol="viaduct.json.1"):
        return websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=self.tls,
                                  subprotocols=[subprotocol], compression=None)

    @staticmethod
    async def receive(socket):
        return json.loads(await asyncio.wait_for(socket.recv(), LIMIT_S))

    async def ask(self, socket, method, number=1, **params):
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        await socket.send(json.dumps(request))
        answer = await self.receive(socket)
        self.assertEqual(answer["jsonrpc"], "2.0")
        self.assertEqual(answer["id"], number, answer)
        return answer

    async def result(self, socket, method, **params):
        answer = await self.ask(socket, method, **params)
        self.assertIn("result", answer, answer)
        return answer["result"]

    async def error(self, socket, method, **params):
        answer = await self.ask(socket, method, **params)
        self.assertIn("error", answer, answer)
        return answer["error"]

    def http(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection("localhost", self.gateway.port, context=self.tls,
                                                 timeout=LIMIT_S)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def post(self, request):
        status, text = self.http("POST", "/rpc", json.dumps(request),
                                 {"Content-Type": "application/json"})
        self.assertEqual(status, 200, text)
        return json.loads(text)


class WebSocketTest(World):
    async def test_a_call_is_answered(self):
        async with self.connect() as socket:
            self.assertEqual(socket.subprotocol, "viaduct.json.1")
            result = await self.result(socket, "call", service="stage", code=DOUBLE, data=[u32(21)])
            self.assertEqual(result, {"status": 0, "result": 0, "data": [u32(42)]})
            result = await self.result(socket, "call", service="core:stage", code=DOUBLE,
                                       data=[u32(4)], timeout=5000)
            self.assertEqual(result["data"], [u32(8)])

    async def test_ping_and_list(self):
        async with self.connect() as socket:
            await self.result(socket, "ping")
            text = json.dumps(await self.result(socket, "list"))
            self.assertIn('"stage"', text)

    async def test_faults_have_the_standards_codes(self):
        async with self.connect() as socket:
            for text, code in [("{", -32700), ('{"jsonrpc":"2.0","id":1}', -32600),
                               ('{"jsonrpc":"2.0","id":1,"method":"no_such"}', -32601),
                               ('{"jsonrpc":"2.0","id":1,"method":"call","params":{"code":1}}',
                                -32602), ("[]", -32600), ("7", -32600)]:
                await socket.send(text)
                answer = await self.receive(socket)
                self.assertEqual(answer["error"]["code"], code, text)

    async def test_statuses_of_ours_are_in_the_data(self):
        async with self.connect() as socket:
            error = await self.error(socket, "call", service="nobody", code=1)
            self.assertEqual(error["data"]["status"], "not_found")
            error = await self.error(socket, "call", service="stage", code=FAIL)
            self.assertEqual(error["data"]["status"], "denied")
            error = await self.error(socket, "call", service="stage", code=KEEP, timeout=50)
            self.assertEqual(error["data"]["status"], "timeout")

    async def test_a_batch_is_answered_as_one(self):
        call = {"jsonrpc": "2.0", "method": "call",
                "params": {"service": "stage", "code": DOUBLE, "data": [u32(1)]}}
        async with self.connect() as socket:
            await socket.send(json.dumps([{**call, "id": "a"}, call, {**call, "id": 7},
                                          {"jsonrpc": "2.0", "id": 8, "method": "no_such"}]))
            answers = await self.receive(socket)
            by_id = {answer["id"]: answer for answer in answers}
            self.assertEqual(set(by_id), {"a", 7, 8})
            self.assertEqual(by_id["a"]["result"]["data"], [u32(2)])
            self.assertEqual(by_id[8]["error"]["code"], -32601)

    async def test_an_object_is_held_called_and_released(self):
        async with self.connect() as socket:
            result = await self.result(socket, "call", service="stage", code=GIVE, data=[u32(0)])
            number = result["data"][1]["ref"]
            result = await self.result(socket, "call", ref=number, code=DOUBLE, data=[u32(5)])
            self.assertEqual(result["data"], [u32(10)])
            result = await self.result(socket, "call", service="stage", code=CALL_BACK,
                                       data=[{"ref": number}])
            self.assertEqual(result["data"], [u32(42)])
            await self.result(socket, "release", ref=number)
            error = await self.error(socket, "call", ref=number, code=DOUBLE, data=[u32(5)])
            self.assertEqual(error["data"]["status"], "not_found")

    async def test_events_come_in_order_and_again_from_where_one_stopped(self):
        async with self.connect() as socket:
            result = await self.result(socket, "call", service="stage", code=GIVE, data=[u32(0)])
            number = result["data"][1]["ref"]
            begun = await self.result(socket, "subscribe", ref=number, **{"from": "now"})
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 9, "method": "call", "params": {
                "ref": number, "code": EMIT, "data": [u32(4)]}}))
            events, marks, answers = [], [], []
            while len(events) < 4 or not answers:
                message = await self.receive(socket)
                if message.get("method") == "event":
                    events.append((message["params"]["event"], message["params"]["data"]))
                    marks.append(message["params"]["since"])
                else:
                    answers.append(message["id"])
            self.assertEqual(answers, [9])
            self.assertEqual(events, [(1, [u32(0)]), (2, [u32(1)]), (1, [u32(2)]), (2, [u32(3)])])
            await self.result(socket, "unsubscribe", subscription=begun["subscription"])
            await self.result(socket, "subscribe", ref=number, **{"from": marks[1]})
            again = [(await self.receive(socket))["params"]["since"] for _ in range(2)]
            self.assertEqual(again, marks[2:])

    async def test_a_filter_lets_through_what_it_says(self):
        async with self.connect() as socket:
            result = await self.result(socket, "call", service="stage", code=GIVE, data=[u32(0)])
            number = result["data"][1]["ref"]
            await self.result(socket, "subscribe", ref=number, policy="oldest",
                              filter={"ids": [2], "range": [3, None], "change": 4})
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 9, "method": "call", "params": {
                "ref": number, "code": EMIT, "data": [u32(12)]}}))
            values = []
            while len(values) < 3:
                message = await self.receive(socket)
                if message.get("method") == "event":
                    self.assertNotIn("lost", message["params"])
                    values.append(message["params"]["data"][0]["u32"])
            self.assertEqual(values, [3, 7, 11])

    async def test_a_wrong_filter_is_refused_by_name(self):
        async with self.connect() as socket:
            for params, words in [({"filter": {"every": 0}}, "filter.every is to be milliseconds"),
                                  ({"filter": {"colour": 1}}, 'filter has no "colour"'),
                                  ({"filter": 1}, "is to be an object"),
                                  ({"policy": "all"}, "policy is to be oldest, newest")]:
                error = await self.error(socket, "subscribe", service="stage", **params)
                self.assertEqual(error["code"], -32602)
                self.assertIn(words, error["message"])

    async def test_a_death_is_told_with_its_cause(self):
        mortal = self.gateway.stage("mortal")
        async with self.connect() as socket:
            await self.result(socket, "watch", service="mortal")
            mortal.send_signal(signal.SIGKILL)
            death = await self.receive(socket)
            self.assertEqual(death["method"], "death")
            self.assertEqual(death["params"]["cause"], "crashed")
            self.assertEqual(death["params"]["service"], "mortal")

    async def test_a_call_in_flight_ends_with_its_callee(self):
        mortal = self.gateway.stage("dying")
        async with self.connect() as socket:
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": {
                "service": "dying", "code": KEEP}}))
            await self.result(socket, "call", service="dying", code=5, number=2)
            mortal.send_signal(signal.SIGKILL)
            answer = await self.receive(socket)
            self.assertEqual(answer["id"], 1)
            self.assertEqual(answer["error"]["data"], {"status": "dead", "cause": "crashed"})

    async def test_send_has_no_reply_of_the_callees(self):
        async with self.connect() as socket:
            await self.result(socket, "send", service="stage", code=2, data=[u32(0)])

    async def test_an_unknown_subprotocol_is_told_those_spoken(self):
        with self.assertRaises(websockets.exceptions.InvalidStatusCode):
            async with self.connect("viaduct.json.9"):
                self.fail("it was let in")
        status, text = self.http("GET", "/", headers={
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "viaduct.json.9"})
        self.assertEqual(status, 400)
        self.assertIn("spoken are viaduct.bin.1, viaduct.json.1", text)


class HttpTest(World):
    async def test_post_answers_a_call_and_a_batch(self):
        call = {"jsonrpc": "2.0", "id": 1, "method": "call",
                "params": {"service": "stage", "code": DOUBLE, "data": [u32(3)]}}
        self.assertEqual(self.post(call)["result"]["data"], [u32(6)])
        answers = self.post([call, {**call, "id": 2}])  # in whatever order they are there
        self.assertEqual(sorted(one["id"] for one in answers), [1, 2])

    async def test_the_gateway_is_healthy(self):
        status, _ = self.http("GET", "/healthz")
        self.assertEqual(status, 200)

    async def test_what_is_not_there_is_said(self):
        self.assertEqual(self.http("GET", "/no/such")[0], 404)
        self.assertEqual(self.http("DELETE", "/rpc")[0], 405)
        status, text = self.http("POST", "/rpc", "{", {"Content-Type": "application/json"})
        self.assertEqual((status, json.loads(text)["error"]["code"]), (200, -32700))
        connection = http.client.HTTPSConnection("localhost", self.gateway.port, context=self.tls,
                                                 timeout=LIMIT_S)
        connection.putrequest("POST", "/rpc")
        connection.putheader("Content-Length", str(2 << 20))  # refused before any of it is sent
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    async def test_curl_can_do_it(self):
        certs = self.gateway.certs
        done = run("curl", "-sS", "--cacert", certs.pem("ca"), "--cert", certs.pem("client"),
                   "--key", certs.key("client"), f"https://localhost:{self.gateway.port}/rpc",
                   "--data", json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": {
                       "service": "stage", "code": DOUBLE, "data": [u32(7)]}}))
        self.assertEqual(done.stderr, "")
        self.assertEqual(json.loads(done.stdout)["result"]["data"], [u32(14)])

    async def test_events_are_streamed_and_go_on_after_the_last_one_seen(self):
        clock = self.gateway.program(BIN / "via-clock-service")
        self.assertEqual(clock.line(), "clock: ready")
        first = self.stream({})
        second = self.stream({"Last-Event-ID": first})
        self.assertEqual(first.split(":")[0], second.split(":")[0])
        self.assertEqual(int(second.split(":")[1]), int(first.split(":")[1]) + 1)

    def stream(self, headers):
        """The id of the first event that comes."""
        connection = http.client.HTTPSConnection("localhost", self.gateway.port, context=self.tls,
                                                 timeout=LIMIT_S)
        connection.request("GET", "/events?service=clock", headers=headers)
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/event-stream"))
        while True:
            line = answer.readline().decode()
            self.assertNotEqual(line, "", "the stream ended")
            if line.startswith("id:"):
                connection.close()
                return line[3:].strip()


if __name__ == "__main__":
    unittest.main()
