"""Sentences about a label that would take more values than it may."""

from orchqueue_bdd import overflowing
from orchqueue_bdd.sentences import Context, given, then


@given("a server of its own with more pools than their label has values")
def start(context: Context) -> None:
    overflowing.start(context.world)


@then("the label keeps its budget, and the pools beyond it are one")
def keeps_budget(context: Context) -> None:
    overflowing.keeps_budget(context.world)


@then("no sample stands more than once")
def are_single(context: Context) -> None:
    overflowing.are_single(context.world)


@then("one line of the log says so, however often the metrics are read")
def is_said_once(context: Context) -> None:
    overflowing.is_said_once(context.world)
