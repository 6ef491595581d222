"""Those who mean harm, and those who only do it: strangers with numbers and
stolen words, machines that answer, neighbours with signals."""

import base64
import os
import random
import re
import signal
import subprocess
import time
from datetime import datetime, timedelta

import pytest

from servers import wait_for
from story import TEAM_REPLY, annex1, answer, raw_mail
from test_daemon import dispositions, end, log_of, reader_of, start
from world import PEOPLE, TAIPEI, MaildirWorld, body_of, build_dir, now

STAFF, TEAM = PEOPLE["staff"], PEOPLE["team"]
EVIL = "evil@elsewhere.example"
FORM = ("組別：機要組\n用戶端姓名：王小明\n聯絡電話：02-5550-0101\n"
        "資通安全事件簡述：電腦中毒，檔案無法開啟。\n")


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


def states(world):
    if not (world.dir / "state" / "tocsin.db").exists():
        return {}
    return {i["tracking"]: (i["level"] or 0, i["state"])
            for i in world.json("list", "--all")}


def counts(world):
    """Mails of incidents: what the house sends comes by the hour of day."""
    n = {d.name: sum(m["X-Tocsin-Tracking"] is not None
                     for m in world.box(d.name))
         for d in world.out.iterdir()}
    return {who: many for who, many in n.items() if many}


class Case:
    """An incident and the mails that tell of it."""

    def __init__(self, town, sender=STAFF, at=None):
        self.t = at or now()
        known = set(states(town))
        town.deliver(annex1(sender, "王小明", self.t - timedelta(minutes=5),
                            self.t, "utf-8",
                            message_id=f"<case.{sender}>"), self.t)
        town.run(self.t)
        self.number = (set(states(town)) - known).pop()
        self.ack = town.box(sender)[-1]
        self.notice = [m for m in town.box(TEAM)
                       if self.number in m["Subject"]][-1]


def with_header(raw, line):
    return raw.replace(b"\r\nMIME-Version", b"\r\n" + line.encode() +
                       b"\r\nMIME-Version", 1)


# -- who may say what --

def test_a_token_fits_no_other_incident(town):
    one, two = Case(town), Case(town, "other@agency.example")
    for i, head in enumerate((f"In-Reply-To: {two.notice['Message-ID']}",
                              f"References: {two.notice['Message-ID']} "
                              f"{one.ack['Message-ID']}")):
        town.deliver(raw_mail(TEAM, "許建國", f"回覆: [{one.number}]",
                              "等級：4級\n狀態：結案\n", one.t, headers=(head,),
                              message_id=f"<cross.{i}@x.example>"))
    town.run(one.t + timedelta(minutes=1))
    assert states(town)[one.number] == (0, "received")


def test_results_that_nobody_trusted_wrote_count_for_nothing(town):
    case = Case(town)
    for i, who in enumerate(("mx.agency.example", "agency.example", "",
                             "incident.agency.example")):
        town.deliver(raw_mail(
            TEAM, "許建國", f"回覆: [{case.number}]", "等級：4級\n", case.t,
            message_id=f"<ar.{i}@x.example>", headers=(
                f"Authentication-Results: {who}; dkim=pass "
                "header.d=agency.example; spf=pass "
                f"smtp.mailfrom={TEAM}; dmarc=pass "
                "header.from=agency.example",)))
    town.run(case.t + timedelta(minutes=1))
    assert states(town)[case.number] == (0, "received")


def test_an_expired_token_says_nothing(town):
    case = Case(town)
    later = case.t + timedelta(days=400)
    town.deliver(answer(case.notice, TEAM, "許建國", "等級：4級\n", later))
    town.run(later)
    assert states(town)[case.number] == (0, "received")


@pytest.mark.parametrize("mark", [
    "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated",
    "Precedence: bulk", "Precedence: junk", "X-Autoreply: yes",
    "X-Auto-Response-Suppress: OOF\r\nAuto-Submitted: auto-generated"])
