"""Sentences about a configuration that changes under a server that has work, by hand or by `apply`."""

from orchqueue_bdd import applying, changing, renewing, stopping
from orchqueue_bdd.sentences import Context, given, then, when


@given("a server of its own with one key and a pid file")
def start_with_key(context: Context) -> None:
    renewing.start(context.world, pid_file=changing.pid_path(context.world))


@given("a server of its own with one slot and a pid file")
def start_with_slot(context: Context) -> None:
    stopping.start_working(context.world, changing.GRACE_MS, pid_file=changing.pid_path(context.world))


@when("its configuration comes to have room for {room:d} waiting task, and a second pool")
def comes_to_have_second(context: Context, room: int) -> None:
    changing.renew(context.world, changing.with_room(room), changing.with_second_pool(context.world))


@when("its configuration comes to have the second pool alone")
def comes_to_have_second_alone(context: Context) -> None:
    changing.renew(context.world, changing.with_second_pool(context.world), changing.alone)


@when('its configuration comes to have the key "{name}", another port and a second pool')
def comes_to_need_a_start(context: Context, name: str) -> None:
    key = changing.with_key(context.world, name)
    second = changing.with_second_pool(context.world)
    changing.renew(context.world, key, changing.with_other_port, second)


@then("its second pool comes to be ready")
def second_is_ready(context: Context) -> None:
    changing.second_is_ready(context.world)


@then("it has no second pool")
def has_no_second(context: Context) -> None:
    changing.has_no_second(context.world)


@then("a new task for the first pool comes to be refused with {status:d} {code:w}")
def comes_to_refuse(context: Context, status: int, code: str) -> None:
    changing.comes_to_refuse(context.world, status, code)


@then("its pid file names a process that runs, and is locked")
def pid_file_holds(context: Context) -> None:
    changing.pid_file_holds(context.world)


@then("its state comes to say that it has taken its configuration")
def has_taken(context: Context) -> None:
    changing.has_taken(context.world)


@then('its state comes to name the path "{path}"')
def state_names(context: Context, path: str) -> None:
    changing.state_names(context.world, path)


@then('its log line {event:S} names the path "{path}"')
def line_names(context: Context, event: str, path: str) -> None:
    changing.line_names(context.world, event, path)


@when("its pool is drained")
def drain(context: Context) -> None:
    changing.drain(context.world)


@when("room for {room:d} waiting task is {manner:w}")
def apply_room(context: Context, room: int, manner: str) -> None:
    applying.run(context.world, changing.with_room(room), manner)


@when("another port is {manner:w}")
def apply_port(context: Context, manner: str) -> None:
    applying.run(context.world, changing.with_other_port, manner)


@then('the facts name the change "{path}"')
def facts_name_change(context: Context, path: str) -> None:
    applying.names_change(context.world, path)


@then("nothing has been applied")
def nothing_applied(context: Context) -> None:
    applying.nothing_applied(context.world)


@then("the steps were keep, write and tell")
def steps_were(context: Context) -> None:
    applying.all_steps(context.world)


@then("all facts of it have the correlation id of its log line config.taken")
def one_correlation(context: Context) -> None:
    applying.one_correlation(context.world)


@then('it is refused with a critical violation at "{path}"')
def refused_at(context: Context, path: str) -> None:
    applying.refused_at(context.world, path)


@then("the step tell failed, and write and keep were undone")
def undone(context: Context) -> None:
    applying.undone(context.world)
