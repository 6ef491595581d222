"""The plan, requirement by requirement: R1 to R33, each by mails in and mails
out of the running daemon.  DUTIES names them all; none may be missing."""

import hashlib
import re
from datetime import timedelta

import pytest

from story import STAFF, raw_mail, roc
from town import (AGENCY, REASONS, RECOVERED, START, UNITS, Town, body_of,
                  one, to)
from world import PEOPLE, parsed

DUTIES = {}


def duty(number, name):
    def add(f):
        DUTIES.setdefault(number, []).append((name, f))
        return f
    return add


@duty(1, "every unit of the house may report, an unknown one is flagged")
def r1(make):
    t = make("units = {" + ", ".join(f'"{u}"' for u in UNITS) + "}")
    for unit in (*UNITS, "外星組"):
        got = t.report(unit=unit, minutes=5)
        t.at(minutes=1)
        assert one(got, "staff", "已受理")
    cases = {i["unit"]: t.show(i["tracking"])
             for i in t.json("list", "--all")}
    flagged = {u for u, s in cases.items()
               if (s["extra"] or {}).get("unknown_unit")}
    assert len(cases) == 4 and flagged == {"外星組"}


@duty(2, "one role owns a case; others command nothing")
def r2(make):
    t = make()
    t.report()
    for who, role in ((STAFF, "staff"), ("x@elsewhere.example", "team"),
                      (PEOPLE["ethics"], "ethics")):
        t.go(t.says(who, "等級：4\n狀態：處理中\n", holding=role), minutes=1)
        assert t.case()["level"] in (0, None), who
        assert t.case()["state"] == "received", who
    t.go(t.says("team", "等級：2\n", to="請評估等級"), minutes=1)
    assert t.case()["level"] == 2


LEVELS = ["■ 4 級：影響公共安全、社會秩序、人民生命財產。",
          "□ 3 級：系統停頓，業務無法運作。",
          "□ 2 級：業務中斷，影響系統效率。",
          "□ 1 級：業務短暫停頓，可立即修復。"]


@duty(3, "the four levels, their exact texts in their order")
def r3(make):
    t = make()
    t.report()
    text = one(t.go(t.says("team", "等級：4\n"), minutes=5), "ncert")
    places = [text.find(line) for line in LEVELS]
    assert -1 not in places and places == sorted(places), text


@duty(4, "fifteen minutes: the four verdicts and their edges")
def r4(make):
    t = make()
    for minutes, told, want in (
            (15, None, "on_time"), (16, 10, "on_time"),
            (40, 15, "claimed_on_time"), (40, 16, "late"),
            (40, None, "late"), (10, -20, "inconsistent")):
        t.at(minutes=2)
        occurred = t.now - timedelta(minutes=minutes)
        got = t.report(minutes=minutes, reported=None if told is None else
                       occurred + timedelta(minutes=told))
        assert t.case()["verdict"] == want, (minutes, told)
        late = "已逾時" in one(got, "staff")
        assert late == (want == "late")
    t.at(minutes=2)
    t.report(occurred="不詳")
    assert t.case()["verdict"] == "unknown"


@duty(5, "late, incomplete or free text: never refused")
def r5(make):
    t = make()
    for n, text in enumerate(("電腦怪怪的，救命", "組別：機要組\n", "？")):
        got = t.go(raw_mail(STAFF, "王小明", f"求助 {n}", text, t.now),
                   minutes=1)
        assert len(to(got, "staff")) == 1, text
    assert len(t.json("list")) == 3


@duty(6, "an answer at once, with number, facts, gaps and telephone")
def r6(make):
    t = make()
    got = t.report(phone="")
    (ack,) = to(got, "staff", "已受理")
    text = body_of(ack)
    assert f"[{t.number}]" in ack["Subject"]
    assert re.fullmatch(r"CSI-20260401-\d{4}", t.number)
    assert ack["Reply-To"] and ack["Message-ID"]
    assert ack["In-Reply-To"]
    for word in ("機要組", "王小明", "◎聯絡電話：", "02-5550-0100",
                 "直接回覆本信"):
        assert word in text, word


