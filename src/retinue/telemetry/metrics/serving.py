"""A small HTTP server for the metrics of a process that has none, such as a worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from retinue.telemetry.metrics.meter import Meter

__all__ = ["serving"]


@contextmanager
def serving(meter: Meter, *, host: str, port: int) -> Iterator[int]:
    """Show `GET /metrics` while the body runs; the port, which port 0 leaves to the system.

    It asks nobody who they are: listen on loopback, or where only Prometheus can reach it. Raises OSError
    when it cannot listen there.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            body, kind = meter.shown(self.headers.get("accept", ""))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Scrapes are not logged."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
