"""Drivers seen as JSON: a real driver in a real viaduct-hdf-host, by the command viaduct, by
WebSocket, by HTTPS and as server-sent events."""

import asyncio
import base64
import http.client
import json
import ssl
import unittest

import websockets

from world import BIN, LIMIT_S, Gateway, Process

DRIVERS = BIN.parent / "tests" / "drivers"
DONE, FAILED, USAGE, NOT_FOUND, DENIED, DEAD = range(6)

# enum teller_command
TYPES, RAW, MUCH, RESULT, CLIENTS = range(1, 6)
EVENT, EVENT_RAW, EVENT_MUCH, EACH, ME = range(10, 15)
PUBLISH, REMOVE, FILL_IN = range(20, 23)

SBUF_MOST = 512 * 1024

ALL_TYPES = ["hello", None, {"i8": -8}, {"i16": -16}, -32, {"i64": "-64"}, {"u8": 8},
             {"u16": 16}, {"u32": 32}, {"u64": "18446744073709551615"}, {"bytes": "YWJj"}]

CONFIG = """
root { device_info { match_attr = "hdf_manager";
    template host { hostName = ""; priority = 100; template device { template deviceNode {
        policy = 2; priority = 100; preload = 0; permission = 0666; moduleName = "teller";
        serviceName = ""; } } }
    one :: host { hostName = "one"; device0 :: device {
        teller :: deviceNode { serviceName = "teller"; }
        lazy :: deviceNode { serviceName = "lazy"; preload = 2; }
        public :: deviceNode { serviceName = "public"; policy = 1; }
        closed :: deviceNode { serviceName = "closed"; permission = 0660; }
        refuser :: deviceNode { serviceName = "refuser"; moduleName = "refuser"; } } }
} }
"""


def u32(value):
    return {"u32": value}


def filled(n):
    """What the teller says when it is to say much."""
    return [{"bytes": base64.b64encode(b"x" * n).decode()}]


