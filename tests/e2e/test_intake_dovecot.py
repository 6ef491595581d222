"""The intake against a real Dovecot: TLS, login, marks, IDLE, restarts."""

import contextlib
import imaplib
import os
import re
import signal
import time
from datetime import datetime, timedelta, timezone

import pytest

from probe import Intake
from servers import Dovecot, TestCA, wait_for

HOST = "imap.test"


def mail(n, text="body"):
    return (f"From: a@example.org\r\nSubject: mail {n}\r\n"
            f"Message-ID: <{n}@example.org>\r\n\r\n{text} {n}\r\n").encode()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A short path: Dovecot's sockets have to fit into 108 bytes."""
    import shutil
    import tempfile
    where = tempfile.mkdtemp(prefix="tocsin-dv-", dir="/tmp")
    os.chmod(where, 0o755)
    yield where
    shutil.rmtree(where, ignore_errors=True)


@pytest.fixture(scope="module")
def ca(place):
    return TestCA(f"{place}/ca")


@pytest.fixture(scope="module")
def dovecot(place, ca):
    cert, key = ca.issue("good", HOST)
    with Dovecot(f"{place}/good", cert, key, jwt_key=b"k" * 32,
                 tls_only=True) as d:
        yield d


@pytest.fixture
def user(dovecot, request):
    name = "u" + format(abs(hash(request.node.name)), "x")[:10]
    dovecot.add_user(name, "se cret\"\\")
    return name


@pytest.fixture
def run(dovecot, ca, user, tmp_path):
    """run(**settings): an Intake on the user's inbox, by imaps."""
    (tmp_path / "password").write_text('se cret"\\\n')
    (tmp_path / "password").chmod(0o600)

    def start(scheme="imaps", **settings):
        port = getattr(dovecot, scheme)
        return Intake(**{
            "url": f"{scheme}://{HOST}:{port}", "ca": ca.cert, "user": user,
            "resolve": f"{HOST}:{port}:127.0.0.1", "timeout": 10,
            "password": tmp_path / "password", **settings})
    return start


def client(dovecot, user):
    """Another client's session; Dovecot reads its users once a second."""
    def session():
        c = imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps, ssl_context=loose())
        try:
            c.login(user, dovecot.users[user])
        except imaplib.IMAP4.error:
            c.shutdown()
            return None
        return c
    return wait_for(session, text=f"no login as {user}")


def flags(dovecot, user, folder="INBOX"):
    """{message-id: flags} of a folder, by another client."""
    c = client(dovecot, user)
    ok, count = c.select(f'"{folder}"', readonly=True)
    assert ok == "OK"
    out = {}
    if count == [b"0"]:
        c.logout()
        return out
    _, data = c.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    for part in data:
        if isinstance(part, tuple):
            n = int(re.search(rb"mail (\d+)", part[1]).group(1))
            out[n] = set(re.search(rb"FLAGS \((.*?)\)", part[0]).group(1)
                         .decode().split()) - {"\\Recent"}
    c.logout()
    return out


def loose():
    import ssl
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    return c


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
def test_fetch_and_flag(dovecot, user, run, scheme):
    for n in range(1, 6):
        dovecot.deliver(user, mail(n))
    with run(scheme, after="flag") as i:
        i.polled("ok")
        assert [raw.split(b"\r\n\r\n", 1)[1] for _, raw in i.mails()] == [
            b"body %d\r\n" % n for n in range(1, 6)]
        dates = [o["arrived"] for o in i.seen if o["t"] == "MAIL"]
        assert all(abs(d - time.time()) < 60 for d in dates)
    assert flags(dovecot, user) == {
        n: {"\\Seen", "$Tocsin"} for n in range(1, 6)}


def test_leave_changes_nothing(dovecot, user, run):
    dovecot.deliver(user, mail(1))
    with run(after="leave") as i:
        i.polled("ok")
        assert len(i.mails()) == 1
    assert flags(dovecot, user) == {1: set()}


