"""Artifacts as the service uses them: made, kept, read and forgotten, without holding up the event loop.

Where they are is the store's matter, what its failures mean to a client is decided here.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from orchestratord.core.artifacts import Artifact, Kind, content_id, unknown_artifact
from orchestratord.core.errors import ConfigurationError, Detail, OrchestratorError, invalid
from orchestratord.plans import ArtifactsPlan
from orchestratord.service.ledger import Ledger
from orchestratord.service.threads import Threads
from orchestratord.stores import (
    ArtifactStore,
    FilesystemStore,
    FullError,
    MemoryStore,
    StoreError,
    TooLargeError,
)
from orchqueue_contract.errors import ErrorCode, PolicyLabel

T = TypeVar("T")

SHORT_BYTES = 16 * 1024
LONG_READ_BYTES = 512 * 1024
FULL_ADVICE_MS = 60_000
SHORTEST_SWEEP_S = 0.05


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to become an artifact. `content` gives its canonical form, in whichever thread, or raises
    INVALID_PARAMS where there is none; `size` is about its bytes.
    """

    kind: Kind
    content: Callable[[], bytes]
    size: int
    tags: tuple[str, ...] = ()
    parent: str | None = None
    metadata: Mapping[str, Any] | None = None


class Archive:
    """One store. `wall_ms` gives Unix milliseconds; traces are kept `trace_retain_ms`."""

    def __init__(
        self,
        store: ArtifactStore,
        ledger: Ledger,
        threads: Threads,
        *,
        wall_ms: Callable[[], float],
        trace_retain_ms: float,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._threads = threads
        self._wall_ms = wall_ms
        self._retain_ms = trace_retain_ms
        self._sweep: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None

    def at_once(self, size: int) -> bool:
        """Whether something of so many bytes is kept without waiting: for no disk, and no time to speak
        of.
        """
        return not self._store.blocking and size <= SHORT_BYTES

    def keep_now(self, tenant: str, draft: Draft) -> Artifact:
        """Keep an artifact from whichever thread this is; answers the first record of equal content.

        Raises INVALID_PARAMS for what has no canonical form, FullError and StoreError.
        """
        content = draft.content()
        one = Artifact(
            content_id(content),
            draft.kind,
            content,
            round(self._wall_ms()),
            draft.tags,
            draft.parent,
            draft.metadata,
        )
        return self._store.put(tenant, one)

    async def keep(self, tenant: str, draft: Draft) -> Artifact:
        """As `keep_now`, from the event loop. It is kept even when its caller is cancelled."""
        size = math.inf if self._store.blocking else draft.size
        kept = await self.aside(size, lambda: self.keep_now(tenant, draft))
        self.expect_old()
        return kept

    async def aside(self, size: float, call: Callable[[], T]) -> T:
        """What a call answers that works on so many bytes; a long one does not hold up the event loop."""
        return call() if size <= SHORT_BYTES else await self._threads.run(call)

    async def store(self, tenant: str, draft: Draft, correlation_id: str) -> Artifact:
        """Keep what a client has sent.

        Raises INVALID_PARAMS for an unknown parent too, PAYLOAD_TOO_LARGE, QUOTA_EXCEEDED and INTERNAL.
        """
        # OC-CTRL-2065
        if draft.parent is not None and self._store.size(tenant, draft.parent) is None:
            raise invalid("/parent", "There is no such artifact.")
        try:
            return await self.keep(tenant, draft)
        except TooLargeError as large:
            # OC-CTRL-2077
            raise OrchestratorError(
                ErrorCode.PAYLOAD_TOO_LARGE, f"There is never room for such an artifact: {large}."
            ) from None
        except FullError as full:
            # OC-CTRL-2076
            raise OrchestratorError(
                ErrorCode.QUOTA_EXCEEDED,
                f"There is no room for the artifact: {full}.",
                retry_after_ms=FULL_ADVICE_MS,
                policy_label=PolicyLabel.QUOTA,
                details=(Detail("No more bytes may be occupied.", name="artifacts.max_bytes"),),
            ) from None
        except StoreError as error:
            raise self._failed(error, correlation_id) from None

    async def read(self, tenant: str, artifact_id: str, correlation_id: str) -> Artifact:
        """An artifact of a tenant. Raises NOT_FOUND, and INTERNAL for what cannot be read or is damaged."""
        # OC-CTRL-2066
        size = self._store.size(tenant, artifact_id)
        if size is None:
            raise unknown_artifact()
        try:
            if self._store.blocking or size > LONG_READ_BYTES:
                found = await self._threads.run(lambda: self._store.get(tenant, artifact_id))
            else:
                found = self._store.get(tenant, artifact_id)
        except StoreError as error:
            raise self._failed(error, correlation_id) from None
        if found is None:
            raise unknown_artifact()
        return found

    def expect_old(self) -> None:
        """Look for traces whose time has passed as soon as there can be one."""
        if self._sweep is not None or self._sweeping is not None:
            return
        oldest_ms = self._store.oldest_trace_ms()
        if oldest_ms is not None:
            due_s = (oldest_ms + self._retain_ms - self._wall_ms()) / 1000
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(max(due_s, SHORTEST_SWEEP_S), self._begin_sweep)

    async def close(self) -> None:
        """Forget nothing any more, and give the store up."""
        if self._sweep is not None:
            self._sweep.cancel()
        if self._sweeping is not None:
            await asyncio.wait([self._sweeping])
        self._threads.close()
        self._store.close()

    def _begin_sweep(self) -> None:
        self._sweep = None
        if self._store.blocking:
            self._sweeping = asyncio.get_running_loop().create_task(self._sweep_in_thread())
        else:
            self._forget()
            self.expect_old()

    async def _sweep_in_thread(self) -> None:
        try:
            await self._threads.run(self._forget)
        finally:
            self._sweeping = None
            self.expect_old()

    def _forget(self) -> None:
        try:
            self._store.forget(self._wall_ms() - self._retain_ms)
        except StoreError as error:
            self._ledger.defect("artifacts.failed", None, reason=str(error))

    def _failed(self, error: StoreError, correlation_id: str) -> OrchestratorError:
        self._ledger.defect("artifacts.failed", correlation_id, reason=str(error), code=ErrorCode.INTERNAL)
        return OrchestratorError(ErrorCode.INTERNAL, "The artifact cannot be had: its store failed.")


def open_archive(plan: ArtifactsPlan, ledger: Ledger) -> Archive:
    """The archive of a plan. Raises ConfigurationError when its root cannot be used."""
    store: ArtifactStore
    try:
        store = (
            MemoryStore(plan.max_bytes) if plan.root is None else FilesystemStore(plan.root, plan.max_bytes)
        )
    except StoreError as error:
        raise ConfigurationError([f"/artifacts/root: {error}"]) from None
    threads = Threads("artifacts")
    return Archive(
        store, ledger, threads, wall_ms=lambda: time.time() * 1000, trace_retain_ms=plan.trace_retain_ms
    )