@duty(7, "the ethics office is told of every report, and later of its end")
def r7(make):
    t = make()
    got = t.report()
    text = one(got, "ethics", "知會")
    for word in (t.number, "機要組", "王小明", "勒索病毒"):
        assert word in text, word
    assert "政風室" in one(got, "staff")
    got = t.go(t.says("team", "等級：1\n"), minutes=5)
    assert one(got, "ethics", t.number)
    got = t.go(t.says("team", RECOVERED), minutes=5)
    assert one(got, "ethics", "已確認復原")


@duty(8, "the form: loose title, three fields in a line, a blank one is none")
def r8(make):
    t = make()
    for title in ("資通安全事件通報單-內部通報用",
                  "資通安全事件通報單一內部通報用", "FW: 通 報 單"):
        t.at(minutes=1)
        t.report(subject=title)
        fields = {f["name"]: f["raw"] for f in t.show()["fields"]}
        assert {"unit", "name", "phone", "occurred_at", "reported_at",
                "description"} <= set(fields), (title, fields)
        assert fields["name"] == "王小明"
    got = t.go(raw_mail(STAFF, "王小明", "通報單", "組別：\n用戶端姓名：\n"
                        "聯絡電話：\n資通安全發生時間：\n"
                        "資通安全通報時間：\n資通安全事件簡述：\n", t.now),
               minutes=1)
    assert "請補充資料" in to(got, "staff")[0]["Subject"]


@duty(9, "missing fields: only those, again, then the secretary")
def r9(make):
    t = make()
    t.report(phone="")
    reminded, told = [], 0
    for minutes in (15, 15, 30):
        got = t.go(minutes=minutes)
        reminded += [body_of(m) for m in to(got, "staff")]
        told += len(to(got, "secretary"))
    assert len(reminded) == 3 and told >= 1
    for text in reminded:
        assert "◎聯絡電話：" in text and "◎用戶端姓名" not in text
    t.go(t.says("staff", "聯絡電話：02-5550-0199\n"), minutes=1)
    assert to(t.go(days=1), "staff") == []
    rows = [d for d in t.show()["deadlines"] if d["name"] == "missing"]
    assert rows[0]["state"] == "met"
    t.report(phone="")
    t.go(minutes=15)
    ack = one(t.go(t.says("staff", "聯絡電話：不詳\n"), minutes=1), "staff")
    assert "再寫一次" not in ack and "聯絡電話：不詳" in ack
    assert to(t.go(days=1), "staff") == []


@duty(10, "the team is asked to assess; silence climbs the ladder")
def r10(make):
    t = make()
    got = t.report()
    assert "等級：" in one(got, "team", "請評估等級")
    steps = []
    for minutes in (15, 15, 15):
        got = t.go(minutes=minutes)
        steps.append({r for r in ("team", "secretary", "ciso")
                      if to(got, r)})
    assert steps == [{"team"}, {"team", "secretary"},
                     {"team", "secretary", "ciso"}]
    got = t.go(t.says("staff", "等級：4級\n", to="已受理"), minutes=1)
    assert t.case()["level"] in (0, None)
    assert to(t.go(minutes=30), "team")         # for ever
    t.go(t.says("team", "等級：1\n"), minutes=1)
    assert t.show()["deadlines"] and not [
        d for d in t.show()["deadlines"]
        if d["name"] == "assess" and d["state"] == "open"]


@duty(11, "from level 2 on NCERT and the city are told, 待查 where unknown")
def r11(make):
    t = make()
    t.report()
    assert not to(t.go(t.says("team", "等級：1\n"), minutes=1), "ncert")
    t.at(minutes=1)
    t.report(minutes=3)
    got = t.go(t.says("team", "等級：2\n作業影響情況：公文停擺\n"
                      "應變措施：已拔線\n"), minutes=1)
    for who in ("ncert", "city_it"):
        text = one(got, who)
        for word in ("作業影響情況：公文停擺", "設備及系統受損情況：待查",
                     "請求支援項目　待查", "採取之應變措施：已拔線",
                     "勒索病毒"):
            assert word in text, (who, word)


