"""examples/hdf, the documented sample: its driver in viaduct-hdf-host, its client as it is built,
on the driver's host and on another one by nothing but the environment."""

import os
import pathlib
import re
import subprocess
import unittest

from world import BIN, Gateway, Process, run

SOURCE = pathlib.Path(os.environ["VIADUCT_TEST_SOURCE"]) / "examples" / "hdf"
CLIENT = BIN / "via-sample-client"


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway().start()
        self.addCleanup(self.gateway.close)

    def start_driver(self, gateway, remote=False):
        host = gateway.program(BIN / "viaduct-hdf-host", "--modules", BIN / "drivers",
                               SOURCE / "device_info.hcs", remote=remote)
        self.assertEqual(host.line(), "viaduct-hdf-host: ready hosts=1 devices=1")
        return host

    def listener(self, gateway, remote):
        client = Process(CLIENT, settings=gateway.settings(remote), stderr=subprocess.STDOUT)
        self.addCleanup(client.end)
        self.assertEqual(client.line(), "sample_client: listening")
        return client

    def send(self, gateway, text, remote):
        done = run(CLIENT, text, settings=gateway.settings(remote))
        self.assertEqual((done.returncode, done.stdout),
                         (0, "sample_client: sent, Dispatch returned 0\n"), done.stderr)
        self.assertEqual(done.stderr, "")

    def assert_heard(self, listener, text):
        self.assertRegex(listener.line(), r" I \w+/sample_client: Service0: an event at \d+\.\d+$")
        self.assertRegex(listener.line(),
                         rf" I \w+/sample_client: Service0: event 1: {re.escape(text)}$")

    def assert_ends(self, listener):
        status, rest = listener.wait()  # its standard input ends
        self.assertEqual((status, rest), (0, ""))

    def test_the_expected_run_here_and_on_another_host(self):
        self.start_driver(self.gateway)
        listeners = [self.listener(self.gateway, remote) for remote in (False, True)]
        for remote in (False, True):
            text = f"hello, remote={remote}"
            self.send(self.gateway, text, remote)
            for listener in listeners:
                self.assert_heard(listener, text)
        for listener in listeners:
            self.assert_ends(listener)

    def test_the_driver_too_may_be_on_another_host_than_its_gateway(self):
        self.start_driver(self.gateway, remote=True)
        listener = self.listener(self.gateway, False)
        self.send(self.gateway, "from the gateway's own host", False)
        self.assert_heard(listener, "from the gateway's own host")
        self.assert_ends(listener)

    def test_two_hosts_with_a_driver_each_are_told_apart_by_the_environment(self):
        other = Gateway().start()
        self.addCleanup(other.close)
        for gateway in (self.gateway, other):
            self.start_driver(gateway)
        listeners = [self.listener(gateway, True) for gateway in (self.gateway, other)]
        for gateway, listener in zip((self.gateway, other), listeners):
            text = f"to port {gateway.port}"
            self.send(gateway, text, True)
            self.assert_heard(listener, text)
        for listener in listeners:
            self.assert_ends(listener)  # neither heard what was the other's

    def test_the_reply_is_empty(self):
        self.start_driver(self.gateway)
        for remote in (False, True):
            done = self.gateway.cli("--json", "call", "sample_driver", "1", '["hello"]',
                                    remote=remote)
            self.assertEqual(done.stdout, '{"status":0,"result":0,"data":[]}\n', done.stderr)

    def test_without_a_driver_the_client_says_so(self):
        for remote in (False, True):
            done = run(CLIENT, "hello", settings=self.gateway.settings(remote))
            self.assertEqual(done.returncode, 1)
            self.assertIn("E C02500/sample_client: there is no such service", done.stderr)


class ListingTest(unittest.TestCase):
    def test_each_edit_is_marked_where_it_was_made(self):
        text = "".join(path.read_text() for path in sorted(SOURCE.glob("*.[ch]*")))
        readme = (SOURCE / "README.md").read_text()
        said = {int(number) for number in re.findall(r"(?m)^(\d)\. ", readme)}
        made = {int(number) for line in re.findall(r"edits? ([\d, and]+)", text)
                for number in re.findall(r"\d", line)}
        self.assertEqual(said, set(range(1, 9)))
        self.assertEqual(made, said)

    def test_it_names_nothing_of_viaduct_in_its_code(self):
        for path in SOURCE.glob("*.[ch]"):
            code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            self.assertNotIn("via", code, path)


if __name__ == "__main__":
    unittest.main()
