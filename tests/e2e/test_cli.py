"""The operator's command: its verbs and exit codes, and what it refuses."""

import fcntl
import json
import mailbox
import os
import pty
import re
import sqlite3
import subprocess
from datetime import timedelta

import pytest

from cli_run import CONF, ROLES, TOCSIN, mail, run
from story import annex1
from world import PEOPLE, now, source_dir


# -- usage --


@pytest.mark.parametrize("args", [
    [], ["nonsense"], ["-x"], ["list", "--foo"], ["list", "more"],
    ["list", "--max", "0"], ["list", "--max", "x"], ["show"],
    ["show", "a", "b"], ["mail", "show"], ["mail", "--disposition", "lost"],
    ["queue", "--state", "lost"], ["queue", "hold"], ["stats", "--by", "x"],
    ["journal", "--from", "-1"], ["snippet"], ["snippet", "nothing"],
    ["snippet", "phone", "--ref", "yesterday"], ["render", "ack"],
    ["render", "--template", "x"], ["render", "--escape", "xml", "a", "b"],
    ["form"], ["form", "explain"], ["import"], ["backup"], ["verify", "x"],
    ["verify", "x", "y"],
    ["check", "x"], ["sample", "--man"], ["parse"],
    ["parse", "--received", "noon", "x"], ["sample", "--json"],
    ["mail", "raw", "1", "--json"], ["-c"], ["-q", "list"],
    ["export", "--format", "annex2-text", "CSI-20260401-0001", "--json"],
    ["export", "--format", "iodef-xml", "CSI-20260401-0001", "--json"]])
def test_wrong_usage_is_2_and_prints_nothing(args):
    p = run(*args)
    assert p.returncode == 2, p.stderr
    assert p.stdout == b""
    assert p.stderr


@pytest.mark.parametrize("args, names", [
    (["mail", "--disposition", "lost"], b"which are new, "),
    (["queue", "--state", "lost"], b"which are waiting, in_hand, "),
    (["-q", "list"], b'no option "-q"'),
    (["sample", "--json"], b"leave --json away")])
def test_wrong_words_are_told_the_right_ones(args, names):
    assert names in run(*args).stderr


def test_help_and_version():
    p = run("--help")
    assert p.returncode == 0 and b"usage: tocsin" in p.stdout
    verbs = re.findall(rb"^  ([a-z]+) ", p.stdout, re.M)
    assert len(verbs) >= 15
    for verb in verbs:
        p = run(verb.decode(), "--help")
        assert p.returncode == 0 and p.stdout.startswith(b"usage: tocsin")
    assert run("--version").stdout.startswith(b"tocsin ")


@pytest.mark.parametrize("verb", ["list", "mail", "queue", "journal", "verify",
                                  "stats", "check"])
def test_configuration_at_fault_is_78(verb, tmp_path):
    conf = tmp_path / "bad.conf"
    conf.write_text("# one\n# two\naddress = nobody\n")
    want = (f"{conf}:3: address: found \"nobody\", expected a plain address "
            "like name@domain").encode()
    p = run("-c", conf, verb)
    assert p.returncode == 78
    assert want in p.stdout + p.stderr
    p = run(verb, env={"TOCSIN_CONF": str(conf)})
    assert p.returncode == 78 and want in p.stdout + p.stderr
    p = run("-c", tmp_path / "none.conf", verb)
    assert p.returncode == 78
    assert b"none.conf: No such file" in p.stdout + p.stderr


def test_no_store_yet_is_said(house):
    p = house("list")
    assert p.returncode == 78
    assert b"tocsin.db" in p.stderr


def test_full_disk_is_no_success(house):
    house("import", house.dir / "inbox")
    with open("/dev/full", "wb") as full:
        p = subprocess.run([str(TOCSIN), "sample"], stdout=full,
                           stderr=subprocess.PIPE)
    assert p.returncode != 0 and b"could not be written" in p.stderr


# -- sample and manual --


def test_sample_is_the_one_that_is_shipped():
    shipped = source_dir() / "contrib" / "tocsin.conf.sample"
    assert run("sample").stdout == shipped.read_bytes()


