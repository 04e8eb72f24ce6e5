"""The tenants: what each is due, and what its tasks hold now. Who may have what is decided in the core."""

from collections.abc import Iterable

from orchestratord.core.quotas import Held, Tenant


class Tenants:
    """All tenants by their ids; one that no entry names is due what an entry without fields is."""

    def __init__(self, known: Iterable[Tenant]) -> None:
        self._due = {tenant.id: tenant for tenant in known}
        self._held: dict[str, Held] = {}

    def renew(self, known: Iterable[Tenant]) -> None:
        """Know these tenants from now on; what their tasks hold stays as it is."""
        self._due = {tenant.id: tenant for tenant in known}

    def due(self, tenant: str) -> Tenant:
        """What a tenant is due."""
        return self._due.get(tenant) or self._due.setdefault(tenant, Tenant(tenant))

    def held(self, tenant: str) -> Held:
        """What its tasks hold; changes are seen by whoever asks next."""
        return self._held.setdefault(tenant, Held())
