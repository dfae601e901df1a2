"""Bindings that change, in the gateway's file, while sessions are open and clients wait, near and
far: the open stay, those who wait are judged again, and a file with a fault changes nothing."""

import base64
import os
import pathlib
import pwd
import signal
import struct
import unittest

from reload_test import LoggedGateway, replace
from world import BIN, Process, run

SERVICE, CLIENT = BIN / "via-kvstore-service", BIN / "via-kvstore-client"
ME = pwd.getpwuid(os.getuid()).pw_name
DONE, DENIED = 0, 4


def file_of(service):
    """Near clients and far ones to one of this user's services."""
    return (f"// the store\nbindings:\n{{\n    <{ME}>.kvStore -> <{ME}>.{service}\n"
            f"    <nobody>.kvStore -> <{ME}>.{service} /* far */\n}}\n")


class ReboundTest(unittest.TestCase):
    def setUp(self):
        self.gateway = LoggedGateway(name="here")
        self.addCleanup(self.gateway.close)
        self.file = self.gateway.folder / "bindings"
        self.file.write_text("bindings: { }\n")
        authority = pathlib.Path(self.gateway.certs.pem("ca")).read_text()
        (self.gateway.folder / "client-ca.pem").write_text(authority)
        self.gateway.config["bindings_file"] = str(self.file)
        self.gateway.start()

    def start(self, *argv, far=False):
        process = Process(*argv, settings=self.gateway.settings(remote=far))
        self.addCleanup(process.end)
        return process

    def watchers(self):
        return [self.start(CLIENT, "watch", far=far) for far in (False, True)]

    def set(self, service, value):
        """By the service's name, whatever is bound."""
        octets = struct.pack("<IiQ64s256s", 1, 0, 0, b"turn", value.encode())
        raw = base64.b64encode(octets).decode()
        done = self.gateway.cli("send", service, "0", f'{{"raw":"{raw}"}}')
        self.assertEqual(done.returncode, DONE, done.stderr)

    def expect(self, processes, line):
        for process in processes:
            self.assertEqual(process.line(), line)

    def reload(self, text, outcome):
        """The line in the log that it comes to."""
        before = len(self.gateway.log(outcome))
        replace(self.file, text)
        self.gateway.process.send_signal(signal.SIGHUP)
        with self.gateway.news:
            self.gateway.news.wait_for(lambda: len(self.gateway.log(outcome)) > before)
        return self.gateway.log(outcome)[before]

    def n_waiting(self):
        return self.gateway.cli("ls", "--waiting").stdout.count(f"WAITING for <{ME}>.none")

    def test_open_sessions_stay_and_those_who_wait_are_judged_again(self):
        for name in ["kvStore", "spare"]:
            self.expect([self.start(SERVICE, *([name] if name != "kvStore" else []))],
                        f"{name}: ready")
        first = self.watchers()
        self.expect(first, "watching")
        self.reload(file_of("none"), "reload.done")
        second = self.watchers()
        while self.n_waiting() < 2:
            pass
        self.set("kvStore", "one")
        self.expect(first, "turn = one")
        for text, fault in [
                (file_of("none").replace("/* far */", "/* far"), ":5:"),
                (file_of("spare").replace(f"-> <{ME}>.spare /", f"-> yonder/<{ME}>.spare /"),
                 ':5:25: \\"yonder\\" is another host than this gateway, \\"here\\"'),
                (file_of("spare").replace(f"<{ME}>.spare\n", "no-such-app.spare\n"),
                 ':4:')]:
            line = self.reload(text, "reload.refused").replace('\\"', '"')
            self.assertIn(f"{self.file}{fault}".replace('\\"', '"'), line)
            self.assertEqual(self.n_waiting(), 2)
        self.set("kvStore", "two")
        self.expect(first, "turn = two")
        self.reload(file_of("spare"), "reload.done")
        self.expect(second, "watching")
        self.set("spare", "three")
        self.expect(second, "turn = three")
        self.reload("bindings: { }\n", "reload.done")
        for service, watchers in [("kvStore", first), ("spare", second)]:
            self.set(service, "four")
            self.expect(watchers, "turn = four")

    def test_the_tool_at_the_gateway_that_it_is_told(self):
        rule = [f"<{ME}>.door", f"<{ME}>.bell"]
        near = ["--gateway", f"unix:{self.gateway.socket}"]
        far = ["--gateway", f"wss://localhost:{self.gateway.port}",
               "--ca", self.gateway.certs.pem("ca"), "--cert", self.gateway.certs.pem("client"),
               "--key", self.gateway.certs.key("client")]
        elsewhere = {"VIADUCT_GATEWAY": "unix:/nonexistent/socket"}

        def tool(*words):
            done = run(BIN / "viaduct", *words, settings=elsewhere)
            return done.returncode, done.stdout + done.stderr
        self.assertEqual(tool(*near, "bind", *rule), (DONE, ""))
        for place in [near, far]:
            status, said = tool(*place, "bindings")
            self.assertEqual(status, DONE, said)
            self.assertIn(" -> ".join(rule), said)
        for words in [["bind", *rule], ["unbind", rule[0]]]:
            status, said = tool(*far, *words)
            self.assertEqual(status, DENIED, said)
            self.assertIn("on its host", said)
        self.assertEqual(tool(*near, "unbind", rule[0]), (DONE, ""))
        self.assertNotIn("->", tool(*near, "bindings")[1])


if __name__ == "__main__":
    unittest.main()
