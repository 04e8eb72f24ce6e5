"""Models that are not trusted, each for one reason, and files and SBOMs that are not what they were."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from orchqueue.kit import Exchange, NotTestable
from orchqueue_bdd import artifacts, catalogs, publishing
from orchqueue_bdd.answers import has_status
from orchqueue_bdd.catalogs import Model
from orchqueue_bdd.publishing import FORMER, PUBLISHER, STRANGER, signature
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

ELSEWHERE = "https://elsewhere.example/models/m"
OTHER = publishing.digest_of(b"another model")


def register(world: World, name: str, how: str, **changes: Any) -> Exchange:
    """Register a model that has this fault. Raises NotTestable for a fault that nobody has described."""
    model = catalogs.publish(world, name)
    if how not in FAULTS:
        raise NotTestable(f"nobody has said how a model comes {how}")
    return catalogs.register(world, name, **FAULTS[how](model), **changes)


def register_with_spdx(world: World, name: str) -> Exchange:
    """Register a strict model whose SBOM is SPDX, and names its file."""
    model = catalogs.publish(world, name)
    (file,) = model.registration["manifests"]
    checksum = {"algorithm": "SHA256", "checksumValue": file["digest"].removeprefix("sha256:")}
    package = {
        "SPDXID": "SPDXRef-model",
        "name": model.id,
        "downloadLocation": "NOASSERTION",
        "checksums": [checksum],
    }
    content = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "dataLicense": "CC0-1.0",
        "name": model.id,
        "documentNamespace": f"https://models.example/{model.id}",
        "creationInfo": {"created": "2025-01-01T00:00:00Z", "creators": ["Tool: orchqueue"]},
        "packages": [package],
    }
    return catalogs.register(world, name, **_sbom_of(content)(model), trust_policy={"mode": "strict"})


def change_file(world: World, name: str) -> None:
    """Change the model's file in the registry, and nothing of its size."""
    file = _file(catalogs.named(world, name))
    file.write_bytes(file.read_bytes()[::-1])


def remove_file(world: World, name: str) -> None:
    """Take the model's file out of the registry."""
    _file(catalogs.named(world, name)).unlink()


def remove_sbom(world: World, name: str) -> None:
    """Take the model's SBOM out of the registry."""
    _path(catalogs.named(world, name).registration["sbom"]["uri"]).unlink()


def verify(world: World, name: str) -> None:
    """Have a model checked again, and wait until it was. AssertionError when that is not taken."""
    model = catalogs.named(world, name)
    before = _checks(world, name)
    answer = model.client.post(f"{model.path}/verify")
    has_status(answer, 202)
    now = eventually(lambda: _checks(world, name), lambda count: count > before)
    world.memory["answer"] = answer
    assert now == before + 1, f"it was checked {now} times, and {before} times before"


def has_mode(world: World, name: str, mode: str) -> None:
    """Demand the mode of the policy by which a model is judged."""
    told = catalogs.told(world, name).get("trust_policy")
    assert isinstance(told, dict), f"its trust_policy is {told!r}"
    assert told.get("mode") == mode, f"its trust policy is {told.get('mode')!r}, not {mode}"


def has_signature_of(world: World, name: str, algo: str) -> None:
    """Demand the kind of the one signature of a model."""
    told = [each.get("algo") for each in catalogs.told(world, name).get("signatures", ())]
    assert told == [algo], f"its signatures are of {told}, not of {algo}"


def has_result(world: World, name: str, result: str, reasons: list[str]) -> None:
    """Demand what came of the last check of a model."""
    told = catalogs.told(world, name).get("verification", {})
    came = told.get("result"), sorted(told.get("reasons", ()))
    assert came == (result, sorted(reasons)), f"its verification is {told}, not {result} for {reasons}"


