"""The command viaduct as people use it: what it prints, what it says when it cannot, and its exit
status; and the daemon's own."""

import json
import os
import pathlib
import select
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

from world import BIN, Gateway, Process, environment, run

DONE, FAILED, USAGE, NOT_FOUND, DENIED, DEAD, TIMEOUT, NO_GATEWAY = range(8)
DOUBLE, NOTE, NOTED, KEEP, KEPT = 1, 2, 3, 4, 5
EMIT, PID, FAIL = 12, 19, 20  # enum stage_code


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway().start()
        cls.addClassCleanup(cls.gateway.close)
        for name in ["stage", "lamp", "core:twice", "house:twice", "ends"]:
            cls.gateway.stage(name)

    def cli(self, *words, status=DONE, **more):
        """What it prints, or, if it is to fail, the one line that it says about that."""
        done = self.gateway.cli(*words, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status == DONE:
            return done.stdout
        self.assertEqual(done.stdout, "")
        return done.stderr

    def usage(self, words, *argv):
        said = self.cli(*argv, status=USAGE)
        self.assertIn(words, said)
        return said

    # ---- help ----

    def test_help_names_every_command_and_status(self):
        for words in [[], ["--help"], ["-h"]]:
            said = self.cli(*words)
            for name in ["call", "ls", "ping", "send", "watch", "--from", "--count"]:
                self.assertIn(name, said)
            self.assertIn("0 done, 1 failed, 2 wrong usage, 3 not found, 4 denied, 5 dead, "
                          "6 timeout, 7 no gateway", said)
        self.assertRegex(self.cli("--version"), r"^viaduct \d+\.\d+\.\d+\n$")

    def test_a_command_that_is_none(self):
        said = self.usage("there is no command 'cal'", "cal")
        for name in ["call", "ls", "ping", "send", "watch"]:
            self.assertIn(name, said)

    def test_wrong_words(self):
        self.usage("--help", "--nonsense")
        self.usage("at most one PATTERN", "ls", "a", "b")
        self.usage("takes SERVICE CODE", "call", "stage")
        self.usage("takes SERVICE CODE", "send")
        self.usage("CODE is a number", "call", "stage", "double")
        self.usage("CODE is a number", "call", "stage", "4294967296")
        self.usage("CODE is a number", "call", "stage", "1.5")
        self.usage("takes one SERVICE", "watch")
        self.usage("--from is latest, now, or EPOCH:NUMBER", "watch", "stage", "--from", "then")
        self.usage("--count is 1 to 1000000", "ping", "--count", "1000001")
        self.usage("takes no words", "ping", "stage")
        self.usage("--timeout takes a whole number", "ping", "--timeout", "soon")
        self.usage("unix:PATH or wss://host:port", "ping", "--gateway", "http://localhost")

    # ---- ls ----

    def test_ls_lists_names_and_patterns(self):
        lines = self.cli("ls").splitlines()
        self.assertEqual(lines[0].split(), ["FAMILY", "NAME", "PID", "UID", "INFO"])
        rows = [line.split()[:2] for line in lines[1:]]
        self.assertEqual(sorted(rows), sorted([["core", "ends"], ["core", "lamp"],
                                               ["core", "stage"], ["core", "twice"],
                                               ["house", "twice"]]))

        def names(*words):
            return [(row["family"], row["name"]) for row in json.loads(self.cli("ls", *words))]

        self.assertEqual(names("--json", "st*"), [("core", "stage")])
        self.assertEqual(names("?amp", "--json"), [("core", "lamp")])
        self.assertEqual(names("--json", "house:*"), [("house", "twice")])
        self.assertEqual(names("--json", "house:st*"), [])
        self.assertEqual(names("--json", "nothing"), [])
        done = self.gateway.cli("ls", "nothing*")
        self.assertEqual((done.returncode, done.stdout), (DONE, ""))
        self.assertIn("nothing like nothing* is published", done.stderr)

    def test_ls_json_tells_whose_it_is(self):
        (row,) = json.loads(self.cli("ls", "--json", "lamp"))
        (pid,) = json.loads(self.cli("call", "lamp", str(PID), '[{"u32":0}]'))
        self.assertEqual(row["pid"], pid["u32"] if isinstance(pid, dict) else pid)
        self.assertEqual(set(row), {"family", "name", "pid", "uid", "mode", "class", "info"})

    # ---- call, send ----

    def test_call_prints_what_it_answers(self):
        for remote in [False, True]:
            said = self.cli("call", "stage", str(DOUBLE), '[{"u32":21}]', remote=remote)
            self.assertEqual(json.loads(said), [{"u32": 42}])
            said = self.cli("--json", "call", "core:stage", hex(DOUBLE), '[{"u32":21}]',
                            remote=remote)
            self.assertEqual(json.loads(said),
                             {"status": 0, "result": 0, "data": [{"u32": 42}]})

    def test_send_is_written_before_it_ends(self):
        self.assertEqual(self.cli("send", "ends", str(NOTE), '[{"u32":0}]'), "")
        said = self.cli("call", "ends", str(NOTED), '[{"u32":0}]')
        self.assertEqual(json.loads(said), [{"u32": 1}])

    def test_a_misspelt_service_and_the_nearest(self):
        for command in [["call", "stgae", "1"], ["send", "stgae", "1"], ["watch", "stgae"]]:
            said = self.cli(*command, status=NOT_FOUND)
            self.assertIn("no service is called 'stgae'", said)
            self.assertIn("did you mean 'core:stage'?", said)
        said = self.cli("call", "completely different", "1", status=NOT_FOUND)
        self.assertIn("`viaduct ls` shows", said)

    def test_a_name_of_two_families(self):
        said = self.cli("call", "twice", "1", status=USAGE)
        self.assertIn("'twice' is ambiguous", said)
        self.assertIn("core:twice", said)
        self.assertIn("house:twice", said)
        said = self.cli("call", "house:twice", str(DOUBLE), '[{"u32":1}]')
        self.assertEqual(json.loads(said), [{"u32": 2}])

    def test_bad_json_and_where(self):
        for text, octet in [("[1, 2", 5), ("[1,, 2]", 3), ('["\\q"]', 2),
                            ('[{"u99":1}]', 1)]:
            said = self.cli("call", "stage", "1", text, status=USAGE)
            self.assertIn(f"octet {octet}:", said, text)

    def test_a_refusal_and_a_code_that_is_none(self):
        said = self.cli("call", "stage", str(FAIL), status=DENIED)
        self.assertIn("calling core:stage, code 20: denied", said)
        said = self.cli("call", "stage", "999", status=FAILED)
        self.assertIn("unsupported: the service does not answer this code", said)

    def test_no_answer_in_time(self):
        for remote in [False, True]:
            said = self.cli("--timeout", "100", "call", "stage", str(KEEP), status=TIMEOUT,
                            remote=remote)
            self.assertIn("no answer in time", said)

    def test_too_large_a_value(self):
        # On the command line itself a word has at most 128 KiB, so the limit is made smaller.
        gateway = Gateway(limits={"max_frame_size": 4096})
        self.addCleanup(gateway.close)
        gateway.start().stage("stage")
        done = gateway.cli("call", "stage", "1", json.dumps(["x" * 8000]))
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("max_frame_size", done.stderr)

    def test_the_service_dies_meanwhile(self):
        for remote in [False, True]:
            service = self.gateway.stage("mortal")
            call = self.gateway.program(BIN / "viaduct", "call", "mortal", str(KEEP),
                                        remote=remote)
            watch = self.gateway.program(BIN / "viaduct", "watch", "mortal", remote=remote)
            # It is watched when an event arrives.
            while not select_line(watch):
                self.cli("call", "mortal", str(EMIT), '[{"u32":1}]')
            self.cli("call", "mortal", str(KEPT))  # ... and the call has arrived
            service.send_signal(signal.SIGKILL)
            self.assertEqual(call.wait(), (DEAD, ""))
            self.assertEqual(watch.wait()[0], DEAD)
            service.end()

    # ---- watch ----

    def emitted(self, n):
        self.cli("call", "stage", str(EMIT), json.dumps([{"u32": n}]))

    def test_watch_from_latest_and_since(self):
        self.emitted(4)
        for remote in [False, True]:
            said = self.cli("--json", "watch", "stage", "--from", "latest", "--count", "2",
                            remote=remote)
            first, second = [json.loads(line) for line in said.splitlines()]
            self.assertEqual([first["data"], second["data"]], [[{"u32": 2}], [{"u32": 3}]])
            self.assertEqual([first["event"], second["event"]], [1, 2])
            again = self.cli("--json", "watch", "stage", "--from", first["since"], "--count", "1",
                             remote=remote)
            self.assertEqual(json.loads(again), second)
            plain = self.cli("watch", "stage", "--from", first["since"], "--count", "1")
            self.assertEqual(plain, f'{second["since"]} 2 [{{"u32":3}}]\n')

    def test_watch_filters(self):
        self.emitted(8)
        for remote in [False, True]:
            said = self.cli("--json", "watch", "stage", "--from", "latest", "--ids", "2",
                            "--count", "1", remote=remote)
            event = json.loads(said)
            self.assertEqual((event["event"], event["data"], event["lost"]), (2, [{"u32": 7}], 0))
        self.usage("--range is to be two numbers", "watch", "stage", "--range", "3:1")
        self.usage("--policy is to be oldest, newest or disconnect", "watch", "stage", "--policy",
                   "all")

    def test_watch_tells_what_was_lost(self):
        self.emitted(1)
        said = self.cli("--json", "watch", "stage", "--from", "latest", "--count", "1")
        since = json.loads(said.splitlines()[0])["since"]
        self.emitted(200)  # more than are kept
        said = self.cli("--json", "watch", "stage", "--from", since, "--count", "1")
        self.assertGreater(json.loads(said)["lost"], 0)
        said = self.cli("watch", "stage", "--from", since, "--count", "1")
        self.assertIn("events lost)", said)

    def test_watch_goes_on_after_a_restart_of_the_gateway(self):
        gateway = Gateway()
        self.addCleanup(gateway.close)
        gateway.start().stage("stage")
        for remote in [False, True]:
            watch = Process(BIN / "viaduct", "--json", "watch", "stage", "--from", "now",
                            settings=gateway.settings(remote), stderr=subprocess.PIPE)
            self.addCleanup(watch.end)
            emit = ["call", "stage", str(EMIT), '[{"u32":1}]']
            while not select_line(watch):
                self.assertEqual(gateway.cli(*emit).returncode, DONE)
            gateway.kill()
            gateway.start()
            said = []
            while not said or "subscription" not in said[-1]:
                said.append(json.loads(watch.popen.stderr.readline()))
            links = [line["link"] for line in said[:-1]]
            self.assertEqual(links, (["broken"] if remote else []) + ["ended", "restored"])
            self.assertEqual([line["recovered"] for line in said], [False] * len(said))
            self.assertIn(str(gateway.port) if remote else "sock", said[0]["words"])
            self.assertEqual(gateway.cli("call", "stage", str(EMIT), '[{"u32":3}]').returncode,
                             DONE)
            data = None
            while data != [{"u32": 2}]:  # before the restart all were 0
                data = json.loads(watch.popen.stdout.readline())["data"]

    def test_watch_says_in_words_that_the_gateway_went(self):
        gateway = Gateway()
        self.addCleanup(gateway.close)
        gateway.start().stage("stage")
        watch = Process(BIN / "viaduct", "watch", "stage", settings=gateway.settings(),
                        stderr=subprocess.PIPE)
        self.addCleanup(watch.end)
        while not select_line(watch):
            gateway.cli("call", "stage", str(EMIT), '[{"u32":1}]')
        gateway.stop()
        self.assertIn("the session is over (", watch.popen.stderr.readline())
        gateway.start()
        self.assertIn("the gateway is there", watch.popen.stderr.readline())
        self.assertIn("events may have been missed", watch.popen.stderr.readline())

    # ---- ping ----

    def test_ping(self):
        for remote in [False, True]:
            figures = json.loads(self.cli("ping", "--json", "--count", "20", remote=remote))
            self.assertEqual(figures["count"], 20)
            self.assertLessEqual(figures["min_ms"], figures["p50_ms"])
            self.assertLessEqual(figures["p99_ms"], figures["max_ms"])
            self.assertRegex(self.cli("ping", "--count", "3", remote=remote),
                             r"^3 round trips to (unix:|wss://).*p99 [\d.]+ ms, max [\d.]+ ms\n$")

    # ---- no gateway ----

    def test_nobody_answers(self):
        nowhere = f"unix:{self.gateway.folder}/nobody"
        for command in [["ls"], ["ping"], ["call", "a", "1"], ["send", "a", "1"], ["watch", "a"]]:
            said = self.cli("--gateway", nowhere, *command, status=NO_GATEWAY)
            self.assertEqual(said.count("\n"), 1)
            self.assertIn(f"no gateway answers at {nowhere}: start viaductd", said)
        said = self.cli("ping", "--gateway", "wss://localhost:1", status=NO_GATEWAY, remote=True)
        self.assertIn("wss://localhost:1", said)
        said = self.cli("ping", "--gateway", "wss://nobody.invalid:1", status=NO_GATEWAY,
                        remote=True)
        self.assertIn("nobody.invalid", said)


    def test_a_socket_of_somebody_else(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-test-"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        program = shutil.copy(BIN / "viaduct", folder)  # nobody may not go where it was built
        closed = folder / "closed"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(closed))
            listener.listen()
            closed.chmod(0)
            nobody = {"user": 65534, "group": 65534, "extra_groups": []}
            done = subprocess.run([program, "--gateway", f"unix:{closed}", "ping"],
                                  env=environment(), text=True, capture_output=True, check=False,
                                  **(nobody if os.geteuid() == 0 else {}))
        self.assertEqual(done.returncode, DENIED, done.stderr)
        self.assertIn("does not let this process in; see the mode of its socket", done.stderr)

    def test_somebody_answers_not(self):
        """As a gateway that is stopped: its kernel takes the connection."""
        mute = socket.socket(socket.AF_UNIX)
        self.addCleanup(mute.close)
        path = str(self.gateway.folder / "mute")
        mute.bind(path)
        mute.listen()
        commands = [(["ls"], NO_GATEWAY), (["call", "a", "1"], NO_GATEWAY), (["ping"], TIMEOUT)]
        waiting = [subprocess.Popen([BIN / "viaduct", "--gateway", f"unix:{path}", *command],
                                    env=environment(), text=True, stderr=subprocess.PIPE)
                   for command, _ in commands]
        for process, (_, status) in zip(waiting, commands):
            _, said = process.communicate(timeout=30)
            self.assertEqual(process.returncode, status, said)
            self.assertIn(f"the gateway at unix:{path} does not answer", said)


def select_line(process):
    """Whether a process has said something by now."""
    return bool(select.select([process.popen.stdout], [], [], 0.05)[0])


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway()
        self.addCleanup(self.gateway.close)

    def viaductd(self, *words):
        return run(BIN / "viaductd", *words)

    def test_help_and_limits(self):
        said = self.viaductd("--help")
        self.assertEqual(said.returncode, 0)
        self.assertIn("exit status: 0 stopped by a signal", said.stdout)
        limits = self.viaductd("--limits").stdout
        config = json.loads(self.viaductd("--print-config").stdout)
        for name in config["limits"]:
            self.assertIn(f"{name} ", limits)

    def test_what_it_prints_it_takes(self):
        self.gateway.start()
        config = self.gateway.folder / "config"
        printed = self.viaductd("--config", config, "--print-config")
        self.assertEqual(printed.returncode, 0, printed.stderr)
        (self.gateway.folder / "again").write_text(printed.stdout)
        again = self.viaductd("--config", self.gateway.folder / "again", "--print-config")
        self.assertEqual(again.stdout, printed.stdout)

    def test_wrong_words_and_configuration(self):
        config = self.gateway.folder / "config"
        for text, words in [('{"sokcet": "/tmp/x"}', "did you mean socket?"),
                            ('{"limits": {"max_cals": 1}}', "did you mean max_calls?"),
                            ('{"limits": {"max_calls": 0}}', "from 1 to 1048576"),
                            ('{"socket": 7}', "socket"), ("{", "config"),
                            ('{"listen": ["nowhere"]}', "HOST:PORT")]:
            config.write_text(text)
            done = self.viaductd("--config", config)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)
        self.assertEqual(self.viaductd("--nonsense").returncode, 2)
        self.assertEqual(self.viaductd("nonsense").returncode, 2)
        done = self.viaductd("--listen", "127.0.0.1:0", "--socket", self.gateway.socket)
        self.assertEqual(done.returncode, 2)
        self.assertIn("listen needs cert", done.stderr)

    def test_socket_and_address_belong_to_one(self):
        self.gateway.start()
        config = self.gateway.folder / "config"
        done = self.viaductd("--config", config)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("another gateway serves", done.stderr)
        done = self.viaductd("--config", config, "--socket", self.gateway.folder / "other",
                             "--listen", f"127.0.0.1:{self.gateway.port}")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("another program listens at", done.stderr)

    def test_the_sockets_mode(self):
        for mode in [None, "0600", "0666"]:
            if mode is not None:
                self.gateway.config["socket_mode"] = mode
            self.gateway.start()
            self.assertEqual(stat.S_IMODE(self.gateway.socket.stat().st_mode),
                             int(mode or "0660", 8))
            self.gateway.stop()
            self.assertFalse(self.gateway.socket.exists())

    def test_the_log_is_as_configured(self):
        """One refusal: a line at level info, none at warn; the environment stands over the file."""
        for configured, variable, logged in [("warn", None, False), ("info", None, True),
                                             ("warn", "info", True)]:
            self.gateway.config["log"] = configured
            self.gateway.start()
            self.gateway.stop()
            settings = {} if variable is None else {"VIADUCT_LOG": variable}
            daemon = subprocess.Popen([BIN / "viaductd", "--config", self.gateway.folder / "config"],
                                      env=environment(settings), text=True, bufsize=0,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(daemon.kill)
            self.gateway.port = int(daemon.stdout.readline().rsplit(":", 1)[1])
            done = self.gateway.cli("ping", remote=True, VIADUCT_CERT="", VIADUCT_KEY="")
            self.assertEqual(done.returncode, DENIED)
            daemon.send_signal(signal.SIGTERM)
            _, said = daemon.communicate(timeout=20)
            self.assertEqual("link.refused" in said, logged, said)


if __name__ == "__main__":
    unittest.main()
