"""The receiver of all that the demo sends: a web server on this machine that keeps each message once.

It takes orders as a mail system, a billing system and a team's chat would: at `/email`, `/billing` and
`/team`, signed by Standard Webhooks. What it took stands in one file per path, a line each, for whoever wants
to read what customers would have got.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from retinue.channels.base import BadCallback
from retinue.channels.standard_webhooks import signing_key, verify

__all__ = ["PATHS", "mailbox"]

PATHS = ("email", "billing", "team")
_LONGEST = 1 << 20


class _Mailbox(ThreadingHTTPServer):
    """Keeps what was taken. `folder`: where the files are; `key`: what orders are signed with."""

    daemon_threads = True

    def __init__(self, port: int, folder: Path, key: bytes) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.folder, self.key = folder, key
        self.lock = threading.Lock()
        self.seen = {name: _known(folder / f"{name}.jsonl") for name in PATHS}

    def take(self, name: str, message_id: str, body: bytes) -> bool:
        """Keep a message; False when it was taken before."""
        with self.lock:
            if message_id in self.seen[name]:
                return False
            line = json.dumps({"id": message_id, **json.loads(body)}, ensure_ascii=False)
            with (self.folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            self.seen[name].add(message_id)
            return True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Mailbox

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        body = self.rfile.read(int(length)) if length.isdigit() and int(length) <= _LONGEST else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        name = self.path.strip("/")
        if name not in PATHS:
            self._answer(404)
            return
        try:
            message_id = verify([self.server.key], headers, body, datetime.now(UTC))
            fresh = self.server.take(name, message_id, body)
        except (BadCallback, ValueError):
            self._answer(400)
            return
        self._answer(200, replayed=not fresh)

    def _answer(self, status: int, *, replayed: bool = False) -> None:
        self.send_response(status)
        if replayed:
            self.send_header("idempotent-replayed", "true")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing: the files tell what was taken."""


@contextmanager
def mailbox(folder: Path, secret: str, *, port: int = 0) -> Iterator[str]:
    """The receiver while the body runs; its address.

    folder: where it keeps what it takes. secret: as in `[channels.*] secrets`. port: 0 for any that is free.
    Raises OSError when the port is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = _Mailbox(port, folder, signing_key(secret))
    thread = threading.Thread(target=server.serve_forever, name="mailbox", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _known(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    with file.open(encoding="utf-8") as lines:
        return {str(json.loads(line)["id"]) for line in lines}
