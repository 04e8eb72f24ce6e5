"""The decisions alone, in simulated time: `orchestratord.core` with the least around it that acts on it.

No event loop, streams, metrics or supervisors: `orchsim.world` simulates those, with the whole service.
"""

from orchsim.decisions.world import decide

__all__ = ["decide"]
