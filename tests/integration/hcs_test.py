"""viaduct hcs as people use it: no gateway is asked, faults are lines that editors follow."""

import json
import pathlib
import shutil
import tempfile
import unittest

from world import BIN, run

DONE, FAILED, USAGE, NOT_FOUND = range(4)

BASE = """root {
    device_info {
        match_attr = "hdf_manager";
        template host { hostName = ""; priority = 100; }
    }
}
"""
BOARD = """#include "parts/base.hcs"
root {
    module = "board";
    device_info {
        sample :: host { hostName = "a \\"b\\""; mode = 0664; ids = [1, 0x10]; to = &root.cfg; }
    }
    cfg { }
}
"""
TREE = """root {
    module = "board";
    device_info {
        match_attr = "hdf_manager";
        sample {
            hostName = "a \\"b\\"";
            mode = 0664;
            ids = [1, 0x10];
            to = &root.cfg;
            priority = 100;
        }
    }
    cfg {
    }
}
"""


class HcsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-hcs-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "parts").mkdir()
        (self.folder / "parts" / "base.hcs").write_text(BASE)
        self.board = self.write("board.hcs", BOARD)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def hcs(self, *words, status=DONE):
        """What it prints, or what it says against it."""
        done = run(BIN / "viaduct", "hcs", *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertEqual(done.stderr == "", status == DONE, done.stderr)
        return done.stdout if status == DONE else done.stderr

    # ---- check ----

    def test_check_counts(self):
        self.assertEqual(self.hcs("check", self.board),
                         f"{self.board}: 4 nodes, 7 attributes\n")
        self.assertEqual(self.hcs("check", "--json", self.board), "")

    def test_check_goes_on_with_the_next_file(self):
        bad = self.write("bad.hcs", 'root {\n    host { caps = [""]]; }\n}\n')
        done = run(BIN / "viaduct", "hcs", "check", bad, self.board, self.folder / "none.hcs")
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(done.stdout, f"{self.board}: 4 nodes, 7 attributes\n")
        self.assertEqual(done.stderr.splitlines(), [
            f"{bad}:2:23: expected ';' after the value of 'caps', not ']'",
            f"{self.folder}/none.hcs:1:1: cannot read '{self.folder}/none.hcs': "
            "No such file or directory"])

    def test_a_fault_in_an_included_file(self):
        (self.folder / "parts" / "base.hcs").write_text('#include "../board.hcs"\n')
        self.assertEqual(
            self.hcs("check", self.board, status=FAILED),
            f"{self.folder}/parts/base.hcs:1:10: circular: this file is read already, and "
            "includes itself by way of others\n")

    def test_a_folder_is_no_file(self):
        self.assertIn("it is no regular file", self.hcs("check", self.folder, status=FAILED))

    # ---- tree ----

    def test_tree_is_hcs_again(self):
        said = self.hcs("tree", self.board)
        self.assertEqual(said, TREE)
        self.assertEqual(self.hcs("tree", self.write("again.hcs", said)), said)

    def test_tree_as_json(self):
        self.assertEqual(json.loads(self.hcs("tree", self.board, "--json")), {
            "module": "board",
            "device_info": {"match_attr": "hdf_manager",
                            "sample": {"hostName": 'a "b"', "mode": 0o664, "ids": [1, 16],
                                       "to": {"ref": "root.cfg"}, "priority": 100}},
            "cfg": {}})

    # ---- get ----

    def test_get_prints_one_value(self):
        for path, value in [("device_info.sample.hostName", 'a "b"'),
                            ("root.device_info.sample.mode", "0664"),
                            ("device_info.sample.ids", "[1, 0x10]"),
                            ("device_info.sample.to", "root.cfg"),
                            ("cfg", "cfg {\n}"),
                            ("root", TREE.rstrip("\n"))]:
            self.assertEqual(self.hcs("get", self.board, path), value + "\n")
        for path, value in [("module", "board"), ("device_info.sample.mode", 436),
                            ("device_info.sample.to", {"ref": "root.cfg"}), ("cfg", {})]:
            self.assertEqual(json.loads(self.hcs("--json", "get", self.board, path)), value)

    def test_get_what_is_not_there(self):
        for path, says in [
                ("device_info.match_atr", "'device_info' has no 'match_atr'; "
                                          "did you mean 'match_attr'?"),
                ("device.x", "'root' has no 'device'"),
                ("module.x", "'module' is an attribute: nothing stands below it"),
                ("", "'root' has no ''"),
                ("cfg.", "'cfg' has no ''"),
                ("x" * 300, "'root' has no '" + "x" * 255 + "'")]:
            self.assertEqual(self.hcs("get", self.board, path, status=NOT_FOUND),
                             f"viaduct hcs: {says}\n")

    # ---- words ----

    def test_wrong_words(self):
        for words, says in [([], "takes check FILE..., tree FILE, or get FILE PATH"),
                            (["compile", self.board], "takes check FILE..."),
                            (["check"], "check takes one FILE or more"),
                            (["tree"], "tree takes one FILE"),
                            (["tree", self.board, self.board], "tree takes one FILE"),
                            (["get", self.board], "get takes FILE PATH")]:
            self.assertIn(says, self.hcs(*words, status=USAGE))

    def test_help_names_it(self):
        self.assertIn("hcs check FILE...", run(BIN / "viaduct", "--help").stdout)


if __name__ == "__main__":
    unittest.main()
