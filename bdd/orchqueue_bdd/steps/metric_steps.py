"""Sentences about /metrics and about the metrics events of streams."""

from orchqueue_bdd import crowds, measures, series
from orchqueue_bdd.sentences import Context, given, then, when


@given("the series are counted from now on")
def count(context: Context) -> None:
    series.begin_counting(context.world)


@given("{interactive:d} interactive tasks and {batch:d} batch tasks were run")
@when("{interactive:d} interactive tasks and {batch:d} batch tasks are run")
def run_crowd(context: Context, interactive: int, batch: int) -> None:
    crowds.run(context.world, interactive, batch)


@given("the server rests")
def rests(context: Context) -> None:
    measures.rest(context.world)


@then("these series have grown by")
def have_grown(context: Context) -> None:
    measures.have_grown(context.world, context.table)


@then("these gauges come to stand at")
@then("these series come to stand at")
def come_to_stand(context: Context) -> None:
    measures.come_to_stand(context.world, context.table)


@then('the gauge {name:w} of the pool "{pool}" comes to stand above {least:g}')
def comes_to_stand_above(context: Context, name: str, pool: str, least: float) -> None:
    measures.stands_above(context.world, name, f"pool_id={pool}", least)


@then('the counter {name:w} with {label:w} "{value}" has grown by {grown:d}')
def has_grown(context: Context, name: str, label: str, value: str, grown: int) -> None:
    measures.has_grown(context.world, name, f"{label}={value}", grown)


@then("the series {name:w} has grown by {least:d} or more")
def has_grown_at_least(context: Context, name: str, least: int) -> None:
    measures.has_grown_at_least(context.world, name, least)


@then('the series {name:w} of the pool "{pool}" counts {reason:S} and not {other:S}')
def counts(context: Context, name: str, pool: str, reason: str, other: str) -> None:
    measures.counts(context.world, name, pool, reason, other)


@then('the series {name:w} with {label:w} "{value}" has not grown')
def has_not_grown(context: Context, name: str, label: str, value: str) -> None:
    measures.has_grown(context.world, name, f"{label}={value}", 0)


@then('the queue of the pool "{pool}" comes to hold {depth:d} tasks')
def queue_holds(context: Context, pool: str, depth: int) -> None:
    measures.stands_at(context.world, "queue_depth", f"pool_id={pool}", depth)


@then('the pool "{pool}" holds {leases:d} leases')
def holds_leases(context: Context, pool: str, leases: int) -> None:
    measures.stands_at(context.world, "active_leases", f"pool_id={pool}", leases)


@then('the pool "{pool}" is still ready')
def still_ready(context: Context, pool: str) -> None:
    measures.stands_at(context.world, "pool_ready", f"pool_id={pool}", 1)


@then('the tokens counted have grown as those that the engine "{engine}" counts')
def tokens_agree(context: Context, engine: str) -> None:
    measures.tokens_agree(context.world, engine)


@when("the metrics are read")
def read(context: Context) -> None:
    measures.read_metrics(context.world)


@when("the metrics are read {times:d} times")
def read_often(context: Context, times: int) -> None:
    measures.read_metrics(context.world, times=times)


@when("the metrics are read by a client that accepts {media}")
def read_as(context: Context, media: str) -> None:
    measures.read_metrics(context.world, accept=media)


@then("they are told with {status:d} as {media}")
def told_as(context: Context, status: int, media: str) -> None:
    measures.told_as(context.world, status, media)


@then("they hold every family of the claimed profiles")
def hold_families(context: Context) -> None:
    measures.hold_families(context.world)


@then("they end as OpenMetrics do")
def end_as_openmetrics(context: Context) -> None:
    measures.end_as_openmetrics(context.world)


@then("all readings hold the same samples")
def all_alike(context: Context) -> None:
    measures.all_alike(context.world)


@then('the first metrics of the task "{name}" tell a queue depth of {depth:d}')
def first_depth(context: Context, name: str, depth: int) -> None:
    measures.queue_depth_told(context.world, name, 0, depth)


@then('the last metrics of the task "{name}" tell a queue depth of {depth:d}')
def last_depth(context: Context, name: str, depth: int) -> None:
    measures.queue_depth_told(context.world, name, -1, depth)


@then('all metrics of the task "{name}" tell a probability of {least:g} or more')
def probability(context: Context, name: str, least: float) -> None:
    measures.probability_told(context.world, name, least)
