"""R1 to R33 under the Cyber Security Management Act, the texts of 2021 and of
2026: four lives each, by mails in and mails out at the law's own hours.  TABLE
says of every requirement what the law makes of it."""

from datetime import datetime, timedelta

import pytest

from story import raw_mail
from town import AGENCY, REASONS, RECOVERED, Town, body_of, one, to
from world import PEOPLE, TAIPEI

PLAN = "as in the agency's plan: the law has nothing of its own"
TABLE = {
    1: PLAN, 2: PLAN,
    3: "the law's four texts, and the highest of three impacts",
    4: PLAN + "; its hour runs from becoming aware, not from the event",
    5: PLAN, 6: PLAN, 7: PLAN, 8: PLAN, 9: PLAN,
    10: PLAN + "; but assessing takes of the hour that the report has",
    11: "every level, within one hour of becoming aware",
    12: "mail is another manner: the platform has to follow, with a reason",
    13: PLAN,
    14: "a new level: reported again, its hours counted anew",
    15: PLAN,
    16: "levels 3 and 4: the meeting is mandatory, nobody may decline it",
    17: PLAN, 18: PLAN,
    19: PLAN + "; under control within 72 hours, 36 for levels 3 and 4",
    20: PLAN,
    21: PLAN + "; and a report within one month, closed or not",
    22: PLAN, 23: "its own name and version, kept by the case",
    24: PLAN, 25: PLAN, 26: PLAN, 27: PLAN, 28: PLAN, 29: PLAN, 30: PLAN,
    31: PLAN, 32: PLAN,
    33: PLAN + "; a drill is told to no platform and no superior",
}
POLICIES = ("csma-2021", "csma-2026")
WALKED = {}


class LawTown(Town):
    def walks(self, *numbers):
        WALKED.setdefault(self.policy, set()).update(numbers)

    def deadline(self, name):
        rows = [d for d in self.show()["deadlines"] if d["name"] == name]
        return max(rows, key=lambda d: (d["from_at"], d["due_at"]))

    def due(self, name):
        return datetime.fromisoformat(self.deadline(name)["due_at"])


@pytest.fixture
def make(tmp_path):
    towns = []

    def new(policy):
        t = LawTown(tmp_path / str(len(towns)), f'policy = "{policy}"')
        t.policy = policy
        towns.append(t)
        return t
    yield new
    for t in towns:
        t.stop()


def level_1(t):
    """Each level is reported within the hour, and filed on the platform."""
    aware = t.now
    got = t.report()
    ack = one(got, "staff", "已受理")
    assert f"[{t.number}]" in to(got, "staff")[0]["Subject"]
    assert "拔除網路線" in ack and t.case()["verdict"] == "on_time"
    assert t.number in one(got, "ethics", "知會")
    assert (t.case()["policy"], t.case()["category"]) == (
        t.policy, "external_intrusion")
    t.walks(1, 4, 6, 7, 23, 28, 30)
    planned = t.tocsin("plan", t.number)
    assert "09:15" in planned and "09:30" in planned, planned
    got = t.go(minutes=31)
    assert to(got, "team", "評估") and to(got, "secretary", "評估")
    t.walks(10)
    t.go(t.says("staff", "等級：1\n", to="已受理"), minutes=1)
    assert t.case()["level"] in (0, None)
    t.walks(2)
    got = t.go(t.says("team", "等級：1\n承辦人員姓名：許建國\n"
                      "作業影響情況：活動網頁停用\n"), minutes=8)
    for who in ("ncert", "city_it"):
        text = one(got, who)
        assert "作業影響情況：活動網頁停用" in text and "許建國" in text
        places = [text.find(f"{box} {n} 級：") for n, box in zip(
            (4, 3, 2, 1), "□□□■")]
        assert -1 not in places and places == sorted(places), text
        assert "■ 1 級：非核心" in text
        assert "待查" in text
    t.walks(3, 11, 13)
    assert t.deadline("external")["state"] == "met"
    assert t.due("external") == aware + timedelta(hours=1)
    assert t.due("control") == aware + timedelta(hours=72)
    assert t.due("review") == t.now + timedelta(hours=8)
    assert t.due("platform") == t.now + timedelta(days=1)
    t.go(t.says("city_it", "審核完成 1 級\n", to=t.number), minutes=10)
    assert t.deadline("review")["state"] == "met"
    assert to(t.go(hours=13), "team", "平台")
    t.go(t.says("team", "已於平台通報 115040100123\n"
                "先以電子郵件通報之事由：平台維護中\n", to="平台"), minutes=5)
    assert t.deadline("platform")["state"] == "met"
    t.walks(12)
    digest = t.go(when=datetime(2026, 4, 2, 8, 30, tzinfo=TAIPEI))
    assert t.number in one(digest, "secretary", "案件追蹤表")
    t.walks(17)
    t.go(t.says("staff", "狀態：已復原\n", to="已受理"), minutes=10)
    assert t.case()["state"] != "recovered"
    t.go(t.says("team", RECOVERED.replace("測試：通過", "測試：未完成"),
                to="請確認"), minutes=5)
    assert t.case()["state"] == "contained"
    t.walks(18, 19, 20)
    t.go(t.says("team", RECOVERED, to="回覆處理結果"), minutes=5)
    assert t.case()["state"] == "recovered"
    # counted from the 2nd of April: the 2nd of May is a Saturday
    assert t.due("final").date().isoformat() == "2026-05-04"
    got = t.go(t.says("team", "狀態：結案\n", to=t.number), minutes=5)
    assert "結案前尚須填報" in one(got, "team")
    got = t.go(t.says("team", REASONS + "狀態：結案\n", to=t.number),
               minutes=5)
    assert t.case()["state"] == "closed" and t.tocsin("verify")
    t.walks(21)
    assert to(t.go(when=datetime(2026, 4, 30, 9, 0, tzinfo=TAIPEI)), "team",
              "改善報告")           # closing is no report
    t.go(t.says("team", "已提交改善報告\n", to="改善報告"), minutes=5)
    assert t.deadline("final")["state"] == "met"
    (row,) = t.json("register", "--month", "2026-04")
    assert row["tracking"] == t.number
    t.walks(24)


