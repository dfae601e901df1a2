"""Driver hosts and programs that use their drivers, for the tests in Python."""

import os
import re
import signal
import struct
import time
import unittest

from world import BIN, LIMIT_S, PROGRAMS, Gateway, Process

DRIVERS = BIN.parent / "tests" / "drivers"
HOST = BIN / "viaduct-hdf-host"

ECHO, WAIT, CRASH, PID, PROPERTY, GET_SERVICE, SUBSCRIBED = range(1, 8)
GROW, SHRINK, UPDATE, CALL, RUNNING, LATER = range(8, 14)
LOAD, UNLOAD, BY_CLASS, SERVICES, DEVICES = range(5)
SENSOR = 4

TEMPLATE = """
template host { hostName = ""; priority = 100;
    template device {
        template deviceNode { policy = 0; priority = 100; preload = 0; permission = 0664;
            moduleName = ""; serviceName = ""; deviceMatchAttr = ""; } } }
"""


def node(name, module="probe", service=None, **attributes):
    """A deviceNode; it offers @service, which is its name if none is given."""
    words = {"policy": 2, "permission": "0666", "moduleName": f'"{module}"',
             "serviceName": f'"{name if service is None else service}"', **attributes}
    lines = " ".join(f"{key} = {value};" for key, value in words.items())
    return f"{name} :: deviceNode {{ {lines} }}"


def host(name, *nodes, priority=100):
    return (f'{name} :: host {{ hostName = "{name}"; priority = {priority};\n'
            f"device0 :: device {{\n" + "\n".join(nodes) + "\n} }\n")


def config(*hosts, more=""):
    return ('root { module = "test";\ndevice_info { match_attr = "hdf_manager";\n' + TEMPLATE +
            "".join(hosts) + "}\n" + more + "}\n")


def word(text):
    """A string in an sbuf; None: what ends a list."""
    if text is None:
        return struct.pack("<i", 0)
    octets = text.encode() + b"\0"
    return struct.pack("<i", len(octets)) + octets + b"\0" * (-len(octets) % 4)


class HdfWorld(unittest.TestCase):
    """A gateway, and driver hosts at it."""

    LIMITS = {}

    def setUp(self):
        self.gateway = Gateway(limits=self.LIMITS).start()
        self.addCleanup(self.gateway.close)
        self.addCleanup(lambda: self.assertNotIn("Sanitizer", self.log()))
        self.trace_file = self.gateway.folder / "trace"
        self.log_file = self.gateway.folder / "log"
        self.count = 0

    def write(self, text):
        path = self.gateway.folder / "device_info.hcs"
        path.write_text(text)
        return path

    def start(self, text, expect_ready=True, modules=DRIVERS, **where):
        """The host process, of a configuration; @where: as Gateway.settings() has it."""
        log = open(self.log_file, "a", encoding="utf-8")
        self.addCleanup(log.close)
        process = Process(HOST, "--modules", modules, self.write(text), stderr=log,
                          settings={**self.gateway.settings(**where),
                                    "PROBE_TRACE": str(self.trace_file)})
        self.addCleanup(process.end)
        if expect_ready:
            self.ready(process)
        return process

    def ready(self, process):
        line = process.line()
        self.assertRegex(line, r"^viaduct-hdf-host: ready hosts=\d+ devices=\d+$", self.log())
        return line

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        status, _ = process.wait()
        self.assertEqual(status, 0, self.log())

    def asker(self, remote=False):
        return Asker(self.gateway.program(PROGRAMS / "hdf_asker", remote=remote))

    def user(self, remote=False, port=None):
        return Asker(self.gateway.program(PROGRAMS / "hdf_user", remote=remote, port=port))

    def assert_dispatches_wait(self, user, service, n):
        """So many of probe's are at it, the one that asks apart."""
        self.until(lambda: user.do(f"ask {service} {RUNNING}") == f"{n + 1} -")

    def log(self):
        return self.log_file.read_text() if self.log_file.exists() else ""

    def until(self, condition):
        """Waits for what cannot be waited for otherwise."""
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), end, self.log())
            os.sched_yield()

    def trace(self):
        return self.trace_file.read_text().splitlines() if self.trace_file.exists() else []

    def pid_of(self, name):
        return int(re.findall(rf"hdf\.host\.started host={name} pid=(\d+)", self.log())[-1])


class Asker:
    def __init__(self, process):
        self.process = process

    def do(self, command):
        self.process.popen.stdin.write(command + "\n")
        self.process.popen.stdin.flush()
        return self.process.line()
