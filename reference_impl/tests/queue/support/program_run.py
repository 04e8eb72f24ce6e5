"""Random programs over a compiled extension, in a process of its own: program_run.py FOLDER FIRST_SEED COUNT
LENGTH.
"""

import sys
from pathlib import Path
from random import Random

from queue_compiling import load_extension
from three_queues import AGE_MS, Trio

from orchestratord.core._queue._values import ORDERS, POLICIES


def main() -> None:
    queue_type = load_extension(Path(sys.argv[1])).Queue
    first, count, length = (int(argument) for argument in sys.argv[2:])
    operations = 0
    for seed in range(first, first + count):
        chance = Random(seed)
        order, policy = chance.choice(ORDERS), chance.choice(POLICIES)
        capacity, ids = chance.choice([1, 2, 7, 60, 200]), chance.choice([8, 60, 256])
        tenants = chance.choice([1, 4, 48])
        print(f"seed {seed}: {order} {policy} {capacity} {ids} {tenants}", flush=True)
        trio = Trio(queue_type(capacity, policy, AGE_MS, order), policy, capacity, order, ids, tenants)
        operations += trio.run(chance.randbytes(chance.randint(1, length)))
    print(f"{operations} operations")


main()
