"""What lines about budgets demand: what a task holds, what it has used, and where that is shown.

What a task has used is reckoned from what its engine counted and from its stream.
"""

import re
from decimal import ROUND_CEILING, Decimal
from typing import Any

from orchqueue.kit import Exchange, NotTestable
from orchqueue_bdd import answers, holding, sessions, streams, tasks
from orchqueue_bdd.tasks import TASKS, Task
from orchqueue_bdd.world import World

HEADERS = {
    "tokens": "X-Budget-Tokens-Remaining",
    "time_ms": "X-Budget-Time-Remaining-Ms",
    "cost": "X-Budget-Cost-Remaining",
}
MEMBERS = {
    "tokens": "tokens_budget_remaining",
    "time_ms": "time_budget_remaining_ms",
    "cost": "cost_budget_remaining",
}
MILLIONTH = Decimal("0.000001")

_AMOUNT = re.compile(r"unlimited|[0-9]+(\.[0-9]{1,6})?")

Left = dict[str, Decimal | None]


def submit(world: World, name: str, tokens_in: int, tokens_out: int, **fields: Any) -> Task:
    """Submit a task with a prompt of so many tokens that may have so many more."""
    prompt = sessions.exact_prompt(tokens_in)
    return holding.submit(world, name, prompt=prompt, max_tokens=tokens_out, **fields)


def names_budgets(world: World, names: str) -> None:
    """Demand that the details of a refusal name just these budgets."""
    details = answers.envelope(world.memory["answer"]).get("details")
    told = sorted(str(one.get("name")) for one in details) if isinstance(details, list) else details
    assert told == sorted(names.split(" and ")), f"the details name {told}"


def is_told(world: World, name: str, tokens: str, time_ms: str, cost: str) -> None:
    """Demand the budget headers of a task's 202."""
    _are_left(_of_headers(tasks.named(world, name).answer), _of_texts(tokens, time_ms, cost))


def repetition_is_told(world: World, tokens: str, time_ms: str, cost: str) -> None:
    """Demand the budget headers of the last answer."""
    answer: Exchange = world.memory["answer"]
    answers.has_status(answer, 202)
    _are_left(_of_headers(answer), _of_texts(tokens, time_ms, cost))


def has_left(world: World, name: str, tokens: str, time_ms: str, cost: str) -> None:
    """Demand what a session has left."""
    _are_left(_of_state(world, name), _of_texts(tokens, time_ms, cost))


def stream_is_told(world: World, name: str, tokens: str, time_ms: str, cost: str) -> None:
    """Demand the budget headers of a task's stream that is opened now."""
    _are_left(_of_headers(_open(world, name)), _of_texts(tokens, time_ms, cost))


def stream_agrees(world: World, name: str, session: str) -> None:
    """Demand that a task's stream that is opened now tells what its session does."""
    _are_left(_of_headers(_open(world, name)), _of_state(world, session))


def remember(world: World, name: str) -> None:
    """Remember what a session has left."""
    world.memory["left"] = _of_state(world, name)


def stream_tells_remembered(world: World, name: str) -> None:
    """Demand that a task's stream that is opened now tells what was left then."""
    _are_left(_of_headers(_open(world, name)), world.memory["left"])


def metrics_tell(world: World, name: str, tokens: str, time_ms: str, cost: str) -> None:
    """Demand what the metrics events of a task tell of its session as long as it runs."""
    event = tasks.event(world, name, "metrics")
    told: Left = {budget: _amount(event.data, member) for budget, member in MEMBERS.items()}
    _are_left(told, _of_texts(tokens, time_ms, cost))


def settles(world: World, session: str, name: str) -> None:
    """Demand that of a session's tokens and time just what one task has used is gone."""
    bounds = _bounds(world)
    tokens, used_ms = used_tokens(world, name), _used_ms(world, name)
    told = _of_state(world, session)
    assert told["tokens"] == bounds["tokens"] - tokens, (
        f"{told['tokens']} of {bounds['tokens']} tokens are left, the task has used {tokens}"
    )
    if used_ms is not None:
        assert told["time_ms"] == bounds["time_ms"] - used_ms, (
            f"{told['time_ms']} of {bounds['time_ms']} ms are left, the task has used {used_ms}"
        )


def costs(world: World, session: str, name: str) -> None:
    """Demand that of a session's cost just what one task has cost is gone, in whole millionths."""
    config = world.server.launched.config["sessions"]
    price, bound = Decimal(str(config["price_per_token"])), Decimal(str(config["budgets"]["cost"]))
    exact = used_tokens(world, name) * price
    cost = (exact / MILLIONTH).to_integral_value(ROUND_CEILING) * MILLIONTH
    told = _of_state(world, session)["cost"]
    assert told == bound - cost, f"{told} of {bound} is left, the task has cost {cost}"


def used_tokens(world: World, name: str) -> int:
    """Give the tokens that a task has used, by the engine's counts where it came to tell them."""
    events = tasks.events(world, name)
    count = sum(event.name == "token" for event in events)
    if not count:
        return 0
    end = events[-1].data
    told = end.get("tokens_out")
    by_engine = end.get("finish_reason") in {"stop", "length"}
    prompt = _prompt_tokens(world, name) if by_engine else sessions.PROMPT_TOKENS
    return prompt + (told if isinstance(told, int) else count)


def _used_ms(world: World, name: str) -> int | None:
    """The time that a task has used; None where its stream does not tell it."""
    told = tasks.terminal(world, name).data.get("decode_ms")
    return told if isinstance(told, int) else None


def _prompt_tokens(world: World, name: str) -> int:
    for request in holding.reached(world, tasks.named(world, name)):
        if request.ask is not None and request.workload == "completion":
            return request.ask.prompt_tokens
    raise NotTestable(f'the engine was not asked for "{name}"')


def _open(world: World, name: str) -> Exchange:
    stream = world.stream(f"{TASKS}/{tasks.named(world, name).id}/stream")
    streams.is_event_stream(stream)
    return stream.exchange


def _of_headers(answer: Exchange) -> Left:
    told: Left = {}
    for budget, header in HEADERS.items():
        values = answer.header_values(header)
        assert len(values) == 1, f"there are {len(values)} of {header} under {answer.status}"
        assert _AMOUNT.fullmatch(values[0]), f"{header} is {values[0]!r}"
        told[budget] = None if values[0] == "unlimited" else Decimal(values[0])
    return told


def _of_state(world: World, name: str) -> Left:
    told = sessions.state(world, name)
    return {budget: _amount(told, member) for budget, member in MEMBERS.items()}


def _amount(told: dict[str, Any], member: str) -> Decimal | None:
    assert member in told, f"{member} is missing in {sorted(told)}"
    value = told[member]
    assert value is None or type(value) in {int, float}, f"{member} is {value!r}"
    return None if value is None else Decimal(str(value))


def _of_texts(*texts: str) -> Left:
    amounts = (None if text == "unlimited" else Decimal(text) for text in texts)
    return dict(zip(HEADERS, amounts, strict=True))


def _are_left(told: Left, wanted: Left) -> None:
    assert told == wanted, f"{_shown(told)} are left, not {_shown(wanted)}"


def _shown(left: Left) -> str:
    return ", ".join(f"{budget} {amount}" for budget, amount in left.items())


def _bounds(world: World) -> dict[str, int]:
    budgets = world.server.launched.config["sessions"]["budgets"]
    if budgets["tokens"] is None or budgets["time_ms"] is None:
        raise NotTestable("this server bounds neither tokens nor time")
    return {"tokens": budgets["tokens"], "time_ms": budgets["time_ms"]}
