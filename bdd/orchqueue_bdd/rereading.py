"""Reading a stream more than once: from the middle, by several readers, and with ids that lead nowhere."""

from orchqueue.kit import EventStream
from orchqueue_bdd import occasions, reading, streams, tasks
from orchqueue_bdd.world import World


def tokens_arrive(world: World, name: str, count: int) -> None:
    """Demand so many token events of a task that is held behind them."""
    stream = tasks.named(world, name).stream
    assert stream is not None, f'the stream of "{name}" is not open'
    reading.wait_for(stream, lambda event: event.name == "token" and event.data.get("i") == count - 1)


def read_after(world: World, name: str, number: int) -> None:
    """Open the stream after an event and make it the task's own stream; what was read before is kept."""
    task = tasks.named(world, name)
    world.memory["whole"] = tasks.events(world, name)
    task.stream = streams.read_after(world, task, number)


def gets_rest(world: World, name: str, number: int) -> None:
    """Demand every event after that one, and no other."""
    whole: list[reading.Event] = world.memory["whole"]
    streams.are_equal(tasks.events(world, name), whole[number + 1 :])


def have_readers(world: World, name: str, count: int) -> None:
    """Have so many readers open the stream of a task."""
    opened = [tasks.follow(world, name) for _ in range(count)]
    world.memory.setdefault("readers", []).extend(opened)


def readers_agree(world: World, name: str) -> None:
    """Demand that each reader gets the events that a reader after the end gets."""
    readers: list[EventStream] = world.memory["readers"]
    told = [reading.read_to_end(reader) for reader in readers]
    whole = streams.read_afresh(world, tasks.named(world, name))
    assert whole, "the stream has no event"
    for events in told:
        streams.are_equal(events, whole)


def read_with(world: World, name: str, value: str) -> None:
    """Ask for a stream with any Last-Event-ID; that is the scenario's answer."""
    world.memory["answer"] = occasions.read_from(world, tasks.named(world, name), value)


def read_after_last(world: World, name: str, beyond: int) -> None:
    """Ask for what follows the terminal event, or one even later."""
    tasks.events(world, name)
    last_id = occasions.terminal_id(world, tasks.named(world, name))
    read_with(world, name, str(int(last_id) + beyond))
