"""Phoenix's messages as JSON: what people write by hand reaches a port's owner as its client would
have written it, and what that answers comes back by its names. By HTTPS and by the command viaduct."""

import base64
import json
import subprocess
import unittest

from json_test import World
from numbers_test import Numbered
from world import LIMIT_S, PROGRAMS, Gateway, Process, environment

DONE, FAILED, USAGE = range(3)
OID = {"port": 0x40000005, "id": 7}
ROWS = PROGRAMS / "phoenix" / "older" / "rows"
NUMBER = 0x710c  # which the server of `rows` answers with that of a port without a name


class PhoenixJsonTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway().start()
        cls.addClassCleanup(cls.gateway.close)
        service = cls.gateway.program(PROGRAMS / "phoenix_service")
        if service.line() != "ready":
            raise AssertionError("phoenix_service is not ready")

    def rpc(self, code, data=None, method="call"):
        params = {"service": "/dev/x", "code": code}
        if data is not None:
            params["data"] = data
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        certs = self.gateway.certs
        done = subprocess.run(
            ["curl", "-sS", "--cacert", certs.pem("ca"), "--cert", certs.pem("client"),
             "--key", certs.key("client"), "--data-binary", json.dumps(request),
             f"https://localhost:{self.gateway.port}/rpc"],
            env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def result(self, code, data=None):
        answer = self.rpc(code, data)
        self.assertIn("result", answer)
        self.assertEqual(answer["result"]["status"], 0)
        return answer["result"]["data"]

    def error(self, code, data=None):
        answer = self.rpc(code, data)
        self.assertIn("error", answer)
        return answer["error"]

    def cli(self, *words, status=DONE, remote=False):
        done = self.gateway.cli(*words, remote=remote)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout) if status == DONE else done.stderr

    def test_text_is_text_and_octets_are_base64(self):
        self.assertEqual(self.result("mtWrite", {"text": "hello"}), {"err": 5})
        self.assertEqual(self.result("mtRead", {"offs": 0, "size": 64}),
                         {"err": 5, "data": "aGVsbG8=", "text": "hello"})
        self.assertEqual(self.result("mtWrite", {"data": "/w=="}), {"err": 1})
        self.assertEqual(self.result(2, {"size": 64}), {"err": 1, "data": "/w=="})

    def test_failures_have_their_names(self):
        self.assertEqual(self.result("mtTruncate", {"len": 5}), {"err": -38, "errno": "ENOSYS"})
        self.assertEqual(self.result("mtOpen"), {"err": -38, "errno": "ENOSYS"})
        self.assertEqual(self.result("mtLookup"), {"err": -2, "errno": "ENOENT"})

    def test_answers_come_by_their_names(self):
        self.assertEqual(self.result("mtLookup", {"name": "a/b"}),
                         {"err": 3, "consumed": 3, "fil": OID, "dev": OID})
        self.assertEqual(self.result("mtReaddir", {"offs": 0}),
                         {"err": 0, "entry": {"ino": 5, "type": "DT_DIR", "reclen": 1,
                                              "name": "hi"}, "next": 1})
        self.assertEqual(self.result("mtReaddir", {"offs": 1}), {"err": -2, "errno": "ENOENT"})

    def test_other_machines_answer_alike(self):
        statvfs = self.result("mtStat")["statvfs"]
        self.assertEqual((statvfs["bsize"], statvfs["frsize"], statvfs["blocks"]), (512, 1024, 9))
        self.assertEqual(len(statvfs), 11)

    def test_control_goes_through_as_it_is(self):
        raw = base64.b64encode(b"\1\2".ljust(64, b"\0")).decode()
        self.assertEqual(self.result("mtDevCtl", {"raw": "AQI=", "text": "xy", "size": 3}),
                         {"err": 0, "raw": raw, "data": "eHkA"})
        request = 0xc0037401  # in and out, three octets
        answer = self.result("mtDevCtl", {"ioctl": {"request": request, "data": "AQID"}})
        self.assertEqual(answer["data"], base64.b64encode(b"\1\x74\3").decode())

    def test_a_send_is_a_pulse(self):
        before = self.result("mtGetAttr", {"attr": "atSize"})["val"]
        self.assertEqual(self.rpc(77, {"data": "AQ=="}, method="send")["result"], {"status": 0})
        self.assertEqual(self.result("mtGetAttr", {"attr": "atSize"})["val"], before + 1)

    def test_what_is_wrong_is_named(self):
        for code, data, words in [
                ("mtRead", {"sise": 5}, "sise: nothing here has this name"),
                ("mtOpen", {"name": "x"}, "name: mtOpen has none"),
                ("mtOpen", {"flags": ["O_RDRW"]}, "array of names such as"),
                ("mtRead", [1], "an object was expected"),
                ("mtRead", 5, "or what the family has for it"),
                ("mtRead", {"oid": {"port": "x"}}, "data: oid.port: is to be an integer"),
                ("mtSetAttr", {"dev": OID}, "data: dev: is to be beside attr"),
                ("mtReed", {}, "mtReed")]:
            error = self.error(code, data)
            self.assertEqual(error["code"], -32602)
            self.assertIn(words, error["message"])

    def test_an_answer_that_is_none_is_the_services_fault(self):
        self.assertEqual(self.error(0x7700)["data"]["status"], "bad_payload")
        self.assertEqual(self.result("mtWrite", {"text": "still here"}), {"err": 10})

    def test_the_command_speaks_it_too(self):
        for remote in (False, True):
            self.cli("call", "/dev/x", "mtWrite", '{"text":"from here"}', remote=remote)
            self.assertEqual(self.cli("call", "/dev/x", "mtRead", '{"size":64}', remote=remote),
                             {"err": 9, "data": "ZnJvbSBoZXJl", "text": "from here"})
            self.assertEqual(self.cli("call", "/dev/x", "11", '{"name":"x"}', remote=remote)["fil"],
                             OID)
            before = self.cli("call", "/dev/x", "mtGetAttr", remote=remote)["val"]
            self.assertEqual(self.gateway.cli("send", "/dev/x", "77", remote=remote).returncode, 0)
            self.assertEqual(self.cli("call", "/dev/x", "mtGetAttr", remote=remote)["val"],
                             before + 1)
        self.assertIn("octet 2: flag: nothing here",
                      self.cli("call", "/dev/x", "mtOpen", '{"flag":1}', status=USAGE))
        self.assertIn("CODE is a number", self.cli("call", "/dev/x", "mtReed", status=USAGE))
        with_numbers = self.gateway.stage()
        self.assertIn("codes of family 'core' have no names",
                      self.cli("call", "stage", "mtRead", status=USAGE))
        with_numbers.end()


