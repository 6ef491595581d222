"""The daemon as its operator meets it: starting, stopping, failing aloud."""

import contextlib
import json
import mailbox
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

import postfix
from servers import wait_for
from story import annex1, answer, raw_mail, TEAM_REPLY
from world import (AGENCY, INCIDENT, PEOPLE, MaildirWorld, ServerWorld,
                   body_of, build_dir, now, source_dir)


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


def start(world, log=None, **env):
    if log is None:
        log = open(world.dir / "live.log", "ab")
    return subprocess.Popen(
        [str(build_dir() / "tocsind"), "-c", str(world.conf)],
        stdin=subprocess.DEVNULL, stderr=log, env=world.env(**env),
        start_new_session=True)


def end(proc, sig=signal.SIGTERM):
    proc.send_signal(sig)
    return proc.wait(60)


def dispositions(world):
    return sorted(r[0] for r in world.rows("SELECT disposition FROM spool"))


def log_of(world):
    return "".join((world.dir / f).read_text(errors="replace")
                   for f in ("live.log", "tocsind.log")
                   if (world.dir / f).exists())


def test_live_daemon_answers_and_ends(town):
    proc = start(town)
    try:
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
        wait_for(lambda: town.box(PEOPLE["team"]), 30, "no notice")
        notice = town.box(PEOPLE["team"])[0]
        town.deliver(answer(notice, PEOPLE["team"], "許建國", TEAM_REPLY,
                            now()))
        wait_for(lambda: town.box(PEOPLE["ncert"]), 30, "no report to NCERT")
    finally:
        assert end(proc) == 0
    assert "Sanitizer" not in log_of(town)
    assert town.tocsin("verify")


def maps_of(pid):
    return Path(f"/proc/{pid}/maps").read_text()


