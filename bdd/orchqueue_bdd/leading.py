"""An engine that is led token by token, and what has reached the readers by then.

Nothing here looks at a clock: the engine says no more than it was let, so what has come, came before what is
next.
"""

from orchqueue.kit import EngineRequest, EngineScript, EventStream, NotTestable, Turnstile
from orchqueue_bdd import holding, reading, tasks
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

MANY = 64


def run(world: World, name: str, count: int) -> None:
    """Run a task of so many tokens to its end, of which its reader has each before the engine says the next:
    so it misses none, however little the server keeps.
    """
    lead(world, name, count)
    stream, turnstile = _stream(world, name), _turnstile(world)
    for number in range(count):
        turnstile.let()
        _has(stream, number)
    tasks.terminal(world, name)


def lead(world: World, name: str, count: int = MANY) -> None:
    """Begin a task whose engine has a slot for it, and says a token whenever it is let.

    Raises NotTestable when the task does not get there.
    """
    own, turnstile = holding.engine(world), Turnstile()
    # Words that do not begin with one another: what each of them is, is clear when it comes.
    words = tuple(f"{number:02} " for number in range(count))
    own.script_default(EngineScript(tokens=words, each=turnstile))
    world.memory["turnstile"] = turnstile
    world.at_end(lambda: turnstile.let(count))
    task = holding.admit(world, name, max_tokens=count)
    tasks.follow(world, name)
    own.require(
        lambda: any(each.slot is not None for each in holding.reached(world, task)),
        f'"{name}" was to have a slot',
    )


def relays_each(world: World, name: str, count: int) -> None:
    """Let the engine say so many tokens, one by one, and demand each at every reader before the next."""
    readers = [_stream(world, name), *world.memory.get("readers", [])]
    turnstile = _turnstile(world)
    for number in range(count):
        turnstile.let()
        for reader in readers:
            _has(reader, number)
        # The engine counts a token once it is written, and a reader may be quicker than that.
        said = eventually(lambda: _request(world, name).tokens_sent, (number + 1).__eq__)
        if said != number + 1:
            raise NotTestable(f"the engine has said {said} tokens, where it was let say {number + 1}")


def _stream(world: World, name: str) -> EventStream:
    own = tasks.named(world, name).stream
    assert own is not None, f'the stream of "{name}" is not open'
    return own


def _turnstile(world: World) -> Turnstile:
    turnstile: Turnstile = world.memory["turnstile"]
    return turnstile


def _has(reader: EventStream, number: int) -> None:
    reading.wait_for(reader, lambda event: event.name == "token" and event.data.get("i") == number)


def _request(world: World, name: str) -> EngineRequest:
    found = [each for each in holding.reached(world, tasks.named(world, name)) if each.slot is not None]
    if len(found) != 1:
        raise NotTestable(f'"{name}" has {len(found)} slots at the engine')
    return found[0]