@duty(12, "no way left: a script for the phone, until somebody phoned")
def r12(make):
    t = make()
    t.receiver.answers = [400, 400]
    t.report()
    got = t.go(t.says("team", "等級：3\n"), minutes=1)
    scripts = to(got, "team", "電話或傳真")
    assert len(scripts) == 2
    text = body_of(scripts[0])
    assert t.number in text and "照唸" in text and "400" in text
    assert t.case()["external_sent_at"] is None
    got = t.go(minutes=20)
    assert to(got, "team", "對外通報尚未完成")
    t.go(t.says("team", "已電話通報 國家資通安全應變中心 09:40 陳先生\n"
                "已電話通報 臺北市政府資訊局 09:45 李小姐\n"), minutes=1)
    phoned = [r for r in t.json("journal", t.number)
              if r["event"] == "phoned"]
    assert len(phoned) == 2 and "陳先生" in str(phoned)
    assert t.case()["external_sent_at"] is not None
    assert not to(t.go(minutes=60), "team", "對外通報尚未完成")


@duty(13, "Annex 2: its fields, its defaults, the year of the Republic")
def r13(make):
    t = make()
    t.report()
    text = one(t.go(t.says("team", "等級：3\n承辦人員姓名：許建國\n"
                           "聯絡電話：02-5550-0110\n"), minutes=5), "ncert")
    for word in ("承辦人員姓名：許建國", "接獲資通安全事件通報時間："
                 "中華民國115年04月01日 09時00分",
                 "處理資通安全事件時間：中華民國115年04月01日 09時05分",
                 "中　華　民　國　115 年 4 月 1 日"):
        assert word in text, (word, text)


@duty(14, "a new level is reported again, each time once")
def r14(make):
    t = make()
    t.report()
    t.go(t.says("team", "等級：2\n"), minutes=1)
    again = t.says("team", "等級：3\n")
    got = t.go(again, again, minutes=1)
    assert "第 02 報（續報）" in one(got, "ncert", "續報")
    t.go(t.says("team", "等級：1\n"), minutes=1)
    got = t.go(t.says("ciso", "確認\n", to="第二人"), minutes=1)
    text = one(got, "ncert", "更正")
    assert "前次等級 3 級，現為 1 級" in text
    assert len(t.box(PEOPLE["ncert"])) == 3
    assert sorted(t.receiver.documents()) == sorted(
        f"{t.number}-{n:02d}-{r}" for n in (1, 2, 3)
        for r in ("ncert", "city_it"))


@duty(15, "the list: level, then kind, then age; solutions are kept")
def r15(make):
    t = make()
    order = []
    for level, what in ((1, "病毒"), (3, "颱風淹水"), (3, "病毒"), (2, "病毒")):
        t.at(minutes=1)
        t.report(minutes=3, description=what)
        t.go(t.says("team", f"等級：{level}\n"), minutes=1)
        order.append(t.number)
    got = [i["tracking"] for i in t.json("list")]
    assert got == [order[2], order[1], order[3], order[0]]
    t.number = order[0]
    t.go(t.says("team", "解決方案：更新病毒碼\n參考來源：技服中心網站\n"),
         minutes=1)
    assert {"solution", "source"} <= {f["name"] for f in t.show()["fields"]}


@duty(16, "the CISO decides on the meeting; people and calendars are told")
def r16(make):
    t = make()
    t.report()
    got = t.go(t.says("team", "等級：3\n"), minutes=5)
    assert "召開" in one(got, "ciso", "緊急應變會議")
    got = t.go(t.says("ciso", "召開 4/1 14:00 地點：第一會議室\n"), minutes=5)
    for who in ("team", "ethics", "secretary", "staff", "ciso"):
        (mail,) = to(got, who, "開會通知")
        (part,) = list(mail.iter_attachments())
        assert part.get_content_type() == "text/calendar"
        ics = part.get_content()
        ics = ics if isinstance(ics, str) else ics.decode()
        assert "DTSTART:20260401T060000Z" in ics and "第一會議室" in ics
        assert f"mailto:{PEOPLE[who]}" in ics.replace("\r\n ", "")
    got = t.go(days=1, hours=5)
    assert to(got, "team", "會議紀錄")
    t.go(t.says("team", "會議紀錄：全面更換密碼\n", to="會議紀錄"),
         minutes=1)
    assert not to(t.go(days=2), "team", "會議紀錄")


