"""A sceptic with mails: who is not whom he says he is, who says what cannot
be, and a policy that is none.  Nothing of it changes a case; whoever must know
is told what was not taken, and no stranger learns anything."""

import subprocess
import pytest

from story import raw_mail
from town import AGENCY, Town, body_of, one, to
from world import PEOPLE, build_dir, own_plan

TEAM = PEOPLE["team"]
HSU, CHEN = f"hsu@{AGENCY}", f"chen@{AGENCY}"
EVIL = "evil@elsewhere.example"
MX = "mx.agency.example"
KEPT = ("level", "state", "pending", "category", "closed_at", "recovered_at",
        "occurred_at", "reporter_addr")
ORDERS = "等級：1\n狀態：結案\n"


@pytest.fixture
def make(tmp_path):
    towns = []

    def new(*lines, members=()):
        t = Town(tmp_path / str(len(towns)), *lines)
        towns.append(t)
        if members:
            t.conf.write_text(t.conf.read_text().replace(
                f'mail = {{"{TEAM}"}}', "mail = {" + ", ".join(
                    f'"{a}"' for a in (TEAM, *members)) + "}"))
        t.report()
        return t
    yield new
    for t in towns:
        t.stop()


def kept(t):
    case = t.case()
    return {k: case.get(k) for k in KEPT}


def refused(t, raws):
    """Each changes nothing, is kept, and shows a stranger nothing."""
    for name, raw in raws.items():
        before, n = kept(t), len(t.json("list", "--all"))
        got = t.go(raw, minutes=1)
        assert kept(t) == before, name
        assert len(t.json("list", "--all")) == n, name
        (mail,) = t.json("mail", "show", str(t.count))
        assert mail["disposition"] == "rejected", (name, mail)
        for addr, m in got:
            if addr not in PEOPLE.values() and addr not in (HSU, CHEN):
                text = m.as_string() + body_of(m)
                assert "CSI-2" not in text and "等級" not in text, name
    assert any("未獲採用" in m["Subject"] for m in t.box(TEAM))


FROMS = {
    "a display name": f'"{TEAM}" <{EVIL}>',
    "a display name in brackets": f'"<{TEAM}>" <{EVIL}>',
    "a comment": f"{EVIL} ({TEAM})",
    "an encoded word": f"=?utf-8?q?{TEAM.replace('@', '=40')}?=",
    "an encoded name": f"=?utf-8?q?=3C{TEAM.replace('@', '=40')}=3E?= <{EVIL}>",
    "several": f"{TEAM}, {EVIL}",
    "several, the other way": f"{EVIL}, {TEAM}",
    "two headers": f"{TEAM}\r\nFrom: {EVIL}",
    "two headers, the other way": f"{EVIL}\r\nFrom: {TEAM}",
    "Sender and Reply-To": f"{EVIL}\r\nSender: {TEAM}\r\nReply-To: {TEAM}",
    "Sender alone": f"nobody\r\nSender: {TEAM}",
    "a local part": f'"{TEAM}"@elsewhere.example',
    "a route": f"<@{AGENCY}:{EVIL}>",
    "a group's name": f"{TEAM}: {EVIL};",
}


def test_from_is_one_address(make):
    """With the true token: somebody has got hold of a letter of the team."""
    t = make()
    t.go(t.says("team", "等級：3\n", to="請評估"), minutes=1)

    def written(sender):
        raw = t.says("team", ORDERS, to="請評估")
        (own,) = [h for h in raw.split(b"\r\n") if h.startswith(b"From:")]
        return raw.replace(own, b"From: " + sender.encode(), 1)
    raws = {}
    for name, sender in FROMS.items():
        t.count += 1                    # another Message-ID for each
        raws[name] = written(sender)
    t.count -= len(FROMS)
    refused(t, raws)


