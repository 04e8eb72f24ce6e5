"""How names of the contract become names of Python."""

import keyword
import re


def pascal(name: str) -> str:
    """`kv_hint`, `kv-hint` and `kvHint` become `KvHint`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name) if part)


def snake(name: str) -> str:
    """`createTask`, `Retry-After` become `create_task`, `retry_after`; a keyword gets an underscore."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = re.sub(r"[^0-9A-Za-z]+", "_", words).strip("_").lower()
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def constant(name: str) -> str:
    """`drop-lru` becomes `DROP_LRU`."""
    return re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_").upper()
