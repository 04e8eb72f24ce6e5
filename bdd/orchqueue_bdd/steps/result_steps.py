"""Embeddings and rankings, whose results are artifacts."""

from orchqueue_bdd import results
from orchqueue_bdd.sentences import Context, given, then, when


@when('the {workload:w} task "{name}" for the engine\'s numbers is submitted')
def submit(context: Context, workload: str, name: str) -> None:
    results.submit(context.world, name, workload)


@when('the {workload:w} task "{name}" whose second text is too long is submitted')
def submit_too_long(context: Context, workload: str, name: str) -> None:
    results.submit_too_long(context.world, name, workload)


@given('the {workload:w} "{name}" has run to its end')
def run(context: Context, workload: str, name: str) -> None:
    results.run(context.world, name, workload)


@given('the {workload:w} "{name}" that the engine refuses has run to its end')
def run_refused(context: Context, workload: str, name: str) -> None:
    results.run_refused(context.world, name, workload)


@given('the {workload:w} "{name}" is at the engine')
def hold_one(context: Context, workload: str, name: str) -> None:
    results.hold_one(context.world, name, workload)


@then('the result of "{name}" is the engine\'s vector of each text')
def has_vectors(context: Context, name: str) -> None:
    results.has_vectors(context.world, name)


@then('the result of "{name}" is the engine\'s score of each text')
def has_scores(context: Context, name: str) -> None:
    results.has_scores(context.world, name)


@then('the stream of "{name}" has no text')
def has_no_text(context: Context, name: str) -> None:
    results.has_no_text(context.world, name)


@then('the end of "{name}" names no result')
def ends_without(context: Context, name: str) -> None:
    results.ends_without(context.world, name)


@then("the engine works on no such task any more")
def leaves_engine(context: Context) -> None:
    results.leaves_engine(context.world)
