"""Writes what belongs to the package as a whole: `load`, the digests, the validators, the fixed parts."""

from collections.abc import Iterator

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.source import header, literal, template

# Files that hold nothing of the contract, with what they keep.
FIXED = {
    "_asgi.py": "How an operation is called and its answer sent. Knows ASGI; the routes know Litestar.",
    "_checks.py": "Checks that several generated modules share.",
    "_model.py": "What the pydantic models are built on, so that they accept what JSON Schema accepts.",
}


def package(contract: Contract) -> str:
    """__init__.py"""
    docstring = (
        "The contract as Python: written by `orchqueue gen` from the specs of OrchQueue, and never edited."
    )
    files = "".join(
        f"{literal(name)}: {literal(source.file_name)}, " for name, source in contract.sources.items()
    )
    digests = "".join(
        f"{literal(name)}: {literal(source.digest)}, " for name, source in contract.sources.items()
    )
    return "\n".join(
        [
            header(contract, contract.sources, docstring),
            template("package.py.txt"),
            f"_FILES: Mapping[str, str] = MappingProxyType({{{files}}})\n",
            f"DIGESTS: Mapping[str, str] = MappingProxyType({{{digests}}})",
            '"""The sha256 of each contract file in hexadecimal, by the name that `load` takes."""\n',
            f"API_VERSION = {literal(contract.documents['openapi']['info']['version'])}",
            '"""The version of the contract, as its OpenAPI document tells it."""',
        ]
    )


def schemas(contract: Contract) -> str:
    """schemas.py"""
    docstring = (
        "The schemas of the contract as validators, for whoever needs to know what is wrong, and where."
    )
    names = ("openapi", "events", "config.schema")
    uris = "".join(f"{literal(name)}: {literal(contract.sources[name].file_name)}, " for name in names)
    parts = [header(contract, names, docstring), template("schemas.py.txt"), f"_URIS = {{{uris}}}"]
    return "\n".join(parts)


def fixed(contract: Contract) -> Iterator[tuple[str, str]]:
    """The name and text of each file that is the same for every contract."""
    for name, docstring in FIXED.items():
        yield name, "\n".join([header(contract, [], docstring), template(f"{name}.txt")])
