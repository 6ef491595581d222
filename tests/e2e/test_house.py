"""What Tocsin does by the calendar, and advisories: R17, R24, R31, R32."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest

from story import STAFF, annex1, answer, raw_mail
from world import AGENCY, PEOPLE, TAIPEI, MaildirWorld, body_of

UNITS = {"機要組": f"jiyao@{AGENCY}", "總務組": f"zongwu@{AGENCY}",
         "資訊室": f"it.room@{AGENCY}"}
WEDNESDAY = datetime(2026, 4, 1, 10, 0, tzinfo=TAIPEI)


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    w.conf.write_text(w.conf.read_text() + "".join(
        f'contact "{unit}" {{\n  mail = {{"{addr}"}}\n'
        f'  lists = {{{lists}}}\n}}\n'
        for (unit, addr), lists in zip(UNITS.items(), (
            '"units", "advisory"', '"units"',
            '"units", "advisory", "hosts", "windows"'))))
    w.run(WEDNESDAY)
    yield w
    w.stop()


def house(w, event):
    return [json.loads(r["detail"]) if isinstance(r["detail"], str)
            else r["detail"] for r in w.json("journal", "--max", "1000")
            if r["event"] == event]


def subject_of(w, who, part):
    return [m for m in w.box(PEOPLE.get(who, who)) if part in m["Subject"]]


def test_the_secretary_has_a_list_every_working_day(town):
    town.run(WEDNESDAY + timedelta(days=1))
    assert subject_of(town, "secretary", "案件追蹤表") == []    # nothing open
    t0 = WEDNESDAY + timedelta(days=5)          # a Monday
    town.deliver(annex1(STAFF, "王小明", t0 - timedelta(minutes=9),
                        t0 - timedelta(minutes=1)), t0)
    town.run(t0)
    (case,) = town.json("list")
    for day in range(1, 8):
        town.run(t0.replace(hour=8, minute=30) + timedelta(days=day))
    lists = subject_of(town, "secretary", "案件追蹤表")
    # Tuesday to Friday and the next Monday
    assert len(lists) == 5, [m["Subject"] for m in lists]
    text = body_of(lists[-1])
    assert case["tracking"] in text and "未評估" in text and "逾期" in text
    assert "逾期 1 件" in lists[-1]["Subject"]


def test_units_are_reminded_and_answer(town):
    fifth = datetime(2026, 4, 7, 9, 0, tzinfo=TAIPEI)   # 5th: Sunday, 6th off
    town.run(fifth - timedelta(minutes=1))
    assert all(town.box(a) == [] for a in UNITS.values())
    town.run(fifth)
    got = {u: [m for m in town.box(a) if "防毒碼" in m["Subject"]]
           for u, a in UNITS.items()}
    assert {u: len(m) for u, m in got.items()} == {u: 1 for u in UNITS}
    assert [m["Subject"] for m in town.box(UNITS["機要組"])] == [
        "定期檢查：防毒碼與修補程式更新（機要組）",
        "定期檢查：密碼更換與資源分享檢查（機要組）"]
    later = fifth + timedelta(days=1)
    town.deliver(answer(got["機要組"][0], UNITS["機要組"], "陳先生",
                        "完成\n共 21 台\n", later))
    town.deliver(answer(got["總務組"][0], UNITS["總務組"], "林小姐",
                        "未完成，三台待修\n", later))
    # somebody else sends a copy of the unit's mail back
    town.deliver(answer(got["資訊室"][0], f"mallory@{AGENCY}", "M",
                        "完成\n", later))
    town.run(later)
    assert town.json("list", "--all") == []
    answers = {a["unit"]: a["done"] for a in house(town, "prevention_answer")}
    assert answers == {"機要組": True, "總務組": False}
    (reply,) = subject_of(town, UNITS["機要組"], "已收到您的回覆")
    assert "已登記為完成" in body_of(reply)
    town.run(fifth + timedelta(days=14))
    late = [m for m in subject_of(town, "secretary", "定期檢查未完成")
            if "防毒碼" in m["Subject"]]
    assert len(late) == 1
    text = body_of(late[0])
    assert "總務組　回覆未完成" in text and "資訊室　未回覆" in text
    assert "機要組" not in text
    assert "2／3" in late[0]["Subject"]


def test_a_muddled_answer_is_asked_again(town):
    fifth = datetime(2026, 4, 7, 9, 0, tzinfo=TAIPEI)
    town.run(fifth)
    mail = town.box(UNITS["機要組"])[0]
    town.deliver(answer(mail, UNITS["機要組"], "陳先生", "什麼意思？\n",
                        fifth))
    town.run(fifth + timedelta(minutes=5))
    (reply,) = subject_of(town, UNITS["機要組"], "已收到您的回覆")
    assert "無法辨識" in body_of(reply)
    assert house(town, "prevention_answer") == []


def order(w, sender, text, at, subject="通告：CVE-2026-1 請更新"):
    w.deliver(raw_mail(sender, "許建國", subject, text, at))
    w.run(at)


def test_an_advisory_needs_two_and_goes_by_unit(town):
    t = WEDNESDAY
    order(town, PEOPLE["team"], "請各單位立即更新瀏覽器。\n", t)
    (ask,) = subject_of(town, "secretary", "請核可資安通告")
    assert "[ADV-2026-001]" in ask["Subject"]
    assert "請各單位立即更新瀏覽器" in body_of(ask)
    assert all(town.box(a) == [] for a in UNITS.values())
    assert "未經證實" in body_of(ask) and "兩位" in body_of(ask)
    (own,) = subject_of(town, "team", "請核可資安通告")
    for n, said in enumerate(("具名提出", "不得自行確認")):
        town.deliver(answer(own, PEOPLE["team"], "許建國", "確認\n", t,
                            message_id=f"<own.{n}@agency.example>"))
        town.run(t + timedelta(minutes=n))      # not by oneself
        assert all(town.box(a) == [] for a in UNITS.values())
        assert said in body_of([m for m in town.box(PEOPLE["team"])
                                if "已收到您的回覆" in m["Subject"]][-1])
    ask = subject_of(town, "secretary", "請核可資安通告")[-1]
    assert "已確認內容，成為提出人" in body_of(ask)
    # nor by a stranger who has seen the mail
    town.deliver(answer(ask, f"mallory@{AGENCY}", "M", "確認\n", t))
    town.run(t + timedelta(minutes=2))
    assert all(town.box(a) == [] for a in UNITS.values())
    town.deliver(answer(ask, PEOPLE["secretary"], "幹事", "確認\n", t))
    town.run(t + timedelta(minutes=3))
    assert {u: len(town.box(a)) for u, a in UNITS.items()} == {
        "機要組": 1, "總務組": 0, "資訊室": 1}
    (mail,) = town.box(UNITS["機要組"])
    assert "[ADV-2026-001]" in mail["Subject"]
    assert "CVE-2026-1" in mail["Subject"]
    # once only, however often it is confirmed
    town.deliver(answer(ask, PEOPLE["secretary"], "幹事", "確認\n再一次\n", t,
                        message_id="<again@agency.example>"))
    town.run(t + timedelta(minutes=4))
    assert len(town.box(UNITS["機要組"])) == 1
    assert [a["step"] for a in house(town, "advisory")] == [
        "asked", "adopted", "approved"]
    assert town.json("list", "--all") == []


def test_an_advisory_to_some_waits_and_is_withdrawn(town):
    t = WEDNESDAY
    order(town, PEOPLE["secretary"], "對象：總務組、windows\n請關機\n", t)
    ask = subject_of(town, "team", "請核可資安通告")[0]
    assert "總務組" in body_of(ask) and "資訊室" in body_of(ask)
    assert "機要組" not in body_of(ask)
    town.run(t + timedelta(days=1))
    assert len(subject_of(town, "team", "請核可資安通告")) == 2  # a reminder
    town.deliver(answer(ask, PEOPLE["team"], "許建國", "撤回\n誤植\n", t))
    town.run(t + timedelta(days=1, minutes=1))
    town.run(t + timedelta(days=3))
    assert len(subject_of(town, "team", "請核可資安通告")) == 2
    assert all(town.box(a) == [] for a in UNITS.values())
    (told,) = subject_of(town, "secretary", "通告不發送")
    assert "誤植" not in told["Subject"] and "撤回" in body_of(told)
    order(town, PEOPLE["team"], "x\n", t + timedelta(days=3, minutes=1))
    assert any("ADV-2026-002" in m["Subject"]
               for m in town.box(PEOPLE["secretary"]))


def test_an_advisory_that_is_out_is_taken_back(town):
    t = WEDNESDAY
    order(town, PEOPLE["team"], "請各單位立即更新瀏覽器。\n", t)
    (own,) = subject_of(town, "team", "請核可資安通告")
    town.deliver(answer(own, PEOPLE["team"], "許建國", "確認\n", t))
    town.run(t + timedelta(minutes=1))
    ask = subject_of(town, "secretary", "請核可資安通告")[-1]
    town.deliver(answer(ask, PEOPLE["secretary"], "幹事", "確認\n", t))
    town.run(t + timedelta(minutes=2))
    (sent,) = town.box(UNITS["機要組"])
    (told,) = subject_of(town, "team", "通告已核可發送")
    # a unit may not, and is not told that it could
    town.deliver(answer(sent, UNITS["機要組"], "某", "撤回\n", t))
    town.run(t + timedelta(minutes=3))
    assert not subject_of(town, "team", "通告已撤回")
    town.deliver(answer(told, PEOPLE["team"], "許建國", "撤回\n連結有誤\n",
                        t))
    town.run(t + timedelta(minutes=4))
    sent, back = town.box(UNITS["機要組"])[0], town.box(UNITS["機要組"])[-1]
    assert "撤回資安通告" in back["Subject"]
    assert back["In-Reply-To"] == sent["Message-ID"]
    assert "連結有誤" not in body_of(back)
    assert town.box(UNITS["總務組"]) == []      # got none, needs none
    for role in ("team", "secretary"):
        assert len(subject_of(town, role, "通告已撤回")) == 1, role
    # it is out no more
    town.deliver(answer(told, PEOPLE["team"], "許建國", "撤回\n", t,
                        message_id="<twice@agency.example>"))
    town.run(t + timedelta(minutes=5))
    assert town.box(UNITS["機要組"])[-1]["Message-ID"] == back["Message-ID"]
    assert [a["step"] for a in house(town, "advisory")] == [
        "asked", "adopted", "approved", "recalled"]


def test_an_advisory_of_a_clock_that_was_ahead_is_asked_for_again(town):
    ahead = WEDNESDAY + timedelta(days=30)
    order(town, PEOPLE["team"], "請各單位立即更新瀏覽器。\n", ahead)
    first = len(subject_of(town, "secretary", "請核可資安通告"))
    town.run(WEDNESDAY + timedelta(minutes=1))
    town.run(WEDNESDAY + timedelta(days=1, minutes=1))
    asked = len(subject_of(town, "secretary", "請核可資安通告"))
    assert asked == first + 1
    town.run(WEDNESDAY + timedelta(days=1, minutes=2))
    assert len(subject_of(town, "secretary", "請核可資安通告")) == asked


def test_who_may_not_order_an_advisory_has_reported(town):
    """R5: nothing a unit writes is refused; it opens a case."""
    order(town, STAFF, "請大家小心\n", WEDNESDAY)
    assert len(town.json("list", "--all")) == 1
    assert subject_of(town, "secretary", "請核可資安通告") == []


def test_an_answer_to_an_advisory_is_a_report(town):
    t = WEDNESDAY
    order(town, PEOPLE["team"], "請更新\n", t)
    for who in ("team", "secretary"):
        ask = subject_of(town, who, "請核可資安通告")[0]
        town.deliver(answer(ask, PEOPLE[who], "幹事", "確認\n", t,
                            message_id=f"<{who}@agency.example>"))
    town.run(t + timedelta(minutes=1))
    (mail,) = town.box(UNITS["機要組"])
    town.deliver(answer(mail, UNITS["機要組"], "陳先生",
                        "我們的電腦已經中毒了！\n", t))
    town.run(t + timedelta(minutes=2))
    assert len(town.json("list")) == 1


def test_the_register_of_a_month(town):
    t = WEDNESDAY
    town.deliver(annex1(STAFF, "王小明", t - timedelta(minutes=9),
                        t - timedelta(minutes=1)), t)
    evil = annex1(f"x@{AGENCY}", "李", t - timedelta(hours=2), t,
                  charset="utf-8").decode().replace(
        "組別：機要組", '組別：=cmd("x"),y')
    town.deliver(evil.encode(), t)
    town.run(t)
    out = town.tocsin("register", "--month", "2026-04", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 2
    assert {r["verdict"] for r in rows} == {"on_time", "late"}
    assert not any(v.startswith(("=", "+", "-", "@"))
                   for r in rows for v in r.values())
    assert "王小明" not in out and "5550" not in out
    assert len(town.json("register", "--month", "2026-04")) == 2
    assert town.json("register", "--month", "2026-03") == []
    town.run(datetime(2026, 5, 1, 9, 0, tzinfo=TAIPEI))
    (mail,) = subject_of(town, "secretary", "案件登記表")
    assert "2 件" in mail["Subject"]
    (part,) = list(mail.iter_attachments())
    assert part.get_filename() == "register-202604.csv"
    rows = list(csv.DictReader(io.StringIO(
        part.get_content().lstrip("\ufeff"))))
    assert len(rows) == 2


def test_records_past_their_retention_are_told(town):
    t = WEDNESDAY
    town.deliver(annex1(STAFF, "王小明", t - timedelta(minutes=9), t), t)
    town.run(t)
    (case,) = town.json("list")
    ask = town.box(PEOPLE["team"])[0]
    town.deliver(answer(ask, PEOPLE["team"], "許建國",
                        "等級：1\n狀態：誤報\n", t))
    town.run(t + timedelta(minutes=5))
    assert town.json("list") == []
    town.run(datetime(2037, 1, 10, 9, 0, tzinfo=TAIPEI))
    (mail,) = subject_of(town, "secretary", "保存年限屆滿")
    assert case["tracking"] in body_of(mail)


def test_the_house_catches_up_once(town):
    """Half a year of downtime: one reminder of each kind, no storm."""
    town.run(datetime(2026, 10, 7, 12, 0, tzinfo=TAIPEI))
    subjects = [m["Subject"] for m in town.box(UNITS["機要組"])]
    assert len(subjects) == len(set(subjects)) == 3
