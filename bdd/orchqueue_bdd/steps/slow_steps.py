"""Readers that read slowly, or not at all."""

from orchqueue_bdd import slowness
from orchqueue_bdd.sentences import Context, given, then, when


@given('the task "{name}" whose engine has {count:d} events of {size:d} bytes to say')
def begin(context: Context, name: str, count: int, size: int) -> None:
    slowness.begin(context.world, name, count, size)


@given('a reader of the task "{name}" who stops reading at its start')
def stop_reading(context: Context, name: str) -> None:
    slowness.stop_reading(context.world, name)


@when("the slow reader reads on")
def read_on(context: Context) -> None:
    slowness.read_on(context.world)


@then('the engine is done with the task "{name}"')
def is_done(context: Context, name: str) -> None:
    slowness.is_done(context.world, name)


@then("no more was on its way to the slow reader than a reader may leave unread")
def was_bounded(context: Context) -> None:
    slowness.was_bounded(context.world)


@then('the slow reader gets the whole stream of the task "{name}"')
def has_whole(context: Context, name: str) -> None:
    slowness.has_whole(context.world, name)


@then("the slow reader is cut off without a terminal event")
def is_cut_off(context: Context) -> None:
    slowness.is_cut_off(context.world)


@when("the slow reader comes back for its next event")
def come_back(context: Context) -> None:
    slowness.come_back(context.world)


@then('the message names an event from which the stream of the task "{name}" can be read on')
def names_first(context: Context, name: str) -> None:
    slowness.names_first(context.world, name)


@when("the quick reader has come to the end")
def quick_has_come(context: Context) -> None:
    slowness.quick_reader(context.world)


@then("the quick reader gets {count:d} tokens in their order")
def quick_misses_nothing(context: Context, count: int) -> None:
    slowness.quick_misses_nothing(context.world, count)