def test_manual_has_every_key():
    keys = set(re.findall(rb"^#?\t*#?([a-z0-9-]+) = ", run("sample").stdout,
                          re.M))
    mdoc = run("sample", "--mdoc").stdout
    assert keys == set(re.findall(rb"^\.It Ic ([a-z0-9-]+) Ar ", mdoc, re.M))
    page = (source_dir() / "doc" / "tocsin.conf.5.in").read_text()
    assert page.count("@KEYS@\n") == 1


def test_sample_can_be_checked(tmp_path):
    conf = tmp_path / "tocsin.conf"
    conf.write_bytes(run("sample").stdout)
    p = run("-c", conf, "check", "--json")
    got = json.loads(p.stdout)
    # Only what a sample cannot bring along: its secret and its roles.
    assert {f["what"] for f in got["findings"]} <= {"secret", "configuration"}
    assert not [f for f in got["findings"] if f["what"] == "configuration"
                and f["severity"] == "error"]


# -- import, mail --


def test_import_of_files_mboxes_and_maildirs(house):
    raws = [mail(n=n) for n in range(7)]
    raws[2] += b"\r\nFrom here on\r\n"
    eml = house.dir / "a.eml"
    eml.write_bytes(raws[0])
    box = mailbox.mbox(str(house.dir / "box.mbox"))
    for raw in raws[1:4]:       # mboxes have LF
        box.add(raw.replace(b"\r\n", b"\n"))
    box.close()
    maildir = mailbox.Maildir(str(house.dir / "inbox"))
    for raw in raws[4:]:
        maildir.add(raw)
    p = house("import", eml, house.dir / "box.mbox", house.dir / "inbox")
    assert p.returncode == 0, p.stderr
    assert p.stdout.endswith(b"7 added, 0 known already.\n")
    got = json.loads(house("mail", "--json").stdout)
    assert len(got) == 7
    assert {m["mailbox"] for m in got} == {"import"}
    assert {m["disposition"] for m in got} == {"new"}
    stored = [house("mail", "raw", m["id"]).stdout for m in got]
    assert raws[0] in stored
    for raw in raws[4:]:
        assert raw.replace(b"\r\n", b"\n") in [
            s.replace(b"\r\n", b"\n") for s in stored]
    assert raws[2].replace(b"\r\n", b"\n") in stored
    # Once more: nothing new.
    p = house("import", "--json", eml, house.dir / "box.mbox",
              house.dir / "inbox")
    got = json.loads(p.stdout)
    assert (got["added"], got["known"]) == (0, 7)


def test_import_takes_the_time_of_arrival(house):
    raw = (b"Received: from a by b with ESMTP id 1;\r\n"
           b"\tThu, 31 May 2007 09:30:00 +0800\r\n"
           b"Received: from c by a; Thu, 31 May 2007 01:00:00 +0000\r\n" +
           mail())
    (house.dir / "a.eml").write_bytes(raw)
    house("import", house.dir / "a.eml")
    got = json.loads(house("--json", "mail", "show", "1").stdout)
    assert got["arrived"] == "2007-05-31T09:30:00+08:00"


def test_one_bad_file_harms_no_other(house):
    (house.dir / "a.eml").write_bytes(mail(n=1))
    (house.dir / "empty.eml").write_bytes(b"")
    (house.dir / "b.eml").write_bytes(mail(n=2))
    p = house("import", house.dir / "a.eml", house.dir / "empty.eml",
              house.dir / "missing.eml", house.dir / "b.eml")
    assert p.returncode == 1
    assert b"2 added" in p.stdout
    assert b"empty.eml: found an empty file, expected a mail" in p.stderr
    assert b"missing.eml: No such file" in p.stderr


def test_a_mail_over_the_limit_is_kept_by_name(house):
    conf = house.dir / "tocsin.conf"
    conf.write_text(conf.read_text() + "mail-max = 64K\n")
    (house.dir / "big.eml").write_bytes(mail() + b"x" * 70000)
    p = house("import", house.dir / "big.eml")
    assert p.returncode == 0 and b"over mail-max" in p.stdout
    p = house("mail", "raw", "1")
    assert p.returncode == 1 and p.stdout == b""
    assert b"not fetched" in p.stderr


