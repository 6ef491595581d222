"""What IMAP servers do to their clients, each row against a scripted server.

The numbers I1..I40 are those of MAIL-IN-THE-WILD.md.  The server speaks clear
text on loopback; TLS is tested against a real one in test_intake_dovecot.py.
Where a row has its number in a test's name, that is the test.  The others:

    I3   test_intake_dovecot.py: test_killed_at_every_step
    I4   test_plain; test_intake_dovecot.py: test_leave_changes_nothing
    I5   test_i1_always_cut_in_the_same_mail,
         test_one_refused_does_not_cost_the_others
    I6   test_i7_i9_no_text_then_text, test_all_refused_is_the_server
    I21  test_i20_bye_everywhere, test_token_refused;
         test_intake_dovecot.py: test_oauth;
         test_mailbox_alarms.py: test_one_session_that_ends_is_no_trouble
    I29  no literal is ever sent: test_quoted_names,
         test_names_that_would_end_a_line
    I37  nothing is ever APPENDed
    I39  test_hostile.py: test_i39_a_bad_from_loses_nothing
"""

import time

import pytest

from imap_script import Gone, Server
from probe import Intake
from servers import wait_for

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


def test_plain(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        expect(i, 1, 2, 3)
        assert i.seen[2]["validity"] == 7
        dates = [o["arrived"] for o in i.seen if o["t"] == "MAIL"]
        assert dates == [1175736600] * 3    # 2007-04-05T09:30:00+08:00
        assert not s.said(r"BODY\[\]|STORE|RFC822 ")    # I4
        assert s.said(r"\* *$") == []


def test_only_what_the_desk_lacks(run):
    with three() as s, run(s, last=2) as i:
        i.polled("ok")
        expect(i, 3)


def test_unmarked_are_marked_first(run):
    with three() as s, run(s, after="flag", last=3, unmarked="1,2,3") as i:
        i.polled("ok")
        assert i.mails() == []
        assert i.marked() == "1,2,3"
        assert all(r"\Seen" in s.flags[u] and "$Tocsin" in s.flags[u]
                   for u in (1, 2, 3))


def cut(conn, s, line, at):
    """Send the answer to a FETCH up to byte `at` and close."""
    whole = b"".join(s.fetch_answer(u, line)
                     for u in s.wanted(line.split()[2])) + b"x OK fetched\r\n"
    conn.send(whole[:at])
    raise Gone


def test_i2_cut_at_every_byte(run):
    mails = {1: b"A: b\r\n\r\nc\r\n", 2: b"D: e\r\n\r\n)\r\n* 3 f\r\n"}
    size = 0
    with Server(mails) as s:
        line = "UID FETCH 1:2 (UID BODY.PEEK[])"
        size = sum(len(s.fetch_answer(u, line)) for u in mails)
    for at in range(0, size + 6):
        with Server(mails) as s:
            s.on(BODY, lambda c, t, ln: cut(c, s, ln, at), times=1)
            with run(s) as i:
                i.polled("ok")
                expect(i, 1, 2, server=s)


def test_i1_always_cut_in_the_same_mail(run):
    with three() as s, run(s) as i:
        def answer(conn, tag, line):
            if 2 in s.wanted(line.split()[2]):
                cut(conn, s, line, len(s.fetch_answer(1, line)) + 60
                    if 1 in s.wanted(line.split()[2]) else 60)
            return False
        s.on(BODY, answer)
        told = i.polled("refused", seconds=30)
        assert "uid 2 set aside" in told["text"]
        expect(i, 1, 3)
        s.mails[4] = mail(4)
        i.polled("ok", seconds=20)
        expect(i, 1, 3, 4)
        s.hooks.clear()


@pytest.mark.parametrize("answer", [
    "* 2 FETCH (UID 2 BODY[] NIL)\r\n",             # I7
    '* 2 FETCH (UID 2 BODY[] "")\r\n',              # I8, but it has a size
    "* 2 FETCH (UID 2)\r\n",
    "",                                             # I9
    "* 2 FETCH (UID 2 FLAGS ())\r\n",
    "* 2 FETCH (BODY[] NIL)\r\n",
])
def test_i7_i9_no_text_then_text(run, answer):
    """Nothing is stored, the others come, and the mail comes later."""
    with three() as s, run(s) as i:
        def fetch(conn, tag, line):
            for u in s.wanted(line.split()[2]):
                conn.send(answer if u == 2 else s.fetch_answer(u, line))
            conn.send(f"{tag} OK fetched\r\n")
            return True
        s.on(BODY, fetch, times=1)
        i.polled("ok")
        expect(i, 1, 3)
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_i9_vanished_is_no_trouble(run):
    """A mail that somebody deletes in between is not asked for again."""
    with three() as s, run(s, poll=1) as i:
        s.on(BODY, lambda c, t, ln: bool(s.mails.pop(2, None)) and False)
        i.polled("ok")
        expect(i, 1, 3)
        i.polled("ok")
        n = len(s.said(BODY))
        i.polled("ok")
        i.polled("ok")
        assert len(s.said(BODY)) == n
        assert not any(o.get("rc") == "refused" for o in i.seen)


def test_i8_quoted_text(run):
    with Server({1: b"A: b\\\"c\r\n"[:-2]}) as s, run(s) as i:
        s.on(BODY, '* 1 FETCH (UID 1 BODY[] "A: b\\\\\\"c")\r\nTAG OK .\r\n')
        i.polled("ok")
        expect(i, 1, server=s)


def test_i10_placeholder(run):
    held = (b"From: x@y\r\nSubject: Retrieval using the IMAP4 protocol failed "
            b"for the following message: 5\r\n\r\nThe server couldn't\r\n")
    with three() as s, run(s) as i:
        s.mails[2] = held
        i.polled("ok")
        expect(i, 1, 3)
        s.mails[2] = mail(2)
        i.next("MAIL")
        expect(i, 1, 2, 3)


def test_i10_a_mail_about_it_is_a_mail(run):
    text = mail(1, "> Retrieval using the IMAP4 protocol failed")
    with Server({1: text}) as s, run(s) as i:
        i.polled("ok")
        expect(i, 1, server=s)


def test_i11_new_validity_between_sessions(run):
    with three() as s, run(s, after="flag") as i:
        i.polled("ok")
        s.validity = 8
        s.flags.clear()
        s.on("IDLE", lambda c, t, ln: c.close() or True, times=1)
        s.deliver(mail(4))
        i.polled("again", hurry=False)
        i.say("poll")
        i.polled("ok")
        seen = [(o["validity"], o["uid"]) for o in i.seen if o["t"] == "MAIL"]
        assert seen[:3] == [(7, "1"), (7, "2"), (7, "3")]
        assert [v for v in seen if v[0] == 8] == [
            (8, str(n)) for n in (1, 2, 3, 4)]


def test_i11_new_validity_in_the_session(run):
    with three() as s, run(s) as i:
        def fetch(conn, tag, line):
            s.validity = 9
            conn.send("* OK [UIDVALIDITY 9] rebuilt\r\n")
            return False
        s.on(LIST, fetch, times=1)
        bad = i.polled("again", hurry=False)
        assert "UIDVALIDITY" in bad["text"]
        i.say("poll")
        i.polled("ok")
        assert {o["validity"] for o in i.seen if o["t"] == "MAIL"} == {9}


@pytest.mark.parametrize("validity", [0, None])
def test_no_validity_is_fatal(run, validity):
    with three() as s, run(s) as i:
        s.validity = validity
        assert "UIDVALIDITY" in i.polled("refused")["text"]
        assert i.mails() == []


def test_i12_uid_used_again(run):
    """An old uid without our mark is a new mail (after = flag, move)."""
    with three() as s, run(s, after="flag", last=3) as i:
        s.flags.update({1: {"$Tocsin"}, 3: {"$Tocsin"}})
        i.polled("ok")
        expect(i, 2)
        assert i.marked() == "2"
        assert "$Tocsin" in s.flags[2]


def test_i13_no_uidnext(run):
    with three() as s:
        s.uidnext = False
        with run(s) as i:
            i.polled("ok")
            expect(i, 1, 2, 3)


def test_i14_twice(run):
    with three() as s, run(s) as i:
        def fetch(conn, tag, line):
            for u in (1, 2, 2, 3, 1):
                conn.send(s.fetch_answer(u, line))
            conn.send(f"{tag} OK fetched\r\n")
            return True
        s.on(LIST, fetch, times=1)
        s.on(BODY, fetch, times=1)
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_i14_in_several_lines(run):
    with three() as s, run(s) as i:
        def fetch(conn, tag, line):
            for u in (1, 2, 3):
                conn.send(f"* {u} FETCH (UID {u})\r\n")
            for u in (3, 2, 1):
                raw = s.mails[u]
                conn.send(f"* {u} FETCH (BODY[] {{{len(raw)}}}\r\n", raw,
                          ")\r\n")
            conn.send(f"{tag} OK fetched\r\n")
            return True
        s.on(BODY, fetch, times=1)
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_i15_last_mail_given_always(run):
    with three() as s, run(s, last=3, poll=1) as i:
        s.on(LIST, lambda c, t, ln: c.send(
            s.fetch_answer(3, ln), f"{t} OK .\r\n") or True)
        i.polled("ok")
        i.polled("ok")
        assert i.mails() == []
        assert not s.said(BODY)


def test_i16_i17_i18_noise_between_lines(run):
    with three() as s, run(s) as i:
        def fetch(conn, tag, line):
            conn.send("* 3 RECENT\r\n* 1 EXPUNGE\r\n* 99 EXPUNGE\r\n")
            for u in s.wanted(line.split()[2]):
                conn.send(f"* {u} FETCH (FLAGS (\\Seen))\r\n")
                conn.send("* FLAGS (\\Seen strange)\r\n",
                          "* XYZZY (nothing {5}\r\nhappens) here\r\n",
                          "* 77 FETCH (UID 77 BODY[] {3}\r\nabc)\r\n",
                          "* 5 FETCH (X-GM-MSGID 12 FLAGS ())\r\n",
                          "* LIST () \"/\" {3}\r\nabc\r\n",
                          "* STATUS x (MESSAGES 2)\r\n",
                          "* 3 EXISTS\r\n",
                          "* OK [HIGHESTMODSEQ 12] and so on\r\n")
                conn.send(s.fetch_answer(u, line))
            conn.send(f"{tag} OK fetched\r\n")
            return True
        s.on(BODY, fetch)
        i.polled("ok")
        expect(i, 1, 2, 3)


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


@pytest.mark.parametrize("where", [
    "greeting", "CAPABILITY", "LOGIN", "ID", "SELECT", LIST, BODY, "IDLE",
    "UID SEARCH UID 1:", "UID STORE", "UID SEARCH UID 3 "])
@pytest.mark.parametrize("many", [1, 10])
def test_i20_bye_everywhere(run, where, many):
    with three() as s:
        def bye(conn, *unused):
            conn.send("* BYE Session invalidated - AccessTokenExpired\r\n"
                      * many)
            if many == 1:
                raise Gone
            return True     # and keep the connection open

        if where == "greeting":
            s.greeting = bye
        else:
            s.on(where, bye, times=1)
        s.flags.update({1: {"$Tocsin"}, 2: {"$Tocsin"}})
        with run(s, after="flag", last=2) as i:
            bad = i.polled("again", hurry=False)
            assert "AccessTokenExpired" in bad["text"], bad
            s.greeting = Server.GREETING
            i.say("poll")
            i.polled("ok")
            wait_for(lambda: "$Tocsin" in s.flags.get(3, ()))
            expect(i, 3)


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
        assert time.monotonic() - t >= 3
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
        assert time.monotonic() - t < 5
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_trickle(run):
    """A byte now and then does not make a deadline longer."""
    with three() as s, run(s, timeout=2) as i:
        def drip(conn, tag, line):
            for c in "* OK still here, wait for me, please, I am slow":
                conn.send(c)
                time.sleep(0.2)
            raise Gone
        s.on(BODY, drip, times=1)
        t = time.monotonic()
        assert "time is over" in i.polled("again", hurry=False)["text"]
        assert 1.5 < time.monotonic() - t < 4
        i.polled("ok")
        expect(i, 1, 2, 3)


@pytest.mark.parametrize("literal", [
    "{-1}", "{}", "{99999999999}", "{4294967290}", "{18446744073709551617}",
    "{12x}"])
def test_i30_literals_that_lie(run, literal):
    with three() as s, run(s, timeout=2) as i:
        s.on(BODY, f"* 1 FETCH (UID 1 BODY[] {literal}\r\nabc", times=1)
        before = i.rss_kb()
        i.polled("again", hurry=False)
        assert i.rss_kb() - before < 20000
        i.polled("ok")
        expect(i, 1, 2, 3)


def flood(what, total):
    def answer(conn, tag, line):
        sent = 0
        try:
            while sent < total:
                conn.send(what)
                sent += len(what)
        except OSError:
            pass
        raise Gone
    return answer


@pytest.mark.parametrize("what", [
    b"* 1 FETCH (UID 1 BODY[] \"" + b"x" * 60000,
    b"* 5 FETCH (UID 5 FLAGS ())\r\n" * 2000,
    b"* SEARCH " + b"7 " * 30000 + b"\r\n",
], ids=["line without end", "answers", "numbers"])
def test_i30_floods_keep_memory_flat(run, what):
    with three() as s, run(s, timeout=5) as i:
        i_first = i.next("READY") and i.rss_kb()
        s.on(BODY, flood(what, 200 * 1024 * 1024), times=1)
        i.polled("again", hurry=False, seconds=30)
        assert i.rss_kb() - i_first < 150000     # sanitizers need some
        i.polled("ok")
        expect(i, 1, 2, 3)


def test_over_the_cap(run):
    """Too large: told with its size and without text; neighbours come."""
    with three() as s, run(s, max=2000) as i:
        s.mails[2] = mail(2, "x" * 3000)
        i.polled("ok")
        got = {o["uid"]: o for o in i.seen if o["t"] == "MAIL"}
        assert got["2"]["raw"] is None and got["2"]["size"] > 3000
        assert got["1"]["raw"] == mail(1) and got["3"]["raw"] == mail(3)


def test_far_over_the_cap_is_not_even_fetched(run):
    with three() as s, run(s, max=2000) as i:
        s.mails[2] = mail(2, "x" * 30000)
        i.polled("ok")
        got = {o["uid"]: o for o in i.seen if o["t"] == "MAIL"}
        assert got["2"]["raw"] is None and got["2"]["size"] > 30000
        assert sorted(got) == ["1", "2", "3"]
        assert not [ln for ln in s.said(BODY)
                    if 2 in s.wanted(ln.split()[3])]


@pytest.mark.parametrize("size", ["1", "999999", "0", "99999999999", None])
def test_i31_size_is_only_a_hint(run, size):
    with three() as s, run(s, max=300000) as i:
        def listing(conn, tag, line):
            for u in s.wanted(line.split()[2]):
                conn.send(f"* {u} FETCH (UID {u}" +
                          (f" RFC822.SIZE {size}" if size else "") + ")\r\n")
            conn.send(f"{tag} OK listed\r\n")
            return True
        s.on(LIST, listing)
        i.polled("ok")
        if size == "99999999999":   # wraps; whatever it is, nothing is lost
            assert sorted(u for u, _ in i.mails()) == ["1", "2", "3"]
        else:
            expect(i, 1, 2, 3)


@pytest.mark.parametrize("first", [True, False])
def test_news_of_flags_is_no_date(run, first):
    """Another client marks mails while they are listed, and after the listing
    too: they are as old as before."""
    def listing(conn, tag, line):
        for u in s.wanted(line.split()[2]):
            said = [s.fetch_answer(u, line),
                    f"* {u} FETCH (UID {u} FLAGS (\\Seen))\r\n"]
            conn.send(*(said if first else said[::-1]))
        conn.send(f"{tag} OK listed\r\n")
        return True
    with three() as s:
        s.on(LIST, listing)
        with run(s, poll=1, since=1767225600) as i:     # 2026, they: 2007
            for _ in range(2):
                i.polled("ok")
            assert i.mails() == []
            assert not s.said(BODY)


def test_i31_literal_over_the_cap_though_size_was_small(run):
    """In a batch: swallowed, then told alone; memory stays flat."""
    with three() as s, run(s, max=100000) as i:
        s.mails[2] = mail(2, "x" * 200000)
        s.on(LIST, lambda c, t, ln: c.send(
            *(f"* {u} FETCH (UID {u} RFC822.SIZE 50)\r\n" for u in (1, 2, 3)),
            f"{t} OK .\r\n") or True, times=1)
        i.polled("ok")
        i.polled("ok")
        got = {o["uid"]: o["raw"] for o in i.seen if o["t"] == "MAIL"}
        assert got == {"1": mail(1), "2": None, "3": mail(3)}


def test_i32_one_bad_answer_does_not_cost_the_others(run):
    with Server({n: mail(n) for n in range(1, 11)}) as s, run(s) as i:
        def fetch(conn, tag, line):
            for u in s.wanted(line.split()[2]):
                conn.send(f'* {u} FETCH (UID 5 BODY[] x"\ry" (((\r\n'
                          if u == 5 else s.fetch_answer(u, line))
            conn.send(f"{tag} OK fetched\r\n")
            return True
        s.on(BODY, fetch)
        told = i.polled("refused", seconds=30)
        assert "uid 5 set aside" in told["text"]
        expect(i, 1, 2, 3, 4, 6, 7, 8, 9, 10)


def test_one_refused_does_not_cost_the_others(run):
    with three() as s, run(s) as i:
        def fetch(conn, tag, line):
            if 2 in s.wanted(line.split()[2]):
                conn.send(f"{tag} NO [UNAVAILABLE] cannot convert\r\n")
                return True
            return False
        s.on(BODY, fetch)
        told = i.polled("refused", seconds=30)
        assert "uid 2 set aside" in told["text"]
        assert "cannot convert" in told["text"]
        expect(i, 1, 3)


def test_all_refused_is_the_server(run):
    with Server({n: mail(n) for n in range(1, 30)}) as s, run(s) as i:
        s.on(BODY, "TAG NO backend is down\r\n", times=12)
        assert "backend is down" in i.polled("again", hurry=False)["text"]
        assert len(s.said(BODY)) < 10
        for _ in range(4):
            i.say("poll")
            i.next("POLLED")
        i.polled("ok", seconds=30)
        end = time.monotonic() + 15
        while len(i.mails()) < 29 and time.monotonic() < end:
            i.next("POLLED")
        expect(i, *range(1, 30))


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


def test_i35_no_search(run):
    """2,500 mails and no SEARCH: found by FETCH."""
    mails = {n: mail(n) for n in range(1, 2501)}
    with Server(mails) as s:
        s.on("UID SEARCH", "TAG BAD unknown command\r\n")
        with run(s, quiet=1) as i:
            assert i.polled("ok", seconds=60)["mails"] == 2500


def test_many_by_search(run):
    mails = {n * 3: mail(n * 3) for n in range(1, 2501)}
    with Server(mails) as s, run(s, quiet=1) as i:
        assert i.polled("ok", seconds=60)["mails"] == 2500
        assert s.said("UID SEARCH UID 1:")


def test_i36_seen_before_it_moves(run):
    with three() as s, run(s, after="move", move="Done") as i:
        i.polled("ok")
        assert i.marked() == "1,2,3"
        order = [ln.split(" ", 1)[1][:12] for ln in s.said("STORE|MOVE|CREAT")]
        assert order[0].startswith("UID STORE")
        assert s.folders["Done"] == [mail(1), mail(2), mail(3)]
        assert s.mails == {}


@pytest.mark.parametrize("caps", ["IMAP4rev1", "IMAP4rev1 UIDPLUS"])
def test_i40_copy_where_there_is_no_move(run, caps):
    with three() as s:
        s.caps = caps
        s.flags[1] = set()
        with run(s, after="move", move="已處理 & x", poll=1) as i:
            i.polled("ok")
            assert s.folders["&XfKGVXQG- &- x"] == [mail(1), mail(2), mail(3)]
            assert s.mails == {}
            assert bool(s.said("UID EXPUNGE 1:3")) == ("UIDPLUS" in caps)
            s.deliver(mail(4))      # after what was EXPUNGEd: uid 1 again
            i.polled("ok")


def test_keyword_not_allowed(run):
    with three() as s:
        s.permanent = r"(\Seen)"
        with run(s, after="flag") as i:
            i.polled("ok")
            assert s.flags == {n: {r"\Seen"} for n in (1, 2, 3)}


@pytest.mark.parametrize("after", ["flag", "move"])
def test_read_only_folder(run, after):
    """All of it is read, each mail once; what cannot be marked is told."""
    with three() as s, run(s, after=after, move="Done", poll=1) as i:
        s.permanent = "()"
        s.access = "READ-ONLY"
        assert "only be read" in i.next("UNMARKED")["text"]
        i.polled("ok")
        s.deliver(mail(4))
        assert "only be read" in i.next("UNMARKED")["text"]
        i.polled("ok")
        i.next("UNMARKED")
        expect(i, 1, 2, 3, 4)
        assert not s.said("STORE|MOVE|COPY|EXPUNGE")


def test_idle_new_mail(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)
        t = time.monotonic()
        s.deliver(mail(4))
        i.next("MAIL")
        assert time.monotonic() - t < 1
        expect(i, 1, 2, 3, 4)


def test_i26_still_here_is_no_news(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)
        n = len(s.said(LIST))
        for _ in range(5):
            s.idlers[0].send("* OK Still here\r\n")
        i.say("ping")
        assert i.next("PONG")["text"] == "7"
        s.deliver(mail(4))
        i.next("MAIL")
        assert len(s.said(LIST)) == n + 1


def test_idle_untagged_before_the_plus(run):
    """The news libetpan's own IDLE loses (it waits for ever)."""
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)

        def idle(conn, tag, line):
            s.mails[4] = mail(4)
            conn.send("* 4 EXISTS\r\n")
            return False
        s.on("IDLE", idle, times=1)
        i.say("ping")       # wakes it: DONE, then IDLE again
        i.next("MAIL")
        expect(i, 1, 2, 3, 4)


