"""Measure Tocsin beside a peer that does less, in the same run.

drain	10,000 form mails in a private Dovecot become committed incidents
	with queued acknowledgments, beside mbsync merely downloading them
	with its own fsync.  mbsync goes twice and its better time counts:
	whoever comes second finds the server's cache warm.
fsync	what one costs under $TMPDIR, where both write: mbsync waits for one
	a mail, Tocsin for one a batch, so the ratio grows with it.
idle	from the server's EXISTS under IDLE to the acknowledgment accepted
	by an SMTP sink.  Dovecot itself holds the notice back for 0.5 s: an
	IDLE client of our own beside shows when it came.
memory	resident memory of all processes together after the drain: the sum
	of RSS counts a shared library once a process, PSS once.
reader	the reader alone beside GMime, which decodes the parts of the same
	mails and looks neither into HTML nor into documents; and its memory
	at the begin and the end of a long run of mails of all kinds.
courier	letters a second through one courier beside smtp-source, posts beside
	a plain libcurl multi loop, and what a dead receiver costs the others.
deadlines	a turn of the desk that finds nothing due, with a million open
	deadlines beside a thousand.
"""

import argparse
import os
import signal
import socket
import socketserver
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from courier import bench_courier                        # noqa: E402
from crowd import crowd                                  # noqa: E402
from servers import Dovecot, TestCA, wait_for            # noqa: E402
from story import annex1                                 # noqa: E402
from world import INCIDENT, World, build_dir, now        # noqa: E402


DRAIN_AIM = 3			# times as fast as mbsync
MEMORY_AIM = 64e6		# bytes, the sum of RSS


PROMISED = """
SELECT count(DISTINCT incident) FROM outbox
  WHERE incident > 0 AND role = 'reporter'
"""


def verdict(reached):
    return "reached" if reached else "NOT reached"


