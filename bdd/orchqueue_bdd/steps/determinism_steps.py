"""Sentences about equal tokens for equal inputs."""

from orchqueue_bdd import acceptance, comparing, tasks
from orchqueue_bdd.sentences import Context, given, then, when


@given('the replicas of the model "{model}" are ready and differ')
def differ(context: Context, model: str) -> None:
    comparing.are_ready_and_differ(context.world, model)


@when('the corpus is run on the pool "{pool}"')
def run_corpus(context: Context, pool: str) -> None:
    comparing.run_corpus(context.world, pool)


@when("the corpus is run on each pool of two equal replicas")
def run_corpus_everywhere(context: Context) -> None:
    comparing.run_corpus_everywhere(context.world)


@when("two replicas have answered")
def two_replicas(context: Context) -> None:
    comparing.by_two_replicas(context.world)


@then("all answers to each case are equal, byte by byte")
def all_equal(context: Context) -> None:
    comparing.all_equal(context.world)


@then('the task "{name}" does not begin at the engine "{engine}"')
def keeps_away(context: Context, name: str, engine: str) -> None:
    comparing.keeps_away(context.world, engine, name)


@then('the task "{name}" was told that it waits')
def was_told_to_wait(context: Context, name: str) -> None:
    acceptance.waits(tasks.named(context.world, name))