RESULTS = {
    "no header": None,
    "another server": "mx.evil.example; dmarc=pass header.from=" + AGENCY,
    "below the topmost": f"mx.evil.example; dmarc=fail\r\n"
                         f"Authentication-Results: {MX}; dmarc=pass "
                         f"header.from={AGENCY}",
    "another domain": f"{MX}; dkim=pass header.d=evil.example",
    "a longer domain": f"{MX}; dkim=pass header.d=x{AGENCY}",
    "in a comment": f"{MX}; dkim=fail (dkim=pass header.d={AGENCY})",
    "in quotes": f'{MX}; dkim=fail reason="; dkim=pass header.d={AGENCY}"',
    "in escaped quotes": f'{MX}; dkim=fail reason="\\"; dkim=pass '
                         f'header.d={AGENCY}"',
    "folded": f"mx.evil.example\r\n {MX}; dkim=pass header.d={AGENCY}",
    "our name in a comment": f"({MX};) mx.evil.example; dkim=pass "
                             f"header.d={AGENCY}",
    "a local part": f'{MX}; spf=pass smtp.mailfrom="x@{AGENCY}"@evil.example',
    "another version": f"{MX} 2; dmarc=pass header.from={AGENCY}",
    "two of a kind": f"{MX}; dkim=pass header.d=evil.example "
                     f"header.d={AGENCY}",
}
PASSED = f"{MX.upper()}; DMARC=PASS HEADER.FROM={AGENCY.upper()}"


@pytest.mark.parametrize("mode", ["auth-results", "both"])
def test_only_our_server_is_believed(make, mode):
    t = make(f'authority = "{mode}"', f'authserv-ids = {{"{MX}"}}')

    def written(result, text, n=0):
        raw = (t.says("team", text, to="請評估") if mode == "both" else
               raw_mail(TEAM, "許", f"Re: [{t.number}]", text, t.now,
                        message_id=f"<r{n}.{t.count}@x.example>"))
        return raw if result is None else (
            f"Authentication-Results: {result}\r\n".encode() + raw)
    raws = {}
    for n, (name, result) in enumerate(RESULTS.items()):
        t.count += 1
        raws[name] = written(result, ORDERS, n)
    t.count -= len(RESULTS)
    refused(t, raws)
    t.go(written(PASSED, "等級：3\n"), minutes=1)
    assert t.case()["level"] == 3


def test_a_token_fits_where_it_was_sent(make):
    t = make()
    first = t.number
    t.go(t.says("team", "等級：2\n", to="請評估"), minutes=1)
    t.at(minutes=4)
    t.report(unit="總務組", minutes=3)
    second, t.number = t.number, first

    def crossed(who, number, letter, holding="team"):
        t.count += 1
        raw = t.says(who, "等級：4\n", to=f"[{letter}] 請評估",
                     holding=holding)
        (line,) = [h for h in raw.split(b"\r\n") if h.startswith(b"Subject:")]
        return raw.replace(line, f"Subject: Re: [{number}]".encode(), 1)
    raws = {"another incident": crossed("team", first, second),
            "another person": crossed("ciso", first, first),
            "a stranger": crossed(EVIL, first, first),
            "an address like it": crossed(TEAM.replace("@", "+x@"), first,
                                          first)}
    t.count -= len(raws)
    refused(t, raws)
    late = t.says("team", "等級：4\n", to="請評估")
    t.at(days=181)
    refused(t, {"expired": late})
    assert t.case(second)["level"] in (0, None)


def test_two_persons_are_two(make):
    """Who holds one mailbox can write any From and is one person still."""
    t = make(members=(HSU, CHEN))
    t.go(t.says("team", "等級：3\n", to="請評估"), minutes=1)
    for words in ("狀態：誤報\n", "等級：2\n"):
        t.go(t.says(HSU, words, to="請評估"), minutes=1)
        before = kept(t)
        assert before["pending"]
        for who, holding in ((HSU, HSU), (HSU.upper(), HSU), (CHEN, HSU),
                             (TEAM, HSU), (HSU, CHEN)):
            for said in ("確認\n", words):
                t.go(t.says(who, said, to="第二人", holding=holding),
                     minutes=1)
                now = kept(t)
                for k in ("level", "state"):
                    assert now[k] == before[k], (who, holding, said)
        t.go(t.says(HSU, words, to="請評估"), minutes=1)
    t.go(t.says(CHEN, "確認\n", to="第二人"), minutes=1)
    assert t.case()["level"] == 2


