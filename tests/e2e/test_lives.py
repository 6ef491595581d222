"""Whole lives of incidents, with every mail compared to an approved text in
tests/approved/lives/.  TOCSIN_APPROVE=1 writes them anew: read them before you
approve them.  To stay readable they are in Chinese but for the reporter's, the
footers (see the approved letters) are cut off, and a text that several get is
told once."""

import difflib
import json
import os
import re
import subprocess
import textwrap

import pytest

from story import STAFF, raw_mail
from town import AGENCY, REASONS, RECOVERED, START, Town, body_of
from world import PEOPLE, build_dir, parsed, source_dir

APPROVED = source_dir() / "tests" / "approved" / "lives"
FOOTER = "\n────────────"
WHO = {a: r for r, a in PEOPLE.items()}


class Life(Town):
    """A town that writes down what happens."""

    def __init__(self, where, *lines, **more):
        super().__init__(where, *lines, **more)
        self.conf.write_text(self.conf.read_text().replace(
            '  label-en =', '  lang = "zh-TW"\n  label-en ='))
        self.story = []

    def heading(self, text):
        self.story.append(f"\n===== {self.now:%m-%d %H:%M}  {text}\n")

    def tell(self, text, *mails, **later):
        """One step: what came in (its own words), and every mail out."""
        if later:
            self.at(**later)
        self.heading(text)
        got = self.go(*mails)
        told = {}
        for addr, m in got:
            role = WHO.get(addr, addr)
            self.story.append(f"--> {role}: {m['Subject']}")
            body = body_of(m).replace("\r\n", "\n").split(FOOTER)[0]
            if body in told:
                body = f"(as to {told[body]})"
            told.setdefault(body, role)
            self.story.append(textwrap.indent(body.strip(), "    "))
            for part in m.iter_attachments():
                self.story.append(f"    [{part.get_content_type()} "
                                  f"{part.get_filename()}]")
            self.story.append("")
        return got

    def hears(self, who, words, to="", **later):
        """Somebody answers; his words are in the story."""
        if later:
            self.at(**later)
        raw = self.says(who, words, to=to)
        said = textwrap.indent(words.strip(), "    ｜")
        return self.tell(f"{who} answers\n{said}", raw)

    def opens(self, text, **fields):
        self.heading("")
        self.story.pop()
        got = self.tell(text, self.form(**fields))
        self.number = sorted(i["tracking"] for i in
                             self.json("list", "--all"))[-1]
        return got

    def is_clean(self):
        """Every mail as any mail program must be able to show it."""
        for f in self.out.glob("*/*/*"):
            raw = f.read_bytes()
            assert raw.isascii(), f
            long = [s for s in raw.splitlines() if len(s) > 78]
            # an identifier, which nothing may fold
            assert all(len(s) < 200 and len(s.split()) <= 2 and b"@" in s
                       for s in long), (f, long)
            m = parsed(raw)
            for part in m.walk():
                assert part.defects == [], (f, part.defects)
                if part.get_content_maintype() == "text":
                    assert "\ufffd" not in part.get_content(), f
            for name in ("From", "To", "Subject", "Date", "Message-ID"):
                assert len(m.get_all(name)) == 1, (f, name)
                assert m[name].defects == (), (f, name, m[name].defects)
            text = body_of(m).replace("\r\n", "\n")
            assert "\n\n\n" not in text, text
            assert not re.search("[ \u3000]\n", text), text
            assert not re.search("[：、\u3000（]$", m["Subject"]), m["Subject"]
            number = m["X-Tocsin-Tracking"]
            assert number or "[CSI-" not in m["Subject"], f
            if number:
                assert f"[{number}]" in m["Subject"]
                assert m["Reply-To"] is not None, f

    def ends(self):
        """The end: state, fields of the record, and the proof of it."""
        self.story.append("\n===== the record\n")
        for i in self.json("list", "--all"):
            self.story.append(f"{i['tracking']} level={i['level']} "
                              f"state={i['state']}")
        for role, who in sorted(PEOPLE.items()):
            self.story.append(f"{role}: {len(self.box(who))} mails")
        self.story.append(f"posts: {sorted(self.receiver.documents())}")
        self.tocsin("verify")
        self.is_clean()


