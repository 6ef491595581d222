"""A relay on loopback that does what it is told, for what no real one will do.

Each mail it takes is kept in .taken and, when deliver is given, laid into the
Maildir of its recipient there.  down() refuses connections, up() listens on
the same port again; rcpt and dot are scripts of answers.
"""

import os
import socket
import threading
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from servers import free_port

CUT = "cut"                     # close the connection instead of answering


class SmtpScript:
    def __init__(self, deliver=None):
        self.deliver = Path(deliver) if deliver else None
        self.taken = []         # (recipient, message-id, bytes)
        self.lines = []         # every command, in order
        self.connections = 0
        self.rcpt = {}          # address -> [answers], the last one stays
        self.dot = []           # answers to the next dots; "" accepts
        self.greeting = []      # greetings of the next connections
        self.held = {}          # address -> Event: its dots wait for it
        self.last = {}          # address -> answer to each of its dots
        self.lock = threading.Lock()
        self.open = set()
        self.port = free_port()
        self.sock = socket.socket()     # keeps the port while it is down
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", self.port))
        self.is_up = False

    def conf(self, name, more=""):
        return (f'relay "{name}" {{\n  url = "smtp://127.0.0.1:{self.port}"\n'
                f'  cleartext = true\n  timeout = 10\n{more}}}\n')

    # -- being there or not --

    def up(self):
        self.sock.listen(16)
        self.is_up = True
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def down(self):
        """No more: it is refused from now on."""
        if self.is_up:
            self.is_up = False
            self.sock.shutdown(socket.SHUT_RDWR)
        for c in list(self.open):
            self._shut(c)

    @staticmethod
    def _shut(c):
        try:
            c.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self):
        while True:
            try:
                c, _ = self.sock.accept()
            except OSError:
                return
            self.open.add(c)
            threading.Thread(target=self._serve, args=(c,),
                             daemon=True).start()

    # -- the dialogue --

    def _serve(self, c):
        with self.lock:
            self.connections += 1
            hello = self.greeting.pop(0) if self.greeting else "220 relay ESMTP"
        try:
            with c, c.makefile("rb") as f:
                c.sendall(hello.encode() + b"\r\n")
                if hello.startswith("220"):
                    self._talk(c, f)
                self._shut(c)
        except OSError:
            pass
        finally:
            self.open.discard(c)

    def _talk(self, c, f):
        to = None
        known = False
        while True:
            raw = f.readline()
            if not raw:
                return
            line = raw.decode().strip()
            with self.lock:
                self.lines.append(line)
            verb = line.split()[0].upper() if line else ""
            if verb == "EHLO" and known:        # as OpenSMTPD
                said = "503 5.5.1 Invalid command: Already identified"
            elif verb == "EHLO":
                known = True
                said = "250-relay\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n" \
                       "250 8BITMIME"
            elif verb == "RCPT":
                to = line[line.index("<") + 1:line.index(">")]
                said = self._next_rcpt(to)
            elif verb == "DATA":
                c.sendall(b"354 go\r\n")
                said = self._data(f, to)
            elif verb == "QUIT":
                c.sendall(b"221 2.0.0 bye\r\n")
                return
            else:
                said = "250 2.0.0 ok"
            if said == CUT:
                return
            c.sendall(said.encode() + b"\r\n")

    def _next_rcpt(self, to):
        with self.lock:
            script = self.rcpt.get(to, ["250 2.1.5 ok"])
            return script.pop(0) if len(script) > 1 else script[0]

    def _data(self, f, to):
        body = b""
        while True:
            line = f.readline()
            if not line:
                return CUT
            if line == b".\r\n":
                break
            body += line[1:] if line.startswith(b".") else line
        with self.lock:
            said = self.dot.pop(0) if self.dot else self.last.get(to, "")
            if said == "" or said == CUT:
                self._keep(to, body)
            said = said or f"250 2.0.0 Ok: queued as Q{len(self.taken):04d}"
        if to in self.held:
            self.held[to].wait(60)
        return said

    def _keep(self, to, body):
        ident = BytesHeaderParser().parsebytes(body)["Message-ID"]
        self.taken.append((to, ident, body))
        if self.deliver is None:
            return
        d = self.deliver / to
        for sub in ("new", "cur", "tmp"):
            (d / sub).mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns()}.{len(self.taken)}.{os.getpid()}"
        (d / "tmp" / name).write_bytes(body)
        os.rename(d / "tmp" / name, d / "new" / name)

    def of(self, addr):
        with self.lock:
            return [t for t in self.taken if t[0] == addr]
