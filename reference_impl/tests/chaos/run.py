"""Have chaos: `python reference_impl/tests/chaos/run.py --seed 7 --seconds 60`.

It prints what was, or what broke.
"""

import argparse
import sys
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from orchchaos import Broken, run


def main() -> int:
    """Run once; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="which troubles; drawn when it is not given")
    parser.add_argument("--seconds", type=float, default=120.0, help="for how long")
    parser.add_argument("--real", action="store_true", help="with a llama.cpp among the workers")
    given = parser.parse_args()
    seed = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    sys.stdout.write(f"seed {seed}\n")
    with TemporaryDirectory() as folder:
        try:
            sys.stdout.write(run(seed, given.seconds, Path(folder), real=given.real) + "\n")
        except Broken as broken:
            sys.stdout.write(f"{broken}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