LIVES = {}              # name: (what happens, lines of tocsin.conf)


def life(*lines):
    def add(f):
        LIVES[f.__name__] = f, lines
        return f
    return add


@life()
def level_1_never_met(t):
    t.opens("A short interruption is reported")
    t.hears("team", "等級：1\n狀態：處理中\n", minutes=10)
    t.tell("The next day: nobody has said anything", days=1)
    t.tell("And the next working day", days=5)
    t.hears("staff", "狀態：已復原\n", to="已受理", hours=2)
    t.hears("team", RECOVERED, to=t.number, minutes=10)
    t.hears("team", REASONS + "狀態：結案\n", minutes=10)
    t.tell("A month later: silence but for the house's own", days=20)
    assert t.case()["state"] == "closed" and t.receiver.posts == []


@life()
def level_4_met_and_reopened(t):
    t.opens("A server is down, data are held to ransom")
    t.hears("team", "等級：3\n狀態：處理中\n承辦人員姓名：許建國\n"
            "作業影響情況：公文簽核停擺\n", minutes=10)
    t.hears("ciso", "召開 4/1 14:00 地點：第一會議室\n", minutes=10)
    t.hears("team", "等級：4\n作業影響情況：市民服務全部停擺\n", minutes=30)
    t.tell("Two hours of silence", hours=2)
    t.hears("team", RECOVERED.replace("硬體設備：正常", "硬體設備：未完成"),
            to="處理情形", minutes=10)
    assert t.case()["state"] == "contained"
    t.hears("team", RECOVERED, to="回覆處理結果", hours=1)
    assert t.case()["state"] == "recovered"
    t.hears("staff", "又出現一樣的畫面！\n", to="已確認復原", hours=2)
    t.hears("team", "重新開案\n", minutes=10)
    assert t.case()["state"] == "in_progress"
    t.hears("team", RECOVERED, to="回覆處理結果", hours=1)
    t.hears("secretary", "會議紀錄：更換全部密碼，加強備份\n", to=t.number,
            minutes=10)
    t.hears("team", REASONS + "狀態：結案\n", minutes=10)
    assert t.case()["state"] == "recovered"         # one person is not enough
    t.hears("ciso", "確認\n", to="第二人", minutes=10)
    assert t.case()["state"] == "closed"


@life()
def drill(t):
    t.opens("A drill is announced", subject="【演練】資通安全事件通報單")
    t.tell("Nobody assesses in time", minutes=40)
    t.hears("team", "等級：3\n狀態：處理中\n", minutes=5)
    t.hears("ciso", "不召開，本次為演練\n", minutes=10)
    t.hears("team", RECOVERED, minutes=30)
    t.hears("team", REASONS + "狀態：結案\n", minutes=10)
    t.hears("secretary", "確認\n", to="第二人", minutes=10)
    assert t.case()["state"] == "closed"
    assert t.receiver.posts == [] and t.box(PEOPLE["ncert"]) == []


@life()
def disaster(t):
    t.opens("The flood is over when somebody finds time to report",
            minutes=300, description="颱風來襲機房淹水，主機全部停電。")
    t.hears("team", "等級：3\n狀態：處理中\n", minutes=20)
    t.hears("ciso", "不召開，理由：人員已全數投入搶修\n", minutes=10)
    t.hears("staff", "設備及系統受損情況：伺服器 6 台泡水\n", to="已受理",
            hours=1)
    t.hears("team", "續報\n設備及系統受損情況：伺服器 6 台泡水\n",
            to="回覆處理結果", minutes=10)
    t.hears("team", RECOVERED, to="回覆處理結果", hours=8)
    assert t.case()["state"] == "recovered"


@life()
def false_alarm_by_two(t):
    t.opens("Somebody sees what is none")
    t.hears("team", "等級：3\n", minutes=10)
    t.hears("team", "狀態：誤報\n", to="回覆處理結果", minutes=20)
    assert t.case()["state"] == "assessed"
    t.hears("team", "確認\n", to="第二人", minutes=5)
    assert t.case()["state"] == "assessed"          # not by oneself
    t.tell("Nobody agrees for an hour", hours=1)
    t.hears("secretary", "確認\n", to="第二人", minutes=5)
    assert t.case()["state"] == "false_alarm"
    t.tell("Silence", days=1)


