"""Sentences about what consumers rely on."""

from orchqueue_bdd import consumers
from orchqueue_bdd.sentences import Context, then, when


@when('the interaction "{interaction}" of the client is played')
def play(context: Context, interaction: str) -> None:
    consumers.play(context.world, interaction)


@then("it goes as the client relies on")
def keeps(context: Context) -> None:
    consumers.keeps(context.world)
