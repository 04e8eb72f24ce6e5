"""A module is asked again and again in one instance."""

from typing import Any

from wasmtime import Store

from mutants._planting import Patch
from orchestratord.policy import sandbox

REQUIREMENTS = ["OC-POLICY-4001"]


def plant(patch: Patch) -> None:
    """Make the instance of a module once."""
    patch(sandbox.Sandbox, "call", _wrong)


def _wrong(_real: Any) -> Any:
    made: dict[int, Any] = {}

    def call(self: Any, pre: Any, work: Any, context: Any) -> Any:
        self._context = context
        return self._meter.run(lambda: work(running(self, pre)), context.patience)

    def running(self: Any, pre: Any) -> Any:
        if id(pre) not in made:
            store = Store(self.engine)
            store.set_fuel(10**12)
            store.set_epoch_deadline(10**6)
            made[id(pre)] = pre, sandbox.Running(store, pre, self._meter)
        return made[id(pre)][1]

    return call
