"""Mails that come in an order, or from a place, that nobody planned."""

import email
import re
import sqlite3
from datetime import datetime

import pytest

from story import answer, raw_mail
from town import REASONS, RECOVERED, Town, body_of, one, to
from world import AGENCY, INCIDENT, PEOPLE, TAIPEI


@pytest.fixture
def town(tmp_path):
    t = Town(tmp_path)
    t.report()
    yield t
    t.stop()


def writes(t, who, text, subject="", **more):
    """A mail that answers none of ours."""
    return raw_mail(PEOPLE.get(who, who), "王", subject, text, t.now,
                    message_id=f"<new.{t.count}.{who}@x.example>", **more)


def numbers(t):
    return [i["tracking"] for i in t.json("list", "--all")]


def awaited(t):
    """Mails that came to be known by an answer to them."""
    db = sqlite3.connect(f"file:{t.dir}/state/tocsin.db?mode=ro", uri=True)
    try:
        return {r[0] for r in db.execute(
            "SELECT name FROM fact WHERE name LIKE 'awaited:%'")}
    finally:
        db.close()


def disposition(t):
    return t.json("mail", "show", str(t.count))[0]["disposition"]


# -- clocks and calendars of others --

@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 +0000",
                                  "Thu, 01 Jan 2099 00:00:00 +0000"])
def test_a_wrong_date_is_nobodys_time(town, date):
    """Neither the delay of a report nor the time of an order is taken from
    the Date of the mail."""
    def dated(raw):
        return re.sub(rb"(?m)^Date:.*$", b"Date: " + date.encode() + b"\r",
                      raw)
    town.at(minutes=1)
    town.go(dated(town.form(unit="總務組", minutes=5)))
    (new,) = set(numbers(town)) - {town.number}
    case = town.case(new)
    assert case["verdict"] == "on_time"
    assert case["received_at"] == town.now.isoformat()
    town.number = new
    town.go(dated(town.says("team", "等級：2\n狀態：已控制\n")), minutes=3)
    case = town.case()
    assert (case["level"], case["state"]) == (2, "contained")
    assert case["contained_at"] == town.now.isoformat()


def test_new_year(town):
    """Numbers begin anew, the year of the Republic turns, and what is open
    goes on."""
    for day, minutes in ((datetime(2026, 12, 31, 23, 58, tzinfo=TAIPEI), 5),
                         (datetime(2027, 1, 1, 0, 3, tzinfo=TAIPEI), 6)):
        town.at(day)
        town.go(town.form(unit=f"{day.day} 組", minutes=minutes))
    old, new = "CSI-20261231-0001", "CSI-20270101-0001"
    assert {old, new} < set(numbers(town))
    assert town.case(new)["verdict"] == "on_time"
    got = town.go(town.says("team", "等級：2\n", to=f"[{old}] 請評估"),
                  minutes=1)
    form = one(got, "ncert", old)
    assert "115年12月31日 23時58分" in form
    assert "115 年 12 月" not in form and "116 年 1 月 1 日" in form


# -- whose mail it is --

def test_a_mail_in_the_name_of_the_mailbox_itself(town):
    """It is heard, and nobody writes to ourselves."""
    got = town.go(town.form(sender=INCIDENT, unit="總務組"), minutes=1)
    assert len(numbers(town)) == 2
    assert INCIDENT not in {a for a, _ in got}


def test_ten_of_a_kind_are_one(town):
    town.at(minutes=1)
    raw = town.form(unit="總務組")
    got = town.go(*[raw] * 10)
    assert len(numbers(town)) == 2
    assert len([a for a, _ in got if a == PEOPLE["staff"]]) == 1
    kinds = [m["disposition"] for m in town.json("mail")]
    assert kinds.count("duplicate") == 9


