"""Request bodies as the contract wants them: strict JSON, closed objects, and of what is wrong where
it is.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from math import isinf
from typing import Any, NamedTuple, NoReturn, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from orchestratord.core.errors import Detail, OrchestratorError
from orchestratord.core.tasks import TaskSpec
from orchqueue_contract.errors import ErrorCode
from orchqueue_contract.routes import Body
from orchqueue_contract.structs import CompletionRequest, EmbeddingRequest, RerankRequest, TaskRequest

T = TypeVar("T")

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
MAX_DETAILS = 16
MAX_PROBLEMS = 8 * MAX_DETAILS
# More than any schema allows, so that what is cut here is still seen to be too long.
SHOWN_LENGTH = 66_000
SHOWN_ITEMS = 2100
LONGEST_NAME = 128

# One kind of brackets is enough to count levels by, and nothing else is.
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _StrictError(ValueError):
    """The body is something that JSON, or its reader, allows and the contract does not."""


def read_task(body: Body[TaskRequest]) -> TaskSpec:
    """The task of a request body. Raises INVALID_PARAMS with the pointers of all that is wrong."""
    return _spec(read(body, "TaskRequest"))


def read(body: Body[T], schema: str, levels: int = 1) -> T:
    """A request body as its struct; `schema` is its name in the contract, which has so many `levels` of
    values in values that are judged.

    Raises INVALID_PARAMS with the pointers of all that is wrong.
    """
    text = _text(body.raw)
    _check_strict(body.raw, text)
    try:
        return body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise _explained(text, error, schema, levels) from None


def _text(raw: bytes) -> str:
    """The body as text: JSON is UTF-8, and begins with itself (RFC 8259, 8.1)."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\ufeff"
    if text.startswith("\ufeff"):
        message = "The body is not UTF-8 without a byte order mark."
        raise refused(message, [Detail(message, pointer="")])
    return text


def _spec(request: CompletionRequest | EmbeddingRequest | RerankRequest) -> TaskSpec:
    # OC-CTRL-2013: who tells a default asks for the same; the request has those of the contract.
    common: dict[str, Any] = {
        "task_id": request.task_id.lower(),
        "session_id": request.session_id.lower(),
        "workload": request.workload,
        "model_ref": request.model_ref,
        "engine": request.engine,
        "ctx": request.ctx,
        "priority": request.priority,
        "deadline_ms": request.deadline_ms,
        "max_queue_ms": given(request.max_queue_ms),
        "kv_hint": request.kv_hint,
    }
    if isinstance(request, CompletionRequest):
        return TaskSpec(
            **common,
            prompt=request.prompt,
            max_tokens=request.max_tokens,
            seed=given(request.seed),
            determinism=request.determinism,
            sampler_profile_version=given(request.sampler_profile_version),
            expected_tokens=given(request.expected_tokens),
        )
    prompt = request.prompt if isinstance(request, RerankRequest) else ""
    return TaskSpec(**common, prompt=prompt, inputs=tuple(request.inputs))


def given(value: Any) -> Any:
    """The value of an optional member; None where there is none."""
    return None if value is UNSET or isinstance(value, UnsetType) else value


def _check_strict(raw: bytes, text: str) -> None:
    """Refuse what the decoder would let pass: duplicate keys, deep nesting, numbers that JSON or the
    contract cannot hold.
    """
    # OC-CTRL-2034
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _check_depth(raw)
    try:
        _STRICT.decode(text)
    except _StrictError:
        _refuse_offenders(text)
    except (ValueError, RecursionError):
        # What is no JSON at all is explained by the decoder, which says where.
        return


def _refuse_offenders(text: str) -> None:
    try:
        marked = json.loads(text, **_MARKING)
    except (ValueError, RecursionError):
        # What comes behind the first offender is no JSON.
        return
    details = list(islice(_offenders(marked), MAX_DETAILS))
    raise refused("The body is JSON of a kind that is not taken.", details)


def _check_depth(raw: bytes) -> None:
    """Take away texts, then pairs of brackets from the inside out: any prompt with code in it comes here."""
    bare = raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    left = b"".join(bare).translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        if b"[]" not in left:
            break
        left = left.replace(b"[]", b"")
    if b"[]" in left or left.count(b"[") > MAX_DEPTH:
        message = f"The body is nested deeper than {MAX_DEPTH} levels."
        raise refused(message, [Detail(message, pointer="")])


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _StrictError
    return members


def _no_constant(_name: str) -> NoReturn:
    raise _StrictError


def _bounded(text: str) -> int:
    if _beyond(text):
        raise _StrictError
    return int(text)


def _beyond(text: str) -> bool:
    return len(text) > 17 or abs(int(text)) > MAX_INTEGER


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _StrictError
    return value


# Made once: `json.loads` with hooks makes a decoder for each call, which costs more than a short body does.
_STRICT = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_constant=_no_constant, parse_int=_bounded, parse_float=_finite
)


class _Offence(NamedTuple):
    """Stands in a marked document where a number is not taken."""

    message: str


