"""Fair sharing, quotas, rates and deadlines: what tenants get, and what they are refused."""

from orchqueue_bdd import placing, rates, sharing
from orchqueue_bdd.sentences import Context, given, then, when


@given('that {count:d} {priority:w} tasks of the tenant "{tenant}" wait')
def crowd(context: Context, count: int, priority: str, tenant: str) -> None:
    sharing.crowd(context.world, tenant, priority, count)


@when("the slots are released to pass quickly")
def let_pass(context: Context) -> None:
    sharing.let_pass(context.world)


@then('about {count:d} of the first {starts:d} starts are of "{kind}"')
def about(context: Context, count: int, starts: int, kind: str) -> None:
    sharing.about(context.world, count, starts, kind)


@when('the tenant "{tenant}" has run a task that used {used:d} of {count:d} tokens')
def run_one(context: Context, tenant: str, used: int, count: int) -> None:
    sharing.run_one(context.world, tenant, count, used=used)


@then("all shares add up to one")
def shares_add_up(context: Context) -> None:
    sharing.shares_add_up(context.world)


@then('the share of "{one}" is {least:d} to {most:d} times that of "{other}"')
def shares_are_as(context: Context, one: str, least: int, most: int, other: str) -> None:
    sharing.shares_are_as(context.world, one, other, least, most)


@given('that the tenant "{tenant}" has {count:d} tasks of {size:d} tokens in flight')
def in_flight(context: Context, tenant: str, count: int, size: int) -> None:
    sharing.in_flight(context.world, tenant, count, size)


@when('the tenant "{tenant}" submits the task "{name}" of {size:d} tokens')
def submit(context: Context, tenant: str, name: str, size: int) -> None:
    sharing.submit(context.world, tenant, name, size)


@when('the task {number:d} of the tenant "{tenant}" is cancelled')
def end_one(context: Context, number: int, tenant: str) -> None:
    sharing.end_one(context.world, tenant, number)


@given('that the key "{key}" has asked often')
@when('the key "{key}" asks often')
def ask_often(context: Context, key: str) -> None:
    rates.ask_often(context.world, key)


@when('the keys "{one}" and "{other}" ask often by turns')
def ask_by_turns(context: Context, one: str, other: str) -> None:
    rates.ask_often(context.world, one, other)


@then("the burst is served and then no more than the rate")
def burst_only(context: Context) -> None:
    rates.burst_only(context.world)


@when('the key "{key}" asks until it is refused')
def spend(context: Context, key: str) -> None:
    rates.spend(context.world, key)


@when('the key "{key}" is refused, waits as it is advised, and asks again')
def follow_advice(context: Context, key: str) -> None:
    rates.follow_advice(context.world, key)


@when('the key "{key}" sends a body that is no JSON beyond its rate')
def send_bad_body(context: Context, key: str) -> None:
    rates.send_bad_body(context.world, key)


@when('the key "{key}" is refused, and sends on beyond its rate')
def send_on(context: Context, key: str) -> None:
    rates.send_on(context.world, key, context.table)


@when('the key "{key}" asks once')
def ask(context: Context, key: str) -> None:
    rates.ask(context.world, key)


@then("the request is served")
def is_served(context: Context) -> None:
    rates.is_served(context.world)


@given("that a {priority:w} task has met its deadline")
def met(context: Context, priority: str) -> None:
    sharing.run_one(context.world, "data", 2, priority)
    sharing.note_ratio(context.world, priority)


@when("a {priority:w} task meets its deadline")
def meets(context: Context, priority: str) -> None:
    sharing.run_one(context.world, "data", 2, priority)


@when("a {priority:w} task misses its deadline")
def misses(context: Context, priority: str) -> None:
    sharing.miss_a_deadline(context.world, priority)


@then("the deadlines met by {priority:w} tasks are fewer")
def ratio_falls(context: Context, priority: str) -> None:
    sharing.ratio_moves(context.world, priority, lambda before, now: now < before, "fallen")


@then("the deadlines met by {priority:w} tasks are more")
def ratio_rises(context: Context, priority: str) -> None:
    sharing.ratio_moves(context.world, priority, lambda before, now: now > before, "risen")


@then('each metrics event of the task "{name}" tells a probability')
def tells_probability(context: Context, name: str) -> None:
    sharing.tells_probability(context.world, name)


@given("that the pool has learnt that its engine is slow")
def learn_slowness(context: Context) -> None:
    placing.learn_slowness(context.world)


@given('the batch task "{name}" waits that cannot end in time if it starts late')
def wait_too_long(context: Context, name: str) -> None:
    placing.wait_too_long(context.world, name)


@when("it is too late for it to start")
def wait_until_too_late(context: Context) -> None:
    placing.wait_until_too_late(context.world)


@when('{count:d} tasks of {tokens:d} tokens are submitted for the model "{model}" whose engine holds them')
def submit_sized(context: Context, count: int, tokens: int, model: str) -> None:
    placing.submit_held(context.world, count, model, max_tokens=tokens)


@when('{count:d} tasks are submitted for the model "{model}" whose engines hold them')
def submit_held(context: Context, count: int, model: str) -> None:
    placing.submit_held(context.world, count, model)


@then('the engine "{engine}" comes to work on {count:d} tasks')
def has_at_work(context: Context, engine: str, count: int) -> None:
    placing.has_at_work(context.world, engine, count)
