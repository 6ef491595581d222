"""What counts as a receipt: answers of receivers that are none, the signature
as the receiver checks it, and the whole chain of ways down to the telephone.
"""

import base64
import hashlib
import hmac
import json
import os
from datetime import timedelta

import pytest

from smtp_script import CUT
from story import RECOVERY, answer, raw_mail
from test_courier_live import T0, Town, dsn
from world import PEOPLE, body_of, own_policies

PAGE = b"\r\n<!DOCTYPE html><html><title>Please log in</title>"
HTTP = "number-pointer = \"/number\""
KIND = {"Content-Type": "text/html"}

# name: (pointer or none, what comes, what stays of it, its result)
GARBAGE = {
    "a page": (1, (200, PAGE, KIND), "Please log in", "unknown"),
    "a page, no pointer": (0, (200, PAGE, KIND), "Please log in", "unknown"),
    "nothing": (1, (200, b""), "no number at /number", "unknown"),
    "another shape": (1, (200, b'[{"number": 7}]'), '[{"number": 7}]',
                      "unknown"),
    "an object": (1, (200, b'{"number": {"no": 7}}'), "no number",
                  "unknown"),
    "10 MB": (1, (200, b'{"x": "' + b"y" * 10000000 + b'", "number": 1}'),
              '{"x": "yyyy', "unknown"),
    "no text": (1, (200, b'{"number": "\xff\xfe\x1b[2J"}'), '??', "unknown"),
    "a redirect": (1, (302, b"moved",
                       {"Location": "http://127.0.0.2/elsewhere"}),
                   "http://127.0.0.2/elsewhere moved", "refused"),
    "409 without a number": (1, (409, b"busy"), "busy", "again"),
}

DELIVERY = ("forward_needs_receipt = true",
            "forward_needs_delivery = true\nforward_needs_receipt = true")


def town_with(where, lines=HTTP, **more):
    w = Town(where, **more)
    w.http_conf = lambda role: "" if role != "ncert" else (
        w.role_more.get(role, "") +
        f'  http {{\n    url = "http://127.0.0.1:{w.receiver.port}/{role}"\n'
        f'    cleartext = true\n    {lines}\n  }}')
    w.write_conf()
    return w


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_kept_shown_and_no_receipt(tmp_path, name):
    pointer, said, kept, result = GARBAGE[name]
    w = town_with(tmp_path, HTTP if pointer else "")
    try:
        w.receiver.answers = [said]
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        item = w.outbox(channel="http")[0]
        assert w.results(item["id"]) == [result]
        assert item["state"] == ("refused" if result == "refused" else
                                 "waiting"), item
        shown = w.tocsin("queue", "show", str(item["id"]))
        assert kept in shown and "\x1b" not in shown
        assert len(shown) < 20000
        assert not w.events("receiver_number")
        assert not w.events("external_sent")
        if result == "refused":         # told: somebody must phone
            assert any("127.0.0.2/elsewhere" in body_of(m)
                       for m in w.box(PEOPLE["team"]))
            return
        for m in (20, 40):
            w.run(T0 + timedelta(minutes=m))
        assert w.outbox(id=item["id"])[0]["state"] == "accepted"
        assert len({p[1]["Idempotency-Key"] for p in w.receiver.posts}) == 1
        assert w.events("external_sent")
    finally:
        w.stop()


def test_nothing_at_204_is_a_receipt(tmp_path):
    """There can be no number in it; the standard says: done."""
    w = town_with(tmp_path)
    try:
        w.receiver.answers = [(204, b"")]
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        item = w.outbox(channel="http")[0]
        assert w.results(item["id"]) == ["accepted"]
        assert w.events("external_sent")
    finally:
        w.stop()


