"""Sentences about configurations: what is wrong with one, and what a server says to it."""

import json

from orchqueue_bdd import configurations, processes
from orchqueue_bdd.sentences import Context, given, then, when


@given("a configuration that is right but for")
def right_but_for(context: Context) -> None:
    configurations.prepare_but_for(context.world, context.table)


@given("a configuration that names no host")
def without_host(context: Context) -> None:
    configurations.prepare_without_host(context.world)


@given("a configuration without keys")
def without_keys(context: Context) -> None:
    processes.prepare(context.world).config["keys"] = []


@given("a configuration whose port is taken")
def port_taken(context: Context) -> None:
    configurations.prepare_taken_port(context.world)


@given("its {path:S} is {value}")
def with_value(context: Context, path: str, value: str) -> None:
    configurations.set_at(processes.own_of(context.world).config, path, json.loads(value))


@given("a configuration whose first pool names an adapter that cannot serve it")
def unfit_adapter(context: Context) -> None:
    configurations.prepare_unfit_adapter(context.world)


@given('a configuration whose first pool has the adapter "{adapter}" and lacks {fields}')
def untold(context: Context, adapter: str, fields: str) -> None:
    configurations.prepare_untold(context.world, adapter, fields)


@given("it has a second pool that is like the first")
def double_pool(context: Context) -> None:
    configurations.double_pool(context.world)


@when("a server is started with it")
def start(context: Context) -> None:
    processes.start(context.world)


@then("it does not start")
def does_not_start(context: Context) -> None:
    configurations.does_not_start(context.world)


@then("it says what is wrong at each of these paths")
def names_paths(context: Context) -> None:
    configurations.names_paths(context.world)


@then("it says that something is wrong with {path:S}")
def names_path(context: Context, path: str) -> None:
    configurations.names_path(context.world, path)


@then('what it says repeats none of "{text}"')
def repeats_nothing(context: Context, text: str) -> None:
    configurations.repeats_nothing(context.world, text)


@then("it names the port that is taken")
def names_port(context: Context) -> None:
    configurations.names_port(context.world)


@then("it has asked the engine nothing")
def asked_nothing(context: Context) -> None:
    configurations.asked_nothing(context.world)


@then("it answers on {host:S}")
def answers_on(context: Context, host: str) -> None:
    configurations.answers_on(context.world, host)


@then("its metrics are told without a key")
def tells_metrics(context: Context) -> None:
    configurations.tells_metrics(context.world)


@then("it takes no connection on {host:S}")
def not_reached_on(context: Context, host: str) -> None:
    configurations.not_reached_on(context.world, host)
