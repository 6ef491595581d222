"""Mails that come in an order, or from a place, that nobody planned."""

import pytest

from story import raw_mail
from town import Town, body_of, one
from world import PEOPLE




@pytest.fixture
def town(tmp_path):
    t = Town(tmp_path)
    t.report()
    yield t
    t.stop()


def writes(t, who, text, subject="", **more):
    """A mail that answers none of ours."""
    return raw_mail(PEOPLE.get(who, who), "王", subject, text, t.now,
                    message_id=f"<new.{t.count}.{who}@x.example>", **more)


def numbers(t):
    return [i["tracking"] for i in t.json("list", "--all")]


def disposition(t):
    return t.json("mail", "show", str(t.count))[0]["disposition"]


# -- orders that name no incident --

@pytest.mark.parametrize("who, text", [
    ("team", "等級：3\n"), ("team", "您好：\n等級：3\n謝謝\n王\n"),
    ("team", "等級：3級（系統停頓，業務無法運作）\n"),
    ("team", "狀態：已復原\n"), ("team", "確認\n"), ("team", "3級\n"),
    ("team", "狀態：處理中\n"),
    ("secretary", "結案\n"), ("ciso", "不召開，理由：災情已控制\n"),
    ("ethics", "確認\n")])
def test_orders_of_no_incident_are_asked_about(town, who, text):
    got = town.go(writes(town, who, text), minutes=1)
    assert numbers(town) == [town.number]
    assert town.case()["state"] == "received"
    assert disposition(town) == "held"
    assert {a for a, _ in got} == {PEOPLE[who]}
    told = one(got, who, "請告知案號")
    for line in text.split():
        assert f"「{line}」" in told
    # the list of what is open is for those who command
    assert (town.number in told) == (who in ("team", "secretary"))


def test_and_the_way_it_shows_leads_to_the_incident(town):
    town.go(writes(town, "team", "等級：3\n"), minutes=1)
    got = town.go(writes(town, "team", "請寄該案的信\n", town.number),
                  minutes=1)
    assert town.number in one(got, "team")
    town.go(town.says("team", "等級：3\n"), minutes=1)
    assert town.case()["level"] == 3 and numbers(town) == [town.number]


@pytest.mark.parametrize("who, text, level", [
    ("team", "官網無法連線，請協助\n等級：2\n", 2),     # it tells something
    ("team", "等級：3級。機要組電腦全部中毒\n", 3),
    ("team", "等級：3級。官網無法連線\n", 3),
    ("team", "狀況：無法開機\n", None),
    ("staff", "等級：3\n", 3),                       # reports, orders nothing
    ("ncert", "確認\n", None)])
def test_what_may_be_a_report_opens_an_incident(town, who, text, level):
    town.go(writes(town, who, text), minutes=1)
    (new,) = set(numbers(town)) - {town.number}
    assert town.case(new)["level"] in (0, None)
    notice = body_of(town.last("team", f"[{new}] 請評估等級"))
    assert (f"通報人建議等級：{level}" in notice) == (level is not None)
