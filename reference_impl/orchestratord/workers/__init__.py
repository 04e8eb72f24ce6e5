"""Engines that the server starts itself: their processes, from start to the last descendant's end."""

from orchestratord.workers.process import ManagedProcess, ProcessError

__all__ = ["ManagedProcess", "ProcessError"]
