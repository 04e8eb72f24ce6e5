"""Sentences about a pool that serves its interactive tasks too late."""

from orchqueue_bdd import shedding, tasks
from orchqueue_bdd.sentences import Context, then, when


@when('the interactive task "{name}" waits for its first token in the pool "{pool}"')
def wait_for_first_token(context: Context, name: str, pool: str) -> None:
    tasks.begin(context.world, name, model_ref=pool)


@then('batch tasks for the pool "{pool}" come to be refused')
def comes_to_shed(context: Context, pool: str) -> None:
    shedding.comes_to_shed(context.world, pool)


@then('batch tasks for the pool "{pool}" come to be taken again as interactive ones are served in time')
def comes_to_take(context: Context, pool: str) -> None:
    shedding.comes_to_take(context.world, pool)
