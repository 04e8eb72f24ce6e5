"""A small server for the proxy to stand in front of: `small_server.py CONFIG`."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

GO = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        match self.path:
            case "/metrics":
                self.answer(b"", "text/plain")
            case "/json":
                self.answer(b'{"a": 1, "b": [{"c": "x"}]}', "application/json")
            case "/odd":
                self.wfile.write(
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                    b"X-Odd:   kept  \r\nConnection: close\r\n"
                    b"\r\n"
                    b"5\r\nhello\r\n0\r\n\r\n"
                )
                self.close_connection = True
            case "/stream":
                self.stream()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/go":
            GO.set()
        self.answer(json.dumps(json.loads(body)).encode(), "application/json")

    def answer(self, body: bytes, media: str) -> None:
        self.send_response(200)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.chunk(b'id: 0\nevent: token\ndata: {"t":"one","i":0}\n\n')
        GO.wait(10)
        self.chunk(b"id: 1\nevent: end\ndata: {}\n\n")
        self.chunk(b"")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    config = json.loads(Path(sys.argv[1]).read_text())["server"]
    ThreadingHTTPServer(("127.0.0.1", config["port"]), Handler).serve_forever()