@life()
def attacker(t):
    """Mallory in every role: nothing changes, the team is told once a day."""
    t.opens("A report")
    t.hears("team", "等級：3\n", minutes=10)
    before = t.case()
    n = t.number
    forged = [
        (role, PEOPLE[role], words) for role, words in (
            ("team", "等級：1\n狀態：已復原\n"),
            ("secretary", "狀態：結案\n"), ("ciso", "不召開\n確認\n"),
            ("ethics", "申請鑑識支援：同意\n"),
            ("ncert", "等級審核：1級\n"), ("city_it", "等級：1\n"),
            ("operator", "狀態：誤報\n"))]
    forged += [("mallory", f"mallory@{AGENCY}", "等級：1\n狀態：結案\n"),
               ("stranger", "x@elsewhere.example", "狀態：誤報\n")]
    for role, sender, words in forged:
        t.at(minutes=1)
        t.tell(f"Mallory writes as {role}: {words.split()[0]}",
               raw_mail(sender, "M", f"Re: [{n}]", words, t.now,
                        message_id=f"<forged.{role}@elsewhere.example>"))
    t.at(minutes=1)
    mine = t.last("team", "請評估等級")
    t.tell("Mallory has seen a mail of the team and answers as himself",
           t.says(f"mallory@{AGENCY}", "等級：1\n", to="請評估等級",
                  holding="team"))
    assert mine is not None
    t.tell("Mallory forges our own number of another day", raw_mail(
        PEOPLE["team"], "M", "[CSI-20200101-0001]", "等級：1\n", t.now),
        minutes=1)
    t.tell("The reporter himself wants to set the level",
           t.says("staff", "等級：1\n狀態：結案\n", to="已受理"), minutes=1)
    after = t.case()
    for key in ("level", "state", "closed_at", "recovered_at", "pending"):
        assert before.get(key) == after.get(key), key
    assert len(t.json("list", "--all")) == 1


@life()
def merged_and_parted(t):
    """One thing, reported twice; and then it was not one thing."""
    t.opens("The first report")
    first = t.number
    t.hears("team", "等級：2\n", minutes=5)
    t.at(minutes=1)
    t.opens("The second report", minutes=3, unit="總務組",
            sender=f"li@{AGENCY}", name="李小華")
    second = t.number
    t.hears("team", f"併案 {first}\n", to=second, minutes=5)
    assert t.case(second)["state"] == "merged"
    got = t.tell("The second reporter writes on: it goes to the first case",
                 t.says(f"li@{AGENCY}", "總務組也有三台無法開機\n",
                        to=second), minutes=5)
    assert any(first in m["Subject"] for a, m in got if a == PEOPLE["team"])
    mails = {m["id"] for m in t.show(first)["mails"]}
    assert len(mails) == 3 and len(t.show(second)["mails"]) == 2
    t.tell("The team orders by an old mail of the second: the first obeys",
           t.says("team", "等級：1\n", to=f"[{second}] 請評估"), minutes=5)
    assert t.case(first)["level"] == 1 and t.case(second)["level"] != 1
    t.hears("team", "取消併案\n", to=second, minutes=5)
    assert t.case(second)["state"] == "received"
    t.tell("From now on each has its own",
           t.says(f"li@{AGENCY}", "其實是電源線鬆脫\n", to=second),
           minutes=5)
    assert len(t.show(second)["mails"]) == 4