def test_i27_bye_in_idle(run):
    with three() as s, run(s) as i:
        i.polled("ok")
        while not s.idlers:
            time.sleep(0.01)
        s.idlers[0].send("* BYE timeout\r\n")
        assert "BYE timeout" in i.polled("again", hurry=False)["text"]
        s.mails[4] = mail(4)
        i.say("poll")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)


def test_i27_bye_together_with_the_plus(run):
    """One packet: nothing more comes, and the connection stays open."""
    with three() as s, run(s) as i:
        s.on("IDLE", "+ idling\r\n* BYE timeout\r\n", times=1)
        assert "BYE timeout" in i.polled("again", hurry=False)["text"]


def test_i27_bye_between_done_and_ok(run):
    """The server has said why; the next command does not make that unsaid."""
    with three() as s:
        def idle(conn, tag, line):
            conn.send("+ go\r\n* 4 EXISTS\r\n")
            assert conn.line() == "DONE"
            conn.send(f"* BYE moved elsewhere\r\n{tag} OK\r\n")
            return True

        s.on("IDLE", idle, times=1)
        with run(s) as i:
            assert "moved elsewhere" in i.polled("again", hurry=False)["text"]


def test_i27_no_exists_but_the_poll_finds_it(run):
    with three() as s, run(s, poll=1) as i:
        i.polled("ok")
        s.mails[4] = mail(4)
        i.next("MAIL", seconds=5)
        expect(i, 1, 2, 3, 4)


