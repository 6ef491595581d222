"""Greeting, login and what a server says it can, before a scripted server.

The numbers I1..I40 are those of MAIL-IN-THE-WILD.md.
"""

import time

import pytest

from imap_script import Server
from probe import Intake
from scripted import BODY, LIST, expect, mail, three


def test_i19_capabilities_and_brackets(run):
    """Brackets that are no code; capabilities only known after the login."""
    with three() as s:
        s.greeting = b"* OK [192.0.2.1] server (x [y) ready\r\n"
        s.on("LOGIN", "* CAPABILITY IMAP4rev1\r\n"
             "TAG OK [strange [ brackets logged in\r\n")
        with run(s) as i:
            i.polled("ok")
            expect(i, 1, 2, 3)
            assert s.said("^[0-9]+ CAPABILITY")
            s.deliver(mail(4))
            i.polled("ok")
            assert s.said("IDLE")
            expect(i, 1, 2, 3, 4)


def test_alert_without_text(run):
    """This kills libetpan 1.9.4 when it sees it."""
    with three() as s:
        s.greeting = b"* OK [ALERT]\r\n"
        s.on("LOGIN", "* OK [ALERT]\r\n* OK [PARSE]\r\n* OK\r\n"
             "TAG OK [ALERT]\r\n")
        s.on(BODY, lambda c, t, ln: c.send("* OK [ALERT]\r\n* NO [ALERT]\r\n"))
        with run(s) as i:
            i.polled("ok")
            expect(i, 1, 2, 3)


def test_i20_tagged_bye(run):
    with three() as s, run(s, timeout=2) as i:
        s.on(LIST, "TAG BYE go away\r\n", times=1)
        i.polled("again", hurry=False)
        i.say("poll")
        i.polled("ok")
        expect(i, 1, 2, 3)


@pytest.mark.parametrize("word", ["NO", "BAD"])
@pytest.mark.parametrize("where", ["LOGIN", "SELECT", LIST, BODY])
def test_i22_throttled(run, where, word):
    """Told to stay away for 3 s: not one connection more in that time."""
    with three() as s, run(s) as i:
        s.on(where, f"TAG {word} Request is throttled. Suggested Backoff "
             "Time: 3000 milliseconds\r\n* BYE Connection closed. 14\r\n",
             times=1)
        bad = i.next("POLLED")
        assert bad["rc"] in ("again", "refused"), bad
        assert "throttled" in bad["text"]
        t, n = time.monotonic(), s.conns
        i.polled("ok", hurry=False)
        assert time.monotonic() - t > 2     # 3 of ours; we hear it late
        assert s.conns == n + 1
        expect(i, 1, 2, 3)


def test_i25_too_many_connections(run):
    with three() as s, run(s) as i:
        s.on("LOGIN", "TAG NO [LIMIT] Too many simultaneous connections\r\n",
             times=1)
        bad = i.polled("again", hurry=False)
        assert "Too many" in bad["text"]
        n = s.conns
        time.sleep(3)
        assert s.conns == n


def test_i23_not_connected(run):
    with three() as s, run(s) as i:
        s.on("SELECT", "TAG BAD User is authenticated but not connected.\r\n",
             times=2)
        assert "not connected" in i.polled("refused", hurry=False)["text"]
        i.polled("ok")
        expect(i, 1, 2, 3)


@pytest.mark.parametrize("answer", [
    "Server Unavailable. 15\r\n", "* BAD Server error\r\n", "", "\r\n\r\n",
    "garbage \x01\x02\x03\r\n", "* 1 FETCH (UID 1 RFC822.SIZE", "\0\r\n",
    "* 1 FETCH (UID 1 INTERNALDATE 12 RFC822.SIZE x)\r\nTAG OK\r\n",
    "zzz9 OK a tag of nobody\r\n", "* 1 FETCH " + "(" * 50000 + "\r\n",
    "* 1 FETCH (UID 1 ENVELOPE " + "(" * 45 + ")" * 45 + ")\r\n",
], ids=range(11))
def test_i24_no_imap(run, answer):
    """Whatever it says: the deadline holds, then a new session is clean."""
    with three() as s, run(s, timeout=1) as i:
        s.on(LIST, answer, times=1)
        t = time.monotonic()
        i.polled("again", hurry=False)
        assert time.monotonic() - t < 12
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_i33_id_before_select(run):
    with three() as s, run(s) as i:
        s.on("SELECT", lambda c, t, ln: not s.said(" ID ") and (
            c.send(f"{t} NO SELECT Unsafe Login\r\n") or True))
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_i34_no_starttls_no_password(password):
    """imap:// without `cleartext` and no STARTTLS, or PREAUTH: refused."""
    with three() as s:
        with Intake(url=s.url, password=password, timeout=5) as i:
            i.polled("refused")
        s.greeting = b"* PREAUTH come in\r\n"
        with Intake(url=s.url, password=password, timeout=5) as i:
            i.polled("refused")
        s.caps += " STARTTLS"
        s.greeting = Server.GREETING
        s.on("STARTTLS", "TAG OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n")
        with Intake(url=s.url, password=password, timeout=5) as i:
            i.polled("refused")
        assert not s.said("secret|LOGIN|AUTHENTICATE")


