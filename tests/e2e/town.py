"""A town whose clock we hold: mails in, mails out, at exact times.

Town is a MaildirWorld with fixed days, one courier and unit contacts, so that
a whole life is the same each time it is lived and can be compared.
"""

import re
from datetime import datetime, timedelta
from email.header import Header

from story import STAFF, answer, raw_mail, roc
from world import AGENCY, PEOPLE, TAIPEI, MaildirWorld, body_of

NAMES = {"team": "許建國", "secretary": "林幹事", "ciso": "資安長",
         "ethics": "政風室", "staff": "王小明", "ncert": "NCERT",
         "city_it": "資訊局"}
START = datetime(2026, 4, 1, 9, 0, tzinfo=TAIPEI)       # a Wednesday
UNITS = ("機要組", "總務組", "市政大樓公共事務管理中心")

FORM = """臺北市政府秘書處資通安全事件通報單-內部通報用

組別：{unit}	用戶端姓名：{name}	聯絡電話：{phone}
資通安全發生時間：{occurred}
資通安全通報時間：{reported}
資通安全事件簡述：{description}
"""

RECOVERED = """狀態：已復原
系統軟體：正常
應用軟體：正常
硬體設備：正常
系統復原及運作測試：通過
備份檔案下載及資料回復：完成
資料重建：完成
"""
REASONS = """事件原因：開啟不明郵件附件
補強措施：更新修補程式
證據保存情形：硬碟映像及防火牆紀錄已封存
"""


class Town(MaildirWorld):
    def __init__(self, where, *lines, start=START, without=()):
        super().__init__(where)
        text = self.conf.read_text().replace("couriers = 2", "couriers = 1")
        text = "\n".join(lines) + "\n" + text
        for role in without:
            text = re.sub(rf'(?ms)^role "{role}" \{{.*?^\}}\n', "", text)
        text += (f'contact "機要組" {{\n  mail = {{"jiyao@{AGENCY}"}}\n}}\n')
        self.conf.write_text(text)
        self.now = start
        self.seen = {}
        self.number = None

    # -- time and mails --

    def at(self, when=None, **later):
        self.now = when if when is not None else self.now + timedelta(**later)
        return self.now

    def go(self, *mails, **later):
        """Let time pass, deliver, run; what came out, by (address, mail)."""
        if later:
            self.at(**later)
        for raw in mails:
            self.deliver(raw, self.now)
        self.run(self.now)
        return self.news()

    def news(self):
        got = []
        for d in sorted(self.out.iterdir()):
            box = self.box(d.name)
            got += [(d.name, m) for m in box[self.seen.get(d.name, 0):]]
            self.seen[d.name] = len(box)
        return sorted(got, key=lambda g: (g[0], g[1]["Subject"],
                                          body_of(g[1])))

    def form(self, minutes=9, reported=None, subject=None, sender=STAFF,
             headers=(), **fields):
        """Annex 1: it happened so many minutes ago."""
        occurred = self.now - timedelta(minutes=minutes)
        told = self.now - timedelta(minutes=1) if reported is None else reported
        values = {"unit": "機要組", "name": "王小明",
                  "phone": "02-5550-0101 轉 1234", "occurred": roc(occurred),
                  "reported": roc(told),
                  "description": "開機後出現勒索病毒訊息，共用資料夾無法開啟。",
                  **fields}
        text = FORM.format(**values)
        return raw_mail(sender, "王小明", subject or
                        "資通安全事件通報單-內部通報用", text, self.now,
                        headers=headers)

    def report(self, **fields):
        got = self.go(self.form(**fields))
        new = [i["tracking"] for i in self.json("list", "--all")]
        self.number = sorted(new)[-1]
        return got

    def last(self, who, part=""):
        """The last mail of ours in somebody's box."""
        box = [m for m in self.box(PEOPLE.get(who, who))
               if part in m["Subject"]]
        assert box, (who, part)
        return box[-1]

    def says(self, who, text, to="", **more):
        """Somebody answers the last mail of ours that has `to` in its
        subject (or the number of the case)."""
        msg = self.last(more.pop("holding", who), to or self.number or "")
        ident = f"<{who}.{self.count}.{int(self.now.timestamp())}@{AGENCY}>"
        return answer(msg, PEOPLE.get(who, who), NAMES.get(who, who), text,
                      self.now, message_id=ident, **more)

    # -- what is true --

    def case(self, number=None):
        return next(i for i in self.json("list", "--all")
                    if i["tracking"] == (number or self.number))

    def show(self, number=None):
        return self.json("show", number or self.number)[0]


def to(got, who, part=""):
    """The mails for somebody, of what came out."""
    addr = PEOPLE.get(who, who)
    return [m for a, m in got if a == addr and part in m["Subject"]]


def one(got, who, part=""):
    mails = to(got, who, part)
    assert len(mails) == 1, (who, part, [m["Subject"] for _, m in got])
    return body_of(mails[0])


def encoded(text):
    return Header(text, "utf-8").encode()