def test_i28_exists_between_done_and_ok(run):
    with three() as s, run(s) as i:
        i.polled("ok")

        def idle(conn, tag, line):
            conn.send("+ go\r\n")
            assert conn.line() == "DONE"
            s.mails[4] = mail(4)
            conn.send(f"* 4 EXISTS\r\n{tag} OK idled\r\n")
            return True
        while not s.idlers:
            time.sleep(0.01)
        s.on("IDLE", idle, times=1)
        i.say("ping")
        i.next("PONG")
        while len(s.said("IDLE")) < 2:      # a ping before it ends nothing
            time.sleep(0.01)
        i.say("ping")
        i.next("MAIL")
        expect(i, 1, 2, 3, 4)


@pytest.mark.parametrize("answer", ["TAG BAD no\r\n", "TAG NO not now\r\n"])
def test_idle_refused_falls_back_to_polling(run, answer):
    with three() as s, run(s, poll=1) as i:
        s.on("IDLE", answer)
        i.polled("ok")
        i.polled("ok")
        i.polled("ok")
        s.mails[4] = mail(4)
        i.next("MAIL", seconds=5)
        assert len(s.said("IDLE")) == 1
        assert s.said("NOOP")
        expect(i, 1, 2, 3, 4)


def test_no_idle_wakes_on_poll_and_quit(run):
    with three() as s:
        s.caps = "IMAP4rev1"
        with run(s, poll=600) as i:
            i.polled("ok")
            s.mails[4] = mail(4)
            i.say("poll")
            i.next("MAIL", seconds=5)
            expect(i, 1, 2, 3, 4)