def test_the_reporter_answers_the_teams_letter(town):
    """The token in it is the team's, the address is not: what he orders is a
    suggestion."""
    raw = answer(town.last("team", "請評估"), PEOPLE["staff"], "王小明",
                 "等級：4\n狀態：結案\n", town.now)
    town.go(raw, minutes=1)
    assert town.case()["level"] in (0, None)
    assert town.case()["state"] == "received"


def test_three_orders_at_once(town):
    """Each is answered; the last level stands, and none that was to wait
    for a second person outlives it."""
    raws = []
    for level in (3, 2, 4):
        town.count += 1
        raws.append(town.says("team", f"等級：{level}\n"))
    town.count -= 3
    got = town.go(*raws, minutes=1)
    assert town.case()["level"] == 4 and town.case()["pending"] is None
    assert len([m for a, m in got if a == PEOPLE["team"] and
                "回覆處理結果" in m["Subject"]]) == 3


@pytest.mark.parametrize("words", ["重新開案\n等級：3\n", "3級\n重新開案\n"])
def test_what_is_reopened_takes_the_level_beside_it(town, words):
    town.go(town.says("team", "等級：2\n狀態：誤報\n"), minutes=1)
    assert town.case()["state"] == "false_alarm"
    got = town.go(town.says("team", words, to="回覆處理結果"), minutes=1)
    assert (town.case()["state"], town.case()["level"]) == ("in_progress", 3)
    assert "▲" not in one(got, "team", "回覆處理結果")
    assert "前次等級 2 級，現為 3 級" in one(got, "ncert")


def test_who_reported_a_part_hears_of_the_whole(town):
    """His number stands on it, and the one that his is part of; also when it
    is a part of a part.  Who reported both hears it once."""
    whole = town.number
    li, chang = f"li@{AGENCY}", f"chang@{AGENCY}"
    part = {}
    for who, unit in ((li, "總務組"), (chang, "第二組"), ("staff", "會計室")):
        town.at(minutes=1)
        town.go(town.form(unit=unit, sender=PEOPLE.get(who, who),
                          name=f"{unit}的人"))
        part[who] = sorted(numbers(town))[-1]
    for child, into in ((chang, part[li]), (li, whole), ("staff", whole)):
        town.go(town.says("team", f"併案 {into}\n", to=f"[{part[child]}] 請"),
                minutes=1)
    town.go(town.says("team", "等級：1\n", to=f"[{whole}] 請"), minutes=1)
    got = town.go(town.says(li, "狀態：已復原\n", to=part[li]), minutes=1)
    asked = one(got, "team", "請確認")
    assert "總務組" in asked and part[li] in asked and "機要組" not in \
        asked.split("【")[0]

    def told(got, what):
        for who in (li, chang):
            (m,) = to(got, who)
            assert what in m["Subject"] and f"[{part[who]}]" in m["Subject"]
            assert f"已併入案號 {whole}" in body_of(m)
        (m,) = to(got, "staff")
        assert what in m["Subject"] and f"[{whole}]" in m["Subject"]
        assert "已併入" not in body_of(m)

    told(town.go(town.says("team", RECOVERED, to="請確認"), minutes=1),
         "已確認復原")
    got = town.go(town.says(chang, "我這裡還是連不上\n", to="已確認復原"),
                  minutes=1)
    assert whole in to(got, "team")[0]["Subject"]
    told(town.go(town.says("team", "重新開案\n", to=f"[{whole}] 收到"),
                 minutes=1), "重新處理")
    town.go(town.says("team", RECOVERED, to=f"[{whole}] 收到"), minutes=1)
    told(town.go(town.says("team", REASONS + "狀態：結案\n",
                           to=f"[{whole}] 收到"), minutes=1), "結案")
    assert town.case(part[li])["state"] == "merged"
    assert "FAULT" not in town.tocsin("verify")


# -- orders that name no incident --

