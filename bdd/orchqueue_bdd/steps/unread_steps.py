"""Sentences about a log that nobody reads for a while."""

from orchqueue_bdd import unread
from orchqueue_bdd.sentences import Context, given, then, when


@given("a server of its own of whose log little may wait")
def start(context: Context) -> None:
    unread.start(context.world)


@given("that nobody reads its log")
def leave_unread(context: Context) -> None:
    unread.leave_unread(context.world)


@when("it is sent more than its log has room for")
def send_many(context: Context) -> None:
    unread.send_many(context.world)


@then("every request is answered")
def all_answered(context: Context) -> None:
    unread.all_answered(context.world)


@when("its log is read again")
def read_again(context: Context) -> None:
    unread.read_again(context.world)


@then("each line is there, or counted among those that found no room")
def all_there_or_counted(context: Context) -> None:
    unread.all_there_or_counted(context.world)


@then("it goes on writing its log")
def goes_on_writing(context: Context) -> None:
    unread.goes_on_writing(context.world)