class _Pairs(NamedTuple):
    """An object of a marked document, its keys as often as they came."""

    pairs: list[tuple[str, Any]]


_MARKING: dict[str, Any] = {
    "object_pairs_hook": _Pairs,
    "parse_constant": lambda _name: _Offence("NaN and Infinity are no JSON."),
    "parse_int": lambda text: _Offence("This integer is beyond 2^53-1.") if _beyond(text) else 0,
    "parse_float": lambda text: _Offence("This number is too large.") if isinf(float(text)) else 0.0,
}


def _offenders(value: Any, *path: str | int) -> Iterator[Detail]:
    """What is wrong in a marked document, and where."""
    if isinstance(value, _Offence):
        yield Detail(value.message, pointer=pointer(path))
    elif isinstance(value, _Pairs):
        seen: set[str] = set()
        for name, member in value.pairs:
            if name in seen:
                yield Detail("This key stands there twice.", pointer=pointer([*path, name]))
            seen.add(name)
            yield from _offenders(member, *path, name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _offenders(item, *path, number)


def _explained(text: str, error: Exception, schema: str, levels: int) -> OrchestratorError:
    """What is wrong with a body that could not be decoded: looked at again by the schema, which knows the
    pointers.
    """
    try:
        instance = json.loads(text)
    except (ValueError, RecursionError):
        message = "The body is not JSON."
        if isinstance(error, msgspec.DecodeError) and not isinstance(error, msgspec.ValidationError):
            message = f"The body is not JSON: {error}"
        return refused(message, [Detail(message, pointer="")])
    details = list(islice(_surrogates(instance), MAX_DETAILS)) if "\\u" in text else []
    details = details or list(islice(_schema_details(_outline(instance, levels), schema), MAX_DETAILS))
    message = "The body does not have the form that the contract gives it."
    return refused(message, details or [Detail(message, pointer="")])


def _surrogates(value: Any, *path: str | int) -> Iterator[Detail]:
    """The texts that are no Unicode, names included."""
    if isinstance(value, str):
        if _SURROGATE.search(value):
            yield Detail("This text holds half of a surrogate pair.", pointer=pointer(path))
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _surrogates(member, *path, name)
            if _SURROGATE.search(name):
                yield Detail("This name holds half of a surrogate pair.", pointer=pointer([*path, name]))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _surrogates(item, *path, number)


def _outline(value: Any, levels: int) -> Any:
    """A value with all that the schema can object to, and little more: the validator repeats what it
    objects to in its messages, which nobody reads. So many `levels` of objects are judged.
    """
    if isinstance(value, str):
        return value[:SHOWN_LENGTH]
    if isinstance(value, list):
        return [_outline(item, levels - 1) for item in value[:SHOWN_ITEMS]] if levels >= 0 else []
    if isinstance(value, dict):
        return {name: _outline(item, levels - 1) for name, item in value.items()} if levels > 0 else {}
    return value


def _schema_details(instance: Any, schema: str) -> Iterable[Detail]:
    from orchqueue_contract.schemas import validator  # noqa: PLC0415 - only a request that fails pays for it

    judge = validator("openapi", f"/components/schemas/{schema}")
    # A body may be wrong in a hundred thousand places, and finding one costs more than reading it did.
    found: list[Any] = list(islice(judge.iter_errors(instance), MAX_PROBLEMS))
    for problem in sorted(found, key=lambda problem: [str(part) for part in problem.path]):
        path = list(problem.absolute_path)
        if problem.validator == "additionalProperties" and isinstance(problem.instance, dict):
            known = problem.schema.get("properties", {})
            for name in problem.instance:
                if name not in known:
                    # What is this long is no name, and need not be told to its sender.
                    where = path if len(name) > LONGEST_NAME else [*path, name]
                    yield Detail("This field is unknown.", pointer=pointer(where))
        elif problem.validator == "required" and isinstance(problem.instance, dict):
            # The validator tells of one missing field at a time, each under its own problem.
            missing = [name for name in problem.validator_value if name not in problem.instance]
            named = [name for name in missing if problem.message.startswith(repr(name))]
            yield Detail("This field is missing.", pointer=pointer([*path, *(named or missing)[:1]]))
        else:
            yield Detail(
                _WORDS.get(str(problem.validator), "This value is not allowed."), pointer=pointer(path)
            )


_WORDS = {
    "type": "This value is of the wrong type.",
    "enum": "This value is not one of those allowed.",
    "const": "This value is not the one allowed.",
    "minimum": "This number is too small.",
    "maximum": "This number is too large.",
    "minLength": "This text is too short.",
    "maxLength": "This text is too long.",
    "pattern": "This text does not have the right form.",
    "format": "This text does not have the right form.",
    "minItems": "This list is too short.",
    "maxItems": "This list is too long.",
}


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901); what is no Unicode in a name is replaced."""
    told = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return _SURROGATE.sub("\ufffd", told)


def refused(message: str, details: list[Detail]) -> OrchestratorError:
    """INVALID_PARAMS about a body."""
    return OrchestratorError(ErrorCode.INVALID_PARAMS, message, details=tuple(details))
