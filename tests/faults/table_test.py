"""Each row of the table of faults in docs/OPERATIONS.md is checked by tests that are there, and each
test of a fault has its row."""

import ast
import os
import pathlib
import re
import unittest

SOURCE = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"])
FOLDERS = [SOURCE / "tests" / "faults", SOURCE / "tests" / "integration"]
FAULTS = ["resume", "roles", "scarcity", "weather"]  # those whose every test is a fault's


def tests_in(path):
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name.startswith("test_")}


class TableTest(unittest.TestCase):
    def test_the_table_and_the_tests_are_one(self):
        page = (SOURCE / "docs" / "OPERATIONS.md").read_text()
        section = page.split("\n## What a fault gives\n")[1].split("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
        self.assertGreater(len(rows), 20)
        there = {f"{path.name.removesuffix('_test.py')}.{name}"
                 for folder in FOLDERS for path in folder.glob("*_test.py")
                 for name in tests_in(path)}
        named = set()
        for row in rows:
            tests = re.findall(r"`([a-z_]+\.test_[a-z0-9_]+)`", row.split("|")[3])
            self.assertTrue(tests, f"no check: {row}")
            named.update(tests)
        self.assertEqual(sorted(named - there), [], "are in the table, but not there")
        of_faults = {name for name in there if name.split(".")[0] in FAULTS}
        self.assertEqual(sorted(of_faults - named), [], "have no row")


if __name__ == "__main__":
    unittest.main()
