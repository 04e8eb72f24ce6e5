"""Compiles the extension with flags of a test's choosing, into build/ and apart from the installed one."""

import hashlib
import subprocess
import sysconfig
from pathlib import Path

import orchestratord.core._queue as queue_package

SOURCES = Path(queue_package.__file__).parent / "_c"
BUILDS = Path(__file__).parents[3] / "build" / "queue"
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
