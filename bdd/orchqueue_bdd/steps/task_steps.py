"""Tasks as their clients submit them, and what an acceptance says."""

import json

from orchqueue_bdd import acceptance, courses, holding, tasks
from orchqueue_bdd.sentences import Context, given, then, when


@when('the task "{name}" is submitted')
def submit(context: Context, name: str) -> None:
    holding.submit(context.world, name)


@when('the {priority:w} task "{name}" is submitted')
def submit_with_priority(context: Context, priority: str, name: str) -> None:
    holding.submit(context.world, name, priority=priority)


@when('the task "{name}" is submitted with the `{field}` {value}')
def submit_with_field(context: Context, name: str, field: str, value: str) -> None:
    holding.submit(context.world, name, **{field: json.loads(value)})


@when('the task "{name}" is submitted without the `{field}`')
def submit_without_field(context: Context, name: str, field: str) -> None:
    acceptance.submit_without(context.world, name, field)


@when('the task "{name}" is submitted with a prompt of {tokens:d} tokens and the `max_tokens` {limit:d}')
def submit_of_size(context: Context, name: str, tokens: int, limit: int) -> None:
    acceptance.submit_of_size(context.world, name, tokens, limit)


@when('the task "{name}" is submitted under the id of the task "{other}" with the key "{key}"')
def submit_same_id(context: Context, name: str, other: str, key: str) -> None:
    acceptance.submit_by(context.world, name, key, other)


@when('the task "{name}" is submitted with the key "{key}"')
def submit_by(context: Context, name: str, key: str) -> None:
    acceptance.submit_by(context.world, name, key)


@when('the task "{name}" is submitted again')
def submit_again(context: Context, name: str) -> None:
    acceptance.submit_again(context.world, name)


@when('the task "{name}" is submitted again with the `{field}` {value}')
def submit_changed(context: Context, name: str, field: str, value: str) -> None:
    acceptance.submit_again(context.world, name, **{field: json.loads(value)})


@when('the task "{name}" is submitted {count:d} times at once')
def submit_many_times(context: Context, name: str, count: int) -> None:
    acceptance.submit_many_times(context.world, name, count)


@when("{count:d} tasks are submitted at once")
def submit_at_once(context: Context, count: int) -> None:
    acceptance.submit_at_once(context.world, count)


@given('the task "{name}" has ended')
@when('the task "{name}" has been run to its end')
def run(context: Context, name: str) -> None:
    courses.run(context.world, name)


@given('the task "{name}" of {count:d} tokens has ended')
def run_long(context: Context, name: str, count: int) -> None:
    courses.run(context.world, name, count)


@given('the task "{name}" runs and has sent {count:d} tokens')
def run_held(context: Context, name: str, count: int) -> None:
    courses.run_held(context.world, name, count)


@given('the task "{name}" runs without a pause')
def run_on(context: Context, name: str) -> None:
    courses.run_on(context.world, name)


@given('the task "{name}" waits')
def wait(context: Context, name: str) -> None:
    courses.wait(context.world, name)


@given('the {priority:w} task "{name}" waits')
@when('the {priority:w} task "{name}" waits')
def wait_with_priority(context: Context, priority: str, name: str) -> None:
    courses.wait(context.world, name, priority)


@given('a task "{name}" that {course}')
def take_course(context: Context, name: str, course: str) -> None:
    courses.take(context.world, name, course)


@then('the task "{name}" is accepted')
def is_accepted(context: Context, name: str) -> None:
    acceptance.is_accepted(tasks.named(context.world, name))


@then('the task "{name}" is told its id, its job, its place and its start')
def tells_all(context: Context, name: str) -> None:
    acceptance.tells_all(tasks.named(context.world, name))


@then('the task "{name}" has the place {place:d}')
def has_place(context: Context, name: str, place: int) -> None:
    acceptance.has_place(tasks.named(context.world, name), place)


@then("{count:d} tasks are accepted, each as a job of its own")
def have_own_jobs(context: Context, count: int) -> None:
    acceptance.has_own_jobs(context.world, count)


@then('the answer repeats what the task "{name}" was told first')
def repeats_first(context: Context, name: str) -> None:
    acceptance.repeats_first(context.world, name)


@then("all of them are told the same")
def all_alike(context: Context) -> None:
    acceptance.all_alike(context.world)


@then('the task "{name}" runs once')
def runs_once(context: Context, name: str) -> None:
    acceptance.runs_once(context.world, name)


@then('the task "{name}" is another job than the task "{other}"')
def other_job(context: Context, name: str, other: str) -> None:
    acceptance.has_other_job(context.world, name, other)


@then('the task "{name}" comes to an end')
def reaches_end(context: Context, name: str) -> None:
    courses.reaches_end(context.world, name)


@when('the end of the task "{name}" has come')
def wait_for_end(context: Context, name: str) -> None:
    tasks.terminal(context.world, name)


@then('nothing of the task "{name}" has reached the engine')
def never_reached(context: Context, name: str) -> None:
    courses.never_reached(context.world, name)
