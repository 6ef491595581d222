"""An intake before a scripted server: what the tests of it share."""

import pytest

from imap_script import Server
from probe import Intake

BODY = "UID FETCH .*BODY"
LIST = "UID FETCH .*RFC822.SIZE"


def mail(n, text="body"):
    return (f"From: a@example.org\r\nSubject: mail {n}\r\n"
            f"Message-ID: <{n}@example.org>\r\n\r\n{text} {n}\r\n").encode()


@pytest.fixture
def password(tmp_path):
    f = tmp_path / "password"
    f.write_text("secret\n")
    f.chmod(0o600)
    return str(f)


@pytest.fixture
def run(password):
    """run(server, **settings): an Intake on it, greeted only when the test
    begins to look: until then answers can be replaced."""
    def start(server, **settings):
        server.gate.clear()
        return Intake(url=server.url, cleartext=1, password=password,
                      gate=server.gate, **{"timeout": 5, **settings})
    return start


def three():
    return Server({n: mail(n) for n in (1, 2, 3)})


def expect(intake, *uids, server=None):
    """These mails came, once each, byte for byte."""
    got = intake.mails()
    assert sorted(int(u) for u, _ in got) == sorted(uids), got
    for uid, raw in got:
        want = server.mails[int(uid)] if server else mail(uid)
        assert raw == want, (uid, raw)
