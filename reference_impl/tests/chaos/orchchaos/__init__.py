"""A real server with real workers under load, while all goes wrong that chance has in store; and what has to
hold afterwards. One seed is one plan of troubles, though not one order of events.
"""

from orchchaos.course import Broken, run

__all__ = ["Broken", "run"]