@pytest.mark.parametrize("who, text", [
    ("team", "等級：3\n"), ("team", "您好：\n等級：3\n謝謝\n王\n"),
    ("team", "等級：3級（系統停頓，業務無法運作）\n"),
    ("team", "狀態：已復原\n"), ("team", "確認\n"), ("team", "3級\n"),
    ("team", "狀態：處理中\n"),
    ("team", "案號：CSI-2026401-0001\n等級：3\n"),     # a digit is lost
    ("secretary", "結案\n"), ("ciso", "不召開，理由：災情已控制\n"),
    ("ethics", "確認\n")])
def test_orders_of_no_incident_are_asked_about(town, who, text):
    got = town.go(writes(town, who, text), minutes=1)
    assert numbers(town) == [town.number]
    assert town.case()["state"] == "received"
    assert disposition(town) == "held"
    assert {a for a, _ in got} == {PEOPLE[who]}
    told = one(got, who, "請告知案號")
    for line in text.split():
        assert f"「{line}」" in told
    # the list of what is open is for those who command
    assert (town.number in told) == (who in ("team", "secretary"))


@pytest.mark.parametrize("subject, text", [
    ("【演練】", "等級：3\n"), ("", "【演練】\n等級：3\n"),
    ("", "（演練）\n狀態：已復原\n謝謝\n"), ("【演練】結案", "【演練】結案\n"),
    ("", "[DRILL]\n等級：3\n")])
def test_a_drill_mark_makes_no_report_of_orders(town, subject, text):
    got = town.go(writes(town, "team", text, subject), minutes=1)
    assert numbers(town) == [town.number] and disposition(town) == "held"
    one(got, "team", "請告知案號")


@pytest.mark.parametrize("text", ["等級：3\n", "已請廠商到場，等級：3\n"])
def test_a_number_that_nobody_has_is_asked_about(town, text):
    """Of whoever may order; of others a person looks at it."""
    unknown = "CSI-20260401-0999"
    got = town.go(writes(town, "team", text, f"[{unknown}] 評估"), minutes=1)
    assert disposition(town) == "held" and numbers(town) == [town.number]
    told = one(got, "team", "查無您所寫的案號")
    assert town.number in told and unknown in told and text.strip() in told
    assert {a for a, _ in got} == {PEOPLE["team"]}
    town.count += 1
    got = town.go(writes(town, "staff", text, f"[{unknown}] 補充"), minutes=1)
    assert {a for a, _ in got} == {PEOPLE["operator"]}


def test_unclear_orders_without_proof_are_told_not_to_be_taken(town):
    """Two levels in one mail are an order, too."""
    got = town.go(writes(town, "team", f"{town.number}\n等級：2\n等級：3\n",
                         f"[{town.number}]"), minutes=1)
    assert disposition(town) == "rejected"
    assert "未做任何變更" in one(got, "team")


FORWARD = """請小組參考。

---------- Forwarded message ---------
寄件者： {by}
Date: 2026年4月1日 週三 上午9:05
Subject: 回覆: [{n}] 受理通知
To: <secretary@agency.example>

{inner}
"""


def test_what_is_forwarded_to_an_incident_is_told_and_not_obeyed(town):
    n = town.number
    got = town.go(writes(town, "secretary", FORWARD.format(
        n=n, by=f"王小明 <{PEOPLE['staff']}>", inner="硬碟已拔除。\n等級：4"),
        f"FW: [{n}] 受理通知"), minutes=1)
    told = one(got, "team")
    assert "請小組參考" in told and "硬碟已拔除" in told
    assert town.case()["level"] in (0, None)
    # a letter of ours is known already
    town.count += 1
    got = town.go(writes(town, "secretary", FORWARD.format(
        n=n, by=f"資安通報 <{INCIDENT}>", inner=f"新案 {n} 已受理。"),
        f"FW: [{n}] 新案追蹤"), minutes=1)
    assert "新案" not in one(got, "team").split("【目前的紀錄】")[0]


@pytest.mark.parametrize("who, known", [("x@news.example", False),
                                        ("ncert", True),
                                        ("other@agency.example", True)])