class Silent(World):
    """IMAP in; out to whatever listens on relay_port."""

    def __init__(self, where, dovecot, ca, relay_port):
        super().__init__(where)
        self.dovecot, self.ca, self.relay_port = dovecot, ca, relay_port
        (self.dir / "pw").write_text("secret\n")
        (self.dir / "pw").chmod(0o600)
        self.extra = "sender-limit = 100000"
        self.proc = None
        self.write_conf()
        self.conf.write_text(self.conf.read_text().replace(
            "couriers = 2", "couriers = 1"))

    def mailbox_conf(self):
        p = self.dovecot.imaps
        return (f'mailbox "incident" {{\n  url = "imaps://mail.test:{p}"\n'
                f'  user = "{INCIDENT}"\n  password-file = "{self.dir}/pw"\n'
                f'  ca-file = "{self.ca.cert}"\n'
                f'  resolve = "mail.test:{p}:127.0.0.1"\n}}')

    def relay_conf(self):
        return (f'relay "sink" {{\n  url = "smtp://127.0.0.1:'
                f'{self.relay_port}"\n  cleartext = true\n  timeout = 600\n}}')

    def start(self):
        self.log = open(self.dir / "tocsind.log", "ab")
        self.proc = subprocess.Popen(
            [str(build_dir() / "tocsind"), "-c", str(self.conf)],
            stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True)

    def halt(self):
        if self.proc is None:
            return
        self.proc.terminate()
        try:
            self.proc.wait(60)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()

    def incidents(self):
        return self.count("SELECT count(*) FROM incident")

    def acknowledged(self):
        """Incidents with a promised mail to their reporter."""
        return self.count(PROMISED)

    def count(self, sql):
        try:
            db = sqlite3.connect(f"file:{self.dir}/state/tocsin.db?mode=ro",
                                 uri=True, timeout=1)
        except sqlite3.Error:
            return 0
        try:
            return db.execute(sql).fetchone()[0]
        except sqlite3.Error:
            return 0
        finally:
            db.close()

    def resident(self):
        """[(process, RSS, PSS in MiB)] of the desk and its children."""
        pids = [self.proc.pid]
        for p in Path("/proc").iterdir():
            if p.name.isdigit():
                try:
                    stat = (p / "stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(stat[1]) == self.proc.pid:
                    pids.append(int(p.name))
        return [(role(pid), size_of(pid, "Rss:"), size_of(pid, "Pss:"))
                for pid in pids]


def role(pid):
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return words[words.index("--role") + 1] if "--role" in words else "desk"


def size_of(pid, what):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0


def form_mails(n):
    t = now()
    return [annex1(f"staff{i % 500}@agency.example", "王小明",
                   t - timedelta(minutes=10), t, "utf-8",
                   message_id=f"<bench.{i}@agency.example>")
            for i in range(n)]


def silent_port():
    """Accepts connections and never says a word: couriers wait there."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(64)
    return s, s.getsockname()[1]


def mbsync(box, dovecot, ca, n):
    (box / "mail").mkdir(parents=True)
    # mbsync checks the name: the certificate is for localhost too.
    (box / "rc").write_text(f"""
IMAPAccount a
Host localhost
Port {dovecot.imaps}
User {INCIDENT}
Pass secret
SSLType IMAPS
CertificateFile {ca.cert}

IMAPStore far
Account a

MaildirStore near
Path {box}/mail/
Inbox {box}/mail/INBOX

Channel c
Far :far:
Near :near:
Patterns INBOX
Create Near
Sync Pull
SyncState *
""")
    t = time.monotonic()
    subprocess.run(["mbsync", "-q", "-c", str(box / "rc"), "c"], check=True)
    took = time.monotonic() - t
    got = sum(1 for sub in ("new", "cur")
              for _ in (box / "mail/INBOX" / sub).iterdir())
    assert got == n, got
    return took


def town(where):
    ca = TestCA(where / "ca")
    cert, key = ca.issue("server", "mail.test", "localhost")
    d = Dovecot(where / "dovecot", cert, key, tls_only=True)
    d.add_user(INCIDENT, "secret")
    return ca, d.start()


def fsync_seconds(where, times=200):
    took = []
    for i in range(times):
        with open(where / f"fsync{i}", "wb") as f:
            f.write(bytes(1024))
            f.flush()
            t = time.monotonic()
            os.fsync(f.fileno())
            took.append(time.monotonic() - t)
    return statistics.median(took)


def bench_drain(where, n, rows, with_memory):
    ca, dovecot = town(where)
    keep, port = silent_port()
    w = Silent(where / "tocsin", dovecot, ca, port)
    try:
        dovecot.append_many(INCIDENT, form_mails(n))
        with dovecot.client(INCIDENT) as c:     # Dovecot makes its index
            c.select("INBOX", readonly=True)
        peer = min(mbsync(where / f"mbsync{i}", dovecot, ca, n)
                   for i in range(2))
        t = time.monotonic()
        w.start()
        wait_for(lambda: w.incidents() >= n, 60 + n / 50, "not drained")
        took = time.monotonic() - t
        assert w.acknowledged() == n, w.acknowledged()
        rows.append(("drain", f"{n} mails into incidents", f"{n / took:.0f}/s",
                     f"mbsync {n / peer:.0f}/s", f"{peer / took:.2f} x, aim "
                     f"{DRAIN_AIM} x: {verdict(peer / took >= DRAIN_AIM)}"))
        rows.append(("fsync", f"of a new file in {where.parent.parent}",
                     f"{fsync_seconds(where) * 1e3:.2f} ms", "", ""))
        if with_memory:
            time.sleep(3)               # marks, and the last flush
            each = w.resident()
            rss, pss = (sum(e[i] for e in each) for i in (1, 2))
            rows.append(("memory", f"{len(each)} processes after {n} mails",
                         f"RSS {rss:.1f} MiB", f"PSS {pss:.1f} MiB",
                         f"{rss * 2**20 / MEMORY_AIM:.2f} x, aim < 64 MB of"
                         f" RSS: {verdict(rss * 2**20 < MEMORY_AIM)}"))
            rows.extend(("memory", f"  {r}", f"RSS {x:.1f} MiB",
                         f"PSS {y:.1f} MiB", "") for r, x, y in each)
    finally:
        w.halt()
        dovecot.stop()
        keep.close()


class Sink(socketserver.ThreadingTCPServer):
    """An SMTP sink that notes when it said 250 to a whole mail."""
    allow_reuse_address = True
    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 sink ESMTP\r\n")
            data, rcpt = False, ""
            for line in self.rfile:
                if data:
                    if line == b".\r\n":
                        data = False
                        self.wfile.write(b"250 2.0.0 taken\r\n")
                        self.server.taken.append((time.monotonic(), rcpt))
                    continue
                verb = line[:4].upper()
                if verb == b"RCPT":
                    rcpt = line.decode().split("<")[1].split(">")[0]
                if verb == b"DATA":
                    data = True
                    self.wfile.write(b"354 go\r\n")
                elif verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 ok\r\n")

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.taken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Idler:
    """An IDLE client that notes when the server says EXISTS."""

    def __init__(self, dovecot, ca):
        ctx = ssl.create_default_context(cafile=str(ca.cert))
        raw = socket.create_connection(("127.0.0.1", dovecot.imaps))
        self.s = ctx.wrap_socket(raw, server_hostname="mail.test")
        self.f = self.s.makefile("rwb")
        self.f.readline()
        for i, cmd in enumerate((f'LOGIN "{INCIDENT}" "secret"',
                                 "SELECT INBOX")):
            self.f.write(f"a{i} {cmd}\r\n".encode())
            self.f.flush()
            while not self.f.readline().startswith(f"a{i} ".encode()):
                pass
        self.f.write(b"a9 IDLE\r\n")
        self.f.flush()
        self.f.readline()
        self.exists = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.f:
            if line.rstrip().endswith(b"EXISTS"):
                self.exists.append(time.monotonic())


def bench_idle(where, rows, rounds=20):
    ca, dovecot = town(where)
    sink = Sink()
    w = Silent(where / "tocsin", dovecot, ca, sink.server_address[1])
    answer, notice = [], []
    try:
        dovecot.append(INCIDENT, form_mails(1)[0])
        w.start()
        wait_for(lambda: len(sink.taken) >= 3, 60, "no first answer")
        idler = Idler(dovecot, ca)
        mails = form_mails(rounds + 1)[1:]
        for i, raw in enumerate(mails):
            time.sleep(0.7)             # out of Dovecot's own gathering
            seen, sent = len(idler.exists), len(sink.taken)
            t = time.monotonic()
            dovecot.deliver(INCIDENT, raw)
            wait_for(lambda: len(idler.exists) > seen, 30, "no EXISTS")
            acks = wait_for(lambda: [x for x, r in sink.taken[sent:]
                                     if r.startswith("staff")], 30, "no ack")
            notice.append(idler.exists[seen] - t)
            answer.append(acks[0] - idler.exists[seen])
    finally:
        w.halt()
        dovecot.stop()
        sink.shutdown()
    rows.append(("idle", "EXISTS to accepted acknowledgment",
                 f"median {1000 * statistics.median(answer):.0f} ms",
                 f"Dovecot's notice {1000 * statistics.median(notice):.0f} ms",
                 "aim < 50 ms"))


def ran(pid):
    """Seconds the process was on a processor."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def idle_turn(w, turns=2000):
    """(seconds a turn of the desk takes that finds nothing due, its RSS):
    the signal of a child that did not end makes it look once."""
    log = open(w.dir / "live.log", "wb")
    proc = subprocess.Popen([str(build_dir() / "tocsind"), "-c", str(w.conf)],
                            stderr=log, stdin=subprocess.DEVNULL, env=w.env())
    try:
        wait_for(lambda: b"started" in (w.dir / "live.log").read_bytes(), 60)
        time.sleep(2)                   # its children too
        before = ran(proc.pid)
        for _ in range(turns):
            proc.send_signal(signal.SIGCHLD)
            time.sleep(0.001)
        used = (ran(proc.pid) - before) / turns
        rss = next(int(line.split()[1]) for line in
                   Path(f"/proc/{proc.pid}/status").read_text().splitlines()
                   if line.startswith("VmRSS:"))
        return used, rss / 1024
    finally:
        proc.terminate()
        proc.wait(60)


def bench_deadlines(where, rows):
    few, many, got = 200, 200000, {}
    for n in (few, many):
        w, t = crowd(where / f"crowd{n}", n)
        try:
            got[n] = idle_turn(w)
        finally:
            w.stop()
    rows.append(("deadlines", f"an idle turn with {5 * many} open",
                 f"{1e6 * got[many][0]:.0f} us", f"{5 * few} open: "
                 f"{1e6 * got[few][0]:.0f} us",
                 f"{got[many][0] / got[few][0]:.2f} x, aim 1"))
    rows.append(("deadlines", f"the desk with {5 * many} open",
                 f"RSS {got[many][1]:.0f} MiB", f"{5 * few} open: "
                 f"{got[few][1]:.0f} MiB",
                 f"{got[many][1] / got[few][1]:.2f} x"))


def bench_reader(rows, long_run):
    exe = build_dir() / "tests/bench/bench_reader"
    if not exe.exists():
        rows.append(("reader", "not built (needs libgmime-3.0-dev)", "", "",
                     ""))
        return
    for args in [], ["flat", str(long_run)]:
        out = subprocess.run([str(exe), *args], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        for line in out.splitlines():
            rows.append(("reader", *line.split("\t")))


def main():
    ap = argparse.ArgumentParser(prog="make bench")
    ap.add_argument("--mails", type=int, default=10000)
    ap.add_argument("--more", type=int, default=0,
                    help="drain and memory once more with so many mails")
    ap.add_argument("--long-run", type=int, default=1000000,
                    help="mails of all kinds that the reader reads in a row")
    ap.add_argument("--only", action="append", default=[])
    args = ap.parse_args()

    def wanted(name):
        return not args.only or name in args.only
    rows = []
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as tmp:
        tmp = Path(tmp)
        os.chmod(tmp, 0o755)
        if wanted("reader"):
            bench_reader(rows, args.long_run)
        if wanted("drain") or wanted("memory"):
            bench_drain(tmp / "drain", args.mails, rows, True)
            if args.more:
                bench_drain(tmp / "more", args.more, rows, True)
        if wanted("idle"):
            bench_idle(tmp / "idle", rows)
        if wanted("courier"):
            bench_courier(tmp, rows)
        if wanted("deadlines"):
            bench_deadlines(tmp, rows)
    rows.insert(0, ("what", "measured", "Tocsin", "beside", "ratio"))
    width = [max(len(str(r[i])) for r in rows) for i in range(5)]
    for r in rows:
        print("  ".join(str(c).ljust(width[i]) for i, c in enumerate(r)))


main()
