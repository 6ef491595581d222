"""What will happen if nobody acts, and what an amended plan changes."""

import json
import re
from datetime import datetime, timedelta

import pytest

from story import STAFF, annex1, answer, raw_mail
from town import AGENCY, Town, one, to
from world import PEOPLE, MaildirWorld, body_of, now, own_policies


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    w.policies = tmp_path / "policies"
    w.extra = own_policies(w.policies)
    w.write_conf()
    yield w
    w.stop()


def report(w, t0):
    w.deliver(annex1(STAFF, "王小明", t0 - timedelta(minutes=10),
                     t0 - timedelta(minutes=1)), t0)
    w.run(t0)
    return w.json("list")[0]["tracking"]


def amend(w, **changes):
    f = w.policies / "taipei-2007.policy"
    text = f.read_text()
    for old, new in changes.items():
        old = old.replace("__", " ")
        assert old in text, old
        text = text.replace(old, new, 1)
    f.write_text(text)


def test_plan_is_what_comes(town):
    """Every reminder that was announced is sent when it was announced."""
    t0 = now().replace(hour=10, minute=0, second=0)
    number = report(town, t0)
    plan = town.json("plan", number, "--days", "2", "--max", "6")[0]
    assert plan["tracking"] == number and plan["waiting"] == []
    planned = plan["planned"]
    assert [p["duty"] for p in planned[:3]] == ["remind_assess"] * 3
    assert planned[0]["to"] == [{"role": "team",
                                 "addresses": [PEOPLE["team"]]}]
    assert [t["role"] for t in planned[1]["to"]] == ["team", "secretary"]
    assert "ciso" in [t["role"] for t in planned[2]["to"]]
    for p in planned[:4]:
        when = datetime.fromisoformat(p["at"])
        before = {r: len(town.box(a)) for r, a in PEOPLE.items()}
        town.run(when - timedelta(seconds=1))
        assert before == {r: len(town.box(a)) for r, a in PEOPLE.items()}
        town.run(when)
        got = {r for r, a in PEOPLE.items() if len(town.box(a)) > before[r]}
        assert got == {t["role"] for t in p["to"]}, p
    assert "WHEN" in town.tocsin("plan", number)
    assert town.tocsin("plan", "--days", "x", number, check=False) == ""


def test_an_incident_keeps_its_policy(town):
    """The file moves on; who began with the old plan goes on with it."""
    t0 = now().replace(hour=10, minute=0, second=0)
    first = report(town, t0)
    amend(town, **{"version = 1": "version = 2",
                   'within = {"L0 30m"}': 'within = {"L0 10m"}',
                   'tracking_series = "CSI"': 'tracking_series = "NEW"'})
    diff = json.loads(town.tocsin("policy", "diff", "taipei-2007:1",
                                  "taipei-2007", "--json", check=False))
    changed = {c["key"]: (c["old"], c["new"]) for c in diff["changes"]}
    assert changed == {"version": ("1", "2"),
                       "tracking_series": ("CSI", "NEW"),
                       "deadline.assess.within.L0": ("30m", "10m")}
    (case,) = diff["open"]
    assert case["tracking"] == first
    (d,) = case["deadlines"]
    assert d["deadline"] == "assess"
    assert (datetime.fromisoformat(d["due"]) -
            datetime.fromisoformat(d["new_due"])) == timedelta(minutes=20)
    town.deliver(annex1(STAFF, "李小華", t0, t0 + timedelta(minutes=1)), t0)
    town.run(t0 + timedelta(minutes=2))
    cases = {i["tracking"]: i for i in town.json("list", "--all")}
    (second,) = set(cases) - {first}
    assert second.startswith("NEW-")
    due = {n: next(d for d in town.json("show", n)[0]["deadlines"]
                   if d["name"] == "assess") for n in cases}
    for n, minutes in ((first, 30), (second, 10)):
        span = (datetime.fromisoformat(due[n]["due_at"]) -
                datetime.fromisoformat(due[n]["from_at"]))
        assert span == timedelta(minutes=minutes), n
    # the old one's letters still follow version 1
    notice = [m for m in town.box(PEOPLE["team"]) if first in m["Subject"]][0]
    town.deliver(answer(notice, PEOPLE["team"], "許建國", "等級：1\n",
                        t0 + timedelta(minutes=4)), t0)
    town.run(t0 + timedelta(minutes=5))
    got = next(i for i in town.json("list") if i["tracking"] == first)
    assert (got["policy_version"], got["level"]) == (1, 1)
    text = town.tocsin("policy", "diff", "taipei-2007", "csma-2026",
                       check=False)
    assert "deadline.final" in text and "meeting.L4" in text
    assert town.tocsin("policy", "diff", "taipei-2007",
                       "taipei-2007").startswith("the policies say the same")


