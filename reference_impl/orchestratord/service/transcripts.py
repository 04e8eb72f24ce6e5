"""The last thing of each task: its events are left as an artifact, and then its terminal event is shown.

What that event says is decided by the settlement. Where the store does not wait, neither does this.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from orchestratord.core.event_log import parsed
from orchestratord.logs import error_fields
from orchestratord.service.archive import Archive, Draft
from orchestratord.service.events import Last, close
from orchestratord.service.job import Job
from orchestratord.service.ledger import Ledger
from orchestratord.stores import FullError, StoreError

PATIENCE_S = 10.0

_decode = msgspec.json.Decoder().decode


class Transcripts:
    """Concludes tasks. `shown` is told of a task whose terminal event can be read."""

    def __init__(self, archive: Archive, ledger: Ledger, shown: Callable[[Job], None]) -> None:
        self._archive = archive
        self._ledger = ledger
        self._shown = shown
        self._landing: set[asyncio.Task[None]] = set()

    def conclude(self, job: Job, last: Last) -> None:
        """Let nothing follow in the task's events but the last one, and show that once the transcript is
        kept.

        The last one names the transcript of a task that had started; when it cannot be kept, it names none.
        """
        # OC-CTRL-2067
        if job.started_ms is None:
            self._show(job, last, None)
            return
        draft = _draft(job, last)
        if not self._archive.at_once(draft.size):
            job.log.seal()
            job.bell.ring()
            landing = asyncio.get_running_loop().create_task(self._land(job, last, draft))
            self._landing.add(landing)
            landing.add_done_callback(self._landing.discard)
            return
        transcript = None
        try:
            transcript = self._archive.keep_now(job.key.tenant, draft).id
            self._archive.expect_old()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the task has to end
            self._lost(job, error)
        finally:
            self._show(job, last, transcript)

    async def settled(self) -> None:
        """Until every terminal event is shown."""
        while self._landing:
            await asyncio.wait(self._landing)

    async def _land(self, job: Job, last: Last, draft: Draft) -> None:
        transcript = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                transcript = (await self._archive.keep(job.key.tenant, draft)).id
        except Exception as error:  # noqa: BLE001 - whatever goes wrong here, the task has to end
            self._lost(job, error)
        finally:
            self._show(job, last, transcript)

    def _show(self, job: Job, last: Last, transcript: str | None) -> None:
        close(job, last, transcript)
        job.bell.ring()
        self._shown(job)

    def _lost(self, job: Job, error: Exception) -> None:
        if isinstance(error, FullError):
            self._ledger.transcript_lost(job, "warning", reason=str(error))
        elif isinstance(error, StoreError):
            self._ledger.transcript_lost(job, "error", reason=str(error))
        elif isinstance(error, TimeoutError):
            reason = f"the store took longer than {PATIENCE_S:.0f} s"
            self._ledger.transcript_lost(job, "error", reason=reason)
        else:
            fields = error_fields((type(error), error, error.__traceback__))
            self._ledger.transcript_lost(job, "error", **fields)


def _draft(job: Job, last: Last) -> Draft:
    """The transcript of a task: the events that are kept, and the last one."""
    log = job.log
    frames, first, last_id = log.kept(), log.first_id, log.next_id
    ids = {"task_id": job.key.task_id, "job_id": job.job_id}
    return Draft("trace", lambda: _content(frames, first, last_id, last), log.size, metadata=ids)


def _content(frames: list[bytes], first: int, last_id: int, last: Last) -> dict[str, Any]:
    events = [
        {"id": frame.id, "event": frame.event, "data": _decode(frame.data)} for frame in map(parsed, frames)
    ]
    events.append({"id": last_id, "event": last.event, "data": last.data})
    # Events that the bound of the log has cost are counted: a transcript never looks more whole than it is.
    return {"events": events, "missing": first} if first else {"events": events}
