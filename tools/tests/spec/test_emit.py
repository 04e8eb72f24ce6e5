"""What is written as YAML reads back as it was, for any JSON value."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from orchqueue.spec.emit import to_yaml

TRAPS = """no|1.5|1e-6|2026-1-1|a: b|a #b|- a|~|null|0x1f|1:30|=|<<| a|it's|"|%|@a|`|{|a,b|é|…|C:\\|_1|y|On"""
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [*TRAPS.split("|"), "", "|", "a\nb", "\x85", "\u2028", "\ufeff"]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
)


@settings(deadline=None, max_examples=400)
@given(st.dictionaries(TEXT, VALUE, max_size=5))
def test_round_trip(value):
    text = to_yaml(value) or "{}"
    assert yaml.safe_load(text) == value
    assert yaml.load(text, Loader=yaml.CSafeLoader) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": {"b": [1, "x y"], "c": {}}}, "a:\n  b: [1, x y]\n  c: {}\n"),
        ({"a": [{"b": 1, "c": "no"}]}, 'a:\n  - b: 1\n    c: "no"\n'),
        ({"429": {"$ref": "#/a"}}, '"429":\n  $ref: "#/a"\n'),
        ({"a": ["x" * 60, "y" * 60]}, f"a:\n  - {'x' * 60}\n  - {'y' * 60}\n"),
    ],
)
def test_style(value, text):
    assert to_yaml(value) == text
