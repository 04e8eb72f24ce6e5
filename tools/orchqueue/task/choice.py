"""Which engine and model a task is for, where its sender does not say: what the server tells that it has."""

from orchqueue.client import AsyncClient, RefusedError

_ENGINE, _MODEL = "llamacpp", "default"


async def choose(client: AsyncClient, engine: str | None, model: str | None) -> tuple[str, str]:
    """Return engine and model, the first of the server's that fit what was given.

    A key without the control scope may not ask; then the task itself has to show whether the server takes it.
    Raises ClientError.
    """
    if engine is not None and model is not None:
        return engine, model
    try:
        served = (await client.capabilities()).engines
    except RefusedError:
        served = []
    for each in served:
        fits = engine in {None, each.engine} and (model is None or not each.models or model in each.models)
        if fits and "completion" in each.supported_workloads:
            return each.engine, model or next(iter(each.models), _MODEL)
    return engine or _ENGINE, model or _MODEL
