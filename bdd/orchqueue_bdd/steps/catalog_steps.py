"""The catalog: models registered, read, moved from state to state, and taken out."""

import json

from orchqueue_bdd import catalogs, disks
from orchqueue_bdd.sentences import Context, given, then, when


@when('the model "{name}" is registered')
def register(context: Context, name: str) -> None:
    catalogs.register(context.world, name)


@when('the model "{name}" is registered with the `{member}` {value}')
def register_with(context: Context, name: str, member: str, value: str) -> None:
    catalogs.register(context.world, name, **{member: json.loads(value)})


@given('the model "{name}" that is {state:w}')
def require(context: Context, name: str, state: str) -> None:
    catalogs.require(context.world, name, state)


@when('the model "{name}" is read')
def read(context: Context, name: str) -> None:
    catalogs.read(context.world, name)


@when('the model "{name}" is taken out')
def delete(context: Context, name: str) -> None:
    catalogs.delete(context.world, name)


@when('the model "{name}" is made {state:w}')
def move(context: Context, name: str, state: str) -> None:
    catalogs.move(
        context.world, name, **catalogs.WAYS[state][-1] if catalogs.WAYS[state] else {"state": state}
    )


@when('the model "{name}" is made {state:w} with the `{member}` {value:g}')
def move_with(context: Context, name: str, state: str, member: str, value: float) -> None:
    catalogs.move(context.world, name, state=state, **{member: value})


@when('the model "{name}" is made {state:w} and nothing else is said')
def move_bare(context: Context, name: str, state: str) -> None:
    catalogs.move(context.world, name, state=state)


@then('the model "{name}" is told as it was registered')
def is_as_registered(context: Context, name: str) -> None:
    catalogs.is_as_registered(context.world, name)


@then('the model "{name}" is {state:w}')
def is_in_state(context: Context, name: str, state: str) -> None:
    catalogs.is_in_state(context.world, name, state)


@then('the model "{name}" has the `{member}` {value:g}')
def has(context: Context, name: str, member: str, value: float) -> None:
    catalogs.has(context.world, name, member, value)


@then('the gauge of the model "{name}" says {state:w}')
def is_measured(context: Context, name: str, state: str) -> None:
    catalogs.is_measured(context.world, name, state)


@then('the log tells that the model "{name}" was {before:w} and is {after:w}')
def is_logged(context: Context, name: str, before: str, after: str) -> None:
    catalogs.is_logged(context.world, name, before, after)


@given("a server of its own that has a catalog")
def start(context: Context) -> None:
    catalogs.start(context.world)


@given('it has the model "{name}" that is {state:w}')
def require_there(context: Context, name: str, state: str) -> None:
    catalogs.require_there(context.world, name, state)


@when("it is killed and its catalog is opened by another")
def restart(context: Context) -> None:
    catalogs.restart(context.world)


@given("its disk has no room left")
def fill_disk(context: Context) -> None:
    disks.fill(context.world)


@when("its disk has room again")
def make_room(context: Context) -> None:
    disks.make_room(context.world)


@when('the model "{name}" is registered there')
def register_there(context: Context, name: str) -> None:
    catalogs.register_there(context.world, name)
