"""The operator's command: every verb, its exit codes, and what it refuses."""

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

from servers import wait_for
from story import annex1, answer, raw_mail, TEAM_REPLY
from world import (PEOPLE, MaildirWorld, build_dir, now, own_plan,
                   own_policies, source_dir)

TOCSIN = build_dir() / "tocsin"

CONF = """\
address = incident@agency.example
state-dir = state
mailbox in { kind = maildir path = inbox }
relay out { maildir = out }
"""
ROLES = """\
role team { mail = {team@agency.example} }
role ethics { mail = {ethics@agency.example} }
role secretary { mail = {secretary@agency.example} }
role ciso { mail = {ciso@agency.example} }
role operator { mail = {operator@agency.example} }
role ncert { mail = {report@ncert.example} }
role city_it { mail = {it@city.example} }
"""


def run(*args, stdin=b"", env=None, cwd=None):
    p = subprocess.run([str(TOCSIN), *map(str, args)], input=stdin,
                       capture_output=True, timeout=120, cwd=cwd,
                       env={**os.environ, **(env or {})})
    assert b"Sanitizer" not in p.stderr, p.stderr.decode()
    return p


@pytest.fixture
def house(tmp_path):
    """A configuration and an empty house."""
    (tmp_path / "tocsin.conf").write_text(CONF + ROLES)
    mailbox.Maildir(str(tmp_path / "inbox"))

    def tocsin(*args, **more):
        return run("-c", tmp_path / "tocsin.conf", *args, **more)
    tocsin.dir = tmp_path
    tocsin.db = tmp_path / "state" / "tocsin.db"
    return tocsin


def mail(subject="hello", n=1, **more):
    return raw_mail("ming.wang@agency.example", "王小明", subject,
                    f"text {n}\n", now() - timedelta(days=1), **more)


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


# -- check --


def test_check_is_content(house):
    p = house("check")
    assert p.returncode == 0, p.stdout + p.stderr
    assert p.stdout.endswith(b"Nothing to mend.\n")
    got = json.loads(house("check", "--json").stdout)
    assert got.pop("notes") and got == {"ok": True, "findings": []}


def test_check_tells_what_the_law_does_not_prove(house):
    conf = house.dir / "tocsin.conf"
    for name, want in (("taipei-2007", ["holidays"]), ("csma-2021", [
            "level", "deadline platform", "holidays"]), ("csma-2026", [
            "level 4", "deadline control", "deadline final", "meeting",
            "deadline platform", "holidays"])):
        conf.write_text(CONF + ROLES + f'policy = "{name}"\n')
        p = house("check")
        notes = [s for s in p.stdout.decode().splitlines()
                 if s.startswith("note ")]
        for what in want:
            assert any(f"{name}.policy: not verified: {what}" in s
                       for s in notes), (name, what, notes)
        assert p.returncode == 0
    # a calendar that nobody renewed
    conf.write_text(conf.read_text() + own_policies(
        house.dir / "policies", ('"20', '"19'), file="holidays.words"))
    assert b"holidays: found none in 20" in house("check").stdout


def test_check_misses_roles_that_the_policy_names(house):
    (house.dir / "tocsin.conf").write_text(CONF)
    p = house("check")
    assert p.returncode == 1
    assert re.search(rb'warning: .*: role: found no "ncert", expected one, '
                     rb"since .*taipei-2007.policy names it in forward_roles",
                     p.stdout)


# what is put for what, the line it is found in, what is said, exit status
MISFITS = [
    ("{team@agency", "{Incident@agency", 5, "mail: found \"Incident@agency."
     "example\", the address people report to, expected another", 78),
    ("role team {", "contact u { mail = {incident@agency.example} }\nrole team "
     "{", 5, "mail: found \"incident@agency.example\", the address", 78),
    ("relay out", "mailbox b { kind = maildir path = inbox }\nrelay out", 4,
     "path: found the mailbox of \"in\" again, expected each mailbox once", 78),
    ("relay out", "mailbox b { url = imaps://h.example user = u password-file "
     "= s }\nmailbox c { url = imaps://h.example user = u password-file = s "
     "}\nrelay out", 5, "url: found the mailbox of \"b\" again", 78),
    ("{ mail = {team@", "{ members = {team@", 5, "role: found only members for "
     "\"team\", expected mail too", 1),
    ("role team {", "role team { number-pattern = '['", 5, "number-pattern: "
     "found \"[\", expected a PCRE2 pattern", 78),
    ("relay out", "user-desk = nobody-is-called-so\nrelay out", 4,
     "user-desk: found \"nobody-is-called-so\", expected a user", 78),
    ("role team {", "role teem { mail = {t@agency.example} }\nrole team {", 5,
     "role: found \"teem\", which taipei-2007 does not name", 0),
    ("role team {", "contact u { mail = {u@agency.example} lists = {unit} }\n"
     "role team {", 5, "lists: found \"unit\", a list that ", 0),
]


