"""The store and its key as an operator loses, moves and renews them."""

import mailbox
import re
import shutil
import signal
import subprocess
from datetime import timedelta

import pytest

from live import start, end, children, log_of
from servers import wait_for
from story import annex1, answer, TEAM_REPLY
from world import AGENCY, PEOPLE, MaildirWorld, body_of, build_dir, now


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_store_that_is_taken_away_marks_nothing(town, how):
    """Writes to a file without a name succeed, and are gone at the end."""
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        wait_for(lambda: "reader" in children(proc), 30)
        store = town.dir / "state" / "tocsin.db"
        if how == "deleted":
            store.unlink()
        else:
            (town.dir / "other").write_bytes(store.read_bytes())
            (town.dir / "other").rename(store)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        assert proc.wait(30) == 74
        assert len(list((town.inbox / "new").iterdir())) == 1
        assert not town.box(PEOPLE["staff"])
        assert "deleted or replaced" in log_of(town)
    finally:
        proc.kill()
        proc.wait()


def test_a_lock_that_is_deleted_lets_no_two_write(town):
    """It is taken anew; whoever finds another at work ends."""
    lock = town.dir / "state" / "tocsin.db.lock"

    def report(n):
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now(),
                            message_id=f"<{n}@agency.example>"))
        wait_for(lambda: len(town.json("list", "--all")) == n, 30)

    first = start(town)
    try:
        wait_for(lambda: "reader" in children(first), 30)
        lock.unlink()
        report(1)
        assert town.run(check=False).returncode == 75
        first.send_signal(signal.SIGSTOP)       # or it takes it anew
        lock.unlink()
        second = start(town)
        wait_for(lambda: log_of(town).count("started") == 2, 30)
        first.send_signal(signal.SIGCONT)
        report(2)
        assert first.wait(30) == 74
        assert "its lock was deleted" in log_of(town)
        report(3)
        assert end(second) == 0
        assert len(town.box(PEOPLE["staff"])) == 3
        town.tocsin("verify")
    finally:
        first.kill()
        first.wait()


@pytest.mark.parametrize("how", ["deleted", "emptied", "elsewhere"])
def test_a_store_that_is_lost_is_not_begun_anew(town, how):
    """Deleted while nobody looked: nothing starts, no number is given twice,
    and the operator is told what to do; a backup is a way back."""
    store, backup = town.dir / "state" / "tocsin.db", town.dir / "backup"
    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now()))
    town.run(now())
    (old,) = town.json("list", "--all")
    town.tocsin("backup", str(backup))
    conf = town.conf.read_text()
    if how == "deleted":
        store.unlink()
    elif how == "emptied":
        store.write_bytes(b"")
    else:
        town.conf.write_text(f'store = "{town.dir}/state/tocsin2.db"\n' +
                             conf)
    sizes = {f.name: f.stat().st_size for f in store.parent.iterdir()}
    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now(),
                        message_id="<second@agency.example>"))
    p = town.run(now(), check=False)
    said = p.stderr.decode()
    assert p.returncode == 78, said
    for word in ("tocsin.store tells", "backup", "--new-store", str(store)):
        assert word in said, word
    assert len(list((town.inbox / "new").iterdir())) == 1, "not marked"
    p = subprocess.run([str(build_dir() / "tocsin"), "-c", str(town.conf),
                        "list"], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    assert p.returncode == 78 and "--new-store" in p.stderr
    assert "tocsin.store tells" in town.tocsin("doctor", check=False)
    assert {f.name: f.stat().st_size for f in store.parent.iterdir()
            if not f.name.endswith(".lock")} == {
        n: s for n, s in sizes.items() if not n.endswith(".lock")}
    town.conf.write_text(conf)
    if how != "elsewhere":
        shutil.copy(backup, store)
    town.run(now())
    assert {i["tracking"] for i in town.json("list", "--all")} > {
        old["tracking"]}
    assert len(town.box(PEOPLE["staff"])) == 2
    assert town.tocsin("verify")


def test_a_new_store_by_order(town):
    town.run(now())
    (town.dir / "state" / "tocsin.db").unlink()
    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now()))
    new = [str(build_dir() / "tocsind"), "-c", str(town.conf), "--new-store"]
    proc = subprocess.Popen(new, stdin=subprocess.DEVNULL, env=town.env(),
                            stderr=open(town.dir / "live.log", "ab"),
                            start_new_session=True)
    try:
        wait_for(lambda: town.box(PEOPLE["staff"]), 30)
        proc.send_signal(signal.SIGHUP)     # not begun a second time
        wait_for(lambda: log_of(town).count("desk: started") == 2, 60)
    finally:
        assert end(proc) == 0
    p = subprocess.run(new, stderr=subprocess.PIPE, timeout=60, text=True)
    assert p.returncode == 78 and "there are records" in p.stderr
    town.run(now())
    assert len(town.json("list", "--all")) == 1


