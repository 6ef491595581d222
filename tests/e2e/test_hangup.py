"""SIGHUP with files at fault, walked by mail: what runs stays as it is, the
operator hears where the fault is, and nothing that comes meanwhile is lost."""

import os
import re
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from servers import wait_for
from story import annex1
from live import end, log_of, start
from world import PEOPLE, MaildirWorld, body_of, now, own_plan

POLICY = "policies/taipei-2007.policy"
ACK = "templates/ack.zh-TW.mustache"


class House(MaildirWorld):
    """A town with policies, forms and templates of its own to edit."""

    def __init__(self, where):
        super().__init__(where)
        self.extra = own_plan(self.dir)
        self.write_conf()

    def edit(self, name, old, new):
        f = self.dir / name
        text = f.read_text()
        assert old in text, (name, old)
        f.write_text(text.replace(old, new, 1))

    def amend(self):
        """A new plan: numbers of another series, another acknowledgment."""
        self.edit(POLICY, 'tracking_series = "CSI"', 'tracking_series = "NEW"')
        self.edit(ACK, "\n\n", "\n\n新版受理通知\n")

    def report(self, who):
        self.deliver(annex1(who, "王小明", now() - timedelta(minutes=5), now(),
                            message_id=f"<r.{who}>"))

    def answered(self, who, seconds=30):
        """(series of its number, is it the new text?) of the answer."""
        msg = wait_for(lambda: self.box(who), seconds, f"no answer to {who}")[0]
        number = re.search(r"\b(CSI|NEW)-\d{8}-\d{4}\b", msg["Subject"])
        return number.group(1), "新版受理通知" in body_of(msg)

    def told(self, *words, clear=False):
        """The operator's mails with all of the words."""
        return [m for m in self.box(PEOPLE["operator"])
                if ("解除" in m["Subject"]) == clear and
                all(w in m["Subject"] + body_of(m) for w in words)]


def unescaped(log):
    return log.replace("\\x22", '"')


def started(house):
    """A daemon whose reader has read its files: it answers."""
    proc = start(house)
    house.report("first@agency.example")
    assert house.answered("first@agency.example") == ("CSI", False)
    return proc


def rules_held(proc):
    """How many sets of rules, kept for its children, a daemon has open."""
    return sum("tocsin-rules" in os.path.realpath(fd)
               for fd in Path(f"/proc/{proc.pid}/fd").iterdir())


@pytest.fixture
def house(tmp_path):
    w = House(tmp_path)
    yield w
    w.stop()


# what is broken, how, and where it is said to be
FAULTS = {
    "key": (POLICY, "tracking_series =", "tracking_serie =",
            POLICY + ":{line}: no such option 'tracking_serie'"),
    "value": (POLICY, 'zone = "+08:00"', 'zone = "Taipei"',
              POLICY + ":{line}: zone: "),
    "include": (POLICY, "house.words", "haus.words",
                POLICY + ":{line}: include: found "),
    "words": ("policies/house.words", "{", "{{", "policies/house.words:"),
    "tag": (ACK, "{{/", "{{/no", ACK + ":"),
    "form": ("forms/annex1.form", "name", "nom", "forms/annex1.form:{line}: "),
    "configuration": ("tocsin.conf", "couriers = 2", "couriers = two",
                      "tocsin.conf:{line}: couriers: "),
    "gone policy": (POLICY, None, None, POLICY + ": No such file"),
    "gone letter": (ACK, None, None, "templates/LETTERS:2: found \"ack\", "
                    "expected a file ack.zh-TW.mustache"),
    "gone forms": ("forms", None, None, "forms: found no *.form files"),
}