def test_the_running_daemon_keeps_the_store(house):
    (house.dir / "a.eml").write_bytes(mail())
    assert house("import", house.dir / "a.eml").returncode == 0
    locks = [f for f in (house.dir / "state").iterdir()
             if f.name.endswith(".lock")]
    assert locks, "the store has no lock file"
    with open(locks[0], "rb+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)    # as the daemon does
        fcntl.flock(lock, fcntl.LOCK_EX)
        for args in (["import", house.dir / "a.eml"], ["queue", "hold", "1"]):
            p = house(*args)
            assert p.returncode == 75, p.stderr
            assert b"tocsind runs; stop it first" in p.stderr
        assert house("mail").returncode == 0


def test_unknown_numbers(house):
    (house.dir / "a.eml").write_bytes(mail())
    house("import", house.dir / "a.eml")
    for args, code in ((["mail", "show", "99"], 1), (["mail", "raw", "x"], 2),
                       (["queue", "show", "99"], 1), (["show", "CSI-1"], 2),
                       (["show", "CSI-20200101-0001"], 1),
                       (["journal", "CSI-20200101-0001"], 1),
                       (["queue", "retry", "99"], 1)):
        p = house(*args)
        assert p.returncode == code, (args, p.stderr)
        assert p.stdout == b"" and p.stderr.startswith(b"tocsin: ")


# -- verify, backup --


def test_verify_names_what_was_changed(house):
    for n in range(3):
        (house.dir / f"{n}.eml").write_bytes(mail(n=n))
    house("import", *(house.dir / f"{n}.eml" for n in range(3)))
    p = house("verify")
    assert p.returncode == 0 and b"mails     whole, 3 checked" in p.stdout
    db = sqlite3.connect(house.db)
    for (name,) in db.execute("SELECT name FROM sqlite_master "
                              "WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")      # a forger would
    db.execute("UPDATE spool_raw SET raw = CAST(raw || 'x' AS BLOB) "
               "WHERE mail = 2")
    db.commit()
    db.close()
    p = house("verify")
    assert p.returncode == 1
    assert re.search(rb"^mail 2: found SHA-256 [0-9a-f]{64}, expected",
                     p.stdout, re.M)
    got = json.loads(house("--json", "verify").stdout)
    assert got["ok"] is False and got["journal"]["ok"] is True
    assert [b["mail"] for b in got["mails"]["bad"]] == [2]


def test_backup_is_a_whole_store(house):
    (house.dir / "a.eml").write_bytes(mail())
    house("import", house.dir / "a.eml")
    copy = house.dir / "copy.db"
    p = house("backup", copy)
    assert p.returncode == 0, p.stderr
    assert copy.stat().st_mode & 0o077 == 0
    assert house("backup", copy).returncode == 1    # overwrites nothing
    conf = house.dir / "copy.conf"
    conf.write_text(CONF + ROLES + f"store = \"{copy}\"\n")
    p = run("-c", conf, "verify")
    assert p.returncode == 0 and b"1 checked" in p.stdout


NOWHERE = {"TOCSIN_CONF": "/nonexistent/tocsin.conf"}


# -- parse, snippet, form, render: without any configuration --


def test_snippet():
    p = run("snippet", "phone", stdin="(02)27208889#1234".encode(),
            env=NOWHERE)
    got = json.loads(p.stdout)
    assert (got["e164"], got["ext"]) == ("+886227208889", "1234")
    p = run("snippet", "datetime", "--ref", "2007-05-31T10:00:00+08:00",
            stdin="昨晚11點20分".encode(), env=NOWHERE)
    assert json.loads(p.stdout) == "2007-05-30T23:20:00+08:00"
    p = run("snippet", "datetime", stdin="剛剛".encode(), env=NOWHERE)
    assert p.stdout == b"null\n" and p.returncode == 0


@pytest.mark.parametrize("field", """datetime date phone level category status
    recovery fields own_text tracking charset header timing
    month_deadline""".split())
def test_snippet_of_anything(field):
    """One JSON value and 0, or one line of complaint and 1."""
    for stdin in (b"", b"\r\n\r\n", b"\0" * 9, b"\xff\xfe\x80" * 9,
                  b"115/3/12\0 14:20", "更正為14:20".encode() * 70000,
                  b"(" * 2**20, "■ ".encode() * 2**18, b"x" * (2**20 + 1)):
        p = run("snippet", field, stdin=stdin, env=NOWHERE)
        if p.returncode == 0:
            json.loads(p.stdout)
            assert p.stdout.count(b"\n") == 1 and p.stderr == b""
        else:
            assert (p.returncode, p.stdout) == (1, b"")
            assert re.fullmatch(rb"tocsin: .*expected.*\n", p.stderr)


def test_snippet_that_cannot_be_read():
    p = subprocess.run([str(TOCSIN), "snippet", "datetime"],
                       stdin=os.open("/", os.O_RDONLY), capture_output=True)
    assert (p.returncode, p.stdout) == (1, b"")
    assert p.stderr == b"tocsin: standard input: Is a directory\n"


def test_parse_and_form_explain(tmp_path):
    t = now() - timedelta(hours=1)
    f = tmp_path / "report.eml"
    f.write_bytes(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=10),
                         t))
    got = json.loads(run("parse", f, env=NOWHERE).stdout)
    assert (got["kind"], got["form"]) == ("report", "annex1")
    p = run("form", "explain", f, env=NOWHERE)
    assert p.returncode == 0, p.stderr
    text = p.stdout.decode()
    assert re.search(r"^Form +annex1$", text, re.M)
    assert re.search(r"^unit .*組別.*機要組", text, re.M)
    p = run("form", "list", "--json", env=NOWHERE)
    assert "annex1" in [x["name"] for x in json.loads(p.stdout)]


