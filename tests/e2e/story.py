"""The life of one incident, told in mails: the demo and the main test.

tell() plays it in a world (see world.py) and calls say(heading, lines) at
each step; every step also asserts what must be true, so that a story that is
told to its end is a test that passed.
"""

from datetime import timedelta
from email.header import Header
from email.utils import format_datetime

from world import INCIDENT, PEOPLE, body_of

STAFF = PEOPLE["staff"]


def roc(t):
    return (f"中華民國{t.year - 1911}年{t.month}月{t.day}日"
            f"{t.hour:02d}時{t.minute:02d}分")


def raw_mail(sender, name, subject, text, date, charset="utf-8",
             message_id=None, headers=(), to=INCIDENT):
    """A mail as a person's program writes it, bytes with CRLF."""
    user, domain = sender.split("@")
    ident = message_id or f"<{user}.{int(date.timestamp())}@{domain}>"
    head = [
        f"Return-Path: <{sender}>",
        f"From: {Header(name, charset).encode()} <{sender}>",
        f"To: {to}",
        f"Subject: {Header(subject, charset, maxlinelen=70).encode()}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: {ident}",
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}",
        "Content-Transfer-Encoding: 8bit",
        *headers,
    ]
    return ("\n".join(head).encode("ascii") + b"\n\n" +
            text.encode(charset)).replace(b"\r\n", b"\n").replace(
                b"\n", b"\r\n")


def annex1(sender, name, occurred, reported, charset="big5", **more):
    text = (
        "臺北市政府秘書處資通安全事件通報單-內部通報用\n\n"
        f"組別：機要組\t用戶端姓名：{name}\t聯絡電話：02-5550-0101 轉 1234\n"
        f"資通安全發生時間：{roc(occurred)}\n"
        f"資通安全通報時間：{roc(reported)}\n"
        "資通安全事件簡述：個人電腦開機後防毒軟體跳出警示，偵測到蠕蟲病毒，\n"
        "共用資料夾檔案無法開啟，已先拔除網路線。\n")
    return raw_mail(sender, name, "資通安全事件通報單-內部通報用", text,
                    reported, charset, **more)


def answer(msg, sender, name, text, date, **more):
    """A reply to a mail of ours, with the original quoted below."""
    refs = " ".join(filter(None, [msg["References"], msg["Message-ID"]]))
    quoted = (f"\n\n-----原始郵件-----\n寄件者: 資通安全通報 <{INCIDENT}>\n"
              f"寄件日期: {date.year}年{date.month}月{date.day}日 上午 09:23\n"
              f"收件者: {name} <{sender}>\n主旨: {msg['Subject']}\n\n" +
              body_of(msg))
    return raw_mail(sender, name, "回覆: " + msg["Subject"], text + quoted,
                    date, headers=(f"In-Reply-To: {msg['Message-ID']}",
                                   f"References: {refs}"), **more)


def bounce_of(msg, date):
    """Postfix's kind of bounce of a mail of ours (RFC 3464)."""
    return (f"""Return-Path: <>
From: MAILER-DAEMON@mx.elsewhere.example (Mail Delivery System)
To: {INCIDENT}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(date)}
Message-ID: <bounce.{int(date.timestamp())}@mx.elsewhere.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.elsewhere.example

Final-Recipient: rfc822; nobody@elsewhere.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b1
Content-Type: text/rfc822-headers

From: somebody@elsewhere.example
Message-ID: {msg}
Subject: something

--b1--
""").replace("\n", "\r\n").encode()


TEAM_REPLY = """\
等級： □ 4 級：影響公共安全、社會秩序、人民生命財產。
　　　 ■ 3 級：系統停頓，業務無法運作。
　　　 □ 2 級：業務中斷，影響系統效率。
　　　 □ 1 級：業務短暫停頓，可立即修復。
狀態：處理中
承辦人員姓名：許建國
聯絡電話：02-5550-0110 轉 2001
作業影響情況：機要組及第二組共用資料夾停用，公文簽核停擺，影響人數約四十人。
設備及系統受損情況：個人電腦 3 台、檔案伺服器 1 台。
請求支援項目：請資訊處派員協助病毒清除及網路流量分析。
應變措施：已隔離受感染電腦，關閉網路芳鄰分享，更新病毒碼。

許建國
資訊安全推動小組
"""

RECOVERY = """\
狀態：已復原
系統軟體：正常
應用軟體：正常
硬體設備：正常
系統復原及運作測試：通過
備份檔案下載及資料回復：完成
資料重建：完成
事件原因：使用者開啟不明郵件附件，作業系統未更新。
補強措施：完成全部電腦修補程式更新，停用網路芳鄰分享。
保留證據：已保存受感染電腦硬碟映像檔及防火牆紀錄
"""


def subjects(world, role):
    return [m["Subject"] for m in world.box(PEOPLE[role])]