def test_an_outsider_is_called_one(town, who, known):
    got = town.go(writes(town, who, "是否影響民眾個資？\n",
                         f"[{town.number}]"), minutes=1)
    assert ("不是本機關人員" in one(got, "team")) != known


def test_and_the_way_it_shows_leads_to_the_incident(town):
    town.go(writes(town, "team", "等級：3\n"), minutes=1)
    got = town.go(writes(town, "team", "請寄該案的信\n", town.number),
                  minutes=1)
    assert town.number in one(got, "team")
    town.go(town.says("team", "等級：3\n"), minutes=1)
    assert town.case()["level"] == 3 and numbers(town) == [town.number]


@pytest.mark.parametrize("who, text, level", [
    ("team", "官網無法連線，請協助\n等級：2\n", 2),     # it tells something
    ("team", "等級：3級。機要組電腦全部中毒\n", 3),
    ("team", "等級：3級。官網無法連線\n", 3),
    ("team", "狀況：無法開機\n", None),
    ("staff", "等級：3\n", 3),                       # reports, orders nothing
    ("ncert", "確認\n", None)])
def test_what_may_be_a_report_opens_an_incident(town, who, text, level):
    town.go(writes(town, who, text), minutes=1)
    (new,) = set(numbers(town)) - {town.number}
    assert town.case(new)["level"] in (0, None)
    notice = body_of(town.last("team", f"[{new}] 請評估等級"))
    assert (f"通報人建議等級：{level}" in notice) == (level is not None)


# -- the answer before the question --

def replies(t, who, text, to, **more):
    return writes(t, who, text, "Re: 資通安全事件通報",
                  headers=(f"In-Reply-To: {to}", f"References: {to}"), **more)


def test_an_addition_before_its_report_is_one_incident(town):
    """The report comes after its sender's own answer to it: one number, the
    facts of both, and the record says why."""
    town.at(minutes=1)
    form = town.form(unit="總務組", description="官網被置換")
    late = re.search(rb"(?mi)^Message-ID: *(\S+)", form)[1].decode()
    town.count += 1
    got = town.go(replies(town, "staff", "補充：已拔除網路線。\n", late),
                  minutes=1)
    (new,) = set(numbers(town)) - {town.number}
    one(got, "staff", new)
    assert awaited(town) == {f"awaited:{late}"}
    got = town.go(form, minutes=2)
    assert awaited(town) == set()               # it came
    assert set(numbers(town)) == {town.number, new}
    assert town.json("mail")[0]["disposition"] == "supplement"
    one(got, "staff", f"[{new}] 已收到您的補充資料")
    assert "初步判斷為「外力入侵事件」" in one(got, "staff", "處理方式變更")
    case = town.case(new)
    assert (case["unit"], case["verdict"]) == ("總務組", "on_time")
    assert "earlier mail answered" in town.tocsin("show", new)
    town.tocsin("verify")


def test_nothing_is_awaited_of_what_has_ended(town):
    """A report that comes after all that is no addition to what is over."""
    town.at(minutes=1)
    form = town.form(unit="總務組", description="官網被置換")
    late = re.search(rb"(?mi)^Message-ID: *(\S+)", form)[1].decode()
    town.count += 1
    town.go(replies(town, "staff", "補充：已拔除網路線。\n", late), minutes=1)
    (new,) = set(numbers(town)) - {town.number}
    town.go(town.says("team", "狀態：誤報\n", to=new), minutes=1)
    assert town.case(new)["state"] == "false_alarm" and not awaited(town)
    got = town.go(form, minutes=1)
    (third,) = set(numbers(town)) - {town.number, new}
    one(got, "staff", third)


@pytest.mark.parametrize("who, subject", [("secretary", None),
                                          ("staff", "【演練】資安通報")])