def test_the_desk_keeps_nothing_that_only_the_reader_needs(town):
    """It proves the forms in a process that ends: their converters would
    stay with it for its life."""
    proc = start(town)
    try:
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
        child = Path(f"/proc/{proc.pid}/task/{proc.pid}/children")
        readers = [pid for pid in child.read_text().split() if "reader" in
                   Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
        assert any("/gconv/" in maps_of(pid) for pid in readers)
        assert "/gconv/" not in maps_of(proc.pid)
    finally:
        assert end(proc) == 0


class Supervisor:
    """Hears what a service manager is told (sd_notify)."""

    def __init__(self, where):
        self.path = str(where / "notify")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.sock.setblocking(False)
        self.said = []

    def heard(self):
        try:
            while True:
                self.said.append(self.sock.recv(8192).decode())
        except BlockingIOError:
            return self.said

    def wait(self, words, most=30):
        wait_for(lambda: any(words in m for m in self.heard()), most,
                 f"never said {words}")

    def forget(self):
        self.heard()
        self.said = []


class Stopping:
    """A daemon that is on its way and cannot end: a child holds still."""

    def __init__(self, town, sig, words):
        self.town = town
        self.proc = start(town)
        wait_for(lambda: "started" in log_of(town), 30)
        child = Path(f"/proc/{self.proc.pid}/task/{self.proc.pid}/children")
        wait_for(lambda: len(child.read_text().split()) == 4, 30)
        self.child = int(child.read_text().split()[0])
        os.kill(self.child, signal.SIGSTOP)
        self.proc.send_signal(sig)
        wait_for(lambda: words in log_of(town), 30, f"never said {words}")

    def go_on(self):
        os.kill(self.child, signal.SIGCONT)


def test_a_hangup_does_not_undo_the_end(town):
    d = Stopping(town, signal.SIGTERM, "signal 15: stopping")
    try:
        d.proc.send_signal(signal.SIGHUP)
        d.go_on()
        assert d.proc.wait(20) == 0
        assert log_of(town).count("desk: started") == 1
    finally:
        if d.proc.poll() is None:
            end(d.proc, signal.SIGKILL)


def test_a_file_written_to_during_a_hangup_ends_nothing(town):
    whole = town.conf.read_text()
    d = Stopping(town, signal.SIGHUP, "starting anew")
    try:
        town.conf.write_text(whole[:len(whole) // 2])
        d.go_on()
        wait_for(lambda: log_of(town).count("desk: started") == 2, 30,
                 "it ended instead of going on as it was")
        town.conf.write_text(whole)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
    finally:
        if d.proc.poll() is None:
            assert end(d.proc) == 0


def test_a_hangup_while_it_starts_ends_nothing(town):
    """It is hung up on while it reads its configuration, out of a pipe."""
    whole = town.conf.read_text()
    town.conf.unlink()
    os.mkfifo(town.conf)
    proc = start(town)

    def reads():
        try:
            return os.open(town.conf, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return None

    try:
        pipe = wait_for(reads, 30, "it does not read its configuration")
        proc.send_signal(signal.SIGHUP)
        with open(pipe, "w") as f:
            there = town.dir / "whole.conf"
            there.write_text(whole)
            os.rename(there, town.conf)
            f.write(whole)
        wait_for(lambda: log_of(town).count("desk: started") == 2, 30,
                 "it died, or did not hear")
    finally:
        assert end(proc) == 0


def test_debug_tells_what_goes_into_whose_hands(town):
    def words():
        return re.findall(r"- (?:reader: mail|courier: name|intake: mailbox|"
                          r"deadline: name)=\S+ .*", log_of(town))

    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now()))
    town.run()
    assert words() == []
    town.extra = "log = debug"
    town.write_conf()
    town.deliver(annex1(PEOPLE["staff"], "王大明",
                        now() - timedelta(minutes=5), now()))
    town.run(now() + timedelta(days=2))
    said = words()
    assert "- reader: mail=2 try=1 waiting=0" in said, said
    assert [w for w in said if w.startswith("- intake: mailbox=inbox ")
            and 'mark="1000000002.M2.town"' in w], said
    assert [w for w in said if re.match(r"- courier: name=courier:[01] "
                                        r"outbox=\d+ duty=ack try=1", w)], said
    assert [w for w in said if w.startswith("- deadline: ")], said


def test_supervisor_hears_how_it_is(town):
    boss = Supervisor(town.dir)
    proc = start(town, NOTIFY_SOCKET=boss.path, WATCHDOG_USEC="2000000")
    try:
        boss.wait("READY=1")
        boss.forget()
        wait_for(lambda: sum("WATCHDOG=1" in m for m in boss.heard()) >= 3,
                 30, "the watchdog is not fed while nothing happens")
        status = [m for m in boss.heard() if "STATUS=" in m][-1]
        for child in ("reader", "intake:", "courier:"):
            assert child in status, status
        boss.forget()
        proc.send_signal(signal.SIGHUP)
        boss.wait("RELOADING=1")
        boss.wait("READY=1")
        order = [m for m in boss.heard() if "READY" in m or "RELOADING" in m]
        assert order[0].startswith("RELOADING=1") and len(order) == 2
        assert not any("STOPPING" in m for m in boss.heard()), \
            "systemd ends a service that says so"
    finally:
        assert end(proc) == 0
    assert any(m.startswith("STOPPING=1") for m in boss.heard())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None,
                    reason="needs systemd-analyze")
def test_systemd_understands_the_unit(tmp_path):
    text = (build_dir() / "Makefile").read_text()
    top = Path(re.search(r"^abs_top_srcdir = (.*)$", text, re.M).group(1))
    unit = (top / "contrib/systemd/tocsind.service").read_text()
    # By its name: make install puts it where --prefix says.
    assert "\nExecStart=tocsind " in unit
    mine = tmp_path / "tocsind.service"
    mine.write_text(re.sub("(?m)^Documentation=.*\n", "", unit).replace(
        "ExecStart=tocsind", f"ExecStart={build_dir() / 'tocsind'}"))
    p = subprocess.run(["systemd-analyze", "verify", str(mine)],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    said = [ln for ln in p.stdout.splitlines() if "tocsind.service" in ln]
    assert p.returncode == 0 and said == [], p.stdout


def test_the_watchdog_is_told_twice_in_its_time(town):
    boss = Supervisor(town.dir)
    proc = start(town, NOTIFY_SOCKET=boss.path, WATCHDOG_USEC="6000000")
    try:
        boss.wait("WATCHDOG=1")
        boss.forget()
        begun = time.monotonic()
        wait_for(lambda: sum("WATCHDOG=1" in m for m in boss.heard()) >= 2,
                 30, "the watchdog is not fed")
        assert 4 < time.monotonic() - begun < 15
    finally:
        assert end(proc) == 0


def test_an_idle_daemon_proves_its_store(town):
    """Nothing comes and nothing is due: a store that takes no writes any
    more is found all the same, and the watchdog is not told that all is
    well."""
    boss = Supervisor(town.dir)
    proc = start(town, subprocess.PIPE, NOTIFY_SOCKET=boss.path,
                 WATCHDOG_USEC="2000000")
    try:
        boss.wait("WATCHDOG=1")
        resource.prlimit(proc.pid, resource.RLIMIT_FSIZE, (0, 0))
        boss.forget()
        assert proc.wait(30) == 74
    finally:
        proc.kill()
    log = proc.stderr.read().decode()
    proc.stderr.close()
    assert sum("WATCHDOG=1" in m for m in boss.heard()) <= 1
    assert "desk: broken" in log and "nothing was acknowledged" in log, log


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


def children(proc):
    """Role and process id of each child."""
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(proc.pid)],
                         stdout=subprocess.PIPE, text=True).stdout
    return {ln.split("--role ")[1].split()[0]: int(ln.split()[0])
            for ln in out.splitlines() if "--role" in ln}


