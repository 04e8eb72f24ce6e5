"""Sentences about what consumers rely on."""

from orchqueue_bdd import consumers
from orchqueue_bdd.sentences import Context, then, when


@when('the interaction "{interaction}" of the {consumer:w} is played')
def play(context: Context, interaction: str, consumer: str) -> None:
    consumers.play(context.world, interaction, consumer)


@then("it goes as the {_consumer:w} relies on")
def keeps(context: Context, _consumer: str) -> None:
    consumers.keeps(context.world)
