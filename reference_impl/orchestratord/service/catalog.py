"""The catalog while the server runs: all models in memory, where admission finds them without waiting, and
each change on the disk before it holds.

What may become of a model is decided in the core; the store keeps it.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from orchestratord.catalog import Cache
from orchestratord.core.catalog.models import Model, Registration, TrustPolicy
from orchestratord.core.catalog.routing import Route, choose, route, unregistered
from orchestratord.core.catalog.states import ModelState, check_transition
from orchestratord.core.catalog.trust import check_trusted, untrusted, verification
from orchestratord.core.errors import ConfigurationError, OrchestratorError, invalid
from orchestratord.core.sessions import Session, SessionKey
from orchestratord.core.tasks import TaskSpec
from orchestratord.metrics import GaugeSample
from orchestratord.plans import CatalogPlan
from orchestratord.service.ledger import Ledger
from orchestratord.service.threads import Threads
from orchestratord.service.vetting import Vetting
from orchestratord.stores import CatalogStore, StoreError
from orchqueue_contract.errors import ErrorCode

T = TypeVar("T")


class Catalog:
    """One catalog. `now_ms` is the service's clock, `wall_ms` gives Unix milliseconds.

    `retired` is told of a model that was retired, with the correlation id of the request for it.

    A change goes on when the client that asked for it has gone, and one ends before the next begins.
    """

    def __init__(
        self,
        store: CatalogStore,
        ledger: Ledger,
        threads: Threads,
        vetting: Vetting,
        policy: TrustPolicy,
        *,
        now_ms: Callable[[], float],
        wall_ms: Callable[[], float],
    ) -> None:
        """Raises StoreError when what is stored cannot be read."""
        self._store = store
        self._ledger = ledger
        self._threads = threads
        self._vetting = vetting
        self._policy = policy
        self._verifying: set[str] = set()
        self.retired: Callable[[Model, str], None] = lambda _model, _correlation_id: None
        self._now_ms = now_ms
        self._wall_ms = wall_ms
        self._models = {model.id: self._on_clock(model) for model in store.models()}
        self._by_name = self._index()
        self._changing = asyncio.Lock()
        self._changes: set[asyncio.Task[object]] = set()

    def read(self, model_id: str) -> Model:
        """A model as it is now. Raises NOT_FOUND."""
        try:
            return self._models[model_id]
        except KeyError:
            raise OrchestratorError(ErrorCode.NOT_FOUND, "There is no such model in the catalog.") from None

    def left_ms(self, model: Model) -> float | None:
        """How long the sessions of a deprecated model may go on; None without a deadline."""
        return None if model.deadline_ms is None else max(0.0, model.deadline_ms - self._now_ms())

    def policy(self, model: Model) -> TrustPolicy:
        """What has to hold of a model."""
        return self._policy.tightened(model.registration.trust)

    def retired_models(self) -> list[Model]:
        """The models that no pool may have."""
        return [model for model in self._models.values() if model.state is ModelState.RETIRED]

    def route(self, spec: TaskSpec, session: Session, now_ms: float) -> Route | None:
        """Which model a task gets; None where the catalog has none of that name, and does without.

        Raises UNTRUSTED_ARTIFACT where a strict one has none.
        """
        # OC-CAT-4205
        named = self._by_name.get(spec.model_ref)
        if named is not None:
            return route(spec, session.key, session.models, named, now_ms)
        if self._policy.mode == "strict":
            raise unregistered(spec.engine)
        return None

    def check_load(self, name: str, engine: str, correlation_id: str) -> None:
        """Judge a model that an engine shall load. Raises UNTRUSTED_ARTIFACT, and INVALID_PARAMS for one that
        is retired.
        """
        # OC-CAT-4204
        named = self._by_name.get(name)
        if named is None:
            if self._policy.mode == "strict":
                raise unregistered(engine)
            return
        model = choose(SessionKey("", ""), (), named)
        if model.state is ModelState.RETIRED:
            raise invalid("/new_model_ref", f"The model {model.id} is Retired.", engine=engine)
        checked, findings = self._vetting.again(model, self.policy(model))
        self._ledger.model_verified(model, checked, findings, correlation_id, engine)
        if checked.result == "fail":
            raise untrusted(findings, engine)

    def check_file(self, name: str | None, digest: str | None, engine: str) -> None:
        """Judge the file that a worker shall load, of a model by its name, or by the file where it has none.
        `digest` is None of a folder. Raises UNTRUSTED_ARTIFACT.
        """
        # OC-CAT-4215
        of_file = [one for one in self._models.values() if one.has(digest)]
        named = self._by_name.get(name) if name else of_file
        if not named:
            if self._policy.mode == "strict":
                raise unregistered(engine)
            return
        model = choose(SessionKey("", ""), (), named)
        checked, findings = self._vetting.loading(model, self.policy(model), digest)
        self._ledger.model_verified(model, checked, findings, None, engine)
        if checked.result == "fail":
            raise untrusted(findings, engine)

    def knows(self, name: str) -> bool:
        """Whether a model of the catalog has this id, digest or tag."""
        return name in self._by_name

    def gauges(self) -> Iterator[GaugeSample]:
        """The states of all models."""
        for model in self._models.values():
            yield GaugeSample("model_state", (model.id, model.state), 1)

    async def register(self, registration: Registration, correlation_id: str) -> Model:
        """Take a model in; answers the one that is there when it was registered so before.

        Raises UNTRUSTED_ARTIFACT, MODEL_CONFLICT for another one under its id, and INTERNAL.
        """
        # OC-CAT-4201
        return await self._carry_out(self._register(registration, correlation_id))

    def verify(self, model_id: str, correlation_id: str) -> None:
        """Check a model again, its files too; what came of it is told with the model. Raises NOT_FOUND."""
        model = self.read(model_id)
        if model_id not in self._verifying:
            self._verifying.add(model_id)
            self._begin(self._verify(model, correlation_id))

    async def delete(self, model_id: str, correlation_id: str) -> None:
        """Take a model out. Raises NOT_FOUND and INTERNAL."""
        await self._carry_out(self._delete(model_id, correlation_id))

    async def change_state(
        self,
        model_id: str,
        state: ModelState,
        correlation_id: str,
        *,
        share: float | None = None,
        deadline_ms: int | None = None,
    ) -> None:
        """Move a model. Raises NOT_FOUND, INVALID_PARAMS, ILLEGAL_TRANSITION and INTERNAL."""
        # ORCH-3072
        _check_members(state, share, deadline_ms)
        await self._carry_out(self._move(model_id, state, share, deadline_ms, correlation_id))

    async def close(self) -> None:
        """End what was begun, and give the store up."""
        self._vetting.stop()
        if self._changes:
            await asyncio.wait(self._changes)
        self._vetting.close()
        self._threads.close()
        self._store.close()

    async def _register(self, registration: Registration, correlation_id: str) -> Model:
        known = self._known(registration)
        if known is not None:
            return known
        model = Model(registration)
        policy = self.policy(model)
        seen = await self._vetting.provenance(registration, policy, await self._sbom(model))
        checked = verification(seen.findings, policy, 1)
        self._ledger.model_verified(model, checked, seen.findings, correlation_id)
        if checked.result == "fail":
            # OC-CAT-4204
            raise untrusted(seen.findings)
        async with self._changing:
            known = self._known(registration)
            if known is not None:
                return known
            model = replace(model, verification=checked)
            await self._keep(model, correlation_id, seen.sbom)
        self._ledger.model_registered(model, correlation_id)
        return model

    def _known(self, registration: Registration) -> Model | None:
        """The model that was registered so before. Raises MODEL_CONFLICT for another one."""
        known = self._models.get(registration.id)
        if known is not None and known.registration != registration:
            raise OrchestratorError(
                ErrorCode.MODEL_CONFLICT, f"The catalog has another model under the id {registration.id}."
            )
        return known

    async def _verify(self, model: Model, correlation_id: str) -> None:
        """Check all of a model, and note what came of it, unless it is another one by then."""
        try:
            policy, asked = self.policy(model), model.registration
            seen = await self._vetting.provenance(asked, policy, await self._sbom(model))
            findings = [*seen.findings, *await self._vetting.files(asked, policy)]
            async with self._changing:
                now = self._models.get(model.id)
                if now is None or now.registration != asked:
                    return
                before = 0 if now.verification is None else now.verification.checks
                checked = verification(findings, policy, before + 1)
                await self._keep(replace(now, verification=checked), correlation_id, seen.sbom)
            self._ledger.model_verified(now, checked, findings, correlation_id)
        except OrchestratorError:
            return  # it was logged, and the model is as it was
        finally:
            self._verifying.discard(model.id)

    async def _sbom(self, model: Model) -> bytes | None:
        """The SBOM of a model, where it was retained."""
        # OC-CAT-4203
        ref = model.registration.sbom
        if ref is None:
            return None
        try:
            return await self._threads.run(lambda: self._store.sbom(ref.digest))
        except StoreError:
            return None  # then it is fetched again

    async def _delete(self, model_id: str, correlation_id: str) -> None:
        async with self._changing:
            model = self.read(model_id)
            await self._on_disk(lambda: self._store.remove(model_id), correlation_id)
            del self._models[model_id]
            self._by_name = self._index()
        self._ledger.model_deleted(model, correlation_id)

    async def _move(
        self,
        model_id: str,
        state: ModelState,
        share: float | None,
        deadline_ms: int | None,
        correlation_id: str,
    ) -> None:
        async with self._changing:
            before = self.read(model_id)
            check_transition(model_id, before.state, state)
            check_trusted(before, state)
            until = None if deadline_ms is None else round(self._wall_ms() + deadline_ms)
            after = Model(before.registration, state, share, until, before.verification)
            await self._keep(after, correlation_id)
        self._ledger.model_moved(before, after, correlation_id)
        if state is ModelState.RETIRED:
            self.retired(after, correlation_id)

    async def _keep(self, model: Model, correlation_id: str, sbom: bytes | None = None) -> None:
        """Have a model on the disk, and then here."""
        await self._on_disk(lambda: self._store.put(model, sbom), correlation_id)
        # What was changed last stands last, as in the store.
        self._models.pop(model.id, None)
        self._models[model.id] = self._on_clock(model)
        self._by_name = self._index()

    async def _on_disk(self, call: Callable[[], None], correlation_id: str) -> None:
        try:
            await self._threads.run(call)
        except StoreError as error:
            self._ledger.defect("catalog.failed", correlation_id, reason=str(error), code=ErrorCode.INTERNAL)
            raise OrchestratorError(
                ErrorCode.INTERNAL, "The catalog stays as it was: its store failed."
            ) from None

    async def _carry_out(self, change: Coroutine[Any, Any, T]) -> T:
        return await asyncio.shield(self._begin(change))

    def _begin(self, change: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.get_running_loop().create_task(change)
        self._changes.add(task)
        task.add_done_callback(self._changed)
        return task

    def _changed(self, task: "asyncio.Task[object]") -> None:
        self._changes.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits gets it; nobody may be left to

    def _on_clock(self, model: Model) -> Model:
        """The model with its deadline on the service's clock: a correction of the time then moves nothing."""
        # OC-CAT-4211
        if model.deadline_unix_ms is None:
            return model
        return replace(model, deadline_ms=self._now_ms() + model.deadline_unix_ms - self._wall_ms())

    def _index(self) -> dict[str, list[Model]]:
        """The models by each of their names, the one that was changed last at the end."""
        index: dict[str, list[Model]] = {}
        for model in self._models.values():
            for name in model.names:
                index.setdefault(name, []).append(model)
        return index


