"""Cancelling, and what is left of a task afterwards."""

from orchqueue_bdd import cancelling, courses
from orchqueue_bdd.sentences import Context, given, then, when


@when('the task "{name}" is cancelled')
def cancel(context: Context, name: str) -> None:
    courses.cancel(context.world, name)


@given('the task "{name}" was cancelled')
def was_cancelled(context: Context, name: str) -> None:
    courses.require_canceled(context.world, name)


@then('the cancel says "{outcome}"')
def says(context: Context, outcome: str) -> None:
    cancelling.says(context.world, outcome)


@then('two reads of the stream of the task "{name}" that begin now are equal and ended')
def reads_are_equal(context: Context, name: str) -> None:
    cancelling.reads_are_equal(context.world, name)


@then('the reader of the task "{name}" who was there sees what a later reader sees')
def early_sees_same(context: Context, name: str) -> None:
    cancelling.early_sees_same(context.world, name)


@then('{count:d} tokens are all that the stream of the task "{name}" has')
def has_no_more(context: Context, count: int, name: str) -> None:
    cancelling.has_no_more(context.world, name, count)


@then('the engine works on the task "{name}" no more')
def ended_at_engine(context: Context, name: str) -> None:
    courses.is_ended_at_engine(context.world, name)


@when('the task "{name}" is cancelled {count:d} times at once')
def cancel_many_times(context: Context, name: str, count: int) -> None:
    cancelling.cancel_many_times(context.world, name, count)


@then('one cancel says "{outcome}", the others "{rest}"')
def one_says(context: Context, outcome: str, rest: str) -> None:
    cancelling.one_says(context.world, outcome, rest)