@pytest.mark.parametrize("find,put,line,says,status", MISFITS)
def test_check_finds_what_does_not_fit(house, find, put, line, says, status):
    if "user-desk" in put and os.geteuid() != 0:
        pytest.skip("nobody else changes the user")
    text = (CONF + ROLES).replace(find, put, 1)
    assert text != CONF + ROLES
    (house.dir / "tocsin.conf").write_text(text)
    p = house("check")
    assert p.returncode == status, p.stdout
    assert f"tocsin.conf:{line}: {says}" in p.stdout.decode()


def test_check_misses_the_operator(house):
    text = (CONF + ROLES).replace("role operator", "role ncert2")
    (house.dir / "tocsin.conf").write_text(text)
    p = house("check")
    assert p.returncode == 1
    assert b'role: found no "operator", expected one' in p.stdout


def test_check_prints_no_secret_and_wants_it_private(house):
    secret = house.dir / "imap.password"
    secret.write_text("s3cret-of-the-box\n")
    secret.chmod(0o644)
    conf = house.dir / "tocsin.conf"
    conf.write_text(CONF.replace(
        "kind = maildir path = inbox",
        "url = imaps://h.example user = u password-file = imap.password") +
        ROLES)
    p = house("check")
    assert p.returncode == 78
    assert b"imap.password: found mode 0644, expected one that only the " \
           b"owner can read, like 0600" in p.stdout
    line = conf.read_text().split("password-file")[0].count("\n") + 1
    assert b"tocsin.conf:%d: password-file: " % line in p.stdout
    secret.unlink()
    p = house("check")
    assert p.returncode == 78
    assert re.search(rb"tocsin.conf:%d: password-file: .*imap.password: No "
                     rb"such file or directory, expected a file" % line,
                     p.stdout), p.stdout
    secret.write_text("s3cret-of-the-box\n")
    secret.chmod(0o600)
    p = house("check")
    assert p.returncode == 0, p.stdout
    for verb in (["check"], ["check", "--json"], ["sample"]):
        p = house(*verb)
        assert b"s3cret" not in p.stdout + p.stderr


@pytest.mark.parametrize("key,value,says", [
    ("policy", "nope", 'found "nope", expected the name of a file'),
    ("ca-file", "gone.pem", "gone.pem: No such file or directory, expected"),
    ("key-file", "open.pem", "open.pem: found mode 0644, expected one that"),
])
def test_check_names_the_line_of_what_is_not_there(house, key, value, says):
    (house.dir / "open.pem").write_text("not looked into\n")
    (house.dir / "open.pem").chmod(0o644)
    (house.dir / "cert.pem").write_text("not looked into\n")
    text = CONF + ROLES
    if key == "policy":
        text += f"policy = {value}\n"
    else:
        text += ('role "gate" {\nhttp {\nurl = "https://g.example/"\n'
                 "cert-file = cert.pem\n" +
                 ("key-file = cert.pem\n" if key != "key-file" else "") +
                 f"{key} = {value}\n}}\n}}\n")
    (house.dir / "cert.pem").chmod(0o600)
    (house.dir / "tocsin.conf").write_text(text)
    line = [n for n, ln in enumerate(text.split("\n"), 1)
            if ln.startswith(f"{key} = {value}")][0]
    p = house("check")
    assert p.returncode == 78, p.stdout + p.stderr
    assert re.search(rf"error: .*tocsin.conf:{line}: {key}: .*".encode() +
                     re.escape(says).encode(), p.stdout), p.stdout


