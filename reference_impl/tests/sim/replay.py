"""Run one seed of the simulation again: `python reference_impl/tests/sim/replay.py SEED [TASKS]`."""

import sys
from time import process_time

from orchsim.scenario import drawn
from orchsim.world import simulate


def main() -> None:
    """Simulate, and say how it went; a violation is raised with its trace."""
    seed, tasks = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4_000
    begun = process_time()
    scenario = drawn(seed, tasks)
    print(scenario)
    outcome = simulate(scenario)
    spent = process_time() - begun
    attempts = sum(life.attempts for life in outcome.lives.values())
    print(f"{len(outcome.lives)} tasks, {attempts} attempts, {outcome.events} events, {spent:.2f} s of CPU, "
          f"{len(outcome.lives) / spent:.0f} tasks/s; ended {outcome.endings}; refused {outcome.refusals}")


if __name__ == "__main__":
    main()
