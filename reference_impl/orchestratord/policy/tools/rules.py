"""Where a tool may go and what may pass: the lists of the configuration, applied to one request. Pure."""

from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from orchestratord.policy.plan import ToolPlan
from orchestratord.policy.tools.errors import ToolDeniedError

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
PORTS: Final = {"http": 80, "https": 443}
UNNAMED_TYPE: Final = "application/octet-stream"


class Destination(NamedTuple):
    """Where a request goes."""

    scheme: str
    host: str
    port: int
    path: str


def check_destination(goal: Destination, method: str, plan: ToolPlan) -> None:
    """Raises ToolDeniedError where a request may not go."""
    # OC-POLICY-4030
    if method not in METHODS:
        raise ToolDeniedError("method", f"tools may use {', '.join(sorted(METHODS))} alone")
    if any(_matches(entry, goal, any_port=True) for entry in plan.deny_domains):
        raise ToolDeniedError("deny_domains", f"tools may not go to {goal.host}")
    if not any(_matches(entry, goal) for entry in plan.allow_domains):
        raise ToolDeniedError(
            "allow_domains", f"tools may not go to {goal.host}:{goal.port}, which no list allows"
        )


def listed_hosts(plan: ToolPlan) -> frozenset[str]:
    """The names that the list of allowed domains holds without a wildcard."""
    return frozenset(_entry(entry)[0] for entry in plan.allow_domains if not entry.startswith("*."))


def check_type(kind: str, plan: ToolPlan) -> None:
    """Raises ToolDeniedError for a MIME type that may not pass."""
    # OC-POLICY-4030
    if any(_is_type(kind, entry) for entry in plan.deny_types):
        raise ToolDeniedError("deny_types", f"content of the type {kind} may not pass")
    if not any(_is_type(kind, entry) for entry in plan.allow_types):
        raise ToolDeniedError("allow_types", f"content of the type {kind} may not pass, which no list allows")


def essence(content_type: str | None) -> str:
    """The MIME type of a header, without its parameters; what says nothing is a stream of bytes."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind if kind.count("/") == 1 and kind.isascii() and " " not in kind else UNNAMED_TYPE


def check_size(what: str, size: int, most: int) -> None:
    """Raises ToolDeniedError for a body that is larger than it may be."""
    # OC-POLICY-4031
    if size > most:
        raise ToolDeniedError(f"max_{what}_bytes", f"the {what} has more than {most} bytes")


def destination(url: str) -> Destination:
    """Where a URL leads. Raises ToolDeniedError for what is no plain URL of the web."""
    if any(ord(letter) <= 0x20 or letter == "\\" for letter in url):
        raise ToolDeniedError("url", "a URL has neither blanks nor backslashes")
    try:
        split: SplitResult = urlsplit(url)
        port, name = split.port, split.hostname or ""
        host = name.rstrip(".").encode("idna").decode("ascii").lower() if ":" not in name else name
    except ValueError:
        raise ToolDeniedError("url", "this is no URL") from None
    if split.scheme not in PORTS:
        raise ToolDeniedError("url", "tools may go to http and https alone")
    if not host or split.username is not None or split.password is not None:
        raise ToolDeniedError("url", "a URL names a host, and neither user nor password")
    return Destination(split.scheme, host, port or PORTS[split.scheme], split.path or "/")


def _matches(entry: str, goal: Destination, *, any_port: bool = False) -> bool:
    """Whether an entry of a list names a host. One without a port allows the usual one, and denies all."""
    name, port = _entry(entry)
    if port is None:
        if not any_port and goal.port != PORTS[goal.scheme]:
            return False
    elif port != goal.port:
        return False
    if name.startswith("*."):
        return not _is_address(goal.host) and goal.host.endswith(name[1:])
    return goal.host == name


def _entry(entry: str) -> tuple[str, int | None]:
    name, colon, port = entry.lower().rpartition(":")
    if colon and port.isdigit() and not name.endswith(":"):
        return name.strip("[]"), int(port)
    return entry.lower().strip("[]"), None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_type(kind: str, entry: str) -> bool:
    wanted = entry.lower()
    return kind.startswith(wanted[:-1]) if wanted.endswith("/*") else kind == wanted
