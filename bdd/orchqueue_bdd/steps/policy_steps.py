"""Policies: what a task asks of them, what they decide, and how they are loaded."""

from orchqueue_bdd import policing, policy_files
from orchqueue_bdd.sentences import Context, given, then, when


@when('the {priority:w} task "{name}" asks its policy to {wish}')
def ask(context: Context, priority: str, name: str, wish: str) -> None:
    policing.ask(context.world, name, priority, wish)


@then('the details tell the reason "{reason}" of the policy "{policy}"')
def tells_reason(context: Context, reason: str, policy: str) -> None:
    policing.names(context.world, policy, reason)


@then('the details name the policy "{policy}"')
def names(context: Context, policy: str) -> None:
    policing.names(context.world, policy)


@then('the policies are logged for the task "{name}" with')
def are_logged(context: Context, name: str) -> None:
    policing.are_logged(context.world, name, context.table)


@then('the log says that the policy "{policy}" failed for the task "{name}", and to {verdict:w} it held')
def has_failed(context: Context, policy: str, name: str, verdict: str) -> None:
    policing.has_failed(context.world, policy, name, verdict)


@given("a configuration with these policies")
def with_policies(context: Context) -> None:
    policy_files.prepare(context.world, context.table)


@then('it names the import "{name}"')
def names_import(context: Context, name: str) -> None:
    policy_files.names_import(context.world, name)


@given("a server of its own with a policy that {kind}")
def start(context: Context, kind: str) -> None:
    policy_files.start(context.world, kind)


@when("its policy becomes one that {kind}")
def becomes_one(context: Context, kind: str) -> None:
    policy_files.become(context.world, kind)


@when("its policy becomes a text")
def becomes_text(context: Context) -> None:
    policy_files.become_text(context.world)


@then("it says that its policies stay")
def says_they_stay(context: Context) -> None:
    policy_files.says_they_stay(context.world)


@then('its tasks come to be denied with the reason "{reason}"')
def come_to_be_denied(context: Context, reason: str) -> None:
    policy_files.come_to_be_denied(context.world, reason)


@then("its tasks come to be accepted")
def come_to_be_accepted(context: Context) -> None:
    policy_files.come_to_be_accepted(context.world)
