"""Calls side by side, each in a process of its own: forks, so that nothing has to be handed to them."""

import itertools
import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TypeVar

from orchqueue.verify.errors import RunnerError

Item = TypeVar("Item")
Result = TypeVar("Result")

_FORK = get_context("fork")


def together(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Give the results of calls, which have to be picklable, in the order of the calls.

    Raises RunnerError when one of them raises; what it raised is on stderr. There must be no other thread.
    """
    begun = [_begin(call) for call in calls]
    results, failed = [], 0
    for process, told in begun:
        try:
            results.append(told.recv())
        except EOFError:
            failed += 1
        process.join()
        told.close()
    if failed:
        raise RunnerError(f"{failed} of {len(begun)} parts of the judgement failed: why is told above")
    return results


def parts(items: Sequence[Item], least: int) -> list[Sequence[Item]]:
    """Cut items into as many parts as there are cores, of at least so many items but for the only one."""
    count = max(1, min(len(os.sched_getaffinity(0)), len(items) // least))
    bounds = [len(items) * number // count for number in range(count + 1)]
    return [items[start:end] for start, end in itertools.pairwise(bounds)]


def _begin(call: Callable[[], Result]) -> tuple[BaseProcess, Connection]:
    told, tells = _FORK.Pipe(duplex=False)

    def run() -> None:
        told.close()
        tells.send(call())

    process = _FORK.Process(target=run)
    process.start()
    tells.close()
    return process, told
