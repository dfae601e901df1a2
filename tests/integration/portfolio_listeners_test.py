"""Pages that listen to an event broker: what they get and when, what they may, and what becomes of
the others when one of them does not read, asks for nonsense, or goes."""

import asyncio
import json
import signal
import time
import unittest
from pathlib import Path

from portfolio_pages import BADITEM, BADNAME, BROKER, Pages
from world import LIMIT_S

PAD = ["ControlButtonPressed", "ControlButtonReleased", "ControlButtonUpdate"]
DENIED = "denied"


class ListeningTest(Pages):
    CLIENTS = ["tablet"]

    async def test_a_record_is_an_event(self):
        page, pad = await self.page(), await self.page()
        result = await page.listen(trigger=["ControlButtonUpdate", "ControlPortChange"])
        self.assertEqual(result["data"], {"flavor": "EB_ConfigureReply", "result": 0})
        self.assertEqual(await pad.attach(), 1)
        await pad.state(1, ControlPad={"buttons": ["A", "Start"]})
        await pad.step()
        event = await page.event()
        self.assertEqual(
            {key: event[key] for key in ("service", "subscription", "seq", "event")},
            {"service": BROKER, "subscription": result["subscription"], "seq": 1, "event": 3})
        change, update = event["data"]["frames"]
        self.assertEqual((change["event"], change["number"]), ("ControlPortChange", 69))
        self.assertEqual(
            {**update, "time": 0, "system": 0},
            {"event": "ControlButtonUpdate", "number": 3, "system": 0, "time": 0, "submitter": 0,
             "pod": 1, "position": 1, "generic": 1, "trigger": True,
             "data": {"buttons": ["A", "Start"], "bits": 0x09000000}})
        await pad.state(1, ControlPad={"buttons": []})
        await pad.step()
        event = await page.event()
        self.assertEqual(event["seq"], 2)
        self.assertEqual([frame["data"] for frame in event["data"]["frames"]],
                         [{"buttons": [], "bits": 0}])

    async def test_masks_are_names_numbers_or_words(self):
        page, pad = await self.page(), await self.page()
        await pad.attach()
        for mask in (["ControlButtonPressed"], [1], [0x80000000] + [0] * 7,
                     {"names": [], "bits": [0x80000000] + [0] * 7}):
            await page.result("subscribe", service=BROKER,
                              configure={"category": "LC_Observer", "trigger": mask})
            await pad.state(1, ControlPad={"buttons": ["B"]})
            await pad.step(2)
            self.assertEqual(await page.names(), ["ControlButtonPressed"])
            await pad.state(1, ControlPad={"buttons": []})
            await pad.step(2)
            await page.silent()

    async def test_it_is_in_the_list_by_its_identity(self):
        page, other = await self.page("tablet"), await self.page()
        listener = (await page.listen())["listener"]
        self.assertEqual(await self.listeners(other), [
            {"port": listener, "category": "LC_Observer", "name": "tablet"}])
        second = (await (await self.page("tablet")).listen())["listener"]
        self.assertEqual({(each["port"], each["name"]) for each in await self.listeners(other)},
                         {(listener, "tablet"), (second, "tablet")})
        entries = json.loads(self.gateway.cli("ls", "--json").stdout)
        names = [entry["family"] for entry in entries if entry["name"] == "tablet"]
        self.assertEqual(names, ["portfolio.page"] * 2)  # where programs find no port

    async def test_to_subscribe_again_is_to_configure_again(self):
        page, pad = await self.page(), await self.page()
        await pad.attach()
        first = await page.listen(trigger=["ControlButtonPressed"])
        again = await page.listen(trigger=["ControlButtonReleased"])
        self.assertEqual((first["listener"], first["subscription"]),
                         (again["listener"], again["subscription"]))
        self.assertEqual(len(await self.listeners(page)), 1)
        await pad.state(1, ControlPad={"buttons": ["C"]})
        await pad.step()
        await page.silent()
        await pad.state(1, ControlPad={"buttons": []})
        await pad.step()
        self.assertEqual(await page.names(), ["ControlButtonReleased"])

    async def test_one_that_unsubscribes_or_goes_is_none(self):
        page, other = await self.page(), await self.page()
        for params in ({"service": BROKER}, None):
            result = await page.listen(trigger=PAD)
            params = params or {"subscription": result["subscription"]}
            await page.result("unsubscribe", **params)
            await self.until(lambda: self.nobody_listens(other))
            error = await page.error("unsubscribe", **params)
            self.assertEqual(error["data"]["status"], "not_found")
        await page.listen(trigger=PAD)
        self.assertEqual(len(await self.listeners(other)), 1)
        await page.web.close()
        await self.until(lambda: self.nobody_listens(other))

    async def nobody_listens(self, page):
        return await self.listeners(page) == []

    async def test_its_brokers_death_is_told(self):
        page = await self.page()
        await page.listen(trigger=PAD)
        self.broker.send_signal(signal.SIGKILL)
        self.assertEqual(await page.death(), {"service": BROKER, "cause": "crashed"})
        self.start_broker()
        await page.listen(trigger=["ControlPortChange"])
        await page.attach()
        await page.step()
        self.assertEqual(await page.names(), ["ControlPortChange"])

    async def test_by_reference_as_by_name(self):
        page, pad = await self.page(), await self.page()
        found = await page.result("find", number=(await self.number_of_broker()))
        result = await page.result("subscribe", ref=found["ref"], configure={
            "category": "LC_Observer", "trigger": ["ControlPortChange"]})
        await pad.attach()
        await pad.step()
        event = await page.event()
        self.assertEqual((event["ref"], event["subscription"]),
                         (found["ref"], result["subscription"]))
        await page.result("unsubscribe", ref=found["ref"])

    async def number_of_broker(self):
        entries = json.loads(self.gateway.cli("ls", "--json").stdout)
        return next(entry["number"] for entry in entries if entry["name"] == BROKER)

    async def test_in_a_batch_its_answer_is_one_of_several(self):
        page, pad = await self.page(), await self.page()
        await page.web.send(json.dumps([
            {"jsonrpc": "2.0", "id": 1, "method": "subscribe", "params": {
                "service": BROKER, "configure": {"trigger": ["ControlPortChange"],
                                                 "category": "LC_Observer"}}},
            {"jsonrpc": "2.0", "id": 2, "method": "call", "params": {
                "service": BROKER, "code": "EB_DescribePods"}}]))
        answers = {answer["id"]: answer["result"] for answer in await page.read()}
        self.assertEqual(answers[1]["data"]["result"], 0)
        self.assertEqual(answers[2]["data"]["pods"], [])
        await pad.attach()
        await pad.step()
        self.assertEqual(await page.names(), ["ControlPortChange"])

    async def test_what_is_wrong_with_it_is_said_and_costs_nothing(self):
        page = await self.page()
        for configure, words in [
                ({"category": "LC_Everything"}, "category"),
                ({"category": {}}, "category"),
                ({"trigger": ["NoSuchEvent"]}, "trigger"),
                ({"trigger": [0]}, "trigger"),
                ({"trigger": [256]}, "trigger"),
                ({"trigger": [-1]}, "trigger"),
                ({"trigger": {"bits": [1]}}, "bits"),
                ({"trigger": {"bits": [0] * 9}}, "bits"),
                ({"trigger": {"bits": [2**32] + [0] * 7}}, "bits"),
                ({"trigger": [[[["A"]]]]}, "trigger"),
                ({"queueMax": "many"}, "queueMax"),
                ({"queueMax": 2**40}, "queueMax"),
                ({"rfu": [1]}, "rfu"),
                ("LC_Observer", "configure"), ([], "configure"), (None, "configure")]:
            with self.subTest(configure=configure):
                error = await page.error("subscribe", service=BROKER, configure=configure)
                self.assertEqual(error["code"], -32602)
                self.assertIn(words, error["message"])
        self.assertEqual(await self.listeners(page), [])
        for queue in (-5, 0, 21, 2**31 - 1):  # out of its range it is left as it was
            self.assertEqual((await page.listen(queue=queue))["data"]["result"], 0)

    async def test_only_a_broker_is_configured(self):
        self.addCleanup(self.gateway.stage().end)
        page = await self.page()
        error = await page.error("subscribe", service="stage", configure={})
        self.assertIn("is for event brokers", error["message"])
        error = await page.error("subscribe", service="nobody", configure={})
        self.assertEqual(error["data"]["status"], "not_found")

    async def test_tables_come_as_events(self):
        page, pad = await self.page(), await self.page()
        await pad.attach()
        self.assertEqual((await page.call("EB_MakeTable"))["result"], 0)
        await pad.state(1, ControlPad={"buttons": ["X"]})
        await pad.step()
        event = await page.event()
        self.assertEqual((event["event"], event["service"]), (30, BROKER))

    async def test_an_event_of_ones_own_goes_from_page_to_page(self):
        page, other = await self.page(), await self.page()
        number = (await page.call("EB_RegisterEvent", {"eventName": "doorbell", "isUserInterfaceEvent": False}))
        number = number["result"]
        self.assertGreaterEqual(number, 192)
        await page.listen(trigger=["doorbell"])
        sent = await other.call("EB_SendEvent", {"frames": [
            {"event": number, "data": {"words": [7, 8]}}]})
        self.assertEqual(sent["result"], 0)  # by its number: it has not registered the name
        frame, = await page.frames()
        self.assertEqual((frame["event"], frame["number"], frame["data"]),
                         ("doorbell", number, {"words": [7, 8]}))
        self.assertGreaterEqual(frame["submitter"], 0x40000000)

    async def register(self, page, name, is_user=True):
        return (await page.call("EB_RegisterEvent", {"eventName": name,
                                                     "isUserInterfaceEvent": is_user}))["result"]

    async def test_who_comes_knows_the_names_of_events(self):
        page, other = await self.page(), await self.page()
        numbers = [await self.register(other, name) for name in ["knock", "ring"]]
        await page.listen(trigger=["KNOCK", "ring"])  # as programs may write them
        for name, number in zip(["knock", "ring"], numbers):
            await other.call("EB_SendEvent", {"frames": [{"event": name}]})
            frame, = await page.frames()
            self.assertEqual((frame["event"], frame["number"]), (name, number))

    async def test_who_listens_knows_an_event_from_its_registration_on(self):
        page, sender = await self.page(), await self.page()
        await page.listen(trigger=[130])
        for name, number in [("knock", 128), ("ring", 129), ("buzz", 130)]:
            self.assertEqual(await self.register(sender, name), number)
        await sender.call("EB_SendEvent", {"frames": [{"event": "Buzz"}]})
        self.assertEqual(await page.names(), ["buzz"])
        await page.listen(trigger=["ring"], capture=["buzz"])
        await sender.call("EB_SendEvent", {"frames": [{"event": "buzz"}, {"event": "ring"}]})
        self.assertEqual([(frame["event"], frame["trigger"]) for frame in await page.frames()],
                         [("buzz", False), ("ring", True)])

    async def test_who_subscribes_is_told_of_new_events(self):
        page, other = await self.page(), await self.page()
        await self.register(other, "knock")
        await page.result("subscribe", service=BROKER)
        await self.register(other, "Knock")  # is no new one
        await self.register(other, "door", is_user=False)
        event = await page.event()
        self.assertEqual(event["event"], 0x108)
        self.assertEqual(event["data"], {
            "events": [{"number": 128, "name": "knock"}, {"number": 192, "name": "door"}]})
        await page.silent()

    async def test_names_of_the_systems_events_are_nobody_elses(self):
        page = await self.page()
        for name in ("ControlButtonUpdate", "mousemoved", "PleaseSaveAndExit"):
            self.assertEqual(await self.register(page, name), BADNAME)


