"""Refusals: the envelope, its code, what it points at, and when to come back."""

from orchqueue_bdd import answers, errors_in_streams, full, holding, occasions
from orchqueue_bdd.sentences import Context, then, when


@when("the client sends {occasion}")
def bring_about(context: Context, occasion: str) -> None:
    occasions.bring_about(context.world, occasion)


@when("the client is answered {status:d} for {occasion}")
def require_status(context: Context, status: int, occasion: str) -> None:
    occasions.require_status(context.world, occasion, status)


@then("the answer is {status:d} {code:w}")
def refuses(context: Context, status: int, code: str) -> None:
    answers.refuses(context.world.memory["answer"], status, code)


@then("the answer has the status {status:d}")
def has_status(context: Context, status: int) -> None:
    answers.has_status(context.world.memory["answer"], status)


@then("the answer is an error envelope")
def is_envelope(context: Context) -> None:
    answers.is_envelope(context.world.memory["answer"])


@then("its code stands in the table with this status")
def is_tabled(context: Context) -> None:
    answers.is_tabled(context.world.memory["answer"])


@then("it says truly whether to try again")
def tells_retriable(context: Context) -> None:
    answers.tells_retriable(answers.envelope(context.world.memory["answer"]))


@then("it says when to try again if that is due")
def gives_time(context: Context) -> None:
    answers.gives_time(context.world.memory["answer"])


@then("headers and body tell a time to come back")
def says_when(context: Context) -> None:
    answers.says_when(context.world.memory["answer"])


@then("headers and body advise the same time")
def advises(context: Context) -> None:
    answers.advises(context.world.memory["answer"])


@then('the details point at "{pointer}"')
def points_at(context: Context, pointer: str) -> None:
    answers.points_at(context.world.memory["answer"], pointer)


@then('the policy that refused is "{label}"')
def refuses_by(context: Context, label: str) -> None:
    full.refuses_by(context.world, label)


@then("the envelope names the engine")
def names_engine(context: Context) -> None:
    answers.names_engine(answers.envelope(context.world.memory["answer"]), "llamacpp")


@then("the envelope names the engine and the pool")
def names_pool(context: Context) -> None:
    answers.names_pool(
        answers.envelope(context.world.memory["answer"]), "llamacpp", holding.pool_id(context.world)
    )


@then('the envelope names the engine and the pool "{pool}"')
def names_that_pool(context: Context, pool: str) -> None:
    answers.names_pool(answers.envelope(context.world.memory["answer"]), "llamacpp", pool)


@then('the error of the task "{name}" names the engine and the pool')
def stream_names_pool(context: Context, name: str) -> None:
    answers.names_pool(
        errors_in_streams.error(context.world, name), "llamacpp", holding.pool_id(context.world)
    )


@then('the error of the task "{name}" has the form of an envelope')
def stream_has_form(context: Context, name: str) -> None:
    answers.has_form(errors_in_streams.error(context.world, name))


@then('the error of the task "{name}" names its engine')
def stream_names_engine(context: Context, name: str) -> None:
    answers.names_engine(errors_in_streams.error(context.world, name), "llamacpp")


@then('the error of the task "{name}" has a code of the table for streams')
def stream_is_tabled(context: Context, name: str) -> None:
    errors_in_streams.is_tabled(context.world, name)


@then('the error of the task "{name}" says truly whether to try again')
def stream_tells_retriable(context: Context, name: str) -> None:
    answers.tells_retriable(errors_in_streams.error(context.world, name))


@then("the table gives {code:w} the status {status:d}")
def table_gives(context: Context, code: str, status: int) -> None:
    answers.table_gives(code, status)