@life()
def handed_over_and_taken_back(t):
    """Somebody else works on it; then he does not."""
    t.opens("A server is down, data are held to ransom")
    t.hears("team", "等級：3\n狀態：處理中\n承辦人員姓名：許建國\n", minutes=10)
    t.hears("ciso", "不召開，理由：先行搶修\n", minutes=5)
    t.hears("team", "狀態：已移轉\n", to="回覆處理結果", minutes=5)
    t.hears("team", "移轉：資訊室\n", to="已移轉", minutes=5)
    assert t.case()["state"] == "transferred"
    t.hears("staff", "畫面又跳出來了，還沒有人來看\n", to="已移轉", minutes=20)
    t.hears("ncert", "請問目前由何單位承辦？\n", to=t.number, minutes=10)
    t.tell("Two hours without a word", hours=2)
    t.hears("team", "狀態：已控制\n資訊室已隔離該主機\n", to="處理情形",
            minutes=10)
    assert t.case()["state"] == "contained"
    t.hears("team", "移轉 總務組\n", to=t.number, minutes=10)
    t.hears("team", "重新開案\n", to="已移轉", hours=1)
    assert t.case()["state"] == "in_progress"
    t.hears("team", RECOVERED, to=t.number, hours=1)
    assert t.case()["state"] == "recovered"


@life('policy = "csma-2021"')
def law_2021_level_1(t):
    """Every level is reported within the hour; the platform follows late."""
    t.opens("A web page of no core business was altered",
            description="活動網頁遭竄改，首頁出現不明文字。")
    t.tell("Half of the hour is gone and nobody has assessed", minutes=31)
    t.hears("team", "等級：1\n狀態：處理中\n承辦人員姓名：許建國\n"
            "作業影響情況：活動網頁停用\n", to="逾期提醒", minutes=9)
    assert t.show()["external_sent_at"]
    t.tell("Half a day later: the platform has not been told", hours=13)
    t.hears("team", "受理編號：115040100123\n先以電子郵件通報之事由："
            "通報應變網站維護中，無法登入\n", to="平台", hours=1)
    t.hears("city_it", "本府已收悉，同意列為 1 級。\n", to=t.number,
            minutes=10)
    t.hears("team", "審核完成 1 級\n", to=t.number, minutes=10)
    t.hears("staff", "狀態：已復原\n", to="已受理", hours=3)
    t.hears("team", RECOVERED, to="請確認", minutes=30)
    assert t.case()["state"] == "recovered"
    t.tell("Half of the month is gone", days=16, hours=6)
    t.tell("Four fifths of it", days=9)
    t.hears("team", "已提交改善報告\n", to="改善報告", days=1)
    t.hears("team", REASONS + "狀態：結案\n", to=t.number, minutes=10)
    assert t.case()["state"] == "closed"


@life('policy = "csma-2026"')
def law_2026_level_3(t):
    """A mandatory meeting, the review, control within 36 hours, a month."""
    t.opens("A core system is held to ransom")
    t.hears("team", "等級：3\n狀態：處理中\n承辦人員姓名：許建國\n"
            "作業影響情況：公文系統停擺，已逾可容忍中斷時間\n", minutes=20)
    t.hears("ciso", "不召開，理由：人手不足\n", to="緊急應變會議",
            minutes=10)
    t.tell("The hour for the meeting is over", minutes=60)
    t.hears("ciso", "召開 4/1 14:00 地點：第一會議室\n", to="逾期提醒",
            minutes=5)
    t.tell("The superior has not reviewed the level", hours=1)
    t.hears("team", "審核完成 3 級\n已於平台通報 115040100456\n"
            "先以電子郵件通報之事由：平台帳號鎖定\n", to=t.number,
            minutes=30)
    t.tell("Half of the 36 hours is gone", hours=15)
    t.hears("team", "狀態：已控制\n控制時間：今日 02:30\n",
            to="損害控制", minutes=10)
    assert t.case()["state"] == "contained"
    t.hears("secretary", "會議紀錄：隔離網段，重建公文系統\n", to=t.number,
            minutes=10)
    t.hears("team", RECOVERED, to=t.number, hours=5)
    assert t.case()["state"] == "recovered"
    final = [d for d in t.show()["deadlines"] if d["name"] == "final"]
    # 2 April and a month: 2 May is a Saturday, so Monday it is
    assert final[0]["due_at"].startswith("2026-05-04T"), final
    t.tell("Four days before the month is over", days=28)
    t.hears("team", "已提交改善報告\n", to="改善報告", hours=2)
    t.hears("team", REASONS + "狀態：結案\n", to=t.number, minutes=10)
    t.hears("secretary", "確認\n", to="第二人", minutes=10)
    assert t.case()["state"] == "closed"