@pytest.mark.parametrize("line,wanted", [
    ("nonsense = 1", "an unknown key"),
    ("mail-max = 99G", "a size from 64K"),
    ("policy = \"no-such-policy\"", "no-such-policy.policy: No such file"),
])
def test_bad_configuration_is_named_and_nothing_starts(town, line, wanted):
    town.extra = line
    town.write_conf()
    at = town.conf.read_text().split("\n").index(line) + 1
    key = line.split()[0]
    p = subprocess.run([str(build_dir() / "tocsind"), "-c", str(town.conf),
                        "--once"], stderr=subprocess.PIPE, timeout=60)
    assert p.returncode == 78, p.stderr
    assert f"tocsin.conf:{at}: {key}: " in p.stderr.decode(), p.stderr
    assert wanted in p.stderr.decode(), p.stderr
    assert not (town.dir / "state" / "tocsin.db").exists()


def test_sighup_takes_a_good_file_and_leaves_a_bad_one(town):
    proc = start(town)
    try:
        wait_for(lambda: "started" in log_of(town), 30)
        good = town.conf.read_text()
        town.conf.write_text(good + "nonsense = 1\n")
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: "old configuration" in log_of(town), 30)
        town.conf.write_text(good.replace("臺北市政府秘書處", "測試機關"))
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: log_of(town).count("desk: started") == 2, 60)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        ack = wait_for(lambda: town.box(PEOPLE["staff"]), 30)[0]
        assert "測試機關" in body_of(ack)
    finally:
        assert end(proc) == 0


