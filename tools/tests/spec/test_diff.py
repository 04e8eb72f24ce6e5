"""What a change of the specs is: breaking, additive or editorial; and what it concerns."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from orchqueue.cli import cli
from orchqueue.spec import load_texts
from orchqueue.spec.diff import compare

REQUIREMENT = """### OC-CORE-1001 · One queue

`MUST` · profile `core` · checked by `behave`

A pool MUST have one bounded queue.

It may be full.
"""
OTHER = """
### OC-CORE-1002 · Another

`SHOULD` · profile `core` · checked by `unit`

A pool SHOULD have a policy.
"""


def changes(before: str, after: str) -> list[tuple[str, str]]:
    old, new = (load_texts({".specs/10-core.md": text}) for text in (before, after))
    assert (old.findings, new.findings) == ((), ())
    return [(change.impact.value, f"{change.subject}: {change.what}") for change in compare(old, new)]


@pytest.mark.parametrize(
    ("was", "now", "impact", "what"),
    [
        ("one bounded", "two bounded", "breaking", "the sentence changed"),
        ("one bounded queue.", "one, bounded `queue`.", "editorial", "the sentence changed"),
        ("may be full", "can be full", "editorial", "the text beside the sentence"),
        ("· One queue", "· A queue", "editorial", "title: One queue to A queue"),
        ("profile `core`", "profile `pools`", "breaking", "profile: core to pools"),
        ("`behave`", "`behave` `unit`", "editorial", "checked by: behave to behave, unit"),
        ("`behave`", "`behave` · subject `project`", "breaking", "subject: server to project"),
        ("`behave`", '`behave` · withdrawn "gone"', "breaking", "withdrawn: gone"),
        ("`behave`", '`behave` · excluded "unseen"', "editorial", "excluded: none to unseen"),
    ],
)
def test_changes_of_a_requirement(was, now, impact, what):
    [(found, text)] = changes(REQUIREMENT, REQUIREMENT.replace(was, now))
    assert (found, what in text) == (impact, True), text


def test_a_level_that_is_raised_or_lowered_breaks():
    raised = OTHER.replace("SHOULD", "MUST")
    assert ("breaking", "OC-CORE-1002: level: SHOULD to MUST") in changes(OTHER, raised)
    assert ("breaking", "OC-CORE-1002: level: MUST to SHOULD") in changes(raised, OTHER)


def test_new_and_removed_requirements():
    assert changes(REQUIREMENT, REQUIREMENT + OTHER) == [("additive", "OC-CORE-1002: new SHOULD of core")]
    [(impact, text)] = changes(REQUIREMENT + OTHER, REQUIREMENT)
    assert (impact, "removed" in text) == ("breaking", True)


def test_equal_specs_have_no_changes():
    assert changes(REQUIREMENT + OTHER, OTHER.strip() + "\n\n" + REQUIREMENT) == []


def fragment(kind: str, body: str) -> str:
    return f"{REQUIREMENT}\n```yaml {kind}\n{body}\n```\n"


API = """paths:
  /a:
    post:
      operationId: a
      x-profile: core
      parameters: [{name: P, in: header, schema: {type: string, maxLength: 9}}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Sent"}}}}
      responses:
        "200":
          description: d
          headers: {H: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Got"}}}
        "404": {description: d}
components:
  schemas:
    Sent:
      type: object
      additionalProperties: false
      required: [a]
      properties: {a: {type: integer, minimum: 1}, e: {enum: [x, y]}, s: {$ref: "#/components/schemas/Short"}}
    Got:
      type: object
      required: [a]
      properties: {a: {type: integer, minimum: 1}, e: {enum: [x, y]}}
    Short: {type: string, maxLength: 5}"""
SENT, GOT = "#s", "#g"


def edited(where: str, was: str, now: str) -> str:
    """The API with a part of one schema, or of the whole, replaced."""
    start = {SENT: API.index("Sent:\n"), GOT: API.index("Got:\n")}.get(where, 0)
    head, tail = API[:start], API[start:]
    assert was in tail
    return head + tail.replace(was, now, 1)


@pytest.mark.parametrize(
    ("where", "was", "now", "impact", "what"),
    [
        ("", '        "404": {description: d}\n', "", "breaking", "404: response removed"),
        ("", '"404": {', '"409": {description: d}\n        "404": {', "additive", "409: new response"),
        ("", "operationId: a", "operationId: b", "breaking", "operationId"),
        ("", "x-profile: core", "x-profile: pools", "breaking", "x-profile"),
        ("", "description: d", "description: e", "editorial", "description"),
        ("", "name: P, in: header", "name: P, in: header, required: true", "breaking", "required"),
        ("", "[{name: P", "[{name: Q, in: query}, {name: P", "additive", "new parameter"),
        (
            "",
            "[{name: P",
            "[{name: Q, in: query, required: true}, {name: P",
            "breaking",
            "new parameter, required",
        ),
        ("", "maxLength: 9", "maxLength: 8", "breaking", "maxLength: 9 to 8"),
        ("", "maxLength: 9", "maxLength: 10", "additive", "maxLength: 9 to 10"),
        ("", "{H: {required: true, ", "{G: {schema: {}}, H: {required: true, ", "additive", "new header"),
        ("", "required: true, ", "", "breaking", "required: true to nothing"),
        ("", "application/json", "text/json", "breaking", "media type removed"),
        (SENT, "properties: {a", "properties: {b: {type: string}, a", "additive", "b: new property"),
        (SENT, "minimum: 1", "minimum: 2", "breaking", "minimum: 1 to 2"),
        (SENT, "minimum: 1", "minimum: 0", "additive", "minimum: 1 to 0"),
        (SENT, ", minimum: 1", "", "additive", "minimum: 1 to nothing"),
        (SENT, "[x, y]", "[x]", "breaking", "enum"),
        (SENT, "[x, y]", "[x, y, z]", "additive", "enum"),
        (SENT, "required: [a]", "required: [a, e]", "breaking", "required"),
        (SENT, "      required: [a]\n", "", "additive", "required"),
        (SENT, "      additionalProperties: false\n", "", "additive", "additionalProperties: removed"),
        (SENT, "additionalProperties: false", "additionalProperties: true", "additive", "opened or closed"),
        (SENT, "type: integer, ", "type: integer, default: 3, ", "breaking", "default: nothing to 3"),
        (SENT, ", e: {enum: [x, y]}", "", "breaking", "e: property removed"),
        (GOT, "properties: {a", "properties: {b: {type: string}, a", "additive", "b: new property"),
        (GOT, ", e: {enum: [x, y]}", "", "breaking", "e: property removed"),
        (GOT, "minimum: 1", "minimum: 2", "additive", "minimum"),
        (GOT, "minimum: 1", "minimum: 0", "breaking", "minimum"),
        (GOT, "[x, y]", "[x, y, z]", "breaking", "enum"),
        (GOT, "required: [a]", "required: [a, e]", "additive", "required"),
        (GOT, "      required: [a]\n", "", "breaking", "required"),
        (GOT, "type: integer", "type: [integer, 'null']", "breaking", "type"),
        (GOT, "maxLength: 5", "maxLength: 6", "additive", "maxLength"),
    ],
)
def test_changes_of_an_api(where, was, now, impact, what):
    found = changes(fragment("openapi", API), fragment("openapi", edited(where, was, now)))
    assert any(each == impact and what in text for each, text in found), found
    if impact != "breaking":
        assert all(each != "breaking" for each, _ in found), found


def test_a_required_new_property_of_a_request_breaks():
    after = edited(SENT, "properties: {a", "properties: {b: {type: string}, a").replace(
        "required: [a]", "required: [a, b]", 1
    )
    found = changes(fragment("openapi", API), fragment("openapi", after))
    assert [impact for impact, text in found if "new property, required" in text] == ["breaking"]


def test_a_schema_that_is_named_keeps_its_meaning():
    was = "components: {schemas: {A: {properties: {p: {type: string}}}, B: {type: string}}}"
    now = was.replace("{p: {type: string}}", '{p: {$ref: "#/components/schemas/B"}}')
    found = changes(fragment("openapi", was), fragment("openapi", now))
    assert [impact for impact, _ in found] == ["editorial"]


def test_a_schema_that_holds_itself_ends():
    was = 'components: {schemas: {A: {properties: {p: {$ref: "#/components/schemas/A"}}}, B: {type: object}}}'
    now = was.replace("schemas/A", "schemas/B")
    assert changes(fragment("openapi", was), fragment("openapi", now)) != []


@pytest.mark.parametrize(
    ("kind", "was", "now", "impact"),
    [
        ("errors", "status: 400", "status: 409", "breaking"),
        ("errors", "hint: h", "hint: i", "editorial"),
        ("errors", "retriable: false", "retriable: true", "breaking"),
        ("metrics", "help: h", "help: i", "editorial"),
        ("metrics", "type: gauge", "type: counter", "breaking"),
        ("metrics", "labels: [a]", "labels: [a, b]", "breaking"),
        ("metrics", "[x]", "[x, y]", "additive"),
        ("metrics", "[x]", "[]", "breaking"),
        ("events", "terminal: true", "terminal: false", "breaking"),
        ("events", "{n: {type: integer}}", "{n: {type: integer}, m: {type: integer}}", "additive"),
        ("config", "default: 3", "default: 4", "breaking"),
        ("config", "maximum: 9", "maximum: 10", "additive"),
    ],
)
def test_changes_of_the_other_contracts(kind, was, now, impact):
    text = {
        "errors": "errors: {E: {status: 400, http: true, stream: false, retriable: false, hint: h}}",
        "metrics": "labels: {a: {budget: 4}, b: {budget: 4}}\n"
        "series: {n: {type: gauge, help: h, labels: [a], values: {a: [x]}, profile: core}}",
        "events": "events: {end: {terminal: true, data: {type: object, properties: {n: {type: integer}}}}}",
        "config": "properties: {p: {type: integer, default: 3, maximum: 9}}",
    }[kind]
    assert was in text
    found = changes(fragment(kind, text), fragment(kind, text.replace(was, now)))
    assert [each for each, _ in found] == [impact], found


def test_new_and_removed_contracts():
    assert changes(REQUIREMENT, fragment("config", "type: object")) == [("additive", "config: new contract")]
    assert changes(fragment("config", "type: object"), REQUIREMENT) == [("breaking", "config: removed")]


FEATURE = "Feature: F\n\n  @OC-CORE-1001\n  Scenario: it holds\n    Given a pool\n"
TEST = 'import pytest\n\n\n@pytest.mark.requirement("OC-CORE-1002")\ndef test_it():\n    pass\n'


@pytest.fixture
def repository(write):
    root = write(
        {
            ".specs/10-core.md": REQUIREMENT + OTHER,
            "bdd/orchqueue_bdd/features/a.feature": FEATURE,
            "tools/tests/test_a.py": TEST,
        }
    )
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", str(root)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    return root


def diff(root, *words):
    return CliRunner().invoke(cli, ["spec", "diff", "--root", str(root), *words])


def test_a_revision_is_compared_with_the_working_tree(repository):
    assert "0 breaking, 0 additive, 0 editorial" in diff(repository, "HEAD").output
    (repository / ".specs/10-core.md").write_text(REQUIREMENT.replace("one bounded", "a bounded") + OTHER)
    result = diff(repository, "HEAD")
    assert result.exit_code == 0
    assert "breaking: OC-CORE-1001: the sentence changed" in result.output
    assert "bdd/orchqueue_bdd/features/a.feature:4: OC-CORE-1001 it holds" in result.output
    assert "test_a.py" not in result.output
    assert diff(repository, "HEAD", "--exit-code").exit_code == 1
    assert "0 breaking" in diff(repository, "HEAD", "HEAD").output


def test_json_says_the_same(repository):
    (repository / ".specs/10-core.md").write_text(REQUIREMENT + OTHER.replace("a policy", "one policy"))
    document = json.loads(diff(repository, "HEAD", "--json").stdout)
    assert document["counts"] == {"breaking": 1, "additive": 0, "editorial": 0}
    [change] = document["changes"]
    assert (change["subject"], change["file"], change["line"]) == ("OC-CORE-1002", ".specs/10-core.md", 9)
    assert document["touched"]["requirements"] == ["OC-CORE-1002"]
    assert document["touched"]["checks"] == [
        {"id": "OC-CORE-1002", "file": "tools/tests/test_a.py", "line": 5, "name": "test_it", "kind": "unit"}
    ]


def test_folders_are_compared(repository, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / ".specs").mkdir()
    (other / ".specs/10-core.md").write_text(REQUIREMENT)
    assert "additive: OC-CORE-1002: new SHOULD of core" in diff(repository, str(other)).output
    assert "breaking: OC-CORE-1002: removed" in diff(repository, "HEAD", str(other)).output


@pytest.mark.parametrize("name", ["no-such-revision", "--output=x"])
def test_what_is_neither_is_no_run(repository, name):
    result = diff(repository, "--", name)
    assert result.exit_code != 0
    assert result.exception.exit_code == 2
    assert not (repository / "x").exists()