class HdfJson(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(limits=cls.limits()).start()
        cls.addClassCleanup(cls.gateway.close)
        config = cls.gateway.folder / "device_info.hcs"
        config.write_text(CONFIG)
        cls.host = cls.gateway.program(BIN / "viaduct-hdf-host", "--modules", DRIVERS, config)
        line = cls.host.line()
        if line != "viaduct-hdf-host: ready hosts=1 devices=4":
            raise AssertionError(f"viaduct-hdf-host said: {line}")

    @classmethod
    def limits(cls):
        return {}

    @classmethod
    def tls(cls):
        context = ssl.create_default_context(cafile=cls.gateway.certs.pem("ca"))
        context.load_cert_chain(cls.gateway.certs.pem("client"), cls.gateway.certs.key("client"))
        return context

    def cli(self, *words, status=DONE, remote=False):
        """What it prints, or, if it is to fail, what it says about that."""
        done = self.gateway.cli(*words, remote=remote)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == DONE else done.stderr

    def call(self, code, data=(), service="teller", **more):
        said = self.cli("--json", "call", service, str(code), json.dumps(list(data)), **more)
        answer = json.loads(said)
        return answer["result"], answer["data"]

    def emit(self, number, *values):
        """An event, which is forwarded whole: its own number stands in front."""
        self.assertEqual(self.call(EVENT, [u32(number), *values]), (0, []))
        return [u32(number), *values]


class CommandTest(HdfJson):
    def test_typed_values_in_their_order(self):
        for remote in (False, True):
            self.assertEqual(self.call(TYPES, ALL_TYPES, remote=remote), (0, ALL_TYPES))
        self.assertEqual(self.cli("call", "teller", str(TYPES), json.dumps(ALL_TYPES)),
                         json.dumps(ALL_TYPES, separators=(",", ":")) + "\n")
        self.assertEqual(self.call(TYPES, ["no more"]), (-3, []))

    def test_octets_without_types_are_base64(self):
        self.assertEqual(self.call(RAW), (0, {"raw": "AQIDBAUGBwg="}))
        self.assertEqual(self.call(EVENT_RAW), (0, []))
        said = self.cli("--json", "watch", "teller", "--from", "latest", "--count", "1",
                        "--ids", str(EVENT_RAW))
        self.assertEqual(json.loads(said)["data"], {"raw": "AQAAAAIAAAA="})

    def test_a_reply_has_no_bound_but_the_drivers_own(self):
        # The 256 octets of a default sbuf are a bound of programs that pass one.
        most = 512 * 1024 - 512
        for remote in (False, True):
            for n in (257, 100_000, most):
                self.assertEqual(self.call(MUCH, [u32(n)], remote=remote), (0, filled(n)))
        self.assertEqual(self.call(MUCH, [u32(SBUF_MOST)]), (-1, []))

    def test_results_of_the_driver_have_their_names(self):
        for result, words in [(-1, "-1 (HDF_FAILURE)"), (-17, "-17 (HDF_ERR_IO)"), (7, "7"),
                              (-1000, "-1000")]:
            for remote in (False, True):
                said = self.cli("call", "teller", str(RESULT), f"[{result}]", remote=remote)
                self.assertEqual(said, f'result {words} ["so it is"]\n')
        self.assertEqual(self.call(RESULT, [-17]), (-17, ["so it is"]))

    def test_any_command_goes_to_the_driver_negative_ones_too(self):
        self.assertEqual(self.call(0), (-2, [0]))
        self.assertEqual(self.call(0x7fffffff), (-2, [0x7fffffff]))
        self.assertEqual(self.call(0xffffffff), (-2, [-1]))

    def test_what_is_sent_is_run_and_its_reply_is_dropped(self):
        for remote in (False, True):
            event = self.emit(77)
            watch = self.gateway.program(BIN / "viaduct", "watch", "teller", "--from", "latest",
                                         "--ids", "77", "--count", "2", remote=remote)
            self.assertIn(json.dumps(event, separators=(",", ":")), watch.line())
            self.cli("send", "teller", str(EVENT), '[{"u32":77},"sent"]', remote=remote)
            self.assertIn('"sent"', watch.wait()[1])

    def test_unknown_services_are_told_with_the_nearest(self):
        for remote in (False, True):
            said = self.cli("call", "tellr", "1", status=NOT_FOUND, remote=remote)
            self.assertIn("did you mean 'hdf:teller'?", said)

    def test_policy_1_is_listed_here_and_opened_by_nobody(self):
        self.assertIn("public", self.cli("ls"))
        self.assertNotIn("public", self.cli("ls", remote=True))
        self.assertIn("denied", self.cli("call", "public", "1", status=DENIED))
        said = self.cli("call", "public", "1", status=NOT_FOUND, remote=True)
        self.assertIn("no service is called 'public'", said)

    def test_a_mode_without_others_is_for_this_host(self):
        self.assertEqual(self.call(RESULT, [5], service="closed"), (5, ["so it is"]))
        for command in (["call", "closed", "1"], ["watch", "closed"]):
            said = self.cli(*command, status=DENIED, remote=True)
            self.assertIn("denied: its mode or a rule of the gateway forbids it to you", said)

    def test_a_driver_may_refuse_to_be_opened(self):
        for remote in (False, True):
            said = self.cli("call", "refuser", "1", status=FAILED, remote=remote)
            self.assertEqual(said, "viaduct: hdf:refuser: it does not let itself be opened\n")

    def test_what_an_sbuf_has_no_place_for_is_refused_here(self):
        for value in ("true", "1.5", '{"str16":"a"}', '{"fd":0}', '{"token":"1"}'):
            said = self.cli("call", "teller", "1", f"[{value}]", status=USAGE)
            self.assertIn("data[0]", said)

    def test_the_manager_of_devices_can_be_asked(self):
        result, values = self.call(3, service="dev_mgr")
        self.assertEqual(result, 0)
        names = values[:-1:3]
        self.assertEqual(names[:4], ["teller", "public", "closed", "refuser"])
        self.assertIsNone(values[-1])  # the list's end
        self.assertEqual(values[1], {"u16": 1})

    def test_a_driver_publishes_a_name_beside_its_own(self):
        for name, mode in [("beside", 0o1000), ("teller", 0o666), ("", 0o666), ("a/b", 0o666),
                           ("x" * 256, 0o666), (None, 0o666)]:
            self.assertEqual(self.call(PUBLISH, [u32(mode), name]), (-1, []), name)
        self.assertEqual(self.call(PUBLISH, [u32(0o666), "beside"]), (0, []))
        self.assertEqual(self.call(7, ["x"], service="beside"), (-1, []))
        self.assertEqual(self.call(FILL_IN), (0, []))
        for remote in (False, True):
            self.assertEqual(self.call(7, ["x"], service="beside", remote=remote),
                             (7, ["x", 4711]))
        self.assertNotIn("beside", str(self.call(3, service="dev_mgr")))  # it is no device
        self.assertEqual(self.call(REMOVE), (0, []))
        self.cli("call", "beside", "7", status=NOT_FOUND)
        self.assertEqual(self.call(REMOVE), (0, []))

    # ---- events ----

    def test_watch_prints_values_and_where_to_go_on(self):
        first = self.emit(1, "temperature", 21, {"u8": 3}, None)
        second = self.emit(2, "temperature", -1)
        for remote in (False, True):
            said = self.cli("--json", "watch", "teller", "--from", "latest", "--ids", "1,2",
                            "--count", "2", remote=remote)
            events = [json.loads(line) for line in said.splitlines()]
            self.assertEqual([(event["event"], event["data"]) for event in events],
                             [(1, first), (2, second)])
            again = self.cli("--json", "watch", "teller", "--from", events[0]["since"],
                             "--count", "1", remote=remote)
            self.assertEqual(json.loads(again), events[1])
        self.assertEqual(
            self.cli("watch", "teller", "--from", events[0]["since"], "--count", "1"),
            f'{events[1]["since"]} 2 [{{"u32":2}},"temperature",-1]\n')

    def test_watch_shows_what_is_for_it_alone(self):
        for words, expected in [([], '- 9 [{"u32":0}]'),
                                (["--json"], '{"event":9,"lost":0,"data":[{"u32":0}]}')]:
            self.until_clients(0)
            self.emit(1)
            watch = self.gateway.program(BIN / "viaduct", *words, "watch", "teller", "--from",
                                         "latest", "--ids", "1,9", "--count", "2", remote=True)
            self.assertIn('[{"u32":1}]', watch.line())  # it watches
            self.until_clients(1)  # and is the first of the driver's
            self.assertEqual(self.call(EACH, [u32(9)]), (0, []))
            self.assertEqual(watch.wait(), (DONE, expected + "\n"))

    def clients(self):
        result, (count,) = self.call(CLIENTS)
        self.assertEqual(result, 0)
        return count["u32"] - 1  # but for the one who asks

    def until_clients(self, n):
        while self.clients() != n:
            pass

    def test_a_client_of_the_command_line_is_released(self):
        self.until_clients(0)

    def test_a_service_on_demand_is_loaded_by_its_name(self):
        self.assertNotIn("lazy", self.cli("ls"))
        self.assertEqual(self.call(RESULT, [3], service="hdf:lazy", remote=True),
                         (3, ["so it is"]))
        self.assertEqual(self.call(0, ["lazy"], service="dev_mgr"), (0, []))
        self.assertIn("lazy", self.cli("ls"))
        self.assertEqual(self.call(1, ["lazy"], service="dev_mgr"), (0, []))  # unload
        self.assertNotIn("lazy", self.cli("ls"))
        self.assertEqual(self.call(RESULT, [4], service="lazy"), (4, ["so it is"]))


class Client:
    """JSON-RPC by hand over one WebSocket."""

    def __init__(self, socket):
        self.socket = socket
        self.next_id = 1
        self.events = []

    async def receive(self):
        return json.loads(await asyncio.wait_for(self.socket.recv(), LIMIT_S))

    async def ask(self, method, **params):
        number, self.next_id = self.next_id, self.next_id + 1
        await self.socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                           "params": params}))
        while True:
            text = await self.receive()
            if text.get("id") == number:
                return text
            self.events.append(text)

    async def result(self, method, **params):
        answer = await self.ask(method, **params)
        assert "result" in answer, answer
        return answer["result"]

    async def error(self, method, **params):
        answer = await self.ask(method, **params)
        assert "error" in answer, answer
        return answer["error"]

    async def call(self, code, data=(), service="teller"):
        answer = await self.result("call", service=service, code=code, data=list(data))
        return answer["result"], answer["data"]

    async def event(self):
        while not self.events:
            self.events.append(await self.receive())
        text = self.events.pop(0)
        assert text["method"] == "event", text
        return text["params"]


