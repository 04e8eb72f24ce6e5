"""JSON Schema, pydantic and msgspec agree, on chosen cases and on any change of a valid example."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

_spec = importlib.util.spec_from_file_location("gen_cases", Path(__file__).parent / "cases.py")
assert _spec is not None
assert _spec.loader is not None
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)

# A member of a union is judged as part of the union, since its tag is asked for there only.
UNION_OF = {
    "CompletionRequest": "TaskRequest",
    "EmbeddingRequest": "TaskRequest",
    "RerankRequest": "TaskRequest",
    "BookOrder": "Order",
    "FoodOrder": "Order",
}
UNIONS = set(UNION_OF.values())


def _agree(package: Any, schema: str, value: object) -> bool:
    verdicts = package.verdicts(UNION_OF.get(schema, schema), value)
    assert len(set(verdicts.values())) == 1, f"{schema} {value!r}: {verdicts}"
    return bool(verdicts["schema"])


@pytest.mark.parametrize(("package", "schema", "path", "value", "valid"), cases.CASES, ids=repr)
def test_cases(
    request: pytest.FixtureRequest, package: str, schema: str, path: str, value: object, valid: bool
) -> None:
    example = cases.EXAMPLES[package][schema]
    judged = _agree(request.getfixturevalue(package), schema, cases.changed(example, path, value))
    assert judged is valid


@pytest.mark.parametrize("package", ["contract", "sample"])
def test_every_schema_has_an_example(request: pytest.FixtureRequest, package: str) -> None:
    names = request.getfixturevalue(package).schema_names()
    assert set(names) == set(cases.EXAMPLES[package])


@pytest.mark.parametrize(
    ("package", "schema"),
    [(package, schema) for package, found in cases.EXAMPLES.items() for schema in found],
)
def test_examples_are_valid(request: pytest.FixtureRequest, package: str, schema: str) -> None:
    assert _agree(request.getfixturevalue(package), schema, cases.EXAMPLES[package][schema])


@pytest.mark.parametrize("value", [None, [], "x", 1, True, {}])
def test_what_is_no_object_is_refused(contract: Any, value: object) -> None:
    assert not _agree(contract, "TaskRequest", value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-(2.0**53), max_value=2.0**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["completion", "batch", "vllm", cases.UUID, cases.UUID + "\n", "sha256:" + "0" * 64]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "message"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_change_of_an_example_is_judged_alike(contract: Any, sample: Any, data: st.DataObject) -> None:
    package, judge = data.draw(st.sampled_from([("contract", contract), ("sample", sample)]))
    schema = data.draw(st.sampled_from(sorted(set(cases.EXAMPLES[package]) - UNIONS)))
    example = cases.EXAMPLES[package][schema]
    fields = judge.module("structs").__dict__[schema].__struct_encode_fields__
    path = data.draw(st.sampled_from(sorted({*example, *fields, "unknown"})))
    _agree(judge, schema, cases.changed(example, path, data.draw(VALUES)))
