"""Forms that come as files, sealed or packed, as real programs make them:
each opens an incident and is answered; what was not read is named."""

import re
from datetime import timedelta

import pytest

from world import PEOPLE, MaildirWorld, body_of, now, source_dir

CASES = source_dir() / "tests" / "cases" / "mails"
READ = ["docx-libreoffice-table", "docx-merged-cells", "odt-libreoffice-table",
        "ods-gnumeric", "xlsx-openpyxl", "xlsx-grid-paper",
        "pgp-mime-signed", "pgp-inline-signed-qp", "smime-opaque-docx",
        "smime-opaque-stream"]
UNREAD = {"xls-not-read": "report.xls", "pdf-not-read": "report.pdf",
          "pgp-file-not-read": "report.docx.gpg",
          "winmail-alone": "winmail.dat",
          "winmail-octet-stream": "winmail.dat"}
SEALED = ["pgp-mime-encrypted-by-exchange", "pgp-inline-encrypted",
          "smime-enveloped", "smime-compressed", "smime-encrypted-then-signed"]


@pytest.fixture
def town(tmp_path):
    w = MaildirWorld(tmp_path)
    yield w
    w.stop()


def send(town, names):
    """Each from somebody of its own, so that every answer is known."""
    at = now()
    for name in names:
        raw = (CASES / f"{name}.eml").read_bytes()
        sender = f"From: <{name}@agency.example>".encode()
        town.deliver(re.sub(rb"(?m)^From: [^\r\n]*", sender, raw, count=1),
                     at)
    town.run(at + timedelta(minutes=1))


def answers(town, name):
    return [body_of(m) for m in town.box(f"{name}@agency.example")]


def test_forms_in_files_are_read(town):
    send(town, READ)
    incidents = town.json("list", "--all")
    assert len(incidents) == len(READ)
    for name in READ:
        (ack,) = answers(town, name)
        assert "勒索訊息" in ack, name
        assert "◎" not in ack, name


def test_what_was_not_read_is_named(town):
    send(town, UNREAD)
    assert len(town.json("list", "--all")) == len(UNREAD)
    for name, file in UNREAD.items():
        (ack,) = answers(town, name)
        assert f"附件「{file}」" in ack and "◎聯絡電話" in ack, name
    told = "".join(body_of(m) for m in town.box(PEOPLE["team"]))
    for file in UNREAD.values():
        assert f"附件「{file}」" in told


def test_a_file_without_a_form_is_named(town):
    send(town, ["xlsx-leaked-list"])
    assert len(town.json("list", "--all")) == 1
    (ack,) = answers(town, "xlsx-leaked-list")
    assert "附件「外洩名單.xlsx」裡沒有找到填好的通報單" in ack
    assert "陳0" not in ack and "◎聯絡電話" in ack


def test_what_is_encrypted_waits_for_a_person(town):
    send(town, SEALED)
    assert len(town.json("list", "--all")) == len(SEALED)
    for name in SEALED:
        (ack,) = answers(town, name)
        assert "加密" in ack or "encrypted" in ack, name
