"""A storm over a town: what a soak of seeds drives (test_chaos.py).

Between tocsind and each server stands a proxy that spoils connections; its
processes are killed, stopped and hung up on; another mail program expunges,
moves, copies and unflags; mails of every kind come in meanwhile.  Then it is
quiet, and every promise is checked.
"""

import collections
import hashlib
import imaplib
import os
import random
import signal
import subprocess
import threading
import time
from datetime import timedelta

from proxy import DOWN, UP, Proxy
from servers import give, wait_for
from story import TEAM_REPLY, annex1, answer, bounce_of, raw_mail
from world import (AGENCY, INCIDENT, PEOPLE, ServerWorld, build_dir,
                   maildir_mails, now)

DUTY = f"duty@{AGENCY}"
QUIET = 60                      # seconds until all must have come to rest
SMTP_WORDS = [(UP, b"\r\n.\r\n"), (DOWN, b"354 "), (DOWN, b"220 2.0.0 Ready"),
              (UP, b"RCPT TO"), (UP, b"MAIL FROM")]
IMAP_WORDS = [(DOWN, b"BODY[]"), (DOWN, b"Subject:"), (UP, b"STORE"),
              (UP, b"MOVE"), (UP, b"DONE"), (DOWN, b"+ idling")]


class ChaosWorld(ServerWorld):
    def __init__(self, where, seed, tls):
        self.tls = tls
        self.proxies = {}
        self.seed = seed
        super().__init__(where, tls)
        self.dovecot.add_user(DUTY, "secret of " + DUTY)
        self.secret("duty.password", "secret of " + DUTY)

    def proxied(self, name, target, words=()):
        if name not in self.proxies:
            self.proxies[name] = Proxy(target, f"{self.seed} {name}",
                                       () if self.tls else words)
        return self.proxies[name].port

    def where_to(self, host, port):
        if not self.tls:
            return "  cleartext = true\n"
        return (f'  ca-file = "{self.ca.cert}"\n'
                f'  resolve = "{host}:{port}:127.0.0.1"\n')

    def one_mailbox(self, name, user, secret, port, more):
        host = "mail.test" if self.tls else "127.0.0.1"
        scheme = "imaps" if self.tls else "imap"
        return (f'mailbox "{name}" {{\n  url = "{scheme}://{host}:{port}"\n'
                f'  user = "{user}"\n  timeout = 3\n  poll = 1\n'
                f'  password-file = "{self.dir}/{secret}"\n{more}'
                + self.where_to("mail.test", port) + "}\n")

    def mailbox_conf(self):
        d = self.dovecot
        imap = d.imaps if self.tls else d.imap
        p = self.proxied("imap", imap, IMAP_WORDS)
        q = self.proxied("duty", imap, IMAP_WORDS)
        with_refusal = self.proxied("broken", imap)
        self.proxies["broken"].refuse = True
        return (self.one_mailbox("incident", INCIDENT, "imap.password", p, "")
                + self.one_mailbox(
                    "duty", DUTY, "duty.password", q, '  folder = "Reports"\n'
                    '  after = move\n  move-to = "Tocsin"\n')
                + self.one_mailbox("broken", INCIDENT, "imap.password",
                                   with_refusal, ""))

    def relay_conf(self):
        p = self.proxied("smtp", self.postfix.port, SMTP_WORDS)
        host = "mail.test" if self.tls else "127.0.0.1"
        return (f'relay "main" {{\n  url = "smtp://{host}:{p}"\n'
                "  timeout = 3\n" + self.where_to("mail.test", p) + "}")

    def http_conf(self, role):
        if role not in ("ncert", "city_it"):
            return ""
        p = self.proxied("http", self.receiver.port)
        return (f'  http {{\n    url = "https://gateway.test:{p}/{role}"\n'
                f'    ca-file = "{self.ca.cert}"\n    timeout = 3\n'
                f'    resolve = "gateway.test:{p}:127.0.0.1"\n'
                f'    token-file = "{self.dir}/http.token"\n'
                '    number-pointer = "/number"\n  }')

    # -- the mailboxes --

    def folder(self, box):
        return self.dovecot.maildir(INCIDENT) if box == "incident" else \
            self.dovecot.maildir(DUTY) / ".Reports"

    def lay(self, box, raw, name):
        """A mail arrives, whatever others do there."""
        d = self.folder(box)
        f = d / "tmp" / name
        f.write_bytes(raw.replace(b"\r\n", b"\n"))
        os.chown(f, self.dovecot.uid, self.dovecot.gid)
        os.rename(f, d / "new" / name)

    def client_of(self, user):
        if not self.tls:
            c = imaplib.IMAP4("127.0.0.1", self.dovecot.imap, timeout=20)
        else:
            import ssl
            ctx = ssl.create_default_context(cafile=str(self.ca.cert))
            ctx.check_hostname = False
            c = imaplib.IMAP4_SSL("127.0.0.1", self.dovecot.imaps,
                                  ssl_context=ctx, timeout=20)
        c.login(user, self.dovecot.users[user])
        return c

    def stop(self):
        for p in self.proxies.values():
            p.stop()
        super().stop()


