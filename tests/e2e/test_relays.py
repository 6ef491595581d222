"""What SMTP servers do, each row with its test.  Real ones where they can be
made to do it: Postfix with a policy service, limits and a wrong certificate,
smtp-sink with its error options; scripted ones else.

S1  greylisting             a_policy_that_greylists, sink[-r ..];
                            test_smtp.c "450 at ..", "451 at ..", "422 at RCPT";
                            postscreen_takes_us_for_no_zombie (450 4.3.2);
                            test_courier_live.py greylisting_is_sat_out
S2  421                     a_policy_that_greylists (421 at RCPT), sink[-Q ..];
                            test_smtp.c "421 ..", "closed while idle"
S3  451 4.4.2               test_smtp.c "451 4.4.2 at MAIL"
S4  some recipients refused a_policy_that_greylists (550, 501);
                            test_courier_live.py one_recipient_refuses
S5  5xx: greeting, MAIL, .  sink[-f ..]; test_smtp.c "554 ..", "550 at MAIL",
                            denials; test_courier_live.py what_a_relay_denies_..
S6  lost after the dot      sink[-q .]; test_smtp.c "lost after the dot", ..;
                            test_courier_live.py lost_after_the_dot_..
S7  TLS fails               a_wrong_certificate_..; test_smtp_tls.c
S8  SMTPUTF8                an_address_that_needs_smtputf8; test_compose.c;
                            test_smtp.c refused_before
S9  bare CR and LF, dots    test_smtp.c dots, refused_before; a_strict_relay
S10 long lines              test_compose.c, test_lives.py is_clean;
                            a_strict_relay (line_length_limit)
S11 432, quota, rate        test_smtp.c "432 connections", "554 quota at the
                            dot"; test_courier_live.py a_rate_is_kept
S12 535, 454 at AUTH        a_password_that_is_wrong_and_then_right;
                            test_smtp_tls.c "535", "454 at AUTH";
                            test_courier_live.py a_dead_first_relay_..
S13 SIZE                    a_size_limit; test_smtp.c "SIZE ..", "552 .."
S14 DATA refused, RSET      sink[-f DATA], sink[-r DATA]; test_smtp.c pairs
S15 no 221                  sink[-q QUIT]; test_smtp.c goodbyes
S16 auto-reply loops        a_ticket_system_that_marks_nothing;
                            test_courier_live.py two_tocsins_fall_quiet, ..
S17 header over-blocking    marks_on_a_persons_mail;
                            cases/mails/sort-suppress-human, -servicenow-form
"""

import os
import re
import shutil
import signal
import socketserver
import subprocess
import threading
from datetime import timedelta

import pytest

import postfix
from servers import Dovecot, TestCA, free_port, listens, wait_for
from story import annex1, answer, raw_mail
from test_courier_live import T0, Town
from live import end, log_of, start
from world import AGENCY, PEOPLE, MaildirWorld, body_of, now, parsed

SINK = shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin")
root_only = pytest.mark.skipif(not postfix.available(),
                               reason="Postfix needs root")


class Relayed(Town):
    """A town whose relay is somebody else's program; a scripted one may
    stand behind it."""

    def __init__(self, where, url, more="cleartext = true", second=False,
                 patience=20):
        self.url, self.more, self.patience = url, more, patience
        super().__init__(where, relays=int(second), posts=())

    def relay_conf(self):
        return (f'relay "real" {{\n  url = "{self.url}"\n  {self.more}\n'
                f'  timeout = {self.patience}\n}}\n') + super().relay_conf()


# --- smtp-sink: one answer is always wrong ---

# options: state of a notice after one try, its receipt, tries, at the relay
SINKS = {
    "-r MAIL": ("waiting", None, 0),    # its 4.3.0 speaks of the system
    "-r RCPT": ("waiting", ["again"], 1),
    "-r DATA": ("waiting", ["again"], 1), "-r .": ("waiting", ["again"], 1),
    "-r CONNECT": ("waiting", None, 0), "-Q CONNECT": ("waiting", None, 0),
    "-Q MAIL": ("waiting", None, 0), "-Q RCPT": ("waiting", None, 0),
    "-Q .": ("waiting", None, 0),
    "-f CONNECT": ("waiting", None, 0),
    "-f EHLO": ("accepted", ["accepted"], 1),           # HELO serves
    "-f EHLO,HELO": ("waiting", None, 0),
    "-f MAIL": ("waiting", None, 0),    # our address, which all mails share
    "-f RCPT": ("refused", ["refused"], 1),
    "-f DATA": ("refused", ["refused"], 1), "-f .": ("refused", ["refused"], 1),
    "-q MAIL": ("waiting", None, 0), "-q DATA": ("waiting", None, 0),
    "-q .": ("waiting", ["unknown"], 1),
    "-q QUIT": ("accepted", ["accepted"], 1),
    "-q RSET": ("accepted", ["accepted"], 1),
    "-e": ("accepted", ["accepted"], 1), "-N -E -8 -p": ("accepted",
                                                         ["accepted"], 1),
    "-w 1": ("accepted", ["accepted"], 1),
}


