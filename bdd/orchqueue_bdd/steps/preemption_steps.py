"""Preemption: who is held back or stopped for more urgent work, and how it goes on."""

from orchqueue_bdd import full, preempting
from orchqueue_bdd.sentences import Context, given, then, when


@given('the batch task "{name}" runs and has sent some tokens')
def run_batch(context: Context, name: str) -> None:
    preempting.run_batch(context.world, name)


@given('the strict batch task "{name}" runs and has sent some tokens')
def run_strict(context: Context, name: str) -> None:
    preempting.run_batch(context.world, name, "strict")


@when('the urgent task "{name}" comes')
def submit_urgent(context: Context, name: str) -> None:
    preempting.submit_urgent(context.world, name)


@given('the urgent task "{name}" has come and keeps its slot')
def submit_urgent_held(context: Context, name: str) -> None:
    preempting.submit_urgent(context.world, name, held=True)


@given('the task "{name}" was stopped for it')
def was_stopped(context: Context, name: str) -> None:
    preempting.require_waiting(context.world, name)


@given('the task "{name}" has taken the slot')
def has_taken_slot(context: Context, name: str) -> None:
    preempting.require_at_engine(context.world, name)


@when("interactive tasks have waited beyond their objective")
def wait_out_objective(context: Context) -> None:
    preempting.wait_out_objective(context.world)


@then('the task "{name}" reaches the engine')
def reaches_engine(context: Context, name: str) -> None:
    preempting.reaches_engine(context.world, name)


@then('the task "{name}" is stopped at the engine')
def is_stopped(context: Context, name: str) -> None:
    preempting.is_stopped(context.world, name)


@then('the task "{name}" goes on at the engine')
def goes_on(context: Context, name: str) -> None:
    preempting.goes_on(context.world, name)


@then('the stream of the task "{name}" says that it was preempted and can go on')
def says_preempted(context: Context, name: str) -> None:
    preempting.says_preempted(context.world, name)


@then('the stream of the task "{name}" says nothing of it')
def says_nothing(context: Context, name: str) -> None:
    preempting.says_nothing_of_it(context.world, name)


@then('the task "{name}" has all its tokens in order')
def has_whole_text(context: Context, name: str) -> None:
    preempting.has_whole_text(context.world, name)


@then('the engine goes on with the task "{name}" from the tokens that it had sent')
def resumes_from_tokens(context: Context, name: str) -> None:
    preempting.resumes_from_tokens(context.world, name)


@then('the task "{name}" is at the engine again before the task "{other}" is')
def comes_back_before(context: Context, name: str, other: str) -> None:
    preempting.comes_back_before(context.world, name, other)


@then("{count:d} task is stopped and no more")
def none_more(context: Context, count: int) -> None:
    preempting.none_more_stopped(context.world, count)


@then('the waiting task "{name}" is shed with the label "{label}"')
def is_shed(context: Context, name: str, label: str) -> None:
    full.is_shed(context.world, name, label)
