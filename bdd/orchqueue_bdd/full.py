"""What lines about queues demand: who starts when, who loses by a full queue, and what of it is logged."""

from orchqueue_bdd import answers, holding, journal, reading, tasks
from orchqueue_bdd.tasks import Task
from orchqueue_bdd.world import World

ADMITTED = "task.admitted"


def start_in_order(world: World, names: str) -> None:
    """Demand that tasks, named as `"a", "b"`, come to the engine in that order."""
    wanted = [name.strip().strip('"') for name in names.split(",")]
    seen = holding.started(world, wanted)
    assert seen == wanted, f"they started in the order {seen}"


def submit_still(world: World, count: int) -> None:
    """Submit tasks while the engine holds whatever comes."""
    holding.hold(world)
    for number in range(1, count + 1):
        holding.admit(world, f"task {number}")
    holding.at_engine(world, holding.engine(world).slots)


def never_beyond_slots(world: World, count: int) -> None:
    """Demand that the engine never had more completions open than that, now that all are over."""
    expected = len(world.memory["tasks"])
    finished = holding.all_finished(world, expected)
    assert len(finished) >= expected, f"{len(finished)} of {expected} tasks came to the engine"
    most = holding.most_at_once(finished)
    assert most <= count, f"{most} tasks were at the engine at once"


def is_evicted(world: World, name: str, label: str) -> None:
    """Demand the error of a task that a full queue gave up for another."""
    _is_given_up(world, name, "QUEUE_FULL_DROP_LRU", label)


def is_shed(world: World, name: str, label: str) -> None:
    """Demand the error of a task that a full queue gave up for a more urgent one."""
    _is_given_up(world, name, "ADMISSION_REJECT", label)


def _is_given_up(world: World, name: str, code: str, label: str) -> None:
    last = tasks.terminal(world, name)
    told = (last.name, last.data.get("code"), last.data.get("policy_label"))
    assert told == ("error", code, label), f"the stream ended with {told}"


def is_given_up(world: World, name: str, code: str) -> None:
    """Demand an error as the end of a task that never started."""
    last = tasks.terminal(world, name)
    assert (last.name, last.data.get("code")) == ("error", code), (
        f"the stream ended with {last.name} {last.data}"
    )


def still_waits(world: World, name: str) -> None:
    """Demand that a task has neither ended nor started."""
    task = tasks.named(world, name)
    assert task.stream is not None, f'the stream of "{name}" is not open'
    seen = reading.events_so_far(task.stream)
    assert not seen, f'the stream of "{name}" has {reading.names(task.stream)}'


def logs_admission(world: World, task: Task) -> None:
    """Demand a log line about the admission that says what the client was told."""

    def told(found: list[journal.Line]) -> list[journal.Line]:
        return [line for line in found if line.get("event") == ADMITTED and line.get("job_id") == task.job_id]

    lines = told(journal.once(world, task, lambda found: bool(told(found))))
    assert lines, f"no line {ADMITTED} names the job {task.job_id}"
    for name in ("queue_position", "predicted_start_ms"):
        said = lines[0].get(name)
        assert said == task.told.get(name), (
            f"the log says {name} {said!r}, the client was told {task.told.get(name)!r}"
        )


def refuses_by(world: World, label: str) -> None:
    """Demand the label of the policy that refused."""
    told = answers.envelope(world.memory["answer"]).get("policy_label")
    assert told == label, f"the policy label is {told!r}"
