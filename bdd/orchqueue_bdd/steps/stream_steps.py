"""Streams: their events, their order and framing, and reading them again."""

from orchqueue_bdd import engine_facts, leading, rereading, streams, tasks, tightness
from orchqueue_bdd.sentences import Context, given, then, when


@then('the stream of the task "{name}" is a stream of events')
def is_event_stream(context: Context, name: str) -> None:
    streams.is_event_stream(streams.ended(context.world, name))


@then('the stream of the task "{name}" has only events of the contract')
def has_known_names(context: Context, name: str) -> None:
    streams.has_known_names(tasks.events(context.world, name))


@then('the stream of the task "{name}" is in order')
def is_in_order(context: Context, name: str) -> None:
    streams.is_in_order(tasks.events(context.world, name))


@then('the stream of the task "{name}" has no start')
def never_started(context: Context, name: str) -> None:
    streams.never_started(tasks.events(context.world, name))


@then('the tokens of the task "{name}" are counted from 0')
def counts_tokens(context: Context, name: str) -> None:
    streams.counts_tokens(tasks.events(context.world, name))


@then('{count:d} tokens of the task "{name}" arrive while the engine says no more')
def tokens_arrive(context: Context, count: int, name: str) -> None:
    rereading.tokens_arrive(context.world, name, count)


@given('a task "{name}" whose engine says one token at a time')
def lead(context: Context, name: str) -> None:
    leading.lead(context.world, name)


@given('the task "{name}" was read to its end while the engine said {count:d} tokens, one at a time')
def run_led(context: Context, name: str, count: int) -> None:
    leading.run(context.world, name, count)


@then('each of {count:d} tokens reaches all readers of the task "{name}" before the engine says the next')
def relays_each(context: Context, count: int, name: str) -> None:
    leading.relays_each(context.world, name, count)


@given('that the engine says "{words}"')
def engine_says(context: Context, words: str) -> None:
    engine_facts.say(context.world, words)


@given("that the engine says an awkward text")
def engine_says_awkward(context: Context) -> None:
    engine_facts.say_awkward(context.world)


@given("that the engine says a text whose characters take several tokens")
def engine_says_in_pieces(context: Context) -> None:
    engine_facts.say_in_pieces(context.world)


@given("that the engine fails")
def engine_fails(context: Context) -> None:
    engine_facts.fail(context.world)


@then('the stream of the task "{name}" carries that text in its order')
def carries_text(context: Context, name: str) -> None:
    engine_facts.carries_text(context.world, name)


@then('the stream of the task "{name}" is framed as it must be')
def is_framed(context: Context, name: str) -> None:
    streams.is_framed(streams.ended(context.world, name))


@then('the stream of the task "{name}" is framed as it must be from {first:d} on')
def is_framed_from(context: Context, name: str, first: int) -> None:
    streams.is_framed(streams.ended(context.world, name), first)


@then('the stream of the task "{name}" ends once and closes')
def ends_once(context: Context, name: str) -> None:
    streams.ends_once(streams.ended(context.world, name))


@then('the stream of the task "{name}" keeps its client informed')
def keeps_client_informed(context: Context, name: str) -> None:
    streams.keeps_client_informed(tasks.events(context.world, name))


@then('the metrics of the task "{name}" are whole')
def metrics_are_whole(context: Context, name: str) -> None:
    streams.metrics_are_whole(tasks.events(context.world, name))


@then('the start of the task "{name}" says what its admission said')
def start_repeats_admission(context: Context, name: str) -> None:
    engine_facts.start_repeats_admission(context.world, name)


@then('the start of the task "{name}" names job, engine, version, pool and replica')
def start_names_all(context: Context, name: str) -> None:
    engine_facts.start_names_all(context.world, name)


@then('the end of the task "{name}" counts as many tokens as the engine')
def end_counts(context: Context, name: str) -> None:
    engine_facts.end_counts(context.world, name)


@when('the engine pauses {pause:d} ms and then goes on to the end of the task "{name}"')
def pause_and_go_on(context: Context, pause: int, name: str) -> None:
    engine_facts.pause_and_go_on(context.world, name, pause)


@then('the end of the task "{name}" tells the time between its first and its last token')
def end_tells_time(context: Context, name: str) -> None:
    engine_facts.end_tells_time(context.world, name)


@then('the task "{name}" has the finish reason {reason:w}')
def finish_reason(context: Context, name: str, reason: str) -> None:
    engine_facts.has_finish_reason(context.world, name, reason)


@when('the stream of the task "{name}" is read after its event {number:d}')
def read_after(context: Context, name: str, number: int) -> None:
    rereading.read_after(context.world, name, number)


@then('the events of the task "{name}" after {number:d} come')
def gets_rest(context: Context, name: str, number: int) -> None:
    rereading.gets_rest(context.world, name, number)


@given('{count:d} readers of the task "{name}"')
@when('{count:d} readers follow the task "{name}"')
def have_readers(context: Context, count: int, name: str) -> None:
    rereading.have_readers(context.world, name, count)


@then('all readers of the task "{name}" get the same whole stream')
def readers_agree(context: Context, name: str) -> None:
    rereading.readers_agree(context.world, name)


@when('the stream of the task "{name}" is read with the Last-Event-ID "{value}"')
def read_with(context: Context, name: str, value: str) -> None:
    rereading.read_with(context.world, name, value)


@when('the stream of the task "{name}" is read after its last event')
def read_after_last(context: Context, name: str) -> None:
    rereading.read_after_last(context.world, name, 0)


@when('the stream of the task "{name}" is read after an event that is to come')
def read_after_future(context: Context, name: str) -> None:
    rereading.read_after_last(context.world, name, 1)


@given('that {count:d} streams of the task "{name}" are open')
def open_all(context: Context, count: int, name: str) -> None:
    tightness.open_all(context.world, name, count)


@when('one more stream of the task "{name}" is asked for')
def open_another(context: Context, name: str) -> None:
    tightness.open_another(context.world, name)


@then('with one stream of the task "{name}" closed another can be opened')
def comes_free(context: Context, name: str) -> None:
    tightness.comes_free(context.world, name)


@then('the stream of the task "{name}" is soon forgotten')
def is_forgotten(context: Context, name: str) -> None:
    tightness.is_forgotten(context.world, name)


@given('the task "{name}" runs and has sent more than is kept of it')
def grow_beyond(context: Context, name: str) -> None:
    tightness.grow_beyond(context.world, name)


@then('{count:d} comments come in the silence of the task "{name}"')
def stays_silent(context: Context, count: int, name: str) -> None:
    tightness.stays_silent(context.world, name, count)
