"""An IMAP server that misbehaves as told.

It answers like a plain IMAP4rev1 server with one folder; a test replaces
single answers: `server.on("UID FETCH .*BODY", answer)`, where answer(conn,
tag, line) sends what it likes and returns True when that was all, or False to
let the usual answer follow.  Everything a client said is in server.log.
"""

import re
import socket
import threading


class Gone(Exception):
    """The test wants the connection closed here."""


class Conn:
    def __init__(self, server, sock):
        self.server = server
        self.sock = sock
        self.file = sock.makefile("rb")
        self.told = 0           # the last EXISTS

    def send(self, *data):
        for d in data:
            self.sock.sendall(d if isinstance(d, bytes) else d.encode())

    def line(self):
        """One line from the client, or Gone."""
        text = self.file.readline()
        if not text:
            raise Gone
        return text.decode("latin-1").rstrip("\r\n")

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.file.close()
        self.sock.close()


def numbers(text, top):
    """The uids that "1:3,7,9:*" names, out of none above top."""
    out = set()
    for part in text.split(","):
        a, _, b = part.partition(":")
        a = top if a == "*" else int(a)
        b = a if not b else top if b == "*" else int(b)
        out.update(range(min(a, b), max(a, b) + 1) if max(a, b) <= top else
                   {n for n in range(min(a, b), top + 1)} | {top})
    return out


