"""The scenario, on Maildirs and on a real Dovecot and Postfix."""

import pytest

import postfix
from story import tell
from world import MaildirWorld, ServerWorld, now


def printer(heading, lines):
    print("\n##", heading)
    for line in lines:
        print("  ", line)


def test_story_on_maildirs(tmp_path):
    w = MaildirWorld(tmp_path)
    try:
        tell(w, now(), printer)
    finally:
        w.stop()


@pytest.mark.skipif(not postfix.available(), reason="Postfix needs root")
def test_story_on_servers(tmp_path):
    w = ServerWorld(tmp_path)
    try:
        tell(w, now(), printer)
    finally:
        w.stop()
