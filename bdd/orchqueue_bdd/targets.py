"""The kit's target for a run spec, and the first look at it: does it answer, does it take the key, what does it claim."""

import json
import os
from typing import Any

from orchqueue.kit import (
    AttachedTarget,
    Client,
    CommandTarget,
    Exchange,
    KitError,
    NotTestable,
    ReferenceTarget,
    Target,
)
from orchqueue.verify.errors import TargetError
from orchqueue.verify.runspec import API_KEY, TargetKind, TargetSpec
from orchqueue_bdd.servers import CLAIMS_SERVER, Servers

CAPABILITIES = "/v1/capabilities"


def make(spec: TargetSpec) -> Target:
    """Give the kit's target. Nothing is started yet."""
    match spec.kind:
        case TargetKind.REFERENCE:
            return ReferenceTarget()
        case TargetKind.COMMAND:
            return CommandTarget(spec.command or "")
        case TargetKind.ATTACHED:
            return AttachedTarget(spec.url or "", os.environ.get(API_KEY, ""))


def claims(servers: Servers) -> dict[str, Any]:
    """Read what the server claims, once, in the shape of `evidence.Claims`; a server that tells nothing claims core.

    Raises TargetError when it never gives an HTTP response, or refuses the key.
    """
    try:
        server = servers.get(CLAIMS_SERVER)
        exchange = Client(server.url, server.keys["control"]).get(CAPABILITIES)
    except (KitError, NotTestable) as error:
        raise TargetError(f"the target cannot be judged: {error}") from error
    if exchange.status in {401, 403}:
        raise TargetError(f"the target refused the key: {CAPABILITIES} answered {exchange.status}")
    return {"status": exchange.status, **_told(exchange)}


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
