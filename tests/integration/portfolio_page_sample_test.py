"""The example that plays a recorded pad by JSON, as its README has it started."""

import json
import shutil
import unittest
from pathlib import Path

from portfolio_pages import Pages
from world import run

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "portfolio" / "pad_pod.mjs"
LINES_MAX = 60
A, RIGHT, START = 0x08000000, 0x20000000, 0x01000000
RECORDING = [
    {"t": 0, "pod": 7, "event": "attach", "type": "BASIC_CONTROL_PAD", "name": "left"},
    {"t": 10000, "pod": 7, "event": "state", "ControlPad": {"buttons": ["A"]}},
    {"t": 20000, "buttons": ["A", "Right"]},
    {"buttons": []},
    {"t": 30000, "pod": 2, "event": "attach", "type": "KEYBOARD", "name": "keys"},
    {"t": 40000, "pod": 7, "ControlPad": {"buttons": ["Start"]}},
]
NEVER = 10**9  # microseconds


@unittest.skipUnless(shutil.which("node"), "node is not installed")
class SampleTest(Pages):
    ALLOW = ["client=inject,focus,keys"]
    FIELDS = ["--field-hz", "0"]  # one for each change: no edge waits for the next

    def recording(self, *more):
        path = self.gateway.folder / "pad.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in [*RECORDING, *more]))
        return path

    def sample(self, *words):
        return run("node", SAMPLE, *words, settings=self.gateway.settings(remote=True))

    async def buttons(self, page, n):
        seen = []
        while len(seen) < n:
            for frame in await page.frames():
                if frame["event"] == "ControlButtonUpdate":
                    seen.append(frame["data"]["bits"])
        return seen

    def test_it_is_as_short_as_it_says(self):
        self.assertLessEqual(len(SAMPLE.read_text().splitlines()), LINES_MAX)

    async def test_a_recording_is_what_a_pod_does(self):
        page = await self.page()
        await page.listen(trigger=["ControlButtonUpdate"])
        done = self.sample(self.recording({"t": 50000, "pod": 7, "event": "detach"},
                                          {"t": 60000, "pod": 2, "event": "detach"}))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines(),
                         ["pod 1: attach", "pod 2: attach", "pod 1: detach", "pod 2: detach"])
        self.assertEqual(await self.buttons(page, 4), [A, A | RIGHT, 0, START])
        self.assertEqual((await page.call("EB_DescribePods"))["pods"], [])

    async def test_it_says_what_is_sent_to_it_and_its_pods_go_with_it(self):
        page = await self.page()
        await page.listen(trigger=["ControlButtonUpdate"])
        path = self.recording({"t": NEVER, "pod": 7, "event": "detach"})
        sample = self.gateway.start_process("node", SAMPLE, path,
                                            settings=self.gateway.settings(remote=True))
        self.assertEqual([sample.line(), sample.line()], ["pod 1: attach", "pod 2: attach"])
        done = await page.call("EB_IssuePodCmd", {"pod": 2, "wait": True, "octets": [5, 0, 0, 4]})
        self.assertEqual(done["result"], 0)
        self.assertEqual(sample.line(), "pod 2: command 5,0,0,4")
        self.assertEqual((await self.buttons(page, 4))[-1], START)
        sample.end()

        async def are_gone():
            return (await page.call("EB_DescribePods"))["pods"] == []

        await self.until(are_gone)

    async def test_what_goes_wrong_ends_it(self):
        path = self.gateway.folder / "wrong.jsonl"
        path.write_text('{"t":0,"pod":1,"event":"attach","type":"TOASTER"}\n')
        done = self.sample(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("type", done.stderr)
        self.broker.end()
        done = self.sample(self.recording())
        self.assertEqual(done.returncode, 1)
        self.assertIn("no service", done.stderr)


if __name__ == "__main__":
    unittest.main()
