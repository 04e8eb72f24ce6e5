"""Queues: what waits in them, in which order it leaves, and what a full one does."""

from orchqueue_bdd import full, holding, patience, tasks
from orchqueue_bdd.sentences import Context, given, then, when


@given("that the slots are held")
def fill(context: Context) -> None:
    holding.fill(context.world)


@when("the slots are released")
def release(context: Context) -> None:
    holding.release(context.world)


@given("that the pool has learnt how long a task takes")
def learn(context: Context) -> None:
    patience.learn(context.world)


@given("that the pool has learnt how long a task of {count:d} tokens takes")
def learn_size(context: Context, count: int) -> None:
    patience.learn(context.world, count)


@when("{count:d} clients are refused at once")
def refuse(context: Context, count: int) -> None:
    patience.refuse(context.world, count)


@when("{count:d} clients are refused at once and each comes back when it was told to")
def refuse_and_return(context: Context, count: int) -> None:
    patience.refuse(context.world, count)
    patience.come_back(context.world)


@then("{count:d} of them or more are admitted on their return")
def admitted_on_return(context: Context, count: int) -> None:
    patience.admitted_on_return(context.world, count)


@then("the last of them is told to come back later than the first")
def spread(context: Context) -> None:
    patience.are_spread(context.world)


@when('the task "{name}" has waited beyond the ageing bound')
def wait_out_age(context: Context, name: str) -> None:
    patience.wait_out_age(context.world, name)


@given('the task "{name}" waits at most {bound:d} ms')
def wait_at_most(context: Context, name: str, bound: int) -> None:
    patience.wait_at_most(context.world, name, bound)


@then('the task "{name}" was given up after no less than {bound:d} ms')
def gave_up_in_time(context: Context, name: str, bound: int) -> None:
    patience.gave_up_in_time(context.world, name, bound)


@then("they start in the order {names}")
def start_in_order(context: Context, names: str) -> None:
    full.start_in_order(context.world, names)


@then('the task "{name}" starts')
def starts(context: Context, name: str) -> None:
    holding.started(context.world, [name])


@then("no more than {count:d} tasks have been at the engine at once")
def never_beyond_slots(context: Context, count: int) -> None:
    full.never_beyond_slots(context.world, count)


@given("that {count:d} tasks were submitted while nothing moved")
def submitted_still(context: Context, count: int) -> None:
    full.submit_still(context.world, count)


@then('the task "{name}" is evicted with the label "{label}"')
def is_evicted(context: Context, name: str, label: str) -> None:
    full.is_evicted(context.world, name, label)


@then('the task "{name}" still waits')
def still_waits(context: Context, name: str) -> None:
    full.still_waits(context.world, name)


@then('the waiting task "{name}" is given up with the error {code:w}')
def is_given_up(context: Context, name: str, code: str) -> None:
    full.is_given_up(context.world, name, code)


@then('the admission of the task "{name}" is logged with its place and its start')
def admission_logged(context: Context, name: str) -> None:
    full.logs_admission(context.world, tasks.named(context.world, name))
