"""The policies of a configuration: what the schema cannot say of them, and the plan that they become.

The modules themselves are not looked at here: that needs what runs them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestratord.core.rate_limits import Rate
from orchestratord.policy import CallLimits, ModulePlan, PolicyPlan, ToolPlan
from orchestratord.pool_settings import twice

FAILURE_DEFAULTS = {"admission": "allow", "tool": "deny"}


def policy_problems(entry: Mapping[str, Any]) -> list[str]:
    """What the schema cannot say of the section `policy`."""
    problems = twice("policy/modules", [module["id"] for module in entry["modules"]])
    for number, pattern in enumerate(entry["tools"]["redact"]):
        try:
            re.compile(pattern)
        except re.error as error:
            problems.append(f"/policy/tools/redact/{number}: is no pattern ({error.msg})")
    return problems


def policy_plan(entry: Mapping[str, Any]) -> PolicyPlan:
    """The plan of the section `policy`, of which all is well."""
    return PolicyPlan(
        tuple(_policy_module(module) for module in entry["modules"]),
        CallLimits(**entry["limits"]),
        _tool_plan(entry["tools"]),
    )


def _tool_plan(entry: Mapping[str, Any]) -> ToolPlan:
    return ToolPlan(
        allow_domains=tuple(entry["allow_domains"]),
        deny_domains=tuple(entry["deny_domains"]),
        allow_types=tuple(entry["allow_types"]),
        deny_types=tuple(entry["deny_types"]),
        max_request_bytes=entry["max_request_bytes"],
        max_response_bytes=entry["max_response_bytes"],
        timeout_ms=entry["timeout_ms"],
        rate=Rate(entry["rps"], entry["burst"]),
        redact=tuple(re.compile(pattern) for pattern in entry["redact"]),
    )


def _policy_module(entry: Mapping[str, Any]) -> ModulePlan:
    # OC-POLICY-4012
    denies = entry.get("on_failure", FAILURE_DEFAULTS[entry["hook"]]) == "deny"
    return ModulePlan(entry["id"], Path(entry["path"]), entry["hook"], frozenset(entry["grants"]), denies)
