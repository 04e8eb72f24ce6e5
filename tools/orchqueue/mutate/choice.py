"""Which mutants a campaign tries."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from orchqueue.mutate import matrix as page
from orchqueue.mutate.errors import MutateError
from orchqueue.mutate.matrix import Matrix, Outcome
from orchqueue.mutate.mutants import Mutant


@dataclass(frozen=True)
class Choice:
    """Which mutants are to be tried; nothing chooses all."""

    names: Sequence[str]
    requirements: Sequence[str]
    sample: int | None
    stale: bool
    seed: int

    @property
    def whole(self) -> bool:
        """Whether all are."""
        return not (self.names or self.requirements or self.sample or self.stale)

    def of(self, fitting: Sequence[Mutant], valid: Matrix) -> list[Mutant]:
        """Choose; `valid` is what the matrix still holds. Raises MutateError for a choice of nothing."""
        found = list(fitting)
        if unknown := sorted(set(self.names) - {mutant.name for mutant in fitting}):
            raise MutateError(
                f"there is no mutant {', '.join(unknown)}; `orchqueue mutate --list` names them"
            )
        if self.names:
            found = [mutant for mutant in found if mutant.name in self.names]
        if self.requirements:
            found = [mutant for mutant in found if mutant.requirements & set(self.requirements)]
        if not found:
            raise MutateError(f"no mutant concerns {', '.join(self.requirements)}")
        if self.stale:
            # What no scenario caught may be caught by one that has changed since.
            fresh = page.by_name(valid.of(Outcome.KILLED))
            found = [mutant for mutant in found if mutant.name not in fresh]
        if self.sample:
            caught = {row.name for row in valid.of(Outcome.KILLED)}
            found = [mutant for mutant in found if mutant.name in caught]
            # A choice, not a secret.
            found = random.Random(self.seed).sample(found, min(self.sample, len(found)))  # noqa: S311
        return found
