"""Where the texts of the specs come from: a folder, or a git revision of one."""

import io
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from orchqueue.spec.errors import SpecError

FOLDER = ".specs"
_NOT_NORMATIVE = "decisions"


def from_folder(root: Path) -> dict[str, str]:
    """The normative Markdown files under `root/.specs`, by path relative to the root, in order."""
    folder = root / FOLDER
    if not folder.is_dir():
        raise SpecError(f"there is no folder {folder}: give the root of a working tree with --root")
    files = {path.relative_to(root).as_posix(): path for path in folder.rglob("*.md") if path.is_file()}
    return {name: _decoded(name, files[name].read_bytes()) for name in sorted(files) if is_normative(name)}


def from_revision(root: Path, revision: str) -> dict[str, str]:
    """The same of a git revision of the repository that `root` is the top of."""
    archive = subprocess.run(  # noqa: S603 - the revision is one argument behind `--end-of-options`, never a shell's
        ["git", "-C", str(root), "archive", "--format=tar", "--end-of-options", revision, FOLDER],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        reason = archive.stderr.decode(errors="replace").strip().splitlines()
        raise SpecError(
            f"git has no {FOLDER} at {revision!r}: {reason[-1] if reason else 'unknown revision'}"
        )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        files = {
            member.name: stream.read() for member in tar if (stream := tar.extractfile(member)) is not None
        }
    return {name: _decoded(name, files[name]) for name in sorted(files) if is_normative(name)}


def is_normative(name: str) -> bool:
    """Whether a path under the root is a spec: Markdown, and not a decision record."""
    path = PurePosixPath(name)
    return path.suffix == ".md" and len(path.parts) > 1 and path.parts[1] != _NOT_NORMATIVE


def unit_of(name: str) -> str:
    """The stem of a spec file, or the name of the folder that one grew into."""
    path = PurePosixPath(name)
    return path.parts[1] if len(path.parts) > 2 else path.stem


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SpecError(f"{name}:{line}: not UTF-8 ({error.reason})") from error


def check_not_empty(texts: Mapping[str, str], where: str) -> None:
    """Raise where there is no spec at all: an empty tree must not look like one without faults."""
    if not texts:
        raise SpecError(f"there is no spec in {where}/{FOLDER}")
