"""What a module may import when it is granted: of WASI what a C library needs, and the log.

Nothing here reaches the machine: no file is there, output goes nowhere, the clock is the snapshot's.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from wasmtime import Caller, FuncType, Linker, Memory, ValType

from orchestratord.policy.abi import GRANTED, LONGEST_SAID, SAID_PER_CALL
from orchestratord.policy.errors import CallError
from orchestratord.policy.plan import Grant, SaidLevel

SUCCESS: Final = 0
BADF: Final = 8
FAULT: Final = 21
NOSYS: Final = 52
SPIPE: Final = 70

OUTPUTS: Final = (1, 2)
CHARACTER_DEVICE: Final = 2
FDSTAT_BYTES: Final = 24
MOST_PIECES: Final = 1_024
NS_PER_MS: Final = 1_000_000
LEVELS: Final[tuple[SaidLevel, ...]] = ("debug", "info", "warning", "error")

Host = Callable[..., Any]


class CallContext(Protocol):
    """What the functions of a call know: the time of its snapshot, and where its lines go."""

    now_ms: int
    said: list[tuple[SaidLevel, str]]


class _OutOfBoundsError(Exception):
    """A pointer leads out of the memory."""


def define(linker: Linker, grant: Grant, context: Callable[[], CallContext]) -> None:
    """Let modules import what belongs to a grant; `context` gives that of the call that runs."""
    given = _log(context) if grant == "log" else _wasi(context)
    for name, parameters, results, function in given:
        kind = FuncType([_type(p) for p in parameters.split()], [_type(r) for r in results.split()])
        linker.define_func(GRANTED[grant], name, kind, function, access_caller=True)


def _type(name: str) -> ValType:
    return ValType.i64() if name == "i64" else ValType.i32()


def _log(context: Callable[[], CallContext]) -> Iterator[tuple[str, str, str, Host]]:
    def log(caller: Caller, level: int, pointer: int, length: int) -> None:
        said = context().said
        if len(said) >= SAID_PER_CALL:
            return
        try:
            text = _read(caller, pointer, min(length & 0xFFFF_FFFF, LONGEST_SAID))
        except _OutOfBoundsError:
            raise CallError("the text that it logs is not in its memory") from None
        said.append((LEVELS[min(max(level, 0), len(LEVELS) - 1)], text.decode(errors="replace")))

    yield "log", "i32 i32 i32", "", log


def _wasi(context: Callable[[], CallContext]) -> Iterator[tuple[str, str, str, Host]]:
    def exits(_caller: Caller, code: int) -> None:
        raise CallError(f"it ended itself with code {code}")

    def clock(caller: Caller, _id: int, _precision: int, pointer: int) -> int:
        return _written(caller, pointer, (context().now_ms * NS_PER_MS).to_bytes(8, "little"))

    def resolution(caller: Caller, _id: int, pointer: int) -> int:
        return _written(caller, pointer, NS_PER_MS.to_bytes(8, "little"))

    def none_of_two(caller: Caller, count: int, size: int) -> int:
        nothing = bytes(4)
        return _written(caller, count, nothing) or _written(caller, size, nothing)

    yield "proc_exit", "i32", "", exits
    yield "sched_yield", "", "i32", lambda _caller: SUCCESS
    yield "clock_time_get", "i32 i64 i32", "i32", clock
    yield "clock_res_get", "i32 i32", "i32", resolution
    yield "random_get", "i32 i32", "i32", lambda *_: NOSYS
    for what in ("args", "environ"):
        yield f"{what}_sizes_get", "i32 i32", "i32", none_of_two
        yield f"{what}_get", "i32 i32", "i32", lambda *_: SUCCESS
    yield "fd_write", "i32 i32 i32 i32", "i32", _swallow
    yield "fd_fdstat_get", "i32 i32", "i32", _fdstat
    yield "fd_seek", "i32 i64 i32 i32", "i32", lambda _c, fd, *_: SPIPE if fd in OUTPUTS else BADF
    yield "fd_close", "i32", "i32", lambda *_: BADF
    yield "fd_read", "i32 i32 i32 i32", "i32", lambda *_: BADF
    yield "fd_prestat_get", "i32 i32", "i32", lambda *_: BADF
    yield "fd_prestat_dir_name", "i32 i32 i32", "i32", lambda *_: BADF


def _swallow(caller: Caller, fd: int, pieces: int, count: int, written: int) -> int:
    """Take output as if it were written."""
    if fd not in OUTPUTS:
        return BADF
    try:
        table = _read(caller, pieces, 8 * min(count & 0xFFFF_FFFF, MOST_PIECES))
    except _OutOfBoundsError:
        return FAULT
    total = sum(int.from_bytes(table[at + 4 : at + 8], "little") for at in range(0, len(table), 8))
    return _written(caller, written, (total & 0xFFFF_FFFF).to_bytes(4, "little"))


def _fdstat(caller: Caller, fd: int, pointer: int) -> int:
    if fd not in (0, *OUTPUTS):
        return BADF
    return _written(caller, pointer, CHARACTER_DEVICE.to_bytes(FDSTAT_BYTES, "little"))


def _memory(caller: Caller) -> Memory:
    memory = caller.get("memory")
    assert isinstance(memory, Memory), "a module without memory is not loaded"
    return memory


def _read(caller: Caller, pointer: int, length: int) -> bytes:
    memory, start = _memory(caller), pointer & 0xFFFF_FFFF
    if start + length > memory.data_len(caller):
        raise _OutOfBoundsError
    return bytes(memory.read(caller, start, start + length))


def _written(caller: Caller, pointer: int, data: bytes) -> int:
    memory, start = _memory(caller), pointer & 0xFFFF_FFFF
    if start + len(data) > memory.data_len(caller):
        return FAULT
    memory.write(caller, bytearray(data), start)
    return SUCCESS
