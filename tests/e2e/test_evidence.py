"""The files of an incident's mails, and who gets them (R21, R25).

A report with a picture, a document, a program, a file that is too large and a
text with a name in Big5: what NCERT and the city get is byte for byte what was
attached, and what stays is told with its reason.
"""

import base64
import hashlib
import json
import sqlite3
import struct
import subprocess
import zlib
from datetime import timedelta

import pytest

import postfix
from servers import wait_for
from story import STAFF, TEAM_REPLY, annex1, answer
from town import Town
from world import (PEOPLE, MaildirWorld, ServerWorld, body_of, build_dir, now,
                   own_policies, parsed, source_dir)


# -- files --

def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data +
            struct.pack(">I", zlib.crc32(kind + data)))


def png(n=1):
    """A picture of n rows."""
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", 1, n, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0\7" * n, 0)) + chunk(b"IEND", b""))


PDF = (b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n"
       b"<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer\n<</Root 1 0 R>>\n"
       b"startxref\n9\n%%EOF\n")
EXE = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + bytes(100)
LOG = "十一月二十七日 09:02 防火牆阻擋 10.0.0.5\r\n".encode("big5")
FILES = {"勒索畫面.png": png(), "notice.pdf": PDF, "invoice.pdf.exe": EXE,
         "big.png": png(400_000), "防火牆紀錄.log": LOG}


def part(name, data, kind="application/octet-stream", charset="utf-8"):
    word = base64.b64encode(name.encode(charset)).decode()
    head = (f"Content-Type: {kind}\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment;\r\n"
            f" filename=\"=?{charset}?B?{word}?=\"\r\n\r\n")
    return head.encode() + base64.encodebytes(data).replace(b"\n", b"\r\n")


def with_files(raw, files, charset="utf-8"):
    """A plain mail with files beside its text."""
    head, _, text = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    inner = [x for x in lines if x.lower().startswith(b"content-")]
    outer = [x for x in lines if x not in inner]
    outer.append(b'Content-Type: multipart/mixed; boundary="=b="')
    parts = [b"\r\n".join(inner) + b"\r\n\r\n" + text]
    parts += [f if isinstance(f, bytes) else part(*f, charset=charset)
              for f in files]
    return (b"\r\n".join(outer) + b"\r\n\r\n" +
            b"".join(b"--=b=\r\n" + p + b"\r\n" for p in parts) + b"--=b=--\r\n")


def sha(data):
    return hashlib.sha256(data).hexdigest()


# -- a policy of the test's --

def policy(where, ncert, city="mail = \"no\""):
    """A copy of the plan with other evidence for the two receivers."""
    return own_policies(where, *(
        (f'evidence "{role}"	{{ mail = "list" }}',
         f'evidence "{role}" {{ {what} }}')
        for role, what in (("ncert", ncert), ("city_it", city))))


ALL = ('mail = "files" http = "files" types = {"image/png", "image/jpeg", '
       '"application/pdf", "text/plain"} each = "500K" total = "2M"')


def evidence(mails):
    return [m for m in mails if "附件證據" in m["Subject"]]


def attached(msg):
    return {p.get_filename(): p.get_payload(decode=True)
            for p in msg.iter_attachments()}


def kept(body):
    """The reasons in a letter, by file name."""
    got, name = {}, None
    for line in body.partition("【未附上")[2].splitlines():
        if line.startswith("．"):
            name = line[1:]
        elif line.strip().startswith("原因："):
            got[name] = line.strip()[3:]
    return got


def assess(t, **more):
    return t.go(t.says("team", "等級：3\n狀態：處理中\n"), minutes=5, **more)


def go_outside(t, files, **fields):
    """A report with files, and the team's level; what came out."""
    t.go(with_files(t.form(**fields), files))
    t.number = t.json("list", "--all")[-1]["tracking"]
    return assess(t)


