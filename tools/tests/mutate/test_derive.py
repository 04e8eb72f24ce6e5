"""Mutants from the contract: one for each item, always the same for one seed, laid to whom it concerns."""

import pytest

from orchqueue.mutate import mutants, surgery
from orchqueue.mutate.derive import Item, items
from orchqueue.mutate.mutation import Mutation
from orchqueue.mutate.surgery import Answer
from orchqueue.verify.contract import UNOBSERVABLE, Contract
from orchqueue_contract import load
from orchqueue_contract.requirement_ids import REQUIREMENTS


@pytest.fixture(scope="module")
def found(contract: Contract) -> dict[str, Item]:
    metrics = load("metrics")
    return {item.name: item for item in items(contract, metrics["labels"], metrics["series"])}


def test_each_part_of_the_contract_has_its_items(contract: Contract, found: dict[str, Item]) -> None:
    for operation in contract.operations:
        assert f"operation:{operation.identifier}" in found
        for status, node in operation.node["responses"].items():
            met = UNOBSERVABLE not in contract.deref(node)
            assert (f"status:{operation.identifier}.{status}" in found) is met
    assert {f"event:{name}" for name in contract.events} <= found.keys()
    assert {f"series:{name}" for name in load("metrics")["series"]} <= found.keys()
    for name in (
        *("header:Backpressure.Retry-After", "header:cancelTask.204.X-Cancel-Outcome"),
        *("field:AdmissionResponse.job_id", "field:end.tokens_out", "field:ErrorDetail.message"),
        *(
            "value:X-Cancel-Outcome.canceled-queued",
            "value:end.finish_reason.stop",
            "value:ErrorCode.INTERNAL",
        ),
        *("request:Priority.batch", "label:tasks_rejected_total.reason.INTERNAL", "status:transport.405"),
    ):
        assert name in found


def test_a_code_is_an_item_where_it_can_occur(found: dict[str, Item]) -> None:
    assert "value:ErrorCode.DECODE_TIMEOUT" not in found
    assert "value:ErrorCode@data.DECODE_TIMEOUT" in found
    assert "value:ErrorCode@data.NOT_FOUND" not in found


def test_a_policy_is_an_item_where_a_code_that_it_goes_with_can_occur(found: dict[str, Item]) -> None:
    assert {"value:PolicyLabel.quota", "value:PolicyLabel@data.drop-lru"} <= found.keys()
    assert "value:PolicyLabel@data.quota" not in found


def test_what_stands_in_a_list_concerns_whom_the_list_does(found: dict[str, Item]) -> None:
    assert found["value:Workload.rerank"].ids == {"OC-CTRL-2034", "OC-CTRL-2060"}


def test_what_a_label_says_in_all_series_is_broken_in_all(found: dict[str, Item]) -> None:
    text = 'tasks_enqueued_total{engine="tgi"} 1\nqueue_depth{pool_id="a",engine="tgi"} 2\n'
    broken = surgery.exposition(found["label:engine.tgi"].mutation(1), text)
    assert broken == text.replace('"tgi"', '"tgi-x"')


def test_no_item_is_without_a_requirement_and_none_is_unknown(found: dict[str, Item]) -> None:
    assert [name for name, item in found.items() if not item.ids or item.ids - REQUIREMENTS.keys()] == []


def test_what_is_optional_is_no_item(found: dict[str, Item]) -> None:
    assert "field:ErrorEnvelope.details" not in found
    assert "header:createTask.202.X-Budget-Tokens-Remaining" not in found


def test_a_field_that_is_used_in_many_places_is_broken_in_all(found: dict[str, Item]) -> None:
    mutation = found["field:ErrorEnvelope.code"].mutation(1)
    assert {site.path for site in mutation.sites} >= {"/v1/tasks", "/metrics"} - {"/metrics"}
    assert mutation.at("POST", "/v1/tasks", 429)
    assert not mutation.at("POST", "/v1/tasks", 202)
    [detail] = found["field:ErrorDetail.message"].mutation(1).at("POST", "/v1/tasks", 400)
    assert detail.at == ("details", "*", "message")


def test_a_path_without_operation_is_the_transports(found: dict[str, Item]) -> None:
    mutation = found["status:transport.404"].mutation(1)
    assert mutation.at("GET", "/v1/replicasets", 404)
    assert not mutation.at("GET", "/v1/sessions/1", 404)


def test_the_seed_chooses_the_operators_and_nothing_else_does(found: dict[str, Item]) -> None:
    item = found["event:token"]
    assert item.mutation(1) == item.mutation(1)
    seen = {item.mutation(seed).operator for seed in range(40)}
    assert seen == {"drop", "rename", "retype", "reorder", "alter"}


def test_a_mutation_is_read_as_it_was_written(found: dict[str, Item]) -> None:
    for item in found.values():
        mutation = item.mutation(3)
        assert Mutation.read(mutation.data()) == mutation


def test_a_wire_mutant_concerns_what_its_requirements_refine(contract: Contract) -> None:
    wire = {mutant.name: mutant for mutant in mutants.wire(contract, load("metrics"), 1)}
    assert wire["operation:cancelTask"].requirements == {"OC-CTRL-2012", "ORCH-2003"}


def test_an_enumeration_of_one_value_is_broken_where_a_server_writes_it() -> None:
    only = {"type": "string", "enum": ["only"]}
    body = {"application/json": {"schema": {"type": "object", "properties": {"kind": only}}}}
    answered = {"headers": {"X-Kind": {"schema": only}}, "content": body}
    operation = {
        "operationId": "makeThing",
        "x-req-id": ["ORCH-2001"],
        "requestBody": {"content": body},
        "responses": {"200": answered},
    }
    stream = {"operationId": "readThing", "x-req-id": ["ORCH-2002"], "responses": {}}
    paths = {"/v1/things": {"post": operation}, "/v1/things/{id}/stream": {"get": stream}}
    small = Contract({**load("openapi"), "paths": paths}, {"events": {}}, load("errors"))
    mutations = {item.name: item.mutation(1) for item in items(small, {}, {})}
    assert not [name for name in mutations if name.startswith("request:")]
    assert (mutations["value:.kind.only"].operator, mutations["value:.kind.only"].to) == ("rename", "only-x")
    answer = Answer(200, [("X-Kind", "only")], b"{}")
    header = mutations["value:X-Kind.only"]
    assert surgery.answer(header, header.at("POST", "/v1/things", 200), answer)
    assert answer.headers == [("X-Kind", "only-x")]
