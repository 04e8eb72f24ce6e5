"""The kit's target for a run spec, and the first look at it.

Does it answer, does it take the key, and what does it claim?
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from orchqueue.kit import (
    AttachedTarget,
    Client,
    CommandTarget,
    Exchange,
    KitError,
    ReferenceTarget,
    Target,
)
from orchqueue.kit.patience import PATIENCE_S
from orchqueue.verify.errors import TargetError
from orchqueue.verify.runspec import API_KEY, CONTROL_KEY, TargetKind, TargetSpec
from orchqueue_bdd.fitting import CAPABILITIES
from orchqueue_bdd.servers import CLAIMS_SERVERS, Servers
from orchqueue_bdd.shared import SharedServer


def make(spec: TargetSpec, out: Path) -> Target:
    """Give the kit's target. Nothing is started yet."""
    match spec.kind:
        case TargetKind.REFERENCE:
            return ReferenceTarget(out, forked_by=spec.forked_by)
        case TargetKind.COMMAND:
            return CommandTarget(spec.command or "", out)
        case TargetKind.ATTACHED:
            listen = _address(spec.engine_listen) if spec.engine_listen else None
            keys = os.environ.get(API_KEY, ""), os.environ.get(CONTROL_KEY)
            return AttachedTarget(spec.url or "", *keys, engine_listen=listen)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def claims(servers: Servers) -> dict[str, Any]:
    """Read what the server claims, in the shape of `evidence.Claims`; one that tells nothing claims core.

    Raises TargetError when it never gives an HTTP response, refuses the key, or is a site of another kind.
    """
    try:
        server = _any_up(servers)
        exchange = Client(server.url, server.keys["control"], timeout_s=PATIENCE_S).get(CAPABILITIES)
    except KitError as error:
        raise TargetError(f"the target cannot be judged: {error}") from error
    if exchange.status in {401, 403}:
        raise TargetError(f"the target refused the key: {CAPABILITIES} answered {exchange.status}")
    # One without that route may well say so with such a page.
    if exchange.status == 200 and (exchange.header("content-type") or "").lower().startswith("text/html"):
        raise TargetError(f"this is no orchestrator: {server.url}{CAPABILITIES} answered with a page of HTML")
    return {"status": exchange.status, **_told(exchange)}


def _any_up(servers: Servers) -> SharedServer:
    """Give the first server that starts. Raises KitError when none does."""
    *others, last = CLAIMS_SERVERS
    for name in others:
        with suppress(KitError):
            return servers.up(name)
    return servers.up(last)


def _told(exchange: Exchange) -> dict[str, Any]:
    """Take what can be taken. Whether the answer keeps to the contract is judged elsewhere."""
    nothing: dict[str, Any] = {"profiles": [], "api_version": "", "implementation": {}}
    if exchange.status != 200:
        return nothing
    try:
        body = exchange.json()
    except ValueError:
        return nothing
    if not isinstance(body, dict):
        return nothing
    profiles = body.get("profiles")
    named = (
        [profile for profile in profiles if isinstance(profile, str)] if isinstance(profiles, list) else []
    )
    return {
        "profiles": named,
        "api_version": json.dumps(body.get("api_version", "")).strip('"'),
        "implementation": {"engines": body.get("engines", [])},
    }
