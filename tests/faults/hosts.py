"""Hosts of a test's own, and the weather between them.

Each host is a network namespace that nothing but its holder names, so that it is gone when the test
is, however it ended. Between them is netem where the kernel has it, on a bridge in one more namespace;
else tests/faults/weather, which holds, delays and loses frames as netem would.
"""

import subprocess
import sys

from world import FAULTS, Process

INTERFACE = "weather"
SKIP = 77  # what ctest takes for skipped


class NotPermitted(Exception):
    """What this machine does not let us do."""


def tell(*argv, check=True):
    """Runs one of the system's programs."""
    done = subprocess.run([str(word) for word in argv], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, check=False)
    if check and done.returncode != 0:
        raise NotPermitted(f"{' '.join(str(word) for word in argv)}: {done.stderr.strip()}")
    return done


def skip(reason):
    """Ends the test, loudly: nothing of it has run."""
    print(f"SKIPPED, nothing was tested: {reason}", file=sys.stderr)
    raise SystemExit(SKIP)


class Namespace:
    """A network namespace, held by a process that goes with us."""

    def __init__(self):
        try:
            self.holder = Process("setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c",
                                  "echo held && exec cat", stderr=subprocess.PIPE)
        except FileNotFoundError as missing:
            raise NotPermitted(f"{missing.filename} is missing") from missing
        if self.holder.line() != "held":
            words = self.holder.popen.stderr.read().strip()
            self.holder.end()
            raise NotPermitted(f"a network namespace: {words}")
        self.within = ["setpriv", "--pdeathsig", "KILL",
                       "nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def run(self, *argv, check=True):
        return tell(*self.within, *argv, check=check)

    def close(self):
        self.holder.end()


class Sky:
    """What is between the hosts, by tests/faults/weather."""

    what = "tests/faults/weather (this kernel has no sch_netem)"

    def __init__(self, spaces):
        self.process = Process(FAULTS / "weather", *[space.holder.pid for space in spaces],
                               stderr=subprocess.PIPE)
        if self.process.line() != "ready":
            words = self.process.popen.stderr.read().strip()
            self.process.end()
            raise NotPermitted(f"weather: {words}")

    def command(self, line):
        self.process.popen.stdin.write(line + "\n")
        self.process.popen.stdin.flush()
        answer = self.process.line()
        if not answer.startswith("passed "):
            raise AssertionError(f"weather said {answer} to {line}")

    def set(self, host, delay_ms, jitter_ms, loss_percent, mbit):
        self.command(f"sky {host} {delay_ms * 1000} {jitter_ms * 1000} {loss_percent * 10000} "
                     f"{mbit * 1000}")

    def hole(self, host, ways):
        self.command(f"hole {host} {ways}")

    def close(self):
        self.process.end()


class NetemSky:
    """What is between the hosts, by the kernel: a bridge, and netem on both ends of each line."""

    what = "tc netem"

    def __init__(self, spaces):
        self.spaces = spaces
        self.bridge = Namespace()
        self.weathers = {}
        try:
            # what is made before it turns out that there is no netem would be in the way
            self.bridge.run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
            self.bridge.run("ip", "link", "add", "bridge", "type", "bridge")
            self.bridge.run("ip", "link", "set", "bridge", "up")
            for i, space in enumerate(spaces):
                self.bridge.run("ip", "link", "add", f"line{i}", "type", "veth", "peer", "name",
                                INTERFACE, "netns", space.holder.pid)
                self.bridge.run("ip", "link", "set", f"line{i}", "master", "bridge", "up")
                self.hole(i, "none")
        except BaseException:
            self.bridge.close()
            raise

    def set(self, host, delay_ms, jitter_ms, loss_percent, mbit):
        words = ["delay", f"{delay_ms}ms", f"{jitter_ms}ms"] if delay_ms else []
        words += ["loss", f"{loss_percent}%"] if loss_percent else []
        words += ["rate", f"{mbit}mbit"] if mbit else []
        self.weathers[host] = words
        self.spaces[host].run("tc", "qdisc", "replace", "dev", INTERFACE, "root", "netem", *words)

    def hole(self, host, ways):
        up = ["loss", "100%"] if ways in ["up", "both"] else []
        down = ["loss", "100%"] if ways in ["down", "both"] else []
        self.bridge.run("tc", "qdisc", "replace", "dev", f"line{host}", "root", "netem", *down)
        weather = self.weathers.get(host, [])
        self.spaces[host].run("tc", "qdisc", "replace", "dev", INTERFACE, "root", "netem",
                              *(up or weather))

    def close(self):
        self.bridge.close()


class Hosts:
    """@n hosts that reach each other at 10.77.0.1 and on, in fine weather at first."""

    def __init__(self, n):
        self.spaces = []
        self.sky = None
        try:
            for _ in range(n):
                self.spaces.append(Namespace())
            try:
                self.sky = NetemSky(self.spaces)
            except NotPermitted:
                self.sky = Sky(self.spaces)
            for i, space in enumerate(self.spaces):
                space.run("ip", "link", "set", "lo", "up")
                space.run("ip", "address", "add", f"{self.address(i)}/24", "dev", INTERFACE)
                self.carrier(i, True)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def address(host):
        return f"10.77.0.{host + 1}"

    def within(self, host):
        """What is put before a program, to run it there."""
        return self.spaces[host].within

    def weather(self, delay_ms=0, jitter_ms=0, loss_percent=0, mbit=0):
        """Between all of them, each way."""
        for i in range(len(self.spaces)):
            self.sky.set(i, delay_ms, jitter_ms, loss_percent, mbit)

    def hole(self, host, ways="both"):
        """What it sends (up), what would reach it (down), or both, is gone; none: no longer."""
        self.sky.hole(host, ways)

    def carrier(self, host, up):
        """Its cable is in, or out: that it sees."""
        self.spaces[host].run("ip", "link", "set", INTERFACE, "up" if up else "down")

    def cut(self, host):
        """Every TCP connection of @host that goes to another, by the kernel; how many."""
        done = self.spaces[host].run("ss", "--no-header", "--kill", "--tcp", "state", "established",
                                     "dst", "10.77.0.0/24")
        return len(done.stdout.splitlines())

    def close(self):
        if self.sky is not None:
            self.sky.close()
        for space in self.spaces:
            space.close()
