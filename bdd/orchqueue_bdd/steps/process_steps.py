"""Sentences about a server of the scenario's own that is told to stop while it works."""

from orchqueue_bdd import processes, stopping
from orchqueue_bdd.sentences import Context, given, then, when


@given("a server of its own with one slot and a grace of {grace:d} ms")
def start_working(context: Context, grace: int) -> None:
    stopping.start_working(context.world, grace)


@given("it runs one task and keeps one waiting")
def work(context: Context) -> None:
    stopping.work(context.world)


@given("it keeps a task that nobody reads")
def keep_unread(context: Context) -> None:
    stopping.keep_unread(context.world)


@when("someone reads the task that nobody has read")
def read_at_last(context: Context) -> None:
    stopping.read_at_last(context.world)


@then("that task ends with the error {code:w}")
def unread_ends(context: Context, code: str) -> None:
    stopping.ends_with(context.world, "unread", code, stopping.AT_ONCE_S)


@when("it is told to stop")
def tell_to_stop(context: Context) -> None:
    stopping.tell_to_stop(context.world)


@when("it is told to stop again")
def tell_again(context: Context) -> None:
    stopping.tell_again(context.world)


@when("the engine goes on")
def goes_on(context: Context) -> None:
    processes.own_of(context.world).gate.release()


@then("the waiting task ends with the error {code:w} at once")
def waiting_ends(context: Context, code: str) -> None:
    stopping.ends_with(context.world, "waiting", code, stopping.AT_ONCE_S)


@then("the running task ends with the error {code:w} after {least:d} ms or more")
def running_ends(context: Context, code: str, least: int) -> None:
    stopping.ends_with(context.world, "running", code, stopping.EXIT_S, least)


@then("the running task ends with the error {code:w} at once")
def running_ends_at_once(context: Context, code: str) -> None:
    stopping.ends_with(context.world, "running", code, stopping.AT_ONCE_S)


@then("the running task ends normally")
def running_ends_normally(context: Context) -> None:
    stopping.ends_normally(context.world, "running")


@then("the waiting task ends normally")
def waiting_ends_normally(context: Context) -> None:
    stopping.ends_normally(context.world, "waiting")


@then("both streams end with one terminal event")
def each_ends_once(context: Context) -> None:
    stopping.each_ends_once(context.world)


@then("a new task is refused with {status:d} {code:w}")
def refuses(context: Context, status: int, code: str) -> None:
    stopping.refuses(context.world, status, code)


@then("its series {series:S} with {labels:S} stands at {wanted:g}")
def stands_at(context: Context, series: str, labels: str, wanted: float) -> None:
    stopping.stands_at(context.world, series, labels, wanted)


@then("the server exits with status {status:d}")
def exits_with(context: Context, status: int) -> None:
    stopping.exits_with(context.world, status)