class WebSocketTest(HdfJson, unittest.IsolatedAsyncioTestCase):
    def connect(self):
        return websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=self.tls(),
                                  subprotocols=["viaduct.json.1"], max_size=None)

    async def test_calls_and_what_they_cannot(self):
        async with self.connect() as socket:
            client = Client(socket)
            self.assertEqual(await client.call(TYPES, ALL_TYPES), (0, ALL_TYPES))
            self.assertEqual(await client.call(RAW), (0, {"raw": "AQIDBAUGBwg="}))
            self.assertEqual(await client.call(RESULT, [-19]), (-19, ["so it is"]))
            self.assertEqual(await client.call(MUCH, [u32(400_000)]), (0, filled(400_000)))
            self.assertEqual(await client.call(RESULT, [1], service="lazy"), (1, ["so it is"]))
            for service, status, words in [
                    ("closed", "denied", 'service "closed": denied'),
                    ("public", "not_found", 'no service "public"'),
                    ("tellr", "not_found", 'did you mean "hdf:teller"'),
                    ("refuser", "invalid", 'service "refuser" does not let itself be opened')]:
                error = await client.error("call", service=service, code=1)
                self.assertEqual(error["data"], {"status": status})
                self.assertIn(words, error["message"])
            error = await client.error("call", service="teller", code=1, data=[True])
            self.assertEqual(error["data"], {"status": "bad_type"})
            self.assertIn("true cannot stand in layout hdf", error["message"])

    async def test_a_session_is_one_client_of_the_driver(self):
        async with self.connect() as socket, self.connect() as other:
            client = Client(socket)
            while await client.call(CLIENTS) != (0, [u32(1)]):
                pass  # until Release of other tests' clients has come
            await client.result("subscribe", service="teller")
            self.assertEqual(await client.call(CLIENTS), (0, [u32(1)]))
            self.assertEqual(await Client(other).call(CLIENTS), (0, [u32(2)]))
            await other.close()
            while await client.call(CLIENTS) != (0, [u32(1)]):
                pass  # Release comes after the link's end

    async def test_events_have_values_numbers_and_filters(self):
        async with self.connect() as socket, self.connect() as second:
            client, other = Client(socket), Client(second)
            begun = await client.result("subscribe", service="teller")
            await other.result("subscribe", service="teller", filter={"ids": [2]})
            epoch, number = begun["since"].split(":")
            for event in (1, 2, 3):
                await client.call(EVENT, [u32(event), "value", {"u8": event}])
            for i, event in enumerate((1, 2, 3)):
                self.assertEqual(await client.event(), {
                    "service": "teller", "subscription": begun["subscription"],
                    "since": f"{epoch}:{int(number) + 1 + i}", "event": event,
                    "data": [u32(event), "value", {"u8": event}]})
            heard = await other.event()
            self.assertEqual((heard["event"], heard["data"][2]), (2, {"u8": 2}))
            # the one after that of which it knows, without the filter
            await other.result("unsubscribe", service="teller")
            again = await other.result("subscribe", service="teller", **{"from": heard["since"]})
            self.assertTrue(again["recovered"])
            self.assertEqual((await other.event())["event"], 3)
            again = await other.result("subscribe", service="teller", **{"from": "1:1"})
            self.assertFalse(again["recovered"])  # another epoch

    async def test_an_event_for_one_client_has_no_number(self):
        async with self.connect() as socket, self.connect() as second:
            client, other = Client(socket), Client(second)
            begun = await client.result("subscribe", service="teller")
            await other.result("subscribe", service="teller")
            self.assertEqual(await client.call(ME, [u32(44)]), (0, []))
            await client.call(EVENT, [u32(45)])
            event = await client.event()
            self.assertEqual(event, {"service": "teller", "subscription": begun["subscription"],
                                     "event": 44, "data": [u32(0)]})
            self.assertEqual((await client.event())["event"], 45)
            self.assertEqual((await other.event())["event"], 45)  # nothing else was its

    async def test_events_that_hdf_programs_would_not_get_are_shown(self):
        # 20 KiB are a bound of their listeners.
        async with self.connect() as socket:
            client = Client(socket)
            await client.result("subscribe", service="teller")
            self.assertEqual(await client.call(EVENT_MUCH, [u32(200_000)]), (0, []))
            self.assertEqual((await client.event())["data"], filled(200_000))
            await client.call(EVENT_RAW)
            self.assertEqual((await client.event())["data"], {"raw": "AQAAAAIAAAA="})


