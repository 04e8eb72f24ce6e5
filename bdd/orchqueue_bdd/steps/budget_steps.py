"""Budgets: what tasks hold of them and use, who is refused, and where what remains is shown."""

from orchqueue_bdd import budgets
from orchqueue_bdd.sentences import Context, given, then, when


@when('the task "{name}" of {tokens_in:d} and {tokens_out:d} tokens is submitted')
def submit(context: Context, name: str, tokens_in: int, tokens_out: int) -> None:
    budgets.submit(context.world, name, tokens_in, tokens_out)


@when('the task "{name}" of {tokens_in:d} and {tokens_out:d} tokens is submitted with {limit:d} ms of time')
def submit_with_deadline(context: Context, name: str, tokens_in: int, tokens_out: int, limit: int) -> None:
    budgets.submit(context.world, name, tokens_in, tokens_out, deadline_ms=limit)


@then("the refusal names the budgets {names}")
def names_budgets(context: Context, names: str) -> None:
    budgets.names_budgets(context.world, names)


@then('the task "{name}" is told that {tokens} tokens, {time_ms} ms and a cost of {cost} remain')
def is_told(context: Context, name: str, tokens: str, time_ms: str, cost: str) -> None:
    budgets.is_told(context.world, name, tokens, time_ms, cost)


@then("the answer tells that {tokens} tokens, {time_ms} ms and a cost of {cost} remain")
def repetition_is_told(context: Context, tokens: str, time_ms: str, cost: str) -> None:
    budgets.repetition_is_told(context.world, tokens, time_ms, cost)


@then('the session "{name}" has {tokens} tokens, {time_ms} ms and a cost of {cost} left')
def has_left(context: Context, name: str, tokens: str, time_ms: str, cost: str) -> None:
    budgets.has_left(context.world, name, tokens, time_ms, cost)


@then('a stream of the task "{name}" tells that {tokens} tokens, {time_ms} ms and a cost of {cost} remain')
def stream_is_told(context: Context, name: str, tokens: str, time_ms: str, cost: str) -> None:
    budgets.stream_is_told(context.world, name, tokens, time_ms, cost)


@then('a stream of the task "{name}" tells what the session "{session}" has left')
def stream_agrees(context: Context, name: str, session: str) -> None:
    budgets.stream_agrees(context.world, name, session)


@given('that it is known what the session "{name}" has left')
def remember(context: Context, name: str) -> None:
    budgets.remember(context.world, name)


@then('a stream of the task "{name}" tells what was left then')
def stream_tells_remembered(context: Context, name: str) -> None:
    budgets.stream_tells_remembered(context.world, name)


@then('the metrics of the task "{name}" tell that {tokens} tokens, {time_ms} ms and a cost of {cost} remain')
def metrics_tell(context: Context, name: str, tokens: str, time_ms: str, cost: str) -> None:
    budgets.metrics_tell(context.world, name, tokens, time_ms, cost)


@then('of the session "{session}" just what the task "{name}" has used is gone')
def settles(context: Context, session: str, name: str) -> None:
    budgets.settles(context.world, session, name)


@then('of the cost of the session "{session}" just what the task "{name}" has cost is gone')
def costs(context: Context, session: str, name: str) -> None:
    budgets.costs(context.world, session, name)