def test_a_number_breaks_out_of_nothing(tmp_path):
    """It is printed in every later mail, in the record and on the screen."""
    w = town_with(tmp_path)
    evil = "N-1\r\nBcc: victim@x.example\x1b[31m{{tracking}}<b>\u202e"
    try:
        w.receiver.answers = [(200, json.dumps({"number": evil}).encode())]
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        item = w.outbox(channel="http")[0]
        assert item["state"] == "accepted"
        for out in (w.tocsin("queue", "show", str(item["id"])),
                    w.tocsin("show", w.json("list")[0]["tracking"])):
            assert "N-1" in out
            assert not any(c in out for c in "\x1b\u202e\r")
        at = T0 + timedelta(hours=2)
        w.deliver(answer(w.box(PEOPLE["team"])[0], PEOPLE["team"], "許建國",
                         RECOVERY, at), at)
        w.run(at)
        bodies = []
        for box in w.out.iterdir():
            for m in w.box(box.name):
                assert m["Bcc"] is None
                bodies.append(body_of(m))
                assert not any(c in bodies[-1] + str(m["Subject"])
                               for c in "\x1b\u202e")
        assert any("N-1" in b and "{{tracking}}" in b for b in bodies)
        assert not (w.out / "victim@x.example").exists()
    finally:
        w.stop()


def verified(secret, headers, body, now):
    """https://www.standardwebhooks.com: the receiver's side, from its words
    alone: "msg_id.timestamp.payload", HMAC-SHA256, base64, "v1,"."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    ident, at = headers["webhook-id"], headers["webhook-timestamp"]
    want = base64.b64encode(hmac.new(
        key, f"{ident}.{at}.".encode() + body, hashlib.sha256).digest())
    got = [s.split(",", 1) for s in headers["webhook-signature"].split()]
    return abs(int(at) - now) <= 300 and any(
        v == "v1" and hmac.compare_digest(s.encode(), want) for v, s in got)


def test_the_receiver_can_verify_what_we_sign(tmp_path):
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    key = tmp_path / "gateway.hmac"
    key.write_text(secret + "\n")
    key.chmod(0o600)
    w = town_with(tmp_path / "town", HTTP + f'\n    hmac-key-file = "{key}"')
    try:
        w.receiver.answers = [500]
        w.report()
        at = [T0 + timedelta(minutes=5), T0 + timedelta(minutes=15)]
        w.assess(at[0])
        w.run(at[1])
        assert len(w.receiver.posts) == 2
        for t, (_, headers, body, _) in zip(at, w.receiver.posts):
            lower = {k.lower(): v for k, v in headers.items()}
            now = int(t.timestamp())
            assert verified(secret, lower, body, now)
            assert not verified(secret, lower, body + b" ", now)
            assert not verified(secret, lower, body, now + 301)
            assert lower["webhook-id"] == lower["idempotency-key"]
    finally:
        w.stop()


# --- the chain ---


def test_the_second_relay_takes_what_two_ways_did_not(tmp_path):
    """HTTP is broken, the first relay is: the mail goes by the second; with
    one way's receipt missing it does not count, and the record says which."""
    w = Town(tmp_path, relays=2)
    try:
        first, second = w.relays
        w.receiver.answers = [503] * 100
        first.greeting = ["554 5.3.2 no service here"] * 100
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        assert not first.taken
        assert second.of(PEOPLE["ncert"]) and second.of(PEOPLE["city_it"])
        mail = w.outbox(role="ncert", channel="smtp")[0]
        post = w.outbox(role="ncert", channel="http")[0]
        assert (mail["state"], post["state"]) == ("accepted", "waiting")
        assert not w.events("external_sent"), "every channel, says the policy"
        w.receiver.answers = []
        for m in (30, 60):
            w.run(T0 + timedelta(minutes=m))
        assert w.events("external_sent")
        assert len(second.of(PEOPLE["ncert"])) == 1
    finally:
        w.stop()


