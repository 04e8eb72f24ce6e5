"""An address that answers every request with a redirect: whoever asks there is sent somewhere else."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from orchqueue.kit import NotTestable

STATUS = 307  # the method and the body go along


class Redirecting:
    """Takes an address and sends everyone on to another, until `close`.

    Raises NotTestable when it cannot be had.
    """

    def __init__(self, host: str, port: int, to: str) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def _send_on(self) -> None:
                asked.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(STATUS)
                self.send_header("Location", to + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = _send_on  # noqa: N815 - the names that the library looks for

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the library
                """Say nothing."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as error:
            raise NotTestable(f"the address {host}:{port} cannot be taken: {error}") from error
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def close(self) -> None:
        """Give the address back."""
        self._server.shutdown()
        self._server.server_close()