class FixedNamesTest(Pages):
    FIELDS = ["--step", "--event", "200=door", "--event", "131=swipe"]

    async def test_names_from_the_command_line_are_known_at_once(self):
        page, sender = await self.page(), await self.page()
        await page.listen(trigger=["door"], capture=["Swipe"])
        await sender.call("EB_SendEvent", {"frames": [{"event": "swipe"}, {"event": "Door"}]})
        self.assertEqual(await page.names(), ["swipe", "door"])

    async def test_they_are_when_the_gateway_comes_back_or_gives_way(self):
        page = await self.page()
        self.assertEqual((await page.call("EB_RegisterEvent", {"eventName": "knock"}))["result"],
                         192)
        for change in (self.gateway.take_over, self.gateway.kill):
            change()
            if change == self.gateway.kill:
                self.gateway.start()
            page = await self.page()

            async def is_known(page=page):
                answer = await page.ask("subscribe", service=BROKER, configure={
                    "trigger": ["knock", "door"]})
                return answer.get("result", {}).get("data", {}).get("result") == 0

            await self.until(is_known)
            await page.call("EB_SendEvent", {"frames": [{"event": "knock"}]})
            self.assertEqual(await page.names(), ["knock"])


class FocusTest(Pages):
    async def test_the_focus_moves_from_page_to_page(self):
        one, two, pad = [await self.page() for _ in range(3)]
        masks = {"category": "LC_FocusListener",
                 "trigger": ["ControlButtonPressed", "GivingFocus", "LosingFocus"]}
        first = (await one.listen(**masks))["listener"]
        self.assertEqual((await pad.call("EB_GetFocus"))["result"], first)
        second = (await two.listen(**masks))["listener"]
        self.assertEqual((await pad.call("EB_GetFocus"))["result"], second)
        await pad.attach()
        await pad.step()
        self.assertIn("GivingFocus", await two.names())
        await pad.state(1, ControlPad={"buttons": ["A"]})
        await pad.step()
        self.assertEqual(await two.names(), ["ControlButtonPressed"])
        await one.silent()
        moved = await pad.call("EB_SetFocus", {"listener": first})
        self.assertEqual(moved["result"], first)
        await pad.step()
        self.assertIn("GivingFocus", await one.names())
        self.assertEqual(await two.names(), ["LosingFocus"])
        nobody = await pad.call("EB_SetFocus", {"listener": 0x40000000})
        self.assertEqual(nobody["result"], BADITEM)
        self.assertTrue(nobody["error"].startswith("TEB-"))
        await one.web.close()

        async def has_it():
            return (await pad.call("EB_GetFocus"))["result"] == second

        await self.until(has_it)

    async def test_a_page_locks_a_pod_until_it_goes(self):
        page, other = await self.page(), await self.page()
        await other.attach()
        self.assertEqual((await page.call("EB_LockPod", {"pod": 1}))["result"], 0)

        async def holder():
            return (await other.call("EB_DescribePods"))["pods"][0]["lockHolder"]

        self.assertGreaterEqual(await holder(), 0x40000000)
        locked = await other.call("EB_LockPod", {"pod": 1})
        self.assertLess(locked["result"], 0)
        await page.web.close()

        async def is_free():
            return await holder() == 0

        await self.until(is_free)


