"""Sentences about the capabilities."""

import json

from orchqueue_bdd import capabilities, choosing, engines
from orchqueue_bdd.sentences import Context, then, when


@when("the capabilities are read")
def read(context: Context) -> None:
    capabilities.read(context.world)


@when("the capabilities are read {times:d} times")
def read_often(context: Context, times: int) -> None:
    capabilities.read(context.world, times)


@when('the key "{key}" reads the capabilities')
def read_with(context: Context, key: str) -> None:
    capabilities.read(context.world, key=key)


@then("every entry tells the rates {rates}")
def tell_rates(context: Context, rates: str) -> None:
    capabilities.every_entry_tells_rates(context.world, json.loads(rates))


@then('the entry of the model "{model}" has')
def entry_has(context: Context, model: str) -> None:
    capabilities.entry_has(context.world, model, engines.fields(context.table))


@then('the entry of the model "{model}" supports completions')
def entry_supports(context: Context, model: str) -> None:
    capabilities.entry_supports(context.world, model, "completion")


@then('the entries of the model "{model}" have the concurrencies {slots}')
def concurrencies(context: Context, model: str, slots: str) -> None:
    capabilities.have_concurrencies(context.world, model, [int(one) for one in slots.split(", ")])


@then('the capabilities come to name the model "{model}"')
def come_to_name(context: Context, model: str) -> None:
    capabilities.come_to_name(context.world, model)


@then('no entry names the model "{model}"')
def name_nowhere(context: Context, model: str) -> None:
    capabilities.name_nowhere(context.world, model)


@then("every entry has")
def every_entry_has(context: Context) -> None:
    capabilities.every_entry_has(context.world, context.table)


@then("every workload of an entry is one of the contract")
def workloads_are_known(context: Context) -> None:
    capabilities.workloads_are_known(context.world)


@then("every entry has an {field:w}")
def every_entry_has_field(context: Context, field: str) -> None:
    capabilities.every_entry_has_field(context.world, field)


@then("they list the profiles, {profile:w} among them")
def list_profiles(context: Context, profile: str) -> None:
    capabilities.list_profiles(context.world, profile)


@then("they name every model of the configuration")
def name_every_model(context: Context) -> None:
    capabilities.name_every_model(context.world)


@then("every model of the configuration is in one entry")
def models_in_one_entry(context: Context) -> None:
    capabilities.models_in_one_entry(context.world)


@then("the entry of every model of the configuration names its engine")
def entries_name_engines(context: Context) -> None:
    capabilities.entries_name_engines(context.world)


@then('the profile {profile:S} is listed exactly if the task "{name}" was refused')
def listed_if_refused(context: Context, profile: str, name: str) -> None:
    capabilities.listed_exactly_if_refused(context.world, profile, name)


@then("the profile {profile:S} is listed exactly if a POST of {path:S} asks for a key")
def listed_if_served(context: Context, profile: str, path: str) -> None:
    capabilities.listed_exactly_if_served(context.world, profile, path)


@when("a task is sent to each kind of engine that the server drives")
def send_to_each(context: Context) -> None:
    choosing.send_to_each(context.world)


@then("each of these tasks is accepted")
def each_accepted(context: Context) -> None:
    choosing.each_accepted(context.world)


@then("the start of each of these tasks names the engine that it asked for")
def each_start_names_engine(context: Context) -> None:
    choosing.each_start_names_engine(context.world)


@then("they tell the entries in the same order")
def same_order(context: Context) -> None:
    capabilities.same_order(context.world)


@then("their `{field}` is the version of the OpenAPI document")
def version_is_the_contracts(context: Context, field: str) -> None:
    capabilities.version_is_the_contracts(context.world, field)


@then("GET {path:S} is answered with {status:d}")
def answered_with(context: Context, path: str, status: int) -> None:
    capabilities.answered_with(context.world, path, status)