def sink(options):
    for _ in range(3):
        port = free_port()
        # It insists on giving up root's rights.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        p = subprocess.Popen([SINK, *user, *options, f"127.0.0.1:{port}",
                              "16"], stdin=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: p.poll() is not None or listens(port), 10)
        except AssertionError:
            p.kill()
            raise
        if p.poll() is None:
            return p, port
    raise AssertionError(f"smtp-sink {options} does not start")


@pytest.mark.skipif(SINK is None, reason="no smtp-sink")
@pytest.mark.parametrize("options", SINKS)
def test_sink(tmp_path, options):
    words = options.split()
    p, port = sink([words[0], " ".join(words[1:])] if words[0] in
                   ("-r", "-f", "-q", "-Q", "-w") else words)
    w = Relayed(tmp_path, f"smtp://127.0.0.1:{port}")
    try:
        w.report()
        state, results, tries = SINKS[options]
        items = w.outbox(duty="notice")
        assert items
        for item in items:
            assert item["state"] == state, item
            got = w.results(item["id"])
            if results is None:         # the way is broken, not the mail
                assert item["attempts"] == 0 and set(got) <= {"again"}
            else:
                assert (got, item["attempts"]) == (results, tries), item
        assert p.poll() is None
    finally:
        p.kill()
        p.wait()
        w.stop()


# --- Postfix ---