class Story:
    def __init__(self, world, start, say, run=None):
        self.w = world
        self.t0 = start
        self.say = say
        self.number = None
        self.run = run or world.run

    def at(self, **delta):
        return self.t0 + timedelta(**delta)

    def told(self, since):
        """Who got what since the counts in since; for the listener."""
        lines = []
        for role in PEOPLE:
            for m in self.mails(role)[since[role]:]:
                lines.append(f"→ {PEOPLE[role]}: {m['Subject']}")
        return lines

    def mails(self, role):
        """Without the secretary's digests: they come by the hour of day."""
        return [m for m in self.w.box(PEOPLE[role])
                if role != "secretary" or m["X-Tocsin-Tracking"]]

    def counts(self):
        return {role: len(self.mails(role)) for role in PEOPLE}

    def step(self, heading, at, *mails):
        """Deliver mails, run until nothing is due, tell what was sent."""
        before = self.counts()
        for raw in mails:
            self.w.deliver(raw, at)
        self.run(at)
        lines = self.told(before)
        self.say(heading, lines)
        return before

    def the_incident(self):
        got = self.w.json("list", "--all")
        assert len(got) == 1, got
        return got[0]

    # -- chapters --

    def report(self):
        raw = annex1(STAFF, "王小明", self.at(minutes=-10),
                     self.at(minutes=-1))
        self.step("王小明 mails Annex 1 in Big5; his program sends it twice",
                  self.t0, raw, raw)
        inc = self.the_incident()
        self.number = inc["tracking"]
        acks = self.w.box(STAFF)
        assert len(acks) == 1, [m["Subject"] for m in acks]
        assert self.number in acks[0]["Subject"]
        assert acks[0]["Auto-Submitted"] == "auto-replied"
        text = body_of(acks[0])
        for word in (self.number, "機要組", "王小明", "02-5550-0100"):
            assert word in text, word
        self.say("The answer in his mailbox", text.split("=====")[0]
                 .rstrip().splitlines())
        for role in ("team", "ethics"):
            assert any(self.number in s for s in subjects(self.w, role)), role
        return acks[0]

    def machines(self, ack):
        """An out-of-office answer and a bounce change nothing."""
        ooo = answer(ack, STAFF, "王小明", "本人休假中。狀態：已復原 等級：4",
                     self.at(minutes=4),
                     message_id="<ooo.1@agency.example>")
        ooo = ooo.replace(b"\r\nMIME-Version", b"\r\nAuto-Submitted: "
                          b"auto-replied\r\nMIME-Version", 1)
        before = self.step(
            "An out-of-office answer and a stranger's bounce arrive",
            self.at(minutes=5), ooo,
            bounce_of("<nobody.knows@elsewhere.example>",
                      self.at(minutes=4)))
        assert self.counts() == before
        inc = self.the_incident()
        assert (inc["level"] or 0) == 0 and inc["state"] == "received"

    def assess(self):
        notice = self.w.box(PEOPLE["team"])[0]
        self.step("The team answers: level 3, with the fields of Annex 2",
                  self.at(minutes=10),
                  answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY,
                         self.at(minutes=9)))
        inc = self.the_incident()
        assert inc["level"] == 3 and inc["state"] == "in_progress", inc
        for role in ("ncert", "city_it"):
            mails = self.w.box(PEOPLE[role])
            assert len(mails) == 1, (role, [m["Subject"] for m in mails])
            text = body_of(mails[0])
            assert "■ 3 級" in text and "□ 4 級" in text, text
            assert "公文簽核停擺" in text
        docs = self.w.receiver.documents()
        assert sorted(docs) == [f"{self.number}-01-city_it",
                                f"{self.number}-01-ncert"], docs
        assert docs[f"{self.number}-01-ncert"]["tracking"] == self.number
        self.say("NCERT's gateway holds", [
            f"{k}: level {d.get('level')}" for k, d in sorted(docs.items())])

    def reminders(self):
        before = self.counts()
        for hours in (3, 5, 7, 9):
            self.step(f"{hours} hours later, nobody has said 已復原",
                      self.at(hours=hours))
        after = self.counts()
        assert after["team"] - before["team"] >= 2, (before, after)
        assert after["secretary"] > before["secretary"], (before, after)

    def recover(self):
        ack = self.w.box(STAFF)[0]
        self.step("The unit writes: 已復原", self.at(hours=10),
                  answer(ack, STAFF, "王小明", "狀態：已復原\n",
                         self.at(hours=10)))
        assert self.the_incident()["state"] != "recovered"
        last = self.w.box(PEOPLE["team"])[-1]
        before = self.step(
            "The team confirms, with the checklist of the plan",
            self.at(hours=11), answer(last, PEOPLE["team"], "許建國",
                                      RECOVERY, self.at(hours=11)))
        inc = self.the_incident()
        assert inc["state"] == "recovered", inc
        after = self.counts()
        for role in ("staff", "ethics", "secretary"):
            assert after[role] > before[role], role
        rem = [d for d in self.w.json("show", self.number)[0]["deadlines"]
               if d["name"] == "recovery" and d["state"] == "open"]
        assert rem == [], rem

    def quiet(self):
        def asked():
            return [s for r in PEOPLE for s in subjects(self.w, r)
                    if "復原" in s and "提醒" in s]
        before = asked()
        self.step("A day later: the bell is silent", self.at(hours=36))
        assert asked() == before

    def prove(self):
        self.say("tocsin show " + self.number,
                 self.w.tocsin("show", self.number).splitlines())
        self.say("tocsin verify", self.w.tocsin("verify").splitlines())


def tell(world, start, say, run=None):
    s = Story(world, start, say, run)
    ack = s.report()
    s.machines(ack)
    s.assess()
    s.reminders()
    s.recover()
    s.quiet()
    s.prove()
    return s
