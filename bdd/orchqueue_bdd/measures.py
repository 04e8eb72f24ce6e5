"""What the lines about metrics demand: how series move, where gauges stand, what a scrape holds."""

import time

from orchqueue.kit import Exchange
from orchqueue.kit.engine.text import prompt_tokens
from orchqueue_bdd import behaviours, capabilities, series, tasks
from orchqueue_bdd.sentences import Table
from orchqueue_bdd.series import Reading
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World
from orchqueue_contract.metrics import SERIES

# A counter that moves once too often may do so a moment after it was right.
AFTERMATH_S = 0.03
# Starting a program takes its time on a machine that has other things to do.

Wanted = dict[tuple[str, str], float]


def have_grown(world: World, table: Table | None) -> None:
    """Demand by how much series have moved since counting began; a moment is given them to do so."""
    wanted = _rows(table, "by")
    _come_to(world, wanted, series.counted_from(world))


def come_to_stand(world: World, table: Table | None) -> None:
    """Demand where gauges stand together, now or in a moment."""
    _stand(world, _rows(table, "at"))


def has_grown(world: World, name: str, labels: str, count: float) -> None:
    """Demand by how much one series has moved since counting began."""
    _come_to(world, {(name, labels): count}, series.counted_from(world))


def has_grown_at_least(world: World, name: str, least: float) -> None:
    """Demand that a series has moved by so much or more since counting began."""
    seen = eventually(lambda: series.moved(world, name), lambda moved: moved >= least)
    assert seen >= least, f"{name} has grown by {seen:g}, not by {least:g} or more"


def stands_at(world: World, name: str, labels: str, value: float) -> None:
    """Demand where one gauge stands, now or in a moment."""
    _stand(world, {(name, labels): value})


def stands_above(world: World, name: str, labels: str, least: float) -> None:
    """Demand that one gauge stands above a value, now or in a moment."""
    key, _, value = labels.partition("=")
    seen = eventually(lambda: series.now(world).total(name, **{key: value}), lambda told: told > least)
    assert seen > least, f"{name} of {labels} stands at {seen:g}, not above {least:g}"


def counts(world: World, name: str, pool: str, reason: str, other: str) -> None:
    """Demand that a counter of a pool has counted for one reason, and never for another."""
    seen = eventually(
        lambda: series.now(world), lambda told: told.total(name, pool_id=pool, reason=reason) > 0
    )
    one, two = (seen.total(name, pool_id=pool, reason=each) for each in (reason, other))
    assert one > 0, f"{name} of {pool} has counted no {reason}"
    assert two == 0, f"{name} of {pool} has counted {two:g} {other}"


def tokens_agree(world: World, engine: str) -> None:
    """Demand that the tokens counted are those that the engine had of the scenario's tasks."""
    own = world.engine(engine)
    done = [(task, behaviours.asked(own, task)[-1]) for task in tasks.every(world)]
    evaluated = sum(1 + len(prompt_tokens(task.prompt)) for task, _ in done)
    decoded = sum(request.tokens_sent for _, request in done)
    wanted: Wanted = {("tokens_in_total", ""): evaluated, ("tokens_out_total", ""): decoded}
    _come_to(world, wanted, series.counted_from(world))


def read_metrics(world: World, accept: str | None = None, times: int = 1) -> None:
    """Read /metrics, so many times one after the other."""
    headers = {} if accept is None else {"Accept": accept}
    client = world.client(None)
    world.memory["metrics"] = [client.get("/metrics", headers=headers) for _ in range(times)]


def told_as(world: World, status: int, media: str) -> None:
    """Demand status and media type of the metrics that were read."""
    answer = _last(world)
    kind = answer.header("content-type") or ""
    assert answer.status == status, f"/metrics was answered {answer.status}"
    own, wanted = _parts(kind), _parts(media)
    assert own >= wanted, f"/metrics is {kind!r}, not {media}"


