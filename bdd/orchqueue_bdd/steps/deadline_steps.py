"""Sentences about time: deadlines, how long something took, and who is refused for it."""

from orchqueue_bdd import durations, engines, refusals, tasks
from orchqueue_bdd.sentences import Context, given, then, when


@given('the pool "{pool}" has served {count:d} tasks of {length:d} tokens')
def has_served(context: Context, pool: str, count: int, length: int) -> None:
    durations.serve(context.world, pool, count, length)


@when('the task "{name}" is submitted to the pool "{pool}" with a deadline of {deadline:d} ms')
def submit_with_deadline(context: Context, name: str, pool: str, deadline: int) -> None:
    tasks.submit(context.world, name, model_ref=pool, deadline_ms=deadline)


@when('the task "{name}" is submitted to the pool "{pool}"')
def submit_to(context: Context, name: str, pool: str) -> None:
    tasks.submit(context.world, name, model_ref=pool)


@when('the task "{name}" is submitted to the pool "{pool}" with')
def submit_to_with(context: Context, name: str, pool: str) -> None:
    tasks.submit(context.world, name, model_ref=pool, **engines.fields(context.table))


@then('the task "{name}" is refused with {status:d} {code:w}')
def refused(context: Context, name: str, status: int, code: str) -> None:
    refusals.refused(context.world, name, status, code)


@then('a task for the pool "{pool}" is refused with {status:d} {code:w}')
def pool_refuses(context: Context, pool: str, status: int, code: str) -> None:
    refusals.refuses(context.world, pool, status, code)


@then('the task "{name}" was over within {limit:d} ms')
def over_within(context: Context, name: str, limit: int) -> None:
    durations.over_within(context.world, name, limit)


@then('the task "{name}" was not over before {limit:d} ms')
def not_over_before(context: Context, name: str, limit: int) -> None:
    durations.not_over_before(context.world, name, limit)


@then('the task "{name}" reaches the engine "{engine}" within {limit:d} ms')
def reaches_within(context: Context, name: str, engine: str, limit: int) -> None:
    durations.reaches_within(context.world, name, engine, limit)
