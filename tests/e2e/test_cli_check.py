"""tocsin check: what it names, with file and line, and what it passes."""

import json
import os
import re

import pytest

from cli_run import CONF, ROLES
from story import annex1
from world import own_plan, own_policies, source_dir


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
