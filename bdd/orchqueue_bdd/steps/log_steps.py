"""Sentences about what the server logs."""

from orchqueue_bdd import diary
from orchqueue_bdd.sentences import Context, given, then, when


@then("every line since the start of the server is a JSON object with")
def objects_with(context: Context) -> None:
    diary.objects_with(context.world, context.table)


@then("each of them has one log line task.admitted with")
def admitted_once(context: Context) -> None:
    diary.admitted_once(context.world, context.table)


@then("its fields are those of the task and of its 202")
def admitted_truly(context: Context) -> None:
    diary.admitted_truly(context.world)


@then('the log lines of the task "{name}" carry between them')
def carry_between_them(context: Context, name: str) -> None:
    diary.carry_between_them(context.world, name, context.table)


@then("the last of them, which knows them all, carries them all")
def last_carries(context: Context) -> None:
    diary.last_carries(context.world)


@then('the log lines of the task "{name}" have the {field:w} "{value}" and no other')
def have_only_text(context: Context, name: str, field: str, value: str) -> None:
    diary.have_only(context.world, name, field, value)


@then('the log lines of the task "{name}" have the {field:w} {value:d} and no other')
def have_only_number(context: Context, name: str, field: str, value: int) -> None:
    diary.have_only(context.world, name, field, value)


@when('the task "{name}" is run under the correlation id "{correlation_id}"')
def run_under(context: Context, name: str, correlation_id: str) -> None:
    diary.run_under(context.world, name, correlation_id)


@when('the task "{name}" is run under a correlation id of the server\'s own')
def run_under_own(context: Context, name: str) -> None:
    diary.run_under(context.world, name, None)


@then('all log lines of the task "{name}" carry its correlation id, and with a job id its own')
def correlated(context: Context, name: str) -> None:
    diary.correlated(context.world, name)


@then('the log of the task "{name}" names at least {least:d} decisions, each with all ids')
def decisions(context: Context, name: str, least: int) -> None:
    diary.decisions(context.world, name, least)


@then('the log of the task "{name}" names a decision that the log of the task "{other}" does not')
def decides_otherwise(context: Context, name: str, other: str) -> None:
    diary.decides_otherwise(context.world, name, other)


@then('a log line with the correlation id of the task "{name}" tells the code {code:w}')
def tells_code(context: Context, name: str, code: str) -> None:
    diary.tells_code(context.world, name, code)


@given('secrets in the prompt, in the text and in what the engine "{engine}" says when it {behaviour}')
def plant(context: Context, engine: str, behaviour: str) -> None:
    diary.plant(context.world, engine, behaviour)


@when("the task with the secrets is run")
def run_with_secrets(context: Context) -> None:
    diary.run_with_secrets(context.world)


@then("its log tells that it is over")
def secret_is_over(context: Context) -> None:
    diary.secret_is_over(context.world)


@then("no log line holds a secret")
def no_secrets(context: Context) -> None:
    diary.no_secrets(context.world)
