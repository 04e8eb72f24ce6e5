"""The replica that serves a session, and its KV state."""

from orchqueue_bdd import homes
from orchqueue_bdd.sentences import Context, given, then


@given('the task "{name}" of another session keeps the replica "{replica}"')
def keep_from(context: Context, name: str, replica: str) -> None:
    homes.keep_from(context.world, replica, name)


@given('the task "{name}" stays where the task "{other}" has run')
def occupy(context: Context, name: str, other: str) -> None:
    homes.occupy(context.world, name, other)


@then('the task "{name}" ran on the replica "{replica}"')
def ran_on(context: Context, name: str, replica: str) -> None:
    homes.ran_on(context.world, name, replica)


@then('the task "{name}" ran elsewhere than the task "{other}"')
def ran_elsewhere(context: Context, name: str, other: str) -> None:
    homes.ran_elsewhere(context.world, name, other)


@then('the metrics of the task "{name}" call it warm')
def was_warm(context: Context, name: str) -> None:
    homes.was_warm(context.world, name, warm=True)


@then('the metrics of the task "{name}" call it cold')
def was_cold(context: Context, name: str) -> None:
    homes.was_warm(context.world, name, warm=False)


@then('the metrics of the task "{name}" say that nothing was moved')
def nothing_moved(context: Context, name: str) -> None:
    homes.nothing_moved(context.world, name)


@then('the metrics of the task "{name}" say that it runs on the replica "{replica}"')
def moved_to(context: Context, name: str, replica: str) -> None:
    homes.moved_to(context.world, name, replica)


@then('the KV state of the session "{session}" is estimated as that of the task "{name}"')
def has_kv_of(context: Context, session: str, name: str) -> None:
    homes.has_kv_of(context.world, session, name)


@then('the session "{session}" has no KV state')
def has_no_kv(context: Context, session: str) -> None:
    homes.has_no_kv(context.world, session)
