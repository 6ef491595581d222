"""What IMAP servers do to their clients, each row against a scripted server.

The numbers I1..I40 are those of MAIL-IN-THE-WILD.md.  The server speaks clear
text on loopback; TLS is tested against a real one in test_intake_dovecot.py.
Where a row has its number in a test's name, that is the test: here, in
test_intake_login.py, test_intake_idle.py and test_intake_marks.py.  The others:

    I3   test_intake_dovecot.py: test_killed_at_every_step
    I4   test_plain; test_intake_dovecot.py: test_leave_changes_nothing
    I5   test_i1_always_cut_in_the_same_mail,
         test_one_refused_does_not_cost_the_others
    I6   test_i7_i9_no_text_then_text, test_all_refused_is_the_server
    I21  test_i20_bye_everywhere;
         test_intake_login.py: test_token_refused;
         test_intake_dovecot.py: test_oauth;
         test_mailbox_alarms.py: test_one_session_that_ends_is_no_trouble
    I29  no literal is ever sent: test_intake_login.py: test_quoted_names,
         test_names_that_would_end_a_line
    I37  nothing is ever APPENDed
    I39  test_hostile.py: test_i39_a_bad_from_loses_nothing
"""

import time

import pytest

from imap_script import Gone, Server
from scripted import BODY, LIST, expect, mail, three
from servers import wait_for


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
        assert 1.5 < time.monotonic() - t < 8       # not after all of it
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
        before = i.rss_kb()         # it is greeted when we begin to look
        s.on(BODY, flood(what, 200 * 1024 * 1024), times=1)
        i.polled("again", hurry=False, seconds=30)
        assert i.rss_kb() - before < 150000     # sanitizers need some
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
        for _ in range(2):
            i.next("BATCH")
        with pytest.raises(AssertionError, match="no .*BATCH"):
            i.next("BATCH", seconds=2)
        i.say("go")
        assert i.polled("ok")["mails"] == 1500
