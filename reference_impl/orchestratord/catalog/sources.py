"""What lies in registries: read from folders and by HTTP, and from nowhere that no registry holds."""

import os
import stat
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from io import BufferedIOBase
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from orchestratord.core.catalog.registries import within
from orchestratord.core.errors import ServerError

SILENCE_S = 5.0
WHOLE_S = 60.0
_PIECE = 1024 * 1024


class SourceError(ServerError):
    """What a URL names cannot be had; the message says why."""


class _Redirects(HTTPRedirectHandler):
    """Follows redirects within the registries alone."""

    def __init__(self, registries: tuple[str, ...]) -> None:
        self._registries = registries

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        """The next request, if it stays where it may go."""
        if not within(newurl, self._registries):
            raise SourceError("it is redirected to where no registry is")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Source:
    """Reads what URLs name that lie in these registries. `unwanted` says that nobody waits any more."""

    def __init__(self, registries: tuple[str, ...], unwanted: Callable[[], bool] = lambda: False) -> None:
        self._registries = registries
        self._unwanted = unwanted
        self._opener = OpenerDirector()
        for handler in (
            HTTPHandler(),
            HTTPSHandler(),
            HTTPErrorProcessor(),
            HTTPDefaultErrorHandler(),
            _Redirects(registries),
        ):
            self._opener.add_handler(handler)

    def whole(self, url: str, most_bytes: int) -> bytes:
        """All of something short. Raises SourceError."""
        until_s = time.monotonic() + WHOLE_S
        content = bytearray()
        for piece in self.pieces(url):
            content += piece
            if len(content) > most_bytes:
                raise SourceError(f"it has more than {most_bytes} bytes")
            if time.monotonic() > until_s:
                raise SourceError(f"it took more than {WHOLE_S:.0f} s")
        return bytes(content)

    def pieces(self, url: str) -> Iterator[bytes]:
        """It piece by piece. Raises SourceError."""
        # ORCH-3063
        if not within(url, self._registries):
            raise SourceError("it lies in no allowed registry")
        try:
            with self._opened(url) as file:
                # Whatever has come: a slow source would otherwise not let a server stop.
                while piece := file.read1(_PIECE):
                    if self._unwanted():
                        raise SourceError("the server stops")
                    yield piece
        except urllib.error.HTTPError as error:
            error.close()
            raise SourceError(f"it is answered with {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
            raise SourceError(f"it cannot be read ({reason})") from None

    @contextmanager
    def _opened(self, url: str) -> Iterator[BufferedIOBase]:
        if urlsplit(url).scheme == "file":
            with os.fdopen(self._file(url), "rb") as file:
                yield file
            return
        with closing(self._opener.open(Request(url), timeout=SILENCE_S)) as answer:  # noqa: S310 - only where a registry is
            yield answer

    def _file(self, url: str) -> int:
        """A file, by no way that leads out of its registry. Raises OSError and SourceError."""
        path = Path(unquote(urlsplit(url).path)).resolve(strict=True)
        roots = [Path(unquote(urlsplit(one).path)).resolve() for one in self._registries if _is_file(one)]
        if not any(path.is_relative_to(root) for root in roots):
            raise SourceError("it leads out of its registry")
        # What is no file, a pipe say, could keep its reader for ever.
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            os.close(opened)
            raise SourceError("it is no file")
        return opened


def _is_file(url: str) -> bool:
    return urlsplit(url).scheme == "file"
