"""Sentences about the control plane: health, drains and reloads."""

from orchqueue_bdd import control, engines
from orchqueue_bdd.sentences import Context, given, then, when


@when('the health of the pool "{pool}" is read')
def read_health(context: Context, pool: str) -> None:
    control.read_health(context.world, pool)


@then('the health of the pool "{pool}" comes to have')
def comes_to_have(context: Context, pool: str) -> None:
    control.comes_to_have(context.world, pool, engines.fields(context.table))


@then('the health of the pool "{pool}" says what was wrong')
def tells_error(context: Context, pool: str) -> None:
    control.tells_error(context.world, pool)


@then('the healths of the pools "{one}" and "{other}" say different things')
def errors_differ(context: Context, one: str, other: str) -> None:
    control.errors_differ(context.world, one, other)


@then('the health of the pool "{pool}" says truly when it was heard of')
def heard_of(context: Context, pool: str) -> None:
    control.heard_of(context.world, pool)


@when('the pool "{pool}" is drained within {deadline:d} ms')
def drain(context: Context, pool: str, deadline: int) -> None:
    control.drain(context.world, pool, deadline)


@given('the pool "{pool}" was drained within {deadline:d} ms')
def was_drained(context: Context, pool: str, deadline: int) -> None:
    control.require_drained(context.world, pool, deadline)


@then('the task "{name}" ends with an error no sooner than {least:d} ms after the drain')
def ends_after_drain(context: Context, name: str, least: int) -> None:
    control.ends_after_drain(context.world, name, least)


@when('the pool "{pool}" is reloaded with the model "{model}"')
def reload(context: Context, pool: str, model: str) -> None:
    control.reload(context.world, pool, model)


@given('a reload of the pool "{pool}" with the model "{model}" runs')
def begin_reload(context: Context, pool: str, model: str) -> None:
    control.begin_reload(context.world, pool, model)


@given('a client that has asked for a reload of the pool "{pool}" with the model "{model}" and left')
def reload_and_leave(context: Context, pool: str, model: str) -> None:
    control.reload_and_leave(context.world, pool, model)


@then("the reload is answered with {status:d}")
def reload_is_answered(context: Context, status: int) -> None:
    control.reload_is_answered(context.world, status)