def test_an_edited_file_changes_no_open_incident(town):
    """Somebody amends the plan and forgets to count its version up: who
    began with the old text keeps it all the same."""
    t0 = now().replace(hour=10, minute=0, second=0)
    first = report(town, t0)
    amend(town, **{'within = {"L0 30m"}': 'within = {"L0 10m"}',
                   'tracking_series = "CSI"': 'tracking_series = "NEW"'})
    town.deliver(annex1(STAFF, "李小華", t0, t0 + timedelta(minutes=1)), t0)
    town.run(t0 + timedelta(minutes=2))
    log = (town.dir / "tocsind.log").read_text()
    assert log.count("still calls itself version 1; open incidents keep") == 1
    (second,) = {i["tracking"] for i in town.json("list", "--all")} - {first}
    assert second.startswith("NEW-")
    # ten minutes are over: the new one is due, the old one is not
    town.run(t0 + timedelta(minutes=13))
    due = {n: next(d for d in town.json("show", n)[0]["deadlines"]
                   if d["name"] == "assess") for n in (first, second)}
    for n, minutes in ((first, 30), (second, 10)):
        span = (datetime.fromisoformat(due[n]["due_at"]) -
                datetime.fromisoformat(due[n]["from_at"]))
        assert span == timedelta(minutes=minutes), n
    texts = {n: town.json("show", n)[0]["policy_text"]
             for n in (first, second)}
    assert texts[first] != texts[second]
    diff = json.loads(town.tocsin(
        "policy", "diff", "taipei-2007:1", f"taipei-2007:1:{texts[second]}",
        "--json", check=False))
    assert {c["key"] for c in diff["changes"]} == {
        "tracking_series", "deadline.assess.within.L0"}
    assert [c["tracking"] for c in diff["open"]] == [first]


def test_as_many_texts_as_there_were(town):
    """A file that is edited every day, and an open incident of each."""
    t0 = now().replace(hour=10, minute=0, second=0)
    label, texts = "評估等級", 18
    for k in range(texts):
        amend(town, **{f'zh = "{label}"': f'zh = "評估等級之{k}。"'})
        label = f"評估等級之{k}。"
        town.deliver(annex1(f"s{k}@{AGENCY}", "王小明", t0, t0), t0)
        town.run(t0)
    town.run(t0 + timedelta(minutes=16))
    said = {}
    for m in town.box(PEOPLE["team"]):
        if "請評估等級" in m["Subject"]:
            said[m["Subject"][:20]] = re.findall(r"評估等級之\d+。", body_of(m))
    assert len(said) == texts
    assert {labels[0] for labels in said.values()} == {
        f"評估等級之{k}。" for k in range(texts)}


def test_the_law_weighs_three_impacts(tmp_path):
    """Under the Act the team may give the three impacts: the highest is the
    level, all of them and the receivers' numbers go out with the report."""
    t = Town(tmp_path, 'policy = "csma-2026"')
    try:
        got = t.report()
        assert "機密性衝擊：" in body_of(to(got, "team")[0])
        got = t.go(t.says("team", "機密性衝擊：2\n完整性衝擊：無\n"
                          "可用性衝擊：第三級\n"), minutes=5)
        assert t.case()["level"] == 3
        first = [d for key, d in t.receiver.documents().items()
                 if "-01-" in key]
        assert len(first) == 2
        for d in first:
            assert d["ncert"]["impact"] == {
                "confidentiality": 2, "integrity": 0, "availability": 3}
            assert d["ncert"]["level"] == 3 and d["numbers"] == []
        text = body_of(to(got, "ncert")[0])
        assert "可用性衝擊：3" in text and "完整性衝擊：無" in text
        t.go(t.says("team", "可用性衝擊：4\n"), minutes=5)
        assert t.case()["level"] == 4
        again = [d for key, d in t.receiver.documents().items()
                 if "-02-" in key]
        assert again and {n["role"] for n in again[0]["numbers"]} == {
            "ncert", "city_it"}
        assert all(n["number"].startswith("NCERT-")
                   for n in again[0]["numbers"])
        assert again[0]["ncert"]["impact"]["availability"] == 4
    finally:
        t.stop()


