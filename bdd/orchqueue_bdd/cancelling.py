"""What a cancel promises: an outcome that is told once, and a stream that is over when it is acknowledged."""

from concurrent.futures import ThreadPoolExecutor

from orchqueue.kit import Exchange
from orchqueue_bdd import answers, reading, streams, tasks
from orchqueue_bdd.world import World

OUTCOME = "X-Cancel-Outcome"


def says(world: World, outcome: str) -> None:
    """Demand 204 and an outcome."""
    answer: Exchange = world.memory["answer"]
    answers.has_status(answer, 204)
    told = answer.header_values(OUTCOME)
    assert told == [outcome], f"{OUTCOME} is {told}"


def reads_are_equal(world: World, name: str) -> None:
    """Demand that two later reads are equal, and that both have the terminal event."""
    task = tasks.named(world, name)
    first, second = streams.read_afresh(world, task), streams.read_afresh(world, task)
    streams.are_equal(first, second)
    names = [event.name for event in first]
    assert any(event.is_terminal for event in first), f"no terminal event is among {names[-5:]}"


def early_sees_same(world: World, name: str) -> None:
    """Demand that whoever read all the while has in the end what one who began after the cancel has."""
    task = tasks.named(world, name)
    later = streams.read_afresh(world, task)
    assert task.stream is not None, f'the stream of "{name}" was not open before'
    early = reading.read_to_end(task.stream)
    streams.are_equal(early, later)


def has_no_more(world: World, name: str, count: int) -> None:
    """Demand that the whole stream has as many tokens as there were when the cancel was acknowledged."""
    told = [event for event in tasks.events(world, name) if event.name == "token"]
    assert len(told) == count, f"the stream has {len(told)} tokens, {len(told) - count} since the cancel"


def cancel_many_times(world: World, name: str, count: int) -> None:
    """Cancel a task from so many threads at the same time."""
    with ThreadPoolExecutor(count) as threads:
        world.memory["answers"] = list(threads.map(lambda _: tasks.cancel(world, name), range(count)))


def one_says(world: World, outcome: str, rest: str) -> None:
    """Demand that one of the cancels brought it about, and that the others came too late."""
    told = sorted(answer.header(OUTCOME) or str(answer.status) for answer in world.memory["answers"])
    wanted = sorted([outcome] + [rest] * (len(told) - 1))
    assert told == wanted, f"the cancels were told {told}"
