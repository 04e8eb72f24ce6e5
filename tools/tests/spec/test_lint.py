"""Every fault of a spec is found where it stands."""

import pytest

GOOD = """# Core

Text that explains. A `MUST` in code is no keyword, and neither is one in a block:

```
MUST
```

### OC-CORE-1001 · One queue

`MUST` · profile `core` · checked by `behave`

A pool MUST have one bounded queue (see OC-CORE-1002), never `SHOULD`.

It may be full.

#### Why

- because

### OC-CORE-1002 · The policy acts

`SHOULD` · refines `OC-CORE-1001` · checked by `behave` `unit` · excluded "not yet
observable · anywhere"

A server SHOULD NOT
hide it.
"""


def one(attributes: str, sentence: str = "It MUST hold.", heading: str = "### OC-CORE-1001 · T") -> str:
    return f"{heading}\n\n{attributes}\n\n{sentence}\n"


OK = "`MUST` · profile `core` · checked by `unit`"


def test_a_right_spec_has_no_faults(read):
    specs = read(GOOD)
    assert specs.findings == ()
    first, second = specs.requirements.values()
    assert (first.title, first.level, first.profile, first.checked_by) == (
        "One queue",
        "MUST",
        "core",
        ("behave",),
    )
    assert first.text == "A pool MUST have one bounded queue (see OC-CORE-1002), never `SHOULD`."
    assert first.source == ".specs/10-core.md#OC-CORE-1001"
    assert str(first.place) == ".specs/10-core.md:9"
    assert (second.profile, second.refines) == ("core", ("OC-CORE-1001",))
    assert second.excluded == "not yet observable · anywhere"


CASES = {
    "must without id": ("# T\n\ntext\nthat MUST hold\n", 4, "MUST in text without an ID"),
    "must in a list": ("# T\n\n- one\n- it SHOULD hold\n", 4, "SHOULD in text without an ID"),
    "must in a quotation": ("# T\n\n> it MAY hold\n", 3, "MAY in text without an ID"),
    "must in a heading": ("# It MUST hold\n", 1, "MUST in a heading"),
    "must in a rationale": (
        one(OK) + "\nAlso it\nMUST not fail.\n",
        8,
        "informative paragraph of OC-CORE-1001",
    ),
    "other keyword": (one(OK) + "\nIt SHALL.\n", 7, "the keyword is MUST"),
    "two keywords": (one(OK, "It MUST hold\nand it MUST stay."), 5, "has 2 MUST"),
    "no keyword": (one(OK, "It holds."), 5, "has no MUST"),
    "keyword in code": (one(OK, "It `MUST` hold."), 5, "has no MUST"),
    "other level": (one(OK, "It\nMAY hold."), 6, "says MAY, but its level is MUST"),
    "extra level": (one(OK, "It MUST hold and\nSHOULD stay."), 6, "says SHOULD, but its level is MUST"),
    "no attributes": ("### OC-CORE-1001 · T\n\nIt MUST hold.\n", 1, "has no attribute line"),
    "no sentence": (f"### OC-CORE-1001 · T\n\n{OK}\n", 1, "has no normative sentence"),
    "a list for a sentence": (one(OK, "- It MUST hold."), 1, "has no normative sentence"),
    "attributes without id": (f"### A title\n\n{OK}\n", 3, "attributes without an ID"),
    "heading": (one(OK, heading="### OC-CORE-1001: T"), 1, "is not `OC-CORE-1001 · Title`"),
    "dot": (one(OK, heading="### OC-CORE-1001 - T"), 1, "is not `OC-CORE-1001 · Title`"),
    "unknown kind": (one("`MUST` · profile `core` · checked by `hope`"), 3, "unknown check kind 'hope'"),
    "unknown profile": (one("`MUST` · profile `cores` · checked by `unit`"), 3, "unknown profile 'cores'"),
    "unknown level": (one("`WILL` · profile `core` · checked by `unit`"), 3, "unknown level 'WILL'"),
    "unknown subject": (one(f"{OK} · subject `client`"), 3, "unknown subject 'client'"),
    "unknown attribute": (one(f"{OK} · colour `red`"), 3, "unknown attribute 'colour `red`'"),
    "attribute twice": (one(f"{OK} · profile `core`"), 3, "'profile' is given twice"),
    "no level": (one("profile `core` · checked by `unit`", "It holds."), 1, "has no level"),
    "no check": (one("`MUST` · profile `core`"), 1, "has no `checked by`"),
    "no profile": (one("`MUST` · checked by `unit`"), 1, "has no profile"),
    "no parent": (one(f"{OK} · refines `ORCH-2001`"), 3, "ORCH-2001 has no heading"),
    "parent is no id": (one(f"{OK} · refines `ORCH-21`"), 3, "'ORCH-21', which is not an ID"),
    "itself": (one(f"{OK} · refines `OC-CORE-1001`"), 1, "which refines it"),
    "mention": (one(OK) + "\nSee OC-CORE-1009.\n", 7, "OC-CORE-1009 has no heading"),
    "mention in code": (one(OK) + "\nSee\n`OC-CORE-1009`.\n", 8, "OC-CORE-1009 has no heading"),
    "range": (one(OK) + "\nSee OC-CORE-1001…1003.\n", 7, "is a range"),
    "range with words": (one(OK) + "\nSee OC-CORE-1001 to OC-CORE-1003.\n", 7, "is a range"),
    "range with a dash": (one(OK) + "\nSee OC-CORE-1001\N{EN DASH}1003.\n", 7, "is a range"),
    "hyphen": (one(OK) + "\nSee OC\N{NON-BREAKING HYPHEN}CORE-1001.\n", 7, "not ASCII: write OC-CORE-1001"),
    "hyphen in a heading": ("### OC\N{HYPHEN}CORE-1001 · T\n", 1, "not ASCII: write OC-CORE-1001"),
    "malformed": (one(OK) + "\nSee OC-CORE-101.\n", 7, "'OC-CORE-101' is not an ID"),
    "malformed heading": ("### OC-core-1001 · T\n", 1, "'OC-core-1001' is not an ID"),
    "twice": (one(OK) + one(OK), 6, "is taken: it was given at .specs/10-core.md:1"),
    "open fence": (one(OK) + "\n```yaml\na: 1\n", 7, "not closed"),
    "unknown fragment": (one(OK) + "\n```yaml apis\na: 1\n```\n", 7, "unknown kind of fragment"),
}