class HttpTest(HdfJson):
    def connection(self):
        connection = http.client.HTTPSConnection("localhost", self.gateway.port,
                                                 context=self.tls(), timeout=LIMIT_S)
        self.addCleanup(connection.close)
        return connection

    def rpc(self, code, data=(), service="teller"):
        connection = self.connection()
        request = {"jsonrpc": "2.0", "id": 1, "method": "call",
                   "params": {"service": service, "code": code, "data": list(data)}}
        connection.request("POST", "/rpc", json.dumps(request))
        return json.loads(connection.getresponse().read())

    def stream(self, query, **headers):
        connection = self.connection()
        connection.request("GET", f"/events?{query}", headers=headers)
        return connection.getresponse()

    @staticmethod
    def event(stream):
        """The next one, as a dictionary of its fields."""
        fields = {}
        while True:
            line = stream.readline().decode().rstrip("\n")
            if line == "" and fields:
                return fields
            name, _, value = line.partition(": ")
            if name and not line.startswith(":"):
                fields[name] = value

    def test_posted_calls(self):
        self.assertEqual(self.rpc(TYPES, ALL_TYPES)["result"],
                         {"status": 0, "result": 0, "data": ALL_TYPES})
        self.assertEqual(self.rpc(MUCH, [u32(500_000)])["result"]["data"], filled(500_000))
        self.assertEqual(self.rpc(1, service="closed")["error"]["data"], {"status": "denied"})
        self.assertIn("does not let itself be opened",
                      self.rpc(1, service="refuser")["error"]["message"])

    def test_streams_are_numbered_and_go_on_where_they_were(self):
        self.emit(1, "one")
        stream = self.stream("service=teller&from=latest&ids=1,2")
        self.assertEqual(stream.status, 200)
        first = self.event(stream)
        self.assertEqual(json.loads(first["data"])["data"], [u32(1), "one"])
        epoch, number = first["id"].split(":")
        self.emit(3, "not wanted")
        self.emit(2, "two", {"i64": "-1"})
        second = self.event(stream)
        self.assertEqual(second["event"], "event")
        self.assertEqual(second["id"], f"{epoch}:{int(number) + 2}")
        data = json.loads(second["data"])
        self.assertEqual((data["event"], data["since"], data["data"]),
                         (2, second["id"], [u32(2), "two", {"i64": "-1"}]))
        stream.close()
        again = self.stream("service=hdf%3Ateller", **{"Last-Event-ID": first["id"]})
        self.assertEqual([json.loads(self.event(again)["data"])["event"] for _ in range(2)],
                         [3, 2])
        again.close()
        again = self.stream(f"service=teller&from={first['id']}&ids=2")
        self.assertEqual(self.event(again)["id"], second["id"])
        again.close()

    def test_a_stream_is_a_client_and_is_told_what_is_for_it_alone(self):
        self.emit(1)
        stream = self.stream("service=teller&from=latest&ids=1,9")
        self.event(stream)
        self.assertEqual(self.call(EACH, [u32(9)]), (0, []))
        event = self.event(stream)
        self.assertNotIn("id", event)  # a stream that comes back goes on after a number
        self.assertEqual(json.loads(event["data"])["event"], 9)
        stream.close()

    def test_streams_that_cannot_be(self):
        for service, status, words in [("closed", 403, "denied"), ("public", 404, "no service"),
                                       ("refuser", 503, "does not let itself be opened")]:
            stream = self.stream(f"service={service}")
            self.assertEqual(stream.status, status)
            self.assertIn(words, json.loads(stream.read())["error"]["message"])


