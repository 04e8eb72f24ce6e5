"""The policy host: WebAssembly modules that decide, each call in a sandbox of its own.

It is asked and answers; who asks, and what follows from an answer, is the service's. What a module is
configured as is in `plan`; the rest needs the library that runs WebAssembly, and is loaded where there are
modules.
"""

from orchestratord.policy.plan import CallLimits, Grant, Hook, ModulePlan, PolicyPlan, ToolPlan

__all__ = ["CallLimits", "Grant", "Hook", "ModulePlan", "PolicyPlan", "ToolPlan"]
