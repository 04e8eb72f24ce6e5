"""A module from its file to one that can be asked: read, compiled, its imports and exports looked at, its
versions heard.
"""

import re
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from wasmtime import FuncType, InstancePre, MemoryType, Module, WasmtimeError

from orchestratord.policy import abi
from orchestratord.policy.errors import CallError, ModuleError
from orchestratord.policy.plan import Hook, ModulePlan
from orchestratord.policy.sandbox import Context, Running, Sandbox

LARGEST_FILE: Final = 8 * 1024 * 1024

_MAGIC: Final = b"\0asm"
_VERSION = re.compile(rb"[!-~]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """A module that can be asked; `version` is its own, `digest` that of its file."""

    plan: ModulePlan
    pre: InstancePre
    version: str
    digest: str


def load(plan: ModulePlan, sandbox: Sandbox) -> LoadedModule:
    """Load a module. Raises ModuleError with all that is wrong with it."""
    data = _read(plan.path)
    module = sandbox.compiled(data)
    problems = [*_foreign_imports(module, plan), *_wrong_exports(module, plan)]
    if problems:
        raise ModuleError("; ".join(problems))
    try:
        pre = sandbox.linker(plan.grants).instantiate_pre(module)
    except WasmtimeError as error:
        raise ModuleError(f"its imports do not fit: {str(error).partition(chr(10))[0]}") from None
    try:
        version = sandbox.call(pre, partial(_versions, plan.hook), Context())
    except CallError as failure:
        raise ModuleError(f"it was asked for its versions, and {failure}") from None
    return LoadedModule(plan, pre, version, f"sha256:{sha256(data).hexdigest()}")


def _read(path: Path) -> bytes:
    # OC-POLICY-4003
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ModuleError(f"it cannot be read ({error.strerror})") from None
    except ValueError:
        raise ModuleError("it cannot be read (this is no path)") from None
    if len(data) > LARGEST_FILE:
        raise ModuleError(f"it has more than {LARGEST_FILE} bytes")
    if not data.startswith(_MAGIC):
        raise ModuleError("this is no WebAssembly: it does not begin as that does")
    return data


def _foreign_imports(module: Module, plan: ModulePlan) -> list[str]:
    # OC-POLICY-4010
    granted = {abi.GRANTED[grant] for grant in plan.grants}
    foreign = [
        f"{one.module}.{one.name}"
        for one in module.imports
        if one.module not in granted or not isinstance(one.type, FuncType)
    ]
    return [f"it imports {', '.join(foreign)}, which its grants do not give"] if foreign else []


def _wrong_exports(module: Module, plan: ModulePlan) -> list[str]:
    found = {export.name: export.type for export in module.exports}
    problems = []
    if not isinstance(found.get(abi.MEMORY), MemoryType):
        problems.append(f"it exports no memory named {abi.MEMORY}")
    wanted = abi.exports(plan.hook) | {
        name: kind for name, kind in abi.OPTIONAL_EXPORTS.items() if name in found
    }
    for name, signature in wanted.items():
        kind = found.get(name)
        if kind is None:
            problems.append(f"it exports no {name}")
        elif not isinstance(kind, FuncType) or _signature(kind) != signature:
            problems.append(f"its export {name} is no function {signature}")
    return problems


def _signature(kind: FuncType) -> abi.Signature:
    return abi.Signature(tuple(map(str, kind.params)), tuple(map(str, kind.results)))


def _versions(hook: Hook, running: Running) -> str:
    # OC-POLICY-4002
    major, minor = abi.version(running.call(abi.ABI_VERSION))
    if major != abi.MAJOR or minor > abi.MINOR:
        raise CallError(f"it is written for version {major}.{minor} of the ABI, and this is {abi.VERSION}")
    if hook == "tool":
        _check_tool_version(running)
    text = running.text(running.call(abi.POLICY_VERSION), abi.LONGEST_VERSION)
    if not _VERSION.match(text):
        raise CallError("its own version is not 1 to 64 printable characters of ASCII")
    return text.decode("ascii")


def _check_tool_version(running: Running) -> None:
    # OC-POLICY-4033
    major, minor = abi.version(running.call(abi.TOOL_ABI_VERSION))
    if major != abi.TOOL_MAJOR or minor > abi.TOOL_MINOR:
        told = f"it is written for version {major}.{minor} of the ABI of tools"
        raise CallError(f"{told}, and this is {abi.TOOL_VERSION}")