class Policy(socketserver.ThreadingTCPServer):
    """A policy service (SMTPD_POLICY_README): answers by recipient, the last
    one stays."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.answers, self.asked = answers, []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            said = {}
            for line in self.rfile:
                name, _, value = line.decode().strip().partition("=")
                said[name] = value
                if name:
                    continue
                to = said["recipient"]
                script = self.server.answers.get(to, ["dunno"])
                self.server.asked.append(to)
                action = script.pop(0) if len(script) > 1 else script[0]
                self.wfile.write(f"action={action}\n\n".encode())
                said = {}


class Mta:
    """A Postfix that takes everything and throws it away."""

    def __init__(self, where, name="mail.test", **more):
        self.ca = TestCA(where / "ca")
        cert, key = self.ca.issue("server", name)
        extra = more.pop("extra", "")
        self.postfix = postfix.Postfix(
            where / "postfix", cert, key, 1,
            [AGENCY, "ncert.example", "city.example"],
            extra="virtual_transport = discard:\n" + extra, **more).start()
        p = self.postfix.port
        self.url = f"smtp://mail.test:{p}"
        self.more = (f'ca-file = "{self.ca.cert}"\n'
                     f'  resolve = "mail.test:{p}:127.0.0.1"')

    def log(self):
        return (self.postfix.dir / "postfix.log").read_text()

    def sent(self, to):
        return len(re.findall(rf"to=<{re.escape(to)}>.*status=sent",
                              self.log()))


@root_only
def test_a_policy_that_greylists(tmp_path):
    """S1, S2, S4: each recipient has its own fate, none holds another."""
    team, ethics, secretary = (PEOPLE[r] for r in
                               ("team", "ethics", "secretary"))
    policy = Policy({
        team: ["451 4.7.1 Greylisted, come back"] * 2 + ["dunno"],
        ethics: ["550 5.1.1 no such office"],
        secretary: ["421 4.7.0 not now", "dunno"],
        PEOPLE["staff"]: ["dunno"]})
    mta = Mta(tmp_path, restrictions="check_policy_service "
              f"inet:127.0.0.1:{policy.port}, permit_mynetworks, reject")
    w = Relayed(tmp_path / "town", mta.url, mta.more)
    try:
        w.report()
        one = w.outbox(role="staff", state="accepted") or \
            w.outbox(state="accepted")
        assert re.search(r"queued as \w+, by mail.test:\d+ \(certificate "
                         r"sha256:[0-9a-f]{64}\), their number \w+",
                         " ".join(w.tocsin("queue", "show", str(
                             one[0]["id"])).split())), "the whole receipt"
        at = {m: w.outbox(role=m)[0]["id"]
              for m in ("team", "ethics", "secretary")}

        def of(role):
            i = w.outbox(id=at[role])[0]
            return i["state"], w.results(i["id"])

        assert of("team") == ("waiting", ["again"])
        assert of("ethics") == ("refused", ["refused"])
        wait_for(lambda: mta.sent(PEOPLE["staff"]) == 1)
        for m in (2, 10, 30):
            w.run(T0 + timedelta(minutes=m))
        assert of("team") == ("accepted", ["again", "again", "accepted"])
        assert of("ethics") == ("refused", ["refused"])
        state, results = of("secretary")
        assert state == "accepted" and results[-1] == "accepted"
        assert w.outbox(id=at["secretary"])[0]["attempts"] == 1, \
            "a farewell is no failed try"
        assert policy.asked.count(ethics) == 1, "final is final"
        wait_for(lambda: mta.sent(team) >= 2)   # and that ethics refuses
        wait_for(lambda: mta.sent(secretary) >= 1)
        assert mta.sent(ethics) == 0
        item = w.tocsin("queue", "show", str(at["ethics"]))
        assert "no such office" in item
    finally:
        mta.postfix.stop()
        policy.shutdown()
        policy.server_close()
        w.stop()


@root_only
def test_a_wrong_certificate_gets_no_mail(tmp_path):
    """S7: not one command behind the handshake; the second relay takes all,
    and the operator hears of the first."""
    mta = Mta(tmp_path, name="mail.wrong.test")
    w = Relayed(tmp_path / "town", mta.url, mta.more, second=True)
    try:
        w.report()
        w.run(T0 + timedelta(minutes=10))
        w.report(T0 + timedelta(minutes=11))
        assert not w.outbox(state="waiting")
        assert w.relays[0].of(PEOPLE["team"])
        assert "client=" not in mta.log(), "no mail was begun"
        told = [body_of(m) for m in w.box(PEOPLE["operator"])]
        assert any("relay:real" in b for b in told), told
    finally:
        mta.postfix.stop()
        w.stop()


@root_only
def test_no_starttls_offered(tmp_path):
    """S7: a relay that stopped offering it gets nothing in clear."""
    mta = Mta(tmp_path, tls="none")
    w = Relayed(tmp_path / "town", mta.url, mta.more, second=True)
    try:
        w.report()
        assert not w.outbox(state="waiting") and "client=" not in mta.log()
    finally:
        mta.postfix.stop()
        w.stop()


@root_only
def test_a_size_limit(tmp_path):
    """S13: known from EHLO, so nothing of the mail is sent; told aloud once
    each, and it ends by itself."""
    mta = Mta(tmp_path, extra="message_size_limit = 1500")
    w = Relayed(tmp_path / "town", mta.url, mta.more)
    try:
        w.report()
        for m in (1, 5, 30):
            w.run(T0 + timedelta(minutes=m))
        items = w.outbox(duty="notice")
        assert items and {i["state"] for i in items} == {"refused"}
        shown = w.tocsin("queue", "show", str(items[0]["id"]))
        assert "the server takes 1500" in shown
        assert "client=" not in mta.log()
        n = len(w.outbox())
        w.run(T0 + timedelta(minutes=31))
        assert len(w.outbox()) == n < 60
        assert w.events("gave_up")
    finally:
        mta.postfix.stop()
        w.stop()


@root_only
def test_a_strict_relay_takes_all(tmp_path):
    """S9, S10: whatever people wrote, what leaves has short lines of 7-bit
    CRLF text; S8: no SMTPUTF8 where no address needs it."""
    mta = Mta(tmp_path, extra="line_length_limit = 998\n"
              "header_size_limit = 8192\nheader_address_token_limit = 20\n"
              "smtpd_discard_ehlo_keywords = smtputf8, 8bitmime, chunking\n"
              "strict_7bit_headers = yes\nstrict_8bitmime = yes\n"
              "strict_8bitmime_body = yes\nstrict_mime_encoding_domain = yes\n"
              "strict_rfc821_envelopes = yes\nsmtputf8_enable = yes\n")
    w = Relayed(tmp_path / "town", mta.url, mta.more)
    try:
        refs = "References:" + "".join(
            f"\r\n <{'r' * 60}.{i}@agency.example>" for i in range(200))
        w.deliver(raw_mail(
            PEOPLE["staff"], "王" * 100, "事件" * 200, "組別：機要組\n簡述：" +
            "x" * 3000 + "\n.\n..\n.QUIT\nFrom here\n" + "中" * 3000, T0,
            headers=(refs,)), T0)
        w.run(T0)
        assert w.outbox() and {i["state"] for i in w.outbox()} == {"accepted"}
        wait_for(lambda: mta.sent(PEOPLE["staff"]) == 1)
        assert "reject" not in mta.log()
    finally:
        mta.postfix.stop()
        w.stop()


SCREEN = """\
postscreen_access_list =
postscreen_greet_wait = 2s
postscreen_greet_action = enforce
postscreen_bare_newline_enable = {deep}
postscreen_bare_newline_action = enforce
postscreen_non_smtp_command_enable = {deep}
postscreen_non_smtp_command_action = enforce
postscreen_pipelining_enable = {deep}
postscreen_pipelining_action = enforce
postscreen_tls_security_level = encrypt
"""


@root_only
@pytest.mark.parametrize("deep", ["no", "yes"])
def test_postscreen_takes_us_for_no_zombie(tmp_path, deep):
    """S1: it waits for the whole greeting, then speaks one line at a time.
    With the deep tests the first talk ends in 450 4.3.2 at RCPT, whoever we
    are; the next one gets through."""
    mta = Mta(tmp_path, screened=True, extra=SCREEN.format(deep=deep))
    w = Relayed(tmp_path / "town", mta.url, mta.more, patience=20)
    try:
        w.report()
        for m in (2, 10, 30):
            w.run(T0 + timedelta(minutes=m))
        items = w.outbox()
        assert items and {i["state"] for i in items} == {"accepted"}
        wait_for(lambda: mta.sent(PEOPLE["team"]) >= 1)
        log = mta.log()
        assert "PASS NEW" in log, log
        for sin in ("PREGREET", "COMMAND PIPELINING", "BARE NEWLINE",
                    "NON-SMTP COMMAND", "HANGUP"):
            assert sin not in log, (sin, log)
        results = {x for i in items for x in w.results(i["id"])}
        assert ("again" in results) == (deep == "yes"), results
        assert ("450 4.3.2" in log) == (deep == "yes")
    finally:
        mta.postfix.stop()
        w.stop()


# --- S12: SASL over TLS, by Dovecot ---

AUTH = """\
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""
SASL = """\
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{port}
smtpd_tls_auth_only = yes
broken_sasl_auth_clients = no
"""


