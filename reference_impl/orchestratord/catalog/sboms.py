"""What an SBOM is about: the SHA-256 digests that it names, read by the libraries of CycloneDX and SPDX."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def named_digests(content: bytes) -> frozenset[str] | None:
    """The digests, as `sha256:` and hexadecimal digits; None of what is no SBOM that can be read."""
    # OC-CAT-4203
    try:
        document = json.loads(content)
        if not isinstance(document, dict):
            return None
        if document.get("bomFormat") == "CycloneDX":
            found = list(_cyclonedx(document))
        elif "spdxVersion" in document:
            found = list(_spdx(document))
        else:
            return None
    except Exception:  # noqa: BLE001 - the libraries raise whatever they stumble over, and none of it is ours
        return None
    return frozenset(f"sha256:{value.lower()}" for value in found)


def _cyclonedx(document: dict[str, Any]) -> Iterator[str]:
    # Half a second to import, and few servers need it.
    from cyclonedx.model import HashAlgorithm  # noqa: PLC0415
    from cyclonedx.model.bom import Bom  # noqa: PLC0415

    # The library makes an instance of its class, and says that it makes anything.
    bom: Any = Bom.from_json(document)  # type: ignore[attr-defined]
    subject = [bom.metadata.component] if bom.metadata.component is not None else []
    for component in _with_inner([*subject, *bom.components]):
        for one in component.hashes:
            if one.alg is HashAlgorithm.SHA_256:
                yield one.content


def _with_inner(components: Iterable[Any]) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _with_inner(component.components)


def _spdx(document: dict[str, Any]) -> Iterator[str]:
    from spdx_tools.spdx.model.checksum import ChecksumAlgorithm  # noqa: PLC0415 - as above
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser  # noqa: PLC0415

    parsed: Any = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call]
    for element in (*parsed.packages, *parsed.files):
        for one in element.checksums:
            if one.algorithm is ChecksumAlgorithm.SHA256:
                yield one.value
