"""Sentences about tasks that run on a pool: begun, waiting, read to their ends."""

import uuid

from orchqueue_bdd import crowding, engines, tasks
from orchqueue_bdd.sentences import Context, given, then, when


@when('the task "{name}" is run on the pool "{pool}"')
@given('the task "{name}" was run on the pool "{pool}"')
def run(context: Context, name: str, pool: str) -> None:
    tasks.run(context.world, name, model_ref=pool)


@when('the task "{name}" is run on the pool "{pool}" with')
def run_with(context: Context, name: str, pool: str) -> None:
    tasks.run(context.world, name, model_ref=pool, **engines.fields(context.table))


@when('the task "{name}" is begun on the pool "{pool}"')
def begin(context: Context, name: str, pool: str) -> None:
    tasks.begin(context.world, name, model_ref=pool)


@when('the task "{name}" is begun on the pool "{pool}" with')
def begin_with(context: Context, name: str, pool: str) -> None:
    tasks.begin(context.world, name, model_ref=pool, **engines.fields(context.table))


@given('the task "{name}" runs on the pool "{pool}"')
def runs(context: Context, name: str, pool: str) -> None:
    engines.begin_and_run(context.world, name, pool)


@given('the task "{name}" waits in the pool "{pool}"')
def waits(context: Context, name: str, pool: str) -> None:
    engines.begin_and_wait(context.world, name, pool)


@when('tasks are run on the pool "{pool}" until one has reached the engine "{engine}"')
def run_until_reached(context: Context, pool: str, engine: str) -> None:
    engines.run_until_reached(context.world, pool, engine)


@then('the task "{name}" ends normally')
def ends_normally(context: Context, name: str) -> None:
    engines.ends_normally(context.world, name)


@then("every task of the scenario ends normally")
def all_end_normally(context: Context) -> None:
    engines.all_end_normally(context.world)


@then('the task "{name}" ends with the error {code:w}')
def ends_with(context: Context, name: str, code: str) -> None:
    engines.ends_with(context.world, name, code)


@then('the error of the task "{name}" names the engine "{engine}"')
def error_names_engine(context: Context, name: str, engine: str) -> None:
    engines.error_has(context.world, name, "engine", engine)


@then('the text of the task "{name}" is "{text}"')
def text_is(context: Context, name: str, text: str) -> None:
    engines.text_is(context.world, name, text)


@then('the `{field}` of the end of the task "{name}" is {value}')
def end_field_is(context: Context, field: str, name: str, value: str) -> None:
    engines.event_field_is(context.world, name, "end", field, value)


@then('the start of the task "{name}" names the {field:w} "{value}"')
def start_names(context: Context, name: str, field: str, value: str) -> None:
    engines.event_field_is(context.world, name, "started", field, f'"{value}"')


@when('the task "{name}" of {tokens:d} tokens is run on the pool "{pool}" and {count:d} more after it')
def run_many(context: Context, name: str, tokens: int, pool: str, count: int) -> None:
    crowding.run_many(context.world, name, count, pool, tokens)


@then("the stream of the last of them is still there, whole")
def last_is_whole(context: Context) -> None:
    crowding.last_is_whole(context.world)


@when('the task "{name}" with an id in capital letters is run on the pool "{pool}"')
def run_in_capitals(context: Context, name: str, pool: str) -> None:
    tasks.run(context.world, name, model_ref=pool, task_id=str(uuid.uuid4()).upper())


@given('the batch task "{name}" waits in the pool "{pool}"')
def batch_waits(context: Context, name: str, pool: str) -> None:
    engines.begin_and_wait(context.world, name, pool, priority="batch")


@when('the task "{name}" has begun to arrive')
def begun_to_arrive(context: Context, name: str) -> None:
    tasks.event(context.world, name, "token")


@given('{count:d} tokens of the task "{name}" have arrived')
@then('{count:d} tokens of the task "{name}" arrive')
def tokens_arrive(context: Context, count: int, name: str) -> None:
    engines.tokens_arrive(context.world, name, count)


@when('the reader of the task "{name}" goes away')
def reader_leaves(context: Context, name: str) -> None:
    tasks.leave(context.world, name)


@then('the text of the task "{name}" is not empty and holds whole characters')
def text_is_whole(context: Context, name: str) -> None:
    engines.text_is_whole(context.world, name)


@then('the tasks "{one}" and "{other}" have the same text')
def same_text(context: Context, one: str, other: str) -> None:
    engines.texts_are(context.world, one, other, equal=True)


@then('the tasks "{one}" and "{other}" have different texts')
def different_texts(context: Context, one: str, other: str) -> None:
    engines.texts_are(context.world, one, other, equal=False)


@then("the real engine works on {slots:d} slot")
def real_engine_works(context: Context, slots: int) -> None:
    engines.real_engine_works(context.world, slots)


@then("the real engine soon works on no slot")
def real_engine_rests(context: Context) -> None:
    engines.real_engine_works(context.world, 0)