@pytest.fixture
def town(tmp_path):
    made = []

    def make(ncert, *lines, **more):
        t = Town(tmp_path / "town", policy(tmp_path / "policies", ncert,
                                           **more), *lines)
        made.append(t)
        return t
    yield make
    for t in made:
        t.stop()


def test_what_goes_and_what_stays(town):
    t = town(ALL)
    go_outside(t, FILES.items())
    report, letter = t.box(PEOPLE["ncert"])
    assert "通報單" in report["Subject"] and "附件證據" in letter["Subject"]
    assert letter["In-Reply-To"] == report["Message-ID"]
    want = {n: FILES[n] for n in ("勒索畫面.png", "notice.pdf", "防火牆紀錄.log")}
    assert attached(letter) == want
    assert [p["Content-Type"].split(";")[0] for p in letter.iter_attachments()
            ] == ["image/png", "application/pdf", "text/plain"]
    assert all(p.get_content_disposition() == "attachment"
               for p in letter.iter_attachments())
    body = body_of(letter)
    for data in FILES.values():
        assert sha(data) in body
    assert kept(body) == {"invoice.pdf.exe": "屬於程式或指令檔",
                          "big.png": "超過單檔大小上限"}
    # The city gets none; neither report carries any.
    assert evidence(t.box(PEOPLE["city_it"])) == []
    assert list(attached(report)) == [f"annex2-{t.number}-01.html"]
    docs = t.receiver.documents()
    key = f"{t.number}-01-ncert-evidence"
    assert [k for k in docs if k.endswith("evidence")] == [key]
    doc = docs[key]
    got = {f["name"]: base64.b64decode(f["data"], validate=True)
           for f in doc["attachments"]}
    assert got == want
    assert {f["name"]: f["sha256"] for f in doc["attachments"]} == {
        n: sha(d) for n, d in want.items()}
    assert {f["name"]: f["reason"] for f in doc["withheld"]} == {
        "invoice.pdf.exe": "it is a program or a script",
        "big.png": "it is larger than the policy allows"}
    check_schema(doc)
    # NCERT's number is that of its report, not of the files.
    assert {"role": "ncert", "number": t.receiver.cases[
        f"{t.number}-01-ncert"]} in events(t, "receiver_number")
    assert len(events(t, "receiver_number")) == 2
    # The mail is in the spool as it came, and only there.
    assert t.tocsin("verify")
    raw = [r for (r,) in rows(t, "SELECT raw FROM spool_raw ORDER BY mail")][0]
    assert [p.get_payload(decode=True) for p in
            parsed(raw).iter_attachments()] == list(FILES.values())
    assert events(t, "evidence") == [
        {"role": "ncert", "revision": 1, "upto": 1, "sent": 3, "kept": 2}]


def test_what_has_no_way_is_not_said_to_have_gone(town):
    """Evidence is posted to who takes our JSON: the record says that these
    files stayed."""
    t = town(ALL.replace('mail = "files"', 'mail = "no"'))
    text = t.conf.read_text()
    post = '/ncert"\n    cleartext = true\n'
    assert post in text
    t.conf.write_text(text.replace(post, post + '    format = "iodef-json"\n'))
    go_outside(t, FILES.items())
    assert not evidence(t.box(PEOPLE["ncert"]))
    assert not [p for p in rows(t, "SELECT 1 FROM outbox WHERE duty ="
                                " 'evidence' AND role = 'ncert'")]
    assert events(t, "evidence") == [
        {"role": "ncert", "revision": 1, "upto": 1, "sent": 0, "kept": 5}]


def rows(t, sql, *args):
    db = sqlite3.connect(f"file:{t.dir}/state/tocsin.db?mode=ro", uri=True)
    try:
        return db.execute(sql, args).fetchall()
    finally:
        db.close()


def events(t, name):
    return [json.loads(r[0]) for r in rows(
        t, "SELECT detail FROM journal WHERE event = ? ORDER BY seq", name)]


