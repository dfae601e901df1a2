"""A gateway that knows nothing of what goes with an upgrade is told the same in a message."""

import base64
import hashlib
import pathlib
import shutil
import socket
import ssl
import struct
import tempfile
import threading
import unittest

from world import BIN, LIMIT_S, Certs, run

HELLO = 1


class OldGateway(threading.Thread):
    """Takes one connection and its upgrade, says nothing of any greeting, and keeps the first
    message."""

    def __init__(self, certs):
        super().__init__()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certs.pem("server"), certs.key("server"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LIMIT_S)
        self.port = self.listener.getsockname()[1]
        self.request = self.message = b""

    def run(self):
        with self.listener, self.listener.accept()[0] as raw:
            raw.settimeout(LIMIT_S)
            with self.context.wrap_socket(raw, server_side=True) as link:
                stream = link.makefile("rb")
                while not self.request.endswith(b"\r\n\r\n"):
                    self.request += stream.readline()
                key = self.header("Sec-WebSocket-Key") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                accept = base64.b64encode(hashlib.sha1(key).digest())
                link.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                             b"Connection: Upgrade\r\nSec-WebSocket-Protocol: viaduct.bin.1\r\n"
                             b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
                self.message = self.read_message(stream)

    def header(self, name):
        for line in self.request.split(b"\r\n"):
            key, _, value = line.partition(b":")
            if key.decode().lower() == name.lower():
                return value.strip()
        return None

    @staticmethod
    def read_message(stream):
        size = stream.read(2)[1] & 0x7f
        if size == 126:
            size, = struct.unpack(">H", stream.read(2))
        mask = stream.read(4)
        return bytes(octet ^ mask[at % 4] for at, octet in enumerate(stream.read(size)))


class UpgradeTest(unittest.TestCase):
    def test_what_was_not_taken_is_sent(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="viaduct-test-"))
        self.addCleanup(shutil.rmtree, folder)
        certs = Certs(folder)
        certs.server("server", "--dns", "localhost")
        certs.client("client")
        gateway = OldGateway(certs)
        gateway.start()
        run(BIN / "viaduct", "ping",
            settings={"VIADUCT_GATEWAY": f"wss://localhost:{gateway.port}",
                      "VIADUCT_CA": certs.pem("ca"), "VIADUCT_CERT": certs.pem("client"),
                      "VIADUCT_KEY": certs.key("client")})
        gateway.join()
        size, kind = struct.unpack_from("<IB", gateway.message)
        self.assertEqual((size, kind), (len(gateway.message), HELLO))
        self.assertEqual(base64.b64decode(gateway.header("viaduct-greeting")), gateway.message)


if __name__ == "__main__":
    unittest.main()
