"""Payload, IODEF XML and IODEF JSON against their schemas; Annex 2 as HTML."""

import html.parser
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest
from lxml import etree

from programs import program

TOP = pathlib.Path(__file__).resolve().parents[2]
STUBS = pathlib.Path(__file__).resolve().parent / "schemas"
SAMPLES = range(7)
EVIL = 4


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("documents")
    subprocess.run([program("test_iodef"), "--write", place], check=True)
    return place


def public_schema(name):
    """The schemas of the RFCs are not ours to ship."""
    places = [os.environ.get("TOCSIN_SCHEMAS"), TOP.parent / "shared/schemas"]
    for place in filter(None, places):
        path = pathlib.Path(place) / name
        if path.exists():
            return path
    pytest.skip(f"{name} is not there; set TOCSIN_SCHEMAS")


def checked(schema, document):
    checker = jsonschema.FormatChecker()
    validator = jsonschema.Draft4Validator(schema, format_checker=checker)
    return [f"{list(e.path)}: {e.message}"
            for e in validator.iter_errors(document)]


@pytest.mark.parametrize("n", SAMPLES)
def test_payload(made, n):
    schema = json.loads((TOP / "doc/payload.schema.json").read_text())
    jsonschema.Draft4Validator.check_schema(schema)
    document = json.loads((made / f"{n}.payload.json").read_text())
    assert checked(schema, document) == []
    for name in ("tracking", "annex2", "times", "ncert", "idempotency_key"):
        assert checked(schema, {k: v for k, v in document.items()
                                if k != name})


@pytest.mark.parametrize("n", SAMPLES)
def test_iodef_json(made, n):
    schema = json.loads(public_schema("schema_json.txt").read_text())
    document = json.loads((made / f"{n}.iodef.json").read_text())
    assert checked(schema, document) == []


class Stubs(etree.Resolver):
    names = {"xmldsig": "xmldsig.xsd", "iodef-enum": "iodef-enum.xsd",
             "iodef-sci": "iodef-sci.xsd", "xml.xsd": "xml.xsd"}

    def resolve(self, url, public_id, context):
        for key, name in self.names.items():
            if key in url:
                return self.resolve_filename(str(STUBS / name), context)
        return None


@pytest.fixture(scope="module")
def xml_schema():
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Stubs())
    tree = etree.parse(str(public_schema("iodef-2.0.xsd")), parser)
    return etree.XMLSchema(tree)


@pytest.mark.parametrize("n", SAMPLES)
def test_iodef_xml(made, xml_schema, n):
    tree = etree.parse(str(made / f"{n}.iodef.xml"))
    assert xml_schema.validate(tree), xml_schema.error_log
    ns = {"i": "urn:ietf:params:xml:ns:iodef-2.0"}
    assert tree.findtext(".//i:IncidentID", namespaces=ns) == \
        "CSI-20070531-0001"


def test_a_part_tells_of_what(made):
    for n in SAMPLES:
        said = json.loads((made / f"{n}.payload.json").read_text())
        assert (said["status"] == "merged") == ("merged_into" in said)
    assert said["merged_into"] == "CSI-20070531-0009"


def test_xml_and_json_say_the_same(made):
    ns = {"i": "urn:ietf:params:xml:ns:iodef-2.0"}
    for n in SAMPLES:
        tree = etree.parse(str(made / f"{n}.iodef.xml"))
        incident = json.loads(
            (made / f"{n}.iodef.json").read_text())["Incident"][0]
        texts = [e.text for e in tree.findall("i:Incident/i:Description", ns)]
        assert texts == incident.get("Description", [])
        for name in ("DetectTime", "StartTime", "EndTime", "RecoveryTime",
                     "ReportTime", "GenerationTime"):
            assert tree.findtext(f"i:Incident/i:{name}", namespaces=ns) == \
                incident.get(name)


def test_what_a_stranger_wrote_comes_back_whole(made):
    want = "</Description><x a=\"&quot;\">]]>&amp;<!-- "
    ns = {"i": "urn:ietf:params:xml:ns:iodef-2.0"}
    tree = etree.parse(str(made / f"{EVIL}.iodef.xml"))
    assert tree.findtext("i:Incident/i:Description",
                         namespaces=ns).startswith(want)
    payload = json.loads((made / f"{EVIL}.payload.json").read_text())
    assert payload["annex1"]["description"]["value"].startswith(want)
    text = (made / f"{EVIL}.annex2.html").read_text()
    seen = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append(tag)

    Reader().feed(text)
    assert not {"script", "x", "b", "img", "a", "link"} & set(seen)
    assert seen.count("table") == 2
