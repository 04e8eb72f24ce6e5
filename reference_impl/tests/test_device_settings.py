"""The devices of a configuration: what is refused with which path, and what is no fault."""

import json
import sys

import pytest

from orchestratord.core.errors import ConfigurationError
from orchestratord.core.pools.devices import Device
from orchestratord.devices import DeviceError
from orchestratord.settings import Settings, read_settings

GIB = 1024**3
TWO = [{"index": 0, "memory_bytes": 24 * GIB, "numa_node": 1}, {"index": 1, "memory_bytes": 8 * GIB}]
COMMAND = [sys.executable, "engine", "{port}"]


def no_driver() -> None:
    return None


def pool(*workers, **fields):
    managed = [{"id": f"w{number}", "command": COMMAND, **worker} for number, worker in enumerate(workers)]
    return {"id": "p", "engine": "llamacpp", "mode": "managed", "workers": managed, **fields}


@pytest.fixture
def settings(tmp_path):
    def read(*pools, devices=TWO, driver=no_driver) -> Settings:
        path = tmp_path / "config.json"
        named = [{**one, "id": f"p{number}"} for number, one in enumerate(pools)]
        path.write_text(json.dumps({"devices": devices, "pools": named}))
        return read_settings(path, {}, "strict", driver)

    return read


@pytest.fixture
def problems(settings):
    def read(*pools, **options) -> list[str]:
        with pytest.raises(ConfigurationError) as refused:
            settings(*pools, **options)
        return refused.value.problems

    return read


@pytest.mark.requirement("OC-POOL-3021")
@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            pool({"devices": [0, 1], "tensor_split": [0.5]}),
            "/pools/0/workers/0/tensor_split: 1 ratios are given for 2 devices",
        ),
        (
            pool({}, {}, devices=[0, 1], tensor_split=[0.5, 0.4]),
            "/pools/0/tensor_split: the ratios sum to 0.9 and not to 1",
        ),
        (
            pool({"tensor_split": [0.5, 0.5]}),
            "/pools/0/workers/0/tensor_split: 2 ratios are given for 0 devices",
        ),
        (
            pool({"command": [*COMMAND, "{tensor_split}"], "devices": [0]}),
            "/pools/0/workers/0/command: holds {tensor_split}, and the worker has no ratios",
        ),
    ],
)
def test_a_split_that_does_not_fit_is_refused_where_it_stands(problems, one, said) -> None:
    assert problems(one) == [said]


@pytest.mark.requirement("ORCH-3012")
def test_unequal_devices_ask_for_ratios(settings, problems) -> None:
    (said,) = problems(pool({}, devices=[0, 1]))
    assert said.startswith("/pools/0/devices: devices [0, 1] differ in memory")
    split = settings(pool({"tensor_split": [0.75, 0.25]}, devices=[0, 1]))
    (worker,) = split.service.pools[0].workers
    assert (worker.devices, worker.tensor_split) == ((0, 1), (0.75, 0.25))


@pytest.mark.requirement("OC-POOL-3023")
def test_what_is_promised_twice_is_refused_at_the_first_that_does_not_fit(settings, problems) -> None:
    half = pool({}, devices=[0], memory_bytes=12 * GIB)
    assert len(settings(half, half).service.pools) == 2
    more = pool({}, devices=[0], memory_bytes=12 * GIB + 1)
    (said,) = problems(half, more, half)
    assert said.startswith("/pools/1/memory_bytes: worker w0 of pool p1 needs ")
    both = pool({"devices": [0]}, {"devices": [1]}, memory_bytes=9 * GIB)
    (said,) = problems(both)
    assert said.startswith("/pools/0/memory_bytes: worker w1 of pool p0 needs ")


@pytest.mark.requirement("OC-POOL-3023")
def test_the_driver_knows_better_than_the_file(settings, problems) -> None:
    large = pool({}, devices=[0], memory_bytes=30 * GIB)
    (said,) = problems(large)
    assert "25,769,803,776" in said
    assert settings(large, driver=lambda: {0: Device(0, 40 * GIB)})
    (said,) = problems(large, driver=lambda: {0: Device(0, 16 * GIB)}, devices=[])
    assert "17,179,869,184" in said


@pytest.mark.requirement("OC-POOL-3012")
def test_a_device_that_is_not_there_is_no_fault_of_the_file(settings) -> None:
    def broken() -> dict[int, Device]:
        raise DeviceError("the driver of the GPUs does not work")

    far = pool({}, devices=[0, 7], memory_bytes=30 * GIB)
    for driver in (no_driver, broken, dict):
        assert settings(far, devices=[], driver=driver).service.pools[0].devices == (0, 7)


def test_the_driver_is_asked_only_for_who_names_devices(settings) -> None:
    def never() -> dict[int, Device]:
        raise AssertionError("nobody names a device")

    found = settings(pool({}), driver=never)
    assert found.service.devices == (Device(0, 24 * GIB, numa_node=1), Device(1, 8 * GIB))


@pytest.mark.requirement("OC-CORE-1011")
def test_a_worker_keeps_to_the_mask_of_its_pool(settings, problems) -> None:
    assert problems(pool({"devices": [1]}, devices=[0])) == [
        "/pools/0/workers/0/devices: device 1 is not among those of the pool"
    ]
    found = settings(pool({"devices": [1]}, {"devices": [0]}, devices=[0, 1]))
    assert [worker.devices for worker in found.service.pools[0].workers] == [(1,), (0,)]


@pytest.mark.requirement("OC-POOL-3020")
def test_the_mask_is_told_by_nothing_else(settings, problems) -> None:
    env = {"CUDA_VISIBLE_DEVICES": "3"}
    assert problems(pool({"devices": [0], "env": env})) == [
        "/pools/0/workers/0/env/CUDA_VISIBLE_DEVICES: the worker's devices say which it sees"
    ]
    assert settings(pool({"env": env})).service.pools[0].workers[0].env == env


def test_a_device_is_listed_once(problems) -> None:
    assert problems(pool({}), devices=[*TWO, TWO[0]]) == ["/devices: device 0 stands there twice"]


@pytest.mark.requirement("OC-CONFIG-6005")
def test_everything_is_told_at_once(problems) -> None:
    found = problems(
        pool({"devices": [0, 1], "tensor_split": [0.5]}),
        pool({"devices": [0, 1]}),
        pool({"devices": [1]}, memory_bytes=9 * GIB),
    )
    assert [line.partition(":")[0] for line in found] == [
        "/pools/0/workers/0/tensor_split",
        "/pools/1/workers/0/devices",
        "/pools/2/memory_bytes",
    ]
