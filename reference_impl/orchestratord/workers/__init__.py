"""Engines that the server starts itself: their processes, from start to the last descendant's end, and the
files of their models.
"""

from orchestratord.workers.launcher import Launcher, LocalLauncher, Process
from orchestratord.workers.model_file import FileIdentity, ModelFileError, identify, sha256_of
from orchestratord.workers.process import Hear, ManagedProcess, ProcessError

__all__ = [
    "FileIdentity",
    "Hear",
    "Launcher",
    "LocalLauncher",
    "ManagedProcess",
    "ModelFileError",
    "Process",
    "ProcessError",
    "identify",
    "sha256_of",
]