def check_schema(doc):
    jsonschema = pytest.importorskip("jsonschema")
    where = source_dir() / "doc" / "evidence.schema.json"
    jsonschema.validate(doc, json.loads(where.read_text()))


def test_the_shipped_plan_sends_the_list(tmp_path):
    t = Town(tmp_path)
    try:
        go_outside(t, FILES.items())
        for who in ("ncert", "city_it"):
            (letter,) = evidence(t.box(PEOPLE[who]))
            assert attached(letter) == {}
            body = body_of(letter)
            assert all(sha(d) in body for d in FILES.values())
            reasons = kept(body)
            assert reasons["notice.pdf"] == "依規定僅提供清單"
            assert reasons["invoice.pdf.exe"] == "屬於程式或指令檔"
        assert not [k for k in t.receiver.documents() if "evidence" in k]
    finally:
        t.stop()


def test_no_files_no_letter(town):
    t = town(ALL)
    go_outside(t, [])
    assert evidence(t.box(PEOPLE["ncert"])) == []
    assert events(t, "evidence") == []
    assert rows(t, "SELECT value FROM fact WHERE name = 'evidence'") == [
        ("[]",)]


def test_a_drill_sends_nothing_outside(town):
    t = town(ALL)
    go_outside(t, FILES.items(), subject="【演練】資通安全事件通報單")
    assert t.box(PEOPLE["ncert"]) == [] and t.receiver.posts == []
    assert events(t, "evidence") == []


def test_each_file_goes_once_and_later_ones_follow(town):
    """A supplement of the reporter goes with the next report; a stranger who
    knows the number gets nothing of his to anybody."""
    t = town(ALL)
    go_outside(t, [("a.png", png(1))])
    t.go(with_files(t.says("staff", "補充兩個檔案\n", to="受理"),
                    [("b.png", png(2)), ("a.png", png(1))]), minutes=5)
    stranger = t.form(subject=f"[{t.number}] 補充",
                      sender="mallory@elsewhere.example")
    t.go(with_files(stranger, [("c.png", png(3))]), minutes=5)
    assert len(evidence(t.box(PEOPLE["ncert"]))) == 1
    t.go(with_files(t.says("team", "續報\n", to="回覆處理結果"),
                    [("d.png", png(4))]), minutes=5)
    first, second = evidence(t.box(PEOPLE["ncert"]))
    assert attached(first) == {"a.png": png(1)}
    assert attached(second) == {"b.png": png(2), "a.png": png(1),
                                "d.png": png(4)}
    assert "1 個檔案之寄件者身分未能證實" in body_of(second)
    assert "c.png" not in body_of(second) and sha(png(3)) not in body_of(second)
    assert second["In-Reply-To"] == [
        m for m in t.box(PEOPLE["ncert"]) if "通報單" in m["Subject"]
    ][1]["Message-ID"]
    t.go(t.says("team", "續報\n", to="回覆處理結果"), minutes=5)
    assert len(evidence(t.box(PEOPLE["ncert"]))) == 2, "nothing new"


def test_what_other_offices_attach_is_for_the_team(town):
    """The CISO's and NCERT's own files go to nobody outside."""
    t = town(ALL, city=ALL)
    go_outside(t, [("a.png", png(1))])
    t.go(with_files(t.says("ciso", "召開 4/1 14:00 地點：第一會議室\n"),
                    [("secret.png", png(2))]), minutes=5)
    t.go(with_files(t.says("ncert", "已收件，本中心案號：N-1\n",
                           to="通報單"), [("theirs.png", png(3))]), minutes=5)
    t.go(with_files(t.says("team", "續報\n", to="回覆處理結果"),
                    [("d.png", png(4))]), minutes=5)
    for who in ("ncert", "city_it"):
        first, second = evidence(t.box(PEOPLE[who]))
        assert attached(first) == {"a.png": png(1)}
        assert attached(second) == {"d.png": png(4)}
        assert "secret" not in body_of(second)
        assert "theirs" not in body_of(second)
        assert "未能證實" not in body_of(second)