def test_poll_in_idle(run):
    with three() as s, run(s, poll=600) as i:
        i.polled("ok")
        s.mails[4] = mail(4)
        i.say("poll")
        i.next("MAIL", seconds=5)


def test_i38_missed_once_and_found(run):
    """Left unmarked, the server answered for 1 and 3 and forgot 2: the list
    of uids is compared with what the desk has."""
    with three() as s, run(s, last=3, ledger="1,3") as i:
        i.polled("ok")
        expect(i, 2)


def test_i38_hidden_and_then_there(run):
    with three() as s, run(s, poll=1, ledger="") as i:
        hidden = s.mails.pop(2)
        i.polled("ok")
        expect(i, 1, 3)
        s.mails[2] = hidden
        i.next("MAIL", seconds=25)
        expect(i, 1, 2, 3)
        n = len(s.said(BODY))
        for _ in range(12):
            i.polled("ok")
        assert len(s.said(BODY)) == n, "asked for what the desk has"
        assert len(s.said("UID SEARCH UID 1:3")) <= 5


@pytest.mark.parametrize("permanent,after", [
    (r"(\Seen)", "flag"), (r"(\Seen \*)", "leave")])
def test_i38_without_marks_of_ours(run, permanent, after):
    """Deleted by others, marked by others: neither alarm nor a second time."""
    with Server({n: mail(n) for n in (1, 4, 5, 9)}) as s:
        s.permanent = permanent
        with run(s, after=after, poll=1, last=9, ledger="1:3,5:9") as i:
            i.polled("ok")
            expect(i, 4)
            del s.mails[5]
            s.flags[1] = {r"\Seen", "other"}
            for _ in range(12):
                assert i.next("POLLED", seconds=5)["rc"] == "ok"
            expect(i, 4)