def test_check_names_file_and_line_of_bad_data(house):
    for kind, key in (("policies", "policy-dir"), ("parsers/forms",
                                                   "form-dir")):
        d = house.dir / key
        d.mkdir()
        for f in (source_dir() / kind).iterdir():
            (d / f.name).write_bytes(f.read_bytes())
    conf = house.dir / "tocsin.conf"
    conf.write_text(CONF + ROLES + "policy-dir = policy-dir\n"
                    "form-dir = form-dir\n")
    assert house("check").returncode == 0, house("check").stdout
    policy = house.dir / "policy-dir" / "taipei-2007.policy"
    form = house.dir / "form-dir" / "annex1.form"
    for f in (policy, form):    # behind comments, which count as one line
        f.write_text("# one\n#\n/* two\n */\n\nfrobnicate = 3\n" +
                     f.read_text())
    p = house("check")
    assert p.returncode == 78
    for f in (policy, form):
        assert f"error: {f}:6: " in p.stdout.decode(), p.stdout.decode()
        assert "frobnicate" in p.stdout.decode()


ACTIVE = "policies/taipei-2007.policy"


@pytest.mark.parametrize("name,text,wanted", [
    # an included file that is not there: the line that names it
    ("policies/house.words", None, ACTIVE + ":19: include: found {name}: "
     "No such file or directory, expected a file that can be read"),
    ("policies/house.words", "dir", ACTIVE + ":19: include: found {name}: "
     "Is a directory, expected"),
    (ACTIVE, "", "{name}:1: id: found nothing, expected"),
    (ACTIVE, "# nothing\n\n", "{name}:2: id: found nothing, expected"),
    ("policies/story.words", "", "{name}:1: event: found none, expected"),
    ("policies/story.words", "dir", "{name}: Is a directory"),
    ("policies/story.words", "#\n/* two\n*/\nevent \"x\" { zh = y }\n",
     "{name}:4: event \"x\": found one language, expected zh and en"),
    ("policies/story.words", None, "{name}: No such file or directory"),
    ("templates/ack.en.mustache", "", "{name}:1: found \"\", expected "
     "\"Subject: ...\""),
    ("templates/ack.en.mustache", "Subject: x\n\n{{#a}}\n\n",
     "{name}:3: "),
    # a letter that nobody could be sent
    ("templates/ack.en.mustache", None, "templates/LETTERS:2: found \"ack\", "
     "expected a file ack.en.mustache beside it"),
    ("templates/_footer.en.mustache", None, "found partial \"footer\", "
     "expected a file _footer.en.mustache"),
    ("forms/annex1.form", "", "{name}:1: name: found none, expected"),
])
def test_check_names_what_is_missing_or_empty(house, name, text, wanted):
    (house.dir / "tocsin.conf").write_text(
        CONF + ROLES + own_plan(house.dir))
    assert house("check").returncode == 0, house("check").stdout
    file = house.dir / name
    file.unlink()
    if text == "dir":
        file.mkdir()
    elif text is not None:
        file.write_text(text)
    p = house("check")
    assert p.returncode == 78, p.stdout.decode() + p.stderr.decode()
    said = [ln for ln in p.stdout.decode().splitlines()
            if ln.startswith("error: ")]
    assert any(wanted.replace("{name}", str(file)) in ln
               for ln in said), said


# -- parse, snippet, form, render: without any configuration --

NOWHERE = {"TOCSIN_CONF": "/nonexistent/tocsin.conf"}


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


# -- a real incident, made by the daemon --


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    w = MaildirWorld(tmp_path_factory.mktemp("town"))
    start = now().replace(microsecond=0) - timedelta(hours=3)
    w.deliver(annex1(PEOPLE["staff"], "王小明", start - timedelta(minutes=9),
                     start), at=start)
    w.run(at=start + timedelta(minutes=1))
    notice = w.box(PEOPLE["team"])[-1]
    t = start + timedelta(minutes=20)
    w.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY, t), at=t)
    w.run(at=t + timedelta(minutes=1))
    t = start + timedelta(minutes=30)
    w.deliver(raw_mail("lin@agency.example", "林一二", "請協助", "電腦怪怪的\n",
                       t), at=t)
    w.run(at=t + timedelta(minutes=1))
    w.number = w.json("list")[0]["tracking"]
    yield w
    w.stop()


