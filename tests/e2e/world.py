"""A small town for Tocsin: an agency, its people, NCERT and the city.

MaildirWorld needs nothing but the two programs: the incident mailbox is a
Maildir and what is sent is delivered into Maildirs.  ServerWorld has a
Dovecot, a Postfix and an HTTPS receiver with certificates of a test CA.
"""

import email
import email.policy
import json
import mailbox
import os
import re
import shutil
import sqlite3
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import postfix
from receiver import Receiver
from servers import Dovecot, TestCA, wait_for

TAIPEI = timezone(timedelta(hours=8))
AGENCY = "agency.example"
INCIDENT = f"incident@{AGENCY}"
PEOPLE = {
    "staff": f"ming.wang@{AGENCY}",
    "team": f"csteam@{AGENCY}",
    "ethics": f"ethics@{AGENCY}",
    "secretary": f"secretary@{AGENCY}",
    "ciso": f"ciso@{AGENCY}",
    "operator": f"operator@{AGENCY}",
    "ncert": "report@ncert.example",
    "city_it": "it@city.example",
}
LABELS = {
    "team": ("資安小組", "Security team"), "ethics": ("政風室", "Ethics office"),
    "secretary": ("資安小組幹事", "Team secretary"),
    "ciso": ("資訊安全長", "CISO"), "operator": ("系統管理者", "Operator"),
    "ncert": ("國家資通安全應變中心", "NCERT"),
    "city_it": ("臺北市政府資訊局", "City IT"),
}


def source_dir():
    return Path(__file__).resolve().parents[2]


def own_policies(where, *edits, file="taipei-2007.policy"):
    """A copy of the policies to edit; each (old, new) is changed in one."""
    shutil.copytree(source_dir() / "policies", where)
    text = (where / file).read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    (where / file).write_text(text)
    return f'policy-dir = "{where}"\n'


def own_plan(where):
    """Copies of policies, forms and templates, with the keys that name them."""
    for kind, src in (("policies", "policies"), ("forms", "parsers/forms"),
                      ("templates", "templates")):
        shutil.copytree(source_dir() / src, where / kind,
                        ignore=shutil.ignore_patterns("*.[cho]"))
    return "".join(f'{k}-dir = "{where}/{d}"\n' for k, d in (
        ("policy", "policies"), ("form", "forms"), ("template", "templates")))


def build_dir():
    """Where tocsin and tocsind are: $TOCSIN_BUILD, else the source tree."""
    return Path(os.environ.get("TOCSIN_BUILD", source_dir()))


