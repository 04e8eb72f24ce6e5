"""The async shell around the core: it owns every clock, task and connection, and carries out what the core
decides.
"""

from orchestratord.plans import (
    ArtifactsPlan,
    CatalogPlan,
    PoolPlan,
    QueuePlan,
    ServicePlan,
    SessionsPlan,
    StreamsPlan,
    WorkerPlan,
)
from orchestratord.service.archive import Draft
from orchestratord.service.catalog import Catalog
from orchestratord.service.job import Job, Submitter
from orchestratord.service.ledger import Ledger
from orchestratord.service.orchestrator import CancelOutcome, Orchestrator

__all__ = [
    "ArtifactsPlan",
    "CancelOutcome",
    "Catalog",
    "CatalogPlan",
    "Draft",
    "Job",
    "Ledger",
    "Orchestrator",
    "PoolPlan",
    "QueuePlan",
    "ServicePlan",
    "SessionsPlan",
    "StreamsPlan",
    "Submitter",
    "WorkerPlan",
]