NEW_KEY = ("--new-key", "token.key", "back")


@pytest.mark.parametrize("how", ["deleted", "another", "short"])
def test_a_lost_key_is_not_silently_made_anew(town, how):
    """Or no answer to a letter that was sent before would count."""
    key, t = town.dir / "state" / "token.key", now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    town.run(t)
    (case,) = town.json("list", "--all")
    kept, notice = key.read_bytes(), town.box(PEOPLE["team"])[-1]
    key.unlink()
    if how != "deleted":
        key.write_bytes(b"x" * (32 if how == "another" else 31))
        key.chmod(0o600)
    p = town.run(t, check=False)
    assert p.returncode == 78
    for word in NEW_KEY if how != "short" else ("token.key", "of 32"):
        assert word in p.stderr.decode(), p.stderr.decode()
    assert how != "deleted" or not key.exists()
    sick = town.tocsin("doctor", check=False)
    assert "SICK  token key" in sick, sick
    key.write_bytes(kept)
    key.chmod(0o600)
    assert "ok    token key" in town.tocsin("doctor", check=False)
    town.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY, t))
    town.run(t + timedelta(minutes=1))
    assert town.json("list", "--all")[0]["level"] == 3, case
    assert not any(r["event"] == "new_key" for r in town.json("journal"))


def test_a_new_key_by_order(town):
    key, t = town.dir / "state" / "token.key", now()
    new = [str(build_dir() / "tocsind"), "-c", str(town.conf), "--new-key",
           "--once"]
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    town.run(t)
    notice = town.box(PEOPLE["team"])[-1]
    p = subprocess.run(new, stderr=subprocess.PIPE, timeout=60, text=True,
                       env=town.env())
    assert p.returncode == 78 and "is the key of this house" in p.stderr
    key.unlink()
    subprocess.run(new, timeout=60, check=True, env=town.env())
    assert len(key.read_bytes()) == 32
    assert [r["event"] for r in town.json("journal")].count("new_key") == 1
    town.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY, t))
    town.run(now())
    assert not town.json("list", "--all")[0]["level"]
    assert town.tocsin("verify")


def test_a_key_that_systemd_hands_over(town):
    """cred:NAME, and bytes that are no line."""
    creds = town.dir / "creds"
    creds.mkdir()
    (creds / "key").write_bytes(bytes(range(5, 37)))
    (creds / "key").chmod(0o440)
    town.conf.write_text('token-key-file = "cred:key"\n' +
                         town.conf.read_text())
    env = {**town.env(), "CREDENTIALS_DIRECTORY": str(creds)}
    for verb in ("check", "doctor"):
        p = subprocess.run([str(build_dir() / "tocsin"), "-c", str(town.conf),
                            verb], env=env, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=60)
        assert "cred:key: found" not in p.stdout, p.stdout
    t = now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    subprocess.run([str(build_dir() / "tocsind"), "-c", str(town.conf),
                    "--once"], timeout=60, check=True, env=env)
    assert len(town.box(PEOPLE["staff"])) == 1
    assert not (town.dir / "state" / "token.key").exists()


@pytest.mark.parametrize("name", ["sqlite:{}/db/incidents.db",
                                  "{}/db/incidents.db", "db/incidents.db"])