def test_what_is_anothers_or_a_drill_does_not_join(town, who, subject):
    town.at(minutes=1)
    form = town.form(unit="總務組", **({"subject": subject} if subject else {}))
    late = re.search(rb"(?mi)^Message-ID: *(\S+)", form)[1].decode()
    town.count += 1
    town.go(replies(town, who, "補充：官網已被置換，請儘快處理。\n", late), minutes=1)
    assert len(numbers(town)) == 2
    town.go(form, minutes=2)
    assert len(numbers(town)) == 3


# -- who is answered how --

ENGLISH = """Incident report
Unit: General Affairs
Name: John Lee
Phone: 02-5550-0101 ext. 1234
Occurred at: 2026-04-01 08:50
Description: The file server shows a ransom note.
"""


def test_a_role_is_answered_in_its_own_language(tmp_path):
    """Whatever the reporter speaks; and he is called by his name."""
    t = Town(tmp_path)
    t.conf.write_text(t.conf.read_text().replace(
        "  label-en =", '  lang = "zh-TW"\n  label-en ='))
    john = "john.lee@agency.example"
    try:
        t.go(writes(t, john, ENGLISH, "Security incident"), minutes=1)
        (t.number,) = numbers(t)
        got = t.go(t.says("team", "等級：2\n"), minutes=1)
        assert "您的回覆已處理" in one(got, "team", "回覆處理結果")
        t.count += 1
        got = t.go(t.says("ciso", "不召開\n"), minutes=1)
        assert "不召開，已記錄\n" in one(got, "ciso").replace("\r", "")
        t.count += 1
        got = t.go(t.says(john, "Any news?\n"), minutes=1)
        assert one(got, john).startswith("Dear John Lee,")
    finally:
        t.stop()


def test_who_may_order_nothing_is_not_told_how_to(town):
    town.go(town.says("team", "等級：1\n"), minutes=1)
    town.count += 1
    got = town.go(town.says("ethics", "請保全證據。\n"), minutes=1)
    assert "【下一步】" not in one(got, "ethics")
    assert "請保全證據" in one(got, "team")


def a_form(t, minutes, **more):
    """The words of a form: it happened so many minutes ago."""
    raw = email.message_from_bytes(t.form(minutes=minutes, **more))
    return raw.get_payload(decode=True).decode()


def test_another_incident_in_the_thread_of_an_old_one(town):
    """Who answers an old letter of ours with a new report has a new number,
    and the old incident stays as it was; a merge mends what was meant as one."""
    def told(case):
        return [case[k] for k in ("unit", "summary", "occurred_at", "state")]
    old, before = town.number, told(town.case())
    town.at(minutes=60 * 48)
    got = town.go(town.says("staff", "又有一件：\n" + a_form(
        town, 9, unit="視察室", description="網站首頁遭置換。")), minutes=1)
    (new,) = set(numbers(town)) - {old}
    assert new in to(got, "staff", "已受理")[0]["Subject"]
    assert f"您回覆的是案號 {old}" in one(got, "staff", "已受理")
    assert f"併案 {old}" in one(got, "team", "請評估等級：視察室")
    assert told(town.case(old)) == before
    assert [j["detail"] for j in town.show(old)["journal"]
            if j["event"] == "reported_anew"] == [{"number": new}]
    case = town.case(new)
    assert (case["verdict"], case["category"]) == ("on_time",
                                                   "external_intrusion")
    town.number = new
    town.go(town.says("team", f"併案 {old}\n"), minutes=1)
    assert town.case(new)["state"] == "merged"


@pytest.mark.parametrize("who, minutes, more", [
    ("staff", 60 * 48 + 30, {}),        # it began before the report
    ("staff", -60, {}),                 # nor has it begun yet
    ("staff", 9, {"description": ""}),
    ("staff", 9, {"unit": "", "name": ""}),
    ("team", 9, {})])                   # who may say so in a word
def test_what_may_be_the_same_incident_is_no_other(town, who, minutes, more):
    town.at(minutes=60 * 48)
    town.go(town.says(who, a_form(town, minutes, **more)), minutes=1)
    assert numbers(town) == [town.number]