def test_move(dovecot, user, run):
    for n in (1, 2):
        dovecot.deliver(user, mail(n))
    with run(after="move", move="已處理") as i:
        i.polled("ok")
        assert i.marked() == "1,2"
        dovecot.deliver(user, mail(3))
        i.next("MARKED")
    assert flags(dovecot, user) == {}
    assert flags(dovecot, user, "&XfKGVXQG-") == {
        n: {"\\Seen", "$Tocsin"} for n in (1, 2, 3)}


def test_raw_is_byte_for_byte(dovecot, user, run):
    """8-bit, NUL-free odd bytes, long lines, no end of line at the end."""
    odd = mail(1) + bytes(range(1, 256)).replace(b"\n", b"").replace(
        b"\r", b"") + b"x" * 70000 + b"\r\n.\r\n..\r\n)\r\n* 1 EXISTS\r\nend"
    dovecot.append(user, odd)
    with run() as i:
        i.polled("ok")
        assert i.mails()[0][1] == odd


def test_oauth(dovecot, user, run, tmp_path):
    token = tmp_path / "token"
    token.write_text(dovecot.token(user) + "\n")
    token.chmod(0o600)
    dovecot.deliver(user, mail(1))
    with run(token=token, password=None) as i:
        i.polled("ok")
        assert len(i.mails()) == 1
    token.write_text(dovecot.token(user, seconds=-100) + "\n")
    with run(token=token, password=None) as i:
        i.polled("refused")
        token.write_text(dovecot.token(user) + "\n")
        i.polled("ok")


def test_oauthbearer_alone(place, ca, tmp_path):
    """A server without XOAUTH2 gets what it offers, a stale token a NO."""
    token = tmp_path / "token"
    with Dovecot(f"{place}/bearer", *ca.issue("bearer", HOST),
                 jwt_key=b"k" * 32,
                 extra="auth_mechanisms = oauthbearer\n") as d:
        d.add_user("u", "x")
        d.deliver("u", mail(1))
        token.write_text(d.token("u", seconds=-100) + "\n")
        token.chmod(0o600)
        with Intake(url=f"imaps://{HOST}:{d.imaps}", ca=ca.cert, token=token,
                    resolve=f"{HOST}:{d.imaps}:127.0.0.1") as i:
            i.polled("refused", hurry=False)
            token.write_text(d.token("u") + "\n")
            i.polled("ok")
            assert len(i.mails()) == 1


def test_wrong_password(dovecot, user, run, tmp_path):
    other = tmp_path / "other"
    other.write_text("not this\n")
    other.chmod(0o600)
    with run(password=other) as i:
        bad = i.polled("refused", hurry=False)
        assert "AUTHENTICATIONFAILED" in bad["text"]
        assert "not this" not in str(i.seen)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
@pytest.mark.parametrize("kind,says", [
    ("wrong", "does not match"), ("self", "verification failed"),
    ("expired", "verification failed"), ("unknown", "verification failed")])
def test_bad_certificates(place, ca, tmp_path, scheme, kind, says):
    """Refused and named; not one byte of a password goes out."""
    make = {"wrong": lambda: ca.issue("wrong", "other.test"),
            "self": lambda: ca.issue("self", HOST, self_signed=True),
            "expired": lambda: ca.issue("old", HOST, expired=True),
            "unknown": lambda: TestCA(f"{place}/ca2").issue("x", HOST)}[kind]
    where = f"{place}/{kind}-{scheme}"
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "password").chmod(0o600)
    with Dovecot(where, *make()) as d:
        d.add_user("u", "secret")
        port = getattr(d, scheme)
        with Intake(url=f"{scheme}://{HOST}:{port}", ca=ca.cert,
                    resolve=f"{HOST}:{port}:127.0.0.1",
                    password=tmp_path / "password") as i:
            bad = i.polled("refused", hurry=False)
            assert "certificate refused" in bad["text"], bad
            assert says in bad["text"] and HOST in bad["text"]
        log = (d.dir / "dovecot.log").read_text()
        assert "Login: user" not in log and "auth failed" not in log