class SmallTest(HdfJson):
    """A gateway whose bounds are below what a driver says."""

    @classmethod
    def limits(cls):
        return {"max_json_size": 4096, "max_frame_size": 65536}

    def rpc(self, code, data):
        connection = http.client.HTTPSConnection("localhost", self.gateway.port,
                                                 context=self.tls(), timeout=LIMIT_S)
        self.addCleanup(connection.close)
        request = {"jsonrpc": "2.0", "id": 1, "method": "call",
                   "params": {"service": "teller", "code": code, "data": data}}
        connection.request("POST", "/rpc", json.dumps(request))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_a_request_over_max_json_size_is_refused_by_name(self):
        status, text = self.rpc(TYPES, ["x" * 5000])
        self.assertEqual(status, 413)
        self.assertIn("4096", text)

    def test_a_reply_over_max_json_size_comes_whole(self):
        status, text = self.rpc(MUCH, [u32(50_000)])
        self.assertEqual((status, json.loads(text)["result"]["data"]), (200, filled(50_000)))

    def test_a_reply_over_the_largest_frame_is_an_error_by_name(self):
        status, text = self.rpc(MUCH, [u32(100_000)])
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(text)["error"]["data"], {"status": "too_large"})
        for remote in (False, True):
            said = self.cli("call", "teller", str(MUCH), json.dumps([u32(100_000)]),
                            status=FAILED, remote=remote)
            self.assertIn("max_frame_size", said)
            self.assertEqual(self.call(RESULT, [1], remote=remote), (1, ["so it is"]))


class LifeTest(HdfJson):
    """What is done to this driver host is done to nobody else's."""

    def test_a_stopped_driver_is_a_death_with_a_cause(self):
        self.emit(1)
        watch = Process(BIN / "viaduct", "watch", "teller", "--from", "latest",
                        settings=self.gateway.settings(True))
        self.addCleanup(watch.end)
        self.assertIn('[{"u32":1}]', watch.line())
        self.host.popen.terminate()
        self.assertEqual(self.host.wait()[0], 0)
        self.assertEqual(watch.wait()[0], DEAD)
        self.assertIn("no service is called 'teller'",
                      self.cli("call", "teller", "1", status=NOT_FOUND))


if __name__ == "__main__":
    unittest.main()
