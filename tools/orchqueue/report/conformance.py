"""The ConformanceReport: one small file that says what a server holds, made to be published and checked.

Its digests tie it to the record of the run and to the contract and suite that the run was made with, so that
whoever reads it can check it without the server and without a network.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from orchqueue.errors import OrchQueueError
from orchqueue.verify.session import RunInfo
from orchqueue.verify.verdicts import Summary, Verdict
from orchqueue_contract import DIGESTS, load

API_VERSION = "orchqueue.dev/v1"
KIND = "ConformanceReport"
RESULTS = "results.jsonl"
FILE = "conformance.yaml"
_SUITE = ("orchqueue", "orchqueue_bdd")

_DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_COUNTS = {
    "type": "object",
    "propertyNames": {"enum": [str(verdict) for verdict in Verdict]},
    "additionalProperties": {"type": "integer", "minimum": 1},
}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "apiVersion",
        "kind",
        "date",
        "implementation",
        "contractVersion",
        "result",
        "seed",
        "profiles",
        "statistics",
        "digests",
    ],
    "properties": {
        "apiVersion": {"const": API_VERSION},
        "kind": {"const": KIND},
        "date": {"type": "string", "format": "date-time"},
        "implementation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["target"],
            "properties": {"target": {"type": "string"}, "apiVersion": {"type": "string"}},
        },
        "contractVersion": {"type": "string"},
        "result": {"enum": ["success", "failure"]},
        "seed": {"type": "integer"},
        "profiles": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "claimed", "result", "statistics"],
                "properties": {
                    "name": {"type": "string"},
                    "claimed": {"type": "boolean"},
                    "result": {"enum": ["success", "failure", "not-claimed"]},
                    "statistics": _COUNTS,
                },
            },
        },
        "statistics": _COUNTS,
        "digests": {
            "type": "object",
            "additionalProperties": False,
            "required": ["results", "contract", "suite"],
            "properties": {
                "results": _DIGEST,
                "contract": {"type": "object", "additionalProperties": _DIGEST},
                "suite": _DIGEST,
            },
        },
    },
}


class ReportError(OrchQueueError):
    """A report could not be read."""


@dataclass(frozen=True)
class Finding:
    """One thing in a report that does not agree with what it rests on."""

    where: str
    message: str


def text(summary: Summary, info: RunInfo, results: str) -> str:
    """Write the report of a run whose record is `results`."""
    rows = _rows(results)
    failed = {judgement.requirement.id for judgement in summary.failures}
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "date": info.started,
        "implementation": {
            "target": info.target,
            **({"apiVersion": info.claims.api_version} if info.claims.api_version else {}),
        },
        "contractVersion": load("openapi")["info"]["version"],
        "result": "failure" if summary.exit_code else "success",
        "seed": info.seed,
        "profiles": _profiles(rows, {"core", *info.claims.profiles}, failed),
        "statistics": _counts(rows),
        "digests": {"results": _digest(results), "contract": dict(info.digests), "suite": suite_digest()},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def check(path: Path) -> list[Finding]:
    """Hold a report against the record beside it, and against the contract and suite of this installation.

    Raises ReportError when there is no report, or no record.
    """
    report, results = _read(path), _text(path.with_name(RESULTS))
    faults = [
        Finding("/".join(map(str, fault.absolute_path)) or "the report", fault.message)
        for fault in Draft202012Validator(SCHEMA).iter_errors(report)
    ]
    return faults or list(_differences(report, results))


def suite_digest() -> str:
    """The digest of all that judged: the kit's and the features' own files, by name and content."""
    digest = sha256()
    for package in _SUITE:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for file in sorted(_files(folder)):
                name = file[len(str(Path(folder).parent)) + 1 :]
                digest.update(f"{name}\0{_digest_of(Path(file).read_bytes())}\n".encode())
    return digest.hexdigest()


def _files(folder: str) -> Iterator[str]:
    """Give the files of a folder but for what Python has compiled, which are as many again."""
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (os.path.join(root, name) for name in files)  # noqa: PTH118 - a thousand of them


def _differences(report: Mapping[str, Any], results: str) -> Iterable[Finding]:
    digests = report["digests"]
    if digests["results"] != _digest(results):
        yield Finding("digests/results", f"{RESULTS} was changed since the report was written")
        return
    rows = _rows(results)
    if report["statistics"] != _counts(rows):
        yield Finding("statistics", f"are {report['statistics']}, and the record has {_counts(rows)}")
    failed = [row["id"] for row in rows if row["level"] == "MUST" and row["verdict"] == Verdict.FAIL]
    if failed and report["result"] == "success":
        yield Finding("result", f"says success, and in the record {', '.join(failed[:3])} failed")
    for profile in report["profiles"]:
        counted = _counts(row for row in rows if row["profile"] == profile["name"])
        if profile["statistics"] != counted:
            yield Finding(
                f"profiles/{profile['name']}", f"says {profile['statistics']}, the record {counted}"
            )
    if digests["contract"] != dict(DIGESTS):
        told = digests["contract"]
        changed = sorted(name for name in {*told, *DIGESTS} if told.get(name) != DIGESTS.get(name))
        yield Finding("digests/contract", f"was another contract than this one: {', '.join(changed)} differ")
    if digests["suite"] != suite_digest():
        yield Finding("digests/suite", "was another version of the kit or of the features than this one")


def _profiles(rows: list[dict[str, Any]], claimed: set[str], failed: set[str]) -> list[dict[str, Any]]:
    told = []
    for name in sorted({row["profile"] for row in rows}):
        members = [row for row in rows if row["profile"] == name]
        bad = any(row["id"] in failed for row in members)
        result = "failure" if bad else "success" if name in claimed else "not-claimed"
        told.append(
            {"name": name, "claimed": name in claimed, "result": result, "statistics": _counts(members)}
        )
    return told


def _rows(results: str) -> list[dict[str, Any]]:
    # Not splitlines: what a server said may hold separators of lines that JSON does not know.
    return [json.loads(line) for line in results.split("\n") if line]


def _counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    return dict(sorted(Counter(row["verdict"] for row in rows).items()))


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(_text(path))
    except yaml.YAMLError as error:
        raise ReportError(f"{path} is no YAML: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path} is no text: {error.reason}") from error


def _digest(content: str) -> str:
    return _digest_of(content.encode("utf-8", "backslashreplace"))


def _digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()
