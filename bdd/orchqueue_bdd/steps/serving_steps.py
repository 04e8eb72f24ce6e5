"""Tasks that ask for models of the catalog, and pools whose model is retired."""

from orchqueue_bdd import loaded, served
from orchqueue_bdd.sentences import Context, given, then, when


@when('the task "{name}" asks for the model "{model}" by its {by:w}')
def submit(context: Context, name: str, model: str, by: str) -> None:
    served.submit(context.world, name, model, by)


@given('the task "{name}" has ended on the model "{model}"')
def has_run(context: Context, name: str, model: str) -> None:
    served.has_run(context.world, name, model)


@then('the task "{name}" tells the digest of the model "{model}"')
def has_digest(context: Context, name: str, model: str) -> None:
    served.has_digest(context.world, name, model)


@given('one tag of the active model "{old}" and of the canary "{new}", which gets {share:g}')
def require_pair(context: Context, old: str, new: str, share: float) -> None:
    served.require_pair(context.world, old, new, share)


@when("many new sessions ask for the tag")
def ask_by_tag(context: Context) -> None:
    served.ask_by_tag(context.world)


@when("two new sessions ask for the tag")
def two_ask_by_tag(context: Context) -> None:
    served.ask_by_tag(context.world, 2)


@then('all of them get the model "{model}"')
def got_all(context: Context, model: str) -> None:
    served.got_all(context.world, model)


@then('some of them get the model "{one}" and the others "{other}"')
def got_some_each(context: Context, one: str, other: str) -> None:
    served.got_some_each(context.world, one, other)


@then("each of them gets its model again")
def stays(context: Context) -> None:
    served.stays(context.world)


@given("a strict server of its own whose pool has a model of its own")
def start_strict(context: Context) -> None:
    served.start_strict(context.world)


@when("its model is registered and {state:w}")
def require_its_model(context: Context, state: str) -> None:
    served.require_its_model(context.world, state)


@when("a task is sent for its model")
def send_there(context: Context) -> None:
    served.send_there(context.world)


@when("a task for its model has ended")
def run_there(context: Context) -> None:
    served.run_there(context.world)


@then("its pool comes to be without a worker")
def pool_is_empty(context: Context) -> None:
    served.pool_is_empty(context.world)


@then("the transcript of the task that ended is still there")
def transcript_is_there(context: Context) -> None:
    served.transcript_is_there(context.world)


@when('its pool is told to load the model "{model}"')
def reload_there(context: Context, model: str) -> None:
    served.reload_there(context.world, model)


@given("a strict server of its own that runs an engine with a model file")
def start_with_file(context: Context) -> None:
    loaded.start(context.world)


@when("the model of its pool is registered with that file")
def register_file(context: Context) -> None:
    loaded.register(context.world, good=True)


@when("the model of its pool is registered with another file")
def register_other_file(context: Context) -> None:
    loaded.register(context.world, good=False)


@then('its pool is not ready, since "{words}"')
def is_kept_back(context: Context, words: str) -> None:
    loaded.is_kept_back(context.world, words)


@then("its pool gets ready")
def is_ready(context: Context) -> None:
    loaded.is_ready(context.world)
