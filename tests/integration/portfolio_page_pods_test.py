"""Pages that are pods of another host: what they say reaches its listeners, what listeners say to
pods reaches them, and with a page its pods go."""

import asyncio
import unittest

from portfolio_pages import BROKER, Pages

OUTPUT = 0x103
NOTSUPPORTED = 0xF14CD010 - 2**32
MOST = 255  # pods of a broker


class PodsTest(Pages):
    ALLOW = ["client=inject,focus,keys", "pads=inject", "*="]
    CLIENTS = ["pads"]
    FIELDS = ["--step", "--client-pods", str(MOST)]

    async def pods(self, page):
        return [(pod["number"], pod.get("typeName"))
                for pod in (await page.call("EB_DescribePods"))["pods"]]

    async def test_what_a_page_says_is_what_a_pod_does(self):
        page, listener = await self.page("pads"), await self.page()
        await listener.listen(trigger=["ControlPortChange", "MouseMoved", "StickUpdate"])
        mouse = await page.attach("MOUSE", "pointer")
        stick = await page.attach("ANALOG_JOYSTICK", "stick")
        self.assertEqual(await self.pods(listener),
                         [(mouse, "MOUSE"), (stick, "ANALOG_JOYSTICK")])
        await page.step()
        self.assertEqual((await listener.names())[0], "ControlPortChange")
        await page.state(mouse, Mouse={"horizPosition": 5, "vertPosition": -6})
        await page.state(stick, Stick={"buttons": ["Fire"], "horizPosition": 1023})
        await page.step()
        moved, update = await listener.frames()
        self.assertEqual((moved["event"], moved["pod"]), ("MouseMoved", mouse))
        self.assertEqual((moved["data"]["horizPosition"], moved["data"]["vertPosition"]), (5, -6))
        self.assertEqual((update["event"], update["pod"]), ("StickUpdate", stick))
        self.assertIn("Fire", update["data"]["buttons"])
        self.assertNotEqual(moved["system"], 0)  # it is on another host than the broker

    async def test_one_that_is_detached_is_gone(self):
        page, listener = await self.page("pads"), await self.page()
        await listener.listen(trigger=["ControlPortChange"])
        pod = await page.attach()
        await page.step()
        self.assertEqual(await listener.names(), ["ControlPortChange"])
        self.assertEqual((await page.call("PodDetach", {"pod": pod}))["result"], 0)
        await page.step()
        self.assertEqual(await listener.names(), ["ControlPortChange"])
        self.assertEqual(await self.pods(listener), [])
        self.assertLess(await page.state(pod, ControlPad={"buttons": ["A"]}), 0)

    async def test_with_a_page_its_pods_go_and_come_again_by_their_numbers(self):
        page, other, listener = await self.page("pads"), await self.page(), await self.page()
        await listener.listen(trigger=["ControlPortChange", "ControlButtonReleased"])
        first = await page.attach(name="left")
        second = await page.attach(name="right")
        third = await other.attach(name="other")
        await other.step()
        await listener.frames()
        for says_so in (True, False):
            if says_so:
                await page.web.close()
            else:
                page.web.transport.abort()

            async def are_gone():
                return await self.pods(listener) == [(third, "BASIC_CONTROL_PAD")]

            await self.until(are_gone)
            await other.step()
            self.assertIn("ControlPortChange", await listener.names())
            page = await self.page("pads")
            self.assertEqual(await page.attach(name="right"), second)
            self.assertEqual(await page.attach(name="left"), first)
            await other.step()
            self.assertIn("ControlPortChange", await listener.names())

    async def test_what_listeners_say_to_a_pod_reaches_its_page(self):
        page, listener = await self.page("pads"), await self.page()
        await page.result("subscribe", service=BROKER)
        pod = await page.attach("KEYBOARD", "keys")
        command = {"pod": pod, "octets": [5, 0, 0, 4]}
        self.assertEqual((await listener.call("EB_IssuePodCmd", command))["result"], 0)
        event = await page.event()
        self.assertEqual((event["service"], event["event"]), (BROKER, OUTPUT))
        said = event["data"]
        self.assertEqual((said["pod"], said["kind"], said["id"], said["octets"]),
                         (pod, "command", 0, [5, 0, 0, 4]))

    async def test_a_command_that_waits_has_its_pages_word(self):
        page, listener = await self.page("pads"), await self.page()
        await page.result("subscribe", service=BROKER)
        pod = await page.attach("KEYBOARD", "keys")
        for result in (0, NOTSUPPORTED):
            asked = asyncio.create_task(listener.call(
                "EB_IssuePodCmd", {"pod": pod, "wait": True, "octets": [5, 0, 1]}))
            said = (await page.event())["data"]
            self.assertNotEqual(said["id"], 0)
            self.assertFalse(asked.done())
            done = {"pod": pod, "id": said["id"], "result": result}
            self.assertEqual((await page.call("PodDone", done))["result"], 0)
            self.assertEqual((await asked)["result"], result)
        asked = asyncio.create_task(listener.call(
            "EB_IssuePodCmd", {"pod": pod, "wait": True, "octets": [5, 0, 1]}))
        await page.event()
        await page.web.close()
        self.assertLess((await asked)["result"], 0)

    async def test_a_lock_is_not_left_to_who_has_given_up_asking(self):
        holder, waiter, third = await self.page(), await self.page(), await self.page()
        pod = await holder.attach()
        self.assertEqual((await holder.call("EB_LockPod", {"pod": pod}))["result"], 0)
        error = await waiter.error("call", service=BROKER, code="EB_LockPod",
                                   data={"pod": pod, "wait": True}, timeout=1)
        self.assertEqual(error["data"]["status"], "timeout")
        self.assertEqual((await holder.call("EB_UnlockPod", {"pod": pod}))["result"], 0)
        self.assertEqual((await third.call("EB_LockPod", {"pod": pod}))["result"], 0)

    async def test_nobody_says_anything_for_anothers_pod(self):
        page, other = await self.page("pads"), await self.page("pads")
        pod = await page.attach()
        self.assertLess(await other.state(pod, ControlPad={"buttons": ["A"]}), 0)
        self.assertLess((await other.call("PodDetach", {"pod": pod}))["result"], 0)
        self.assertEqual(len(await self.pods(other)), 1)

    async def test_what_is_wrong_is_said(self):
        page = await self.page("pads")
        pod = await page.attach()
        for code, data in [("PodAttach", {}), ("PodAttach", {"type": "TOASTER"}),
                           ("PodAttach", {"type": 128, "flags": ["Nothing"]}),
                           ("PodAttach", {"type": 128, "name": "x" * 256}),
                           ("PodAttach", {"type": -1}), ("PodState", {}),
                           ("PodState", {"pod": pod}), ("PodState", {"pod": pod, "states": {}}),
                           ("PodState", {"pod": pod, "states": {"Toaster": {}}}),
                           ("PodState", {"pod": pod, "states": {"ControlPad": {"buttons": ["Z"]}}}),
                           ("PodState", {"pod": 2**33, "states": {"ControlPad": {}}}),
                           ("PodDetach", {"pod": 0}), ("PodDetach", {"pod": 256}),
                           ("PodDetach", {"pod": "one"}), ("PodDone", {"pod": pod}),
                           ("Step", {"fields": -1})]:
            with self.subTest(code=code, data=data):
                error = await page.error("call", service=BROKER, code=code, data=data)
                self.assertEqual(error["code"], -32602)
        result = await page.state(pod + 1, ControlPad={"buttons": []})
        self.assertLess(result, 0)
        self.assertEqual(await self.pods(page), [(pod, "BASIC_CONTROL_PAD")])

    async def test_a_broker_has_an_end_of_pods(self):
        page = await self.page("pads")
        for number in range(1, MOST + 1):
            self.assertEqual(await page.attach(name=f"pod {number}"), number)
        self.assertLess(await page.attach(name="one more"), 0)
        await page.call("PodDetach", {"pod": 7})
        self.assertEqual(await page.attach(name="one more"), 7)


if __name__ == "__main__":
    unittest.main()
