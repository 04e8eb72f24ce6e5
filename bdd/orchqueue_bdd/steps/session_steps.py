"""Sessions: reading them, their ends, and how long they live."""

from orchqueue_bdd import sessions
from orchqueue_bdd.sentences import Context, given, then, when


@given('that tasks are of the session "{name}"')
@when('tasks are of the session "{name}" from now on')
def choose(context: Context, name: str) -> None:
    sessions.choose(context.world, name)


@given("that the session has had {count:d} turns")
def use_turns(context: Context, count: int) -> None:
    sessions.use_turns(context.world, count)


@when('the session "{name}" is read')
def read(context: Context, name: str) -> None:
    sessions.read(context.world, name)


@when('the session "{name}" is read with the key "{key}"')
def read_by(context: Context, name: str, key: str) -> None:
    sessions.read(context.world, name, key)


@when('the session "{name}" is deleted')
def delete(context: Context, name: str) -> None:
    sessions.delete(context.world, name)


@when('the session "{name}" is deleted with the key "{key}"')
def delete_by(context: Context, name: str, key: str) -> None:
    sessions.delete(context.world, name, key)


@given('the session "{name}" was deleted')
@when('the session "{name}" has been deleted')
def require_deleted(context: Context, name: str) -> None:
    sessions.require_deleted(context.world, name)


@given('that the end of the session "{name}" is known')
def look(context: Context, name: str) -> None:
    sessions.look(context.world, name)


@given("{count:d} ms have passed")
def let_pass(context: Context, count: int) -> None:
    sessions.let_pass(count)


@then('the session "{name}" lives no longer than was known')
def lives_as_long(context: Context, name: str) -> None:
    sessions.lives_as_long(context.world, name)


@then('the session "{name}" lives longer than was known')
def lives_longer(context: Context, name: str) -> None:
    sessions.lives_longer(context.world, name)


@then('the session "{name}" is there')
def is_there(context: Context, name: str) -> None:
    sessions.is_there(context.world, name)


@then('there is no session "{name}"')
def is_gone(context: Context, name: str) -> None:
    sessions.is_gone(context.world, name)


@given('the session "{name}" has ended by itself')
def is_soon_gone(context: Context, name: str) -> None:
    sessions.is_soon_gone(context.world, name)


@then('the session "{name}" is gone, but not within {ttl:d} ms after its last task was submitted')
def outlives_its_use(context: Context, name: str, ttl: int) -> None:
    sessions.outlives_its_use(context.world, name, ttl)


@then('the session "{name}" tells its time, its turns, its KV state and what remains')
def tells_all(context: Context, name: str) -> None:
    sessions.tells_all(context.world, name)


@then('the session "{name}" has had {count:d} turns')
def has_turns(context: Context, name: str, count: int) -> None:
    sessions.has_turns(context.world, name, count)


@then('the session "{name}" is warm')
def is_warm(context: Context, name: str) -> None:
    sessions.is_warm(context.world, name, warm=True)


@then('the session "{name}" is cold')
def is_cold(context: Context, name: str) -> None:
    sessions.is_warm(context.world, name, warm=False)


@given("that nothing is configured of sessions")
def require_defaults(context: Context) -> None:
    sessions.require_defaults(context.world)


@then('the session "{name}" has ten minutes')
def has_default_time(context: Context, name: str) -> None:
    sessions.has_default_time(context.world, name)