def test_preauth_in_clear_is_refused(run):
    with three() as s:
        s.greeting = b"* PREAUTH come in\r\n"
        with run(s) as i:
            assert "PREAUTH" in i.polled("refused")["text"]


def test_clear_text_only_to_loopback(password):
    with Intake(url="imap://192.0.2.1:143", cleartext=1, password=password,
                timeout=3) as i:
        assert "loopback" in i.polled("refused")["text"]


def test_login_disabled(run):
    with three() as s:
        s.greeting = b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n"
        with run(s) as i:
            assert "LOGINDISABLED" in i.polled("refused")["text"]
        assert not s.said("secret")


def test_login_refused_is_told_without_the_password(run):
    with three() as s, run(s) as i:
        s.on("LOGIN", "TAG NO [AUTHENTICATIONFAILED] who are you?\r\n")
        bad = i.polled("refused", hurry=False)
        assert "who are you?" in bad["text"]
        assert "secret" not in str(i.seen)


def test_names_that_would_end_a_line(run):
    with three() as s:
        with run(s, folder="in\r\n1 LOGOUT") as i:
            assert "folder" in i.polled("refused")["text"]
        with run(s, user="u\r\n1 LOGOUT") as i:
            assert "user" in i.polled("refused")["text"]
        with run(s, after="move", move="x\r\n1 LOGOUT") as i:
            assert "move-to" in i.next("UNMARKED")["text"]
        assert not s.said("^1 LOGOUT")


def test_quoted_names(run, tmp_path):
    (tmp_path / "p2").write_text('a"b\\c d\n')
    (tmp_path / "p2").chmod(0o600)
    with three() as s:
        with Intake(url=s.url, cleartext=1, password=tmp_path / "p2",
                    user='x "y" \\z', folder='In "box"') as i:
            i.polled("ok")
        assert s.said(r'LOGIN "x \\"y\\" \\\\z" "a\\"b\\\\c d"')
        assert s.said(r'SELECT "In \\"box\\""')


def test_token_refused(run, tmp_path):
    (tmp_path / "token").write_text("tokentokentoken\n")
    (tmp_path / "token").chmod(0o600)
    with three() as s:
        def auth(conn, tag, line):
            conn.send("+ \r\n")
            s.answer = conn.line()
            conn.send("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
            s.empty = conn.line()
            conn.send(f"{tag} NO AUTHENTICATE failed.\r\n")
            return True
        s.on("AUTHENTICATE XOAUTH2", auth, times=1)
        s.on("AUTHENTICATE XOAUTH2", lambda c, t, ln: c.send("+ \r\n") or
             c.line() and c.send(f"{t} OK in\r\n") or True)
        with run(s, token=tmp_path / "token") as i:
            assert "AUTHENTICATE failed" in \
                i.polled("refused", hurry=False)["text"]
            assert s.empty == ""
            import base64
            assert base64.b64decode(s.answer) == \
                b"user=u\x01auth=Bearer tokentokentoken\x01\x01"
            i.polled("ok")
            expect(i, 1, 2, 3)
        assert "tokentoken" not in str(i.seen)


@pytest.mark.parametrize("where", ["greeting", "CAPABILITY"])
def test_oauthbearer_where_there_is_nothing_else(run, tmp_path, where):
    import base64
    (tmp_path / "token").write_text("tokentokentoken\n")
    (tmp_path / "token").chmod(0o600)
    with three() as s:
        s.caps += " AUTH=OAUTHBEARER"
        if where == "greeting":
            s.greeting = f"* OK [CAPABILITY {s.caps}] hi\r\n".encode()

        def auth(conn, tag, line):
            conn.send("+ \r\n")
            s.answer = conn.line()
            conn.send("+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n")
            s.end = conn.line()
            conn.send(f"{tag} NO AUTHENTICATE failed.\r\n")
            return True
        s.on("AUTHENTICATE OAUTHBEARER", auth, times=1)
        s.on("AUTHENTICATE OAUTHBEARER", lambda c, t, ln: c.send("+ \r\n") or
             c.line() and c.send(f"{t} OK in\r\n") or True)
        with run(s, token=tmp_path / "token", user="a,b=c@example.org") as i:
            assert "AUTHENTICATE failed" in \
                i.polled("refused", hurry=False)["text"]
            assert base64.b64decode(s.end) == b"\x01"
            assert base64.b64decode(s.answer) == b"n,a=a=2Cb=3Dc@example.org" \
                b",\x01auth=Bearer tokentokentoken\x01\x01"
            i.polled("ok")
            expect(i, 1, 2, 3)
        assert not s.said("XOAUTH2")