@pytest.mark.parametrize("ledger", [
    "-", "1:", "3:1", "1,1", "x", "1:4294967296", "1:4294967295", "0", "1,,2"])
def test_i38_a_ledger_that_cannot_be_read_is_none(run, ledger):
    with three() as s, run(s, last=3, ledger=ledger) as i:
        i.polled("ok")
        assert i.mails() == []


@pytest.mark.parametrize("ledger", ["-", "1:3"])
def test_i38_the_ledger_is_asked_for_once(run, ledger):
    """One that is too long is so the next time, too."""
    with three() as s:
        s.on(LIST, "TAG BYE go away\r\n", times=1)
        with run(s, last=3, ledger=ledger) as i:
            assert i.next("KNOWN")["whole"] == 1
            i.polled("again", hurry=False)
            i.say("poll")
            assert i.next("KNOWN")["whole"] == 0


def test_i38_a_hundred_thousand(run):
    """One list, a few megabytes, and the one that is missing."""
    with Server({n: b"" for n in range(1, 100001)}) as s:
        s.mails[77777] = mail(77777)
        with run(s, last=100000, ledger="1:77776,77778:100000") as i:
            i.polled("ok", seconds=60)
            expect(i, 77777)
            assert i.rss_kb() < 100000      # sanitizers included