def test_list_is_sorted_by_priority(town):
    got = town.json("list")
    assert len(got) == 2
    levels = [i["level"] or 0 for i in got]
    assert levels == sorted(levels, reverse=True) and levels[0] == 3
    text = town.tocsin("list")
    assert text.splitlines()[0].split()[:2] == ["NUMBER", "LEVEL"]
    assert town.number in text.splitlines()[1]
    assert got[0]["next_deadline"]["state"] == "open"


def test_show_tells_the_whole_story(town):
    got = town.json("show", town.number)[0]
    assert got["level"] == 3 and got["unit"] == "機要組"
    assert [m["disposition"] for m in got["mails"]] == ["report", "update"]
    assert {"ack", "annex2"} <= {s["duty"] for s in got["sent"]}
    acks = [s for s in got["sent"] if s["duty"] == "ack"]
    assert acks[0]["receipts"][-1]["result"] == "accepted"
    assert any(f["name"] == "unit" and f["mail"] == got["mails"][0]["id"] and
               f["line"] > 0 for f in got["fields"])
    text = town.tocsin("show", town.number.lower())
    for word in (town.number, "機要組", "王小明", "opened",
                 PEOPLE["staff"], PEOPLE["team"], "accepted",
                 "What happened", "Deadlines", "What was sent"):
        assert word in text, word
    told = text[text.index("What happened"):text.index("\nDeadlines")]
    for words in ("level: - -> 3", "acknowledgment -> " + PEOPLE["staff"],
                  "status: received -> assessed",
                  "deadline: Assess the level, by 20"):
        assert words in told, words
    assert not re.search(r"=\d{9}|\{\"", told), "bare details in the story"
    when = re.findall(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)  ", text[
        text.index("What happened"):text.index("\nDeadlines")], re.M)
    assert when and when == sorted(when)


def test_mail_queue_and_journal_of_it(town):
    mails = town.json("mail", "--incident", town.number)
    assert len(mails) == 2
    one = town.json("mail", "show", str(mails[-1]["id"]))[0]
    assert one["tracking"] == town.number
    assert one["report"]["form"] == "annex1"
    assert "機要組" in town.tocsin("mail", "show", str(mails[-1]["id"]))
    items = town.json("queue", "--incident", town.number, "--all")
    assert items and all(i["state"] == "accepted" for i in items)
    item = town.json("queue", "show", str(items[0]["id"]))[0]
    assert item["content"] and item["receipts"]
    rows = town.json("journal", town.number)
    assert [r["seq"] for r in rows] == sorted(r["seq"] for r in rows)
    assert rows[0]["event"] == "opened"
    assert all(re.fullmatch("[0-9a-f]{64}", r["hash"]) for r in rows)
    assert town.json("verify")[0]["ok"] is True


def test_render_previews_and_sends_nothing(town):
    before = town.json("queue", "--all")
    text = town.tocsin("render", "ack", town.number)
    assert text.startswith("To: " + PEOPLE["staff"])
    assert town.number in text
    got = town.json("render", "--role", "team", "--lang", "en", "notice",
                    town.number)[0]
    assert got["to"] == PEOPLE["team"] and town.number in got["subject"]
    p = subprocess.run([str(TOCSIN), "-c", str(town.conf), "render",
                        "--role", "nobody", "ack", town.number],
                       capture_output=True)
    assert p.returncode == 2
    assert town.json("queue", "--all") == before


def test_stats(town):
    got = town.json("stats")[0]
    assert set(got) == {"month", "unit", "level", "category"}
    assert sum(g["incidents"] for g in got["month"]) == 2
    level = {g["key"]: g for g in got["level"]}
    assert level["3"]["incidents"] == 1 and level[None]["incidents"] == 1
    assert level["3"]["on_time_rate"] == 1.0
    assert "REPORTED IN TIME" in town.tocsin("stats", "--by", "unit")
    assert town.json("stats", "--drills")[0]["month"] == []


