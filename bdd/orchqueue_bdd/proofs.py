"""What the lines about a worker's proof demand: what its engine was asked before the worker served."""

from orchqueue_bdd.world import World


def fails(world: World, engine: str, count: int, pool: str) -> None:
    """Demand that an engine that fails is asked again, so many times, and that its pool is not ready."""
    own = world.engine(engine)
    asked = own.wait_for(lambda: len(own.completions) >= count)
    assert asked, f'the engine "{engine}" was asked {len(own.completions)} times to prove itself'
    ready = world.server.running.ready_pools()
    assert pool not in ready, f'the pool "{pool}" is ready, and its engine decodes nothing'


def has_proven(world: World, engine: str) -> None:
    """Demand that an engine has ended one request by itself, with a token, and another because it was told
    to.
    """
    seen = world.engine(engine).completions
    decoded = [one for one in seen if one.finished and one.tokens_sent]
    assert decoded, f'the engine "{engine}" has decoded no token for its proof'
    ended = [one for one in seen if not one.finished and one.disconnected_ms is not None]
    assert ended, f'no request of the proof was ended at the engine "{engine}"'