def break_it(house, name, old, new, wanted):
    """Returns how to mend it, and what must be said."""
    f = house.dir / name
    if old is None:
        os.rename(f, house.dir / "aside")
        return lambda: os.rename(house.dir / "aside", f), wanted
    text = f.read_text()
    assert old in text, (name, old)
    line = text[:text.index(old)].count("\n") + 1
    f.write_text(text.replace(old, new, 1))
    return lambda: f.write_text(text), wanted.format(line=line)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_broken_does_not_count(house, fault):
    proc = started(house)
    try:
        house.amend()
        mend, wanted = break_it(house, *FAULTS[fault])
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: "the old configuration stays" in log_of(house), 30)
        said = re.search(r'desk: SIGHUP: "(.*)"; the old', log_of(house))
        assert wanted in unescaped(said.group(1))
        wait_for(lambda: house.told("configuration", wanted.split(": ")[0]),
                 30, "the operator is not told where")
        assert rules_held(proc) == 1
        house.report("a@agency.example")
        assert house.answered("a@agency.example") == ("CSI", False)
        mend()
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: log_of(house).count("desk: started") == 2, 60)
        house.report("b@agency.example")
        assert house.answered("b@agency.example") == ("NEW", True)
        wait_for(lambda: house.told("configuration", clear=True), 30)
    finally:
        assert end(proc) == 0
    assert len(house.json("list", "--all")) == 3
    assert house.tocsin("verify")


def test_each_other_fault_is_told_at_once(house):
    """Whoever mends one fault and makes another hears of that one, too."""
    proc = started(house)
    try:
        for n, fault in enumerate(("key", "key", "configuration"), 1):
            mend, wanted = break_it(house, *FAULTS[fault])
            proc.send_signal(signal.SIGHUP)
            wait_for(lambda: log_of(house).count("the old configuration "
                                                 "stays") == n, 30)
            wait_for(lambda: house.told("configuration",
                                        wanted.split(": ")[0]), 30)
            mend()
    finally:
        assert end(proc) == 0
    assert len(house.told("configuration")) == 2


def children(proc):
    """Of a daemon that has all four."""
    f = Path(f"/proc/{proc.pid}/task/{proc.pid}/children")
    return wait_for(lambda: len(f.read_text().split()) == 4 and
                    [int(pid) for pid in f.read_text().split()], 30)


@pytest.mark.parametrize("fault", ["key", "gone letter", "form",
                                   "configuration"])
def test_broken_between_the_check_and_the_new_start(house, fault):
    """What was proved at SIGHUP is what begins, in every process."""
    proc = started(house)
    try:
        held = children(proc)[0]
        os.kill(held, signal.SIGSTOP)       # the daemon cannot begin anew yet
        house.amend()
        proc.send_signal(signal.SIGHUP)
        wait_for(lambda: "starting anew" in log_of(house), 30)
        break_it(house, *FAULTS[fault])
        os.kill(held, signal.SIGCONT)
        wait_for(lambda: log_of(house).count("desk: started") == 2, 60,
                 "it ended instead of going on")
        house.report("a@agency.example")
        assert house.answered("a@agency.example") == ("NEW", True)
        assert "alarm: " not in log_of(house)
    finally:
        assert end(proc) == 0
    assert len(house.told("process:reader")) == 0


@pytest.mark.parametrize("fault", [*FAULTS, "none"])
def test_whoever_starts_again_has_the_rules_of_the_others(house, fault):
    """Files are written to, well or badly, and every process dies: what the
    desk lives by is what they live by, until it is told."""
    proc = started(house)
    try:
        if fault == "none":
            house.amend()
        else:
            break_it(house, *FAULTS[fault])
        before = children(proc)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not set(children(proc)) & set(before), 30)
        house.report("a@agency.example")
        assert house.answered("a@agency.example") == ("CSI", False)
        assert "alarm: " not in log_of(house)
    finally:
        assert end(proc) == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_at_a_start_ends_with_78_and_loses_nothing(house, fault):
    """Proved at SIGHUP, edited since, and then the host is started anew."""
    house.run(now())
    house.report("a@agency.example")
    mend, wanted = break_it(house, *FAULTS[fault])
    p = house.run(now(), check=False)
    assert p.returncode == 78
    assert wanted in unescaped(p.stderr.decode()), p.stderr.decode()
    assert len(list((house.inbox / "new").iterdir())) == 1, "not marked"
    mend()
    house.run(now())
    assert house.answered("a@agency.example") == ("CSI", False)
