"""Fragments become contracts: merged, attributed, ordered, and wrong ones refused with both places."""

import pytest

HEAD = "### OC-CORE-{} · T\n\n`MUST` · profile `core` · checked by `unit`\n\nIt MUST hold.\n\n"


def under(number: int, kind: str, body: str) -> str:
    return HEAD.format(number) + f"```yaml {kind}\n{body}\n```\n\n"


def messages(specs) -> list[str]:
    return [str(finding) for finding in specs.findings]


OPERATION = """paths:
  /v1/tasks:
    post:
      operationId: createTask
      x-profile: core
      parameters: [{name: X-A, in: header, schema: {type: string}}]
      responses:
        "202":
          description: taken
          headers: {X-H: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Answer"}}}
components:
  schemas:
    Answer:
      type: object
      required: [b]
      properties: {b: {type: string}, a: {$ref: "#/components/schemas/Deep"}}
    Deep: {type: array, items: {type: object, properties: {x: {type: integer}}}}"""

REFUSAL = """paths:
  /v1/tasks:
    post:
      responses:
        429: {$ref: "#/components/responses/Busy"}
components:
  responses:
    Busy: {description: come back}
  schemas:
    Answer: {required: [a], properties: {a: {$ref: "#/components/schemas/Deep"}}}"""


@pytest.fixture
def merged(read):
    specs = read(under(1001, "openapi", OPERATION) + under(1002, "openapi", REFUSAL))
    assert specs.findings == ()
    return specs.contracts["openapi"].document()


def test_each_node_names_the_headings_it_stands_under(merged):
    operation = merged["paths"]["/v1/tasks"]["post"]
    both, first, second = ["OC-CORE-1001", "OC-CORE-1002"], ["OC-CORE-1001"], ["OC-CORE-1002"]
    assert operation["x-req-id"] == both
    assert operation["parameters"][0]["x-req-id"] == first
    taken = operation["responses"]["202"]
    assert taken["x-req-id"] == first
    assert taken["headers"]["X-H"]["x-req-id"] == first
    assert taken["content"]["application/json"]["schema"]["x-req-id"] == first
    assert operation["responses"]["429"] == {"$ref": "#/components/responses/Busy", "x-req-id": second}
    assert merged["components"]["responses"]["Busy"]["x-req-id"] == second
    answer = merged["components"]["schemas"]["Answer"]
    assert answer["x-req-id"] == both
    assert answer["properties"]["b"]["x-req-id"] == first
    assert answer["properties"]["a"] == {"$ref": "#/components/schemas/Deep", "x-req-id": both}
    deep = merged["components"]["schemas"]["Deep"]
    assert deep["items"]["properties"]["x"]["x-req-id"] == first
    assert "x-req-id" not in deep["items"]


def test_sets_grow_in_the_order_of_the_specs(merged):
    answer = merged["components"]["schemas"]["Answer"]
    assert answer["required"] == ["b", "a"]
    assert list(answer["properties"]) == ["b", "a"]


def test_the_order_is_that_of_readers(merged):
    assert list(merged) == ["paths", "components"]
    operation = merged["paths"]["/v1/tasks"]["post"]
    assert list(operation) == ["operationId", "parameters", "responses", "x-profile", "x-req-id"]
    assert list(operation["responses"]) == ["202", "429"]
    assert list(merged["components"]["schemas"]) == ["Answer", "Deep"]


def test_the_order_of_headings_does_not_matter(read, merged):
    other = read(under(1002, "openapi", REFUSAL) + under(1001, "openapi", OPERATION)).contracts["openapi"]
    document = other.document()
    assert document["components"]["schemas"]["Answer"].pop("required") == ["a", "b"]
    merged["components"]["schemas"]["Answer"].pop("required")
    assert document == merged