def test_a_courier_that_is_no_more_gives_back_what_it_held(town):
    """Killed with a document in the hands of the second courier, and started
    with one courier: it does not wait for the lease to end."""
    t = now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    town.run(t)
    with town.receiver.lock:            # who posts waits for the answer
        proc = start(town)
        town.deliver(answer(town.box(PEOPLE["team"])[0], PEOPLE["team"],
                            "許建國", TEAM_REPLY, now()))
        wait_for(lambda: town.rows("SELECT id FROM outbox WHERE state = "
                                   "'in_hand' AND lease_owner = 'courier:1'"),
                 30, "the second courier has no document")
        assert end(proc, signal.SIGKILL) == -signal.SIGKILL
    town.conf.write_text(town.conf.read_text().replace("couriers = 2",
                                                       "couriers = 1"))
    town.run()
    assert town.rows("SELECT DISTINCT state FROM outbox") == [("accepted",)]
    assert len(town.receiver.documents()) == 2


def test_one_broken_mailbox_never_stops_the_others(town):
    broken = ('mailbox "broken" {\n  url = "imap://127.0.0.1:1"\n'
              '  cleartext = true\n  user = "x"\n'
              f'  password-file = "{town.dir}/pw"\n}}\n')
    (town.dir / "pw").write_text("x\n")
    (town.dir / "pw").chmod(0o600)
    town.conf.write_text(town.conf.read_text() + broken)
    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now()))
    p = town.run(now(), check=False)
    assert p.returncode == 75, p.stderr.decode()[-2000:]
    assert town.box(PEOPLE["staff"]), "the other mailbox was not read"
    assert "broken" in p.stderr.decode()
    assert any("broken" in body_of(m) for m in town.box(PEOPLE["operator"]))


def has_faults(world):
    p = world.run(check=False, env={"TOCSIN_FAULT_STEP": "1"})
    return p.returncode == -signal.SIGKILL


@pytest.mark.parametrize("fault", ["TOCSIN_FAULT_READER", "TOCSIN_FAULT_HANG"])
def test_a_mail_that_kills_the_reader_is_set_aside(town, fault):
    if not has_faults(town):
        pytest.skip("built without --enable-faults")
    t = now()
    for i in range(5):
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            t - timedelta(minutes=5), t, "utf-8",
                            message_id=f"<many.{i}@agency.example>"))
        if i == 2:
            town.deliver(raw_mail(PEOPLE["staff"], "王小明", "x",
                                  "deadly-words", t))
    town.run(t, env={fault: "deadly-words"})
    assert dispositions(town) == ["poison"] + ["report"] * 5
    told = [m for m in town.box(PEOPLE["operator"])]
    assert len(told) == 1, [m["Subject"] for m in told]
    town.run(t + timedelta(minutes=1), env={fault: "deadly-words"})
    assert len(town.box(PEOPLE["operator"])) == 1, "told more than once"


def reader_of(proc):
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(proc.pid)],
                         stdout=subprocess.PIPE, text=True, check=False).stdout
    return [int(line.split()[0]) for line in out.splitlines()
            if "--role reader" in line]


def test_one_death_of_the_reader_is_no_proof(town):
    """In hand when the desk is killed, and then of a reader that is: only
    the second death would be one too many."""
    if not has_faults(town):
        pytest.skip("built without --enable-faults")
    def in_hand(n):
        wait_for(lambda: town.rows("SELECT attempts FROM spool") == [(n,)],
                 30, f"not in hand for the {n}. time")

    town.deliver(annex1(PEOPLE["staff"], "王小明",
                        now() - timedelta(minutes=5), now(), "utf-8"))
    proc = start(town, TOCSIN_FAULT_HANG="Content-Type")
    wait_for(lambda: "started" in log_of(town), 30)
    in_hand(1)
    end(proc, signal.SIGKILL)
    proc = start(town, TOCSIN_FAULT_HANG="Content-Type")
    in_hand(2)
    os.kill(reader_of(proc)[0], signal.SIGKILL)
    in_hand(3)
    end(proc, signal.SIGKILL)
    town.run()
    assert dispositions(town) == ["report"]
    assert "reader: died mail=1 deaths=1 try=2" in log_of(town)


