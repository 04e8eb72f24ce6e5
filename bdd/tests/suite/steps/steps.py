"""The steps of the features beside: each brings about one of the outcomes that a scenario can have."""

from orchqueue.kit import NotTestable
from orchqueue_bdd.sentences import Context, given, then, when


@given('the server "{name}"')
def use(context: Context, name: str) -> None:
    context.world.use(name)


@given("a server of its own")
def own(context: Context) -> None:
    context.world.memory["own"] = context.world.launch({}, {})


@then("its metrics can be read")
def own_metrics(context: Context) -> None:
    exchange = context.world.client(None, url=context.world.memory["own"].url).get("/metrics")
    assert exchange.status == 200


@when('"{path}" is read')
def read(context: Context, path: str) -> None:
    context.world.memory["answer"] = context.world.client().get(path)


@then("the answer is {status:d}")
def answered(context: Context, status: int) -> None:
    found = context.world.memory["answer"].status
    assert found == status, f"expected {status}, got {found}"


@when("the moon is full")
def moon(context: Context) -> None:
    raise NotTestable("the moon is not full")


@when("it would rather not")
def rather_not(context: Context) -> None:
    context.scenario.skip("not today")  # type: ignore[attr-defined]


@when('"{path}" is read {often}')
def read_often(context: Context, path: str, often: str) -> None:
    read(context, path)


@when('"/metrics" is {verb} twice')
def read_twice(context: Context, verb: str) -> None:
    read(context, "/metrics")


@when("a step breaks")
def breaks(context: Context) -> None:
    raise RuntimeError("a step broke")


@when("something cannot be undone")
def untidy(context: Context) -> None:
    def undo() -> None:
        raise RuntimeError("it stays")

    context.world.at_end(undo)
