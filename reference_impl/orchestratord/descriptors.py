"""How many connections the operating system lets the process have."""

import resource

OWN = 256


def room_for(connections: int) -> int:
    """How many of so many connections there can be, after asking for as many descriptors as that takes.

    A client whose task runs takes two: its own, and the engine's.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections + OWN
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return (
        connections
        if soft in (resource.RLIM_INFINITY, wanted)
        else max(1, min(connections, (soft - OWN) // 2))
    )