@contextlib.contextmanager
def mounted(where, options):
    """A small file system there (root only)."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    where.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none",
                       str(where)]).returncode != 0:
        pytest.skip("cannot mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_store_that_cannot_be_written_marks_nothing(town, tmp_path):
    """A full disk: a file system of one megabyte (root only)."""
    small = tmp_path / "small"
    with mounted(small, "size=400k"):
        town.conf.write_text(town.conf.read_text().replace(
            f'state-dir = "{town.dir}/state"', f'state-dir = "{small}"'))
        big = "長" * 200000
        town.deliver(raw_mail(PEOPLE["staff"], "王小明", "x", big, now()))
        p = town.run(now(), check=False)
        assert p.returncode != 0, "a full disk must not look like success"
        assert not town.box(PEOPLE["staff"]), "acknowledged, yet not stored"
        assert len(list((town.inbox / "new").iterdir())) == 1, \
            "the mail must still be in the mailbox"
        assert "broken" in p.stderr.decode() or "full" in p.stderr.decode()


@pytest.fixture
def small(town, tmp_path):
    """The state directory has a file system of 24 megabytes."""
    there = tmp_path / "little"
    with mounted(there, "size=24m"):
        town.conf.write_text(town.conf.read_text().replace(
            f'state-dir = "{town.dir}/state"', f'state-dir = "{there}"'))
        yield there


def test_a_store_with_a_disk_of_its_own(town, tmp_path):
    """It is that disk which must not be full (disk-min is 100M)."""
    there = tmp_path / "little"
    with mounted(there, "size=24m"):
        town.conf.write_text(town.conf.read_text() +
                             f'store = "{there}/tocsin.db"\n')
        town.run(now())
        town.run(now())
        told = [body_of(m) for m in town.box(PEOPLE["operator"])]
        assert len(told) == 1 and "紀錄檔中的名稱：disk" in told[0], told
        checks = json.loads(town.tocsin("doctor", "--json", check=False))
        assert [c["name"] for c in checks["checks"] if not c["ok"]] == [
            f"{there}/tocsin.db"]


def fill(where):
    with open(where / "ballast", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            pass


@pytest.mark.parametrize("options, status", [
    ("size=64k,nr_inodes=1", 74), ("size=64k,ro", 74), (None, 78)])
def test_a_state_directory_that_cannot_be_made(town, tmp_path, options,
                                               status):
    """A disk without room may have some later, so the supervisor tries again;
    a directory that is none has to be mended."""
    where = tmp_path / "there"
    if options is None:
        where.write_text("")
    with mounted(where, options) if options else contextlib.nullcontext():
        town.conf.write_text(town.conf.read_text().replace(
            f'state-dir = "{town.dir}/state"', f'state-dir = "{where}/s"'))
        p = town.run(now(), check=False)
        assert p.returncode == status, p.stderr
        assert f"{where}/s: " in p.stderr.decode()


def leave(where, kilobytes):
    """The disk is full, but for so much."""
    fill(where)
    os.truncate(where / "ballast",
                (where / "ballast").stat().st_size - kilobytes * 1024)


def test_a_disk_that_is_full_for_a_while(town, small):
    """Mails come in, the disk fills, the daemon ends, is started, ends
    again; then there is space, and all that lay there has one answer."""
    people = [f"p{i}@agency.example" for i in range(12)]
    ends = []

    def alive(proc):
        if proc.poll() is None:
            return proc
        ends.append(proc.returncode)
        return start(town)

    town.conf.write_text(town.conf.read_text().replace(
        "kind = maildir", "kind = maildir\n  poll = 1"))
    proc = start(town)
    try:
        for i, who in enumerate(people):
            town.deliver(annex1(who, "王小明", now() - timedelta(minutes=5),
                                now(), "utf-8", message_id=f"<f.{who}>"))
            if i == 4:
                wait_for(lambda: town.box(people[4]), 30, "no answer")
                fill(small)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()).replace(b"\r\n\r\n", b"\r\n\r\n" +
                                           b"pad pad\r\n" * 700000, 1))
        for _ in range(3):
            wait_for(lambda: proc.poll() is not None, 60, "it went on")
            proc = alive(proc)
        left = len(list((town.inbox / "new").iterdir()))
        assert left >= 1, "marked, yet not stored"
        proc.wait(60)
        (small / "ballast").unlink()
        proc = alive(proc)
        for who in people:
            wait_for(lambda: town.box(who), 60, f"no answer to {who}")
        wait_for(lambda: not list((town.inbox / "new").iterdir()), 60,
                 "something is never marked")
        assert end(proc) == 0
        assert set(ends) == {74}, ends
        for who in people:
            assert len({m["Message-ID"] for m in town.box(who)}) == 1
        assert town.tocsin("verify")
        assert len(town.json("list", "--all")) >= len(people)
    finally:
        if proc.poll() is None:
            proc.kill()
            proc.wait()


def test_a_full_disk_is_no_death_of_a_mail(town, small):
    """Room to store a mail and to count a try, none for what it becomes: the
    daemon ends with it in hand as often as it is started."""
    def of_mails():
        db = sqlite3.connect(f"file:{small}/tocsin.db?mode=ro", uri=True)
        try:
            return db.execute("SELECT disposition, attempts FROM spool "
                              "ORDER BY id").fetchall()
        finally:
            db.close()

    stored = 0
    town.run(now())
    for i, room in enumerate((64, 96, 128, 160)):
        leave(small, room)
        t = now()
        town.deliver(annex1(f"p{i}@agency.example", "王小明",
                            t - timedelta(minutes=5), t, "utf-8",
                            message_id=f"<full.{i}@agency.example>"))
        for _ in range(6):
            assert town.run(t, check=False).returncode == 74
        stored += ("new", 0) in of_mails()
        (small / "ballast").unlink()
        town.run(t)
        assert of_mails() == [("report", 1)] * (i + 1)
        assert len(town.box(f"p{i}@agency.example")) == 1
    assert stored > 1


@pytest.mark.parametrize("room, large", [(60, 0), (72, 0), (104, 0), (140, 0),
                                         (200, 0), (2000, 1500)])
def test_what_a_full_disk_stops_is_sent_once(town, small, room, large):
    """Room to give a letter to a courier and none to write down that it went
    (or none for a large mail): however often the daemon is started, nobody
    is told twice."""
    t = now()
    good = town.conf.read_text()
    town.conf.write_text(good.replace(str(town.out), str(town.dir / "no/where")))
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5), t,
                        "utf-8"))
    town.run(t)
    town.conf.write_text(good)
    if large:
        town.deliver(raw_mail(PEOPLE["staff"], "王小明", "x",
                              "long line\n" * (large * 100), t))
    leave(small, room)
    ends = []
    for i in range(6):
        t += timedelta(seconds=20)
        ends.append(town.run(t, check=False).returncode)
    assert 74 in ends
    (small / "ballast").unlink()
    town.run(t + timedelta(minutes=10))
    for who in ("staff", "team", "ethics", "secretary"):
        # of a mail with nothing in it there may be one answer more
        got = [m["Message-ID"] for m in town.box(PEOPLE[who])]
        assert len(got) == len(set(got)) > 0, (who, ends)


def test_what_a_neighbour_of_the_store_stops_is_sent_once(town):
    """Somebody works in the store with a tool while letters are on their way:
    what was sent is written down when he is done."""
    t = now()
    proc = start(town)
    child = Path(f"/proc/{proc.pid}/task/{proc.pid}/children")

    def couriers():
        return [int(pid) for pid in child.read_text().split() if "courier" in
                Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
    try:
        town.deliver(annex1("first@agency.example", "林麗",
                            t - timedelta(minutes=9), t))
        wait_for(lambda: town.box(PEOPLE["secretary"]), 30)  # all at work
        for pid in couriers():
            os.kill(pid, signal.SIGSTOP)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            t - timedelta(minutes=5), t))
        wait_for(lambda: town.rows("SELECT 1 FROM outbox WHERE incident = 2"
                                   " AND state = 'in_hand'"), 30)
        db = sqlite3.connect(town.dir / "state/tocsin.db",
                             isolation_level=None, timeout=20)
        db.execute("BEGIN IMMEDIATE")
        for pid in couriers():
            os.kill(pid, signal.SIGCONT)
        wait_for(lambda: town.box(PEOPLE["staff"]), 30)
        wait_for(lambda: "broken" in log_of(town), 30)
        time.sleep(12)              # longer than one try to write
        assert proc.poll() is None
        db.execute("ROLLBACK")
        db.close()
        assert proc.wait(60) == 74
    finally:
        if proc.poll() is None:
            end(proc)
    town.run(t + timedelta(minutes=20))
    for who in ("staff", "team", "ethics", "secretary"):
        got = [m["Message-ID"] for m in town.box(PEOPLE[who])]
        assert len(got) == len(set(got)) > 0, who
    town.tocsin("verify")


def test_a_first_start_on_a_full_disk(town, small):
    """Nothing half made may keep the next start from its work."""
    fill(small)
    t = now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    for _ in range(2):
        assert town.run(t, check=False).returncode == 74
    (small / "ballast").unlink()
    town.run(t)
    assert len(town.box(PEOPLE["staff"])) == 1
    assert sorted(f.name for f in small.iterdir()
                  if f.name.startswith("token")) == ["token.key"]
    assert (small / "token.key").stat().st_size == 32


def test_reporter_and_stranger_cannot_command(town):
    t = now()
    town.deliver(annex1(PEOPLE["staff"], "王小明", t - timedelta(minutes=5),
                        t))
    town.run(t)
    notice = town.box(PEOPLE["team"])[0]
    number = town.json("list", "--all")[0]["tracking"]
    # The team's address, but no token of ours in it.
    town.deliver(raw_mail(PEOPLE["team"], "許建國", f"回覆: [{number}]",
                          "等級：4\n狀態：結案\n", t, message_id="<f1@x.example>"))
    # The reporter, with his own token.
    town.deliver(answer(town.box(PEOPLE["staff"])[0], PEOPLE["staff"],
                        "王小明", "等級：4\n", t, message_id="<f2@x.example>"))
    # A stranger who has got hold of the team's mail.
    town.deliver(answer(notice, "evil@elsewhere.example", "壞人",
                        "等級：4\n狀態：誤報\n", t, message_id="<f3@x.example>"))
    town.run(t + timedelta(minutes=1))
    inc = town.json("list", "--all")
    assert len(inc) == 1 and (inc[0]["level"] or 0) == 0, inc
    assert inc[0]["state"] == "received"
    assert not town.box(PEOPLE["ncert"])


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
def test_bad_certificate_is_refused_and_named(tmp_path):
    w = ServerWorld(tmp_path)
    try:
        good = w.conf.read_text()
        w.deliver(annex1(PEOPLE["staff"], "王小明",
                         now() - timedelta(minutes=5), now()))
        # The server's name is not the one in its certificate.
        w.conf.write_text(good.replace("imaps://mail.test", "imaps://other.test")
                          .replace("mail.test:%d:" % w.dovecot.imaps,
                                   "other.test:%d:" % w.dovecot.imaps))
        p = w.run(now(), check=False)
        assert p.returncode == 75
        assert "certificate" in p.stderr.decode().lower(), p.stderr.decode()
        assert "Login" not in (w.dovecot.dir / "dovecot.log").read_text()
        w.conf.write_text(good)
        w.run(now())
        assert w.box(PEOPLE["staff"])
    finally:
        w.stop()


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
def test_live_on_servers_with_idle(tmp_path):
    w = ServerWorld(tmp_path)
    proc = start(w)
    try:
        wait_for(lambda: "started" in log_of(w), 30)
        for i in range(3):
            w.deliver(annex1(PEOPLE["staff"], "王小明",
                             now() - timedelta(minutes=5), now(),
                             message_id=f"<live.{i}@agency.example>"))
            t = time.monotonic()
            wait_for(lambda: len(w.box(PEOPLE["staff"])) > i, 30, "no answer")
            assert time.monotonic() - t < 20, "IDLE does not wake us"
        with _imap(w) as c:
            c.select("INBOX")
            _, flags = c.fetch("1:*", "(FLAGS)")
            assert all(b"$Tocsin" in f and b"\\Seen" in f for f in flags)
    finally:
        assert end(proc) == 0
        w.stop()


def _imap(world):
    import imaplib
    import ssl
    ctx = ssl.create_default_context(cafile=str(world.ca.cert))
    ctx.check_hostname = False
    c = imaplib.IMAP4_SSL("127.0.0.1", world.dovecot.imaps, ssl_context=ctx)
    c.login(INCIDENT, world.dovecot.users[INCIDENT])
    return c


@pytest.mark.skipif(os.geteuid() != 0, reason="changing users needs root")
def test_each_process_has_its_own_user(town):
    """With a configuration that only the desk's user can read."""
    import pwd
    users = {"desk": "games", "intake": "man", "courier": "mail"}
    town.become(**users)
    proc = start(town)
    try:
        wait_for(lambda: (town.dir / "state").exists(), 30)
        town.deliver(annex1(PEOPLE["staff"], "王小明",
                            now() - timedelta(minutes=5), now()))
        for f in (town.inbox / "new").iterdir():
            shutil.chown(f, "man")
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
        got = set()
        out = subprocess.run(["ps", "-o", "uid=,args=", "--ppid",
                              str(proc.pid), "--pid", str(proc.pid)],
                             stdout=subprocess.PIPE, text=True).stdout
        for line in out.splitlines():
            uid, args = line.split(None, 1)
            role = args.split("--role ")[1].split()[0] \
                if "--role" in args else "desk"
            got.add((role, pwd.getpwuid(int(uid)).pw_name))
        assert got == {*users.items(), ("reader", "nobody")}, out
    finally:
        assert end(proc) == 0


