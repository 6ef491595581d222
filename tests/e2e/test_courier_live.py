"""An alarm counts only with a receipt: broken relays, refusing receivers,
lost connections, and what the daemon makes of them.

The relay is scripted (smtp_script.py), the time is given with --at.
"""

import json
import signal
import socket
import sqlite3
import subprocess
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from receiver import Receiver
from servers import wait_for
from smtp_script import CUT, SmtpScript
from story import RECOVERY, TEAM_REPLY, annex1, answer, raw_mail
from world import (INCIDENT, PEOPLE, TAIPEI, MaildirWorld, body_of,
                   build_dir, now)

T0 = datetime(2026, 11, 24, 9, 0, 5, tzinfo=TAIPEI)
NCERT_HTTP = ("ncert",)


class Town(MaildirWorld):
    """A Maildir to read from, scripted relays and a receiver to send to."""

    def __init__(self, where, relays=1, posts=NCERT_HTTP, more=""):
        self.posts_to = posts
        self.role_more = {}
        self.relays = [SmtpScript(where / "delivered").up()
                       for _ in range(relays)]
        self.relay_more = more
        super().__init__(where)

    def relay_conf(self):
        return "".join(r.conf(f"r{i}", self.relay_more)
                       for i, r in enumerate(self.relays))

    def http_conf(self, role):
        http = super().http_conf(role) if role in self.posts_to else ""
        return self.role_more.get(role, "") + http

    def stop(self):
        for r in self.relays:
            r.down()
        super().stop()

    # -- looking --

    def rows(self, sql, *args):
        db = sqlite3.connect(f"file:{self.dir}/state/tocsin.db?mode=ro",
                             uri=True)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def outbox(self, **want):
        sql = "SELECT id, duty, role, to_addr, channel, state, attempts, " \
              "message_id FROM outbox"
        names = ("id", "duty", "role", "to", "channel", "state", "attempts",
                 "message_id")
        got = [dict(zip(names, r)) for r in self.rows(sql + " ORDER BY id")]
        return [r for r in got if all(r[k] == v for k, v in want.items())]

    def results(self, item):
        return [r[0] for r in self.rows(
            "SELECT result FROM receipt WHERE outbox = ? ORDER BY id", item)]

    def events(self, name):
        return [json.loads(r[0]) for r in self.rows(
            "SELECT detail FROM journal WHERE event = ? ORDER BY seq", name)]

    # -- telling --

    def report(self, at=T0):
        self.deliver(annex1(PEOPLE["staff"], "王小明",
                            at - timedelta(minutes=5), at), at)
        self.run(at)

    def assess(self, at):
        """The team says level 3: the reports to NCERT and the city go out."""
        notice = self.box(PEOPLE["team"])[0]
        self.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY, at),
                     at)
        self.run(at)


@pytest.fixture
def town(tmp_path):
    w = Town(tmp_path)
    yield w
    w.stop()


def once_each(relay):
    idents = [t[1] for t in relay.taken]
    twice = {i for i in idents if idents.count(i) > 1}
    assert not twice, twice


@pytest.mark.parametrize("said", [
    "554 5.7.1 <report@ncert.example>: Relay access denied",
    "550 relay not permitted", "530 5.7.0 Authentication required"])
