"""Run worlds of the simulation: `python reference_impl/tests/sim/run.py --seeds 0-199 --tasks 5000 --jobs 2`.

With one seed it replays what a failure named.
"""

import argparse
import sys
from os import cpu_count

from orchsim.many import many, report
from orchsim.scenario import drawn, shaken


def main() -> int:
    """Simulate, and say how it went; 1 when a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0-199", help="one seed, or first-last")
    parser.add_argument("--tasks", type=int, default=5_000, help="how many tasks arrive in each world")
    parser.add_argument("--jobs", type=int, default=min(2, cpu_count() or 1), help="how many processes")
    parser.add_argument("--shaken", action="store_true", help="workers fail, and operators drain and reload")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    draw = shaken if given.shaken else drawn
    return report(many(seeds, given.tasks, 1 if len(seeds) == 1 else given.jobs, draw))


if __name__ == "__main__":
    sys.exit(main())