def level_3(t):
    """The graver hours, a meeting that must be, two persons at the end."""
    aware = t.now
    t.report(phone="")
    assert "聯絡電話" in one(t.go(minutes=15), "staff")
    asked = body_of(t.last("staff")).replace("◎聯絡電話：",
                                             "◎聯絡電話：02-5550-0199")
    quoted = "\n".join(f"> {line}" for line in asked.splitlines())
    t.go(t.says("staff", "已補在下面。\n\n資安通報 <incident@agency.example> "
                f"於 2026年4月1日 週三 上午9:15寫道：\n\n{quoted}\n",
                to="請補充"), minutes=1)
    assert "02-5550-0199" in t.tocsin("show", t.number)
    t.walks(5, 9)
    got = t.go(t.says("team", "機密性衝擊：2\n完整性衝擊：1\n"
                      "責任歸屬：某甲\n"), minutes=4)
    assert t.case()["level"] == 2 and one(got, "ncert")
    assert "某甲" not in body_of(t.last("ncert")) and t.due(
        "control") == aware + timedelta(hours=72)
    t.walks(25)
    got = t.go(t.says("team", "可用性衝擊：3\n"), minutes=5)
    assert t.case()["level"] == 3 and "續報" in t.last("ncert")["Subject"]
    assert t.due("control") == aware + timedelta(hours=36)
    assert t.due("review") - timedelta(hours=2) == t.now
    t.walks(14)
    got = t.go(t.says("ciso", "不召開，理由：人手不足\n", to=t.number),
               minutes=5)
    assert "不能裁示不召開" in one(got, "ciso")
    got = t.go(t.says("ciso", "召開 4/1 14:00 地點：三樓\n", to=t.number),
               minutes=5)
    assert to(got, "ethics", "開會通知")
    t.walks(16)
    t.go(t.says("team", "申請鑑識支援：是\n", to=t.number), minutes=1)
    got = t.go(t.says("ethics", "確認\n", to="鑑識"), minutes=1)
    assert to(got, "city_it", "鑑識")
    t.walks(22)
    grave = t.number
    t.at(minutes=1)
    t.report(minutes=3, unit="總務組")
    t.go(t.says("team", "等級：1\n", to=f"[{t.number}] 請評估"), minutes=1)
    assert [i["tracking"] for i in t.json("list")] == [grave, t.number]
    t.walks(15)
    n = len(t.json("list"))
    got = t.go(t.form(headers=("Auto-Submitted: auto-replied",)), minutes=1)
    assert not to(got, "staff") and len(t.json("list")) >= n
    t.walks(26)
    t.number = grave
    late = t.go(when=aware + timedelta(hours=36, minutes=1))
    assert to(late, "ciso", "損害控制")
    t.go(t.says("team", "狀態：誤報\n", to=t.number), minutes=1)
    assert t.case()["state"] != "false_alarm"
    got = t.go(t.says("ciso", "不同意\n", to="第二人"), minutes=1)
    assert to(got, "team", "未獲同意")


def drill_and_advisory(t):
    got = t.report(subject="【演練】資通安全事件通報單")
    assert t.number.startswith("DRILL-")
    got = t.go(t.says("team", "等級：1\n"), minutes=5)
    assert not to(got, "ncert") and t.receiver.posts == []
    assert not {"platform", "review"} & {d["name"] for d in
                                         t.show()["deadlines"]}
    t.walks(33)
    unit = f"jiyao@{AGENCY}"
    t.go(raw_mail(PEOPLE["team"], "許建國", "通告：請更新", "立即更新\n",
                  t.now), minutes=1)
    t.go(t.says("team", "確認\n", to="ADV-2026-001"), minutes=1)
    got = t.go(t.says("ciso", "確認\n", to="ADV-2026-001"), minutes=1)
    assert "立即更新" in one(got, unit, "ADV-2026-001")
    t.walks(32)


def as_the_plan(t):
    """What people are told of their kind of trouble; forms; the calendar."""
    text = one(t.report(description="離職人員惡意刪除檔案"), "staff")
    assert "保留事件發生之線索" in text and "勿關機" in text
    t.at(minutes=1)
    text = one(t.report(minutes=90, description="颱風淹水，機房停電"), "staff")
    assert "人身安全" in text and "已逾時" not in text
    assert t.case()["verdict"] == "late"
    t.walks(27, 29)
    t.at(minutes=1)
    t.report(subject="資通安全事件通報單一內部通報用", unit="總務組", minutes=2)
    fields = {f["name"]: f["raw"] for f in t.show()["fields"]}
    assert (fields["unit"], fields["name"]) == ("總務組", "王小明")
    t.walks(8)
    unit = f"jiyao@{AGENCY}"
    t.go(days=6)                        # the fifth is a day off
    t.go(t.says(unit, "完成\n", to="防毒碼"), minutes=5)
    rows = [r for r in t.json("journal") if r["event"] == "prevention_answer"]
    assert "antivirus" in str(rows[0]["detail"])
    t.walks(31)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_law_is_walked(make, policy):
    for life in (level_1, level_3, drill_and_advisory, as_the_plan):
        life(make(policy))
    assert WALKED[policy] == set(TABLE) == set(range(1, 34))
