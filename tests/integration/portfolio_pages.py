"""Pages at a real event broker: what the tests of JSON listeners and pods share."""

import asyncio
import json
import socket
import ssl
import time
import unittest

import websockets
from world import BIN, LIMIT_S, Gateway

BROKER = "eventbroker"
BADITEM, SOFTERR, BADPRIV, BADNAME = (0xF14CD000 + n - 2**32 for n in (1, 8, 4, 14))


class Page:
    """A client that speaks JSON; what comes unasked is kept until somebody wants it."""

    def __init__(self, web):
        self.web = web
        self.number = 0
        self.size = 0  # of all that came
        self.events, self.deaths = [], []

    async def read(self):
        """One text, an answer or not."""
        text = await asyncio.wait_for(self.web.recv(), LIMIT_S)
        self.size += len(text)
        message = json.loads(text)
        if isinstance(message, list):  # answers to a batch
            return message
        if message.get("method") == "event":
            self.events.append(message["params"])
        elif message.get("method") == "death":
            self.deaths.append(message["params"])
        else:
            return message
        return None

    async def ask(self, method, **params):
        self.number += 1
        await self.web.send(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method,
                                        "params": params}))
        while (answer := await self.read()) is None:
            pass
        if answer["id"] != self.number:
            raise AssertionError(answer)
        return answer

    async def result(self, method, **params):
        answer = await self.ask(method, **params)
        if "result" not in answer:
            raise AssertionError(answer)
        return answer["result"]

    async def error(self, method, **params):
        answer = await self.ask(method, **params)
        if "error" not in answer:
            raise AssertionError(answer)
        return answer["error"]

    async def call(self, code, data=None):
        """What the broker answers."""
        params = {"service": BROKER, "code": code}
        if data is not None:
            params["data"] = data
        return (await self.result("call", **params))["data"]

    async def listen(self, category="LC_Observer", trigger=(), capture=(), queue=20):
        return await self.result("subscribe", service=BROKER, configure={
            "category": category, "trigger": list(trigger), "capture": list(capture),
            "queueMax": queue})

    async def event(self):
        while not self.events:
            await self.read()
        return self.events.pop(0)

    async def frames(self):
        """Of the next record."""
        event = await self.event()
        if event["event"] != 3 or event["data"]["flavor"] != "EB_EventRecord":
            raise AssertionError(event)
        return event["data"]["frames"]

    async def names(self):
        return [frame["event"] for frame in await self.frames()]

    async def silent(self):
        """Whatever was on its way has come, and it was nothing."""
        await self.result("ping")
        if self.events:
            raise AssertionError(self.events)

    async def death(self):
        while not self.deaths:
            await self.read()
        return self.deaths.pop(0)

    # ---- pods ----

    async def attach(self, kind="BASIC_CONTROL_PAD", name="pad", **more):
        return (await self.call("PodAttach", {"type": kind, "name": name, **more}))["result"]

    async def state(self, pod, **states):
        """The next field has it."""
        return (await self.call("PodState", {"pod": pod, "states": states}))["result"]

    async def step(self, fields=1):
        return (await self.call("Step", {"fields": fields}))["result"]


class Pages(unittest.IsolatedAsyncioTestCase):
    """A gateway and a broker, whose fields go by when they are told to unless FIELDS says else."""

    RULES = ["client: all"]
    ALLOW = ["client=inject,focus,keys", "*="]
    FIELDS = ["--step"]

    CLIENTS = []  # beside client

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(broker_rights=cls.RULES, limits={"handshake_ms": 30000}).start()
        cls.addClassCleanup(cls.gateway.close)
        for name in cls.CLIENTS:
            cls.gateway.certs.client(name)

    def setUp(self):
        self.start_broker()
        self.addCleanup(self.end_broker)

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it tells of each slow step, and is slow

    def start_broker(self):
        words = [word for rule in self.ALLOW for word in ("--allow", rule)]
        self.broker = self.gateway.program(BIN / "viaduct-event-broker", *self.FIELDS, *words,
                                           "--audit", self.gateway.folder / "broker-audit")
        self.assertIn("ready", self.broker.line())

    def end_broker(self):
        """And whatever else a test has left at the gateway."""
        self.broker.end()
        end = time.monotonic() + LIMIT_S
        while json.loads(self.gateway.cli("ls", "--json").stdout):
            self.assertLess(time.monotonic(), end)

    def broker_audit(self):
        text = (self.gateway.folder / "broker-audit").read_text()
        return [json.loads(line) for line in text.splitlines()]

    async def page(self, client="client", receives=None, **more):
        """@receives: octets that its kernel takes for it."""
        certs = self.gateway.certs
        tls = ssl.create_default_context(cafile=certs.pem("ca"))
        tls.load_cert_chain(certs.pem(client), certs.key(client))
        line = socket.socket()
        if receives is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        line.connect(("127.0.0.1", self.gateway.port))
        web = await websockets.connect(f"wss://localhost:{self.gateway.port}/", ssl=tls, sock=line,
                                       server_hostname="localhost", ping_interval=None,
                                       subprotocols=["viaduct.json.1"], compression=None, **more)
        self.addAsyncCleanup(web.close)
        return Page(web)

    async def until(self, condition):
        """@condition, which asks, becomes true."""
        async with asyncio.timeout(LIMIT_S):
            while not await condition():
                pass

    async def listeners(self, page):
        return (await page.call("EB_GetListeners"))["listeners"]