@pytest.mark.parametrize("mode", ["token", "both"])
def test_one_person_sends_no_advisory(make, mode):
    """In every role: written in a colleague's name, agreed to with one's own
    letters under each name there is."""
    t = make(f'authority = "{mode}"', f'authserv-ids = {{"{MX}"}}',
             members=(HSU, CHEN))
    unit = f"jiyao@{AGENCY}"
    passed = f"Authentication-Results: {PASSED}\r\n".encode()
    names = (TEAM, HSU, CHEN, PEOPLE["secretary"], PEOPLE["ciso"])

    def put(*raws):
        return t.go(*[passed + raw if mode == "both" else raw
                      for raw in raws], minutes=1)
    put(t.says(HSU, "等級：2\n", to="請評估"))     # all have a letter now
    for n, holder in enumerate((HSU, *(PEOPLE[r] for r in (
            "secretary", "ciso", "ethics", "ncert", "city_it", "staff"))), 1):
        number = f"ADV-2026-{n:03}"
        put(raw_mail(CHEN, "陳", "通告：請關閉防毒軟體", "立即關閉\n", t.now,
                     message_id=f"<adv.{n}@{AGENCY}>"))
        theirs = [m for m in t.box(holder) if number in m["Subject"]]
        assert len(theirs) == (n <= 3), holder
        letter = number if theirs else t.number
        # DMARC vouches for a domain: who may write for it is its own matter
        said = []
        for name in (holder, *names) if mode == "token" else (holder,):
            for text in ("確認\n", "確認\n請儘速發送\n"):
                t.count += 1            # another Message-ID for each
                said.append(t.says(name, text, to=letter, holding=holder))
        assert not to(put(*said), unit), holder
    (asked,) = [m for m in t.box(CHEN) if "ADV-2026-001" in m["Subject"]
                and "成為提出人" in body_of(m)]
    assert HSU in body_of(asked) and CHEN in body_of(asked)
    got = put(t.says(CHEN, "確認\n", to="ADV-2026-001"))
    assert "立即關閉" in one(got, unit, "ADV-2026-001")


def test_one_person_ends_no_alarm_by_a_merge(make):
    t = make(members=(HSU, CHEN))
    grave = t.number
    t.go(t.says(HSU, "等級：4\n", to="請評估"), minutes=1)
    t.report(unit="總務組", minutes=3)
    t.go(t.says(HSU, "等級：1\n", to=f"[{t.number}] 請評估"), minutes=1)
    trifle, t.number = t.number, grave
    for name in (HSU, CHEN, TEAM):
        for said in (f"併案 {trifle}\n", "確認\n", "狀態：併案\n"):
            t.go(t.says(name, said, to=grave, holding=HSU), minutes=1)
            assert t.case()["state"] == "assessed", (name, said)
    assert f"併案 {trifle}" in t.last(CHEN, "第二人")["Subject"]
    t.go(t.says(CHEN, "確認\n", to="第二人"), minutes=1)
    assert t.case()["state"] == "merged"
    assert f"merge into {trifle}: waits for a second person" in t.tocsin(
        "show", grave)


def test_who_is_no_team_orders_nothing(make):
    """Each with his own good token, all the words there are."""
    t = make()
    t.go(t.says("team", "等級：2\n", to="請評估"), minutes=1)
    words = ("等級：4\n狀態：結案\n誤報\n併案 CSI-20260401-0009\n移轉 資訊室\n"
             "重新開案\n事件分類：內部危安事件\n申請鑑識支援：是\n"
             "已電話通報 09:40 陳先生\n")
    before = kept(t)
    for who in ("staff", "ethics", "ciso", "ncert", "city_it"):
        got = t.go(t.says(who, words, to=t.number), minutes=1)
        assert kept(t) == before, who
        assert to(got, "team"), who
        assert not to(got, "city_it", "鑑識"), who
    assert "forensic" not in t.show()["extra"]
    t.go(t.says("team", "申請鑑識支援：是\n", to=t.number), minutes=1)
    for who in ("team", "secretary"):
        got = t.go(t.says(who, "確認\n", to=t.number), minutes=1)
        assert not to(got, "city_it", "鑑識"), who


TICKS = ("{} 4 級：影響公共安全、社會秩序、人民生命財產。\n"
         "{} 3 級：系統停頓，業務無法運作。\n{} 2 級：業務中斷，影響系統效率。\n"
         "{} 1 級：業務短暫停頓，可立即修復。\n")
