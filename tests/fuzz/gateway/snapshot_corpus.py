#!/usr/bin/env python3
"""snapshot_corpus.py - makes tests/fuzz/corpus/gateway/snapshot anew

To be run when the format of the state has changed, as scripts/test would run a test:

    VIADUCT_TEST_BIN=build/release/bin /usr/bin/python3 tests/fuzz/gateway/snapshot_corpus.py

Real gateways offer their state as they would to the next process, which then goes without it. Its
descriptors become an octet each, by their kind; see snapshot_fuzz.c.
"""

import json
import os
import pathlib
import socket
import stat
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from world import LIMIT_S, PROGRAMS, Gateway, run, state_version  # pylint: disable=wrong-import-position

CORPUS = ROOT / "tests" / "fuzz" / "corpus" / "gateway" / "snapshot"
ASK_MAGIC = 0x6B73612074636475
KIND_SOCKET, KIND_READS, KIND_WRITES, KIND_FILE = range(4)
OFFER_SIZE = 280
VERSION_AT = 16  # behind the state's magic
LIMITS = {"credit": 16384, "max_unacknowledged": 65536}  # nothing is to be large
LEFT = 70000     # octets: some more than a pipe takes


def kind_of(fd):
    mode = os.fstat(fd).st_mode
    if stat.S_ISSOCK(mode):
        return KIND_SOCKET
    if not stat.S_ISFIFO(mode):
        return KIND_FILE
    fdinfo = pathlib.Path(f"/proc/self/fdinfo/{fd}").read_text()
    flags = int(next(line for line in fdinfo.splitlines() if line.startswith("flags")).split()[1], 8)
    return KIND_WRITES if flags & os.O_ACCMODE == os.O_WRONLY else KIND_READS


def take(gateway):
    """What it offers: the kinds of its descriptors, and its octets."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asker:
        asker.settimeout(LIMIT_S)
        asker.connect(f"{gateway.socket}.handover")
        asker.send(struct.pack("<QII", ASK_MAGIC, state_version(), 0))
        offer = asker.recv(OFFER_SIZE + 1)
        status, n_fds = struct.unpack_from("<II", offer, 8)
        if len(offer) != OFFER_SIZE or status != 0:
            raise AssertionError(offer)
        fds = []
        while len(fds) < n_fds:
            fds += socket.recv_fds(asker, 100, 250)[1]
        with open(fds[0], "rb") as file:
            file.seek(0)
            octets = file.read()
        kinds = [kind_of(fd) for fd in fds[1:]]
        for fd in fds[1:]:
            os.close(fd)
        return kinds, octets


def start(gateway, program, *words, remote=False):
    process = gateway.program(PROGRAMS / program, *words, remote=remote)
    if process.line() != "ready":
        raise AssertionError(program)
    return process


def two_sessions(path):
    """A service and a client with something of everything but streams: another test's scene."""
    done = run(PROGRAMS / "integration.gateway_handover",
               settings={"VIADUCT_TEST_SNAPSHOT": str(path)})
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


def streams(gateway):
    """Between two sessions on WebSockets, some half closed, one of them held."""
    start(gateway, "flows", "serve", "flows", remote=True)
    start(gateway, "flows", "use", "flows", remote=True)


def left(gateway):
    """A session has gone, and what it wrote last is still to be written."""
    start(gateway, "flows", "serve", "flows")
    leaver = gateway.program(PROGRAMS / "flows", "leave", "flows", str(LEFT), remote=True)
    leaver.line()
    leaver.wait()


def bound(gateway):
    """Bindings, and clients that wait: for a name, for a service, for a binding, some with an end."""
    for words in [["<0>.door", "<0>.bell"], ["<7>.a.b", "<8>.c"], ["<0>.none", "<0>.gone"]]:
        done = gateway.cli("bind", *words)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
    for interface in ["door", "none", "other"]:
        waiter = gateway.program(PROGRAMS / "bound", "await", interface, "protocol")
        if waiter.line() != "waiting":
            raise AssertionError(interface)
    gateway.program(PROGRAMS / "bound", "plain", "name")
    gateway.program(PROGRAMS / "bound", "find", "late", str(10 * LIMIT_S * 1000))
    while len(json.loads(gateway.cli("ls", "--waiting", "--json").stdout)) < 5:
        pass  # each look is a round trip


def put(name, kinds, octets):
    (CORPUS / name).write_bytes(bytes([len(kinds)]) + bytes(kinds) + octets)


def main():
    for file in CORPUS.iterdir():
        file.unlink()
    two_sessions(CORPUS / "good_two_sessions")
    for scene in [bound, streams, left]:
        gateway = Gateway(limits=LIMITS).start()
        try:
            scene(gateway)
            kinds, octets = take(gateway)
        finally:
            gateway.close()
        put(f"good_{scene.__name__}", kinds, octets)
    put("bad_more", kinds, octets + bytes(1))
    put("bad_cut", kinds, octets[:len(octets) // 2])
    put("bad_magic", [], b"not a state at all")
    put("bad_descriptor_missing", kinds[:-1], octets)
    put("bad_descriptor_too_many", kinds + [KIND_SOCKET], octets)
    put("bad_descriptor_of_another_kind", [KIND_FILE] * len(kinds), octets)
    other = bytearray(octets)
    other[VERSION_AT] ^= 0xff
    put("bad_version", kinds, bytes(other))


if __name__ == "__main__":
    main()
