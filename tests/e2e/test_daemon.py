"""The daemon as its operator meets it: starting, stopping, failing aloud."""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

import postfix
from live import start, end, dispositions, log_of
from servers import wait_for
from story import annex1, answer, raw_mail, TEAM_REPLY
from world import (INCIDENT, PEOPLE, MaildirWorld, ServerWorld, body_of,
                   build_dir, now, source_dir)


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


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


def test_a_mail_that_is_still_being_written_is_read_whole(town):
    """By a program that knows no tmp/; the next mail makes us look."""
    proc = start(town)
    slow, quick = (annex1(who, "王小明", now() - timedelta(minutes=5), now(),
                          message_id=f"<{who}>")
                   for who in (PEOPLE["staff"], "b@agency.example"))
    try:
        wait_for(lambda: "desk: started" in log_of(town), 30)
        with open(town.inbox / "new" / "slow", "wb", buffering=0) as f:
            def answered():
                os.utime(f.fileno())        # however long that takes
                return town.box("b@agency.example")

            f.write(slow[:len(slow) // 2])
            town.deliver(quick)
            wait_for(answered, 30, "no answer")
            f.write(slow[len(slow) // 2:])
        wait_for(lambda: town.box(PEOPLE["staff"]), 30, "no answer")
    finally:
        assert end(proc) == 0
    assert dispositions(town) == ["report", "report"]
    assert town.rows("SELECT raw FROM spool_raw WHERE raw = ?", slow)


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
    begun = time.monotonic()        # before it is told anything
    proc = start(town, NOTIFY_SOCKET=boss.path, WATCHDOG_USEC="6000000")
    try:
        wait_for(lambda: sum("WATCHDOG=1" in m for m in boss.heard()) >= 4,
                 60, "the watchdog is not fed")
        told = sum("WATCHDOG=1" in m for m in boss.said)
        lasted = time.monotonic() - begun
        assert 3 * (told - 1) <= lasted + 0.1
        assert lasted < 30
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
    # One may have been on its way; of the end it is told with no such words.
    assert sum("STATUS=stored" in m for m in boss.heard()) <= 1
    assert "desk: broken" in log and "nothing was acknowledged" in log, log


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

    town.extra = "reader-seconds = 60"      # it dies of nobody but us
    town.write_conf()
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

            def marked():               # or the answer was quicker
                _, flags = c.fetch("1:*", "(FLAGS)")
                return all(b"$Tocsin" in f and b"\\Seen" in f for f in flags)
            wait_for(marked, 30, "not marked")
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

        def running():
            out = subprocess.run(["ps", "-o", "uid=,args=", "--ppid",
                                  str(proc.pid), "--pid", str(proc.pid)],
                                 stdout=subprocess.PIPE, text=True).stdout
            got = set()
            for line in out.splitlines():
                uid, args = line.split(None, 1)
                role = args.split("--role ")[1].split()[0] \
                    if "--role" in args else "desk"
                got.add((role, pwd.getpwuid(int(uid)).pw_name))
            return got
        # The second courier may still be on its way.
        wanted = {*users.items(), ("reader", "nobody")}
        wait_for(lambda: running() == wanted, 30, "never these alone")
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
