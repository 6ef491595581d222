"""What compose.c wrote, read back by Python's email package."""

import email
import email.header
import email.policy
import email.utils
import subprocess

import pytest

from programs import program

LONG = ("回覆：機要組共用資料夾無法開啟且所有檔案副檔名"
        "均遭變更為不明字樣，螢幕並出現勒索訊息，請求協助處理並通知相關單位")


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    place = tmp_path_factory.mktemp("compose")
    subprocess.run([program("test_compose"), "--write", place], check=True)
    found = {}
    for path in sorted(place.glob("*.eml")):
        raw = path.read_bytes()
        assert raw.isascii()
        found[int(path.stem)] = email.message_from_bytes(
            raw, policy=email.policy.default)
    assert len(found) == 6
    return found


def test_nothing_is_defective(mails):
    for mail in mails.values():
        for part in mail.walk():
            assert not part.defects
            for value in part.values():
                assert not value.defects, value


def test_headers_come_back(mails):
    mail = mails[0]
    assert mail["Subject"] == "[CSI-20070531-0001] 已受理通報"
    assert mail["From"].addresses[0].display_name == "資安通報系統"
    assert mail["To"].addresses[0].addr_spec == "ming@secretariat.example"
    assert mail["To"].addresses[0].display_name == "王小明"
    assert mail["Reply-To"].addresses[0].username == "incident+k3"
    assert mail["Date"].datetime.isoformat() == "2007-05-31T09:30:00+08:00"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["In-Reply-To"] == "<parent@secretariat.example>"
    assert str(mail["References"]).split() == [
        "<root@secretariat.example>", "<x@y>", "<parent@secretariat.example>"]
    assert mail["Content-Language"] == "zh-TW"
    assert mail["X-Tocsin-Tracking"] == "CSI-20070531-0001"
    assert mail["X-Tocsin-Drill"] is None
    assert mail["Importance"] == "high"


def test_body_comes_back(mails):
    assert mails[0].get_content_type() == "text/plain"
    assert mails[0].get_payload(decode=True).decode() == \
        "第一行\r\n.\r\n第三行\r\n"
    assert mails[3].get_payload(decode=True) == b""
    assert mails[4].get_payload(decode=True).decode() == \
        "\U0001f6a8 emoji and 喆堃\r\nCRLF\r\n"


def test_long_and_odd_headers(mails):
    assert mails[1]["Subject"] == LONG + LONG
    # Python 3.11's address parser keeps the blanks between encoded-words.
    name, addr = email.utils.parseaddr(mails[1].as_string().split("\nTo: ")[1]
                                       .split("\nReply-To")[0]
                                       .replace("\n", ""))
    assert str(email.header.make_header(
        email.header.decode_header(name))) == LONG
    assert addr == "ming@secretariat.example"
    assert mails[4]["Subject"] == "=?UTF-8?B?not=?= ours"
    assert mails[4]["To"].addresses[0].display_name == \
        'A "quoted\\" name, <a@b>'
    assert len(mails[4]["To"].addresses) == 1
    assert mails[5]["Subject"] == "\U0001f6a8" * 15 + "x"


def test_plain_headers(mails):
    mail = mails[3]
    assert mail["Subject"] == "Plain subject"
    assert mail["From"].addresses[0].display_name == "Incident desk (night)"
    assert mail["To"] == "ming@secretariat.example"
    assert mail["X-Tocsin-Drill"] == "yes"
    assert mail["Date"].datetime.isoformat() == "2007-05-30T21:00:00-04:30"
    assert mail["References"] is None


def test_alternative(mails):
    assert mails[1].get_content_type() == "multipart/alternative"
    assert mails[1].get_body(("html",)).get_content().strip() == \
        "<p>第一行</p>"


def test_attachments(mails):
    mail = mails[2]
    assert mail.get_content_type() == "multipart/mixed"
    parts = list(mail.iter_attachments())
    assert [p.get_filename() for p in parts] == [
        "緊急應變會議通知（資通安全事件）第一次會議.ics", "a.bin"]
    assert parts[0].get_content_type() == "text/calendar"
    assert parts[0].get_param("method") == "REQUEST"
    assert parts[1].get_payload(decode=True) == b"\0\xff\r\n.\r\nFrom me"
    assert mail.get_body(("plain",)).get_content().startswith("第一行")
