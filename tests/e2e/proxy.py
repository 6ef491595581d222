"""A TCP proxy on loopback that spoils connections as its dice say.

A connection is cut (politely or with a reset), held up, slowed to a byte at a
time, or closed in one direction, after so many bytes or after a word that
passes; one that goes on after its fault gets the next.  calm() ends that, and every connection
with a fault still before it.
"""

import random
import socket
import struct
import threading
import time

UP, DOWN = 0, 1                 # from the client to the server, and back
KINDS = ("cut", "reset", "stall", "trickle", "half")


class Fault:
    """What happens to one connection."""

    def __init__(self, rnd, words):
        self.kind = rnd.choice(KINDS)
        self.word = rnd.choice(words) if words and rnd.random() < 0.5 else None
        self.way = self.word[0] if self.word else rnd.choice((UP, DOWN))
        # handshakes are short, mails are long
        self.after = int(rnd.choice((40, 600, 4000, 60000)) * rnd.random())
        self.seconds = rnd.choice((0.3, 1.5, 4.0))
        self.slow = rnd.choice((30, 300))
        self.seen = b""

    def point(self, way, data):
        """How much of data passes before it happens; None: all of it."""
        if way != self.way:
            return None
        if self.word is None:
            self.after -= len(data)
            return max(0, len(data) + self.after) if self.after < 0 else None
        old = len(self.seen)
        self.seen = (self.seen + data)
        at = self.seen.find(self.word[1])
        if at < 0:
            self.seen = self.seen[-len(self.word[1]):]
            return None
        return max(0, at + len(self.word[1]) - old)


class Connection:
    def __init__(self, proxy, client, fault):
        self.proxy, self.client, self.fault = proxy, client, fault
        self.server = None
        self.done = False
        self.threads = 2

    def run(self):
        try:
            self.server = socket.create_connection(
                ("127.0.0.1", self.proxy.target), 10)
        except OSError:
            self.end()
            return
        self.server.settimeout(None)
        for way in (UP, DOWN):
            threading.Thread(target=self.pump, args=(way,),
                             daemon=True).start()

    def pump(self, way):
        src, dst = (self.client, self.server)[::1 if way == UP else -1]
        try:
            while True:
                data = src.recv(65536)
                if not data:
                    dst.shutdown(socket.SHUT_WR)
                    break
                fault = self.fault
                at = fault.point(way, data) if fault else None
                if at is None:
                    dst.sendall(data)
                    continue
                self.fault = None
                self.proxy.hit(fault)
                dst.sendall(data[:at])
                if not self.suffer(fault, dst, data[at:]):
                    break
                self.fault = self.proxy.fault()
        except OSError:
            self.end()
        finally:
            self.threads -= 1
            if self.threads <= 0:
                self.end()

    def suffer(self, fault, dst, rest):
        """True: the connection goes on."""
        if fault.kind == "half":
            dst.shutdown(socket.SHUT_WR)
            return False
        if fault.kind in ("cut", "reset"):
            self.end(reset=fault.kind == "reset")
            return False
        if fault.kind == "stall":
            until = time.monotonic() + fault.seconds
            while time.monotonic() < until and self.proxy.storm:
                time.sleep(0.05)
            dst.sendall(rest)
            return True
        for i in range(min(fault.slow, len(rest))):
            dst.sendall(rest[i:i + 1])
            time.sleep(0.002)
        dst.sendall(rest[fault.slow:])
        return True

    def end(self, reset=False):
        if self.done:
            return
        self.done = True
        for s in (self.client, self.server):
            if s is None:
                continue
            try:
                if reset:       # SHUT_RD only wakes who reads here
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
                s.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
        self.proxy.open.discard(self)


class Proxy:
    """words: (UP or DOWN, bytes) after which a fault may strike."""

    def __init__(self, target, seed, words=(), odds=0.6):
        self.target, self.words, self.odds = target, words, odds
        self.rnd = random.Random(seed)
        self.storm = True
        self.refuse = False     # nobody listens
        self.connected = []     # when, monotonic
        self.hits = []          # (when, kind, word)
        self.open = set()
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(64)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hit(self, fault):
        self.hits.append((time.monotonic(), fault.kind, fault.word))

    def fault(self):
        spoil = self.storm and self.rnd.random() < self.odds
        return Fault(self.rnd, self.words) if spoil else None

    def _accept(self):
        while True:
            try:
                client, _ = self.sock.accept()
            except OSError:
                return
            self.connected.append(time.monotonic())
            if self.refuse:
                client.close()
                continue
            c = Connection(self, client, self.fault())
            self.open.add(c)
            threading.Thread(target=c.run, daemon=True).start()

    def calm(self):
        self.storm = self.refuse = False
        for c in list(self.open):
            if c.fault is not None:
                c.end()

    def stop(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for c in list(self.open):
            c.end()