def test_tables_line_up_in_chinese(town):
    from unicodedata import east_asian_width
    lines = town.tocsin("list").splitlines()

    def column(line, at):
        """The characters left of a column, by width on the terminal."""
        w = 0
        for i, c in enumerate(line):
            if w >= at:
                return line[i:]
            w += 2 if east_asian_width(c) in "WF" else 1
        return ""
    at = lines[0].index("RECEIVED")
    for line in lines[1:]:
        assert re.match(r"\d{4}-\d\d-\d\d ", column(line, at)), line


def tampered(town, where, sql):
    """A copy of the town's store that somebody changed past the program."""
    copy = where / "tocsin.db"
    copy.unlink(missing_ok=True)
    town.tocsin("backup", str(copy))
    db = sqlite3.connect(copy)
    db.executescript(sql)
    db.close()
    conf = where / "tocsin.conf"
    conf.write_text(re.sub(r'(?m)^state-dir = .*$', f'state-dir = "{where}"',
                           town.conf.read_text()))
    return run("-c", conf, "verify"), conf


@pytest.mark.parametrize("sql, says", [
    ("", None),
    ("UPDATE incident SET level = 1 WHERE level = 3",
     "incidents FAULT: .*: found level 1, expected 3 by the journal"),
    ("UPDATE incident SET state = 'closed' WHERE level = 3",
     "incidents FAULT: .*: found state closed, expected in_progress by"),
    ("UPDATE incident SET state = 'gone'", "incidents FAULT: .*state gone"),
    ("UPDATE field SET raw = 'nobody' WHERE name = 'name'",
     "incidents FAULT: .*: the values that mail 1 gave are not those of row"),
    ("DELETE FROM field WHERE id = (SELECT max(id) FROM field)",
     "incidents FAULT: .*: the values that mail . gave are not those of row"),
    ("INSERT INTO field (incident, name, raw, mail, line, at) VALUES"
     " (1, 'level', '1', 1, 1, 1)", "incidents FAULT: .* values, expected "),
    ("UPDATE deadline SET due_at = due_at + 9 WHERE state = 'open' AND"
     " incident > 0", "incidents FAULT: .*: found deadline .* due at "),
    ("UPDATE deadline SET state = 'met' WHERE state = 'open' AND incident > 0",
     "incidents FAULT: .*: found deadline .* met, expected open by the"),
    ("DELETE FROM deadline WHERE state = 'open' AND incident > 0",
     "incidents FAULT: .*: found no deadline "),
    ("UPDATE outbox SET state = 'withdrawn' WHERE id = 1",
     "queue     FAULT: queue 1: found withdrawn, expected accepted by the"),
    ("UPDATE receipt SET text = 'another', code = 250 WHERE outbox = 1",
     r"queue     FAULT: queue 1: receipt 1 \(accepted\) is not as the"),
    ("DELETE FROM receipt WHERE outbox = 2",
     "queue     FAULT: queue 2: the receipt of row .* is missing"),
    ("DELETE FROM receipt WHERE outbox = 1; DELETE FROM outbox_content WHERE"
     " item = 1; DELETE FROM outbox WHERE id = 1",
     "queue     FAULT: queue 1: found none, expected one by row"),
    ("DROP TABLE receipt", "store     FAULT: store: receipt is missing"),
    ("DROP INDEX spool_new", "store     FAULT: store: spool_new is missing"),
    ("DROP TRIGGER journal_no_delete; DELETE FROM journal WHERE seq > 5",
     "store     FAULT: store: what guards the rows of journal is missing"),
    ("DROP TRIGGER spool_raw_no_update; UPDATE spool_raw SET raw = x'00'",
     "mails     FAULT: .* mails differ"),
])
def test_verify_finds_what_was_changed(town, tmp_path, sql, says):
    p, _ = tampered(town, tmp_path, sql)
    assert p.returncode == (says is not None), p.stdout + p.stderr
    assert says is None or re.search(says, p.stdout.decode()), p.stdout