def test_parse_reads_as_the_daemon_of_a_configuration(house):
    """Where -c names one: a Message-ID of our own domain is known, and a
    fault in it is told as everywhere."""
    f = house.dir / "m.eml"
    f.write_bytes(mail(message_id="<1@tocsin.agency.example>"))
    kinds = [json.loads(p.stdout)["kind"] for p in (
        run("parse", f, env=NOWHERE), house("parse", f, env=NOWHERE))]
    assert kinds == ["report_freeform", "own"]
    conf = house.dir / "tocsin.conf"
    conf.write_text('form-dir = "/nonexistent/forms"\n' + conf.read_text())
    for args in (("parse", f), ("snippet", "level")):
        assert run(*args, stdin=b"3", env=NOWHERE).returncode == 0
        for named in (conf, "/nonexistent/tocsin.conf"):
            p = run("-c", named, *args, stdin=b"3")
            assert p.returncode == 78 and b"nonexistent" in p.stderr, p.stderr


def test_parse_loses_one_deadly_mail_and_no_other(tmp_path):
    """More files than the reader holds at once, one of them deadly."""
    files = []
    for n in range(40):
        files.append(tmp_path / f"{n}.eml")
        files[-1].write_bytes(mail("deadly-words" if n == 20 else "x", n))
    p = run("parse", *files, env={**NOWHERE,
                                  "TOCSIN_FAULT_READER": "deadly-words"})
    got = [json.loads(line) for line in p.stdout.splitlines()]
    assert [g["file"] for g in got] == [str(f) for f in files]
    odd = [n for n, g in enumerate(got) if g["kind"] != "report_freeform"]
    if odd or p.returncode:
        assert (odd, got[20]["kind"], p.returncode) == ([20], "poison", 1)
    else:
        pytest.skip("built without --enable-faults")


def test_parse_survives_words_of_unknown_charsets_in_a_part(tmp_path):
    """Where no iconv answers, the reader has no files to load one from."""
    f = tmp_path / "x.eml"
    f.write_bytes(
        b"From: ming@agency.example\nSubject: x\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"".join(
            b'--b\nContent-Type: text/plain;\n name="=?%b?B?YSBi?= '
            b'=?%b?Q?=1b$B?="\n\nwords %d\n' % (name, name, i)
            for i, name in enumerate((b"x-nobody", b"iso-2022-kr", b"hz",
                                      b"utf-7", b"ibm1390") * 4)) +
        b"--b--\n")
    p = run("parse", *[f] * 40, env=NOWHERE)
    got = [json.loads(line) for line in p.stdout.splitlines()]
    assert [g["kind"] for g in got] == ["report_freeform"] * 40
    assert len(got[0]["attachments"]) == 19     # the first is the text
    assert p.returncode == 0


def test_parse_survives_a_header_full_of_names(tmp_path):
    """Each is an address of its own, and none may cost pages of memory."""
    mail = tmp_path / "many.eml"
    mail.write_bytes(b"From: a@agency.example\nTo: " + b"a," * 30000 +
                     b"<x@agency.example>\n\nhello\n")
    p = run("parse", mail, env=NOWHERE)
    assert json.loads(p.stdout)["kind"] == "report_freeform"