def test_a_policy_that_asks_for_delivery(tmp_path):
    """The relay's word is not enough; the receivers' servers' is."""
    w = Town(tmp_path, posts=())
    w.extra = own_policies(tmp_path / "policies", DELIVERY)
    w.write_conf()
    try:
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        items = {r: w.outbox(role=r, duty="annex2")[0]
                 for r in ("ncert", "city_it")}
        assert {i["state"] for i in items.values()} == {"accepted"}
        assert not w.events("external_sent")
        w.run(T0 + timedelta(minutes=40))
        (told,) = [body_of(m) for m in w.box(PEOPLE["team"])
                   if "對外通報尚未完成" in m["Subject"]]
        assert "傳送中，尚未送達" in told and "已送達" not in told

        def notice(role, action, minutes):
            at = T0 + timedelta(minutes=minutes)
            w.deliver(dsn(items[role], PEOPLE[role], action, at, "2.0.0",
                          diagnostic="250 ok"), at)
            w.run(at)

        notice("ncert", "relayed", 41)      # into the dark beyond
        notice("ncert", "delivered", 42)
        assert not w.events("external_sent")
        notice("city_it", "delayed", 43)
        notice("city_it", "delivered", 44)
        assert len(w.events("external_sent")) == 1
        sent = [e for e in w.events("sent") if e["duty"] == "annex2"]
        assert len(sent) == 4, "by the desk and by the rules, once each"
        at = w.json("list")[0]["external_sent_at"]
        assert at.startswith("2026-11-24T09:44:05"), at
    finally:
        w.stop()


@pytest.mark.parametrize("by", ["reply", "ticket"])
def test_a_receivers_number_by_mail_is_delivery(tmp_path, by):
    """Who answers our report with a number of theirs has got it; a stranger
    with the same words has not, nor does the number of a first report prove
    the second."""
    w = Town(tmp_path, posts=())
    w.extra = own_policies(tmp_path / "policies", DELIVERY)
    for role in ("ncert", "city_it"):
        w.role_more[role] = "  number-pattern = 'CASE-[0-9]+'\n"
    w.write_conf()
    try:
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        ours = {r: w.box(PEOPLE[r])[-1] for r in ("ncert", "city_it")}

        def says(role, number, minutes, forged=False):
            at = T0 + timedelta(minutes=minutes)
            tracking = w.json("list")[0]["tracking"]
            ident = "<forged@elsewhere.example>" if forged else \
                ours[role]["Message-ID"]
            refs = (f"References: <x@y.example> {ident}",) if by == "ticket" \
                else (f"In-Reply-To: {ident}",)
            w.deliver(raw_mail(
                PEOPLE[role], role, f"[{tracking}] {number}",
                f"已受理，案號 {number}\n", at,
                message_id=f"<n.{minutes}@{role}.example>",
                headers=(*refs, "Auto-Submitted: auto-replied")), at)
            w.run(at)

        def delivered():
            return {r: [x for i in w.outbox(role=r, duty="annex2")
                        for x in w.results(i["id"])] for r in ours}

        says("ncert", "CASE-666", 6, forged=True)
        says("city_it", "CASE-666", 7, forged=True)
        assert not w.events("receiver_number") and \
            not w.events("external_sent")
        assert delivered() == {"ncert": ["accepted"], "city_it": ["accepted"]}
        says("ncert", "CASE-1", 8)
        says("ncert", "CASE-1", 9)          # said twice, counted once
        assert delivered()["ncert"] == ["accepted", "confirmed"]
        assert not w.events("external_sent"), "the city has not answered"
        # later, in a mail of its own, with nothing but its number
        for role, n, where in (("ncert", 11, "CASE-1"), ("city_it", 12,
                                                         "CASE-1")):
            at = T0 + timedelta(minutes=n)
            w.deliver(raw_mail(PEOPLE[role], role, f"{where} 請補資料", "如題\n",
                               at, message_id=f"<own.{n}@{role}.example>"), at)
            w.run(at)
        assert [m["disposition"] for m in w.json("mail")][:2] == \
            ["report", "supplement"], "the city gave no such number"
        says("city_it", "CASE-2", 13)
        assert len(w.events("external_sent")) == 1
        assert w.json("list")[0]["external_sent_at"].startswith(
            "2026-11-24T09:13:05")
        assert w.tocsin("verify")
    finally:
        w.stop()