class Supervisor:
    """Starts tocsind again when it ends, as systemd would."""

    def __init__(self, world):
        self.w = world
        self.log = open(world.dir / "live.log", "ab")
        self.ends = collections.Counter()
        self.proc = None
        self.over = False
        self.start()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def start(self):
        self.proc = subprocess.Popen(
            [str(build_dir() / "tocsind"), "-c", str(self.w.conf)],
            stdin=subprocess.DEVNULL, stderr=self.log, env=self.w.env(),
            start_new_session=True)

    def run(self):
        while not self.over:
            rc = self.proc.poll()
            if rc is None:
                time.sleep(0.02)
                continue
            self.ends[rc] += 1
            if not self.over:
                self.start()

    def children(self):
        out = subprocess.run(["ps", "-o", "pid=,stat=,args=", "--ppid",
                              str(self.proc.pid)], stdout=subprocess.PIPE,
                             text=True, check=False).stdout
        return [line.split(None, 2) for line in out.splitlines()]

    def stop(self, sig=signal.SIGTERM, seconds=60):
        self.over = True
        self.thread.join()
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGCONT)
            self.proc.send_signal(sig)
        try:
            return self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            raise AssertionError("it does not end") from None


class Storm:
    def __init__(self, world, seed, seconds):
        self.w = world
        self.seed = seed
        self.rnd = random.Random(seed)
        self.seconds = seconds
        self.arrived = collections.Counter()    # (box, sha256) -> copies
        self.raw = {}                           # sha256 -> bytes
        self.kind = {}                          # Message-ID -> kind
        self.replied = {}                       # tracking -> Message-ID
        self.done = collections.Counter()       # what the storm did
        self.unflagged = set()
        self.lock = threading.RLock()
        self.over = threading.Event()
        self.errors = []
        self.boss = None

    # -- mails --

    def put(self, box, raw):
        with self.lock:
            sha = hashlib.sha256(raw).hexdigest()
            self.raw[sha] = raw
            self.arrived[box, sha] += 1
            n = sum(self.arrived.values())
            self.w.lay(box, raw, f"{1700000000 + n}.M{n}.chaos")

    def mail(self, i):
        t = now()
        who = f"s{i}@{AGENCY}"
        ident = f"<chaos.{self.seed}.{i}@{AGENCY}>"
        kind = self.rnd.choice(("report", "report", "big5", "twin", "ooo",
                                "bounce", "large", "boundary"))
        self.kind[ident] = kind
        charset = "big5" if kind == "big5" else "utf-8"
        raw = annex1(who, "王小明", t - timedelta(minutes=5), t, charset,
                     message_id=ident)
        raw = raw.replace("個人電腦".encode(charset),
                          f"第{i}號電腦".encode(charset))
        if kind == "ooo":
            raw = raw_mail(who, "王小明", "自動回覆", "休假中\n", t,
                           message_id=ident,
                           headers=("Auto-Submitted: auto-replied",))
        elif kind == "bounce":
            raw = bounce_of(f"<x.{i}@elsewhere.example>", t)
            raw = raw.replace(b"<bounce.", f"<{self.seed}.{i}.b.".encode())
            del self.kind[ident]
        elif kind == "boundary":
            raw = raw.replace(b"text/plain; charset=utf-8",
                              b'multipart/mixed; boundary="\\""')
        elif kind == "large":
            head, body = raw.split(b"\r\n\r\n", 1)
            head = head.replace(b"Content-Type: text/plain; charset=utf-8",
                                b"Content-Type: multipart/mixed; boundary=bb")
            head = head.replace(b"Content-Transfer-Encoding: 8bit",
                                b"X-Large: yes")
            line = b"QUJD" * 19 + b"\r\n"
            raw = (head + b"\r\n\r\n--bb\r\nContent-Type: text/plain; "
                   b"charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                   + body + b"\r\n--bb\r\nContent-Type: application/zip\r\n"
                   b"Content-Transfer-Encoding: base64\r\n\r\n"
                   + line * (5000000 // len(line)) + b"--bb--\r\n")
        return kind, raw

    def deliver(self):
        i = 0
        while not self.over.is_set():
            kind, raw = self.mail(i)
            i += 1
            box = self.rnd.choice(("incident", "incident", "duty"))
            self.put(box, raw)
            if kind == "twin":
                self.put(self.rnd.choice(("incident", "duty")), raw)
            self.over.wait(self.rnd.random() * 0.6)

    def reply(self):
        """The team answers what it has been told."""
        rnd = random.Random(f"{self.seed} team")
        while not self.over.wait(0.3):
            for m in maildir_mails(self.w.dovecot.maildir(PEOPLE["team"])):
                n = m["X-Tocsin-Tracking"]
                if not n or n in self.replied or "評估" not in m["Subject"]:
                    continue
                ident = f"<team.{self.seed}.{n}@{AGENCY}>"
                self.replied[n] = ident
                if rnd.random() < 0.4:
                    self.replied[n] = None
                    continue
                raw = answer(m, PEOPLE["team"], "許建國", TEAM_REPLY, now(),
                             message_id=ident)
                for _ in range(rnd.choice((1, 1, 2))):
                    self.put(rnd.choice(("incident", "duty")), raw)

    # -- those who mean no harm --

    def stored(self):
        return {sha for (sha,) in self.w.rows("SELECT sha256 FROM spool")}

    def meddle(self):
        rnd = random.Random(f"{self.seed} meddler")
        while not self.over.wait(rnd.random()):
            with self.lock:
                self.meddle_once(rnd)

    def meddle_once(self, rnd):
        what = rnd.choice(("expunge", "copy", "unflag", "move", "anew",
                           "validity", "flag"))
        if what == "validity":
            if rnd.random() < 0.3:
                self.new_validity()
            return
        try:
            if what == "anew":
                self.folder_anew()
                return
            c = self.w.client_of(INCIDENT)
            try:
                self.touch_one(c, what, rnd)
            finally:
                c.logout()
        except (imaplib.IMAP4.error, OSError) as e:
            self.done[f"meddler: {e}"[:60]] += 1

    def touch_one(self, c, what, rnd):
        c.create("Other")
        c.select("INBOX")
        uids = c.uid("SEARCH", "ALL")[1][0].split()
        if not uids:
            return
        uid = rnd.choice(uids)
        got = c.uid("FETCH", uid, "(BODY.PEEK[])")[1]
        # beside it or alone: a flag that somebody else set just now
        raw = next((g[1] for g in got if isinstance(g, tuple)), None)
        if raw is None:
            return
        sha = hashlib.sha256(raw).hexdigest()
        if what in ("expunge", "move") and sha not in self.stored():
            return
        self.done[what] += 1
        if what == "copy":
            if c.uid("COPY", uid, "INBOX")[0] == "OK":
                self.arrived["incident", sha] += 1
        elif what == "move":
            c.uid("MOVE", uid, "Other")
        elif what == "flag":
            c.uid("STORE", uid, "+FLAGS", r"(\Flagged)")
        else:
            self.unflagged.add(sha)
            c.uid("STORE", uid, *(("-FLAGS", r"(\Seen)") if what == "unflag"
                                  else ("+FLAGS", r"(\Deleted)")))
            if what == "expunge":
                c.uid("EXPUNGE", uid)

    def folder_anew(self):
        """The folder is deleted with all that is stored, and made anew."""
        d = self.w.folder("duty")
        mine = {sha for (box, sha) in self.arrived if box == "duty"}
        if mine - self.stored():
            return
        c = self.w.client_of(DUTY)
        c.delete("Reports")
        wait_for(lambda: not d.exists() or c.create("Reports"), 30)
        c.create("Reports")
        c.logout()
        for sub in ("tmp", "new", "cur"):
            assert (d / sub).is_dir()
        self.done["anew"] += 1

    def new_validity(self):
        d = self.w.folder("incident")
        for f in list(d.iterdir()):
            if f.name == "dovecot-uidlist" or \
                    f.name.startswith("dovecot.index"):
                f.unlink(missing_ok=True)
        self.done["validity"] += 1

    # -- those who do --

    def signal(self, pid, sig):
        try:
            os.kill(int(pid), sig)
        except ProcessLookupError:
            pass

    def kill(self):
        rnd = random.Random(f"{self.seed} killer")
        self.over.wait(1)
        while not self.over.wait(rnd.random() * 0.8):
            what = rnd.choice(("child", "child", "child", "pause", "pause",
                               "desk", "hup", "term", "pause desk"))
            pid = self.boss.proc.pid
            there = self.boss.children()
            self.done[what] += 1
            if what == "desk":
                self.signal(pid, signal.SIGKILL)
            elif what == "term":
                self.signal(pid, signal.SIGTERM)
                if rnd.random() < 0.5:
                    self.signal(pid, signal.SIGHUP)
            elif what == "hup":
                for _ in range(rnd.choice((1, 3, 30))):
                    self.signal(pid, signal.SIGHUP)
            elif what == "pause desk":
                self.signal(pid, signal.SIGSTOP)
                time.sleep(rnd.random())
                self.signal(pid, signal.SIGCONT)
            elif there and what == "child":
                child = rnd.choice(there)
                if "reader" in child[2]:
                    self.done["reader"] += 1
                self.signal(child[0], signal.SIGKILL)
            elif there:
                child = rnd.choice(there)[0]
                self.signal(child, signal.SIGSTOP)
                time.sleep(rnd.random() * 1.5)
                self.signal(child, signal.SIGCONT)

    def guarded(self, f):
        def run():
            try:
                f()
            except Exception:                   # told by the test
                import traceback
                self.errors.append(traceback.format_exc())
        return threading.Thread(target=run, daemon=True)

    def rage(self):
        for user, box in ((INCIDENT, "INBOX"), (DUTY, "Reports")):
            c = self.w.client_of(user)
            c.create(box)
            c.create("Tocsin")
            c.logout()
        for sub in ("tmp", "new", "cur"):
            (self.w.folder("incident") / sub).mkdir(parents=True,
                                                    exist_ok=True)
        give(self.w.dovecot.dir / "mail", self.w.dovecot.uid,
             self.w.dovecot.gid)
        self.boss = Supervisor(self.w)
        wait_for(lambda: (self.w.dir / "state" / "tocsin.db").exists() and
                 "started" in (self.w.dir / "live.log").read_text(), 20)
        threads = [self.guarded(f) for f in (self.deliver, self.reply,
                                             self.meddle, self.kill)]
        for t in threads:
            t.start()
        time.sleep(self.seconds)
        self.over.set()
        for t in threads:
            t.join(60)
        for name, p in self.w.proxies.items():
            if name != "broken":
                p.calm()
        assert self.errors == [], "".join(self.errors)

    # -- afterwards --

    def hurry(self):
        """What waits for its next try is tried now, as by an operator."""
        ids = [str(i) for (i,) in self.w.rows(
            "SELECT id FROM outbox WHERE state = 'waiting'")]
        for at in range(0, len(ids), 100):
            self.w.tocsin("queue", "retry", *ids[at:at + 100], check=False)
        return ids

    def at_rest(self):
        missing = set(sha for _, sha in self.arrived) - self.stored()
        new, = self.w.rows("SELECT count(*) FROM spool WHERE "
                           "disposition = 'new'")[0]
        open_, = self.w.rows("SELECT count(*) FROM outbox WHERE state IN "
                             "('waiting', 'in_hand')")[0]
        left = self.not_marked()
        self.state = f"missing={len(missing)} new={new} open={open_} " \
            f"unmarked={len(left)}"
        return not missing and not new and not open_ and not left

    def not_marked(self):
        """Mails that lie as no mail may lie when all is done."""
        left = []
        for f in list((self.w.folder("incident") / "new").iterdir()) + \
                list((self.w.folder("incident") / "cur").iterdir()):
            try:
                raw = f.read_bytes().replace(b"\n", b"\r\n")
            except FileNotFoundError:
                return ["renamed meanwhile"]
            sha = hashlib.sha256(raw).hexdigest()
            if sha not in self.unflagged and \
                    "S" not in f.name.partition(":2,")[2]:
                left.append(("incident", f.name))
        d = self.w.folder("duty")
        left += [("duty", f.name) for sub in ("new", "cur")
                 for f in (d / sub).iterdir()]
        return left

    def settle(self):
        end = time.monotonic() + QUIET
        while not self.at_rest():
            if time.monotonic() > end:
                raise AssertionError(f"no rest: {self.state}; "
                                     f"{self.not_marked()[:5]}")
            self.hurry()
            time.sleep(0.5)
        self.w.settle()