def test_a_store_elsewhere(town, name):
    """Confined as it is, the desk reaches the place it was told."""
    (town.dir / "db").mkdir()
    town.conf.write_text(town.conf.read_text() +
                         f'store = "{name.format(town.dir)}"\n')
    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now()))
    town.run(now())
    assert town.box(PEOPLE["staff"])
    assert town.tocsin("verify")
    assert (town.dir / "db" / "incidents.db").exists()


def test_another_store_waits_for_a_restart(town):
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        town.conf.write_text(town.conf.read_text().replace(
            "臺北市政府秘書處", "測試機關") +
            f'store = "{town.dir}/state/slip.db"\n')
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: log_of(town).count("desk: started") == 2, 60)
        assert re.search(r"tocsin.conf:\d+: store takes effect after a "
                         "restart", log_of(town))
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        ack = wait_for(lambda: town.box(PEOPLE["staff"]), 30)[0]
        assert "測試機關" in body_of(ack)
    finally:
        assert end(proc) == 0
    assert town.run(now(), check=False).returncode == 78
    assert not (town.dir / "state" / "slip.db").exists()


def test_since_leaves_old_mails_alone_until_it_goes(town):
    """The day begins in the zone of the policy."""
    every = town.conf.read_text()
    town.conf.write_text(every.replace(
        "kind = maildir", f"kind = maildir\n  since = {now():%F}", 1))
    day = now().replace(hour=0, minute=0, second=0)
    old = f"old@{AGENCY}"
    for who, at in ((old, day - timedelta(seconds=1)), (PEOPLE["staff"], day)):
        town.deliver(annex1(who, "王小明", at - timedelta(minutes=5), at), at)
    proc = start(town)
    try:
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
        wait_for(lambda: "left alone=1:" in log_of(town), 30)
        assert not town.box(old)
        assert len(list((town.inbox / "new").iterdir())) == 1
        town.conf.write_text(every)
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: town.box(old), 30, "not taken afterwards")
    finally:
        assert end(proc) == 0
    assert not list((town.inbox / "new").iterdir())
    assert len(town.box(PEOPLE["staff"])) == 1


@pytest.mark.parametrize("named", [False, True])
def test_a_new_directory_may_wait_for_a_restart(town, named):
    """Landlock is not taken back: mails are read from there, and the log
    names the line of what cannot be marked yet; also when it was named at the
    start, but not there."""
    second = town.dir / "second"
    text = town.conf.read_text() + (
        f'mailbox "second" {{\n  kind = maildir\n  path = "{second}"\n}}\n')
    if named:
        town.conf.write_text(text)
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        mailbox.Maildir(str(second))
        town.conf.write_text(text)
        line = text.split("\n").index(f'  path = "{second}"') + 1
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: log_of(town).count("desk: started") == 2, 60)
        (second / "new" / "1").write_bytes(
            annex1(PEOPLE["staff"], "王小明", now() - timedelta(minutes=5),
                   now()))
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
        told = f"tocsin.conf:{line}: path can be written to only after" in \
            log_of(town)
        assert log_of(town).count("can be written to only") == told
        wait_for(lambda: told or not list((second / "new").iterdir()), 20)
    finally:
        assert end(proc) == 0
    town.run(now())
    assert not list((second / "new").iterdir())
    assert len(town.box(PEOPLE["staff"])) == 1


@pytest.mark.parametrize("path", ["link/.second", "link/../inbox/.second/",
                                  "link/.not-yet"])
def test_a_directory_by_another_name_waits_for_nothing(town, path):
    """What may be written to stays so behind a symbolic link, and so is what
    will be made in it."""
    beneath = town.inbox / ".second"
    mailbox.Maildir(str(beneath))
    (town.dir / "link").symlink_to(town.inbox)
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        town.conf.write_text(town.conf.read_text() + (
            'mailbox "second" {\n  kind = maildir\n'
            f'  path = "{town.dir}/{path}"\n}}\n'))
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: log_of(town).count("desk: started") == 2, 60)
        assert "can be written to only" not in log_of(town)
    finally:
        assert end(proc) == 0