def test_server_gone_and_back(place, ca, tmp_path):
    cert, key = ca.issue("again", HOST)
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "password").chmod(0o600)
    d = Dovecot(f"{place}/again", cert, key)
    d.add_user("u", "secret")
    with Intake(url=f"imaps://{HOST}:{d.imaps}", ca=ca.cert,
                resolve=f"{HOST}:{d.imaps}:127.0.0.1", after="flag",
                password=tmp_path / "password") as i:
        i.polled("again", hurry=False)
        with d:
            d.deliver("u", mail(1))
            i.polled("ok")
            d.deliver("u", mail(2))
            i.next("MARKED")
        i.polled("again", hurry=False)
        with d:
            d.deliver("u", mail(3))
            i.polled("ok")
        assert [b"mail %d" % n in raw for n, (_, raw)
                in enumerate(i.mails(), 1)] == [True] * 3


def test_idle(dovecot, user, run):
    """Dovecot holds the notice back for half a second; we for nothing."""
    with run() as i:
        i.polled("ok")
        for n in range(1, 4):
            dovecot.deliver(user, mail(n))
            i.next("MAIL")              # long before the poll
            i.polled("ok")
        assert len(i.mails()) == 3


def test_stopped_server_is_noticed(dovecot, user, run):
    """A server that hangs (SIGSTOP) costs one time-out, then a new try."""
    with run(timeout=2) as i:
        i.polled("ok")
        lib = [int(p) for p in os.listdir("/proc") if p.isdigit() and
               serves(p, dovecot)]
        assert lib
        signal_all(lib, signal.SIGSTOP)
        try:
            i.say("poll")
            assert "time is over" in i.polled("again", hurry=False)["text"]
        finally:
            signal_all(lib, signal.SIGCONT)
        dovecot.deliver(user, mail(1))
        i.polled("ok")
        assert wait_for(lambda: i.mails() or (i.next("MAIL") and True))


def signal_all(pids, sig):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):   # a login that is over
            os.kill(pid, sig)


def serves(pid, dovecot):
    """Is this one of our Dovecot's IMAP or login processes?"""
    try:
        with open(f"/proc/{pid}/stat") as f:
            ppid = int(f.read().rsplit(")", 1)[1].split()[1])
        with open(f"/proc/{pid}/cmdline") as f:
            name = f.read()
    except OSError:
        return False
    return ppid == dovecot.proc.pid and "dovecot/imap" in name


def test_many_in_batches(dovecot, user, run):
    dovecot.append_many(user, [mail(n) for n in range(1, 1301)])
    with run(quiet=1, after="flag") as i:
        done = i.polled("ok", seconds=60)
        assert done["mails"] == 1300
        assert i.rss_kb() < 200000      # sanitizers included
        assert len([o for o in i.seen if o["t"] == "BATCH"]) >= 5
    assert all("$Tocsin" in f for f in flags(dovecot, user).values())


def test_killed_at_every_step(dovecot, user, run):
    """Killed before BATCH, and between the server's OK and MARKED: with what
    the desk has committed, the next run fetches and marks the rest."""
    for n in range(1, 4):
        dovecot.deliver(user, mail(n))
    committed, marked, step = set(), set(), 0
    while True:
        step += 1
        i = run(after="flag", last=max(map(int, committed), default=0),
                unmarked=",".join(sorted(committed - marked)),
                env={"TOCSIN_FAULT_STEP": str(step)})
        try:
            i.polled("ok")
            i.stop()
            died = False
        except AssertionError:
            assert i.proc.wait(5) == -signal.SIGKILL
            died = True
        if any(o["t"] == "BATCH" for o in i.seen):
            committed |= {uid for uid, _ in i.mails()}
        marked |= set(filter(None, i.marked().split(",")))
        if not died:
            break
    assert step == 3    # fetched; marked; and once undisturbed
    assert committed == marked == {"1", "2", "3"}
    assert all("$Tocsin" in f for f in flags(dovecot, user).values())


