"""The catalog of a configuration: what the schema cannot say of it, and the plan that it becomes."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestratord.catalog import RootError, load_certified, load_root
from orchestratord.core.catalog.models import TrustPolicy
from orchestratord.core.catalog.trust import Root
from orchestratord.plans import CatalogPlan
from orchestratord.pool_settings import twice

ROOTS = "catalog/trust_policy/ca_roots"


def catalog_plan(full: Mapping[str, Any]) -> tuple[CatalogPlan | None, list[str]]:
    """The plan of a configuration whose defaults are filled in, None without a catalog; and what is wrong."""
    entry = full["catalog"]
    if not entry["enabled"]:
        return None, []
    if "store" not in entry:
        return None, ["/catalog/store: an enabled catalog needs a folder"]
    trust = entry["trust_policy"]
    problems = twice(ROOTS, [root["id"] for root in trust["ca_roots"]])
    roots: list[Root] = []
    for number, root in enumerate(trust["ca_roots"]):
        try:
            roots.append(_root(root))
        except RootError as error:
            problems.append(f"/{ROOTS}/{number}{error}")
    policy = TrustPolicy(
        mode=trust["mode"],
        allowed_registries=tuple(trust["allowed_registries"]),
        require_signature=trust["require_signature"],
        require_sbom=trust["require_sbom"],
        ca_roots=tuple(root.id for root in roots),
    )
    return CatalogPlan(Path(entry["store"]), policy, tuple(roots), entry["cache"]["max_bytes"]), problems


def _root(entry: Mapping[str, Any]) -> Root:
    """Raises RootError with the field that is wrong."""
    until_s = None
    if "not_after" in entry:
        try:
            until_s = datetime.fromisoformat(entry["not_after"]).timestamp()
        except (ValueError, OverflowError):
            raise RootError("/not_after: there is no such moment") from None
    path, certified = Path(entry["file"]), entry.get("sigstore")
    try:
        if certified is not None:
            return load_certified(entry["id"], path, until_s, **certified)
        return load_root(entry["id"], path, until_s)
    except RootError as error:
        raise RootError(f"/file: {error}") from None
