"""Secrets that are sent, and where they must not show."""

from orchqueue_bdd import leaks
from orchqueue_bdd.sentences import Context, given, then


@given("that prompts and keys were sent in every way")
def send(context: Context) -> None:
    leaks.send(context.world)


@given("that an engine repeated a prompt in its error")
def send_to_talkative_engine(context: Context) -> None:
    leaks.send_to_talkative_engine(context.world)


@then("no secret stands in the log")
def not_in_log(context: Context) -> None:
    leaks.not_in_log(context.world)


@then("no secret stands in the metrics")
def not_in_metrics(context: Context) -> None:
    leaks.not_in_metrics(context.world)


@then("no secret stands in the answers to those who were refused")
def not_in_refusals(context: Context) -> None:
    leaks.not_in_refusals(context.world)


@then("no secret stands in the events of the stream")
def not_in_events(context: Context) -> None:
    leaks.not_in_events(context.world)
