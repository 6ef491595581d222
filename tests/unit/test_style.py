"""The rules of the house that a program can check."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BANNED = ("strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "gets",
          "alloca")
ALLOCATORS = ("malloc", "realloc", "calloc", "strdup", "strndup", "asprintf")
MAY_ALLOCATE = {"daemon/base/arena.c", "daemon/base/buf.c"}
MAY_EXIT = {"daemon/tocsind.c", "daemon/cli/tocsin.c"}
# What a room may include, beside itself: downward only.
DOWN = {
    "daemon/base": (),
    "daemon/store": ("base/",),
    "parsers": ("base/", "parsers/"),
    "templates": ("base/", "templates/"),
    "daemon/mail": ("base/",),
    "daemon/incident": ("base/", "parsers/report.h", "parsers/datetime.h",
                        "parsers/exhibit.h",
                        "templates/render.h",
                        "templates/templates.h", "mail/compose.h"),
}
WIDTH = 88         # 80 is the rule; tables and Chinese text may run over
CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.S)


def sources():
    for room in ("daemon", "parsers", "templates"):
        for f in sorted((TOP / room).rglob("*.[ch]")):
            yield f.relative_to(TOP).as_posix(), f.read_text()


def stripped(text):
    """Without comments and literals, with the lines where they were."""
    return CODE.sub(lambda m: "\n" * m.group().count("\n"), text)


def calls(text, names):
    for n, line in enumerate(stripped(text).splitlines(), 1):
        for m in re.finditer(r"(?<![\w.>])(%s)\s*\(" % "|".join(names), line):
            yield n, m.group(1)


def test_no_banned_function():
    bad = [f"{name}:{n}: {f}" for name, text in sources()
           for n, f in calls(text, BANNED)]
    assert bad == []


def test_memory_comes_from_arena_and_buf():
    bad = [f"{name}:{n}: {f}" for name, text in sources()
           if name not in MAY_ALLOCATE for n, f in calls(text, ALLOCATORS)]
    assert bad == []


def test_only_clock_reads_the_clock():
    bad = [f"{name}:{n}: {f}" for name, text in sources()
           if name != "daemon/base/clock.c"
           for n, f in calls(text, ("time", "gettimeofday", "clock_gettime"))]
    assert bad == []


def test_only_programs_exit():
    bad = [f"{name}:{n}: {f}" for name, text in sources()
           if name not in MAY_EXIT for n, f in calls(text, ("exit",))]
    assert bad == []


def test_sql_stands_in_the_store_only():
    words = re.compile(r'"\s*(SELECT .* FROM|INSERT INTO|UPDATE \w+ SET|'
                       r'DELETE FROM|CREATE TABLE)\b')
    bad = [f"{name}:{n}" for name, text in sources()
           if not name.startswith("daemon/store/")
           for n, line in enumerate(text.splitlines(), 1)
           if words.search(line)]
    assert bad == []


def test_includes_go_downward():
    bad = []
    for name, text in sources():
        room = name.rsplit("/", 1)[0]
        if room not in DOWN:
            continue
        own = room.replace("daemon/", "") + "/"
        for n, line in enumerate(text.splitlines(), 1):
            m = re.match(r'#include "([^"]+)"', line)
            if m and m.group(1) != "config.h" and not \
                    m.group(1).startswith((own, *DOWN[room])):
                bad.append(f"{name}:{n}: {m.group(1)}")
    assert bad == []


def test_files_stay_readable():
    long = [f"{name}: {text.count(chr(10))} lines" for name, text in sources()
            if text.count("\n") > 700]
    assert long == []


def test_lines_fit():
    bad = []
    for name, text in sources():
        for n, line in enumerate(text.splitlines(), 1):
            width = sum(2 if ord(c) > 0x2e7f else 1
                        for c in line.expandtabs(8))
            if width > WIDTH:
                bad.append(f"{name}:{n}: {width} columns")
    assert bad == []


def test_the_story_has_words_for_everything():
    """tocsin show tells each event and letter in both languages."""
    words = "".join((TOP / "policies" / name).read_text()
                    for name in ("story.words", "letters.words"))
    have = {kind: {n.split(".")[0] for n in
                   re.findall(r'^%s "([^"]+)"' % kind, words, re.M)}
            for kind in ("event", "letter")}
    events = set()
    for path in (TOP / "daemon").rglob("*.c"):
        if path.name.startswith(("house", "advisory")):
            continue            # of no incident
        events |= set(re.findall(r'draft_journal\(&?d, "(\w+)"',
                                 path.read_text()))
        events |= set(re.findall(r'return "(queue_\w+)"', path.read_text()))
    letters = {p.name.split(".")[0] for p in
               (TOP / "templates").glob("[a-z]*.en.mustache")}
    elsewhere = {"mail", "sent"}
    assert events - elsewhere - have["event"] == set()
    assert len(events) > 30 and letters - have["letter"] == set()
    listed = (TOP / "templates/LETTERS").read_text().splitlines()
    pages = {p.name.split(".")[0] for p in
             (TOP / "templates").glob("*.html.mustache")}
    assert set(listed[1:]) == letters - pages, "what must be there"


def test_reasons_have_words_in_chinese():
    """What a letter gives as its reason is in the addressee's language."""
    words = (TOP / "policies/reasons.words").read_text()
    have = set(re.findall(r'^reason "([^"]+)"', words, re.M))
    for name in ("daemon/incident/authority.c", "daemon/incident/authres.c",
                 "daemon/incident/decide_mail.c", "daemon/desk_in.c"):
        text = re.sub(r'"\s*\n\s*"', "", (TOP / name).read_text())
        for said in re.findall(r'(?:why =|err_set\(err, RC_\w+,|, "\w+",|\?)'
                               r'\s*"([^"%]{9,})"', text):
            if said.startswith(("reply token", "by the address")) or \
                    "frame" in said:
                continue        # no refusal, or none of a mail's sender
            assert said in have, f"{name}: {said}"
    faults = re.findall(r'X\((?!NONE)\w+,\s+"([^"]+)"\)',
                        (TOP / "parsers/exhibit.h").read_text())
    assert len(faults) > 20 and set(faults) - have == set()
    assert len(have) > 20