@duty(17, "without a meeting the secretary tracks to the end, every day")
def r17(make):
    t = make(start=START + timedelta(days=12))      # a Monday
    t.report()
    t.go(t.says("team", "等級：1\n"), minutes=5)
    asked = digests = 0
    for _ in range(4):
        got = t.go(days=1)
        asked += len(to(got, "secretary", "處理情形"))
        digests += len(to(got, "secretary", "案件追蹤表"))
    assert asked >= 1 and digests >= 2, (asked, digests)
    t.go(t.says("team", RECOVERED, to=t.number), minutes=5)
    t.go(days=1)
    got = t.go(days=5)
    assert not to(got, "secretary", "處理情形")


@duty(18, "the states, and only an end stops the bell")
def r18(make):
    t = make()
    t.report()
    t.go(t.says("team", "等級：2\n狀態：處理中\n"), minutes=5)
    assert t.case()["state"] == "in_progress"
    t.go(t.says("team", "狀態：已控制\n"), minutes=5)
    assert t.case()["state"] == "contained"
    assert to(t.go(hours=5), "team")
    t.go(t.says("team", RECOVERED), minutes=5)
    assert t.case()["state"] == "recovered"
    assert not to(t.go(hours=9), "team", "處理情形")
    got = t.go(t.says("team", "重新開案\n"), minutes=5)
    assert t.case()["state"] == "in_progress" and to(got, "staff")
    assert to(t.go(hours=5), "team")


@duty(19, "the checklist in its order; an open item keeps it open")
def r19(make):
    t = make()
    t.report()
    t.go(t.says("team", "等級：2\n"), minutes=5)
    text = one(t.go(t.says("team", RECOVERED.replace(
        "測試：通過", "測試：未完成")), minutes=5), "team")
    assert "復原檢核未完成：系統復原及運作測試" in text
    assert "測試通過前即回報資料回復" in text
    assert t.case()["state"] == "contained"
    text = one(t.go(t.says("team", RECOVERED), minutes=5), "team",
               "回覆處理結果")
    assert t.case()["state"] == "recovered"


@duty(20, "the unit reports recovery, the team confirms it")
def r20(make):
    t = make()
    t.report()
    t.go(t.says("team", "等級：2\n"), minutes=5)
    got = t.go(t.says("staff", "狀態：已復原\n"), minutes=5)
    assert to(got, "team") and t.case()["state"] != "recovered"
    extra = t.show()["extra"]
    assert extra["unit_reported_by"] == STAFF
    t.go(t.says("team", RECOVERED), minutes=5)
    assert t.case()["state"] == "recovered"
    assert t.show()["extra"]["confirmed_by"] == PEOPLE["team"]


@duty(21, "evidence byte for byte; no closing without cause and measures")
def r21(make):
    t = make()
    raw = t.form()
    t.go(raw)
    t.number = t.json("list")[0]["tracking"]
    (mail,) = t.show()["mails"]
    assert mail["sha256"] == hashlib.sha256(raw).hexdigest()
    t.go(t.says("team", "等級：1\n"), minutes=5)
    t.go(t.says("team", RECOVERED), minutes=5)
    text = one(t.go(t.says("team", "狀態：結案\n"), minutes=5), "team")
    assert "結案前尚須填報" in text and t.case()["state"] == "recovered"
    t.go(t.says("team", REASONS + "狀態：結案\n"), minutes=5)
    assert t.case()["state"] == "closed"
    assert t.tocsin("verify")


@duty(22, "forensic support is asked for only when a second office agrees")
def r22(make):
    t = make()
    t.report()
    t.go(t.says("team", "等級：2\n"), minutes=5)
    got = t.go(t.says("team", "申請鑑識支援：是，請協助追查來源\n"), minutes=5)
    assert to(got, "ciso", "鑑識") and to(got, "ethics", "鑑識")
    assert not to(got, "city_it")
    got = t.go(t.says("ciso", "不同意\n證據還不夠\n", to="鑑識"), minutes=5)
    assert "證據還不夠" in one(got, "team", "未獲同意")
    rows = [r["detail"] for r in t.json("journal", t.number)
            if r["event"] == "forensic"]
    assert "refused" in str(rows[-1]) and not t.show()["extra"].get("forensic")
    assert not to(t.go(days=1), "ciso", "鑑識")         # nobody waits for it
    t.go(t.says("team", "申請鑑識支援：是，請協助追查來源\n"), minutes=5)
    got = t.go(t.says("ethics", "確認\n", to="鑑識"), minutes=5)
    assert "請協助追查來源" in one(got, "city_it", "鑑識")
    got = t.go(t.says("ciso", "確認\n", to="鑑識"), minutes=5)
    assert not to(got, "city_it")


