"""Why a tool did not get an answer."""

from orchestratord.core.errors import ServerError


class ToolError(ServerError):
    """The root; the text says why, and repeats nothing of what the request held."""


class ToolDeniedError(ToolError):
    """It may not: `rule` names what denied it, a field of the configuration or a module's id."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class ToolFailedError(ToolError):
    """It may, and the other side did not answer."""