@root_only
def test_a_relay_that_is_not_ours_to_use(tmp_path):
    """It takes our own people's mail and denies us NCERT: the team phones
    now, the operator is told, and it goes when it may."""
    mta = Mta(tmp_path, restrictions="reject_unauth_destination, "
              "permit_mynetworks, reject",
              extra=f"virtual_mailbox_domains = {AGENCY} city.example\n")
    w = Relayed(tmp_path / "town", mta.url, mta.more)
    try:
        w.report()
        at = T0 + timedelta(minutes=5)

        def mail(**which):
            (item,) = w.outbox(**which)
            assert item["state"] == "accepted"
            (item,) = w.json("queue", "show", str(item["id"]))
            return parsed(item["content"].encode())

        w.deliver(answer(mail(role="team", duty="notice"), PEOPLE["team"],
                         "許建國", "等級：3\n", at), at)
        for m in (5, 7):
            w.run(T0 + timedelta(minutes=m))
        (item,) = w.outbox(role="ncert", duty="annex2")
        assert (item["state"], item["attempts"]) == ("waiting", 2)
        script = body_of(mail(role="team", duty="phone_script"))
        assert "Relay access denied" in script
        assert "不准轉寄" in mail(duty="operator_alarm")["Subject"]
        assert {i["state"] for i in w.outbox(role="city_it")} == {"accepted"}
    finally:
        mta.postfix.stop()
        w.stop()