@duty(23, "the plan may be amended; a case keeps its own")
def r23(make):
    t = make()
    t.report()
    show = t.case()
    assert (show["policy"], show["policy_version"]) == ("taipei-2007", 1)
    for other in ("csma-2021", "csma-2026"):
        out = t.tocsin("policy", "diff", "taipei-2007", other, check=False)
        assert "forward_min_level" in out


@duty(24, "the register of a month")
def r24(make):
    t = make()
    t.report()
    (row,) = t.json("register", "--month", "2026-04")
    assert row["tracking"] == t.number and row["verdict"] == "on_time"
    assert t.tocsin("register", "--csv").startswith("tracking,")


@duty(25, "telephone and name only for those who need them")
def r25(make):
    t = make()
    got = t.report()
    t.go(t.says("team", "等級：2\n責任歸屬：某甲\n漏洞：未更新\n"), minutes=5)
    for who in ("ncert", "city_it", "staff"):
        text = "".join(body_of(m) for m in t.box(PEOPLE[who]))
        assert "某甲" not in text, who
    log = (t.dir / "tocsind.log").read_text()
    assert "5550-0101" not in log and "王小明" not in log
    assert "5550-0101" in one(got, "team")


@duty(26, "machines are not answered; the same mail counts once; no subjects")
def r26(make):
    t = make()
    got = t.report()
    for head in ("Auto-Submitted: auto-replied", "Precedence: bulk",
                 "List-Id: <x.example>"):
        got = t.go(t.form(headers=(head, f"X-N: {head}")), minutes=1)
        assert not to(got, "staff"), head
    assert len(t.json("list")) >= 1
    raw = t.form(description="一樣的")
    got = t.go(raw, raw, raw, minutes=1)
    assert len(to(got, "staff")) == 1
    n = len(t.json("list"))
    t.go(raw_mail("y@" + AGENCY, "李", "回覆: 已受理您的資通安全事件通報",
                  "我們也中毒了", t.now), minutes=1)
    assert len(t.json("list")) == n + 1
    got = t.go(raw_mail("y@" + AGENCY, "李", "[sec] 請協助", "我的電腦中毒了\n",
                        t.now, headers=("List-Id: <x.example>",)), minutes=1)
    assert len(t.json("list")) == n + 1
    assert "群組信箱" in one(got, "operator") and not to(got, "y@" + AGENCY)


@duty(27, "sabotage inside: keep the traces")
def r27(make):
    t = make()
    text = one(t.report(description="離職人員惡意刪除檔案"), "staff")
    assert "保留事件發生之線索" in text and "勿關機" in text
    assert "初步判斷為" in text


@duty(28, "intrusion: stop, unplug, isolate")
def r28(make):
    t = make()
    text = one(t.report(description="電腦中毒，疑似駭客入侵"), "staff")
    for word in ("停止資通作業", "拔除網路線", "隔離"):
        assert word in text


@duty(29, "disaster: people first, and no reproach for being late")
def r29(make):
    t = make()
    text = one(t.report(minutes=90, description="颱風淹水，機房停電"), "staff")
    assert "人身安全" in text and "攜帶重要資料" in text
    assert "已逾時" not in text and t.case()["verdict"] == "late"


@duty(30, "the category: the team's word beats a guess; none is none")
def r30(make):
    t = make()
    text = one(t.report(description="滑鼠不見了"), "staff")
    assert "初步判斷" not in text
    assert t.case()["category"] is None
    got = t.go(t.says("team", "等級：1\n事件分類：內部危安事件\n"), minutes=1)
    assert t.case()["category"] == "internal_sabotage"
    assert "請勿關機" in one(got, "staff")
    t.at(minutes=1)
    t.report(minutes=3, description="遭人為惡意刪除後又中毒")
    assert t.case()["category"] == "external_intrusion"