def test_i40_one_command_at_a_time(run):
    """Nothing is sent while an answer is due (IDLE's DONE aside)."""
    with three() as s, run(s, after="flag") as i:
        def check(conn, tag, line):
            conn.sock.setblocking(False)
            try:
                ahead = conn.file.peek(1)
            except (BlockingIOError, OSError):
                ahead = b""
            conn.sock.setblocking(True)
            if ahead and not line.startswith("IDLE"):
                s.errors.append((line, ahead))
            return False
        s.on(".*", check)
        i.polled("ok")
        s.deliver(mail(4))
        i.next("MAIL")
    assert s.errors == []


def test_two_batches_at_most_without_an_answer(run):
    """The desk is slow: the intake does not run away from it."""
    with Server({n: mail(n) for n in range(1, 1501)}) as s, \
            run(s, quiet=1, hold=1) as i:
        batches = 0
        end = time.monotonic() + 3
        while time.monotonic() < end:
            try:
                batches += i.next("BATCH", seconds=1)["t"] == "BATCH"
            except AssertionError:
                break
        assert batches == 2
        i.say("go")
        assert i.polled("ok")["mails"] == 1500


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


def test_mark_refused_stops_nothing(run):
    """The folder cannot be written: told, new mail comes all the same, and
    the marks are set when it can."""
    with three() as s, run(s, after="flag", poll=1) as i:
        s.on("UID STORE", "TAG NO read only, says the disk\r\n")
        assert "says the disk" in i.next("UNMARKED")["text"]
        expect(i, 1, 2, 3)
        i.polled("ok")
        n = s.conns
        s.deliver(mail(4))
        i.next("MAIL")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)
        assert s.conns == n and s.flags == {}
        s.hooks.clear()
        i.next("MARKED")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)
        assert "$Tocsin" in s.flags[4]


