"""The operator's command, run on a house of its own."""

import mailbox
import os
import subprocess
from datetime import timedelta

import pytest

from story import raw_mail
from world import build_dir, now


TOCSIN = build_dir() / "tocsin"


CONF = """\
address = incident@agency.example
state-dir = state
mailbox in { kind = maildir path = inbox }
relay out { maildir = out }
"""


ROLES = """\
role team { mail = {team@agency.example} }
role ethics { mail = {ethics@agency.example} }
role secretary { mail = {secretary@agency.example} }
role ciso { mail = {ciso@agency.example} }
role operator { mail = {operator@agency.example} }
role ncert { mail = {report@ncert.example} }
role city_it { mail = {it@city.example} }
"""


def run(*args, stdin=b"", env=None, cwd=None):
    p = subprocess.run([str(TOCSIN), *map(str, args)], input=stdin,
                       capture_output=True, timeout=120, cwd=cwd,
                       env={**os.environ, **(env or {})})
    assert b"Sanitizer" not in p.stderr, p.stderr.decode()
    return p


@pytest.fixture
def house(tmp_path):
    """A configuration and an empty house."""
    (tmp_path / "tocsin.conf").write_text(CONF + ROLES)
    mailbox.Maildir(str(tmp_path / "inbox"))

    def tocsin(*args, **more):
        return run("-c", tmp_path / "tocsin.conf", *args, **more)
    tocsin.dir = tmp_path
    tocsin.db = tmp_path / "state" / "tocsin.db"
    return tocsin


def mail(subject="hello", n=1, **more):
    return raw_mail("ming.wang@agency.example", "王小明", subject,
                    f"text {n}\n", now() - timedelta(days=1), **more)