def test_rules_of_the_plan_are_explained():
    """R12 in a comment says nothing to who does not know the plan."""
    told = set(re.findall(r"^\| (R\d+) \|", (TOP / "doc/plan.md").read_text(),
                          re.M))
    assert told == {f"R{n}" for n in range(1, 34)}
    used = set()
    for room in ("daemon", "parsers", "policies", "templates"):
        for path in (TOP / room).rglob("*"):
            if path.suffix in (".c", ".h", ".policy", ".words", ".md"):
                used |= set(re.findall(r"\bR\d{1,2}\b", path.read_text()))
    assert len(used) > 20 and used - told == set()


def test_approved_letters_are_shipped():
    """make dist takes what Makefile.am names, and no more."""
    named = set((TOP / "Makefile.am").read_text().split())
    letters = [str(f.relative_to(TOP))
               for f in (TOP / "tests/approved/letters").iterdir()]
    assert len(letters) > 100
    assert not [f for f in letters if f not in named]


# Whose errors reach the operator in an alarm, and with what they are made.
ALARMING = ("watch.c", "intake.c", "courier.c", "desk_evidence.c",
            "mail/compose.c", "mail/envelope.c", "mail/guard.c",
            "mail/http.c", "mail/imap.c", "mail/imap_fetch.c",
            "mail/imap_mark.c", "mail/imap_raw.c", "mail/imap_select.c",
            "mail/imap_uids.c",
            "mail/maildir.c", "mail/maildrop.c", "mail/oauth2.c",
            "mail/reply.c", "mail/smtp.c", "mail/stream.c", "mail/web.c",
            "base/secret.c", "incident/document.c", "incident/iodef_xml.c")
MAKERS = re.compile(r"\b(?:err_set|err_prefix|stream_fail|note|fail|lost|"
                    r"receipt_of|imap_trouble_add|desk_alarm|snprintf|"
                    r"conf_fault|fault_url)\s*\(")
PLACE = re.compile(r"\{[a-z_]+\}")


# Whose errors reach him when a new configuration is refused.
CONFIGURING = ("conf_check.c", "conf_read.c", "conf_value.c", "source.c")
LITERAL = re.compile(r'[^a-zA-Z]*|"?\{\}"?( = value| "name" \{|://)?|'
                     r"host:port:address|nothing|none")


