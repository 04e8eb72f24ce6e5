"""The async shell around the core: it owns every clock, task and connection, and carries out what the core
decides.
"""

from orchestratord.service.archive import Draft
from orchestratord.service.job import Job, Submitter
from orchestratord.service.ledger import Ledger
from orchestratord.service.orchestrator import CancelOutcome, Orchestrator
from orchestratord.service.plans import (
    ArtifactsPlan,
    PoolPlan,
    QueuePlan,
    ServicePlan,
    SessionsPlan,
    StreamsPlan,
    WorkerPlan,
)

__all__ = [
    "ArtifactsPlan",
    "CancelOutcome",
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