@pytest.mark.parametrize(("text", "line", "message"), CASES.values(), ids=CASES.keys())
def test_a_fault_is_shown_at_its_line(read, text, line, message):
    findings = read(text).findings
    assert any(finding.line == line and message in finding.message for finding in findings), findings
    assert all(finding.file == ".specs/10-core.md" for finding in findings)


def test_all_faults_are_shown_at_once_in_order(read):
    text = one("`WILL` · profile `cores` · checked by `hope`") + "\nSee OC-CORE-1009.\n"
    findings = read(text, **{"00-orch": "MUST\n"}).findings
    assert len(findings) >= 5
    assert list(findings) == sorted(findings)
    assert str(findings[0]).startswith(".specs/00-orch.md:1: MUST in text without an ID")


def test_a_family_belongs_to_one_file(read):
    other = one(OK, heading="### OC-CORE-1002 · T")
    findings = read(**{"10-core": one(OK), "20-more": other}).findings
    assert [str(finding) for finding in findings] == [
        ".specs/20-more.md:1: OC-CORE-1002: the family OC-CORE belongs to .specs/10-core.md"
    ]


def test_a_folder_is_one_home(read):
    other = one(OK, heading="### OC-CORE-1002 · T")
    specs = read(**{"10-core/a": one(OK), "10-core/b": other})
    assert specs.findings == ()
    assert {requirement.unit for requirement in specs.requirements.values()} == {"10-core"}


@pytest.mark.parametrize(
    "text",
    [
        "The families OC-CORE and OC-POLICY-SDK, all ORCH-* and what MUSTs are.\n",
        "<!-- a comment that MUST stay -->\n",
        "    MUST\n",
        "``MUST ` MUST``\n",
        "`a\nMUST\nb`\n",
    ],
)
def test_what_is_no_fault(read, text):
    assert read(text).findings == ()


def test_escaped_backticks_make_no_code(read):
    assert len(read(r"\`MUST\`" + "\n").findings) == 1


def test_a_withdrawn_requirement_needs_no_sentence_and_keeps_its_id(read):
    gone = '### ORCH-2104 · Gone\n\nwithdrawn "never listed"\n'
    specs = read(gone)
    assert specs.findings == ()
    assert specs.requirements["ORCH-2104"].withdrawn == "never listed"
    taken = read(
        gone + "\n" + one("`MUST` · profile `core` · checked by `unit`", heading="### ORCH-2104 · New")
    )
    assert "is taken" in taken.findings[0].message
    refining = read(gone + "\n" + one("`MUST` · profile `core` · refines `ORCH-2104` · checked by `unit`"))
    assert [finding.message for finding in refining.findings] == [
        "OC-CORE-1001: refines ORCH-2104, which is withdrawn"
    ]


def test_parents_that_refine_each_other(read):
    text = one("`MUST` · refines `OC-CORE-1002` · checked by `unit`")
    text += "\n" + one("`MUST` · refines `OC-CORE-1001` · checked by `unit`", heading="### OC-CORE-1002 · U")
    messages = [finding.message for finding in read(text).findings]
    assert "OC-CORE-1001: refines OC-CORE-1002, which refines it" in messages
    assert any("has no profile" in message for message in messages)


def parents(*profiles: str) -> str:
    return "\n".join(
        one(f"`MUST` · profile `{profile}` · checked by `unit`", heading=f"### ORCH-200{number} · P")
        for number, profile in enumerate(profiles)
    )


def test_a_profile_is_inherited_from_what_is_refined(read):
    child = one("`MUST` · refines `ORCH-2000` `ORCH-2001` · checked by `unit`")
    specs = read(parents("pools", "pools") + "\n" + child)
    assert specs.requirements["OC-CORE-1001"].profile == "pools"
    assert specs.findings == ()


def test_an_own_profile_comes_first(read):
    child = one("`MUST` · profile `ops` · refines `ORCH-2000` · checked by `unit`")
    assert read(parents("pools") + "\n" + child).requirements["OC-CORE-1001"].profile == "ops"


def test_parents_of_several_profiles_ask_for_a_choice(read):
    child = one("`MUST` · refines `ORCH-2000` `ORCH-2001` · checked by `unit`")
    findings = read(parents("pools", "core") + "\n" + child).findings
    assert len(findings) == 1
    assert "several profiles (core, pools)" in findings[0].message


def test_the_revision_is_of_the_sentence_alone(read):
    def revisions(text: str) -> list[str]:
        return [requirement.revision for requirement in read(text).requirements.values()]

    before = revisions(GOOD)
    assert all(len(revision) == 12 for revision in before)
    assert (
        revisions(GOOD.replace("one bounded queue", "one\nbounded  queue").replace("It may", "It can"))
        == before
    )
    assert revisions(GOOD.replace("· One queue", "· Another title")) == before
    after = revisions(GOOD.replace("one bounded queue", "two bounded queues"))
    assert (after[0] != before[0], after[1] == before[1]) == (True, True)