@life()
def free_text_completed(t):
    """A mail without a form; the form in our answer completes it."""
    t.heading("")
    t.story.pop()
    t.tell("Somebody writes as people write", raw_mail(
        STAFF, "王小明", "電腦怪怪的", "資安小組您好，我的電腦早上開機後一直跳出"
        "奇怪的視窗，\n同事的也一樣，麻煩派人來看，謝謝。\n", t.now))
    t.number = t.json("list", "--all")[0]["tracking"]
    t.tell("He has not filled the form in yet", minutes=16)
    t.hears("staff", "組別：機要組\n用戶端姓名：王小明\n"
            "◎聯絡電話：02-5550-0101 轉 1234\n"
            "◎資通安全發生時間：剛剛\n", to="請補充", minutes=5)
    assert "◎資通安全發生時間：" in body_of(t.last("staff"))
    t.hears("staff", "◎資通安全發生時間：4/1 08:40\n"
            "資通安全事件簡述：開機後跳出不明視窗，疑似中毒\n",
            to=t.number, minutes=5)
    t.hears("team", "等級：1\n狀態：處理中\n移轉 資訊室\n", to="請評估",
            minutes=5)
    t.tell("A quarter of a day passes", hours=6)


@life()
def encrypted(t):
    """A mail that cannot be read is a report all the same."""
    raw = (source_dir() / "tests" / "cases" / "mails" /
           "pgp-mime-encrypted.eml").read_bytes()
    t.tell("An encrypted mail comes in", raw)
    t.number = t.json("list", "--all")[0]["tracking"]
    t.tell("Nobody has called", minutes=31)


@pytest.mark.parametrize("name", LIVES)
def test_life(name, tmp_path):
    happens, lines = LIVES[name]
    t = Life(tmp_path, *lines)
    try:
        happens(t)
        t.ends()
    finally:
        t.stop()
    text = "\n".join(t.story) + "\n"
    f = APPROVED / f"{name}.txt"
    if os.environ.get("TOCSIN_APPROVE"):
        f.parent.mkdir(exist_ok=True)
        f.write_text(text)
    want = f.read_text() if f.exists() else ""
    assert text == want, "".join(difflib.unified_diff(
        want.splitlines(True), text.splitlines(True), str(f), "got"))[:9000]


# Letters that carry a ticked Annex 2, or that no case is answered by.
HOLD_A_FORM = ("annex2", "phone_script", "remind_external", "register",
               "house_reply")


def sent_back(text):
    """What a mail program sends that does not mark what it quotes."""
    raw = raw_mail(PEOPLE["team"], "許建國", "Re: [CSI-20070531-0001]", text,
                   START, headers=("In-Reply-To: <x@y.example>",))
    p = subprocess.run([build_dir() / "tocsin", "parse", "-"], input=raw,
                       stdout=subprocess.PIPE, check=True)
    fields = json.loads(p.stdout)["fields"]
    return fields.get("level"), fields.get("status")


@pytest.mark.parametrize("file", sorted((APPROVED.parent / "letters")
                                        .glob("*.txt")), ids=lambda f: f.name)
def test_our_words_are_no_commands(file):
    if file.name.startswith(HOLD_A_FORM):
        pytest.skip("it holds a form that is filled in")
    assert sent_back(file.read_text().split("\n\n", 1)[1]) == (None, None)


def test_the_form_is_read_among_our_own_words():
    letters = APPROVED.parent / "letters"
    text = (letters / "notice-1.zh-TW.txt").read_text()
    text = text.replace("　□3級", "　■3級").replace("\n狀態：\n",
                                                  "\n狀態：處理中\n")
    assert sent_back(text.split("\n\n", 1)[1]) == (3, "in_progress")
    text = (letters / "transcript-1.zh-TW.txt").read_text()
    text = text.replace("\n狀態：\n", "\n狀態：已復原\n")
    assert sent_back(text.split("\n\n", 1)[1]) == (None, "recovered")
    text = (letters / "notice-1.en.txt").read_text()
    text = text.replace("□ 3 ", "■ 3 ").replace("\nStatus:\n",
                                                "\nStatus: in progress\n")
    assert sent_back(text.split("\n\n", 1)[1]) == (3, "in_progress")


assert STAFF
