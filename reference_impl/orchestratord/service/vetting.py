"""Looking at what a model refers to: its SBOM and its files, in threads, one model's files at a time.

What follows from what is seen is decided in the core.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from orchestratord.catalog import Cache, Source, SourceError, named_digests, verifies
from orchestratord.core.catalog import trust
from orchestratord.core.catalog.models import Model, Registration, TrustPolicy, Verification, file_url
from orchestratord.core.catalog.registries import within
from orchestratord.core.catalog.trust import Finding, Reason, Root
from orchestratord.service.threads import Threads

LARGEST_SBOM = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """For what a model is not trusted, and its SBOM, if that is the one that was meant."""

    findings: list[Finding]
    sbom: bytes | None


class Vetting:
    """Judges models by a configuration's roots. `wall_ms` gives Unix milliseconds."""

    def __init__(
        self, roots: tuple[Root, ...], cache: Cache, threads: Threads, wall_ms: Callable[[], float]
    ) -> None:
        self._roots = {root.id: root for root in roots}
        self._cache = cache
        self._threads = threads
        self._wall_ms = wall_ms
        self._one_at_a_time = asyncio.Lock()
        self._closed = False

    async def provenance(self, model: Registration, policy: TrustPolicy, kept: bytes | None) -> Seen:
        """All but the files. `kept` is the SBOM, where it was retained."""
        findings = trust.judge(model, policy, self._roots, verifies, self._wall_ms() / 1000)
        sbom = model.sbom
        if sbom is None or not within(sbom.uri, policy.allowed_registries):
            return Seen(findings, None)
        more, content = await self._threads.run(lambda: self._sbom(model, policy, kept))
        return Seen([*findings, *more], content)

    def again(self, model: Model, policy: TrustPolicy) -> tuple[Verification, list[Finding]]:
        """What a model is worth now: what its last check has found of its SBOM and files still counts."""
        findings = trust.judge(model.registration, policy, self._roots, verifies, self._wall_ms() / 1000)
        return trust.still(model, findings, policy)

    def loading(
        self, model: Model, policy: TrustPolicy, digest: str | None
    ) -> tuple[Verification, list[Finding]]:
        """What a model is worth now whose file, of this digest, shall be loaded."""
        findings = trust.judge(model.registration, policy, self._roots, verifies, self._wall_ms() / 1000)
        if not model.has(digest):
            findings.append(Finding(Reason.FILE, "The file to load is none of the model's.", "/manifests"))
        return trust.still(model, findings, policy)

    async def files(self, model: Registration, policy: TrustPolicy) -> list[Finding]:
        """Whether each file is what its manifest says."""
        async with self._one_at_a_time:
            return await self._threads.run(lambda: self._files(model, policy))

    def stop(self) -> None:
        """Read no more than what is being read."""
        self._closed = True

    def close(self) -> None:
        """Begin nothing any more."""
        self._threads.close()

    def _sbom(
        self, model: Registration, policy: TrustPolicy, kept: bytes | None
    ) -> tuple[list[Finding], bytes | None]:
        assert model.sbom is not None
        content = kept
        if content is None:
            try:
                content = self._source(policy).whole(model.sbom.uri, LARGEST_SBOM)
            except SourceError as error:
                return [Finding(Reason.SBOM, f"The SBOM cannot be had: {error}.", "/sbom/uri")], None
        findings = trust.judge_sbom(model, content, named_digests(content))
        return findings, None if any(one.pointer == "/sbom/digest" for one in findings) else content

    def _files(self, model: Registration, policy: TrustPolicy) -> list[Finding]:
        source, found = self._source(policy), []
        for number, manifest in enumerate(model.manifests):
            where = f"/manifests/{number}"
            try:
                checked = self._cache.take(manifest, source.pieces(file_url(model, manifest)))
            except SourceError as error:
                # OC-CAT-4209
                if self._cache.find(manifest, self._unwanted) is not None:
                    continue
                found.append(Finding(Reason.SOURCE, f"The file cannot be had: {error}.", where))
            else:
                if not checked.good:
                    found.append(Finding(Reason.FILE, "The file is not what its manifest says.", where))
        return found

    def _source(self, policy: TrustPolicy) -> Source:
        return Source(policy.allowed_registries, self._unwanted)

    def _unwanted(self) -> bool:
        return self._closed
