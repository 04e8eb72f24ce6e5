"""Runs a reference server that is wrong on purpose.

usage: python _server.py SWITCH ARGUMENT…

The switch is a file that names the mutant, if one is on; the arguments are those of `orchestratord`.
"""

import json
import sys
from pathlib import Path


def main() -> None:
    """Plant what the switch says, and run the server as its command does."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from mutants._planting import load, plant  # noqa: PLC0415 - found by the line above
    from orchestratord.__main__ import main as run  # noqa: PLC0415 - before it is planted in

    switch = Path(sys.argv[1])
    name = json.loads(switch.read_text(encoding="utf-8")).get("named")
    if name:
        plant(load(name), switch.with_name(f"{switch.name}.met"))
    sys.argv = ["orchestratord", *sys.argv[2:]]
    run()


if __name__ == "__main__":
    main()
