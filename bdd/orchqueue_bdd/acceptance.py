"""What a 202 promises, and what becomes of a body that is sent more than once."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from orchqueue.kit import Exchange, NotTestable
from orchqueue_bdd import holding, tasks
from orchqueue_bdd.answers import has_status
from orchqueue_bdd.occasions import post
from orchqueue_bdd.tasks import Task
from orchqueue_bdd.world import World

BYTES_PER_TOKEN = 4


def is_accepted(task: Task) -> None:
    """Demand a 202."""
    has_status(task.answer, 202)


def tells_all(task: Task) -> None:
    """Demand the members of an acceptance, and that `backoff_ms` is 0."""
    is_accepted(task)
    assert str(task.told.get("task_id", "")).lower() == task.id, f"task_id is {task.told.get('task_id')!r}"
    assert isinstance(task.told.get("job_id"), str), f"job_id is {task.told.get('job_id')!r}"
    assert task.job_id, "job_id is empty"
    for name in ("queue_position", "predicted_start_ms", "backoff_ms"):
        assert _is_count(task.told.get(name)), f"{name} is {task.told.get(name)!r}"
    assert task.told["backoff_ms"] == 0, f"backoff_ms is {task.told['backoff_ms']} for an accepted task"


def has_place(task: Task, place: int) -> None:
    """Demand a `queue_position`."""
    is_accepted(task)
    told = task.told.get("queue_position")
    assert told == place, f'"{task.name}" was told the place {told!r}, not {place}'


def waits(task: Task) -> None:
    """Demand a `predicted_start_ms` that is not at once."""
    is_accepted(task)
    told = task.told.get("predicted_start_ms")
    assert isinstance(told, int), f'"{task.name}" was told the start {told!r}'
    assert told > 0, f'"{task.name}" was told that it starts at once'


def has_own_jobs(world: World, count: int) -> None:
    """Demand that so many tasks were accepted, each with a `job_id` that no other has."""
    accepted = [task for task in _all(world) if task.answer.status == 202]
    assert len(accepted) == count, f"{len(accepted)} tasks were accepted, not {count}"
    jobs = {task.job_id for task in accepted}
    assert "" not in jobs, "an accepted task has no job_id"
    assert len(jobs) == count, f"{count} tasks have {len(jobs)} different job ids"


def submit_at_once(world: World, count: int) -> None:
    """Submit so many tasks from as many threads."""
    _together(count, lambda number: holding.submit(world, f"task {number}"))


def submit_again(world: World, name: str, **changes: Any) -> Exchange:
    """Send the body of a task again, with its members in the opposite order and with these changes."""
    task = tasks.named(world, name)
    body = {**task.body, **changes}
    turned = {key: body[key] for key in reversed(body)}
    return _keep(world, post(world, json.dumps(turned).encode()))


def submit_many_times(world: World, name: str, count: int) -> None:
    """Send one new body from so many threads at the same time; the first answer stands for the task."""
    task = Task(name, tasks.completion(name, **holding.meant(world)), Exchange("", "", [], b"", 0.0))
    body = json.dumps(task.body).encode()
    answers = _together(count, lambda _: post(world, body))
    task.answer = answers[0]
    world.memory.setdefault("tasks", {})[name] = task
    world.memory["answers"] = answers
    world.at_end(lambda: tasks.cancel(world, name))


def submit_by(world: World, name: str, key: str, same_id_as: str | None = None) -> Task:
    """Submit a task with another key, and with the `task_id` of an earlier one if that is named."""
    own = str(uuid.uuid4()) if same_id_as is None else tasks.named(world, same_id_as).id
    return holding.submit(world, name, key, task_id=own)


def submit_without(world: World, name: str, field: str) -> Task:
    """Submit a task that lacks a field."""
    left_out: dict[str, Any] = {field: None}
    return holding.submit(world, name, **left_out)


def submit_of_size(world: World, name: str, tokens_in: int, tokens_out: int) -> Task:
    """Submit a task whose prompt is estimated at so many tokens, and that asks for so many more."""
    mark = f"{uuid.uuid4().hex} "
    prompt = mark + "a b " * ((tokens_in * BYTES_PER_TOKEN - len(mark)) // 4)
    return holding.submit(world, name, prompt=prompt, max_tokens=tokens_out)


def repeats_first(world: World, name: str) -> None:
    """Demand that the last answer is the first 202 again."""
    answer, task = world.memory["answer"], tasks.named(world, name)
    has_status(answer, 202)
    assert _told(answer) == task.told, f"the repetition was told {_told(answer)}, the first time {task.told}"


def all_alike(world: World) -> None:
    """Demand that each of the answers is a 202 with the same body."""
    answers: list[Exchange] = world.memory["answers"]
    for answer in answers:
        has_status(answer, 202)
    told = [_told(answer) for answer in answers]
    assert all(each == told[0] for each in told), f"the answers differ: {told}"


def runs_once(world: World, name: str) -> None:
    """Demand that the engine has been asked for a task's completion exactly once, now that it is over."""
    tasks.terminal(world, name)
    asked = [r for r in holding.reached(world, tasks.named(world, name)) if r.path == "/completion"]
    assert len(asked) == 1, f'the engine was asked {len(asked)} times for "{name}"'


def has_other_job(world: World, name: str, other: str) -> None:
    """Demand that two tasks, whatever their ids, are two jobs."""
    one, two = tasks.named(world, name), tasks.named(world, other)
    is_accepted(one)
    assert one.job_id != two.job_id, f"both are the job {one.job_id!r}"


def require_accepted(world: World, name: str) -> None:
    """Go on only with an accepted task. Raises NotTestable."""
    answer = tasks.named(world, name).answer
    if answer.status != 202:
        raise NotTestable(f'the task "{name}" was answered {answer.status}: {answer.text[:200]}')


def _together(count: int, call: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(call, range(1, count + 1)))


def _all(world: World) -> list[Task]:
    return list(world.memory.get("tasks", {}).values())


def _keep(world: World, answer: Exchange) -> Exchange:
    world.memory["answer"] = answer
    return answer


def _told(answer: Exchange) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise AssertionError(f"a 202 has no JSON body: {answer.text[:200]!r}") from None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
