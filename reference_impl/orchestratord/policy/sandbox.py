"""Where modules run: each call in an instance of its own, with bounded time, instructions, memory and stack.

One call runs at a time. What goes in and out is bytes; what they say is read elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from wasmtime import (
    Config,
    Engine,
    Func,
    InstancePre,
    Linker,
    Memory,
    Module,
    Store,
    Trap,
    TrapCode,
    WasmtimeError,
)

from orchestratord.policy import abi, wasi
from orchestratord.policy.errors import CallError, ModuleError
from orchestratord.policy.meter import Meter, Patience
from orchestratord.policy.plan import CallLimits, Grant, SaidLevel

T = TypeVar("T")

STACK_BYTES: Final = 256 * 1024
FUEL_PER_CPU_MS: Final = 1_000_000
TABLE_ELEMENTS: Final = 65_536
GUARD_BYTES: Final = 65_536

_CAUSES: Final = {
    TrapCode.OUT_OF_FUEL: "it took more instructions than a call may take",
    TrapCode.INTERRUPT: "it took more time than a call may take",
    TrapCode.STACK_OVERFLOW: "it took more stack than a call may take",
    TrapCode.MEMORY_OUT_OF_BOUNDS: "it reached out of its memory",
    TrapCode.UNREACHABLE: "it gave up (unreachable)",
}


@dataclass
class Context:
    """One call: the time of its snapshot in Unix milliseconds, who waits for it, and the lines that the
    module wrote, each with its level.
    """

    now_ms: int = 0
    patience: Patience = field(default_factory=Patience)
    said: list[tuple[SaidLevel, str]] = field(default_factory=list)


class Running:
    """An instance in its one call."""

    def __init__(self, store: Store, pre: InstancePre, meter: Meter) -> None:
        self._store = store
        self._meter = meter
        self._exports = meter.spend(lambda: pre.instantiate(store)).exports(store)
        memory = self._exports[abi.MEMORY]
        assert isinstance(memory, Memory), "it was looked at when the module was loaded"
        self._memory = memory
        if abi.INITIALIZE in self._exports:
            self.call(abi.INITIALIZE)

    def call(self, name: str, *arguments: int) -> int:
        """What an exported function gives; 0 where it gives nothing."""
        function = self._exports[name]
        assert isinstance(function, Func), "it was looked at when the module was loaded"
        given = self._meter.spend(partial(function, self._store, *arguments))
        return given if isinstance(given, int) else 0

    def put(self, text: bytes) -> tuple[int, int]:
        """Hand the module a text: its pointer and its length."""
        pointer = self.call(abi.ALLOC, len(text)) & 0xFFFF_FFFF
        if pointer == 0:
            raise CallError("it has no room for its snapshot")
        if pointer + len(text) > self._memory.data_len(self._store):
            raise CallError("the room that it gives for its snapshot is not in its memory")
        self._memory.write(self._store, bytearray(text), pointer)
        return pointer, len(text)

    def text(self, packed: int, longest: int) -> bytes:
        """The text that the module gives."""
        pointer, length = abi.place(packed)
        if length > longest:
            raise CallError(f"it gives a text of {length} bytes where {longest} are taken")
        if pointer + length > self._memory.data_len(self._store):
            raise CallError("the text that it gives is not in its memory")
        return bytes(self._memory.read(self._store, pointer, pointer + length))


class Sandbox:
    """One engine with its meter, which whoever opens it has to close."""

    def __init__(self, limits: CallLimits) -> None:
        self._limits = limits
        self.engine = Engine(_config(limits))
        self._meter = Meter(limits.cpu_ms, self.engine.increment_epoch)
        self._context = Context()

    def linker(self, grants: frozenset[Grant]) -> Linker:
        """What modules with these grants may import."""
        linker = Linker(self.engine)
        for grant in sorted(grants):
            wasi.define(linker, grant, lambda: self._context)
        return linker

    def compiled(self, data: bytes) -> Module:
        """A module of its bytes. Raises ModuleError when they are none."""
        try:
            return Module(self.engine, data)
        except WasmtimeError as error:
            raise ModuleError(f"this is no WebAssembly that is taken here: {_first_line(error)}") from None

    def call(self, pre: InstancePre, work: Callable[[Running], T], context: Context) -> T:
        """What `work` makes of a fresh instance. Raises CallError when that fails."""
        # OC-POLICY-4001
        if context.patience.over:
            raise CallError("nobody waits for it any more")
        with Store(self.engine) as store:
            self._bound(store)
            self._context = context
            try:
                return self._meter.run(
                    lambda: work(Running(_within(store), pre, self._meter)), context.patience
                )
            except Trap as trap:
                raise CallError(_cause(trap)) from None
            except WasmtimeError as error:
                raise CallError(f"it could not be run: {_first_line(error)}") from None

    def close(self) -> None:
        """Watch nothing any more."""
        self._meter.close()

    def _bound(self, store: Store) -> None:
        # OC-POLICY-4011
        store.set_limits(
            memory_size=self._limits.memory_bytes,
            table_elements=TABLE_ELEMENTS,
            instances=1,
            tables=8,
            memories=1,
        )
        store.set_fuel(self._limits.cpu_ms * FUEL_PER_CPU_MS)


def _within(store: Store) -> Store:
    # Set while the call is watched, so that an interruption which is meant for it finds it.
    store.set_epoch_deadline(1)
    return store


def _config(limits: CallLimits) -> Config:
    config = Config()
    config.consume_fuel = True
    config.epoch_interruption = True
    config.max_wasm_stack = STACK_BYTES
    config.parallel_compilation = False
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.wasm_multi_memory = False
    config.wasm_relaxed_simd = False
    config.wasm_function_references = False
    config.wasm_gc = False
    config.wasm_exceptions = False
    # Equal calls give equal bits, whatever the processor makes of a NaN.
    config.cranelift_nan_canonicalization = True
    # A memory never moves, and takes no more room in the address space than it may grow to.
    config.memory_reservation = limits.memory_bytes
    config.memory_reservation_for_growth = 0
    config.memory_guard_size = GUARD_BYTES
    return config


def _cause(trap: Trap) -> str:
    code = trap.trap_code
    if code is None:
        return "it trapped"
    return _CAUSES.get(code, f"it trapped: {code.name.lower().replace('_', ' ')}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