class RightsTest(Pages):
    RULES = ["client: all", "tablet: EB_SetFocus", "phone: focus"]
    ALLOW = ["client=inject,focus,keys", "tablet=focus", "phone=focus", "*="]
    CLIENTS = ["tablet", "phone", "guest"]

    def refusals(self, identity):
        return [line["why"] for line in self.gateway.audit() if line.get("identity") == identity]

    async def test_a_guest_looks_on_and_no_more(self):
        guest, pad = await self.page("guest"), await self.page()
        await pad.attach()
        self.assertEqual(len((await guest.call("EB_DescribePods"))["pods"]), 1)
        self.assertEqual((await guest.call("EB_GetFocus"))["result"], 0)
        self.assertEqual((await guest.listen(trigger=PAD))["data"]["result"], 0)
        for category in ("LC_FocusListener", "LC_FocusUI"):
            error = await guest.error("subscribe", service=BROKER,
                                      configure={"category": category})
            self.assertEqual(error["data"]["status"], DENIED)
            self.assertIn("focus", error["message"])
        for code, data in [("EB_SetFocus", {"listener": 0x40000001}),
                           ("EB_IssuePodCmd", {"pod": 1, "octets": [4, 0, 1]}),
                           ("EB_WritePodData", {"pod": 1, "octets": [4, 0, 1]}),
                           ("EB_LockPod", {"pod": 1}),
                           ("EB_SendEvent", {"frames": [{"event": 130}]})]:
            with self.subTest(code=code):
                error = await guest.error("call", service=BROKER, code=code, data=data)
                self.assertEqual(error["data"]["status"], DENIED)
                self.assertIn(code, error["message"])
                self.assertIn(code, self.refusals("guest")[-1])
        for code, data in [("PodAttach", {"type": "MOUSE"}), ("Step", {"fields": 1})]:
            self.assertLess((await guest.call(code, data))["result"], 0)
        self.assertEqual([each["name"] for each in await self.listeners(guest)], ["guest"])

    async def test_each_right_is_its_own(self):
        tablet, phone = await self.page("tablet"), await self.page("phone")
        listener = (await phone.listen(category="LC_FocusUI"))["listener"]
        data = {"listener": listener}
        self.assertEqual((await tablet.call("EB_SetFocus", data))["result"], listener)
        error = await phone.error("call", service=BROKER, code="EB_SetFocus", data=data)
        self.assertEqual(error["data"]["status"], DENIED)
        error = await tablet.error("subscribe", service=BROKER,
                                   configure={"category": "LC_FocusUI"})
        self.assertEqual(error["data"]["status"], DENIED)

    async def test_keys_are_for_whom_they_are_allowed(self):
        guest, page, pod = await self.page("guest"), await self.page(), await self.page()
        trigger = ["KeyboardKeyPressed", "KeyboardUpdate", "ControlButtonUpdate"]
        await pod.attach("KEYBOARD", "keys")
        await pod.attach("BASIC_CONTROL_PAD", "pad")
        for each in (guest, page):
            self.assertEqual((await each.listen(trigger=trigger))["data"]["result"], 0)
        await pod.state(1, Keyboard={"keyMatrix": [2, 0, 0, 0, 0, 0, 0, 0]})
        await pod.state(2, ControlPad={"buttons": ["A"]})
        await pod.step()
        self.assertEqual(await guest.names(), ["ControlButtonUpdate"])
        self.assertEqual(await page.names(),
                         ["KeyboardKeyPressed", "KeyboardUpdate", "ControlButtonUpdate"])
        lines = [line["why"] for line in self.broker_audit() if line["identity"] == "guest"]
        self.assertEqual(len([why for why in lines if "taken out of the masks" in why]), 1)


