"""Which server, and which pool of it, a scenario is about."""

from orchqueue_bdd import holding
from orchqueue_bdd.sentences import Context, given


@given('the server "{name}"')
def use_server(context: Context, name: str) -> None:
    context.world.use(name)


@given('that tasks go to the pool "{pool}"')
def use_pool(context: Context, pool: str) -> None:
    holding.choose(context.world, pool)