def test_events_config_metrics_and_errors_are_attributed(read):
    text = under(
        1001,
        "events",
        "events: {end: {terminal: true, data: {type: object, properties: {n: {type: integer}}}}}",
    )
    text += under(
        1002,
        "config",
        "type: object\nproperties: {server: {type: object, properties: {port: {type: integer}}}}",
    )
    text += under(
        1003,
        "metrics",
        "series: {n_total: {type: counter, help: n, labels: [pool_id], profile: core}}\n"
        "labels: {pool_id: {budget: 4}}",
    )
    text += under(
        1004,
        "errors",
        "errors: {E: {status: 400, http: true, stream: false, retriable: false, hint: h}}\n"
        "policy_labels: {reject: {}}",
    )
    specs = read(text)
    assert specs.findings == ()
    documents = {name: contract.document() for name, contract in specs.contracts.items()}
    event = documents["events"]["events"]["end"]
    assert event["x-req-id"] == event["data"]["properties"]["n"]["x-req-id"] == ["OC-CORE-1001"]
    server = documents["config"]["properties"]["server"]
    assert server["x-req-id"] == server["properties"]["port"]["x-req-id"] == ["OC-CORE-1002"]
    assert documents["metrics"]["series"]["n_total"]["x-req-id"] == ["OC-CORE-1003"]
    assert documents["metrics"]["labels"]["pool_id"]["x-req-id"] == ["OC-CORE-1003"]
    assert documents["errors"]["errors"]["E"]["x-req-id"] == ["OC-CORE-1004"]
    assert documents["errors"]["policy_labels"]["reject"]["x-req-id"] == ["OC-CORE-1004"]


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("a: {b: 1}", "a: {b: 2}", "a > b is 2 here, but 1"),
        ("a: {b: 1}", "a: {b: true}", "a > b is true here, but 1"),
        ("a: {b: 1}", "a: 1", "a is 1 here, but"),
        ("a: {oneOf: [1]}", "a: {oneOf: [1, 2]}", "a > oneOf is [1, 2] here, but [1]"),
    ],
)
def test_a_contradiction_names_both_places(read, one, other, message):
    specs = read(under(1001, "config", f"type: object\n{one}") + under(1002, "config", other))
    [finding] = specs.findings
    assert (finding.line, finding.rule) == (19, "conflict")
    assert message in finding.message
    assert finding.message.endswith("at .specs/10-core.md:9")


def test_contradictions_between_files(read):
    text = under(1001, "config", "a: 1")
    specs = read(
        **{"10-core": text, "20-more": text.replace("OC-CORE-1001", "OC-MORE-1001").replace("a: 1", "a: 2")}
    )
    assert messages(specs) == [".specs/20-more.md:8: config: a is 2 here, but 1 at .specs/10-core.md:8"]


def test_saying_the_same_twice_is_no_contradiction(read):
    specs = read(under(1001, "config", "a: {b: [1, x]}") + under(1002, "config", "a: {b: [1, x]}"))
    assert specs.findings == ()


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("a: 1\nb: [1, 2", 9, "expected"),
        ("a: 1\n b: 2", 9, "mapping values"),
        ("a: 1\nb: 2\na: 3", 10, "'a' is given twice: first at .specs/10-core.md:8"),
        ("a:\n  b: 1\n  b: 2", 10, "'b' is given twice"),
        ("a: no", 8, "'no' would be read as bool"),
        ("a: 2026-01-01", 8, "would be read as timestamp"),
        ("a: 0o17\nb: 017", 9, "'017' would be read as int"),
        ("a: 1:30", 8, "would be read as int"),
        ("a: {b: c, d e}", 8, "'d e' has no value"),
        ("a: &x {b: 1}\nc: {<<: *x}", 9, "`<<` is not read"),
        ("a: &x [*x]", 8, "contains itself"),
        ("- a", 8, "a fragment is a mapping"),
        ("a: 1\nx-req-id: [OC-CORE-1001]", 9, "written by extraction"),
        ("? [a]\n: 1", 8, "a key is a plain name"),
        ("a: *nobody", 8, "undefined alias"),
        ("a: \x07", 8, "control characters"),
    ],
)
def test_wrong_yaml_is_shown_at_its_line_of_markdown(read, body, line, message):
    findings = read(under(1001, "config", body)).findings
    assert any(finding.line == line and message in finding.message for finding in findings), findings


def test_scalars_are_those_of_json(read):
    specs = read(under(1001, "config", 'a: [1, -2, 1.5, 1e-6, true, null, "429", text]\n200: {b: ~}'))
    assert specs.findings == ()
    document = specs.contracts["config"].document()
    assert document == {"200": {"b": None}, "a": [1, -2, 1.5, 1e-06, True, None, "429", "text"]}


def test_what_no_requirement_governs_may_stand_alone(read):
    free = "# T\n\n```yaml openapi\nopenapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\n```\n\n"
    assert read(free).findings == ()
    lone = "# T\n\n```yaml openapi\ncomponents:\n  schemas:\n    A: {type: string}\n```\n"
    assert messages(read(lone)) == [
        ".specs/10-core.md:6: openapi: components > schemas > A is a schema without an ID: "
        "put it under a requirement heading"
    ]


def test_a_fragment_belongs_to_the_nearest_heading(read):
    text = (
        under(1001, "config", "a: 1")
        + "## Another section\n\n```yaml config\nproperties: {p: {type: string}}\n```\n"
    )
    assert "p is a property without an ID" in messages(read(text))[0]
    deeper = text.replace("## Another", "#### Another")
    specs = read(deeper)
    assert specs.findings == ()
    assert specs.contracts["config"].document()["properties"]["p"]["x-req-id"] == ["OC-CORE-1001"]