class Server:
    GREETING = b"* OK ready\r\n"

    def __init__(self, mails=(), validity=7):
        self.mails = dict(mails)            # uid: bytes
        self.flags = {}                     # uid: set of str
        self.folders = {}                   # name: [bytes]
        self.prefix = ""                    # of all names but INBOX
        self.validity = validity
        self.caps = "IMAP4rev1 IDLE UIDPLUS MOVE ID"
        self.uidnext = True
        self.access = "READ-WRITE"
        self.permanent = r"(\Answered \Seen \Deleted \*)"
        self.greeting = self.GREETING
        self.hooks = []
        self.log = []
        self.conns = 0
        self.lock = threading.RLock()
        self.idlers = []
        self.errors = []
        self.gate = threading.Event()       # closed: nobody is greeted yet
        self.gate.set()
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(20)
        self.port = self.sock.getsockname()[1]
        self.url = f"imap://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        """Whoever waits in accept() is woken first: he would wait on, and on
        the next server's socket when he is stopped and goes on."""
        self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def on(self, pattern, answer, times=None):
        """answer: bytes, str or a function; times: how often, None: always."""
        if isinstance(answer, (bytes, str)):
            text = answer if isinstance(answer, str) else answer.decode(
                "latin-1")

            def say(conn, tag, line):
                conn.send(text.replace("TAG", tag).encode("latin-1"))
                return True
        else:
            say = answer
        self.hooks.append([re.compile(pattern), say, times])

    def said(self, pattern):
        return [line for line in self.log if re.search(pattern, line)]

    def deliver(self, raw):
        with self.lock:
            uid = max(self.mails, default=0) + 1
            self.mails[uid] = raw
            for conn in self.idlers:
                self.tell(conn)
        return uid

    def tell(self, conn):
        conn.told = len(self.mails)
        conn.send(f"* {conn.told} EXISTS\r\n")

    def _accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,),
                             daemon=True).start()

    def _serve(self, sock):
        conn = Conn(self, sock)
        with self.lock:
            self.conns += 1
            conn.number = self.conns
        self.gate.wait(30)
        try:
            greeting = self.greeting
            if callable(greeting):
                greeting(conn)
            else:
                conn.send(greeting)
            while True:
                line = conn.line()
                self.log.append(line)
                if line.endswith(" "):      # as Cyrus takes the grammar
                    conn.send(f"{line.split()[0]} BAD Unexpected extra "
                              "arguments\r\n")
                    continue
                self._command(conn, *line.split(" ", 1))
        except (Gone, OSError, ValueError):
            pass
        finally:
            with self.lock:
                if conn in self.idlers:
                    self.idlers.remove(conn)
            conn.close()

    def _command(self, conn, tag, line=""):
        for hook in self.hooks:
            if hook[2] != 0 and hook[0].match(line):
                if hook[2]:
                    hook[2] -= 1
                if hook[1](conn, tag, line):
                    return
        words = line.split()
        name = words[0].upper() if words else ""
        if name == "UID":
            name += words[1].upper()
        do = getattr(self, "do_" + name.lower(), None)
        with self.lock:
            if do is None:
                conn.send(f"{tag} BAD what?\r\n")
            else:
                do(conn, tag, line)

    def do_capability(self, conn, tag, line):
        conn.send(f"* CAPABILITY {self.caps}\r\n{tag} OK done\r\n")

    def do_login(self, conn, tag, line):
        conn.send(f"{tag} OK welcome\r\n")

    def do_id(self, conn, tag, line):
        conn.send(f"* ID NIL\r\n{tag} OK done\r\n")

    def do_noop(self, conn, tag, line):
        self.tell(conn)
        conn.send(f"{tag} OK done\r\n")

    def do_logout(self, conn, tag, line):
        conn.send(f"* BYE bye\r\n{tag} OK done\r\n")
        raise Gone

    def do_namespace(self, conn, tag, line):
        conn.send(f'* NAMESPACE (("{self.prefix}" ".")) NIL (("#shared." ".")'
                  f'("shared." "."))\r\n{tag} OK NAMESPACE completed.\r\n')

    def _refused(self, conn, tag, name):
        """A name outside of our namespace, as Courier takes it."""
        if name.upper() == "INBOX" or name.startswith(self.prefix):
            return False
        conn.send(f"{tag} NO Invalid mailbox name.\r\n")
        return True

    def do_status(self, conn, tag, line):
        name = re.search(r'"(.*)"', line).group(1)
        if self._refused(conn, tag, name):
            return
        if name not in self.folders:
            conn.send(f"{tag} NO no such folder\r\n")
            return
        conn.send(f'* STATUS "{name}" (MESSAGES {len(self.folders[name])})\r\n'
                  f"{tag} OK done\r\n")

    def do_select(self, conn, tag, line):
        if self._refused(conn, tag, line.split(" ", 1)[1].strip('"')):
            return
        self.tell(conn)
        conn.send("* FLAGS (\\Seen \\Deleted)\r\n* 0 RECENT\r\n")
        if self.permanent:
            conn.send(f"* OK [PERMANENTFLAGS {self.permanent}] limited\r\n")
        if self.validity:
            conn.send(f"* OK [UIDVALIDITY {self.validity}] valid\r\n")
        if self.uidnext:
            conn.send(f"* OK [UIDNEXT {max(self.mails, default=0) + 1}] .\r\n")
        conn.send(f"{tag} OK [{self.access}] selected\r\n")

    def seq(self, uid):
        return sorted(self.mails).index(uid) + 1

    def wanted(self, text):
        top = max(self.mails, default=0)
        if not top:
            return []
        return sorted(numbers(text, top) & set(self.mails))

    def fetch_answer(self, uid, line):
        raw = self.mails[uid]
        out = f"* {self.seq(uid)} FETCH (UID {uid}".encode()
        if "INTERNALDATE" in line:
            out += b' INTERNALDATE "05-Apr-2007 09:30:00 +0800"'
        if "RFC822.SIZE" in line:
            out += b" RFC822.SIZE %d" % len(raw)
        if "BODY.PEEK[]" in line:
            out += b" BODY[] {%d}\r\n" % len(raw) + raw
        return out + b")\r\n"

    def do_uidfetch(self, conn, tag, line):
        for uid in self.wanted(line.split()[2]):
            conn.send(self.fetch_answer(uid, line))
        conn.send(f"{tag} OK fetched\r\n")

    def do_uidsearch(self, conn, tag, line):
        uids = self.wanted(line.split()[3])
        if "UNKEYWORD" in line:
            uids = [u for u in uids if "$Tocsin" not in self.flags.get(u, ())]
        conn.send("* SEARCH" + "".join(f" {u}" for u in uids) +
                  f"\r\n{tag} OK searched\r\n")

    def do_uidstore(self, conn, tag, line):
        new = set(re.search(r"\((.*)\)", line).group(1).split())
        for uid in self.wanted(line.split()[2]):
            self.flags.setdefault(uid, set()).update(new)
        conn.send(f"{tag} OK stored\r\n")

    def _copy(self, conn, tag, line):
        name = re.search(r'"(.*)"', line).group(1)
        if name not in self.folders:
            conn.send(f"{tag} NO [TRYCREATE] no such folder\r\n")
            return None
        uids = self.wanted(line.split()[2])
        self.folders[name] += [self.mails[u] for u in uids]
        return uids

    def do_create(self, conn, tag, line):
        name = re.search(r'"(.*)"', line).group(1)
        if self._refused(conn, tag, name):
            return
        self.folders[name] = []
        conn.send(f"{tag} OK created\r\n")

    def do_uidcopy(self, conn, tag, line):
        if self._copy(conn, tag, line) is not None:
            conn.send(f"{tag} OK copied\r\n")

    def _remove(self, conn, uids):
        for u in uids:
            conn.send(f"* {self.seq(u)} EXPUNGE\r\n")
            del self.mails[u]
            conn.told -= 1

    def do_uidmove(self, conn, tag, line):
        uids = self._copy(conn, tag, line)
        if uids is not None:
            self._remove(conn, uids)
            conn.send(f"{tag} OK moved\r\n")

    def do_uidexpunge(self, conn, tag, line):
        self._remove(conn, [u for u in self.wanted(line.split()[2])
                            if r"\Deleted" in self.flags.get(u, ())])
        conn.send(f"{tag} OK expunged\r\n")

    def do_expunge(self, conn, tag, line):
        self._remove(conn, [u for u in sorted(self.mails)
                            if r"\Deleted" in self.flags.get(u, ())])
        conn.send(f"{tag} OK expunged\r\n")

    def do_idle(self, conn, tag, line):
        conn.send("+ idling\r\n")
        if len(self.mails) > conn.told:
            self.tell(conn)
        self.idlers.append(conn)
        self.lock.release()
        try:
            while conn.line().upper() != "DONE":
                pass
        finally:
            self.lock.acquire()
            if conn in self.idlers:
                self.idlers.remove(conn)
        conn.send(f"{tag} OK idled\r\n")
