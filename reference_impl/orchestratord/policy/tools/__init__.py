"""HTTP requests of tools, made for them: none gets anywhere that the configuration and the policy modules do
not allow, and whatever was tried stands in the audit log.
"""

from orchestratord.policy.plan import ToolPlan
from orchestratord.policy.tools.errors import ToolDeniedError, ToolError, ToolFailedError
from orchestratord.policy.tools.gate import ToolGate
from orchestratord.policy.tools.messages import ToolRequest, ToolResponse

__all__ = [
    "ToolDeniedError",
    "ToolError",
    "ToolFailedError",
    "ToolGate",
    "ToolPlan",
    "ToolRequest",
    "ToolResponse",
]