def is_logged(world: World, name: str, result: str, reasons: list[str]) -> None:
    """Demand a line about a check of a model, with the correlation id of the scenario's answer."""
    answer: Exchange = world.memory["answer"]
    wanted = {
        "event": "model.verified",
        "model_id": catalogs.named(world, name).id,
        "result": result,
        "reasons": reasons,
        "correlation_id": answer.header("x-correlation-id"),
    }
    found = eventually(
        lambda: [line for line in world.server.running.logs() if wanted.items() <= line.items()], bool
    )
    assert len(found) == 1, f"the log has {len(found)} such lines: {wanted}"


def _checks(world: World, name: str) -> int:
    model = catalogs.named(world, name)
    told = artifacts.told(model.client.get(model.path))
    return int(told.get("verification", {}).get("checks", 0))


def _file(model: Model) -> Path:
    return _path(model.registration["source_url"])


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def _signed(signer: str, claimed: str | None = None) -> Callable[[Model], dict[str, Any]]:
    return lambda model: {"signatures": [signature(model.registration["digest"], signer, claimed)]}


def _bundled(**how: Any) -> Callable[[Model], dict[str, Any]]:
    return lambda model: _with_bundle(publishing.bundle(model.registration["digest"], **how))


def _bundle_over_another(_: Model) -> dict[str, Any]:
    return _with_bundle(publishing.bundle(OTHER))


def _bundle_logged_otherwise(model: Model) -> dict[str, Any]:
    """One whose entry in the log is that of another bundle."""
    made, other = (publishing.bundle(model.registration["digest"]) for _ in range(2))
    made["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    return _with_bundle(made)


def _with_bundle(content: dict[str, Any]) -> dict[str, Any]:
    return {"signatures": [publishing.bundled(content)]}


def _larger(model: Model) -> dict[str, Any]:
    (only,) = model.registration["manifests"]
    return {"manifests": [{**only, "size_bytes": only["size_bytes"] + 1}]}


def _above(model: Model) -> dict[str, Any]:
    folder, _, file = model.registration["source_url"].rpartition("/")
    return {"source_url": f"{folder}/../registry/{file}"}


def _sbom(**changes: str) -> Callable[[Model], dict[str, Any]]:
    return lambda model: {"sbom": {**model.registration["sbom"], **changes}}


def _sbom_of(content: Any) -> Callable[[Model], dict[str, Any]]:
    def write(model: Model) -> dict[str, Any]:
        path = _file(model).with_suffix(".json")
        path.write_text(json.dumps(content))
        return {"sbom": {"uri": path.as_uri(), "digest": publishing.digest_of(path.read_bytes())}}

    return write


FAULTS: dict[str, Callable[[Model], dict[str, Any]]] = {
    "without a signature": lambda _: {"signatures": None},
    "signed by a stranger": _signed(STRANGER),
    "signed by a stranger in the publisher's name": _signed(STRANGER, PUBLISHER),
    "signed by a root that has expired": _signed(FORMER),
    "with another manifest": _larger,
    "with a bundle": _bundled(),
    "with a bundle by another identity": _bundled(identity=f"{publishing.IDENTITY}2"),
    "with a bundle from another issuer": _bundled(issuer="https://elsewhere.example"),
    "with a bundle of another Sigstore": _bundled(of=STRANGER),
    "with a bundle by an expired certificate": _bundled(late=True),
    "with a bundle over something else": _bundle_over_another,
    "with a bundle that is logged otherwise": _bundle_logged_otherwise,
    "with a bundle that is none": lambda _: _with_bundle({"not": "a bundle"}),
    "from another registry": lambda _: {"source_url": ELSEWHERE},
    "from outside of its registry": _above,
    "without an SBOM": lambda _: {"sbom": None},
    "with the SBOM of another model": lambda model: {"sbom": publishing.bill(_file(model), OTHER)},
    "with an SBOM that was changed": _sbom(digest=OTHER),
    "with an SBOM that is none": _sbom_of({"not": "an SBOM"}),
    "with an SBOM from another registry": _sbom(uri=ELSEWHERE),
    "with an SBOM that is not there": lambda model: _sbom(uri=model.registration["source_url"] + ".missing")(
        model
    ),
}