def test_a_policy_in_error_is_refused(town):
    f = town.policies / "broken.policy"
    f.write_text((town.policies / "taipei-2007.policy").read_text().replace(
        'id = "taipei-2007"', 'id = "broken"').replace('"L0 30m"', '"L9 1m"'))
    p = town.tocsin("policy", "diff", "taipei-2007", str(f), check=False)
    assert p == ""


def test_a_storm_of_many_senders_comes_in_a_list(tmp_path):
    """Each writes but once; after so many in an hour a list tells of the
    others, each of whom is answered all the same.  The next hour is calm."""
    t = Town(tmp_path, own_policies(
        tmp_path / "policies", ("bundle_storm = 200", "bundle_storm = 12"),
        file="common.words"))
    try:
        many = [raw_mail(f"u{i}@{AGENCY}", "王小明", f"故障 {i}",
                         f"第{i}台電腦壞了。\n", t.now,
                         message_id=f"<w{i}@x.example>") for i in range(20)]
        got = t.go(*many, minutes=1)
        for role in ("team", "ethics", "secretary"):
            assert len(to(got, role)) == 12, role
        for i in range(20):
            assert len(to(got, f"u{i}@{AGENCY}")) == 1
        body = one(t.go(minutes=11), "team", "大量通報彙整：待評估 8 件")
        told = {re.search(r"CSI-\d{8}-\d{4}", m["Subject"])[0]
                for m in t.box(PEOPLE["team"]) if "CSI-" in m["Subject"]}
        assert told | set(re.findall(r"CSI-\d{8}-\d{4}", body)) == {
            i["tracking"] for i in t.json("list")}
        got = t.go(raw_mail(STAFF, "王小明", "資安", "電腦中毒，檔案打不開。\n",
                            t.now, message_id="<calm@x.example>"), hours=2)
        number = re.search(r"CSI-\d{8}-\d{4}", to(got, STAFF)[0]["Subject"])[0]
        assert any(number in m["Subject"] for m in to(got, "team"))
    finally:
        t.stop()


def test_many_reports_of_one_sender_come_in_a_list(tmp_path):
    """The policy's ten are told one by one; nothing is lost of the others,
    and nobody else's report is hidden among them."""
    t = Town(tmp_path)
    try:
        many = [raw_mail(STAFF, "王小明", f"故障 {i}", f"第{i}台電腦壞了。\n",
                         t.now, message_id=f"<s{i}@x.example>")
                for i in range(40)]
        other = raw_mail(f"li@{AGENCY}", "李", "資安", "電腦中毒，檔案打不開。\n",
                         t.now, message_id="<o@x.example>")
        got = t.go(*many, other, minutes=1)
        for role in ("team", "ethics", "secretary"):
            assert len(to(got, role)) == 11, role
        assert len(t.json("list")) == 41
        got = t.go(minutes=11)
        listed = {}
        for role in ("team", "ethics", "secretary"):
            listed[role] = set(re.findall(r"CSI-\d{8}-\d{4}", one(
                got, role, "大量通報彙整：待評估 30 件")))
            assert len(listed[role]) == 30
        told = {re.search(r"CSI-\d{8}-\d{4}", m["Subject"])[0]
                for m in t.box(PEOPLE["team"]) if "CSI-" in m["Subject"]}
        assert told | listed["team"] == {i["tracking"] for i in t.json("list")}
        stories = {n: "told of in a list" in " ".join(t.tocsin("show", n).split())
                   for n in told | listed["team"]}
        assert stories == {n: n in listed["team"] for n in stories}
        # reminders too: the ten and the other one by one, the rest in a list
        got = t.go(minutes=5)
        assert len(to(got, "team", "請評估等級")) == 11
        assert len(to(got, STAFF)) == 10
        got = t.go(minutes=30) + t.go(minutes=11)
        assert "已逾期" in body_of(to(got, "team", "大量通報彙整")[-1])
        # how to get at one of them is in the letter
        number = sorted(listed["team"])[3]
        t.go(raw_mail(PEOPLE["team"], "許建國", number, "請提供本案\n", t.now,
                      message_id="<ask@x.example>"), minutes=1)
        t.go(t.says("team", "等級：1\n", to=number), minutes=1)
        assert t.case(number)["level"] == 1
        got = t.go(hours=3)
        got += t.go(minutes=11)
        assert number not in one(got, "team", "大量通報彙整：待評估 29 件")
        t.tocsin("verify")
    finally:
        t.stop()
