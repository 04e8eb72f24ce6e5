"""A synthetic tree of specs, features, tests and code for benchmarks: as many requirements as asked for.

Shaped like the real one: requirements of a sentence or two with a rationale, every second one with a fragment
of a contract, one scenario for each, one test and one line of code for every tenth.
"""

from collections.abc import Iterator
from pathlib import Path

PER_FAMILY = 500
_SYSTEM = """### ORCH-1000 · The system works

`MUST` · profile `core` · checked by `behave`

The system MUST work.

```yaml openapi
components:
  responses:
    Backpressure: {description: come back later}
```
"""


def write_tree(root: Path, requirements: int) -> None:
    """Write the tree under `root`."""
    families = [_letters(number) for number in range(-(-requirements // PER_FAMILY))]
    _write(root / ".specs/00-system.md", _SYSTEM)
    for order, family in enumerate(families, 10):
        count = min(PER_FAMILY, requirements - (order - 10) * PER_FAMILY)
        ids = [f"OC-{family}-{number}" for number in range(1000, 1000 + count)]
        _write(root / f".specs/{order:04}-{family.lower()}.md", "\n".join(_requirements(ids)))
        _write(root / f"bdd/orchqueue_bdd/features/{family.lower()}.feature", _feature(family, ids))
        _write(root / f"tools/tests/test_{family.lower()}.py", _tests(ids[::10]))
        _write(root / f"reference_impl/orchestratord/{family.lower()}.py", _code(ids[::10]))


def _letters(number: int) -> str:
    high, low = divmod(number, 26)
    return f"F{chr(65 + high)}{chr(65 + low)}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _requirements(ids: list[str]) -> Iterator[str]:
    yield "# A family\n\nWhat this family is about, in a sentence.\n"
    for number, key in enumerate(ids):
        yield f"### {key} · A full queue says when to come back\n"
        yield "`MUST` · profile `core` · refines `ORCH-1000` · checked by `behave` `provider`\n"
        yield (
            f"When task {number} cannot be queued because its pool is full, the server MUST answer 429 with\n"
            "`Retry-After` (whole seconds, rounded up) and `X-Backoff-Ms`, and a body naming the policy.\n"
        )
        yield "Without advice all clients come back at once, and the queue is full again.\n"
        if number % 2 == 0:
            yield _fragment(key)


def _fragment(key: str) -> str:
    return f"""```yaml openapi
paths:
  /v1/{key.lower()}:
    post:
      operationId: op-{key.lower()}
      x-profile: core
      responses:
        "429": {{$ref: "#/components/responses/Backpressure"}}
```
"""


def _feature(family: str, ids: list[str]) -> str:
    scenarios = "\n".join(
        f"  @{key}\n  Scenario: {key} holds\n    Given a full pool\n    When a task is sent\n"
        "    Then the answer is 429\n    And it says when to come back\n"
        for key in ids
    )
    return f"Feature: {family}\n\n{scenarios}"


def _tests(ids: list[str]) -> str:
    tests = "\n\n".join(
        f'@pytest.mark.requirement("{key}")\ndef test_{number}() -> None:\n    assert {number} >= 0\n'
        for number, key in enumerate(ids)
    )
    return f'"""Tests."""\n\nimport pytest\n\n\n{tests}'


def _code(ids: list[str]) -> str:
    return '"""Code."""\n\n' + "".join(
        f"LIMIT_{number} = {number}  # {key}\n" for number, key in enumerate(ids)
    )