@pytest.mark.parametrize("merges, texts", [
    (0, ["{} 併入本案", "是否與 {} 併案？", "建議與 {} 併案", "本案與 {} 非同一事件，不併案",
         "請與 {} 或 CSI-20260401-0009 併案", "併入 {} 及 CSI-20260401-0009",
         "CSI-20260401-0009 與 {} 併案"]),
    (1, ["本案與 {} 為同一事件，請併案。"]), (1, ["併入案號：{}"]),
    (1, ["本案併入 {} 處理，謝謝"])])
def test_the_number_to_merge_into_stands_where_people_put_it(town, merges, texts):
    """And which way or which of two is not guessed."""
    first = town.number
    town.go(town.form(minutes=8, description="另一件。"))
    (town.number,) = set(numbers(town)) - {first}
    for text in texts:
        town.count += 1
        town.go(town.says("team", text.format(first) + "\n"), minutes=1)
        assert (town.case()["state"] == "merged") == merges, text


def test_who_reports_again_hears_of_the_first_number(town):
    """Nothing is joined by its likeness, but people are told of it."""
    first = town.number
    got = town.go(town.form(minutes=9, description="更正：勒索病毒，兩台。"))
    (new,) = set(numbers(town)) - {first}
    assert f"您先前通報的案號 {first} 發生時間相同" in one(got, "staff", new)
    assert f"併案 {first}" in one(got, "team", new)
    for more in ({"minutes": 8}, {"minutes": 9, "sender": "x@agency.example"}):
        town.count += 1
        got = town.go(town.form(description="另一件。", **more))
        assert "發生時間相同" not in one(got, "team", "請評估等級")


def test_a_form_that_comes_late_belongs_to_its_report(town):
    town.go(writes(town, "staff", "電腦怪怪的，請派員協助。\n", "電腦問題"), minutes=1)
    (new,) = set(numbers(town)) - {town.number}
    town.number = new
    town.at(minutes=60)
    town.go(town.says("staff", a_form(town, 9)), minutes=1)
    assert len(numbers(town)) == 2 and town.case()["occurred_at"] is not None


def test_a_category_that_the_form_tells_later(town):
    """Free words told none; what to do now is told with it."""
    town.go(writes(town, "staff", "電腦怪怪的，請派員協助。\n", "電腦問題"), minutes=1)
    (new,) = set(numbers(town)) - {town.number}
    town.number = new
    assert town.case()["category"] is None
    town.count += 1
    got = town.go(town.says("staff", "組別：總務組\n事件分類：外力入侵事件\n"),
                  minutes=1)
    assert town.case()["category"] == "external_intrusion"
    assert "事件分類為「外力入侵事件」" in one(got, "staff", "處理方式變更")


def test_a_colleague_who_adds_something_hears_that_it_came(town):
    """And nothing of the incident; a stranger hears nothing."""
    got = town.go(writes(town, "colleague@agency.example", "我的電腦也一樣！\n",
                         f"Re: [{town.number}] 已受理"), minutes=1)
    told = one(got, "colleague@agency.example", "已收到您的補充資料")
    assert "勒索" not in told and "本案現況" not in told
    assert "我的電腦也一樣" in one(got, "team")
    town.count += 1
    got = town.go(writes(town, "x@news.example", "請問進度？\n",
                         f"Re: [{town.number}] 已受理"), minutes=1)
    assert {a for a, _ in got} == {PEOPLE["team"]}


def test_of_the_impacts_the_highest_is_quoted(tmp_path):
    t = Town(tmp_path, 'policy = "csma-2026"')
    try:
        t.report()
        got = t.go(t.says("team", "機密性：2\n完整性：3\n可用性：1\n"), minutes=1)
        assert t.case()["level"] == 3
        assert "您寫的是「等級：3」" not in one(got, "team", "回覆處理結果")
    finally:
        t.stop()
