"""One task from its submission to its end, with what interrupts it."""

import asyncio
from contextlib import suppress

from orchqueue.client import AsyncClient, BusyError, ClientError, Loss, TaskStream, UnreachableError
from orchqueue.task import words
from orchqueue.task.course import Course
from orchqueue.task.interrupts import Interrupts
from orchqueue.task.view import View
from orchqueue_contract.events import StartedEvent, TokenEvent

_TICK_S = 1.0
_NO_ADVICE_S = 1.0


async def follow(client: AsyncClient, course: Course, view: View, *, wait: bool) -> None:
    """Submit the task and read it to its end; what happens goes to `course`, and to `view` as it happens.

    With `wait` a task that finds no room is sent again when the server advises it. Raises ClientError, at the
    second interrupt too.
    """
    interrupts = Interrupts()
    ticking = asyncio.create_task(_tick(view))
    try:
        with interrupts.handled():
            await _submit(client, course, view, interrupts, wait=wait)
            if course.admission is not None:
                await _read(client, course, view, interrupts)
                await _settle(client, course)
    except asyncio.CancelledError:
        if not interrupts.left:
            raise
        raise UnreachableError("left before the task had ended; it may run on") from None
    finally:
        ticking.cancel()
        view.rest()


async def _tick(view: View) -> None:
    while True:
        await asyncio.sleep(_TICK_S)
        view.tick()


async def _submit(
    client: AsyncClient, course: Course, view: View, interrupts: Interrupts, *, wait: bool
) -> None:
    """Send the task until it is accepted, or interrupted while it waits to be sent again. OC-CLIENT-8513."""
    view.wait("sending", "the task")
    while course.admission is None and not course.interrupted:
        course.send()
        try:
            admission = await client.submit(course.request)
        except BusyError as error:
            if not wait:
                raise
            delay_s = _NO_ADVICE_S if error.retry_after_s is None else error.retry_after_s
            view.note(*words.busy(error, delay_s))
            view.wait("waiting", "to send it again")
            course.interrupted = await interrupts.within(delay_s)
        else:
            course.admitted(admission)
            for note in words.accepted(admission, course.request.session_id):
                view.note(*note)
            view.wait("waiting", "for its start")


async def _read(client: AsyncClient, course: Course, view: View, interrupts: Interrupts) -> None:
    """Read the stream to its end; an interrupt cancels the task meanwhile."""

    def lost(loss: Loss) -> None:
        view.note(*words.lost(loss))

    try:
        async with (
            client.stream(course.request.task_id, on_loss=lost) as stream,
            asyncio.TaskGroup() as group,
        ):
            canceling = group.create_task(_cancel(client, course, view, interrupts))
            await _show(stream, course, view, interrupts)
            # The end may be here before the answer to the cancel that brought it about.
            if not interrupts.came:
                canceling.cancel()
    except* ClientError as errors:
        raise errors.exceptions[0] from None


async def _show(stream: TaskStream, course: Course, view: View, interrupts: Interrupts) -> None:
    async for event in stream:
        course.take(event.data)
        match event.data:
            case StartedEvent():
                view.note(*words.started(event.data, course.elapsed_ms))
            case TokenEvent():
                try:
                    view.token(event.data.t)
                except BrokenPipeError:
                    view.mute()
                    view.note("closed", "nobody reads standard output any more")
                    interrupts.raise_one()


async def _cancel(client: AsyncClient, course: Course, view: View, interrupts: Interrupts) -> None:
    """Cancel the task once there is an interrupt. OC-CLIENT-8512."""
    await interrupts.wait()
    course.interrupted = True
    view.note("cancel", "sent; interrupt once more to leave at once")
    course.cancel = await client.cancel(course.request.task_id)


async def _settle(client: AsyncClient, course: Course) -> None:
    """Ask what the session has left; where that is not to be had, what was last told of it stands."""
    if course.budgets is not None:
        with suppress(ClientError):
            course.settled(await client.session(course.request.session_id))