def without_places(text):
    """A format, or a reason's name, with every varying part as {}."""
    text = re.sub(r"(?:0x)?%[-0-9.*]*(?:[lzh]*[duxoc]|s)", "{}", text)
    return re.sub(r"\{\}(?: ?\{\})*", "{}", PLACE.sub("{}", text))


def details_of(path):
    """The texts for people that stand in calls of MAKERS."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    text = re.sub(r'"\s*PRI\w64\s*"', "d", text)
    text = re.sub(r'"\s*PRI\w64\b', 'd"', text)
    text = re.sub(r'"\s*\n\s*"', "", text)
    for call in MAKERS.finditer(text):
        end = text.index(";", call.end())
        while text[call.end():end].count('"') % 2:
            end = text.index(";", end + 1)
        for said in re.findall(r'"((?:[^"\\]|\\.)*)"', text[call.end():end]):
            if re.search(r"[A-Za-z]{2,}[^\n]* [^\n]*[A-Za-z]{2,}", said):
                yield said.replace('\\"', '"')


def test_faults_of_a_configuration_have_words_in_both_languages():
    """Both halves of "found this, expected that" are said in Chinese."""
    have = {without_places(n.replace('\\"', '"')) for n in re.findall(
        r'^reason "((?:[^"\\]|\\.)*)"',
        (TOP / "policies/alarms.words").read_text(), re.M)}
    halves = set()
    for name in CONFIGURING:
        path = TOP / "daemon/base" / name
        for said in details_of(path):
            half = without_places(said)
            if " expected " in half:
                halves.update(re.search("found (.*?),? expected (.*)",
                                        half).groups())
            elif name == "conf_value.c":
                halves.add(half)
    assert len(halves) > 50
    missing = {h for h in halves if not LITERAL.fullmatch(h)} - have
    assert not missing


def test_faults_of_a_plan_have_words_in_both_languages():
    """What a policy or a form should have held is said in Chinese."""
    have = {without_places(n.replace('\\"', '"')) for n in re.findall(
        r'^reason "((?:[^"\\]|\\.)*)"',
        (TOP / "policies/alarms.words").read_text(), re.M)}
    wanted = set()
    for path in (TOP / "daemon/incident/policy_check.c",
                 TOP / "parsers/form_file.c"):
        text = re.sub(r'"\s*\n\s*"', "", path.read_text())
        for said in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
            half = without_places(said.replace('\\"', '"').replace("%%",
                                                                  "%"))
            if " expected " in half:
                wanted.add(half.split("expected ", 1)[1])
    assert len(wanted) > 40
    missing = {w for w in wanted if w not in have and not
               re.fullmatch(r'zh = ".*"|one|some|text|less|fewer|an end', w)}
    assert not missing, missing


def test_alarms_have_words_in_both_languages():
    """What an alarm says in detail is in the addressee's language."""
    words = (TOP / "policies/alarms.words").read_text()
    words = words.split("# --- what the system")[0]
    names = [n.replace('\\"', '"') for n in re.findall(
        r'^reason "((?:[^"\\]|\\.)*)"', words, re.M)]
    have = {without_places(n) for n in names}
    for name in ALARMING:
        path = TOP / "daemon" / name
        for said in details_of(path):
            if "frame" in said or said.startswith(("courier: a JOB",
               "courier: poll", "courier: %s is not", "stored as",
               "EHLO", "HELO", "MAIL FROM", "RCPT TO", "XOAUTH2",
               "UID ", "user=", "oauth2: %.200s: a new refresh", "http/",
               "AUTH ", "bye ", "Content-Type", "Authorization", "%lld.P")):
                continue        # to another program, or to the log alone
            want = without_places(said)
            assert have & {want, "{}: " + want, want.removeprefix("{}")}, \
                f"{name}: {said}"
    # and nothing is kept that nobody says: its longest part stands in C
    code = "".join(re.sub(r'"\s*\n\s*"', "", re.sub(
        r'"\s*PRI\w64\s*"', "", p.read_text()))
        for room in ("daemon", "parsers", "templates")
        for p in (TOP / room).rglob("*.c"))
    for n in names:
        part = max(PLACE.split(n), key=len).strip(': "')
        part = part.replace('"', '\\"')
        assert part in code or part.replace("%", "%%") in code, n
