"""Requests that are made from the contract."""

from orchqueue_bdd import exploring
from orchqueue_bdd.sentences import Context, then, when


@when("the operation {name:w} is explored")
def explore(context: Context, name: str) -> None:
    exploring.operation(context.world, name)


@when("operations are explored after one another")
def explore_in_any_order(context: Context) -> None:
    exploring.any_order(context.world)


@then("every answer is as the contract says")
def is_as_promised(context: Context) -> None:
    exploring.as_promised(context.world)
