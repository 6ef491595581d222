"""Yesterday's backup takes the place of a store that is lost: nobody hears a
second time of what he has heard, and no number means two incidents."""

import contextlib
import re
import shutil
import sqlite3
from datetime import timedelta

import pytest

import postfix
from servers import wait_for
from story import TEAM_REPLY, annex1, answer, raw_mail
from test_doctor import ACL
from test_evidence import ALL, FILES, evidence, policy, with_files
from town import Town, to
from world import (AGENCY, INCIDENT, PEOPLE, ServerWorld, now,
                   own_policies)


def copy(town, where):
    """A backup by the town's clock."""
    backup = where / "backup.db"
    town.tocsin("backup", str(backup))
    with contextlib.closing(sqlite3.connect(backup)) as db, db:
        db.execute("UPDATE fact SET value = ? WHERE name = 'copied'",
                   (int(town.now.timestamp()),))
    return backup


def lose(world, backup):
    state = world.dir / "state"
    for f in state.glob("tocsin.db-*"):
        f.unlink()
    shutil.copy(backup, state / "tocsin.db")


def held(world):
    return world.json("queue", "--state", "held")


@pytest.fixture
def world(tmp_path):
    assert postfix.available()
    w = ServerWorld(tmp_path)
    yield w
    w.stop()


def lin(world, ident="<lin@x.example>", sender="lin"):
    world.deliver(annex1(f"{sender}@{AGENCY}", "林麗",
                         now() - timedelta(minutes=6), now(),
                         message_id=ident))


def told(world):
    return {a: sorted(m["Message-ID"] for m in world.box(a))
            for r, a in PEOPLE.items() if r != "operator"}


def numbers_of(world):
    return {i["tracking"] for i in world.json("list", "--all")}


def alarms(world, part):
    return [m for m in world.box(PEOPLE["operator"]) if part in m["Subject"]]


def test_what_bears_our_mark_is_read_for_the_record_alone(world):
    world.deliver(annex1(PEOPLE["staff"], "王小明",
                         now() - timedelta(minutes=5), now()))
    world.run()
    backup = world.dir / "backup.db"
    world.tocsin("backup", str(backup))
    lin(world)
    world.deliver(answer(world.box(PEOPLE["team"])[0], PEOPLE["team"],
                         "許建國", TEAM_REPLY, now()))
    world.run()
    was, heard = world.json("list", "--all"), told(world)
    assert len(was) == 2 and heard[PEOPLE["ncert"]]
    posted = len(world.receiver.posts)

    lose(world, backup)
    lin(world, "<later@x.example>", "later")    # it came while all was down
    world.run()
    got = {i["tracking"]: i for i in world.json("list", "--all")}
    for i in was:               # the record has them again, by their numbers
        assert got.pop(i["tracking"])["level"] == i["level"]
    (fresh,) = got
    assert int(fresh.split("-")[2]) > 1000
    assert [m for m in world.box(PEOPLE["team"]) if fresh in m["Subject"]]
    for addr, ids in told(world).items():
        new = [m for m in world.box(addr) if m["Message-ID"] not in
               heard[addr]]
        assert all(fresh in m["Subject"] for m in new), addr
    assert len(world.receiver.posts) == posted
    assert {"ack", "annex2", "notice"} <= {i["duty"] for i in held(world)}
    assert len(alarms(world, "備份")) == 1 and len(alarms(world, "補讀")) == 1
    world.tocsin("verify")

    annex = next(i for i in held(world) if i["duty"] == "annex2" and
                 i["to"] == PEOPLE["ncert"])
    world.tocsin("queue", "retry", str(annex["id"]))    # it had not gone
    world.run()
    assert len(world.box(PEOPLE["ncert"])) == len(heard[PEOPLE["ncert"]]) + 1
    world.tocsin("verify")


def test_a_new_store_by_order_sends_nothing_twice(world):
    lin(world)
    world.run()
    heard = told(world)
    shutil.rmtree(world.dir / "state")
    world.run()
    assert len(world.json("list", "--all")) == 1
    assert told(world) == heard and held(world)