@pytest.mark.parametrize("refused", ["UID STORE .*Deleted", "UID EXPUNGE"])
def test_what_may_not_be_removed_is_copied_once(run, refused):
    """Rights to read and to copy, none to delete: asked again, and again."""
    with three() as s, run(s, after="move", move="Done", poll=1) as i:
        s.caps = "IMAP4rev1 IDLE UIDPLUS"
        s.folders["Done"] = []
        s.on(refused, "TAG NO [NOPERM] not for you\r\n")
        assert "not for you" in i.next("UNMARKED")["text"]
        i.polled("ok")
        s.deliver(mail(4))
        for _ in range(3):
            i.next("UNMARKED")
        expect(i, 1, 2, 3, 4)
        assert sorted(s.folders["Done"]) == [mail(n) for n in (1, 2, 3, 4)]
        s.hooks.clear()
        wait_for(lambda: not s.mails)
        assert len(s.folders["Done"]) == 4


@pytest.mark.parametrize("answer", [
    "[OVERQUOTA] Quota exceeded (mailbox for user is full)",
    "Mailbox has too many keywords"])
def test_no_room_for_a_copy_stops_nothing(run, answer):
    """I25: these words are no crowd at the door when we want to store."""
    with three() as s, run(s, after="move", move="Done", poll=1) as i:
        s.caps = "IMAP4rev1 IDLE"
        s.folders["Done"] = []
        s.on("UID COPY", f"TAG NO {answer}\r\n")
        assert answer in i.next("UNMARKED")["text"]
        i.polled("ok")
        n = s.conns
        s.deliver(mail(4))
        i.next("MAIL")
        i.polled("ok")
        expect(i, 1, 2, 3, 4)
        assert s.conns == n and len(s.mails) == 4
        s.hooks.clear()
        i.next("MARKED")
        wait_for(lambda: not s.mails)
        assert len(s.folders["Done"]) == 4