def test_a_confirmation_is_in_the_journal(tmp_path):
    """The way out was lost behind the dot, the receiver names the report by a
    number of theirs, and a server on the way says that it is late."""
    w = Town(tmp_path, posts=())
    w.role_more["ncert"] = "  number-pattern = 'CASE-[0-9]+'\n"
    w.write_conf()
    w.relays[0].last = {PEOPLE["ncert"]: CUT}
    try:
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        item = w.outbox(role="ncert", duty="annex2")[0]
        assert (item["state"], item["attempts"]) == ("waiting", 1)
        at = T0 + timedelta(minutes=6)
        w.deliver(raw_mail(
            PEOPLE["ncert"], "NCERT", "CASE-1", "已受理，案號 CASE-1\n", at,
            message_id="<n1@ncert.example>",
            headers=(f"In-Reply-To: {item['message_id']}",)), at)
        w.run(at)
        (row,) = w.events("confirmed")
        assert (row["outbox"], row["number"]) == (item["id"], "CASE-1")
        at = T0 + timedelta(minutes=7)
        w.deliver(dsn(item, PEOPLE["ncert"], "delayed", at), at)
        w.run(at)
        assert w.outbox(id=item["id"])[0]["state"] == "accepted"
        assert w.results(item["id"]) == ["unknown", "confirmed", "delayed"]
        assert "FAULT" not in w.tocsin("verify")
        shown = w.tocsin("show", w.json("list")[0]["tracking"])
        assert "names it by number CASE-1" in shown
    finally:
        w.stop()


def test_no_way_works_and_somebody_phones(tmp_path):
    """Everything fails; the team phones, says so, and the law's platform
    stays to be served: a task with its own reminders."""
    w = Town(tmp_path)
    w.extra = 'policy = "csma-2026"'
    w.role_more["ncert"] = '  phone = "02-5550-0199"\n'
    w.role_more["city_it"] = '  fax = "02-5550-0288"\n'
    w.write_conf()
    relay = w.relays[0]
    try:
        for role in ("ncert", "city_it"):
            relay.rcpt[PEOPLE[role]] = ["550 5.7.1 not from you"]
        w.receiver.answers = [(422, b"schema 9 only")]
        w.report()
        w.assess(T0 + timedelta(minutes=5))
        assert {(i["role"], i["channel"], i["state"])
                for i in w.outbox(duty="annex2")} == {
            ("ncert", "smtp", "refused"), ("ncert", "http", "refused"),
            ("city_it", "smtp", "refused")}
        w.run(T0 + timedelta(minutes=6))
        scripts = [body_of(m) for m in w.box(PEOPLE["team"])
                   if "立即以電話或傳真" in m["Subject"]]
        for part in ("02-5550-0199", "02-5550-0288", "not from you",
                     "schema 9 only"):
            assert any(part in s for s in scripts), (part, scripts)
        assert not w.events("external_sent")
        last = [m for m in w.box(PEOPLE["team"])
                if "立即以電話或傳真" in m["Subject"]][-1]

        def says(minutes, text):
            at = T0 + timedelta(minutes=minutes)
            w.deliver(answer(last, PEOPLE["team"], "許建國", text, at,
                             message_id=f"<says.{minutes}@agency.example>"),
                      at)
            w.run(at)

        # NCERT alone is not all; then the city, said later than done.
        says(20, "已電話通報 國家資通安全應變中心 09:15 林先生\n")
        assert w.events("phoned") and not w.events("external_sent")
        says(80, "已電話通報 臺北市政府資訊局 09:25 王小姐\n")
        assert w.events("external_sent") == [{"last": "phone", "revision": 1}]
        case = w.json("list")[0]
        assert case["external_sent_at"].startswith("2026-11-24T09:25:00"), \
            "the hour of the call, not of the mail that tells of it"
        record = w.tocsin("show", case["tracking"])
        assert "王小姐" in record and "林先生" in record
        assert {e["channel"] for e in w.events("gave_up")} == {"smtp", "http"}

        # Late filing: a task of its own, with its own reminders, until done.
        def filing():
            return [m for m in w.box(PEOPLE["team"]) if "平台" in m["Subject"]]

        had = len(filing())
        dues = {d["name"]: d for d in
                w.json("show", case["tracking"])[0]["deadlines"]}
        assert dues["platform"]["state"] == "open", dues
        w.run(T0 + timedelta(hours=30))
        assert len(filing()) > had
        says(31 * 60, "已於平台通報 115112400777\n先以電子郵件通報之事由："
             "網站無法登入\n")
        assert w.events("platform")
        had = len(filing())
        w.run(T0 + timedelta(hours=60))
        assert len(filing()) == had
        assert "網站無法登入" in w.tocsin("show", case["tracking"])
        assert w.tocsin("verify")
    finally:
        w.stop()