def test_what_a_relay_denies_us_is_sent_when_it_is_mended(tmp_path, said):
    """It is no word on the recipient: nothing is given up, the others go
    meanwhile, the operator is told what to do, and the team phones."""
    w = Town(tmp_path, posts=())
    w.role_more["ncert"] = '  phone = "02-5550-0199"\n'
    w.write_conf()
    try:
        w.relays[0].rcpt = {PEOPLE["ncert"]: [said]}
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        (item,) = w.outbox(role="ncert", duty="annex2")
        assert (item["state"], item["attempts"]) == ("waiting", 1)
        assert {i["state"] for i in w.outbox(channel="smtp")
                if i["role"] != "ncert"} == {"accepted"}
        assert not w.events("gave_up")
        (alarm,) = [body_of(m) for m in w.box(PEOPLE["operator"])
                    if "不准轉寄" in m["Subject"]]
        assert said.split(" ", 1)[1].split("5.7.1 ")[-1] in alarm
        assert "tocsin queue retry" in alarm and PEOPLE["ncert"] in alarm

        def scripts():
            return [body_of(m) for m in w.box(PEOPLE["team"])
                    if "立即以電話或傳真" in m["Subject"]]

        (script,) = scripts()                   # nobody waits for the relay
        assert "02-5550-0199" in script and "不替本系統轉寄" in script
        w.run(T0 + timedelta(minutes=6))        # tried, told once
        assert len(scripts()) == 1
        assert w.outbox(id=item["id"])[0]["attempts"] == 2
        w.relays[0].rcpt = {}
        w.tocsin("queue", "retry", str(item["id"]))
        w.run(now())
        assert w.outbox(id=item["id"])[0]["state"] == "accepted"
        assert len([m for m in w.box(PEOPLE["operator"])
                    if "不准轉寄" in m["Subject"]]) == 1
        assert "FAULT" not in w.tocsin("verify")
    finally:
        w.stop()


def test_two_days_without_a_relay(town):
    relay = town.relays[0]
    town.report()
    relay.down()
    before = len(relay.taken)
    town.assess(T0 + timedelta(minutes=5))
    for h in range(1, 49):
        town.run(T0 + timedelta(hours=h))
    assert len(relay.taken) == before
    waiting = town.outbox(channel="smtp", state="waiting")
    assert {"ncert", "city_it", "staff"} - {w["role"] for w in waiting} <= \
        {"staff"}, waiting
    assert all(w["attempts"] == 0 for w in waiting), waiting
    # HTTP went on beside it.
    assert [r["state"] for r in town.outbox(channel="http")] == ["accepted"]
    assert not town.outbox(state="expired") + town.outbox(state="refused")
    relay.up()
    for m in range(0, 200, 20):
        town.run(T0 + timedelta(hours=49, minutes=m))
    assert not [r for r in town.outbox() if r["state"] != "accepted"]
    once_each(relay)
    sent = {t[1] for t in relay.taken}
    for r in town.outbox(channel="smtp"):
        assert r["message_id"] in sent
        assert town.results(r["id"]).count("accepted") == 1, r
    assert town.box(PEOPLE["ncert"]) and town.box(PEOPLE["city_it"])
    told = [(m["Subject"], body_of(m)) for m in town.box(PEOPLE["operator"])]
    assert any("解除" not in s and "relay:r0" in text for s, text in told), told
    assert len(told) <= 4, "one alarm that waits is enough: %r" % told
    assert town.tocsin("verify")


def test_a_dead_first_relay_is_passed_over_and_told(tmp_path):
    w = Town(tmp_path, relays=2)
    try:
        first, second = w.relays
        first.down()
        w.report()
        assert not first.taken and second.taken
        w.run(T0 + timedelta(minutes=10))
        w.assess(T0 + timedelta(minutes=11))
        assert any("relay:r0" in body_of(m)
                   for m in w.box(PEOPLE["operator"]))
        assert not w.outbox(state="waiting")
        first.up()
        for i in range(2):      # one mail goes first, the others follow it
            n = len(second.taken)
            at = T0 + timedelta(minutes=40 + i)
            w.deliver(annex1(PEOPLE["staff"], "王小明",
                             at - timedelta(minutes=5), at,
                             message_id=f"<more{i}@agency.example>"), at)
            w.run(at)
        assert first.taken, "it works again and is first"
        assert len(second.taken) == n
        assert len([m for m in w.box(PEOPLE["operator"])
                    if "relay:r0" in body_of(m)]) == 2, "alarm and all clear"
    finally:
        w.stop()


def test_one_recipient_refuses(town):
    relay = town.relays[0]
    relay.rcpt[PEOPLE["ethics"]] = ["550 5.1.1 no such user"]
    town.report()
    town.run(T0 + timedelta(minutes=1))
    refused = town.outbox(role="ethics")
    assert [r["state"] for r in refused if r["duty"].startswith("notice")] \
        == ["refused"], refused
    assert town.box(PEOPLE["staff"]) and town.box(PEOPLE["team"])
    # Told once, to the team, with the reason.
    told = [m for m in town.box(PEOPLE["team"])
            if "no such user" in body_of(m)]
    assert len(told) == 1
    assert not [r for r in town.outbox() if r["state"] == "waiting"]
    once_each(relay)