def open_catalog(plan: CatalogPlan, ledger: Ledger, now_ms: Callable[[], float]) -> Catalog:
    """The catalog of a plan. Raises ConfigurationError when its store cannot be used."""
    try:
        store = CatalogStore(plan.root)
        try:
            cache = Cache(plan.root / "cache", plan.cache_bytes)
            # Sources may be slow, and what is written must not wait for them.
            vetting = Vetting(plan.roots, cache, Threads("catalog-sources"), _wall_ms)
            return Catalog(
                store, ledger, Threads("catalog"), vetting, plan.trust, now_ms=now_ms, wall_ms=_wall_ms
            )
        except BaseException:
            store.close()
            raise
    except StoreError as error:
        raise ConfigurationError([f"/catalog/store: {error}"]) from None
    except OSError as error:
        raise ConfigurationError([f"/catalog/store: {plan.root}: {error.strerror or error}"]) from None


def _wall_ms() -> float:
    return time.time() * 1000


def _check_members(state: ModelState, share: float | None, deadline_ms: int | None) -> None:
    """Raises INVALID_PARAMS for a member that is missing, or has no meaning with the state."""
    if state is ModelState.CANARY and share is None:
        raise invalid("/share", "A canary needs a share of new sessions.")
    if state is not ModelState.CANARY and share is not None:
        raise invalid("/share", f"A model that is {state} has no share; only a canary has.")
    if state is not ModelState.DEPRECATED and deadline_ms is not None:
        raise invalid("/deadline_ms", f"A model that is {state} has no deadline; only a deprecated one has.")