def test_the_teams_vacation_mail_decides_nothing(town, mark):
    """It has the team's token, and a signature with fatal words."""
    case = Case(town)
    before = counts(town)
    town.deliver(with_header(answer(
        case.notice, TEAM, "許建國", "本人休假中。\n等級：4級\n狀態：結案\n",
        case.t), mark))
    town.run(case.t + timedelta(minutes=1))
    assert states(town)[case.number] == (0, "received")
    assert counts(town) == before


def test_words_of_a_stranger_reach_no_form_outside(town):
    case = Case(town)
    town.deliver(raw_mail(
        EVIL, "壞人", f"Re: [{case.number}]",
        "組別：駭客組\n用戶端姓名：假名\n聯絡電話：02-9999-9999\n"
        "資通安全發生時間：96年1月1日9時\n資通安全事件簡述：其實沒事\n"
        "影響範圍：全無\n", case.t))
    town.run(case.t + timedelta(minutes=1))
    town.deliver(answer(case.notice, TEAM, "許建國", "等級：3級\n", case.t))
    town.run(case.t + timedelta(minutes=2))
    outside = [body_of(m) for r in ("ncert", "city_it")
               for m in town.box(PEOPLE[r])]
    outside += [str(d) for d in town.receiver.documents().values()]
    assert len(outside) == 4
    for text in outside:
        assert "機要組" in text
        for word in ("駭客組", "假名", "9999-9999", "其實沒事", "全無"):
            assert word not in text, word


def test_a_stranger_with_a_number_learns_nothing(town):
    case = Case(town)
    town.deliver(raw_mail(EVIL, "壞人", f"[{case.number}]",
                          "狀態：處理中\n請告知案情\n", case.t))
    town.run(case.t + timedelta(minutes=1))
    for m in town.box(EVIL):
        assert not re.search("王小明|機要組|5550-0101|蠕蟲", str(m["Subject"]) +
                             body_of(m))


HIDDEN = [
    "<p>收到。</p><div style='display:none'>等級：4級<br>狀態：結案</div>",
    "<p>收到。</p><!-- 等級：4級 --><script>狀態：結案</script>",
    "<p>收到。</p><blockquote type='cite'>等級：4級<br>狀態：結案</blockquote>",
    "<p>收到。</p><p hidden>等級：4級</p><p style='font-size:0'>狀態：結案</p>",
]


@pytest.mark.parametrize("html", HIDDEN)
def test_what_the_team_cannot_see_is_no_word_of_its(town, html):
    case = Case(town)
    raw = answer(case.notice, TEAM, "許建國", "", case.t)
    head = raw.split(b"\r\n\r\n", 1)[0].replace(b"text/plain", b"text/html")
    town.deliver(head + b"\r\n\r\n" + html.encode())
    town.run(case.t + timedelta(minutes=1))
    assert states(town)[case.number][0] == 0
    assert states(town)[case.number][1] != "closed"


def test_attachments_command_nothing(town):
    case = Case(town)
    raw = answer(case.notice, TEAM, "許建國", "", case.t)
    head = raw.split(b"\r\n\r\n", 1)[0].replace(
        b"Content-Type: text/plain; charset=utf-8",
        b'Content-Type: multipart/mixed; boundary="b"').replace(
        b"Content-Transfer-Encoding: 8bit", b"X-Pad: x")
    words = "等級：4級\n狀態：結案\n".encode()
    town.deliver(head + b"\r\n\r\n--b\r\nContent-Type: text/plain; "
                 b"charset=utf-8\r\n\r\n" + "如附件。".encode() + b"\r\n--b\r\n"
                 b"Content-Type: text/plain; charset=utf-8\r\n"
                 b"Content-Disposition: attachment; filename=a.txt\r\n\r\n" +
                 words + b"\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
                 b"Subject: x\r\nContent-Type: text/plain; charset=utf-8"
                 b"\r\n\r\n" + words + b"\r\n--b--\r\n")
    town.run(case.t + timedelta(minutes=1))
    assert states(town)[case.number] == (0, "received")