class NewRulesTest(Pages):
    ALLOW = ["phone="]
    CLIENTS = ["phone"]

    async def test_rules_are_read_again(self):
        guest = await self.page("phone")
        error = await guest.error("call", service=BROKER, code="EB_LockPod", data={"pod": 1})
        self.assertEqual(error["data"]["status"], DENIED)
        path = self.gateway.folder / "config"
        config = json.loads(path.read_text())
        config["listen"] = [f"127.0.0.1:{self.gateway.port}"]
        config["broker_rights"] = ["ph*: EB_LockPod"]
        path.write_text(json.dumps(config))
        self.gateway.process.send_signal(signal.SIGHUP)

        async def may():
            answer = await guest.ask("call", service=BROKER, code="EB_LockPod", data={"pod": 1})
            return "result" in answer

        await self.until(may)


class SlowPageTest(Pages):
    PADS = 30  # whose frames a record has just room for

    async def test_one_that_does_not_read_loses_records_and_nobody_else_does(self):
        slow = await self.page(receives=4096, max_queue=1, read_limit=4096,
                               close_timeout=1)
        fast, pad = await self.page(), await self.page()
        trigger = ["ControlButtonArrived", "ControlButtonUpdate"]
        for number in range(self.PADS):
            await pad.attach(name=f"pad {number}")
        await slow.listen(trigger=trigger, queue=4)
        await fast.listen(trigger=trigger)
        kept = int(Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2])
        while fast.size < kept + (1 << 20):  # more than both kernels keep for it
            await pad.step(10)
            for _ in range(10):
                event = await fast.event()
                self.assertNotIn("EventQueueOverflow",
                                 [frame["event"] for frame in event["data"]["frames"]])
        await pad.state(1, ControlPad={"buttons": ["Start"]})
        await pad.step()
        self.assertEqual(event["seq"] + 1, (await fast.event())["seq"])

        # What it reads now makes room for a record that tells what has become of the rest.
        lost, seq, buttons = False, 0, None
        end = time.monotonic() + LIMIT_S
        while not (lost and buttons == ["Start"]):
            self.assertLess(time.monotonic(), end, (lost, seq, buttons))
            if not slow.events:
                await pad.step()
                await slow.result("ping")
            while slow.events:
                event = slow.events.pop(0)
                self.assertEqual(event["seq"], seq + 1)
                seq = event["seq"]
                for frame in event["data"]["frames"]:
                    lost = lost or frame["event"] == "EventQueueOverflow"
                    if frame["event"] == "ControlButtonUpdate" and frame["pod"] == 1:
                        buttons = frame["data"]["buttons"]

    async def test_one_that_goes_without_reading_is_no_listener_any_more(self):
        slow = await self.page(receives=4096, max_queue=1, read_limit=4096,
                               close_timeout=1)
        pad = await self.page()
        await pad.attach()
        await slow.listen(trigger=["ControlButtonArrived"])
        for _ in range(50):
            await pad.step(10)
        slow.web.transport.abort()

        async def is_gone():
            return await self.listeners(pad) == []

        await self.until(is_gone)


if __name__ == "__main__":
    unittest.main()
