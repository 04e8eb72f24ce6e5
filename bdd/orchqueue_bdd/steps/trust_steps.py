"""Which models are trusted: registered with one fault, checked again, and what came of it."""

from orchqueue_bdd import catalogs, untrusted
from orchqueue_bdd.sentences import Context, given, then, when

STRICT = {"mode": "strict"}


@when('the strict model "{name}" is registered')
def register(context: Context, name: str) -> None:
    catalogs.register(context.world, name, trust_policy=STRICT)


@given('the strict model "{name}"')
def require(context: Context, name: str) -> None:
    catalogs.require(context.world, name, trust_policy=STRICT)


@when('the strict model "{name}" comes {how}')
def register_wrong(context: Context, name: str, how: str) -> None:
    untrusted.register(context.world, name, how, trust_policy=STRICT)


@when('the model "{name}" comes {how}')
def register_unsure(context: Context, name: str, how: str) -> None:
    untrusted.register(context.world, name, how)


@when('the model "{name}" is registered with an SBOM of the other kind')
def register_with_spdx(context: Context, name: str) -> None:
    untrusted.register_with_spdx(context.world, name)


@then('the trust policy of the model "{name}" is told as {mode:w}')
def policy_is(context: Context, name: str, mode: str) -> None:
    untrusted.has_mode(context.world, name, mode)


@then('the signature of the model "{name}" is told as one of {algo:w}')
def signature_is(context: Context, name: str, algo: str) -> None:
    untrusted.has_signature_of(context.world, name, algo)


@when('the file of the model "{name}" is changed')
def change_file(context: Context, name: str) -> None:
    untrusted.change_file(context.world, name)


@when('the file of the model "{name}" is gone')
def remove_file(context: Context, name: str) -> None:
    untrusted.remove_file(context.world, name)


@when('the SBOM of the model "{name}" is gone')
def remove_sbom(context: Context, name: str) -> None:
    untrusted.remove_sbom(context.world, name)


@when('the model "{name}" is verified')
def verify(context: Context, name: str) -> None:
    untrusted.verify(context.world, name)


@then('the model "{name}" has passed')
def has_passed(context: Context, name: str) -> None:
    untrusted.has_result(context.world, name, "pass", [])


@then('the model "{name}" has the result {result:w} because of {reason:S}')
def has_result(context: Context, name: str, result: str, reason: str) -> None:
    untrusted.has_result(context.world, name, result, [reason])


@then('the log tells the result {result:w} of the model "{name}" because of {reason:S}')
def is_logged(context: Context, result: str, name: str, reason: str) -> None:
    untrusted.is_logged(context.world, name, result, [reason])