class PortsTest(World):
    """A server of ports, one of which its client may not call."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.gateway.program(ROWS, "server").line() != "ready":
            raise AssertionError("rows is not ready")

    async def send(self, socket, code, method="call", **data):
        return await self.ask(socket, method, service="/srv/rows", code=code, data=data)

    async def test_a_number_that_is_no_right_is_not_passed_on(self):
        async with self.connect() as socket:
            answer = await self.send(socket, NUMBER)
            raw = base64.b64decode(answer["result"]["data"]["raw"])
            hidden = {"port": int.from_bytes(raw[:4], "little"), "id": 6}
            for code, data in [("mtCreate", {"dev": hidden}), ("mtLink", {"ln": hidden}),
                               ("mtSetAttr", {"attr": "atDev", "dev": hidden})]:
                for method in ("call", "send"):
                    answer = await self.send(socket, code, method, **data)
                    self.assertEqual(answer["error"]["data"]["status"], "denied")
            answer = await self.send(socket, "mtLookup", name="made")
            self.assertEqual(answer["result"]["data"]["dev"], {"port": 0, "id": 0})

    async def test_a_reference_is_a_port_of_its_number(self):
        async with self.connect() as socket:
            answer = await self.send(socket, "mtLookup", name="first")
            port = answer["result"]["data"]["dev"]["port"]
            # It is known for a port, and the name that it got last says nothing of that.
            client = Process(ROWS, "mirror", 1, settings=self.gateway.settings())
            self.assertEqual(client.wait(), (0, "done\n"))
            self.assertEqual(Numbered(self.gateway).do("name", "/alias", port), "ok")
            await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "find",
                                          "params": {"number": port}}))
            ref = (await self.receive(socket))["result"]["ref"]
            self.assertEqual((await self.result(socket, "call", ref=ref, code="mtLookup",
                                                data={"name": "toofar"}))["data"]["err"], 7)
            answer = await self.send(socket, "mtCreate", name="made", dev={"port": port, "id": 2})
            self.assertEqual(answer["result"]["data"]["err"], 0)
            answer = await self.send(socket, "mtLookup", name="made")
            self.assertEqual(answer["result"]["data"]["dev"], {"port": port, "id": 2})


if __name__ == "__main__":
    unittest.main()