def test_greylisting_is_sat_out_and_counted(town):
    relay = town.relays[0]
    relay.rcpt[PEOPLE["team"]] = ["451 4.7.1 come back later"] * 3 + \
        ["250 2.1.5 ok"]
    town.report()
    for m in (1, 4, 10, 20):
        town.run(T0 + timedelta(minutes=m))
    item = [r for r in town.outbox(role="team") if r["duty"] == "notice"][0]
    assert item["state"] == "accepted" and item["attempts"] == 4
    assert town.results(item["id"]) == ["again"] * 3 + ["accepted"]
    assert not town.box(PEOPLE["operator"]), "no fault of the relay's"


def test_what_was_sat_out_is_no_try_that_nobody_knows_of(town):
    """Put off three times and then lost behind the dot: not the fourth lost
    answer, at which a promise is given up, but the first."""
    relay = town.relays[0]
    relay.rcpt[PEOPLE["team"]] = ["451 4.7.1 come back later"] * 3 + \
        ["250 2.1.5 ok"]
    relay.last[PEOPLE["team"]] = CUT
    town.report()
    for m in (1, 4, 10):
        town.run(T0 + timedelta(minutes=m))
    item = [r for r in town.outbox(role="team") if r["duty"] == "notice"][0]
    assert town.results(item["id"]) == ["again"] * 3 + ["unknown"]
    assert (item["state"], item["attempts"]) == ("waiting", 4)
    relay.last.clear()
    town.run(T0 + timedelta(minutes=17))
    assert town.results(item["id"])[-1] == "accepted"


def test_http_500_then_409_then_200(town):
    town.receiver.answers = [500, 409]
    town.report()
    town.assess(T0 + timedelta(minutes=5))
    assert len(town.receiver.posts) == 1
    assert not town.json("list")[0].get("external_sent_at")
    for m in (10, 20, 30):
        town.run(T0 + timedelta(minutes=m))
    assert [p[3] for p in town.receiver.posts] == [500, 409, 200]
    keys = {p[1].get("Idempotency-Key") for p in town.receiver.posts}
    bodies = {p[2] for p in town.receiver.posts}
    assert len(keys) == 1 and len(bodies) == 1
    item = town.outbox(channel="http")[0]
    assert item["state"] == "accepted"
    assert town.results(item["id"]) == ["again", "again", "accepted"]
    assert town.events("external_sent"), "all receipts are there"
    assert town.events("receiver_number") == [
        {"role": "ncert", "number": "NCERT-0001"}]
    once_each(town.relays[0])


@pytest.mark.parametrize("refusal, said", [
    ((404, b"no such page"), "404：no such page"),
    ((403, b"token has no right"), "403：token has no right"),
    (301, "301：")])
def test_a_wrong_url_is_the_operators(tmp_path, refusal, said):
    """No report is read there until the configuration is mended: the team
    phones, and the operator is told, once for all, and when it works."""
    w = Town(tmp_path)
    w.role_more["ncert"] = '  phone = "02-5550-0199"\n'
    w.write_conf()
    try:
        w.receiver.answers = [refusal] * 2
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        w.run(T0 + timedelta(minutes=6))
        (item,) = w.outbox(channel="http", duty="annex2")
        assert item["state"] == "refused"
        assert [m for m in w.box(PEOPLE["team"]) if "02-5550-0199" in
                body_of(m)]
        at = T0 + timedelta(minutes=10)
        w.deliver(answer(w.box(PEOPLE["team"])[0], PEOPLE["team"], "許建國",
                         "續報\n", at, message_id="<more@agency.example>"),
                  at)
        w.run(at)
        assert len(w.receiver.posts) == 2

        def told():
            return [m for m in w.box(PEOPLE["operator"])
                    if "介接網址" in m["Subject"]]

        (alarm,) = told()
        assert said in body_of(alarm) and "ncert" in body_of(alarm)
        assert "tocsin queue retry" in body_of(alarm)
        w.tocsin("queue", "retry", str(item["id"]))     # it is mended
        w.run(now())
        assert w.outbox(id=item["id"])[0]["state"] == "accepted"
        assert ["解除" in m["Subject"] for m in told()] == [False, True]
    finally:
        w.stop()