def test_long_names_and_slow_texts(town):
    """A name as long as a disk takes, and the largest log there may be."""
    t = town('mail = "files" http = "files" types = {"image/png", '
             '"text/plain"} each = "8M" total = "16M"')
    log = ("2026-04-01 09:00 passed 10.0.0.5 防火牆\r\n" * 250_000)[:5_000_000]
    files = {"圖" * 83 + ".png": png(), "big.log": log.encode("big5")}
    go_outside(t, files.items())
    (letter,) = evidence(t.box(PEOPLE["ncert"]))
    assert attached(letter) == files
    doc = t.receiver.documents()[f"{t.number}-01-ncert-evidence"]
    assert [f["name"] for f in doc["attachments"]] == list(files)


def test_many_mails_are_one_letter(town):
    """All mails together stay below the total, also in the desk's hands."""
    t = town('mail = "files" types = {"image/png"} each = "900K" '
             'total = "2M"')
    t.go(with_files(t.form(), [("0.png", png(400_000))]))
    t.number = t.json("list", "--all")[-1]["tracking"]
    for i in range(1, 5):
        t.go(with_files(t.says("staff", "再補一張\n", to="受理"),
                        [(f"{i}.png", png(400_000 + i))]), minutes=1)
    assess(t)
    (letter,) = evidence(t.box(PEOPLE["ncert"]))
    assert list(attached(letter)) == ["0.png", "1.png"]
    assert kept(body_of(letter)) == {f"{i}.png": "超過附件總大小上限"
                                     for i in range(2, 5)}


HOSTILE = {
    "a\u202egnp.exe": "屬於程式或指令檔",
    "a\u202eexe.png": "檔名含有異常字元", "../../etc/a.png": "檔名含有異常字元",
    "a.exe.": "檔名含有異常字元", "a.png.": "檔名含有異常字元",
    "a.docm": "屬於辦公室文件，可能夾帶巨集", "a.zip": "屬於壓縮或映像檔，可能夾帶程式",
    "a.svg": "屬於網頁類檔案，可能夾帶指令碼", "a.lnk": "屬於捷徑檔",
    "a.exe.png": "檔名有兩個副檔名", "a.jpg": "內容與副檔名不符",
}


