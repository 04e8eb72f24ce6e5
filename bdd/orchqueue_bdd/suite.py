"""The features as behave runs them: loaded, and run in slices in a given order.

Chooses and judges nothing.
"""

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from behave.configuration import Configuration
from behave.parser import parse_file
from behave.runner import Context, Runner
from behave.step_registry import registry

from orchqueue_bdd import selection
from orchqueue_bdd.selection import Case, Slice

PACKAGE = Path(__file__).parent.resolve()


class Suite:
    """A folder with `features/` and `steps/`; None means the package's own."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or PACKAGE).resolve()
        self._loaded = False

    def cases(self, wanted: Callable[[str], bool] = lambda _text: True) -> list[Case]:
        """Give all scenarios of the files whose text is wanted.

        Raises behave's ParserError where one of these is not Gherkin.
        """
        found: list[Case] = []
        for path in sorted(self.folder.glob("features/**/*.feature")):
            feature = parse_file(os.fspath(path)) if wanted(path.read_text(encoding="utf-8")) else None
            if feature is not None:
                found += selection.cases(feature, path.relative_to(self.folder))
        return found

    @contextmanager
    def loaded(self) -> Iterator[None]:
        """Have the steps loaded once for all runs within."""
        runner = self._runner()
        with runner.path_manager:
            self._load(runner)
            self._loaded = True
            yield
            self._loaded = False

    def run(self, slices: Sequence[Slice], hooks: Mapping[str, Callable[..., None]]) -> bool:
        """Run the slices in their order, and say whether all went well."""
        runner = self._runner()
        runner.context = Context(runner)
        runner.hooks = dict(hooks)
        with runner.path_manager:
            if not self._loaded:
                self._load(runner)
            return not runner.run_model(list(slices))

    def _load(self, runner: Any) -> None:
        """Have the steps known. Those of the package are imported: behave would compile them in every run."""
        if self.folder != PACKAGE:
            runner.load_step_definitions()
            return
        for module in pkgutil.iter_modules([os.fspath(PACKAGE / "steps")]):
            importlib.import_module(f"{__package__}.steps.{module.name}")

    def _runner(self) -> Any:
        # No configuration files: what runs must not depend on the folder that the command is called in.
        config = Configuration(["--format=null", "--no-summary", "--no-junit"], load_config=False)
        runner = Runner(config)
        runner.base_dir = os.fspath(self.folder)
        return runner


def exception_of(scenario: Any) -> BaseException | None:
    """Give what stopped a scenario, be it in a step or in a hook."""
    for step in scenario.all_steps:
        if step.exception is not None:
            stopped: BaseException = step.exception
            return stopped
    own: BaseException | None = scenario.exception
    return own


def matches(step: Any) -> list[str]:
    """Give the sentences of all the steps that a line matches."""
    known = [*registry.steps[step.step_type], *registry.steps["step"]]
    return [matcher.pattern for matcher in known if matcher.match(step.name)]