# -- what they write into our mails --

def test_no_field_adds_a_header_a_recipient_or_a_section(town):
    t = now()
    evil = "王\r\nBcc: victim@x.example\r\n\r\n{{tracking}}{{{agency}}}{{>footer}}"
    word = "=?utf-8?B?" + base64.b64encode(evil.encode()).decode() + "?="
    raw = raw_mail("inj@agency.example", "x", "x", FORM.replace(
        "機要組", "{{team_phone}}{{>footer}}").replace(
        "王小明", "{{{tracking}}}\u2028Bcc: victim@x.example").replace(
        "電腦中毒", "{{#drill}}電腦中毒{{/drill}}\x1b[31m\n.\nRCPT TO:<v@x>"), t)
    raw = raw.replace(b"From: x <", b"From: " + word.encode() + b" <")
    raw = raw.replace(b"Subject: x", b"Subject: " + word.encode())
    town.deliver(raw)
    town.run(t)
    assert "victim@x.example" not in counts(town)
    number = town.json("list", "--all")[0]["tracking"]
    for who in ("inj@agency.example", TEAM, PEOPLE["ethics"]):
        (m,) = town.box(who)
        assert m["Bcc"] is None and m["Cc"] is None
        assert "\x1b" not in body_of(m) + str(m["Subject"])
        assert len(m.get_all("Subject")) == len(m.get_all("To")) == 1
    ack = body_of(town.box("inj@agency.example")[0])
    assert "{{team_phone}}{{>footer}}" in ack and number in ack


@pytest.mark.parametrize("line", [
    b"", b"From:\r\n", b"From: \xa4\xfd\xa4p\xa9\xfa\r\n",
    b"From: a@b@c <\r\n", b'From: "open <x@agency.example>\r\n',
    b"From: (((((\r\n", b"From: =?big5?B?qkz51qZ3?=\r\n",
], ids=range(7))
def test_i39_a_bad_from_loses_nothing(town, line):
    """Kept, one incident, the team is told.  (An empty address, <>,
    is the mark of a machine and opens none.)"""
    t = now()
    raw = raw_mail(STAFF, "x", "x", FORM, t)
    head = raw[raw.index(b"From:"):]
    town.deliver(raw.replace(head[:head.index(b"\n") + 1],
                             line.replace(b"\r", b"")))
    town.run(t)
    (mail,) = town.json("mail")
    (inc,) = town.json("list", "--all")
    assert mail["disposition"] == "report", mail
    assert inc["tracking"] in str(town.box(TEAM)[0]["Subject"])
    assert town.tocsin("verify")


def test_huge_fields_are_cut_and_answered(town):
    t = now()
    town.deliver(raw_mail(STAFF, "王" * 3000, "字" * 3000, FORM.replace(
        "機要組", "機" * 100000).replace("電腦中毒", "毒" * 1000000), t))
    town.run(t)
    for who in (STAFF, TEAM):
        (m,) = town.box(who)
        raw = m.as_bytes()
        assert len(raw) < 600000
        assert max(map(len, raw.split(b"\n"))) < 1000


@pytest.mark.parametrize("charset", ["utf-8", "big5"])
def test_a_form_of_five_megabytes_in_one_line_loses_only_its_end(town,
                                                                 charset):
    t = now()
    form = FORM.replace("電腦中毒", "電腦中毒，" * 400000)
    town.deliver(raw_mail(STAFF, "王小明", "通報", form, t, charset))
    town.run(t)
    (case,) = town.json("list", "--all")
    assert case["summary"].startswith("電腦中毒，電腦中毒，")
    asked = body_of(town.box(STAFF)[0])
    assert "◎資通安全事件簡述：" not in asked
    raw = town.rows("SELECT raw_len FROM spool")[0][0]
    assert raw > 400000 * 10, "kept byte for byte"


