"""Whole lives of incidents, with every mail compared to an approved text in
tests/approved/lives/.  TOCSIN_APPROVE=1 writes them anew: read them before you
approve them.  To stay readable they are in Chinese but for the reporter's, the
footers (see the approved letters) are cut off, and a text that several get is
told once."""

import difflib
import os
import textwrap

import pytest

from story import STAFF, raw_mail
from town import AGENCY, REASONS, RECOVERED, Town, body_of
from world import PEOPLE, source_dir

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


LIVES = {}


def life(f):
    LIVES[f.__name__] = f
    return f


@life
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


@life
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


@life
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


@life
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


@life
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


@life
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


@life
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


@pytest.mark.parametrize("name", LIVES)
def test_life(name, tmp_path):
    t = Life(tmp_path)
    try:
        LIVES[name](t)
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


assert STAFF
