"""Takes changes of the configuration up while the server runs: reads it when it is told to, finds what has
changed, and takes all of it or no more than keys, tenants and policies.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from orchestratord.core.errors import ConfigurationError
from orchestratord.flow.changes import changes
from orchestratord.flow.journal import correlation_of
from orchestratord.flow.pid_file import PidFile
from orchestratord.logs import Log
from orchestratord.settings import Settings

Reread: TypeAlias = Callable[[], Settings]


class Renewable(Protocol):
    """What takes new settings."""

    def obstacles(self, settings: Settings) -> list[str]:
        """What stands in the way at the moment."""
        ...

    def renew_keys(self, settings: Settings) -> None:
        """Know the keys, tenants and policies of the settings from now on, and no others."""
        ...

    def kept(self, problems: list[str]) -> None:
        """There is nothing that could be taken."""
        ...

    def renew(self, settings: Settings) -> None:
        """Go by all of the settings from now on."""
        ...


class Renewing:
    """Reads the configuration again after each signal; signals that come meanwhile are one more.

    `settings` are those in force, `config` their file, and `pid_file` is told what was read.
    """

    def __init__(
        self,
        settings: Settings,
        subject: Renewable,
        *,
        reread: Reread,
        log: Log,
        config: Path | None,
        pid_file: PidFile | None,
    ) -> None:
        self._document = settings.document
        self._made_up_key = settings.shown_key is not None
        self._subject = subject
        self._reread = reread
        self._log = log
        self._config = config
        self._pid_file = pid_file
        self._wanted = False
        self._task: asyncio.Task[None] | None = None
        self._digest = settings.digest

    async def begin(self) -> None:
        """Tell what the server was started with."""
        await self._tell(self._digest, [])

    def signalled(self) -> None:
        """The configuration shall be read again."""
        self._wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                await self._once()
        finally:
            self._task = None

    async def _once(self) -> None:
        correlation_id = None if self._config is None else correlation_of(self._config)
        try:
            settings = await asyncio.to_thread(self._read)
        except ConfigurationError as error:
            # OC-CTRL-2046
            self._log.line("error", "config.keys-kept", correlation_id, problems=error.problems)
            self._subject.kept(error.problems)
            await self._tell("", error.problems)
            return
        await self._tell(settings.digest, self._take(settings, correlation_id))

    def _read(self) -> Settings:
        """The configuration as it is now. Raises ConfigurationError."""
        settings = self._reread()
        if settings.shown_key is not None and not self._made_up_key:
            raise ConfigurationError(["/keys: there is no key any more"])
        return settings

    def _take(self, settings: Settings, correlation_id: str | None) -> list[str]:
        """Take what can be taken; answers what stood in the way of the rest."""
        # OC-CONFIG-6009
        found = changes(self._document, settings.document)
        paths = [change.path for change in found if change.needs_restart]
        obstacles = [] if paths else self._subject.obstacles(settings)
        self._made_up_key = self._made_up_key and settings.shown_key is not None
        if not paths and not obstacles:
            self._subject.renew(settings)
            self._document = settings.document
            taken = [change.path for change in found]
            self._log.line("info", "config.taken", correlation_id, paths=taken)
            return []
        self._subject.renew_keys(settings)
        known = {name: settings.document[name] for name in ("keys", "tenants", "policy")}
        self._document = {**self._document, **known}
        if paths:
            self._log.line("warning", "config.needs-restart", correlation_id, paths=paths)
        else:
            self._log.line("warning", "config.not-now", correlation_id, problems=obstacles)
        return [f"{path}: can only change at a start" for path in paths] or obstacles

    async def _tell(self, digest: str, problems: Sequence[str]) -> None:
        if self._pid_file is None or self._config is None:
            return
        told = f"sha256:{digest}" if digest else ""
        try:
            await asyncio.to_thread(self._pid_file.tell, self._config, told, problems)
        except OSError as error:
            self._log.line("error", "config.state-untold", reason=str(error.strerror))