class World:
    def __init__(self, where):
        self.dir = Path(where).resolve()
        self.dir.mkdir(parents=True, exist_ok=True)
        self.conf = self.dir / "tocsin.conf"
        self.receiver = None
        self.expiry_days = 0
        self.extra = ""         # more lines for the top of tocsin.conf
        self.vars = {}          # environment of what is run

    # -- configuration --

    def write_conf(self):
        lines = [
            f'address = "{INCIDENT}"', 'address-name = "資安通報"',
            'agency = "臺北市政府秘書處"', 'agency-en = "Secretariat"',
            'phone = "02-5550-0100"', f'domain = "incident.{AGENCY}"',
            f'own-domains = {{"{AGENCY}"}}',
            f'state-dir = "{self.dir}/state"', 'couriers = 2', self.extra,
            f'expiry-days = {self.expiry_days}',    # the test CA's end soon
        ]
        if os.geteuid() == 0:   # the tests' own files are root's
            lines += [f'user-{r} = "root"'
                      for r in ("desk", "intake", "courier")]
        lines += [self.mailbox_conf(), self.relay_conf()]
        for role, (zh, en) in LABELS.items():
            lines += [f'role "{role}" {{', f'  label = "{zh}"',
                      f'  label-en = "{en}"',
                      f'  mail = {{"{PEOPLE[role]}"}}',
                      self.http_conf(role), "}"]
        self.conf.write_text("\n".join(lines) + "\n")

    def http_conf(self, role):
        return ""

    # -- running --

    def env(self, **more):
        return {**os.environ, "TOCSIN_CONF": str(self.conf), **self.vars,
                **more}

    def run(self, at=None, check=True, env=None):
        """tocsind --once, as if it were the time at."""
        args = [str(build_dir() / "tocsind"), "-c", str(self.conf), "--once"]
        if at is not None:
            args += ["--at", at.isoformat(timespec="seconds")]
        p = subprocess.run(args, env=self.env(**(env or {})), timeout=180,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, start_new_session=True)
        with open(self.dir / "tocsind.log", "ab") as log:
            log.write(p.stderr)
        assert not check or p.returncode == 0, (p.returncode,
                                                p.stderr.decode()[-4000:])
        assert b"Sanitizer" not in p.stderr, p.stderr.decode()[-6000:]
        return p

    def tocsin(self, *args, check=True, stdin=None):
        p = subprocess.run([str(build_dir() / "tocsin"), "-c", str(self.conf),
                            *args], env=self.env(), timeout=120,
                           input=stdin, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        assert not check or p.returncode == 0, p.stderr.decode()
        return p.stdout.decode()

    def json(self, *args):
        """A list of what the command says with --json."""
        out = self.tocsin(*args, "--json").strip()
        try:
            got = json.loads(out) if out else []
        except json.JSONDecodeError:
            got = [json.loads(line) for line in out.splitlines()]
        return got if isinstance(got, list) else [got]

    def rows(self, sql, *args):
        """What the store says, past the program."""
        db = sqlite3.connect(f"file:{self.dir}/state/tocsin.db?mode=ro",
                             uri=True, timeout=20)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def settle(self):
        """Until what was sent lies in the mailboxes."""

    def stop(self):
        if self.receiver is not None:
            self.receiver.stop()


def parsed(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def maildir_mails(where):
    """The mails of a Maildir that may be in use, oldest first."""
    found = []
    for sub in ("new", "cur"):
        if not (where / sub).is_dir():
            continue
        for f in (where / sub).iterdir():
            try:
                found.append((f.stat().st_mtime_ns, f.name, f.read_bytes()))
            except FileNotFoundError:
                pass            # renamed meanwhile: it is there next time
    return [parsed(raw) for _, _, raw in sorted(found)]


def body_of(msg):
    part = msg.get_body(("plain",))
    return part.get_content() if part is not None else ""


class MaildirWorld(World):
    def __init__(self, where):
        super().__init__(where)
        self.inbox = self.dir / "inbox"
        self.out = self.dir / "delivered"
        mailbox.Maildir(str(self.inbox))
        self.out.mkdir(exist_ok=True)
        self.receiver = Receiver().start()
        self.count = 0
        self.write_conf()

    def mailbox_conf(self):
        return (f'mailbox "inbox" {{\n  kind = maildir\n'
                f'  path = "{self.inbox}"\n}}')

    def relay_conf(self):
        return f'relay "maildirs" {{\n  maildir = "{self.out}"\n}}'

    def http_conf(self, role):
        if role not in ("ncert", "city_it"):
            return ""
        return (f'  http {{\n    url = "http://127.0.0.1:{self.receiver.port}'
                f'/{role}"\n    cleartext = true\n'
                '    number-pointer = "/number"\n  }')

    def deliver(self, raw, at=None):
        """A mail arrives in the incident mailbox."""
        self.count += 1
        name = f"{1000000000 + self.count}.M{self.count}.town"
        tmp = self.inbox / "tmp" / name
        tmp.write_bytes(raw)
        if at is not None:
            os.utime(tmp, (at.timestamp(), at.timestamp()))
        os.rename(tmp, self.inbox / "new" / name)

    def become(self, desk, intake, courier):
        """Users of their own, who must not need to enter the source tree: it
        may lie where only root comes to."""
        users = {"desk": desk, "intake": intake, "courier": courier}
        text = self.conf.read_text()
        for role, user in users.items():
            text = re.sub(f'user-{role} = "[^"]*"',
                          f'user-{role} = "{user}"', text)
        self.conf.write_text(text)
        data = self.dir / "data"
        for part in ("policies", "templates", "parsers/forms"):
            shutil.copytree(source_dir() / part, data / Path(part).name)
        self.vars["TOCSIN_DATADIR"] = str(data)
        for path, user in ((self.inbox, intake), (self.out, courier)):
            for top, _, files in os.walk(path):
                for name in [".", *files]:
                    shutil.chown(os.path.join(top, name), user)
        for d in [self.dir, *self.dir.parents]:
            if not d.stat().st_mode & 0o001:
                d.chmod(d.stat().st_mode | 0o011)

    def box(self, addr):
        """The mails that lie in this address' mailbox, oldest first."""
        return maildir_mails(self.out / addr)

    def where(self):
        return {"incident mailbox": self.inbox, "delivered mails": self.out,
                "store": self.dir / "state" / "tocsin.db",
                "configuration": self.conf}


class ServerWorld(World):
    def __init__(self, where, tls=True):
        super().__init__(where)
        assert postfix.available(), "Postfix needs root and to be installed"
        self.ca = TestCA(self.dir / "ca")
        cert, key = self.ca.issue("server", "mail.test")
        self.dovecot = Dovecot(self.dir / "dovecot", cert, key, tls_only=tls)
        for addr in [INCIDENT, *PEOPLE.values()]:
            self.dovecot.add_user(addr, "secret of " + addr)
        self.dovecot.start()
        self.postfix = postfix.Postfix(
            self.dir / "postfix", cert, key, self.dovecot.lmtp,
            [AGENCY, "ncert.example", "city.example"],
            tls="encrypt" if tls else "may").start()
        hcert, hkey = self.ca.issue("gateway", "gateway.test")
        self.receiver = Receiver(hcert, hkey).start()
        self.secret("imap.password", "secret of " + INCIDENT)
        self.secret("http.token", "bearer-of-the-agency")
        self.write_conf()

    def secret(self, name, text):
        f = self.dir / name
        f.write_text(text + "\n")
        f.chmod(0o600)

    def mailbox_conf(self):
        p = self.dovecot.imaps
        return (f'mailbox "incident" {{\n  url = "imaps://mail.test:{p}"\n'
                f'  user = "{INCIDENT}"\n'
                f'  password-file = "{self.dir}/imap.password"\n'
                f'  ca-file = "{self.ca.cert}"\n'
                f'  resolve = "mail.test:{p}:127.0.0.1"\n}}')

    def relay_conf(self):
        p = self.postfix.port
        return (f'relay "main" {{\n  url = "smtp://mail.test:{p}"\n'
                f'  ca-file = "{self.ca.cert}"\n'
                f'  resolve = "mail.test:{p}:127.0.0.1"\n}}')

    def http_conf(self, role):
        if role not in ("ncert", "city_it"):
            return ""
        p = self.receiver.port
        return (f'  http {{\n    url = "https://gateway.test:{p}/{role}"\n'
                f'    ca-file = "{self.ca.cert}"\n'
                f'    resolve = "gateway.test:{p}:127.0.0.1"\n'
                f'    token-file = "{self.dir}/http.token"\n'
                '    number-pointer = "/number"\n  }')

    def deliver(self, raw, at=None):
        import smtplib
        import ssl
        ctx = ssl.create_default_context(cafile=str(self.ca.cert))
        ctx.check_hostname = False
        msg = parsed(raw)
        sender = (msg["Return-Path"] or msg["From"] or "").strip()
        sender = email.utils.parseaddr(sender)[1]
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as s:
            s.starttls(context=ctx)
            s.sendmail(sender, [INCIDENT], raw)
        self.settle()

    def settle(self):
        wait_for(self.postfix.queue_is_empty, 30, "postfix keeps mail")

    def box(self, addr):
        self.settle()
        return maildir_mails(self.dovecot.maildir(addr))

    def where(self):
        return {"incident mailbox": self.dovecot.maildir(INCIDENT),
                "mailboxes": self.dovecot.dir / "mail",
                "store": self.dir / "state" / "tocsin.db",
                "configuration": self.conf}

    def stop(self):
        self.postfix.stop()
        self.dovecot.stop()
        super().stop()


def now():
    return datetime.fromtimestamp(int(time.time()), TAIPEI)
