"""tocsin doctor tries for real and says what to mend; and the daemon, left
alone, looks at the same things and tells its operator."""

import base64
import json
import os
import signal
import subprocess
from datetime import timedelta

import pytest

import postfix
from servers import free_port, wait_for
from story import annex1, answer
from test_courier_live import T0, Town
from live import end, start
from world import (INCIDENT, PEOPLE, MaildirWorld, ServerWorld, body_of,
                   build_dir, now, own_policies)


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


def doctor(world, wanted, env=None):
    """{(what, name): check} of `tocsin doctor --json`."""
    p = subprocess.run([str(build_dir() / "tocsin"), "-c", str(world.conf),
                        "doctor", "--json"], env=world.env(**(env or {})),
                       timeout=120, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    assert b"Sanitizer" not in p.stderr, p.stderr.decode()
    got = json.loads(p.stdout)
    assert p.returncode == wanted, (p.returncode, got, p.stderr.decode())
    assert got["ok"] == (wanted == 0)
    for c in got["checks"]:
        assert c["ok"] == (c["mend"] is None) and c["text"], c
    return {(c["what"], c["name"]): c for c in got["checks"]}


def sick(checks):
    return {k for k, c in checks.items() if not c["ok"]}


def test_a_healthy_house(town):
    town.run(now())
    checks = doctor(town, 0)
    assert {"configuration", "policy", "forms", "templates", "secrets",
            "state", "disk", "clock", "store", "queue", "mailbox", "relay",
            "http", "tocsind"} <= {k[0] for k in checks}
    assert ("http", "ncert") in checks and ("http", "city_it") in checks
    assert not town.receiver.posts, "nothing may be reported"
    said = town.tocsin("doctor")
    assert "Nothing to mend." in said and "SICK" not in said


def test_a_daemon_that_does_not_answer(town):
    proc = start(town)
    try:
        wait_for((town.dir / "state" / "control.sock").exists, 30)
        assert doctor(town, 0)["tocsind", None]["text"] == "runs"
        proc.send_signal(signal.SIGSTOP)
        assert sick(doctor(town, 1)) == {("tocsind", None)}
    finally:
        proc.send_signal(signal.SIGCONT)
        assert end(proc) == 0


def test_a_bad_configuration_is_named(town):
    town.conf.write_text(town.conf.read_text() + "nonsense = 1\n")
    checks = doctor(town, 78)
    (key,) = checks
    assert key[0] == "configuration" and "nonsense" in checks[key]["text"]


def test_a_bad_policy_is_a_bad_configuration(town):
    town.run(now())
    good = town.conf.read_text()
    town.conf.write_text('policy = "no-such"\n' + good)
    assert ("policy", "no-such") in sick(doctor(town, 78))


def test_before_the_first_start(town):
    checks = doctor(town, 1)
    assert "state" in {k[0] for k in sick(checks)}


def test_old_mails_of_a_maildir(town):
    """As of IMAP: what a first start takes; and what no start would take."""
    def told():
        got = json.loads(town.tocsin("doctor", "--json", check=False))
        return [c["text"] for c in got["checks"] if c["what"] == "mailbox"]

    old = now() - timedelta(days=30)
    for at in (old, now(), now()):
        town.deliver(b"Subject: old\r\n\r\n", at)
    (town.inbox / "new" / "dir").mkdir()
    assert told() == ["can be read; 3 mails lie in the folder"]
    for f in ("a:2,S", "b:2,"):
        (town.inbox / "cur" / f).write_bytes(b"Subject: read\r\n\r\n")
    every = town.conf.read_text()
    town.conf.write_text(every.replace(
        f'path = "{town.inbox}"', f'path = "{town.inbox}"\n  since = ' +
        (now() - timedelta(5)).strftime("%F")))
    new, cur = told()
    assert "2 mails lie in the folder that are not older" in new
    assert "2 mails lie in cur/" in cur and "not taken" in cur
    town.conf.write_text(every)
    town.run(now())
    assert told() == ["can be read"]


def test_what_others_could_read(town):
    town.run(now())
    os.chmod(town.dir / "state", 0o755)
    checks = doctor(town, 1)
    assert sick(checks) == {("state", f"{town.dir}/state")}
    os.chmod(town.dir / "state", 0o700)
    (town.dir / "pw").write_text("secret-word\n")
    os.chmod(town.dir / "pw", 0o644)
    town.conf.write_text(town.conf.read_text().replace(
        'relay "maildirs"', 'relay "first" {\n  url = "smtp://127.0.0.1:1"\n'
        '  cleartext = true\n  auth = login\n  user = "x"\n'
        f'  password-file = "{town.dir}/pw"\n}}\nrelay "maildirs"'))
    checks = doctor(town, 1)
    assert ("secret", "password-file") in sick(checks)
    assert "secret-word" not in json.dumps(list(map(str, checks.items())))


def test_servers_that_are_not_there(town):
    town.run(now())
    port = free_port()
    conf = town.conf.read_text().replace(
        f"http://127.0.0.1:{town.receiver.port}/ncert",
        f"http://127.0.0.1:{port}/ncert")
    conf = conf.replace('relay "maildirs"', 'relay "gone" {\n'
                        f'  url = "smtp://127.0.0.1:{port}"\n'
                        '  cleartext = true\n}\nrelay "maildirs"')
    conf = conf.replace(f'path = "{town.inbox}"', f'path = "{town.dir}/none"')
    town.conf.write_text(conf)
    checks = doctor(town, 1)
    assert sick(checks) == {("http", "ncert"), ("relay", "gone"),
                            ("mailbox", "inbox")}
    assert "firewall" in checks["relay", "gone"]["mend"]


def test_a_relay_that_does_not_take_all(tmp_path):
    """It greets us and takes our own people's mail, but not NCERT's: found
    before there is an incident, and without a mail."""
    w = Town(tmp_path)
    try:
        w.run(now())
        relay = w.relays[0]
        relay.rcpt[PEOPLE["ciso"]] = ["450 4.7.1 Greylisted", "250 ok"]
        said = doctor(w, 0)["relay", "r0"]["text"]
        assert said == f"would take mail for {len(PEOPLE) - 1} addresses; " \
            "nothing was sent", said
        refusal = f"<{PEOPLE['ncert']}>: Relay access denied"
        relay.rcpt[PEOPLE["ncert"]] = [f"554 5.7.1 {refusal}"]
        check = doctor(w, 1)["relay", "r0"]
        assert check["text"] == \
            f"for {PEOPLE['ncert']} it answers: 554 5.7.1 {refusal}"
        assert "send there" in check["mend"]
        assert not relay.taken and "DATA" not in relay.lines
    finally:
        w.stop()


def test_a_relay_that_ends_a_long_talk(tmp_path):
    """Some let nobody ask for long without a mail; the next call goes on."""
    w = Town(tmp_path)
    try:
        w.run(now())
        w.relays[0].rcpt[PEOPLE["ciso"]] = [
            "421 4.7.0 Too many nonmail commands", "250 ok"]
        assert "would take mail for " in doctor(w, 0)["relay", "r0"]["text"]
    finally:
        w.stop()


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
def test_real_servers_good_and_bad(tmp_path):
    w = ServerWorld(tmp_path)
    try:
        w.dovecot.append(INCIDENT, annex1(PEOPLE["staff"], "王小明", now(),
                                          now(), message_id="<old@x.example>"))
        old = doctor(w, 1)["mailbox", "incident"]       # no store yet
        assert "1 mails lie" in old["text"] and "answered" in old["mend"]
        every = w.conf.read_text()
        w.dovecot.append_many(INCIDENT, [b"Subject: old\r\n\r\n"] * 3)
        for f in (w.dovecot.maildir(INCIDENT) / "new").glob("*.0*.test"):
            os.utime(f, (0, now().timestamp() - 30 * 86400))
        assert "4 mails lie" in doctor(w, 1)["mailbox", "incident"]["text"]
        for days, text in ((-5, "1 mails lie"), (3, "lies ahead")):
            w.conf.write_text(every.replace(
                'mailbox "incident" {', 'mailbox "incident" {\n  since = ' +
                (now() + timedelta(days)).strftime("%F"), 1))
            assert text in doctor(w, 1)["mailbox", "incident"]["text"]
        for f in (w.dovecot.maildir(INCIDENT) / "new").glob("*.0*.test"):
            f.unlink()
        w.conf.write_text(every)
        w.run(now())
        good = w.conf.read_text()
        checks = doctor(w, 0)
        assert checks["mailbox", "incident"]["text"] == "logged in"
        assert not w.receiver.posts
        # A certificate that ends soon: those of the tests do.
        w.conf.write_text(good.replace("expiry-days = 0", "expiry-days = 30"))
        bad = sick(doctor(w, 1))
        assert {("mailbox", "incident"), ("relay", "main"),
                ("http", "ncert")} <= bad
        w.deliver(annex1(PEOPLE["staff"], "王小明",
                         now() - timedelta(minutes=5), now()))
        w.run(now())
        told = [body_of(m) for m in w.box(PEOPLE["operator"])]
        for name in ("certificate:mailbox:incident", "certificate:relay:main"):
            assert sum(name in t for t in told) == 1, (name, told)
        w.conf.write_text(good.replace("expiry-days = 0", "expiry-days = 1"))
        w.deliver(annex1(PEOPLE["staff"], "王小明",
                         now() - timedelta(minutes=4), now(),
                         message_id="<two@agency.example>"))
        w.run(now())
        told = [m["Subject"] for m in w.box(PEOPLE["operator"])]
        assert len(told) == 4, told      # and two all-clears
        # A wrong password, a wrong name, a wrong authority.
        w.conf.write_text(good)
        w.secret("imap.password", "wrong")
        checks = doctor(w, 1)
        assert sick(checks) == {("mailbox", "incident")}
        assert "password" in checks["mailbox", "incident"]["mend"]
        w.secret("imap.password", "secret of " + INCIDENT)
        w.conf.write_text(good.replace("smtp://mail.test", "smtp://other.test")
                          .replace(f"mail.test:{w.postfix.port}:",
                                   f"other.test:{w.postfix.port}:"))
        checks = doctor(w, 1)
        assert sick(checks) == {("relay", "main")}
        assert "certificate" in checks["relay", "main"]["mend"]
    finally:
        w.stop()


ACL = """
mail_plugins = $mail_plugins acl
protocol imap {
  mail_plugins = $mail_plugins imap_acl
}
plugin {
  acl = vfile
}
"""


@pytest.mark.parametrize("acl", ["", ACL])
def test_a_folder_to_move_to(tmp_path, acl):
    """What is not there is made later, not by looking; where the user may put
    nothing, mails would be fetched and never moved."""
    w = ServerWorld(tmp_path)
    try:
        if acl:
            w.dovecot.stop()
            w.dovecot.conf.write_text(w.dovecot.conf.read_text() + acl)
            w.dovecot.start()
        w.run(now())
        w.conf.write_text(w.conf.read_text().replace(
            'mailbox "incident" {',
            'mailbox "incident" {\n  after = move\n  move-to = "已處理"'))
        check = doctor(w, 0)["mailbox", "incident"]
        assert '"已處理" is not there yet' in check["text"]
        box = w.dovecot.maildir(INCIDENT) / ".&XfKGVXQG-"
        assert not box.exists()
        with w.dovecot.client(INCIDENT) as c:
            c.create("&XfKGVXQG-")
        assert doctor(w, 0)["mailbox", "incident"]["text"] == "logged in"
        if not acl:
            return
        (box / "dovecot-acl").write_text("owner lr\n")
        checks = doctor(w, 1)
        assert sick(checks) == {("mailbox", "incident")}
        assert "move-to" in checks["mailbox", "incident"]["mend"]
        assert "may only be read" in checks["mailbox", "incident"]["text"]
    finally:
        w.stop()


def test_a_maildir_to_move_to(town):
    town.run(now())
    town.conf.write_text(town.conf.read_text().replace(
        f'path = "{town.inbox}"', f'path = "{town.inbox}"\n  after = move\n'
        '  move-to = "Done"'))
    assert "not there yet" in doctor(town, 0)["mailbox", "inbox"]["text"]
    there = town.inbox / ".Done"
    assert not there.exists()
    there.write_text("no directory")
    checks = doctor(town, 1)
    assert sick(checks) == {("mailbox", "inbox")}
    assert "move-to" in checks["mailbox", "inbox"]["mend"]
    there.unlink()
    (there / "cur").mkdir(parents=True)
    assert doctor(town, 0)["mailbox", "inbox"]["text"] == "can be read"


def test_a_maildir_elsewhere_to_move_to_can_be_made_or_not(town):
    """Only the last part of its name is made."""
    town.run(now())
    town.conf.write_text(town.conf.read_text().replace(
        f'path = "{town.inbox}"', f'path = "{town.inbox}"\n  after = move\n'
        f'  move-to = "{town.dir}/old/done/"'))
    checks = doctor(town, 1)
    assert sick(checks) == {("mailbox", "inbox")}
    assert "move-to" in checks["mailbox", "inbox"]["mend"]
    (town.dir / "old").mkdir()
    assert "not there yet" in doctor(town, 0)["mailbox", "inbox"]["text"]
    (town.dir / "old" / "done").mkdir()
    assert "not there yet" in doctor(town, 0)["mailbox", "inbox"]["text"]


# --- the same by itself ---


def operator(world):
    return [(m["Subject"], body_of(m)) for m in world.box(PEOPLE["operator"])]


def test_a_calendar_that_ends_is_told_while_it_runs(town):
    """Once, however often it is started; and over when it is renewed.  One
    that runs --once is run by somebody who checks."""
    days = town.dir / "policies" / "holidays.words"
    town.extra = own_policies(town.dir / "policies")
    town.expiry_days = 14
    town.write_conf()

    def known(year):
        days.write_text(f'holidays = {{"{year - 1}-01-01", "{year}-12-25"}}\n')

    def runs():
        """Until a report that came meanwhile is answered, so it looked."""
        had = len(town.box(PEOPLE["staff"]))
        proc = start(town)
        try:
            town.deliver(annex1(PEOPLE["staff"], "王小明",
                                now() - timedelta(minutes=5), now(),
                                message_id=f"<{had}@agency.example>"))
            wait_for(lambda: len(town.box(PEOPLE["staff"])) > had, 30)
            wait_for(lambda: not town.json("queue"), 30)
        finally:
            assert end(proc) == 0

    known(now().year - 1)
    town.run(now())
    assert not operator(town)
    for _ in range(2):
        runs()
    ((subject, text),) = operator(town)
    assert "放假日曆" in subject and "holidays.words" in text
    assert "已於" in text and "前到期" in text
    known(now().year + 1)
    runs()
    assert ["解除" in s for s, _ in operator(town)] == [False, True]


def test_a_full_disk_is_told_once_and_cleared(town):
    good = town.conf.read_text()
    t = now()
    town.conf.write_text(f'disk-min = {1023 * 1024 ** 3}\n' + good)
    for m in range(3):
        town.run(t + timedelta(minutes=m))
    assert len(operator(town)) == 1 and "disk" in operator(town)[0][1]
    town.run(t + timedelta(minutes=61))
    assert len(operator(town)) == 2, "told again after an hour"
    town.run(t + timedelta(minutes=122))
    assert len(operator(town)) == 2, "and then less often"
    town.conf.write_text(good)
    town.run(t + timedelta(minutes=123))
    town.run(t + timedelta(minutes=124))
    assert len(operator(town)) == 3


def test_secrets_that_end_are_told_days_before(town):
    """A password whose last day is known, and a bearer token that says its
    own: while both still work."""
    t = now()
    day = (t + timedelta(days=9)).strftime("%Y-%m-%d")
    claims = base64.urlsafe_b64encode(json.dumps({
        "iat": int(t.timestamp()) - 80 * 86400,
        "exp": int(t.timestamp()) + 10 * 86400}).encode()).decode()
    token = town.dir / "token"
    token.write_text(f"e30.{claims.rstrip('=')}.x\n")
    token.chmod(0o600)
    text = town.conf.read_text().replace(
        'relay "maildirs" {\n', 'relay "maildirs" {\n  secret-expires = '
        f'"{day}"\n').replace('    number-pointer',
                              f'    token-file = "{token}"\n'
                              '    number-pointer')
    text = text.replace("expiry-days = 0", "expiry-days = 30")
    town.conf.write_text(text)
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    town.run(t)
    notice = town.box(PEOPLE["team"])[0]
    town.deliver(answer(notice, PEOPLE["team"], "許建國", "等級：3\n", t))
    town.run(t + timedelta(minutes=1))
    town.run(t + timedelta(minutes=3))
    told = [body for _, body in operator(town)]
    assert sum("secret:relay:maildirs" in b for b in told) == 1, told
    assert sum("token" in b and "ends in 9 days" in b for b in told) == 1
    checks = doctor(town, 1)
    assert "ends in" in checks["secret", "relay maildirs"]["text"]
    town.conf.write_text(text.replace(day, "2090-01-01"))
    town.run(t + timedelta(minutes=5))
    assert any("secret:relay:maildirs" in b and "解除" in s
               for s, b in operator(town)[len(told):])


def test_a_clock_before_the_records_is_told(town):
    t = now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    town.run(t)
    town.run(t - timedelta(days=2))
    assert any("紀錄檔中的名稱：clock" in text for _, text in operator(town))


def test_a_queue_that_stands_is_told_by_http(tmp_path):
    w = Town(tmp_path, posts=("operator",))
    w.http_conf = lambda role: MaildirWorld.http_conf(w, "ncert").replace(
        "/ncert", "/operator") if role == "operator" else ""
    w.write_conf()
    try:
        w.relays[0].down()
        w.report()
        for m in range(10, 130, 10):
            w.run(T0 + timedelta(minutes=m))
        told = [json.loads(p[2])["alarm"] for p in w.receiver.posts]
        names = [a["name"] for a in told if not a["clear"]]
        assert "queue" in names and "relay:r0" in names, told
        assert names.count("queue") <= 2, names
        w.relays[0].up()
        for m in range(140, 200, 10):
            w.run(T0 + timedelta(minutes=m))
        clear = [json.loads(p[2])["alarm"]["name"] for p in w.receiver.posts
                 if json.loads(p[2])["alarm"]["clear"]]
        assert sorted(clear) == ["queue", "relay:r0"]
    finally:
        w.stop()


def test_a_mail_to_ourselves_comes_back_or_is_missed(tmp_path):
    w = Town(tmp_path)
    w.extra = "canary = 30\ncanary-late = 10"
    w.write_conf()

    def ours():
        return w.relays[0].of(INCIDENT)

    def home(mail, at):
        w.deliver(mail[2], at)

    try:
        w.run(T0)
        assert len(ours()) == 1
        home(ours()[0], T0 + timedelta(seconds=40))
        w.run(T0 + timedelta(seconds=40))
        assert w.rows("SELECT value FROM fact WHERE name = 'canary_seconds'") \
            == [("40",)]
        w.run(T0 + timedelta(minutes=15))
        assert len(ours()) == 1 and not operator(w)
        w.run(T0 + timedelta(minutes=31))       # this one gets lost
        assert len(ours()) == 2
        w.run(T0 + timedelta(minutes=40))
        assert not operator(w)
        w.run(T0 + timedelta(minutes=43))
        assert len(operator(w)) == 1
        assert "測試信沒有回來" in operator(w)[0][0]
        w.run(T0 + timedelta(minutes=62))
        assert len(ours()) == 3
        home(ours()[2], T0 + timedelta(minutes=63))
        w.run(T0 + timedelta(minutes=63))
        assert len(operator(w)) == 2, "all clear"
        assert not w.json("list", "--all"), "never an incident"
    finally:
        w.stop()