@duty(31, "reminders by the calendar, and their answers registered")
def r31(make):
    t = make()
    t.go()
    unit = f"jiyao@{AGENCY}"
    got = t.go(days=6)                  # the fifth is a day off
    (mail,) = to(got, unit, "防毒碼")
    t.go(t.says(unit, "完成\n", to="防毒碼"), minutes=5)
    rows = [r for r in t.json("journal") if r["event"] == "prevention_answer"]
    assert len(rows) == 1 and "antivirus" in str(rows[0]["detail"])


@duty(31, "a password in a mail is masked everywhere, and its owner warned")
def r31_password(make):
    t = make()
    got = t.report(description="信箱遭盜用，密碼：Qwer#1234 已外洩。")
    t.go(t.says("team", "等級：2\n事件發生之事實：原密碼是 Zz_98765\n"),
         minutes=5)
    assert "立即變更密碼" in one(got, "staff")
    assert "立即變更密碼" in body_of(t.last("team", "回覆處理結果"))
    assert "密碼：********" in one(got, "team")
    told = [body_of(m) for who in PEOPLE.values() for m in t.box(who)]
    told += [m.as_string() for who in PEOPLE.values() for m in t.box(who)]
    told += [str(t.receiver.posts), (t.dir / "tocsind.log").read_text(),
             t.tocsin("show", t.number), str(t.json("mail", "show", "1")),
             str(t.json("journal")), str(t.json("export", t.number))]
    for secret in ("Qwer#1234", "Zz_98765"):
        assert not [x for x in told if secret in x], secret
    raw = parsed(t.tocsin("mail", "raw", "1").encode())
    assert "Qwer#1234" in body_of(raw), "the evidence is kept as it came"
    got = t.go(t.says("staff", "密碼已於今日更換，共8碼。\n"), minutes=5)
    assert "立即變更密碼" not in one(got, "staff")


@duty(32, "advisories: numbered, approved by another, by unit")
def r32(make):
    t = make()
    got = t.go(raw_mail(PEOPLE["team"], "許建國", "通告：請更新", "立即更新\n",
                        t.now))
    unit = f"jiyao@{AGENCY}"
    assert not to(got, unit)
    assert "未經證實" in one(got, "team", "ADV-2026-001")
    got = t.go(t.says("team", "確認\n", to="ADV-2026-001"), minutes=5)
    assert not to(got, unit)                # its author stands for it now
    assert "成為提出人" in one(got, "secretary", "ADV-2026-001")
    got = t.go(t.says("team", "確認\n", to="ADV-2026-001"), minutes=5)
    assert not to(got, unit)                # and is one person
    got = t.go(t.says("secretary", "確認\n", to="ADV-2026-001"), minutes=5)
    assert "立即更新" in one(got, unit, "ADV-2026-001")


@duty(33, "a drill: own numbers, a mark, nothing outside, its timing")
def r33(make):
    t = make()
    got = t.report(subject="【演練】資通安全事件通報單")
    assert t.number.startswith("DRILL-20260401-")
    assert all("演練" in m["Subject"] for _, m in got)
    got = t.go(t.says("team", "等級：4\n"), minutes=5)
    assert not to(got, "ncert") and not to(got, "city_it")
    t.go(t.says("team", RECOVERED), minutes=5)
    t.go(t.says("team", REASONS + "狀態：結案\n"), minutes=5)
    got = t.go(t.says("ciso", "確認\n", to="第二人"), minutes=5)
    assert "評估等級" in one(got, "ciso", "演練時效報告")
    assert t.receiver.posts == [] and t.box(PEOPLE["ncert"]) == []
    assert t.json("stats")[0]["month"] == []


CASES = [pytest.param(f, id=f"R{n}") for n in sorted(DUTIES)
         for _, f in DUTIES[n]]


@pytest.mark.parametrize("walk", CASES)
def test_requirement(walk, tmp_path):
    towns = []

    def make(*lines, **more):
        towns.append(Town(tmp_path / str(len(towns)), *lines, **more))
        return towns[-1]
    try:
        walk(make)
    finally:
        for t in towns:
            t.stop()


def test_none_is_missing():
    assert sorted(DUTIES) == list(range(1, 34))


assert START and roc