def test_lost_after_the_dot_goes_again_with_the_same_id(town):
    relay = town.relays[0]
    relay.dot = [CUT]           # taken, but we are not told
    town.report()
    lost = [r for r in town.outbox() if "unknown" in town.results(r["id"])]
    assert len(lost) == 1 and lost[0]["state"] == "waiting", lost
    town.run(T0 + timedelta(seconds=30))
    assert len([t for t in relay.taken if t[1] == lost[0]["message_id"]]) == 1
    for m in (10, 40):
        town.run(T0 + timedelta(minutes=m))
    copies = [t for t in relay.taken if t[1] == lost[0]["message_id"]]
    assert len(copies) == 2 and copies[0][2] == copies[1][2], \
        "a second copy must be the same mail"
    assert town.results(lost[0]["id"]) == ["unknown", "accepted"]
    assert len({t[1] for t in relay.taken}) == len(relay.taken) - 1


def test_given_up_aloud_with_a_phone_script(tmp_path):
    w = Town(tmp_path)
    w.extra = "give-up = 3600"
    w.role_more["ncert"] = '  phone = "02-5550-0199"\n'
    w.write_conf()
    try:
        w.receiver.answers = [503] * 1000
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        for m in range(10, 130, 10):
            w.run(T0 + timedelta(minutes=m))
        item = w.outbox(channel="http")[0]
        assert item["state"] == "expired"
        scripts = [m for m in w.box(PEOPLE["team"])
                   if "02-5550-0199" in body_of(m)]
        assert scripts, [m["Subject"] for m in w.box(PEOPLE["team"])]
        assert any("對方系統回應「503" in body_of(m) for m in scripts), \
            "what it answered, without our own words"
        assert w.events("gave_up")
        # SMTP to NCERT, and all else, was not held up by it.
        assert w.box(PEOPLE["ncert"])
        at = T0 + timedelta(minutes=140)
        w.deliver(answer(scripts[0], PEOPLE["team"], "許建國",
                         "已電話通報 國家資通安全應變中心 11:15 林小姐\n", at),
                  at)
        w.run(at)
        assert w.events("external_sent"), "told by phone counts"
    finally:
        w.stop()


def test_who_was_shut_has_asked_nobody(town):
    """Over the holidays all was off, and the relay is up later than we are:
    what waited is not given up for the days in which nobody was asked."""
    relay = town.relays[0]
    town.report()
    relay.down()
    town.assess(T0 + timedelta(minutes=5))
    waited = {r["id"] for r in town.outbox(channel="smtp", state="waiting")}
    assert waited
    back = T0 + timedelta(days=9)
    for m in (0, 1, 5):
        town.run(back + timedelta(minutes=m))
    assert not town.outbox(state="expired") and not town.events("gave_up")
    relay.up()
    for m in range(20, 120, 20):
        town.run(back + timedelta(minutes=m))
    assert {r["state"] for r in town.outbox() if r["id"] in waited} == \
        {"accepted"}
    once_each(relay)


def test_who_is_told_to_come_tomorrow_has_asked(tmp_path):
    """A receiver that rests by its own word for hours, in a house where nobody
    else is written to meanwhile, is given up in the end."""
    w = Town(tmp_path)
    w.extra = "give-up = 172800"
    w.write_conf()
    try:
        w.receiver.answers = [(503, b"", {"Retry-After": "36000"})] * 50
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        for m, who, part, text in ((6, "team", "請評估", "狀態：誤報"),
                                   (7, "ciso", "第二人確認", "確認誤報")):
            at = T0 + timedelta(minutes=m)
            held = [x for x in w.box(PEOPLE[who]) if part in x["Subject"]]
            w.deliver(answer(held[0], PEOPLE[who], "許建國", text + "\n", at,
                             message_id=f"<{m}@agency.example>"), at)
            w.run(at)
        assert w.json("list", "--all")[0]["state"] == "false_alarm"
        for h in range(1, 64, 3):
            w.run(T0 + timedelta(hours=h))
        assert {r["state"] for r in w.outbox(channel="http")} == {"expired"}
    finally:
        w.stop()


