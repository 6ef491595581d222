"""Real servers for the tests: each private, on loopback, on free ports.

A server runs as the one who runs the tests, or as nobody when that is root,
in a directory of its own.  start() returns when the server answers; nothing
here sleeps for luck, and stop() ends only what start() began.
"""

import itertools
import os
import pwd
import random
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path


def candidates():
    """Ports that the kernel gives to nobody who asks for any, and no other
    process of these tests: what is free now is free when its server starts."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 16
    first = random.randrange(1200)
    for i in itertools.count():
        yield 10000 + worker * 1200 + (first + i) % 1200


PORTS = candidates()


def free_port():
    """A port nobody listens on."""
    for port in PORTS:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def free_ports(n):
    return [free_port() for _ in range(n)]


def wait_for(what, seconds=20.0, text="it did not happen"):
    """Ask what() until it is true; its answer, or AssertionError."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(text)
        time.sleep(0.02)


def listens(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def unprivileged():
    """(user name, uid, gid) that servers run as."""
    p = pwd.getpwnam("nobody") if os.geteuid() == 0 else \
        pwd.getpwuid(os.geteuid())
    return p.pw_name, p.pw_uid, p.pw_gid


def give(path, uid, gid):
    """Hand a tree over to the server's user (root only)."""
    if os.geteuid() != 0:
        return
    os.chown(path, uid, gid)
    for top, dirs, files in os.walk(path):
        for name in dirs + files:
            os.lchown(os.path.join(top, name), uid, gid)


class TestCA:
    """A certificate authority of one afternoon (certtool)."""

    __test__ = False    # pytest: this is no test

    def __init__(self, where):
        self.dir = Path(where)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.key = self.dir / "ca.key"
        self.cert = self.dir / "ca.pem"
        self._certtool("--generate-privkey", "--ecc", "--outfile", self.key)
        self._template("ca", "cn = Test CA", "ca", "cert_signing_key")
        self._certtool("--generate-self-signed", "--load-privkey", self.key,
                       "--template", self.dir / "ca.tmpl",
                       "--outfile", self.cert)

    def _certtool(self, *args):
        subprocess.run(["certtool", "--no-text", *map(str, args)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _template(self, name, *lines):
        (self.dir / f"{name}.tmpl").write_text(
            "\n".join(lines) + "\nexpiration_days = 2\n")

    def issue(self, name, *hosts, self_signed=False, expired=False):
        """(certificate file, key file) for these host names."""
        key, cert = self.dir / f"{name}.key", self.dir / f"{name}.pem"
        lines = [f"cn = {hosts[0]}", "signing_key", "tls_www_server",
                 *(f"dns_name = {h}" for h in hosts)]
        if expired:
            lines += ['activation_date = "2020-01-01 00:00:00"',
                      'expiration_date = "2020-02-01 00:00:00"']
        self._template(name, *lines)
        if expired:     # expiration_days would win
            t = self.dir / f"{name}.tmpl"
            t.write_text(t.read_text().replace("expiration_days = 2\n", ""))
        self._certtool("--generate-privkey", "--ecc", "--outfile", key)
        how = ["--generate-self-signed"] if self_signed else [
            "--generate-certificate", "--load-ca-certificate", self.cert,
            "--load-ca-privkey", self.key]
        self._certtool(*how, "--load-privkey", key, "--template",
                       self.dir / f"{name}.tmpl", "--outfile", cert)
        return cert, key


DOVECOT_CONF = """\
base_dir = {run}
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = {location}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = {tls_only}
auth_mechanisms = plain login {mechanisms}
auth_verbose = yes
auth_failure_delay = 0
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/users
}}
{oauth2}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
}}
protocol lmtp {{
  postmaster_address = postmaster@localhost
  auth_username_format = %u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
{extra}
"""

OAUTH2_CONF = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
"""


class Dovecot:
    """A Dovecot of our own: IMAP, imaps and LMTP.

    cert, key: PEM files.  tls_only: refuse LOGIN in clear text.
    location: as mail_location.  jwt_key: HS256 secret; then XOAUTH2 with a
    token signed by it is accepted (see token()).
    """

    def __init__(self, where, cert, key, tls_only=False, location=None,
                 jwt_key=None, extra=""):
        self.dir = Path(where)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.user, self.uid, self.gid = unprivileged()
        self.imap, self.imaps, self.lmtp = free_ports(3)
        self.jwt_key = jwt_key
        self.proc = None
        self.users = {}
        group = subprocess.run(["id", "-gn", self.user], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.strip()
        # The name of a socket has 107 bytes at most, and a test's directory
        # may be deep: not below self.dir.
        self.run = tempfile.TemporaryDirectory(prefix="dovecot-")
        (self.dir / "mail").mkdir(exist_ok=True)
        for src, to in ((cert, "cert.pem"), (key, "key.pem")):
            shutil.copy(src, self.dir / to)
        (self.dir / "users").write_text("")
        if jwt_key:
            self._oauth2()
        self.conf = self.dir / "dovecot.conf"
        self.conf.write_text(DOVECOT_CONF.format(
            dir=self.dir, run=self.run.name, user=self.user, group=group,
            uid=self.uid, gid=self.gid, cert=self.dir / "cert.pem",
            key=self.dir / "key.pem", imap=self.imap, imaps=self.imaps,
            lmtp=self.lmtp, tls_only="yes" if tls_only else "no",
            location=location or "maildir:~/Maildir",
            mechanisms="xoauth2 oauthbearer" if jwt_key else "",
            oauth2=OAUTH2_CONF.format(dir=self.dir) if jwt_key else "",
            extra=extra))

    def _oauth2(self):
        import base64
        keys = self.dir / "keys" / "default" / "HS256"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "default").write_bytes(base64.b64encode(self.jwt_key))
        (self.dir / "oauth2.conf").write_text(
            "introspection_mode = local\n"
            f"local_validation_key_dict = fs:posix:prefix={self.dir}/keys/\n"
            "username_attribute = sub\n")

    def token(self, user, seconds=3600):
        """An access token that this server accepts for user."""
        import base64
        import hashlib
        import hmac
        import json

        def b64(b):
            return base64.urlsafe_b64encode(b).rstrip(b"=")
        now = int(time.time())
        body = b64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + \
            b"." + b64(json.dumps({"sub": user, "iat": now - 10,
                                   "exp": now + seconds}).encode())
        mac = hmac.new(self.jwt_key, body, hashlib.sha256).digest()
        return (body + b"." + b64(mac)).decode()

    def add_user(self, name, password):
        self.users[name] = password
        (self.dir / "users").write_text("".join(
            f"{u}:{p}\n" for u, p in self.users.items()))
        give(self.dir, self.uid, self.gid)

    def start(self):
        give(self.dir, self.uid, self.gid)
        give(self.run.name, self.uid, self.gid)
        self._reachable()
        drop = {} if os.geteuid() != 0 else {
            "user": self.uid, "group": self.gid, "extra_groups": []}
        self.log = open(self.dir / "stderr.log", "ab")
        self.proc = subprocess.Popen(
            ["dovecot", "-F", "-c", str(self.conf)], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, **drop)
        wait_for(self._up, text=f"dovecot does not start: see {self.dir}")
        return self

    def _up(self):
        assert self.proc.poll() is None, \
            (self.dir / "stderr.log").read_text()
        return all(map(listens, (self.imap, self.imaps, self.lmtp)))

    def _reachable(self):
        """The server's user must be able to walk to its directory."""
        if os.geteuid() != 0:
            return
        for d in self.dir.resolve().parents:
            if d.stat().st_uid == 0 and not d.stat().st_mode & 0o001 and \
                    d != Path("/"):
                d.chmod(d.stat().st_mode | 0o011)

    def stop(self):
        if self.proc is None:
            return
        self.proc.send_signal(signal.SIGTERM)
        try:
            self.proc.wait(10)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        self.proc = None
        self.log.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    def maildir(self, user):
        return self.dir / "mail" / user / "Maildir"

    def append(self, user, raw, name=None):
        """Put a mail into the user's inbox, as a delivery agent would."""
        box = self.maildir(user)
        for sub in ("tmp", "new", "cur"):
            (box / sub).mkdir(parents=True, exist_ok=True)
        n = name or f"{time.time_ns()}.{os.getpid()}.test"
        (box / "tmp" / n).write_bytes(raw.replace(b"\r\n", b"\n"))
        give(self.dir / "mail" / user, self.uid, self.gid)
        os.rename(box / "tmp" / n, box / "new" / n)

    def append_many(self, user, mails):
        box = self.maildir(user)
        for sub in ("tmp", "new", "cur"):
            (box / sub).mkdir(parents=True, exist_ok=True)
        stamp = int(time.time())
        for i, raw in enumerate(mails):
            (box / "new" / f"{stamp}.{i:08d}.test").write_bytes(
                raw.replace(b"\r\n", b"\n"))
        give(self.dir / "mail" / user, self.uid, self.gid)

    def deliver(self, user, raw, sender="sender@example.org"):
        """Deliver by LMTP, as Postfix does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as s:
            s.sendmail(sender, [user], raw)

    def client(self, user):
        """An imaplib session of the user, for looking and for meddling."""
        import imaplib
        c = imaplib.IMAP4("127.0.0.1", self.imap)
        c.login(user, self.users[user])
        return c
