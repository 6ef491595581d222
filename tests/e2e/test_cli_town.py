"""The operator's command on a real incident, made by the daemon."""

import re
import sqlite3
import subprocess
from datetime import timedelta

import pytest

from cli_run import TOCSIN, run
from servers import wait_for
from story import TEAM_REPLY, annex1, answer, raw_mail
from world import PEOPLE, MaildirWorld, build_dir, now


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