@pytest.mark.parametrize("size", [9000, 40000])
def test_a_damaged_store_is_told_in_words(town, tmp_path, size):
    _, conf = tampered(town, tmp_path, "")
    db = tmp_path / "tocsin.db"
    db.write_bytes(b"\x55" * size if size < 10000 else db.read_bytes()[:size])
    for verb in ("list", "verify", "doctor"):
        p = run("-c", conf, verb)
        text = (p.stdout + p.stderr).decode()
        assert p.returncode in (1, 78) and "PRAGMA" not in text
        assert f"store {db}: " in text and "put a backup in its place" in text


def test_verify_compares_with_a_row_that_was_noted(town, tmp_path):
    """What a chain alone cannot show: its end, and one made anew."""
    last = town.json("journal")[-1]
    assert f"the hash of row {last['seq']} is {last['hash']}" in \
        town.tocsin("verify")
    town.tocsin("verify", str(last["seq"]), last["hash"].upper())
    p, conf = tampered(town, tmp_path, """
        DROP TRIGGER journal_no_delete;
        DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal);
        CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
            BEGIN SELECT RAISE(ABORT, 'no'); END;""")
    assert p.returncode == 0, p.stdout
    p = run("-c", conf, "verify", last["seq"], last["hash"])
    assert p.returncode == 1
    assert f"row {last['seq']} was noted, but".encode() in p.stdout
    p = run("-c", conf, "verify", last["seq"] - 1, last["hash"])
    assert p.returncode == 1 and b"not the one that was noted" in p.stdout


def test_tables_speak_the_language_of_the_terminal(town):
    """The words of the policy, not those of the program."""
    def said(lang, *args):
        return subprocess.run(
            [TOCSIN, "-c", town.conf, *args], stdout=subprocess.PIPE,
            env={**town.env(), "LC_ALL": lang}, check=True).stdout.decode()
    for args in (["register"], ["show", town.number],
                 ["stats", "--by", "category"]):
        for lang, words in (("C", ("External intrusion", "in progress",
                                   "reported in time")),
                            ("zh_TW.UTF-8", ("外力入侵事件", "處理中",
                                             "時限內通報"))):
            text = said(lang, *args)
            for w in words[:1] if args[0] == "stats" else words:
                assert w in text, (lang, args, text)
            assert "on_time" not in text and "external_intr" not in text
    assert "external_intrusion" in said("C", "register", "--csv")
    assert "on_time" in said("zh_TW.UTF-8", "register", "--csv")


def test_queue_changes_are_written_down(town):
    town.deliver(raw_mail("nobody@agency.example", "某人", "又一件", "壞了\n",
                          now()), at=now())
    town.run(at=now())
    items = town.json("queue", "--all")
    done = items[-1]["id"]
    p = subprocess.run([str(TOCSIN), "-c", str(town.conf), "queue", "hold",
                        str(done)], capture_output=True)
    assert p.returncode == 1 and b"nothing to hold" in p.stderr
    db = sqlite3.connect(town.dir / "state" / "tocsin.db")
    db.execute("UPDATE outbox SET state = 'delayed', due_at = next_at "
               "WHERE id = ?", (done,))
    db.commit()
    db.close()
    for verb, state in (("hold", "held"), ("retry", "waiting"),
                        ("withdraw", "withdrawn")):
        town.tocsin("queue", verb, str(done))
        assert town.json("queue", "show", str(done))[0]["state"] == state
        row = town.json("journal")[-1]
        assert row["event"] == "queue_" + verb
        assert row["detail"] == {"outbox": done}
    assert town.json("verify")[0]["ok"] is True


def test_reading_beside_the_running_daemon(town):
    log = open(town.dir / "live.log", "wb")
    daemon = subprocess.Popen(
        [str(build_dir() / "tocsind"), "-c", str(town.conf)], stderr=log,
        stdin=subprocess.DEVNULL, env=town.env(), start_new_session=True)
    try:
        wait_for(lambda: b"desk: started" in
                 (town.dir / "live.log").read_bytes(), 30, "no start")
        assert town.json("list")
        assert town.json("verify")[0]["ok"] is True
        p = subprocess.run([str(TOCSIN), "-c", str(town.conf), "queue",
                            "retry", "1"], capture_output=True)
        assert p.returncode == 1 and b"nothing to retry" in p.stderr, \
            "the daemon itself answers"
    finally:
        daemon.terminate()
        assert daemon.wait(60) == 0