# -- what happens to the house --

def test_signals_of_neighbours_do_not_end_it(town):
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        for _ in range(200):
            proc.send_signal(signal.SIGHUP)
            time.sleep(0.002)
        for sig in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
            proc.send_signal(sig)
        town.deliver(annex1(STAFF, "王小明", now() - timedelta(minutes=5),
                            now()))
        wait_for(lambda: town.box(STAFF), 60, "no answer")
    finally:
        assert end(proc) == 0


def children(pid):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)],
                         stdout=subprocess.PIPE, check=False).stdout
    return [int(p) for p in out.split()]


def died_of(town):
    """The mail that the reader died with last, while it is not read."""
    mails = re.findall(r"reader: died mail=(\d+)", log_of(town))
    return mails and town.rows("SELECT id FROM spool WHERE id = ? AND"
                               " disposition = 'new'", mails[-1])


def test_children_killed_one_by_one(town):
    rnd = random.Random(7)
    senders = [f"s{i}@agency.example" for i in range(24)]
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        for s in senders:
            town.deliver(annex1(s, "王小明", now() - timedelta(minutes=5),
                                now(), "utf-8", message_id=f"<k.{s}>"))
            there = children(proc.pid)
            for pid in rnd.sample(there, k=min(1, len(there))):
                if pid in reader_of(proc) and died_of(town):
                    continue            # twice would be poison
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(rnd.random() * 0.2)
        wait_for(lambda: all(town.box(s) for s in senders), 120,
                 "somebody has no answer")
    finally:
        assert end(proc) == 0
    assert len(states(town)) == len(senders)
    for s in senders:       # a second copy has the same Message-ID
        assert len({m["Message-ID"] for m in town.box(s)}) == 1
    assert "Sanitizer" not in log_of(town)
    assert town.tocsin("verify")


def test_a_second_daemon_is_told_who_is_there(town):
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        p = subprocess.run([str(build_dir() / "tocsind"), "-c",
                            str(town.conf)], stderr=subprocess.PIPE,
                           timeout=60)
        assert p.returncode == 75
        assert str(proc.pid) in p.stderr.decode()
    finally:
        assert end(proc) == 0


def test_the_clock_may_jump(town):
    case = Case(town)
    first = counts(town)
    town.run(case.t - timedelta(days=30))
    assert {k: v for k, v in counts(town).items()
            if k != PEOPLE["operator"]} == first
    town.run(case.t + timedelta(days=3650))
    there = counts(town)
    town.run(case.t)
    town.run(case.t + timedelta(minutes=1))
    back = counts(town)
    for who in first:
        assert back[who] == there[who], who
    town.deliver(answer(case.notice, TEAM, "許建國", TEAM_REPLY,
                        case.t + timedelta(minutes=2)))
    town.run(case.t + timedelta(minutes=2))
    assert states(town)[case.number][0] == 3


def test_a_clock_that_was_a_day_ahead_silences_nothing(town):
    """What it planned, and told, is planned and told anew."""
    case = Case(town)
    town.deliver(answer(case.notice, TEAM, "許建國", "等級：3\n狀態：處理中\n",
                        case.t + timedelta(minutes=2)))
    town.run(case.t + timedelta(minutes=2))
    (town.dir / "pw").write_text("x\n")
    (town.dir / "pw").chmod(0o600)
    town.conf.write_text(
        town.conf.read_text() + 'mailbox "broken" {\n'
        '  url = "imap://127.0.0.1:1"\n  cleartext = true\n'
        f'  user = "x"\n  password-file = "{town.dir}/pw"\n}}\n')

    def reminded(at):
        before = counts(town), alarms()
        town.run(at, check=False)
        return counts(town).get(TEAM, 0) - before[0].get(TEAM, 0), \
            alarms() - before[1]

    def alarms():
        return sum("broken" in body_of(m)
                   for m in town.box(PEOPLE["operator"]))

    ahead = reminded(case.t + timedelta(days=1, minutes=3))
    assert ahead[0] >= 1 and ahead[1] == 1, ahead
    back = reminded(case.t + timedelta(minutes=10))
    assert back[1] == 1, back
    assert reminded(case.t + timedelta(minutes=11))[1] == 0
    got = [reminded(case.t + timedelta(minutes=11, hours=h))
           for h in range(1, 13)]
    assert 2 <= sum(n for n, _ in got) <= 12, got
    assert max(n for n, _ in got) <= 2, got


