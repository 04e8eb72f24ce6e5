"""Run worlds of the simulation: `python reference_impl/tests/sim/run.py --seeds 0-199 --tasks 5000 --jobs 2`.

`--world decisions` runs the decisions alone, `service` the whole service, `shaken` that while workers fail
and operators drain and reload. With one seed it replays what a failure named.
"""

import argparse
import sys
from os import cpu_count

from orchsim.kinds import KINDS
from orchsim.many import many, report


def main() -> int:
    """Simulate, and say how it went; 1 when a law was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0-199", help="one seed, or first-last")
    parser.add_argument("--tasks", type=int, default=5_000, help="how many tasks arrive in each world")
    parser.add_argument("--jobs", type=int, default=min(2, cpu_count() or 1), help="how many processes")
    parser.add_argument("--world", choices=KINDS, default="decisions", help="what is simulated")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    jobs = 1 if len(seeds) == 1 else given.jobs
    return report(many(seeds, given.tasks, jobs, given.world), given.world)


if __name__ == "__main__":
    sys.exit(main())
