"""Sentences about GPUs, and about configurations that claim them."""

from orchqueue_bdd import gpus
from orchqueue_bdd.sentences import Context, given, when


@when('the GPU "{name}" {what}')
def change(context: Context, name: str, what: str) -> None:
    gpus.change(context.world, name, what)


@given("a configuration for a machine with GPUs of {sizes} GB")
def prepare_on(context: Context, sizes: str) -> None:
    gpus.prepare_on(context.world, sizes)
