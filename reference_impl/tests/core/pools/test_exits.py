"""Why a worker's process ended: two kinds of memory, two kinds of driver trouble, and the rest."""

from signal import SIGKILL, SIGSEGV

import pytest

from orchestratord.core.pools.exits import DriverEvent, Exit, FailureCause, judge, judge_words

VRAM, HOST, DRIVER = FailureCause.OOM_VRAM, FailureCause.OOM_HOST, FailureCause.DRIVER_ERROR

SAID = [
    ("ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed: out of memory", VRAM, None),
    ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has ...", VRAM, None),
    ("RuntimeError: CUDA error: out of memory", VRAM, None),
    ("CUDA_ERROR_OUT_OF_MEMORY", VRAM, None),
    ("terminate called after throwing an instance of 'std::bad_alloc'", HOST, None),
    ("OSError: [Errno 12] Cannot allocate memory", HOST, None),
    ("llama_mlock: failed to mlock 4096-byte buffer", HOST, None),
    ("CUDA error: uncorrectable ECC error encountered", DRIVER, DriverEvent.ECC),
    ("NVRM: Xid (PCI:0000:3b:00): 48, pid=1, DBE (double bit error) ECC Error", DRIVER, DriverEvent.ECC),
    ("NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.", DRIVER, DriverEvent.RESET),
    ("CUDA error: an illegal memory access was encountered", DRIVER, DriverEvent.RESET),
    (
        "ggml_cuda_init: failed to initialize CUDA: no CUDA-capable device is detected",
        DRIVER,
        DriverEvent.RESET,
    ),
]


@pytest.mark.requirement("ORCH-3039")
@pytest.mark.requirement("ORCH-3053")
@pytest.mark.parametrize(("line", "cause", "driver"), SAID)
def test_the_last_words_tell(line: str, cause: FailureCause, driver: DriverEvent | None) -> None:
    verdict = judge(Exit(status=1), ["loading", line, "aborting"])
    assert (verdict.cause, verdict.driver) == (cause, driver)
    assert verdict.message.endswith("and the worker ended with status 1")


@pytest.mark.parametrize(
    "line", ["llama_model_load: error loading model", "listening on 127.0.0.1", "model has 8 layers", ""]
)
def test_other_words_tell_nothing(line: str) -> None:
    assert judge_words([line]) is None
    assert judge(Exit(status=1), [line]).cause is FailureCause.CRASH


@pytest.mark.requirement("ORCH-3039")
def test_being_killed_in_silence_is_want_of_host_memory() -> None:
    assert judge(Exit(signal=SIGKILL), ["decoding"]).cause is HOST
    assert judge(Exit(signal=SIGSEGV), ["decoding"]).cause is FailureCause.CRASH
    assert judge(Exit(signal=SIGSEGV), []).message == "the worker was ended by SIGSEGV"


@pytest.mark.requirement("ORCH-3053")
def test_what_the_devices_show_weighs_more_than_words() -> None:
    verdict = judge(Exit(signal=SIGKILL), ["CUDA error: out of memory"], [DriverEvent.ECC])
    assert (verdict.cause, verdict.driver) == (DRIVER, DriverEvent.ECC)