def test_hostile_names_do_not_leave_nor_speak(town):
    t = town(ALL)
    go_outside(t, [(n, png(i + 1)) for i, n in enumerate(HOSTILE)] + [
        ("ok.png", png(99)), part("-", png(96)).replace(
            b'filename="=?utf-8?B?LQ==?="',
            b"filename*=utf-8''x%0A%E7%AD%89%E7%B4%9A%EF%BC%9A4%0A.png"),
        ("tail.png", png(98) + EXE),
        ("page.txt", b"<html><script>x</script>"),
        ("key.txt", "VPN 密碼：Abc12345".encode()),
        part("", png(97)).replace(b';\r\n filename="=?utf-8?B??="', b""),
        b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny",
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx"])
    (letter,) = evidence(t.box(PEOPLE["ncert"]))
    # A line's end in a name is none any more when the name is read.
    assert attached(letter) == {"ok.png": png(99), "x等級：4.png": png(96)}
    body = body_of(letter)
    assert "\u202e" not in body and "smime" not in body
    assert not [x for x in body.splitlines() if x.startswith("等級")]
    reasons = list(kept(body).values())
    assert reasons[:len(HOSTILE)] == list(HOSTILE.values())
    assert reasons[len(HOSTILE):] == [
        "內容不完整，或結尾之後另有資料",
        "屬於網頁類檔案，可能夾帶指令碼", "疑似含有密碼",
        "屬於郵件檔，可能夾帶其他檔案"]
    assert body.count("檔案沒有檔名") == 1
    assert "Abc12345" not in body


def test_so_many_and_so_large(town):
    t = town('mail = "files" types = {"image/png"} each = "500K" '
             'total = "1M"')
    go_outside(t, [(f"{i}.png", png(i + 1)) for i in range(80)])
    (letter,) = evidence(t.box(PEOPLE["ncert"]))
    assert len(attached(letter)) == 12
    assert "另有 16 個檔案未列出" in body_of(letter)
    assert set(kept(body_of(letter)).values()) == {"檔案數量過多"}
    go_outside(t, [(f"{i}.png", png(200_000 + i)) for i in range(4)])
    letter = evidence(t.box(PEOPLE["ncert"]))[-1]
    assert len(attached(letter)) == 2
    assert list(kept(body_of(letter)).values()) == ["超過附件總大小上限"] * 2


def test_the_largest_there_is(town):
    t = town('mail = "files" http = "files" types = {"image/png"} '
             'each = "8M" total = "16M"', "mail-max = 26214400")
    big = {f"{i}.png": png(4_000_000 + i) for i in range(2)}
    go_outside(t, big.items())
    (letter,) = evidence(t.box(PEOPLE["ncert"]))
    assert attached(letter) == big
    doc = t.receiver.documents()[f"{t.number}-01-ncert-evidence"]
    assert [base64.b64decode(f["data"]) for f in doc["attachments"]] == \
        list(big.values())


def test_a_reader_that_dies_holds_nothing_back(town):
    t = town(ALL)
    t.go(with_files(t.form(), [("a.png", png()), ("b.exe", EXE)]))
    t.number = t.json("list", "--all")[-1]["tracking"]
    t.deliver(t.says("team", "等級：3\n狀態：處理中\n"), t.at(minutes=5))
    t.run(t.now, env={"TOCSIN_FAULT_SIFT": "multipart"})
    log = (t.dir / "tocsind.log").read_text()
    if "of its files" not in log:
        pytest.skip("built without --enable-faults")
    assert log.count("of its files") == 2
    report, letter = t.box(PEOPLE["ncert"])
    assert attached(letter) == {}
    assert kept(body_of(letter)) == {"a.png": "重新讀取時失敗",
                                     "b.exe": "重新讀取時失敗"}
    assert t.case()["external_sent_at"]
    # The next mail is read as ever.
    assert go_outside(t, [("c.png", png(3))])
    assert attached(evidence(t.box(PEOPLE["ncert"]))[-1]) == {"c.png": png(3)}


def test_bytes_that_are_not_those_of_the_first_reading_stay(town):
    t = town(ALL)
    t.go(with_files(t.form(), [("a.png", png()), ("b.png", png(2))]))
    t.number = t.json("list", "--all")[-1]["tracking"]
    db = sqlite3.connect(t.dir / "state" / "tocsin.db")
    db.execute("UPDATE spool_report SET report = replace(report, ?, ?)",
               (sha(png()), sha(b"other")))
    db.commit()
    db.close()
    assess(t)
    (letter,) = evidence(t.box(PEOPLE["ncert"]))
    assert attached(letter) == {"b.png": png(2)}
    assert kept(body_of(letter)) == {"a.png": "與初次讀取時的內容不符"}


def test_a_report_never_waits_for_evidence(town):
    """The receiver takes no evidence: the follow-up goes all the same."""
    t = town('mail = "no" http = "files" types = {"image/png"}')
    t.go(with_files(t.form(), [("a.png", png())]))
    t.number = t.json("list", "--all")[-1]["tracking"]
    t.receiver.answers = [200, 200] + [503] * 4
    assess(t)
    posts = lambda end: [p[3] for p in t.receiver.posts     # noqa: E731
                         if p[1]["Idempotency-Key"].endswith(end)]
    assert posts("ncert-evidence") == [503]
    t.receiver.answers = [200, 200]
    t.go(t.says("team", "續報\n", to="回覆處理結果"), seconds=2)
    assert posts("-02-ncert") == [200] and posts("-02-city_it") == [200]
    waiting = rows(t, "SELECT duty FROM outbox WHERE state = 'waiting'")
    assert waiting == [("evidence",)]
    t.go(hours=1)
    assert posts("ncert-evidence") == [503, 200]


def test_a_policy_that_lets_programs_go_is_refused(town, tmp_path):
    t = town(ALL.replace('"image/png", ',
                         '"image/png",\n\t"application/x-msdownload", '))
    f = tmp_path / "policies" / "taipei-2007.policy"
    text = f.read_text()
    line = 1 + text[:text.index('"application/x-msdownload"')].count("\n")
    out = subprocess.run([str(build_dir() / "tocsin"), "-c", str(t.conf),
                          "check"], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    said = out.stdout.decode()
    assert out.returncode == 78, said
    assert f'{f}:{line}: types: found "application/x-msdownload", which is ' \
        "a program and never leaves the house" in said


def test_a_running_daemon_sends_it_right_after_the_report(tmp_path):
    w = MaildirWorld(tmp_path / "town")
    w.extra = policy(tmp_path / "policies", ALL)
    w.write_conf()
    with open(w.dir / "live.log", "ab") as log:
        proc = subprocess.Popen(
            [str(build_dir() / "tocsind"), "-c", str(w.conf)], env=w.env(),
            stdin=subprocess.DEVNULL, stderr=log, start_new_session=True)
    try:
        start = now()
        w.deliver(with_files(annex1(STAFF, "王小明", start - timedelta(
            minutes=8), start - timedelta(minutes=1)), FILES.items()))
        wait_for(lambda: w.box(PEOPLE["team"]), 30, "no notice")
        w.deliver(answer(w.box(PEOPLE["team"])[0], PEOPLE["team"], "許建國",
                         TEAM_REPLY, now()))
        wait_for(lambda: w.box(PEOPLE["ncert"]), 30, "no report")
        # Sooner than anything else would wake the desk.
        wait_for(lambda: len(w.box(PEOPLE["ncert"])) == 2, 8, "no evidence")
        report, letter = w.box(PEOPLE["ncert"])
        assert attached(letter) == {n: FILES[n] for n in (
            "勒索畫面.png", "notice.pdf", "防火牆紀錄.log")}
        assert letter["In-Reply-To"] == report["Message-ID"]
    finally:
        proc.terminate()
        assert proc.wait(60) == 0
        w.stop()


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
def test_over_real_servers(tmp_path):
    w = ServerWorld(tmp_path / "world")
    try:
        w.extra = policy(tmp_path / "policies", ALL, ALL)
        w.write_conf()
        start = now()
        w.deliver(with_files(annex1(STAFF, "王小明", start - timedelta(
            minutes=8), start - timedelta(minutes=1)), FILES.items(),
            charset="big5"))
        w.run(start)
        number = w.json("list")[0]["tracking"]
        notice = w.box(PEOPLE["team"])[-1]
        w.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY,
                         start + timedelta(minutes=5)))
        w.run(start + timedelta(minutes=5))
        want = {n: FILES[n] for n in ("勒索畫面.png", "notice.pdf",
                                      "防火牆紀錄.log")}
        for who in ("ncert", "city_it"):
            # Postfix delivers side by side: the later may lie there first
            letter, report = sorted(
                w.box(PEOPLE[who]), key=lambda m: "通報單" in m["Subject"])
            assert "通報單" in report["Subject"]
            assert attached(letter) == want
            assert letter["In-Reply-To"] == report["Message-ID"]
            assert kept(body_of(letter)) == {
                "invoice.pdf.exe": "屬於程式或指令檔",
                "big.png": "超過單檔大小上限"}
            doc = w.receiver.documents()[f"{number}-01-{who}-evidence"]
            assert {f["name"]: base64.b64decode(f["data"])
                    for f in doc["attachments"]} == want
            check_schema(doc)
        assert w.json("list")[0]["external_sent_at"]
    finally:
        w.stop()
