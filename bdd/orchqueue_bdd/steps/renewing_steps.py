"""Sentences about a configuration that changes while the server runs."""

from orchqueue_bdd import renewing
from orchqueue_bdd.sentences import Context, given, then, when


@given("a server of its own with one key")
def start(context: Context) -> None:
    renewing.start(context.world)


@when('its configuration comes to have the key "{name}" and no other')
def has_key(context: Context, name: str) -> None:
    renewing.renew(context.world, renewing.with_key(context.world, name))


@when('the key "{name}" of its configuration comes to be one that has expired')
def has_expired(context: Context, name: str) -> None:
    renewing.renew(context.world, renewing.expired(context.world, name))


@when("its configuration comes to allow its tenant {rps:g} requests a second")
def has_rate(context: Context, rps: float) -> None:
    renewing.renew(context.world, renewing.with_rate(rps))


@when("its configuration is replaced by {fault}")
def is_bad(context: Context, fault: str) -> None:
    renewing.renew_badly(context.world, fault)


@then('the key "{name}" is let in')
def is_let_in(context: Context, name: str) -> None:
    renewing.is_let_in(context.world, name)


@then('the key "{name}" is not let in')
def is_shut_out(context: Context, name: str) -> None:
    renewing.is_shut_out(context.world, name)


@then('the key "{name}" asks too often')
def is_slowed(context: Context, name: str) -> None:
    renewing.is_slowed(context.world, name)
