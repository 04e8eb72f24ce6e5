"""What can go wrong with a module: it is not loaded, or it fails to decide."""

from orchestratord.core.errors import ServerError


class ModuleError(ServerError):
    """The file is no module that can be asked; the text says why."""


class CallError(ServerError):
    """A call gave no decision; the text says why, for the log."""
