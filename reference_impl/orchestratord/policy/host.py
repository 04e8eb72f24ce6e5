"""The modules of one configuration, loaded together and asked one call at a time."""

from collections.abc import Callable
from dataclasses import replace

from orchestratord.core.errors import ConfigurationError
from orchestratord.core.tasks import Priority
from orchestratord.policy import abi, verdict
from orchestratord.policy.errors import CallError, ModuleError
from orchestratord.policy.meter import Patience
from orchestratord.policy.module import LoadedModule, load
from orchestratord.policy.plan import Hook, PolicyPlan
from orchestratord.policy.sandbox import Context, Running, Sandbox
from orchestratord.policy.snapshot import ToolStep
from orchestratord.policy.verdict import Decision


class PolicyHost:
    """Asks modules, from one thread at a time; whoever opens it has to close it."""

    def __init__(self, plan: PolicyPlan) -> None:
        """Load all modules. Raises ConfigurationError with all that is wrong with them."""
        self.limits = plan.limits
        self._sandbox = Sandbox(plan.limits)
        modules, problems = [], []
        for number, entry in enumerate(plan.modules):
            try:
                modules.append(load(entry, self._sandbox))
            except ModuleError as error:
                problems.append(f"/policy/modules/{number}/path: {entry.id}: {error}")
        self.modules = tuple(modules)
        if problems:
            self.close()
            raise ConfigurationError(problems)

    def of(self, hook: Hook) -> tuple[LoadedModule, ...]:
        """The modules of a hook, in the order in which they are asked."""
        return tuple(module for module in self.modules if module.plan.hook == hook)

    def admission(
        self,
        module: LoadedModule,
        told: bytes,
        patience: Patience,
        *,
        correlation_id: str,
        asked: Priority,
        now_ms: int,
    ) -> Decision:
        """What a module decides about a task whose priority is the one asked for. Never raises."""
        return self._asked(
            module,
            abi.ADMIT,
            told,
            Context(now_ms, patience),
            lambda text: verdict.read_admission(text, correlation_id, asked),
        )

    def tool(
        self,
        module: LoadedModule,
        step: ToolStep,
        told: bytes,
        patience: Patience,
        *,
        correlation_id: str,
        now_ms: int,
    ) -> Decision:
        """What a module decides about a tool's request, or about the answer to it. Never raises."""
        return self._asked(
            module,
            abi.TOOL_REQUEST if step == "tool_request" else abi.TOOL_RESPONSE,
            told,
            Context(now_ms, patience),
            lambda text: verdict.read_tool(text, correlation_id),
        )

    def _asked(
        self,
        module: LoadedModule,
        entry: str,
        told: bytes,
        context: Context,
        read: Callable[[bytes], Decision],
    ) -> Decision:
        def decide(running: Running) -> Decision:
            packed = running.call(entry, *running.put(told))
            return read(running.text(packed, abi.LONGEST_DECISION))

        try:
            decided = self._sandbox.call(module.pre, decide, context)
        except CallError as failure:
            return verdict.failed(str(failure), module.plan.denies_on_failure, tuple(context.said))
        return replace(decided, said=tuple(context.said))

    def close(self) -> None:
        """Ask nothing any more."""
        self._sandbox.close()