def test_everything_given_up_when_no_way_ever_works(tmp_path):
    """No relay for longer than give-up: each promise ends, none is dropped."""
    w = Town(tmp_path, posts=())
    w.extra = "give-up = 7200"
    w.write_conf()
    try:
        w.report()
        w.relays[0].down()
        w.assess(T0 + timedelta(minutes=5))
        for m in range(10, 200, 10):
            w.run(T0 + timedelta(minutes=m))
        old = [r for r in w.outbox(duty="annex2")]
        assert old and {r["state"] for r in old} == {"expired"}, old
        assert len(w.events("gave_up")) >= len(old)
    finally:
        w.stop()


def dsn(item, addr, action, at, status="5.1.1", by="message-id",
        diagnostic="550 5.1.1 no such user"):
    envid = ""
    ident = item["message_id"]
    if by == "envid":
        envid = "Original-Envelope-Id: %s\n" % \
            ident.split("@")[0].split(".", 1)[1]
        ident = "<somebody.else@elsewhere.example>"
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.elsewhere.example (Mail Delivery System)
To: {INCIDENT}
Subject: Delivery Status Notification
Date: {format_datetime(at)}
Message-ID: <dsn.{action}.{int(at.timestamp())}@mx.elsewhere.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.elsewhere.example
{envid}
Final-Recipient: rfc822; {addr}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b1
Content-Type: text/rfc822-headers

From: {INCIDENT}
Message-ID: {ident}
Subject: something

