"""What all generated files share: the header with the digests, literals, and the reading of templates."""

from collections.abc import Iterable
from pathlib import Path

from orchqueue.gen.contract import Contract

TEMPLATES = Path(__file__).parent.parent / "templates"


def header(contract: Contract, names: Iterable[str], docstring: str) -> str:
    """The first lines of a file that is written from the sources `names`."""
    sources = [contract.sources[name] for name in names]
    lines = ["# Written by `orchqueue gen`; an edit here is lost."]
    lines += [f"# {source.path} sha256:{source.digest}" for source in sources]
    return "\n".join([*lines, "", docstring_of(docstring), ""])


def template(name: str) -> str:
    """The text of a template, which holds what does not depend on the contract."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def literal(value: object) -> str:
    """A Python expression for a value made of plain types."""
    return repr(value)


def instance(name: str, /, **arguments: str) -> str:
    """A call of `name`; the arguments are expressions."""
    return f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def strings(values: Iterable[object]) -> str:
    """A tuple of strings as a Python expression."""
    return repr(tuple(str(value) for value in values))


def docstring_of(text: str) -> str:
    """`text` as a docstring."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
    return f'"""{escaped}"""' if not escaped.endswith('"') else f'"""{escaped} """'
