"""A Postfix of our own, that takes mail on loopback and hands it to Dovecot.

Postfix's master wants root; where the tests do not run as root there is no
Postfix test to run, and they say so.
"""

import os
import shutil
import subprocess
from pathlib import Path

from servers import free_ports, listens, wait_for

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
myhostname = relay.test
mydestination =
local_transport = error:no local delivery
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtputf8_enable = no
virtual_mailbox_domains = {domains}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
lmtp_destination_concurrency_limit = 2
smtpd_tls_cert_file = {dir}/cert.pem
smtpd_tls_key_file = {dir}/key.pem
smtpd_tls_security_level = {tls}
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = {restrictions}
minimal_backoff_time = 5s
queue_run_delay = 5s
{extra}
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
lmtp      unix  -       -       n       -       -       lmtp
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
"""

# postscreen stands before the port that strangers speak to.
SCREENED = """\
127.0.0.1:{port} inet n - n - 1 postscreen
smtpd     pass  -       -       n       -       -       smtpd
dnsblog   unix  -       -       n       -       0       dnsblog
tlsproxy  unix  -       -       n       -       0       tlsproxy
"""


def once(text):
    """The settings of a main.cf, the last of each.  Every process warns of
    one that is set twice; postlogd too, in its own full queue, for ever."""
    last, key = {}, None
    for line in text.splitlines():
        if line[:1].isspace():
            last[key] += "\n" + line
        elif line:
            key = line.split("=")[0].strip()
            last[key] = line
    return "\n".join(last.values()) + "\n"


def available():
    return os.geteuid() == 0 and shutil.which("postfix") is not None


class Postfix:
    """port speaks STARTTLS, tls_port speaks TLS from the first byte."""

    def __init__(self, where, cert, key, lmtp, domains, tls="encrypt",
                 restrictions="permit_mynetworks, reject", extra="",
                 screened=False):
        self.dir = Path(where)
        self.screened = screened
        for name in ("queue", "data", "conf"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        shutil.chown(self.dir / "data", "postfix", "postfix")
        for src, to in ((cert, "cert.pem"), (key, "key.pem")):
            shutil.copy(src, self.dir / to)
        os.chmod(self.dir / "key.pem", 0o600)
        (self.dir / "conf" / "main.cf").write_text(once(MAIN_CF.format(
            dir=self.dir, lmtp=lmtp, domains=" ".join(domains), tls=tls,
            restrictions=restrictions, extra=extra)))
        self._ports()

    def _ports(self):
        self.port, self.tls_port = free_ports(2)
        services = MASTER_CF
        if self.screened:
            first, rest = services.split("\n", 1)
            services = SCREENED + rest
        (self.dir / "conf" / "master.cf").write_text(services.format(
            port=self.port, tls_port=self.tls_port))

    def _postfix(self, verb, check=True):
        return subprocess.run(["postfix", "-c", str(self.dir / "conf"), verb],
                              check=check, timeout=120,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def start(self):
        for d in [self.dir, *self.dir.resolve().parents]:
            if d.stat().st_uid == 0 and not d.stat().st_mode & 0o001 and \
                    d != Path("/"):
                d.chmod(d.stat().st_mode | 0o011)
        for tries in range(3):      # a free port may be taken meanwhile
            if self._postfix("start", check=tries == 2).returncode == 0:
                break
            self._ports()
        # master opens all in the order of the file; postscreen would tell of
        # us as of one who hung up on it
        ports = [self.tls_port] if self.screened else [self.port,
                                                       self.tls_port]
        wait_for(lambda: all(map(listens, ports)),
                 text=f"postfix does not start: see {self.dir}/postfix.log")
        return self

    def stop(self):
        self._postfix("stop", check=False)

    def queue_is_empty(self):
        out = subprocess.run(["postqueue", "-c", str(self.dir / "conf"),
                              "-j"], stdout=subprocess.PIPE, text=True)
        return out.stdout.strip() == ""