def test_marks_without_a_loss_are_no_news(world):
    """The folder is made anew and its mails are put back, marks and all."""
    lin(world)
    world.run()
    heard = told(world)
    # Dovecot makes a folder's validity of the second it is made in.
    ((validity,),) = world.rows("SELECT DISTINCT uidvalidity FROM spool")
    for f in world.dovecot.maildir(INCIDENT).glob("dovecot*"):
        if f.name != "dovecot-keywords":
            f.unlink()
    wait_for(lambda: now().timestamp() > validity, 5)
    world.run()
    assert len(world.rows("SELECT DISTINCT uidvalidity FROM spool")) == 2
    assert [m["disposition"] for m in world.json("mail")].count("report") == 1
    assert told(world) == heard and not held(world)
    assert not alarms(world, "補讀")


def test_what_is_given_again_by_hand(tmp_path):
    t = Town(tmp_path)
    try:
        t.report()
        backup = copy(t, tmp_path)
        t.at(minutes=10)
        mail = t.form(unit="總務組", sender=f"lin@{AGENCY}")
        t.go(mail)
        lose(t, backup)
        t.report(sender=f"mei@{AGENCY}")
        lost = int(t.number.split("-")[2])
        assert lost > 1000
        lose(t, backup)             # and once more on the same day
        t.at(minutes=1)
        t.report(sender=f"yu@{AGENCY}")
        assert int(t.number.split("-")[2]) > lost + 50
        t.number = None
        (tmp_path / "again.eml").write_bytes(mail)
        t.tocsin("import", str(tmp_path / "again.eml"))
        assert not to(t.go(minutes=1), f"lin@{AGENCY}")
        assert len(held(t)) >= 3
    finally:
        t.stop()


def given_again(town, where, *mails):
    """By the operator's hand."""
    for i, raw in enumerate(mails):
        (where / f"again{i}.eml").write_bytes(raw)
    town.tocsin("import", *(str(where / f"again{i}.eml")
                            for i in range(len(mails))))


def test_a_second_restoration_takes_nothing_from_the_first(tmp_path):
    """What was lost before it may still be given again."""
    t = Town(tmp_path)
    try:
        t.report()
        first = copy(t, tmp_path)
        t.at(hours=30)
        mail = t.form(unit="總務組", sender=f"lin@{AGENCY}")
        t.go(mail)
        lose(t, first)
        t.report(sender=f"mei@{AGENCY}")
        t.at(days=3)
        first.unlink()
        second = copy(t, tmp_path)
        t.at(days=3)
        lose(t, second)
        t.go(minutes=1)
        given_again(t, tmp_path, mail)
        assert not to(t.go(minutes=1), f"lin@{AGENCY}")
        assert held(t)
    finally:
        t.stop()


def test_what_lay_there_when_the_backup_was_made(tmp_path):
    """It had come, was fetched afterwards, and was answered."""
    t = Town(tmp_path)
    try:
        t.report()
        mail = t.form(unit="總務組", sender=f"lin@{AGENCY}")
        t.at(minutes=5)
        backup = copy(t, tmp_path)
        assert to(t.go(mail), f"lin@{AGENCY}")
        lose(t, backup)
        t.go(minutes=5)
        given_again(t, tmp_path, mail)
        assert not to(t.go(minutes=1), f"lin@{AGENCY}")
        assert held(t)
    finally:
        t.stop()


def breakdown(town, who, i):
    return raw_mail(f"{who}@{AGENCY}", "林麗", f"故障 {i}",
                    f"第{i}台電腦壞了。\n", town.now,
                    message_id=f"<{who}.{i}@x.example>")


def numbers(got, who):
    return {n[0] for m in to(got, who)
            if (n := re.search(r"CSI-\d{8}-\d{4,}", m["Subject"]))}


def test_a_storm_that_comes_again_hides_no_new_report(tmp_path):
    """It is counted by itself, for the list and for the limit of a sender,
    and its list is held as its letters are."""
    t = Town(tmp_path / "town", own_policies(
        tmp_path / "policies", ("bundle_storm = 200", "bundle_storm = 12"),
        file="common.words"), "sender-limit = 15")
    try:
        t.report()
        backup = copy(t, tmp_path)
        storm = [breakdown(t, "lin", i) for i in range(14)]
        t.go(*storm, minutes=2)
        t.go(minutes=11)
        lose(t, backup)
        t.go(minutes=1)
        given_again(t, tmp_path, *storm)
        got = t.go(minutes=1)
        assert numbers(got, "team") <= {t.number}
        assert not to(got, f"lin@{AGENCY}")
        more = [breakdown(t, f"mei{i}", i) for i in range(12)]
        got = t.go(breakdown(t, "lin", 20), *more, minutes=1)
        assert to(got, f"lin@{AGENCY}")
        assert len(numbers(got, "team") - {t.number}) == 11     # with its: 12
        assert not to(t.go(minutes=5), "team", "大量通報彙整")
        lists = [i for i in held(t) if i["duty"] == "bundle"]
        assert not lists
        assert len(to(t.go(minutes=6), "team", "大量通報彙整")) == 1
        lists = [i["role"] for i in held(t) if i["duty"] == "bundle"]
        assert "team" in lists and len(lists) == len(set(lists))
        t.tocsin("verify")
    finally:
        t.stop()


