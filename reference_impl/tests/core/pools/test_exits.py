"""Why a worker's process ended: two kinds of memory, two kinds of driver trouble, and the rest."""

from signal import SIGKILL, SIGSEGV

import pytest

from orchestratord.core.pools.exits import (
    DriverEvent,
    Exit,
    FailureCause,
    is_own,
    judge,
    judge_line,
    judge_words,
)

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


@pytest.mark.requirement("ORCH-3018")
@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("ggml_cuda_init: failed to initialize CUDA: no CUDA-capable device is detected", DRIVER),
        ("warning: no usable GPU found, --gpu-layers option will be ignored", FailureCause.UNREADY),
        (
            "warning: one possible reason is that llama.cpp was compiled without GPU support",
            FailureCause.UNREADY,
        ),
        ("load_tensors: offloaded 0/33 layers to GPU", FailureCause.UNREADY),
        ("RuntimeError: No CUDA GPUs are available", FailureCause.UNREADY),
    ],
)
def test_an_engine_that_would_do_without_its_devices_is_refused(line: str, cause: FailureCause) -> None:
    verdict = judge_line(line, serving=False, masked=True)
    assert verdict is not None
    assert verdict.cause is cause
    assert judge_line(line, serving=False, masked=False) is None


@pytest.mark.parametrize(
    "line",
    [
        "load_tensors: offloaded 33/33 layers to GPU",
        "ggml_cuda_init: found 1 CUDA devices:",
        "CUDA error: out of memory",  # an engine may get by with less
        "",
    ],
)
def test_other_lines_are_let_pass_while_it_loads(line: str) -> None:
    assert judge_line(line, serving=False, masked=True) is None


@pytest.mark.requirement("OC-POOL-3010")
@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("CUDA error: an illegal memory access was encountered", DriverEvent.RESET),
        ("torch.AcceleratorError: CUDA error: unspecified launch failure", DriverEvent.RESET),
        ("RuntimeError: CUDA error: uncorrectable ECC error encountered", DriverEvent.ECC),
        ("NVRM: Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.", DriverEvent.RESET),
        ("ERROR 05-01 10:00:00 [core.py:390] CUDA error: an illegal memory access", DriverEvent.RESET),
    ],
)
def test_an_engine_that_reports_a_driver_error_is_believed_at_once(line: str, event: DriverEvent) -> None:
    for serving in (False, True):
        verdict = judge_line(line, serving=serving, masked=False)
        assert verdict is not None
        assert verdict.driver is event


@pytest.mark.parametrize(
    "line",
    [
        "INFO received request, prompt: 'CUDA error: what does it mean?'",
        'slot 0: prompt "what is Xid 79"',
        "the user said: CUDA error: x",
        "failed to initialize CUDA",
    ],
)
def test_the_words_of_clients_end_no_worker(line: str) -> None:
    assert judge_line(line, serving=True, masked=True) is None


@pytest.mark.requirement("ORCH-3039")
@pytest.mark.parametrize(
    "line",
    [
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "alloc_buffer: allocating 8.00 MiB on device 0: cudaMalloc failed: out of memory",
        "ERROR 05-01 10:00:00 [core.py:390] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate",
        "MemoryError",
        "RuntimeError: DefaultCPUAllocator: can't allocate memory",
    ],
)
def test_an_engine_that_runs_out_of_memory_says_so_in_its_own_words(line: str) -> None:
    assert is_own(line)
    assert judge_words([line]) is not None
    assert not is_own(f"the user said: {line}")
