"""Changing JSON by paths such as `choices.0.finish_reason`: a name in an object, a number in a list. Pure."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any


def changed(data: Any, values: Mapping[str, Any]) -> Any:
    """Return the data with other values at these paths; a path that leads nowhere changes nothing."""
    if not values:
        return data
    data = copy.deepcopy(data)
    for path, value in values.items():
        place = _place(data, path)
        if place is not None:
            holder, key = place
            holder[key] = value
    return data


def without(data: Any, paths: Iterable[str]) -> Any:
    """Return the data without what stands at these paths."""
    paths = tuple(paths)
    if not paths:
        return data
    data = copy.deepcopy(data)
    for path in paths:
        place = _place(data, path)
        if place is not None and isinstance(place[0], dict):
            place[0].pop(place[1], None)
    return data


def _place(data: Any, path: str) -> tuple[Any, Any] | None:
    """Return the object or list that the last part of the path is in, and its key there; None: not there."""
    *parents, last = path.split(".")
    for name in parents:
        data = _inside(data, name)
    if isinstance(data, dict):
        return data, last
    if isinstance(data, list) and last.isdigit() and int(last) < len(data):
        return data, int(last)
    return None


def _inside(data: Any, name: str) -> Any:
    if isinstance(data, dict):
        return data.get(name)
    if isinstance(data, list) and name.isdigit() and int(name) < len(data):
        return data[int(name)]
    return None
