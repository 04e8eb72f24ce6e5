"""Compiles the extension with flags of a test's choosing, into build/ and apart from the installed one."""

import hashlib
import subprocess
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import orchestratord.core._queue as queue_package

SOURCES = Path(queue_package.__file__).parent / "_c"
BUILDS = Path(__file__).parents[4] / "build" / "queue"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror")
DEBUG = ("-O1", "-g", "-UNDEBUG", "-DORCHESTRATORD_QUEUE_DEBUG")
SANITIZED = (*DEBUG, "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


def compile_extension(name: str, flags: tuple[str, ...]) -> Path:
    """Return the folder of an extension compiled with the flags; the same sources are compiled once."""
    sources = sorted(SOURCES.glob("*.[ch]"))
    command = ["gcc", "-shared", "-fPIC", *WARNINGS, *flags, f"-I{sysconfig.get_path('include')}"]
    digest = hashlib.sha256("\0".join(command).encode())
    for source in sources:
        digest.update(source.read_bytes())
    folder = BUILDS / f"{name}-{digest.hexdigest()[:16]}"
    target = folder / f"_fast{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        compiled = target.with_suffix(".part")
        inputs = [str(source) for source in sources if source.suffix == ".c"]
        subprocess.run([*command, *inputs, "-o", str(compiled)], check=True)
        compiled.rename(target)
    return folder


def load_extension(folder: Path) -> ModuleType:
    """Return the extension module of a folder, apart from the one that is installed."""
    name = "orchestratord.core._queue._fast"
    spec = spec_from_file_location(name, next(folder.glob("_fast*.so")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
