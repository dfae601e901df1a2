"""A relay for TCP that does to a connection what a network may: nothing, at any moment."""

import select
import socket
import threading
import time

LIMIT_S = 60  # only a failing test reaches it
PIECE = 65536
SEGMENT = 1400  # octets: with loopback's 64 KiB a slow reader shows no sign of life for long


class Side:
    """One of a connection's two sockets."""

    def __init__(self, stream):
        self.stream = stream
        self.waits = b""       # to be written here
        self.passed = 0        # octets written here
        self.closed_at = None  # when its owner closed it
        self.told = False      # that the other side's owner did


class Connection:
    """What came to the relay and what it goes on to. All of it may be set from any thread."""

    def __init__(self, near, far):
        self.client, self.server = Side(near), Side(far)
        self.hole = False        # octets are taken, and go nowhere
        self.deaf = False        # they are not even taken
        self.hole_towards = None  # octets for this side alone go nowhere
        self.hole_after = None   # octets that the client is given before it becomes a hole
        self.rate = None         # octets a second that are let through, each way
        self.late_s = 0          # so long after it was made nothing passes yet
        self.begun_at = time.monotonic()

    def sides(self):
        return ((self.client, self.server), (self.server, self.client))

    def pierce(self, deaf=False):
        """From now on nothing passes."""
        self.hole, self.deaf = True, deaf

    def cut(self):
        """As if the network had gone, at both sides."""
        for side, _ in self.sides():
            side.stream.shutdown(socket.SHUT_RDWR)

    def shut(self, side):
        """As if the program at the other side had shut its sending half."""
        side.told = True
        side.stream.shutdown(socket.SHUT_WR)

    def wait_closed(self, side, within_s):
        """Until its owner has closed @side; how long after now, or None."""
        begun = time.monotonic()
        while side.closed_at is None and time.monotonic() < begun + within_s:
            self.changed.wait(0.02)
        return None if side.closed_at is None else max(0.0, side.closed_at - begun)

    changed = threading.Event()  # never set: its wait is a pause that ends with the process


class Relay:
    """Listens on a port of its own and passes each connection on to @port."""

    def __init__(self, port, **wishes):
        self.target = port
        self.wishes = wishes  # what each new connection is set to
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        self.port = self.listener.getsockname()[1]
        self.connections = []
        self.ended = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def close(self):
        self.ended = True
        self.thread.join(LIMIT_S)
        self.listener.close()
        for connection in self.connections:
            for side, _ in connection.sides():
                side.stream.close()

    def wait_connection(self, index=0):
        until = time.monotonic() + LIMIT_S
        while len(self.connections) <= index:
            if time.monotonic() > until:
                raise AssertionError("nobody connects")
            Connection.changed.wait(0.01)
        return self.connections[index]

    # ---- its thread ----

    def accept(self):
        near, _ = self.listener.accept()
        far = socket.socket()
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        far.connect(("127.0.0.1", self.target))
        for stream in (near, far):
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream.setblocking(False)
        connection = Connection(near, far)
        for name, value in self.wishes.items():
            setattr(connection, name, value)
        self.connections.append(connection)

    def look(self, connection):
        """Ends, also of those that are not read."""
        for side, _ in connection.sides():
            if side.closed_at is None:
                poll = select.poll()
                poll.register(side.stream, select.POLLRDHUP)
                if any(events & (select.POLLRDHUP | select.POLLHUP | select.POLLERR)
                       for _, events in poll.poll(0)):
                    side.closed_at = time.monotonic()

    @staticmethod
    def tell_end(side):
        side.told = True
        try:
            side.stream.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it is gone as well

    def move(self, connection, source, target, most):
        """Reads at @source, writes at @target."""
        if connection.deaf or time.monotonic() < connection.begun_at + connection.late_s:
            return
        if not target.waits and not target.told:
            try:
                octets = source.stream.recv(min(PIECE, most))
                ended = not octets
            except BlockingIOError:
                octets, ended = b"", False
            except (ConnectionError, OSError):
                octets, ended = b"", True
            if not connection.hole:
                target.waits = octets
                if ended:
                    self.tell_end(target)
        if connection.hole or connection.hole_towards is target:
            target.waits = b""
        octets = target.waits[:most]
        after = connection.hole_after
        if after is not None and target is connection.client:
            octets = octets[:after - target.passed]
        if not octets:
            return
        try:
            n = target.stream.send(octets)
        except BlockingIOError:
            n = 0
        except (ConnectionError, OSError):
            n = len(target.waits)
        target.waits = target.waits[n:]
        target.passed += n
        if after is not None and target is connection.client and target.passed >= after:
            connection.hole = True

    def run(self):
        step_s = 0.005
        while not self.ended:
            readable, _, _ = select.select([self.listener], [], [], step_s)
            if readable:
                self.accept()
            for connection in self.connections:
                most = PIECE if connection.rate is None else max(1, int(connection.rate * step_s))
                for source, target in connection.sides():
                    for _ in range(8 if connection.rate is None else 1):
                        self.move(connection, source, target, most)
                self.look(connection)
