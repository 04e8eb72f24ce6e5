# Written by `orchqueue gen`; an edit here is lost.

"""What the pydantic models are built on, so that they accept what JSON Schema accepts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from ._checks import require_unique

__all__ = ["NOT_NULL", "OMITTED", "UNIQUE", "ContractModel", "Integer"]


class ContractModel(BaseModel):
    """The base of all models. A property that was left out is None here, and is left out again when the model is dumped."""

    model_config = ConfigDict(allow_inf_nan=False, protected_namespaces=())


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _not_null(value: object) -> object:
    if value is None:
        raise ValueError("Leave the property out instead of sending null")
    return value


def _unique(value: Any) -> Any:
    if value is not None:
        require_unique(value)
    return value


def _is_none(value: object) -> bool:
    return value is None


Integer = Annotated[int, Strict(), BeforeValidator(_whole)]
"""A whole number as JSON Schema has it: 1.0 counts, true and "1" do not."""

NOT_NULL = BeforeValidator(_not_null)
"""For a property that may be left out but not be null."""

OMITTED: Any = Field(exclude_if=_is_none)
"""For a property that is left out of what is written when it has no value."""

UNIQUE = AfterValidator(_unique)
"""For a list whose items differ from each other."""
