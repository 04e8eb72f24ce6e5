"""Engines that the server starts itself: their processes, from start to the last descendant's end, and the
files of their models.
"""

from orchestratord.workers.model_file import FileIdentity, ModelFileError, identify, sha256_of
from orchestratord.workers.process import ManagedProcess, ProcessError

__all__ = ["FileIdentity", "ManagedProcess", "ModelFileError", "ProcessError", "identify", "sha256_of"]
