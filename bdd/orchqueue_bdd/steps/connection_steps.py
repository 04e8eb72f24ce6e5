"""Sentences about connections as such, and about clients of HTTP/1.0."""

from orchqueue_bdd import connections
from orchqueue_bdd.sentences import Context, given, then, when


@when("a connection asks for nothing more")
def idle(context: Context) -> None:
    connections.idle(context.world)


@when("a connection sends nothing but empty lines")
def idle_lines(context: Context) -> None:
    connections.idle(context.world, b"\r\n")


@then("it is closed when its time is over")
def is_closed_in_time(context: Context) -> None:
    connections.is_closed_in_time(context.world)


@when("a client asks for much and reads nothing of it")
def leave_unread(context: Context) -> None:
    connections.leave_unread(context.world)


@then("its connection is closed")
def is_closed(context: Context) -> None:
    connections.is_closed(context.world)


@given("that somebody holds more connections than there may be")
def hold_too_many(context: Context) -> None:
    connections.hold_too_many(context.world)


@then("whoever comes after them is served")
def late_is_served(context: Context) -> None:
    connections.late_is_served(context.world)


@then("they have given way")
def some_gave_way(context: Context) -> None:
    connections.some_gave_way(context.world)


@when('the stream of the task "{name}" is read over HTTP/1.0')
def read_as_1_0(context: Context, name: str) -> None:
    connections.read_as_1_0(context.world, name)


@then("it comes without a transfer coding and ends with its connection")
def is_plain(context: Context) -> None:
    connections.is_plain(context.world)


@then('it is the stream of the task "{name}", byte for byte')
def is_same_as(context: Context, name: str) -> None:
    connections.is_same_as(context.world, name)