@root_only
def test_a_password_that_is_wrong_and_then_right(tmp_path):
    """S12: 535 stops the way and is told, no mail is given up for it; with
    the right word in the file and SIGHUP all of it goes."""
    port = free_port()
    ca = TestCA(tmp_path / "dca")
    dovecot = Dovecot(tmp_path / "dovecot", *ca.issue("d", "imap.test"),
                      extra=AUTH.format(port=port))
    dovecot.add_user("tocsin", "the right one")
    dovecot.start()
    mta = Mta(tmp_path, extra=SASL.format(port=port), restrictions="permit_"
              "sasl_authenticated, reject")
    secret = tmp_path / "smtp.password"
    secret.write_text("not this one\n")
    secret.chmod(0o600)
    w = Relayed(tmp_path / "town", mta.url, mta.more + "\n  auth = login\n"
                '  user = "tocsin"\n'
                f'  password-file = "{secret}"')
    w.report(now())
    proc = start(w)
    try:
        wait_for(lambda: "535 5.7.8" in log_of(w), 30)
        wait_for(lambda: "alarm: name=relay:real" in log_of(w), 60)
        items = w.outbox(channel="smtp")
        assert items and {i["state"] for i in items} <= {"waiting", "in_hand"}
        assert not [i for i in items if i["attempts"]], "no mail's fault"
        assert "client=" not in mta.log(), "no mail was begun"
        for word in ("not this one", "bm90IHRoaXM"):
            assert word not in log_of(w)
        secret.write_text("the right one\n")
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: log_of(w).count("desk: started") >= 2, 60)
        w.tocsin("queue", "retry", *[str(i["id"]) for i in w.outbox(
            state="waiting")], check=False)
        # with what the operator is told of it meanwhile
        wait_for(lambda: {i["state"] for i in w.outbox()} == {"accepted"},
                 90, "it stays")
        assert "sasl_username=tocsin" in mta.log()
        wait_for(lambda: mta.sent(PEOPLE["team"]) >= 1)
    finally:
        assert end(proc) == 0
        mta.postfix.stop()
        dovecot.stop()
        w.stop()


# --- S8, S16, S17 ---


def test_an_address_that_needs_smtputf8(tmp_path):
    """The relay does not offer it: no answer goes there, final at once; the
    report is kept and everybody else is told."""
    w = Town(tmp_path, posts=())
    try:
        w.deliver(raw_mail("staff@agency.example", "王", "中毒",
                           "組別：機要組\n資通安全事件簡述：中毒了\n",
                           T0).replace(b"<staff@agency.example>",
                                       "<王小明@agency.example>".encode()), T0)
        w.run(T0)
        w.run(T0 + timedelta(minutes=10))
        assert len(w.json("list", "--all")) == 1
        assert w.box(PEOPLE["team"])
        assert not [i for i in w.outbox() if i["state"] == "waiting"]
        sent = " ".join(w.relays[0].lines)
        assert "SMTPUTF8" not in sent and sent.isascii()
    finally:
        w.stop()


def test_a_ticket_system_that_marks_nothing_falls_quiet(tmp_path):
    """S16: each mail of ours opens a ticket there, its subject grows, and no
    header tells what it is."""
    w = MaildirWorld(tmp_path)
    w.extra = "sender-limit = 4"
    w.write_conf()
    desk = f"helpdesk@{AGENCY}"
    try:
        w.deliver(annex1(desk, "服務台", T0 - timedelta(minutes=5), T0), T0)
        seen, rounds = 0, []
        for i in range(14):
            at = T0 + timedelta(minutes=i)
            w.run(at)
            mails = w.box(desk)
            rounds.append(len(mails) - seen)
            for m in mails[seen:]:
                assert m["Auto-Submitted"] == "auto-replied"
                assert m["X-Auto-Response-Suppress"]
                w.deliver(raw_mail(
                    desk, "服務台", f"[#{1000 + i}] 已開立案件：{m['Subject']}",
                    "您的問題已收到，將由專人處理。\n\n" + body_of(m), at,
                    message_id=f"<ticket.{i}@agency.example>"), at)
            seen = len(mails)
        assert rounds[-5:] == [0] * 5, rounds
        assert seen <= 5, rounds
        w.run(T0 + timedelta(hours=1))
        assert len(w.json("list", "--all")) <= 5
    finally:
        w.stop()


@pytest.mark.parametrize("marks, answered", [
    ((), True),
    (("X-Auto-Response-Suppress: All",), False),    # Outlook's, of people
    (("X-Auto-Response-Suppress: OOF, AutoReply",), False),
    (("Auto-Submitted: auto-generated",), False),   # ServiceNow's
    (("Precedence: bulk", "Auto-Submitted: auto-generated",
      "X-Auto-Response-Suppress: All"), False),
])
def test_marks_on_a_persons_mail(tmp_path, marks, answered):
    """S17: a report is a report; only whether we answer hangs on the marks."""
    w = MaildirWorld(tmp_path)
    try:
        w.deliver(annex1(PEOPLE["staff"], "王小明", T0 - timedelta(minutes=5),
                         T0, headers=marks), T0)
        w.run(T0)
        (mail,) = w.json("mail")
        assert len(w.json("list", "--all")) == 1, mail
        assert w.box(PEOPLE["team"]), "a person reads it"
        assert bool(w.box(PEOPLE["staff"])) == answered, mail
    finally:
        w.stop()