# what the team writes, and what the answer says of it
NONSENSE = [
    ("等級：三點五\n", "您寫的是「等級：三點五」"),
    ("等級：5\n", "無法辨識等級"),
    ("等級：2 或 3 級\n", "無法辨識等級"),
    ("等級：2\n等級：3\n", "您寫的是「等級：2 / 3」"),
    ("狀態：處理中\n狀態：結案\n", "您寫的是「狀態：處理中 / 結案」"),
    ("等級：" + TICKS.format(*"■■□□"), "無法辨識等級"),
    (TICKS.format(*"■■□□"), "無法辨識等級"),
    (TICKS.format(*"□□□□"), "未發現可辨識"),
    ("狀態：快好了吧大概\n", "您寫的是「狀態：快好了吧大概」"),
    ("併案 CSI-20260401-0999\n" * 3, "找不到可併入的案號"),
    ("已電話通報 27:99 陳先生\n", "沒有這個時間"),
    ("狀態：已控制\n控制時間：2026/4/9 10:00\n", "控制時間尚未到"),
    ("狀態：已控制\n控制時間：2026/3/1 10:00\n", "早於事件發生時間"),
    ("狀態：已控制\n控制時間：昨天晚一點吧\n", "狀態也未改為「已控制」"),
    ("", "未發現可辨識"),
    ("> 等級：4\n> 狀態：結案\n", "未發現可辨識"),
    ("請問現在要怎麼辦？\n" * 10000, "未發現可辨識"),
]


def test_what_cannot_be_is_said_and_not_done(make):
    t = make()
    for text, says in NONSENSE:
        before = kept(t)
        got = t.go(t.says("team", text, to="請評估"), minutes=1)
        assert kept(t) == before, text[:40]
        answer = one(got, "team", "等級及狀態未變更" if "未發現" in says
                     else "有未生效項目")
        assert answer.count(says) == 1, (text[:40], answer[:600])
        assert "等級：□4級" in answer            # how to say it
    t.go(t.says("team", TICKS.format(*"□■□□"), to="請評估"), minutes=1)
    assert t.case()["level"] == 3
    for text in ("召開 13/45 27:99 地點：三樓\n", "召開 3/1 14:00 地點：三樓\n"):
        got = t.go(t.says("ciso", text, to=t.number), minutes=1)
        assert "沒有這個時間" in one(got, "ciso")
        assert not to(got, "team", "開會通知")
        assert "decision" not in t.show()["extra"]["meeting"]


# what is changed in csma-2026, and what the refusal says
BROKEN = [
    ("version = 1", "versoin = 1", "csma-2026.policy:7: no such option"),
    ('"L1 no"}', "}", "meeting: found nothing for level 1"),
    ('within = {"L4 2h"', 'within = {"L4 two"', 'within: found "L4 two"'),
    ('to = "reviewed"', 'to = "revewed"', 'to: found "revewed", expected an'),
    ('"200% secretary"', '"200 secretary"', "expected a rung like"),
    ('owner = "city_it"', 'owner = "mayor"', 'found "mayor", expected "repo'),
    ('to = "reviewed"', 'to = "external_sent"', 'to: found "external_sent" ag'),
    ('"200% secretary"', '"200% mayor"', 'found "mayor", expected a role'),
    ('duty = "remind_review"', 'duty = "remind_revew"', "remind_revew"),
    ('include("csma.words")', 'include("gone.words")', "gone.words"),
    ('include("csma.words")', 'include("csma-2026.policy")', "include"),
    ('deadline "control" {', 'deadline "review" {', "review"),
]


def test_a_broken_policy_is_refused(make):
    t = make('policy = "csma-2026"')
    t.conf.write_text(own_plan(t.dir) + t.conf.read_text())
    f = t.dir / "policies" / "csma-2026.policy"
    good = f.read_text()
    for find, put, says in BROKEN:
        assert find in good, find
        f.write_text(good.replace(find, put, 1))
        p = check(t)
        assert p.returncode == 78 and says in p.stderr.decode() + \
            p.stdout.decode(), (put, p.stderr.decode(), p.stdout.decode())
    f.write_text(good)
    assert check(t).returncode == 0


def check(t):
    return subprocess.run([build_dir() / "tocsin", "-c", t.conf, "check"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=t.env())
