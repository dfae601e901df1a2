"""Sbufs as JSON: what a driver and its clients write is shown by its types, in order, and what is
given as JSON reaches the driver as the sbuf that a client would have written."""

import json
import unittest

from world import PROGRAMS, Gateway

REPLY = ["hello", {"i8": -8}, {"i16": -16}, -32, {"i64": "-64"}, {"u8": 8}, {"u16": 16},
         {"u32": 32}, {"u64": "64"}, None, {"bytes": "YWJj"}]


class SbufJsonTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway().start()
        cls.addClassCleanup(cls.gateway.close)
        service = cls.gateway.program(PROGRAMS / "sbuf_service")
        if service.line() != "ready":
            raise AssertionError("sbuf_service is not ready")

    def call(self, *words, remote=False):
        done = self.gateway.cli("call", "sample_driver", *words, remote=remote)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_typed_values_go_in_and_come_out(self):
        for remote in [False, True]:
            self.assertEqual(self.call("1", '["hello"]', remote=remote), REPLY)
        self.assertEqual(self.call("1", "[null]")[0], None)
        self.assertEqual(self.call("1", '[""]')[0], "")
        self.assertEqual(self.call("1", "[7]")[0], None)  # a string is not what it finds there
        self.assertEqual(self.call("1", '["' + 150 * "x" + '"]')[0], 150 * "x")

    def test_bound_memory_has_no_types(self):
        self.assertEqual(self.call("2"), {"raw": "AQAAAAIAAAA="})

    def test_what_an_sbuf_cannot_hold_is_refused_by_name(self):
        for words in ["[true]", "[1.5]", '[{"str16":"a"}]', '[{"fd":0}]']:
            done = self.gateway.cli("call", "sample_driver", "1", words)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("data[0]", done.stderr)

    def test_events_show_their_values(self):
        for remote in [False, True]:
            self.call("1", '["hello",{"u8":3},null]')
            said = self.gateway.cli("--json", "watch", "sample_driver", "--from", "latest",
                                    "--count", "1", remote=remote)
            event = json.loads(said.stdout)
            self.assertEqual((event["event"], event["data"]), (1, ["hello", {"u8": 3}, None]))


if __name__ == "__main__":
    unittest.main()