def test_what_began_while_the_clock_was_ahead_is_counted_from_now(town):
    """A case opened and assessed by a clock that is a week ahead is not
    silent for a week."""
    right = datetime(2026, 4, 1, 9, 0, tzinfo=TAIPEI)
    ahead = right + timedelta(days=7)
    case = Case(town, at=ahead)
    town.deliver(answer(case.notice, TEAM, "許建國", "等級：3\n狀態：處理中\n",
                        ahead + timedelta(minutes=2)))
    town.run(ahead + timedelta(minutes=3))
    town.run(right)
    shown = town.json("show", case.number)[0]
    open_ones = [d for d in shown["deadlines"] if d["state"] == "open"]
    assert {d["name"] for d in open_ones} >= {"recovery"}
    for d in open_ones:
        due = datetime.fromisoformat(d["due_at"])
        assert right < due < right + timedelta(days=3), d
    assert [j["event"] for j in shown["journal"]].count("clock_back") == 1
    before = counts(town).get(TEAM, 0)
    for h in range(1, 7):
        town.run(right + timedelta(hours=h))
    assert counts(town).get(TEAM, 0) > before
    told = town.tocsin("show", case.number)
    assert "clock was ahead" in told or "系統時鐘曾快" in told
    assert town.tocsin("verify")


# -- root makes what another user needs --

@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_what_root_made_first_belongs_to_the_desk(town, tmp_path):
    town.become("nobody", "nobody", "nobody")
    t = now()
    mail = tmp_path / "old.eml"
    mail.write_bytes(annex1(STAFF, "王小明", t - timedelta(minutes=5), t))
    town.tocsin("import", str(mail))
    town.deliver(annex1("b@agency.example", "李四", t - timedelta(minutes=5),
                        t))
    town.run(t)
    assert town.box(STAFF) and town.box("b@agency.example")
    assert dispositions(town) == ["report"] * 2


def test_a_form_that_mentions_a_number_is_a_report_of_its_own(town):
    case = Case(town)
    other = "dr@agency.example"
    town.deliver(raw_mail(other, "李四", "資通安全事件通報單", FORM.replace(
        "無法開啟", f"無法開啟，疑與 {case.number} 有關"), case.t))
    town.run(case.t + timedelta(minutes=1))
    assert len(states(town)) == 2
    (ack,) = town.box(other)
    assert case.number not in ack["Subject"]
    assert "王小明　您好" in body_of(ack)


def test_a_person_who_writes_as_postmaster_is_seen(town):
    """A form opens an incident, unanswered; words go to the operator."""
    t, box = now(), "postmaster@agency.example"
    town.deliver(raw_mail(box, "李四", "通報", FORM, t,
                          message_id="<form@agency.example>"), t)
    town.deliver(raw_mail(box, "李四", "通報", "郵件主機遭入侵，請協助。\n", t,
                          message_id="<words@agency.example>"), t)
    town.deliver(raw_mail(box, "Mail", "Notice", "Your quota is 90 %.\n", t,
                          message_id="<quota@agency.example>"), t)
    town.run(t)
    assert dispositions(town) == ["bounce", "held", "report"]
    assert not town.box(box)
    told = [body_of(m) for m in town.box(PEOPLE["operator"])]
    assert any("來自郵件伺服器的信箱" in text for text in told)