@pytest.mark.parametrize("args, status, says", [
    (["--help"], 0, b""), (["--nonsense"], 2, b"--nonsense"),
    (["start"], 2, b'found "start", expected only options'),
    (["--at", "2026-01-01T00:00:00Z"], 2, b"--at: found without --once"),
    (["--once", "--at", "noon"], 2, b'--at: "noon" is no RFC 3339 time'),
    (["-c"], 2, b"requires an argument")])
def test_wrong_options_are_named(args, status, says):
    p = subprocess.run([build_dir() / "tocsind", *args], capture_output=True)
    assert p.returncode == status and says in p.stderr
    assert b"RFC 3339 time" in p.stderr or \
        b"usage: tocsind" in (p.stderr if status else p.stdout)


def running(word):
    """Processes with this word in their command line."""
    n = 0
    for f in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            n += word.encode() in f.read_bytes().split(b"\0")
        except OSError:
            pass            # it has ended
    return n


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a process namespace")
def test_nothing_outlives_a_run_of_tests_that_is_killed(tmp_path):
    """Not even what has let go of its parent, as Postfix does."""
    if subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"],
                      stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("no process namespaces here")
    word = f"3600.{os.getpid()}"
    run = tmp_path / "run"
    run.write_text(f"#!/bin/sh\nsetsid -f sleep {word}\nsleep {word}\n")
    run.chmod(0o755)
    p = subprocess.Popen(
        [str(source_dir() / "tests" / "pytests")], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "PYTHON3": str(run), "TMPDIR": str(tmp_path)})
    try:
        wait_for(lambda: running(word) == 2)
    finally:
        p.kill()
        p.wait()
    wait_for(lambda: running(word) == 0)