def test_look_back_after_restart(dovecot, user, run):
    """A mail that another run could not have is found by its missing mark."""
    for n in range(1, 4):
        dovecot.deliver(user, mail(n))
    with run(after="flag", last=3, unmarked="1,3") as i:
        i.polled("ok")
        assert [u for u, _ in i.mails()] == ["2"]
    assert all("$Tocsin" in f for f in flags(dovecot, user).values())


def test_i38_missed_once_and_found(dovecot, user, run):
    """Nothing is marked and one older mail never came: the uids tell."""
    dovecot.append_many(user, [mail(n) for n in range(1, 3001)])
    with run(last=3000, ledger="1:1233,1235:3000") as i:
        i.polled("ok")
        assert [u for u, _ in i.mails()] == ["1234"]
    assert not any("$Tocsin" in f for f in flags(dovecot, user).values())


DAY = datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=8)))
SINCE = {"since": int(DAY.replace(tzinfo=timezone.utc).timestamp()),
         "zone": 8 * 3600}


def append(dovecot, user, dates):
    """{n: INTERNALDATE} into the inbox, as a mail program moves mails."""
    c = client(dovecot, user)
    for n, date in dates.items():
        assert c.append("INBOX", None, date, mail(n))[0] == "OK"
    c.logout()


def numbers(intake):
    return [int(raw.split()[-1]) for _, raw in intake.mails()]


@pytest.mark.parametrize("after", ["leave", "flag", "move"])
def test_since_leaves_old_mails_alone(dovecot, user, run, after):
    """By the INTERNALDATE, to the second, and also a mail moved in later;
    taken once the key is gone."""
    second = timedelta(seconds=1)
    append(dovecot, user, {1: DAY - timedelta(days=400), 2: DAY,
                           3: DAY - second, 4: DAY + timedelta(days=9)})
    settings = {"after": after, "move": "Done" if after == "move" else None}
    with run(**settings, **SINCE, poll=1) as i:
        i.polled("ok")
        assert numbers(i) == [2, 4]
        append(dovecot, user, {5: DAY - timedelta(hours=3), 6: DAY + second})
        wait_for(lambda: i.polled("ok") and 6 in numbers(i), 20)
        for _ in range(2):      # looks back at what bears no mark
            i.polled("ok")
        assert numbers(i) == [2, 4, 6]
        taken = [uid for uid, _ in i.mails()]
    alone = re.findall(r"left alone=(\d+)", i.log)
    assert sum(map(int, alone)) == 3, i.log
    here = flags(dovecot, user)
    assert {n: here[n] for n in (1, 3, 5)} == {1: set(), 3: set(), 5: set()}
    # Restarted with it, and without it: the desk has what was taken.
    known = {"last": taken[-1], "ledger": ",".join(taken)}
    with run(**settings, **SINCE, **known) as i:
        i.polled("ok")
        assert numbers(i) == []
    with run(**settings, **known) as i:
        i.polled("ok")
        assert numbers(i) == [1, 3, 5]


def test_since_with_thousands_of_old_mails(dovecot, user, run):
    """No old one is fetched, and none is listed again."""
    dovecot.append_many(user, [mail(n) for n in range(1, 3001)])
    for f in (dovecot.maildir(user) / "new").iterdir():
        os.utime(f, (DAY.timestamp() - 2 * 86400,) * 2)
    append(dovecot, user, {3001: DAY - timedelta(seconds=1), 3002: DAY})
    with run(after="flag", **SINCE, poll=1) as i:
        for _ in range(3):
            i.polled("ok")
        assert numbers(i) == [3002]
    assert re.findall(r"left alone=(\d+)", i.log) == ["3001"]
    told = wait_for(lambda: re.findall(
        rf"\({user}\).*Logged out.* (hdr_count=.* body_count=\d+)",
        (dovecot.dir / "dovecot.log").read_text(errors="replace"))[1:])
    assert told == ["hdr_count=0 hdr_bytes=0 body_count=1"], told
    assert flags(dovecot, user)[1] == set()