def test_form_try_tells_what_would_differ(house):
    t = now() - timedelta(hours=1)
    (house.dir / "r.eml").write_bytes(annex1(PEOPLE["staff"], "王小明", t, t))
    house("import", house.dir / "r.eml")
    form = source_dir() / "parsers" / "forms" / "annex1.form"
    p = house("form", "try", form)
    assert p.returncode == 0, p.stderr
    assert b"1 mails read, 0 would be read differently." in p.stdout
    new = house.dir / "annex1.form"
    new.write_text(form.read_text().replace('field "unit"',
                                                    'field "bureau"'))
    p = house("form", "try", new)
    assert p.returncode == 1, p.stdout + p.stderr
    assert b"1 would be read differently" in p.stdout
    got = json.loads(house("form", "try", new, "--json").stdout)
    assert got["differ"] == 1 and got["mails"][0]["mail"] == 1
    assert {"what": "unit", "now": "機要組", "then": None} in got["mails"][0][
        "differences"]


@pytest.mark.parametrize("tmpl,data,args,want", [
    ("a{{x}}b", {"x": "<1>"}, [], b"a<1>b"),
    ("a{{x}}b", {"x": "<1>"}, ["--escape", "html"], b"a&lt;1&gt;b"),
    ("no line end", {}, [], b"no line end"),
    ("{{#l}}{{.}}, {{/l}}", {"l": [1, 2]}, [], b"1, 2, "),
    ("[{{>p}}]", {"x": "人"}, ["--partials", "."], "[p人]".encode()),
    ("[{{>../p}}]", {"x": 1}, ["--partials", "."], b"[]"),
])
def test_render_any_template(tmp_path, tmpl, data, args, want):
    (tmp_path / "t").write_text(tmpl)
    (tmp_path / "d.json").write_text(json.dumps(data))
    (tmp_path / "p.mustache").write_text("p{{x}}")
    p = run("render", "--template", "t", "--data", "d.json", *args,
            cwd=tmp_path, env=NOWHERE)
    assert p.returncode == 0, p.stderr
    assert p.stdout == want


def test_render_refuses_bad_templates_and_data(tmp_path):
    (tmp_path / "t").write_text("one\n{{#open}}\n")
    (tmp_path / "d.json").write_text("{}")
    (tmp_path / "bad.json").write_text("{\n,")
    p = run("render", "--template", "t", "--data", "d.json", cwd=tmp_path)
    assert p.returncode == 1 and p.stdout == b""
    assert re.search(rb"t:\d+: found ", p.stderr)
    p = run("render", "--template", "t", "--data", "bad.json", cwd=tmp_path)
    assert p.returncode == 1 and b"bad.json:2: " in p.stderr


# -- text of strangers --


def on_terminal(args):
    """What a terminal gets to see."""
    master, slave = pty.openpty()
    p = subprocess.Popen([str(TOCSIN), *map(str, args)], stdout=slave,
                         stderr=slave, stdin=subprocess.DEVNULL)
    os.close(slave)
    out = b""
    while True:
        try:
            got = os.read(master, 65536)
        except OSError:
            break
        if not got:
            break
        out += got
    os.close(master)
    p.wait(30)
    return out.replace(b"\r\n", b"\n")


EVIL = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202egnp.exe\u2066x\u2069"


def test_no_control_sequence_reaches_a_terminal(house):
    raw = mail().replace(b"text 1", EVIL.encode())
    (house.dir / "evil.eml").write_bytes(raw)
    house("import", house.dir / "evil.eml")
    db = sqlite3.connect(house.db)
    db.execute("UPDATE spool SET subject = ?, from_addr = ?, why = ?",
               (EVIL, EVIL, EVIL))
    db.commit()
    db.close()
    conf = ["-c", house.dir / "tocsin.conf"]
    for args in (["mail"], ["mail", "show", "1"], ["mail", "raw", "1"],
                 ["mail", "--json"], ["mail", "show", "1", "--json"],
                 ["mail", "show", EVIL], ["show", EVIL], [EVIL]):
        out = on_terminal([*conf, *args]).decode()
        assert out
        bad = [hex(ord(c)) for c in out if c != "\n" and (
            ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 or c in
            "\u202e\u2066\u2069")]
        assert not bad, (args, bad)
    # Into a pipe the bytes are what they were.
    assert house("mail", "raw", "1").stdout == raw
