"""Requests below and beside the operations: paths, methods, correlation ids, connections."""

from orchqueue_bdd import answers, correlating, routes
from orchqueue_bdd.sentences import Context, given, then, when


@when("a {method:w} of {path:S} is sent")
def send(context: Context, method: str, path: str) -> None:
    routes.send(context.world, method, path, "data")


@when("a {method:w} of {path:S} is sent without a key")
def send_without_key(context: Context, method: str, path: str) -> None:
    routes.send(context.world, method, path, None)


@when("a {method:w} of {path:S} is sent with an unknown key")
def send_with_unknown_key(context: Context, method: str, path: str) -> None:
    routes.send_with_unknown_key(context.world, method, path)


@when("a {method:w} of {path:S} is sent with two hosts")
def send_with_two_hosts(context: Context, method: str, path: str) -> None:
    routes.send_with_two_hosts(context.world, method, path)


@when('a {method:w} of {path:S} is sent with the key "{key}"')
def send_with_key(context: Context, method: str, path: str, key: str) -> None:
    routes.send(context.world, method, path, key)


@when("a task is sent with {faults}")
def send_faulty(context: Context, faults: str) -> None:
    routes.send_faulty(context.world, faults)


@when("each of these routes gets a body {what}")
def send_to_each(context: Context, what: str) -> None:
    routes.send_to_each(context.world, what, context.table)


@then("each of them that there is answers {status:d} {code:w}")
def each_refused(context: Context, status: int, code: str) -> None:
    routes.each_refused(context.world, status, code)


@then("the methods allowed are {methods}")
def allows(context: Context, methods: str) -> None:
    answers.allows(context.world.memory["answer"], set(methods.split(", ")))


@then("the answer asks for a key")
def asks_for_key(context: Context) -> None:
    answers.asks_for_key(context.world.memory["answer"])


@then("nothing is served there")
def is_not_served(context: Context) -> None:
    routes.is_not_served(context.world)


@then("nobody is let in")
def is_not_let_in(context: Context) -> None:
    routes.is_not_let_in(context.world)


@then("no engine has seen the request")
def no_engine_saw(context: Context) -> None:
    routes.no_engine_saw(context.world)


@then("the answer is a bare 400 on a closed connection")
def is_bare(context: Context) -> None:
    answers.has_status(context.world.memory["answer"], 400)


@then("the answer carries exactly one correlation id")
def has_correlation(context: Context) -> None:
    answers.correlation(context.world.memory["answer"])


@when('a request has the correlation id "{given}"')
def send_correlated(context: Context, given: str) -> None:
    correlating.send_with(context.world, [(answers.CORRELATION, given)])


@when("a request has a correlation id of 128 characters")
def send_longest(context: Context) -> None:
    correlating.send_with(context.world, [(answers.CORRELATION, correlating.LONGEST)])


@then("that correlation id comes back whole")
def longest_comes_back(context: Context) -> None:
    correlating.comes_back(context.world, correlating.LONGEST)


@then('the correlation id "{given}" comes back')
def comes_back(context: Context, given: str) -> None:
    correlating.comes_back(context.world, given)


@when("a request has an unusable correlation id, one {kind}")
def send_unusable(context: Context, kind: str) -> None:
    correlating.send_unusable(context.world, kind)


@then("a fresh correlation id stands in its place")
def is_replaced(context: Context) -> None:
    correlating.is_replaced(context.world)


@then("two requests without a correlation id get two")
def are_different(context: Context) -> None:
    correlating.are_different(context.world)


@then("the envelope names the same correlation id")
def is_told_in_envelope(context: Context) -> None:
    correlating.is_told_in_envelope(context.world)


@given('the task "{name}" was submitted with the correlation id "{given}"')
def submit_with(context: Context, name: str, given: str) -> None:
    correlating.submit_with(context.world, name, given)


@then('the error of the task "{name}" carries the correlation id "{given}"')
def error_keeps(context: Context, name: str, given: str) -> None:
    correlating.error_keeps(context.world, name, given)


@then('the stream of the task "{name}" asked for with the correlation id "{given}" answers with it')
def stream_has_own(context: Context, name: str, given: str) -> None:
    correlating.stream_has_own(context.world, name, given)
