"""A server of a few answers, to run the features' machinery against: /metrics, and the claims it is told."""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = '# HELP pool_ready help\n# TYPE pool_ready gauge\npool_ready{pool_id="default"} 1\n'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--claims", default='{"profiles": ["core"], "api_version": "1.0.0"}')
    parser.add_argument("--page", default=PAGE)
    parser.add_argument("--claims-status", type=int, default=200)
    parser.add_argument("--claims-media", default="application/json")
    options = parser.parse_args()
    address = json.loads(options.config.read_text())["server"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self.answer(200, "text/plain; version=0.0.4", options.page)
            elif self.path == "/v1/capabilities":
                self.answer(options.claims_status, options.claims_media, options.claims)
            else:
                self.answer(404, "text/html", "<script>alert(1)</script>")

        def answer(self, status: int, media: str, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            print(json.dumps({"event": format % args}), flush=True)

    ThreadingHTTPServer((address.get("host", "127.0.0.1"), address["port"]), Handler).serve_forever()


if __name__ == "__main__":
    main()
