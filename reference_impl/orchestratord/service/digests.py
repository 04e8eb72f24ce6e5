"""The digests of models' files, reckoned once for each file as it is, by threads of their own.

Reading a file is the workers' module's.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from orchestratord.service.threads import Threads
from orchestratord.workers import FileIdentity, ModelFileError, identify, sha256_of

KEPT = 256

Identify = Callable[[str], FileIdentity]
Digest = Callable[[str, Callable[[], bool]], str]


class ModelDigests:
    """A file that was not changed, by inode, size and time, is not read again; several who ask for one wait
    together.
    """

    def __init__(
        self, threads: Threads | None = None, identify_: Identify = identify, digest: Digest = sha256_of
    ) -> None:
        self._threads = threads or Threads("model-digests")
        self._identify = identify_
        self._digest = digest
        self._known: OrderedDict[FileIdentity, str] = OrderedDict()
        self._reckoned: dict[FileIdentity, asyncio.Task[str]] = {}
        self._closed = False

    async def identity(self, path: str) -> FileIdentity:
        """The file as it is now. Raises ModelFileError."""
        return await self._threads.run(lambda: self._identify(path))

    async def of(self, path: str, identity: FileIdentity) -> str | None:
        """The digest of the file that is known by that identity; None of a folder.

        Raises ModelFileError, also when the file is another one by now.
        """
        if identity.folder:
            return None
        if identity in self._known:
            self._known.move_to_end(identity)
            return self._known[identity]
        task = self._reckoned.get(identity)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._reckon(path, identity))
            self._reckoned[identity] = task
            task.add_done_callback(lambda done: self._done(identity, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Reckon nothing any more."""
        self._closed = True
        for task in self._reckoned.values():
            task.cancel()
        await asyncio.gather(*self._reckoned.values(), return_exceptions=True)
        await self._threads.settled()
        self._threads.close()

    async def _reckon(self, path: str, identity: FileIdentity) -> str:
        digest = await self._threads.run(lambda: self._digest(path, lambda: self._closed))
        if await self.identity(path) != identity:
            raise ModelFileError(path, "was changed while it was read")
        self._known[identity] = digest
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return digest

    def _done(self, identity: FileIdentity, task: "asyncio.Task[str]") -> None:
        del self._reckoned[identity]
        if not task.cancelled():
            task.exception()  # whoever waits gets it; nobody may be left to
