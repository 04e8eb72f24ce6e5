"""The catalog while a server runs: clocks that jump, stores that fail, clients that leave."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from orchestratord.catalog import Cache
from orchestratord.core.budgets import Budgets
from orchestratord.core.catalog.models import (
    Manifest,
    ModelTrust,
    Registration,
    TrustPolicy,
    manifests_digest,
)
from orchestratord.core.catalog.states import ModelState
from orchestratord.core.errors import OrchestratorError
from orchestratord.core.sessions import Session, SessionKey
from orchestratord.core.tasks import TaskSpec
from orchestratord.service.catalog import Catalog
from orchestratord.service.hosting import ExternalHost, HostError
from orchestratord.service.threads import Threads
from orchestratord.service.vetting import Vetting
from orchestratord.stores import CatalogStore, StoreError

MANIFESTS = (Manifest(f"sha256:{'a' * 64}", 1),)
MODEL = Registration("m", manifests_digest(MANIFESTS), "file:///nowhere/m", MANIFESTS, ("tag",))
PERMISSIVE = TrustPolicy("permissive")
SPEC = TaskSpec("t", "s", "completion", "tag", "llamacpp", 0, "interactive", 60_000)


class Clock:
    """Two clocks, one of which people set."""

    now_ms = 1_000.0
    wall_ms = 1_750_000_000_000.0


class Said:
    """A ledger that only remembers what it was told of."""

    def __init__(self) -> None:
        self.of: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args, **_named: self.of.append(name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock, said: Said) -> Iterator[Callable[[], Catalog]]:
    stores: list[CatalogStore] = []

    def open_() -> Catalog:
        ledger: Any = said
        threads = Threads("test")
        stores.append(CatalogStore(tmp_path / "catalog"))
        vetting = Vetting((), Cache(tmp_path / "cache", 1_000), threads, lambda: clock.wall_ms)
        return Catalog(
            stores[-1],
            ledger,
            threads,
            vetting,
            PERMISSIVE,
            now_ms=lambda: clock.now_ms,
            wall_ms=lambda: clock.wall_ms,
        )

    yield open_
    for store in stores:
        store.close()


async def deprecated(catalog: Catalog, deadline_ms: int) -> None:
    await catalog.register(MODEL, "c")
    await catalog.change_state("m", ModelState.ACTIVE, "c")
    await catalog.change_state("m", ModelState.DEPRECATED, "c", deadline_ms=deadline_ms)


@pytest.mark.requirement("OC-CAT-4211")
@pytest.mark.parametrize("jump_ms", [-10_000_000, 10_000_000])
def test_a_clock_that_jumps_moves_no_deadline(opened, clock, jump_ms) -> None:
    async def act() -> None:
        catalog = opened()
        await deprecated(catalog, 5_000)
        clock.wall_ms += jump_ms
        clock.now_ms += 2_000
        assert catalog.left_ms(catalog.read("m")) == pytest.approx(3_000, abs=2)
        clock.now_ms += 4_000
        assert catalog.left_ms(catalog.read("m")) == 0
        await catalog.close()

    asyncio.run(act())


@pytest.mark.requirement("OC-CAT-4211")
def test_a_deadline_holds_over_a_restart(opened, clock) -> None:
    async def act() -> None:
        catalog = opened()
        await deprecated(catalog, 5_000)
        await catalog.close()
        clock.now_ms, clock.wall_ms = 7.0, clock.wall_ms + 2_000
        catalog = opened()
        assert catalog.left_ms(catalog.read("m")) == pytest.approx(3_000, abs=2)
        await catalog.close()

    asyncio.run(act())


@pytest.mark.requirement("OC-CAT-4207")
def test_a_store_that_fails_leaves_everything_as_it_was(opened, said, monkeypatch) -> None:
    def failing(*_: object) -> None:
        raise StoreError("the disk is full")

    async def act() -> None:
        catalog = opened()
        await catalog.register(MODEL, "c")
        monkeypatch.setattr(CatalogStore, "put", failing)
        monkeypatch.setattr(CatalogStore, "remove", failing)
        for change in (
            catalog.register(replace(MODEL, id="n"), "c"),
            catalog.change_state("m", ModelState.ACTIVE, "c"),
            catalog.delete("m", "c"),
        ):
            with pytest.raises(OrchestratorError) as refused:
                await change
            assert refused.value.code == "INTERNAL"
        assert catalog.read("m").state is ModelState.DRAFT
        with pytest.raises(OrchestratorError):
            catalog.read("n")
        assert said.of.count("defect") == 3
        monkeypatch.undo()
        await catalog.change_state("m", ModelState.ACTIVE, "c")
        await catalog.close()

    asyncio.run(act())


def test_of_two_registrations_at_once_one_counts(opened, said) -> None:
    async def act() -> None:
        catalog = opened()
        other = replace(MODEL, tags=("other",))
        told = await asyncio.gather(
            *(catalog.register(one, "c") for one in (MODEL, MODEL, other)), return_exceptions=True
        )
        kept = catalog.read("m").registration
        assert kept in (MODEL, other)
        codes = [one.code if isinstance(one, OrchestratorError) else None for one in told]
        assert codes.count("MODEL_CONFLICT") == (1 if kept == MODEL else 2)
        assert said.of.count("model_registered") == 1
        await catalog.close()

    asyncio.run(act())


def test_what_was_begun_is_done_when_its_client_leaves(opened) -> None:
    async def act() -> None:
        catalog = opened()
        asked = asyncio.create_task(catalog.register(MODEL, "c"))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await catalog.close()
        catalog = opened()
        assert catalog.read("m").registration == MODEL
        await catalog.close()

    asyncio.run(act())


def test_a_model_that_is_taken_out_while_it_is_verified_stays_out(opened) -> None:
    async def act() -> None:
        catalog = opened()
        await catalog.register(MODEL, "c")
        catalog.verify("m", "c")
        await catalog.delete("m", "c")
        await catalog.close()
        catalog = opened()
        with pytest.raises(OrchestratorError):
            catalog.read("m")
        await catalog.close()

    asyncio.run(act())


@pytest.mark.requirement("OC-CAT-4205")
def test_a_model_is_found_by_its_names_as_long_as_it_is_there(opened) -> None:
    async def act() -> None:
        catalog = opened()
        session = Session(SessionKey("tenant", "s"), Budgets())
        await catalog.register(MODEL, "c")
        for name in ("m", MODEL.digest, "tag"):
            assert catalog.knows(name)
            found = catalog.route(structs.replace(SPEC, model_ref=name), session, 0)
            assert found.model.id == "m"
        assert catalog.route(structs.replace(SPEC, model_ref="other"), session, 0) is None
        await catalog.delete("m", "c")
        assert not catalog.knows("tag")
        await catalog.close()

    asyncio.run(act())


@pytest.mark.requirement("OC-CAT-4204")
def test_a_model_s_own_policy_can_be_strict(opened) -> None:
    async def act() -> None:
        catalog = opened()
        with pytest.raises(OrchestratorError) as refused:
            await catalog.register(replace(MODEL, trust=ModelTrust("strict")), "c")
        assert refused.value.code == "UNTRUSTED_ARTIFACT"
        pointers = [detail.pointer for detail in refused.value.details]
        assert pointers == ["/source_url", "/signatures", "/sbom"]
        await catalog.close()

    asyncio.run(act())


def published(folder: Path, content: bytes) -> tuple[Registration, TrustPolicy, Path]:
    """A model of one file in a folder, and the policy that allows it."""
    file = folder / "registry" / "m"
    file.parent.mkdir()
    file.write_bytes(content)
    manifests = (Manifest(f"sha256:{sha256(content).hexdigest()}", len(content)),)
    model = replace(MODEL, digest=manifests_digest(manifests), source_url=file.as_uri(), manifests=manifests)
    return model, TrustPolicy("strict", (file.parent.as_uri(),), False, False), file


@pytest.mark.requirement("OC-CAT-4208")
@pytest.mark.requirement("OC-CAT-4209")
def test_a_source_is_read_again_and_a_kept_file_speaks_for_one_that_is_gone(tmp_path, clock) -> None:
    async def act() -> None:
        model, policy, file = published(tmp_path, b"weights")
        threads = Threads("test")
        vetting = Vetting((), Cache(tmp_path / "cache", 1_000), threads, lambda: clock.wall_ms)

        async def found() -> list[str]:
            return [one.reason for one in await vetting.files(model, policy)]

        assert await found() == []
        file.write_bytes(b"changed")
        assert await found() == ["file"]
        file.unlink()
        assert await found() == []
        (kept,) = (tmp_path / "cache" / "sha256").iterdir()
        kept.write_bytes(b"changed")
        assert await found() == ["source"]
        vetting.close()

    asyncio.run(act())


@pytest.mark.requirement("OC-CAT-4217")
@pytest.mark.parametrize(
    ("told", "mode", "refused"),
    [
        (MODEL.digest, "strict", False),
        (MANIFESTS[0].digest, "strict", False),
        (f"sha256:{'b' * 64}", "strict", True),
        (f"sha256:{'b' * 64}", "permissive", False),
        (None, "strict", False),
    ],
)
def test_what_an_engine_says_of_its_model_is_held_against_the_catalog(opened, told, mode, refused) -> None:
    async def act() -> None:
        catalog = opened()
        await catalog.register(replace(MODEL, trust=ModelTrust()), "c")
        catalog._policy = TrustPolicy(mode, ("file:///nowhere",), False, False)
        pool, worker = SimpleNamespace(engine="tgi"), SimpleNamespace(model="m", model_digest=told)
        host = ExternalHost(pool, worker, catalog.check_file)
        if refused:
            with pytest.raises(HostError, match="none of the model's"):
                await host.loaded()
        else:
            await host.loaded()
        await catalog.close()

    asyncio.run(act())