def test_files_go_with_the_report_they_follow(tmp_path):
    """They are asked for later than the mail is dealt with; what is new of
    the same incident goes."""
    t = Town(tmp_path / "town", policy(tmp_path / "policies", ALL))
    try:
        t.go(with_files(t.form(), FILES.items()))
        t.number = t.json("list")[-1]["tracking"]
        backup = copy(t, tmp_path)
        t.at(minutes=5)
        mail = t.says("team", "等級：3\n狀態：處理中\n")
        t.go(mail)
        assert len(evidence(t.box(PEOPLE["ncert"]))) == 1
        posted = len(t.receiver.posts)
        lose(t, backup)
        t.go(minutes=5)
        (tmp_path / "again.eml").write_bytes(mail)
        t.tocsin("import", str(tmp_path / "again.eml"))
        assert not to(t.go(minutes=1), "ncert")
        assert len(t.receiver.posts) == posted
        assert {(i["duty"], i["channel"]) for i in held(t) if i["role"] ==
                "ncert"} == {(d, c) for d in ("annex2", "evidence")
                             for c in ("smtp", "http")}
        got = t.go(t.says("team", "等級：4\n"), minutes=5)
        assert len(to(got, "ncert")) == 1
    finally:
        t.stop()


def test_no_two_advisories_by_one_number(tmp_path):
    """An answer that comes to the lost one must not let the new one go."""
    t = Town(tmp_path)

    def order(text):
        got = t.go(raw_mail(PEOPLE["team"], "許建國", f"通告：{text}",
                            "請各單位注意。\n", t.now,
                            message_id=f"<{text}@agency.example>"), minutes=1)
        (ask,) = to(got, "secretary", "請核可資安通告")
        return re.search(r"ADV-\d{4}-(\d+)", ask["Subject"])[1]
    try:
        t.report()
        backup = tmp_path / "backup.db"
        t.tocsin("backup", str(backup))
        assert order("first") == "001"
        said = t.says("secretary", "確認\n", to="請核可資安通告")
        lose(t, backup)
        lost = int(order("second"))
        assert lost > 1000
        t.go(said, minutes=1)
        asked = t.says("secretary", "確認\n", to=f"{lost}")
        assert not to(t.news(), f"jiyao@{AGENCY}")
        assert to(t.go(asked, minutes=1), "secretary", f"{lost}")
        lose(t, backup)
        assert int(order("third")) > lost
    finally:
        t.stop()


def test_where_no_mark_tells_time_does(world):
    """Exchange and others keep no keywords: what came since the backup was
    made may have been answered, and is held."""
    box = world.dovecot.maildir(INCIDENT)
    world.dovecot.stop()
    world.dovecot.conf.write_text(world.dovecot.conf.read_text() + ACL)
    world.dovecot.start()
    world.deliver(annex1(PEOPLE["staff"], "王小明",
                         now() - timedelta(minutes=5), now()))
    (box / "dovecot-acl").write_text("owner lrsip\n")   # \Seen alone
    world.run()
    assert not (box / "dovecot-keywords").exists()
    backup = world.dir / "backup.db"
    world.tocsin("backup", str(backup))
    wait_for(lambda: now().timestamp() > backup.stat().st_mtime + 1, 5)
    (first,) = numbers_of(world)
    lin(world)
    world.run()
    (second,) = numbers_of(world) - {first}
    gone = now()                # to the second, as the server tells it
    wait_for(lambda: now() - gone > timedelta(seconds=1), 5)
    lose(world, backup)
    world.run()
    assert len(world.json("list", "--all")) == 2
    assert {i["duty"] for i in held(world)} >= {"ack", "notice"}
    came = now()
    wait_for(lambda: now() - came > timedelta(seconds=1), 5)
    lin(world, "<later@x.example>", "later")
    world.run()
    wait_for(lambda: world.box(f"later@{AGENCY}"), 10)
    assert len([m for m in world.box(PEOPLE["team"]) if f"[{second}]" in
                m["Subject"]]) == 1