def hold_families(world: World) -> None:
    """Demand that each family of the claimed profiles is announced in the metrics that were read."""
    claimed = capabilities.profiles(world) | {"core"}
    wanted = {name for name, spec in SERIES.items() if spec.profile in claimed}
    missing = sorted(wanted - series.read(_last(world).text).families)
    assert not missing, f"/metrics does not announce {', '.join(missing)}"


def end_as_openmetrics(world: World) -> None:
    """Demand the end of an OpenMetrics exposition."""
    text = _last(world).text
    assert text.endswith("# EOF\n"), f"the exposition ends in {text[-40:]!r}"


def all_alike(world: World) -> None:
    """Demand that all readings hold the same samples."""
    readings = [{(s.name, *sorted(s.labels.items())): s.value for s in _samples(a)} for a in _answers(world)]
    for later in readings[1:]:
        first = readings[0]
        moved = sorted(str(key) for key in first.keys() | later.keys() if first.get(key) != later.get(key))
        assert not moved, f"a scrape has changed {', '.join(moved)}"


def rest(world: World) -> None:
    """Wait until nothing waits or runs. Raises NotTestable when that does not come."""
    series.require(world, lambda seen: seen.total("queue_depth") + seen.total("active_leases") == 0)


def queue_depth_told(world: World, name: str, which: int, depth: int) -> None:
    """Demand the queue depth that one of a task's metrics events tells."""
    told = _told(world, name)[which].get("queue_depth")
    assert told == depth, f'the metrics of "{name}" tell a queue depth of {told}, not {depth}'


def probability_told(world: World, name: str, least: float) -> None:
    """Demand that all metrics events of a task tell a probability of so much or more."""
    told = [data.get("on_time_probability", -1.0) for data in _told(world, name)]
    assert min(told) >= least, f'the metrics of "{name}" tell the probabilities {told}'


def _told(world: World, name: str) -> list[dict[str, float]]:
    found = [seen.data for seen in tasks.events(world, name) if seen.name == "metrics"]
    assert found, f'the stream of "{name}" has no metrics event'
    return found


def _rows(table: Table | None, column: str) -> Wanted:
    assert table is not None, "a table of series stands below this line"
    return {(row["series"], row["labels"]): float(row[column]) for row in table}


def _come_to(world: World, wanted: Wanted, start: Reading) -> None:
    """Demand that counters come to stand so far above where they were at `start`, and stay there."""
    seen = eventually(lambda: _values(world, wanted, start), lambda values: values == wanted)
    if seen == wanted:
        time.sleep(AFTERMATH_S)
        seen = _values(world, wanted, start)
    assert seen == wanted, f"since it was counted from: {_differences(seen, wanted)}"


def _stand(world: World, wanted: Wanted) -> None:
    """Demand that gauges stand there in one reading; what moves on at once may have moved on in the next."""
    nothing = Reading((), frozenset())
    seen = eventually(lambda: _values(world, wanted, nothing), lambda values: values == wanted)
    assert seen == wanted, _differences(seen, wanted)


def _values(world: World, wanted: Wanted, start: Reading) -> Wanted:
    now = series.now(world)
    return {key: _total(now, key) - _total(start, key) for key in wanted}


def _differences(seen: Wanted, wanted: Wanted) -> str:
    return "; ".join(
        f"{' '.join(key)} stands at {seen[key]:g}, not {count:g}"
        for key, count in wanted.items()
        if seen[key] != count
    )


def _total(reading: Reading, key: tuple[str, str]) -> float:
    name, text = key
    labels = dict(part.strip().split("=", 1) for part in text.split(",") if part.strip())
    return reading.total(name, **labels)


def _parts(media: str) -> set[str]:
    return {part.strip().lower() for part in media.split(";")}


def _answers(world: World) -> list[Exchange]:
    answers: list[Exchange] = world.memory["metrics"]
    return answers


def _last(world: World) -> Exchange:
    return _answers(world)[-1]


def _samples(answer: Exchange) -> tuple[series.Sample, ...]:
    return series.read(answer.text).samples
