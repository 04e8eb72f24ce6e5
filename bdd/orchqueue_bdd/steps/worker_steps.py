"""Sentences about engines that the server runs itself."""

from orchqueue_bdd import diary, orphans, restarts, tasks, workers
from orchqueue_bdd.sentences import Context, given, then, when


@given('the task "{name}" is at the run engine "{engine}"')
def is_at(context: Context, name: str, engine: str) -> None:
    tasks.begin(context.world, name, model_ref=engine)
    workers.is_at(context.world, name, engine)


@when('the run engine "{engine}" gets the signal {word:w}')
def send_signal(context: Context, engine: str, word: str) -> None:
    workers.send_signal(context.world, engine, word)


@when('the run engine "{engine}" freezes')
def freeze(context: Context, engine: str) -> None:
    workers.freeze(context.world, engine)


@when('the run engine "{engine}" goes on')
def goes_on(context: Context, engine: str) -> None:
    workers.goes_on(context.world, engine)


@then('the task "{name}" has come to the run engine "{engine}" exactly {count:d} times')
def came_to(context: Context, name: str, engine: str, count: int) -> None:
    workers.came_to(context.world, name, engine, count)


@then('the run engine "{engine}" is in a process group of its own')
def has_own_group(context: Context, engine: str) -> None:
    workers.has_own_group(context.world, engine)


@then('the run engine "{engine}" is asked to end, and ends')
def is_asked_to_end(context: Context, engine: str) -> None:
    workers.is_asked_to_end(context.world, engine)


@then('the log tells that the run engine "{engine}" said "{words}"')
def said_in_log(context: Context, engine: str, words: str) -> None:
    workers.said_in_log(context.world, engine, words)


@then('the run engine "{engine}" was started with')
def was_started_with(context: Context, engine: str) -> None:
    workers.was_started_with(context.world, engine, context.table)


@then('the run engines "{one}" and "{other}" are two processes')
def are_processes(context: Context, one: str, other: str) -> None:
    workers.are_processes(context.world, [one, other])


@then('the entry of the model "{model}" has the digest of the file of the run engine "{engine}"')
def has_digest_of(context: Context, model: str, engine: str) -> None:
    workers.has_digest_of(context.world, model, engine)


@when('the file of the run engine "{engine}" is taken away')
def take_away(context: Context, engine: str) -> None:
    workers.take_away(context.world, engine)


@then('the health of the pool "{pool}" comes to say that the file of the run engine "{engine}" is wrong')
def file_in_error(context: Context, pool: str, engine: str) -> None:
    workers.file_in_error(context.world, pool, engine)


@given('a reload of the pool "{pool}" runs, whose new engine is the run engine "{model}"')
def begin_reload(context: Context, pool: str, model: str) -> None:
    workers.begin_reload(context.world, pool, model)


@then('the run engine "{engine}" is started {count:d} times')
def is_started(context: Context, engine: str, count: int) -> None:
    restarts.starts(context.world, engine, count)


@then('the run engine "{engine}" was started {count:d} times and is started no more')
def started_no_more(context: Context, engine: str, count: int) -> None:
    restarts.started_no_more(context.world, engine, count)


@then('the run engine "{engine}" was never started')
def never_started(context: Context, engine: str) -> None:
    restarts.never_started(context.world, engine)


@then(
    'the run engine "{engine}" is restarted {count:d} times, with pauses that double from {initial:d} '
    "up to {most:d} ms"
)
def pauses_grow(context: Context, engine: str, count: int, initial: int, most: int) -> None:
    restarts.pauses_grow(context.world, engine, count, initial, most)


@then('the start {number:d} of the run engine "{engine}" came {least:d} ms or more after the end before it')
def paused(context: Context, number: int, engine: str, least: int) -> None:
    restarts.paused(context.world, engine, number, least)


@then('the task "{name}" is told to come back in {least:d} to {most:d} ms')
def advises_within(context: Context, name: str, least: int, most: int) -> None:
    restarts.advises_within(context.world, name, least, most)


@then('the log has the line {event:S} of the pool "{pool}" and its worker "{worker}", with a reason')
def tells_of_worker(context: Context, event: str, pool: str, worker: str) -> None:
    diary.tells_of_worker(context.world, event, pool, worker)


@then('the log has the line {event:S} of the pool "{pool}", with the correlation id of the answer')
def tells_of_pool(context: Context, event: str, pool: str) -> None:
    diary.tells_of_pool(context.world, event, pool)


@given("a server of its own that runs an engine which forks, and which SIGTERM does not end")
def start_with_orphan(context: Context) -> None:
    orphans.start(context.world)


@when("the server is killed")
def kill_server(context: Context) -> None:
    orphans.kill_server(context.world)


@then("nothing is left of its engine")
def nothing_is_left(context: Context) -> None:
    orphans.nothing_is_left(context.world)


@then('the run engine "{engine}" never runs twice at once')
def never_twice(context: Context, engine: str) -> None:
    restarts.never_twice(context.world, engine)