--b1--
""".replace("\n", "\r\n").encode()


def test_what_was_given_up_and_came_all_the_same(tmp_path):
    """The answer of the first try was lost; the receiver's server tells of it
    when all others had failed."""
    w = Town(tmp_path, posts=())
    w.extra = "give-up = 3600"
    w.write_conf()
    ncert = PEOPLE["ncert"]
    try:
        w.report()
        w.relays[0].last[ncert] = CUT
        w.relays[0].rcpt[ncert] = ["250 2.1.5 ok", "451 4.7.1 later"]
        w.assess(T0 + timedelta(minutes=5))
        for m in range(11, 80, 6):
            w.run(T0 + timedelta(minutes=m))
        (item,) = w.outbox(role="ncert", duty="annex2")
        assert item["state"] == "expired"
        assert w.results(item["id"])[0] == "unknown"
        w.tocsin("verify")
        late = T0 + timedelta(minutes=90)
        for action, state in (("delayed", "expired"), ("delivered",
                                                       "accepted")):
            w.deliver(dsn(item, ncert, action, late), late)
            w.run(late)
            (item,) = w.outbox(id=item["id"])
            assert item["state"] == state
            w.tocsin("verify")
        assert w.json("list")[0].get("external_sent_at")
    finally:
        w.stop()


def test_success_is_asked_for_where_it_counts(town):
    town.report()
    town.assess(T0 + timedelta(minutes=5))
    lines = town.relays[0].lines
    mails = [(a, b) for a, b in zip(lines, lines[1:])
             if a.startswith("MAIL") and b.startswith("RCPT")]
    for mail, rcpt in mails:
        outside = PEOPLE["ncert"] in rcpt or PEOPLE["city_it"] in rcpt
        assert ("ENVID=" in mail) == outside, mail
        assert ("SUCCESS" in rcpt) == outside, rcpt
        assert "ORCPT=rfc822;" in rcpt and "DELAY" in rcpt
    assert sum("ENVID=" in m for m, _ in mails) == 2


def test_delivery_status_comes_home(town):
    town.report()
    town.assess(T0 + timedelta(minutes=5))
    item = town.outbox(role="city_it", duty="annex2")[0]

    def state():
        return town.outbox(id=item["id"])[0]["state"]

    def say(minute, **kw):
        at = T0 + timedelta(minutes=minute)
        town.deliver(dsn(item, kw.pop("addr", PEOPLE["city_it"]), at=at, **kw),
                     at)
        town.run(at)

    n = len(town.relays[0].taken)
    say(10, action="delayed", status="4.4.1", diagnostic="451 busy")
    assert state() == "delayed", "a delay is no failure"
    assert not town.events("gave_up")
    town.run(T0 + timedelta(minutes=11))
    assert len(town.relays[0].of(PEOPLE["city_it"])) == 1, "not sent again"
    say(12, action="delivered", status="2.0.0", by="envid",
        diagnostic="250 ok")
    assert state() == "accepted"
    # Forged: another recipient, then another mail.
    say(13, action="failed", addr="somebody@city.example")
    assert state() == "accepted"
    wrong = dict(item, message_id="<x.00112233445566778899aabbccddeeff.6"
                 "@tocsin.agency.example>")
    at = T0 + timedelta(minutes=14)
    town.deliver(dsn(wrong, PEOPLE["city_it"], "failed", at), at)
    town.run(at)
    assert state() == "accepted" and not town.events("gave_up")
    assert len(town.relays[0].taken) <= n + 3, "nobody is answered"
    # The real one: somebody must phone.
    say(15, action="failed", by="envid")
    assert state() == "refused"
    assert len(town.events("gave_up")) == 1
    assert any("no such user" in body_of(m)
               for m in town.box(PEOPLE["team"])), "the team must know"
    assert town.results(item["id"]) == ["accepted", "delayed", "delivered",
                                        "failed"]


def test_verify_bears_a_notice_written_a_moment_before_its_row(town):
    """As versions did that read the clock once for each; no more than that."""
    town.report()
    town.assess(T0 + timedelta(minutes=5))
    item = town.outbox(role="city_it", duty="annex2")[0]
    at = T0 + timedelta(minutes=10)
    town.deliver(dsn(item, PEOPLE["city_it"], "delayed", at), at)
    town.run(at)

    def earlier(seconds):
        db = sqlite3.connect(f"{town.dir}/state/tocsin.db")
        with db:
            assert db.execute("UPDATE receipt SET at = at - ? WHERE kind ="
                              " 'dsn'", (seconds,)).rowcount == 1
        db.close()
        return town.tocsin("verify", check=False)
    assert "FAULT" not in earlier(1)
    assert "receipt 2 (delayed) is not as the journal has it" in earlier(60)


def test_the_receivers_number_is_kept_and_printed(tmp_path):
    w = Town(tmp_path, posts=())
    w.role_more["ncert"] = "  number-pattern = 'TWNCERT-[0-9]{4}-[0-9]+'\n"
    w.write_conf()
    try:
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        at = T0 + timedelta(minutes=20)
        ours = w.box(PEOPLE["ncert"])[0]
        # A stranger who only knows the address and the number is not heard.
        number = w.json("list")[0]["tracking"]
        w.deliver(raw_mail(PEOPLE["ncert"], "NCERT", f"[{number}]",
                           "案號 TWNCERT-2026-666\n", at,
                           message_id="<forged@ncert.example>"), at)
        w.run(at)
        assert not w.events("receiver_number")
        # Their ticket system answers by itself, marked as a machine.
        w.deliver(raw_mail(
            PEOPLE["ncert"], "NCERT", "Re: " + ours["Subject"],
            "已受理，案號 TWNCERT-2026-4711\n", at,
            message_id="<auto@ncert.example>",
            headers=(f"In-Reply-To: {ours['Message-ID']}",
                     "Auto-Submitted: auto-replied")), at)
        w.run(at + timedelta(minutes=1))
        assert w.events("receiver_number") == [
            {"role": "ncert", "number": "TWNCERT-2026-4711"}]
        item = w.outbox(role="ncert", duty="annex2")[0]
        assert "TWNCERT-2026-4711" in w.tocsin("queue", "show",
                                               str(item["id"]))
        n = len(w.box(PEOPLE["team"]))
        at += timedelta(hours=2)
        notice = w.box(PEOPLE["team"])[0]
        w.deliver(answer(notice, PEOPLE["team"], "許建國", RECOVERY, at), at)
        w.run(at)
        assert any("TWNCERT-2026-4711" in body_of(m)
                   for m in w.box(PEOPLE["team"])[n:]), \
            [body_of(m) for m in w.box(PEOPLE["team"])[n:]]
    finally:
        w.stop()


def test_a_rate_is_kept_and_what_waits_is_not_counted(tmp_path):
    w = Town(tmp_path, more="  rate = 5\n")
    try:
        for i in range(6):
            w.deliver(annex1(PEOPLE["staff"], "王小明",
                             T0 - timedelta(minutes=5), T0,
                             message_id=f"<r{i}@agency.example>"), T0)
        w.run(T0)
        relay = w.relays[0]
        assert len(relay.taken) == 5
        waiting = w.outbox(state="waiting")
        assert waiting and all(r["attempts"] == 0 for r in waiting)
        assert not any(w.results(r["id"]) for r in waiting)
        w.run(T0 + timedelta(seconds=59))
        assert len(relay.taken) == 5
        w.run(T0 + timedelta(seconds=61))
        assert len(relay.taken) == 10
        for m in range(2, 12):
            w.run(T0 + timedelta(minutes=m))
        assert not w.outbox(state="waiting")
        once_each(relay)
    finally:
        w.stop()


def test_a_receiver_that_hangs_holds_nobody_up(tmp_path):
    """Two receivers that never answer; mails go on meanwhile."""
    w = Town(tmp_path, posts=("ncert", "city_it"))
    holes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = iter([h.getsockname()[1] for h in holes])
    w.http_conf = lambda role: "" if role not in w.posts_to else (
        f'  http {{\n    url = "http://127.0.0.1:{next(ports)}/x"\n'
        "    cleartext = true\n    timeout = 45\n  }")
    w.write_conf()
    try:
        w.report(now())
        proc = subprocess.Popen(
            [str(build_dir() / "tocsind"), "-c", str(w.conf)],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=w.env(),
            start_new_session=True)
        try:
            notice = w.box(PEOPLE["team"])[0]
            w.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY,
                             now()))
            wait_for(lambda: w.outbox(channel="http", state="in_hand"), 30)
            for i in range(12):
                w.deliver(annex1(PEOPLE["staff"], "王小明",
                                 now() - timedelta(minutes=5), now(),
                                 message_id=f"<h{i}@agency.example>"))
            wait_for(lambda: len(w.box(PEOPLE["staff"])) >= 13, 30,
                     "mails waited for HTTP")
            assert not w.outbox(channel="http", state="accepted")
        finally:
            for h in holes:
                h.close()
            proc.send_signal(signal.SIGTERM)
            assert proc.wait(60) == 0
    finally:
        for h in holes:
            h.close()
        w.stop()


# --- falling quiet ---


def test_two_tocsins_fall_quiet(tmp_path):
    a, b = MaildirWorld(tmp_path / "a"), MaildirWorld(tmp_path / "b")
    other = "incident@other.example"
    b.conf.write_text(b.conf.read_text()
                      .replace(f'address = "{INCIDENT}"',
                               f'address = "{other}"')
                      .replace("agency.example", "other.example")
                      .replace("incident@other.example",
                               "incident@other.example"))
    try:
        # Somebody forged the first mail: A's house writes to B.
        b.deliver(raw_mail(INCIDENT, "事件", "資安事件", "檔案無法開啟\n", T0),
                  T0)
        moved = {"a": 0, "b": 0}
        rounds = []
        for i in range(8):
            at = T0 + timedelta(minutes=i)
            a.run(at)
            b.run(at)
            n = 0
            for name, src, dst, to in (("a", a, b, other),
                                       ("b", b, a, INCIDENT)):
                mails = src.box(to)
                for m in mails[moved[name]:]:
                    dst.deliver(bytes(m), at)
                    n += 1
                moved[name] = len(mails)
            rounds.append(n)
        assert sum(rounds) <= 2 and rounds[-4:] == [0] * 4, rounds
        assert not a.json("list", "--all"), "no incident out of an answer"
    finally:
        a.stop()
        b.stop()


def test_an_autoresponder_without_marks_falls_quiet(tmp_path):
    w = MaildirWorld(tmp_path)
    w.extra = "sender-limit = 4"
    w.write_conf()
    robot = "robot@agency.example"
    try:
        w.deliver(raw_mail(robot, "機器", "網頁打不開", "網頁打不開了\n", T0), T0)
        seen, rounds = 0, []
        for i in range(14):
            at = T0 + timedelta(minutes=i)
            w.run(at)
            mails = w.box(robot)
            rounds.append(len(mails) - seen)
            for m in mails[seen:]:
                w.deliver(raw_mail(
                    robot, "機器", "謝謝您的來信", "我們已收到，將盡快處理。\n", at,
                    message_id=f"<robot.{i}@agency.example>",
                    headers=(f"In-Reply-To: {m['Message-ID']}",)), at)
            seen = len(mails)
        assert rounds[-5:] == [0] * 5, rounds
        assert seen <= 5, rounds
    finally:
        w.stop()


# --- the operator, while the daemon runs ---


@pytest.fixture
def live(tmp_path):
    w = Town(tmp_path)
    w.report(now())
    w.relays[0].down()
    log = open(w.dir / "live.log", "ab")
    proc = subprocess.Popen(
        [str(build_dir() / "tocsind"), "-c", str(w.conf)],
        stdin=subprocess.DEVNULL, stderr=log, env=w.env(),
        start_new_session=True)
    try:
        wait_for(lambda: "started" in (w.dir / "live.log").read_text(), 30)
        w.deliver(annex1(PEOPLE["staff"], "王小明",
                         now() - timedelta(minutes=5), now(),
                         message_id="<live@agency.example>"))
        wait_for(lambda: len(w.outbox(state="waiting")) >= 3, 30)
        yield w
    finally:
        proc.send_signal(signal.SIGTERM)
        assert proc.wait(60) == 0
        assert "Sanitizer" not in (w.dir / "live.log").read_text()
        w.stop()


def test_queue_hold_retry_withdraw_while_it_runs(live):
    relay = live.relays[0]
    # One may be in a courier's hand just now, and is let go soon.
    ids = [r["id"] for r in live.outbox()
           if r["state"] in ("waiting", "in_hand")]
    hold, drop, rest = ids[0], ids[1], ids[2:]
    for verb, item in (("hold", hold), ("withdraw", drop)):
        wait_for(lambda: "1 done" in live.tocsin("queue", verb, str(item),
                                                 check=False), 20)
    assert live.outbox(id=hold)[0]["state"] == "held"
    assert live.outbox(id=drop)[0]["state"] == "withdrawn"
    # All or none: the second one cannot be held.
    p = live.tocsin("queue", "hold", str(rest[0]), str(drop), check=False)
    assert "done" not in p
    assert live.outbox(id=rest[0])[0]["state"] != "held"
    n = len(relay.taken)

    def rests_for_minutes():
        live.tocsin("queue", "retry", str(rest[0]), check=False)
        return (live.dir / "live.log").read_text().count(
            "way: name=relay:r0 rest=") >= 4
    wait_for(rests_for_minutes, 60)
    relay.up()
    live.tocsin("queue", "retry", *map(str, rest))
    wait_for(lambda: all(live.outbox(id=i)[0]["state"] == "accepted"
                         for i in rest), 30, "retry is now, rest or not")
    assert len(relay.taken) >= n + len(rest)
    assert live.outbox(id=hold)[0]["state"] == "held"
    live.tocsin("queue", "retry", str(hold))
    wait_for(lambda: live.outbox(id=hold)[0]["state"] == "accepted", 60)
    assert live.outbox(id=drop)[0]["state"] == "withdrawn"
    once_each(relay)
    words = [r[0] for r in live.rows("SELECT event FROM journal WHERE "
                                     "event LIKE 'queue_%' ORDER BY seq")]
    assert words[:2] == ["queue_hold", "queue_withdraw"]


def test_import_while_it_runs(live):
    mail = live.dir / "one.eml"
    mail.write_bytes(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now(),
                            message_id="<imported@agency.example>"))
    before = len(live.json("list", "--all"))
    assert "1 added" in live.tocsin("import", str(mail))
    wait_for(lambda: len(live.json("list", "--all")) == before + 1, 30)
    assert "0 added, 1 known" in live.tocsin("import", str(mail))
