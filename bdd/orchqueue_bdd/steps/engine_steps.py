"""Sentences about engines: how they behave, whether their pools can serve, and what reached them."""

from orchqueue_bdd import behaviours, engines, proofs
from orchqueue_bdd.sentences import Context, given, then, when


@given('an engine "{engine}" that always {behaviour}')
def behaves_always(context: Context, engine: str, behaviour: str) -> None:
    context.world.engine(engine).script_default(behaviours.script(behaviour))


@given('an engine "{engine}" that once {behaviour}')
def behaves_once(context: Context, engine: str, behaviour: str) -> None:
    context.world.engine(engine).script(behaviours.script(behaviour))


@given('an engine "{engine}" that {count:d} times {behaviour}')
def behaves_often(context: Context, engine: str, count: int, behaviour: str) -> None:
    context.world.engine(engine).script(*[behaviours.script(behaviour)] * count)


@given('an engine "{engine}" that says the tokens "{words}"')
def says(context: Context, engine: str, words: str) -> None:
    engines.says(context.world, engine, words)


@given('an engine "{engine}" that says the tokens "{words}" and {behaviour}')
def says_somehow(context: Context, engine: str, words: str, behaviour: str) -> None:
    engines.says(context.world, engine, words, behaviour)


@given('an engine "{engine}" that holds every request after {count:d} tokens')
def holds(context: Context, engine: str, count: int) -> None:
    behaviours.hold(context.world, context.world.engine(engine), count)


@given('an engine "{engine}" that holds every request before its first token')
def holds_at_once(context: Context, engine: str) -> None:
    behaviours.hold(context.world, context.world.engine(engine), 0)


@when('the engine "{engine}" is no longer busy')
@when('the engine "{engine}" works as it should')
def no_longer_busy(context: Context, engine: str) -> None:
    context.world.engine(engine).reset()


@given('the engine "{engine}" is gone')
@when('the engine "{engine}" goes away')
def gone(context: Context, engine: str) -> None:
    behaviours.stop(context.world, context.world.engine(engine))


@given('the engine "{engine}" is gone and its address takes no connection')
def deaf(context: Context, engine: str) -> None:
    engines.deafen(context.world, engine)


@given('the address of the engine "{engine}" sends everyone on to the engine "{to}"')
def sends_on(context: Context, engine: str, to: str) -> None:
    engines.redirect(context.world, engine, to)


@then('the engine "{engine}" has seen nothing of the task "{name}"')
def never_sees(context: Context, engine: str, name: str) -> None:
    engines.never_sees(context.world, engine, name)


@when('the engine "{engine}" holds no other request')
def holds_no_other(context: Context, engine: str) -> None:
    behaviours.hold_no_more(context.world.engine(engine))


@given('the engine "{engine}" serves the model "{model}"')
def serves(context: Context, engine: str, model: str) -> None:
    context.world.engine(engine).model = model


@given('the engine "{engine}" loads its model')
def loads(context: Context, engine: str) -> None:
    context.world.engine(engine).ready = False


@when('the engine "{engine}" has loaded its model')
def has_loaded(context: Context, engine: str) -> None:
    context.world.engine(engine).ready = True


@given('the engine "{engine}" reports the version "{version}"')
def reports_version(context: Context, engine: str, version: str) -> None:
    context.world.engine(engine).version = version


@when("the engines go on")
def go_on(context: Context) -> None:
    behaviours.go_on(context.world)


@given('the pool "{pool}" is ready')
@when('the pool "{pool}" is ready again')
def pool_ready(context: Context, pool: str) -> None:
    context.world.server.running.wait_ready([pool])


@given('the pool "{pool}" is not ready')
def pool_not_ready(context: Context, pool: str) -> None:
    engines.require_unready(context.world, pool)


@then('the pool "{pool}" becomes not ready')
def pool_becomes_unready(context: Context, pool: str) -> None:
    engines.becomes_unready(context.world, pool)


@then('the pool "{pool}" becomes ready')
def pool_becomes_ready(context: Context, pool: str) -> None:
    engines.becomes_ready(context.world, pool)


@then('the task "{name}" has reached the engine "{engine}" exactly {count:d} times')
def reached(context: Context, name: str, engine: str, count: int) -> None:
    engines.reached(context.world, name, engine, count)


@then('the task "{name}" has reached the engines "{one}" and "{other}" {count:d} times in all')
def reached_in_all(context: Context, name: str, one: str, other: str, count: int) -> None:
    engines.reached_in_all(context.world, name, [one, other], count)


@then('the request of the task "{name}" at the engine "{engine}" has')
def request_has(context: Context, name: str, engine: str) -> None:
    engines.request_has(context.world, name, engine, engines.fields(context.table))


@then('the request of the task "{name}" at the engine "{engine}" has these members in its `{field}`')
def request_has_json(context: Context, name: str, engine: str, field: str) -> None:
    wanted = engines.fields(context.table)
    engines.request_has_json(context.world, name, engine, field, wanted)


@then('the request of the task "{name}" at the engine "{engine}" has the key "{key}"')
def request_has_key(context: Context, name: str, engine: str, key: str) -> None:
    engines.request_has_key(context.world, name, engine, key)


@then('the request of the task "{name}" at the engine "{engine}" has the prompt of the task')
def request_has_prompt(context: Context, name: str, engine: str) -> None:
    engines.request_has_prompt(context.world, name, engine)


@then('the request of the task "{name}" at the engine "{engine}" has the seed that its id gives')
def request_has_own_seed(context: Context, name: str, engine: str) -> None:
    engines.request_has_own_seed(context.world, name, engine)


@then('the request of the task "{name}" at the engine "{engine}" was ended by the server')
def request_was_ended(context: Context, name: str, engine: str) -> None:
    engines.request_was_ended(context.world, name, engine)


@then('the engine "{engine}" works on nothing')
def works_on_nothing(context: Context, engine: str) -> None:
    engines.works_on_nothing(context.world, engine)


@then('the engine "{engine}" fails to prove itself {count:d} times, and the pool "{pool}" is not ready')
def fails_proof(context: Context, engine: str, count: int, pool: str) -> None:
    proofs.fails(context.world, engine, count, pool)


@then('the engine "{engine}" has decoded a token and ended a cancelled request for it')
def has_proven(context: Context, engine: str) -> None:
    proofs.has_proven(context.world, engine)


@then('the engine "{engine}" was asked for {path:S}')
def was_asked_for(context: Context, engine: str, path: str) -> None:
    engines.was_asked_for(context.world, engine, path)
