"""The orchestrator in simulated time: service and core as they are, or the core alone, and engines and
clients that are not.

One seed is one world; the same seed gives the same events in the same order.
"""

from orchsim.witness import Violation
from orchsim.world import Outcome, World, simulate

__all__ = ["Outcome", "Violation", "World", "simulate"]