def test_a_withdrawn_requirement_governs_nothing(read):
    text = under(1001, "config", "a: 1").replace("checked by `unit`", 'withdrawn "gone"')
    assert messages(read(text)) == [
        ".specs/10-core.md:8: OC-CORE-1001 is withdrawn and governs nothing: remove this config"
    ]


def test_contradictions_and_loose_ends_are_shown_together(read):
    lost = '$ref: "#/nowhere"'
    specs = read(under(1001, "config", f"a: 1\n{lost}") + under(1002, "config", "a: 2"))
    assert [finding.rule for finding in specs.findings] == ["reference", "conflict"]


ERRORS = "errors: {BUSY: {status: 429, http: true, stream: true, retriable: true, hint: h}, GONE: {status: 410, http: false, stream: true, retriable: false, hint: h}}"  # noqa: E501 - one line, so that places are simple


def api(body: str) -> str:
    return under(1001, "errors", ERRORS) + under(1002, "openapi", body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            'components: {schemas: {A: {$ref: "#/components/schemas/B"}}}',
            "refers to '#/components/schemas/B'",
        ),
        ('components: {schemas: {A: {$ref: "other.yaml#/a"}}}', "refers to 'other.yaml#/a'"),
        (
            'components: {schemas: {A: {$ref: "errors.yaml#/errors/NONE"}}}',
            "refers to 'errors.yaml#/errors/NONE'",
        ),
        (
            "components: {schemas: {A: {discriminator: {propertyName: p, mapping: {x: '#/nowhere'}}}}}",
            "'#/nowhere'",
        ),
        (
            "components: {schemas: {ErrorCode: {enum: [GONE]}}}",
            "the error BUSY is not in the enum of ErrorCode",
        ),
        ("components: {schemas: {ErrorCode: {enum: [GONE, BUSY, MORE]}}}", "ErrorCode lists MORE"),
        ("components: {responses: {R: {x-error-codes: [MORE]}}}", "lists the error MORE"),
        ("components: {responses: {R: {x-error-codes: [GONE]}}}", "GONE, which only a stream carries"),
        ('x-transport-responses: {"404": {x-error-codes: [BUSY]}}', "lists BUSY, whose status is 429"),
        ("paths: {/a: {get: {x-profile: core, responses: {'200': {}}}}}", "needs operationId"),
        ("paths: {/a: {get: {operationId: a, x-profile: cores, responses: {'200': {}}}}}", "needs x-profile"),
        ("paths: {/a: {get: {operationId: a, x-profile: core}}}", "needs responses"),
        (
            "paths: {/a: {get: &o {operationId: a, x-profile: core, responses: {'200': {}}}, put: *o}}",
            "operationId a is taken",
        ),
    ],
)
def test_contracts_hold_together(read, body, message):
    findings = read(api(body)).findings
    assert any(message in finding.message for finding in findings), findings


def test_a_policy_label_goes_with_codes_that_there_are(read):
    [finding] = read(
        under(1001, "errors", ERRORS + "\npolicy_labels: {full: {codes: [BUSY, MORE]}}")
    ).findings
    assert "the policy label full goes with MORE" in finding.message


def test_a_status_has_the_codes_that_its_response_lists(read):
    body = """components: {responses: {Busy: {description: d, x-error-codes: [BUSY]}}}
paths:
  /a: {get: {operationId: a, x-profile: core, responses: {"%s": {$ref: "#/components/responses/Busy"}}}}"""
    assert read(api(body % "429")).findings == ()
    [finding] = read(api(body % "503")).findings
    assert "lists BUSY, whose status is 429" in finding.message
    assert finding.line == 20


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (
            "errors",
            "errors: {E: {status: x, http: true, stream: true, retriable: true, hint: h}}",
            "needs status",
        ),
        (
            "errors",
            "errors: {E: {status: 400, stream: true, retriable: true, hint: h}}",
            "needs http: true or false",
        ),
        ("events", "events: {end: {terminal: maybe, data: {type: object}}}", "needs terminal"),
        (
            "metrics",
            "series: {n: {type: sum, help: h, labels: [], profile: core}}",
            "needs type: counter, gauge",
        ),
        (
            "metrics",
            "series: {n: {type: gauge, help: h, labels: [a], profile: core}}",
            "label a, which has no budget",
        ),
        (
            "metrics",
            "series: {n: {type: gauge, help: h, labels: [], values: {a: [b]}, profile: core}}",
            "values of a, which is none",
        ),
        ("metrics", "labels: {a: {budget: 0}}", "needs budget"),
    ],
)
def test_nodes_say_what_is_needed_of_them(read, kind, body, message):
    findings = read(under(1001, kind, body)).findings
    assert any(message in finding.message for finding in findings), findings
