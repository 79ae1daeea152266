"""The engine of every double over HTTP: a small server that does as the vendor does, or wrong when told to.

A double is a subclass of `Double` in a module that ends with `main(ItsClass)`, so that
`python -m retinue.testing.doubles.NAME --port 0` runs it; it prints one line of JSON with its `port`.

Beside the vendor's own paths each double has

| path | what it does |
| --- | --- |
| `POST /_control` | `{"fault": "throttled", "times": 2}` for the next calls; or keys of its own (`set`) |
| `DELETE /_control` | no faults any more |
| `GET /_effects` | `{"effects": [{"key", "at", "what"}], "calls": [...]}` |
| `DELETE /_effects` | forgets everything |
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import tempfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from retinue.testing.doubles.faults import DONE, Injection
from retinue.testing.doubles.messages import Call, Reply
from retinue.testing.doubles.witness import Witness, read_calls, read_effects

__all__ = ["Call", "Double", "Reply", "main", "serve"]


class Double:
    """What a vendor does. Subclasses say how it answers; faults and the witness are done here.

    `answer` runs for one call at a time, in one transaction of the witness. Whatever it does for real it
    tells by `self.witness.effect(key, what)`.
    """

    def __init__(self, witness: Witness, options: Mapping[str, str]) -> None:
        self.witness = witness
        self.options = dict(options)

    def answer(self, call: Call) -> Reply:
        """Do what is asked, and answer as the vendor would."""
        raise NotImplementedError

    def key(self, call: Call) -> str | None:
        """The key that a call carries, wherever the vendor's calls carry it."""
        raise NotImplementedError

    def acts(self, call: Call) -> bool:
        """Whether a call would do something; only such calls get the injected faults."""
        return call.method == "POST"

    def refusal(self, injection: Injection, call: Call) -> Reply | None:
        """The answer to a call that is not done; None when the vendor never fails in this way.

        Override it for the vendor's own bodies. `invalid` must repeat what was sent, as vendors do.
        """
        told = {"message": "not done", "sent": call.body.decode("utf-8", "replace")}
        statuses = {"throttled": 429, "throttled_wait": 429, "error_before": 500, "unauthorised": 401}
        if injection.fault in statuses:
            return Reply(statuses[injection.fault], told)
        return Reply(400, told) if injection.fault == "invalid" else None

    def wait(self, seconds: float) -> dict[str, str]:
        """The headers by which the vendor asks to wait."""
        return {"Retry-After": f"{seconds:g}"}

    def usual(self) -> Injection | None:
        """The fault of every call for which none was injected."""
        return None

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take other keys of `/_control`. ValueError when there is no such."""
        raise ValueError(f"nothing here is set by {', '.join(sorted(changes))}")

    def replay(self, key: str) -> Reply | None:
        """What was answered under a key before."""
        found = self.witness.answered(key)
        return None if found is None else Reply(**found)

    def remember(self, key: str, reply: Reply) -> Reply:
        """Keep an answer (of JSON values) under a key, and return it."""
        self.witness.remember(
            key, {"status": reply.status, "body": reply.body, "headers": dict(reply.headers)}
        )
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int, double: Double, file: Path) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.double = double
        self.file = file
        self.injections: list[Injection] = []
        self.guard = threading.Lock()

    def next_injection(self, call: Call) -> Injection | None:
        """The fault for a call, used up by it."""
        with self.guard:
            if not self.double.acts(call):
                return None
            if not self.injections:
                return self.double.usual()
            first = self.injections[0]
            if first.times > 0:
                first.times -= 1
                if first.times == 0:
                    self.injections.pop(0)
            return first

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that goes away is no error; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        length = int(self.headers.get("content-length") or 0)
        call = Call(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
            f"http://{self.headers.get('host', '')}",
        )
        if call.path in ("/_control", "/_effects"):
            self._send(self._controlled(call))
        else:
            self._vendor(call)

    def _vendor(self, call: Call) -> None:
        double, injection = self.server.double, self.server.next_injection(call)
        fault = injection.fault if injection else None
        reply: Reply | None = None
        with double.witness.unit():
            if injection is None or fault in DONE:
                reply = double.answer(call)
            elif fault != "dropped_before":
                reply = double.refusal(injection, call)
                if reply is None:
                    reply, fault = double.answer(call), None
            if fault == "error_after":
                before = Injection("error_before")
                reply = double.refusal(before, call)
            silent = fault in ("dropped_before", "lost_answer", "half_answer")
            status = None if silent or reply is None else reply.status
            double.witness.call(call.method, call.path, double.key(call), fault, status)
        if fault == "slow" and injection and self._gone(injection.seconds):
            self.close_connection = True
        elif fault in ("dropped_before", "lost_answer") or reply is None:
            self._hang_up()
        elif fault == "half_answer":
            self._send(Reply(reply.status, reply.content() or b"{}", reply.headers), half=True)
            self._hang_up()
        elif fault == "garbage":
            self._send(Reply(reply.status, b'{"id": \xff\x00<html>'))
        elif fault == "throttled_wait" and injection:
            asked = self.server.double.wait(injection.retry_after)
            self._send(Reply(reply.status, reply.body, {**reply.headers, **asked}))
        else:
            self._send(reply)

    def _controlled(self, call: Call) -> Reply:
        server, double = self.server, self.server.double
        if call.path == "/_effects":
            if call.method == "DELETE":
                with double.witness.unit():
                    double.witness.clear()
                return Reply(200, {})
            return Reply(200, {"effects": read_effects(server.file), "calls": read_calls(server.file)})
        if call.method == "DELETE":
            with server.guard:
                server.injections.clear()
            return Reply(200, {})
        try:
            asked = call.json()
            if "fault" in asked:
                made = Injection.read(asked)
                with server.guard:
                    server.injections.append(made)
            else:
                double.set(asked)
        except (ValueError, TypeError) as error:
            return Reply(400, {"error": str(error)})
        return Reply(200, {})

    def _send(self, reply: Reply, *, half: bool = False) -> None:
        content = reply.content()
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json", **reply.headers, "Content-Length": str(len(content))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)
        self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _gone(self, seconds: float) -> bool:
        """Wait; True when the caller has gone away meanwhile."""
        self.connection.settimeout(seconds)
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return False
        finally:
            self.connection.settimeout(None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the standard library
        """Nothing: the witness has it."""


def serve(kind: type[Double], port: int, file: Path, options: Mapping[str, str]) -> _Server:
    """The server, bound and ready to `serve_forever`."""
    return _Server(port, kind(Witness(file), options), file)


def main(kind: type[Double]) -> None:
    """Run a double until it is ended, or until stdin closes when told so."""
    parser = argparse.ArgumentParser(description=kind.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--witness", type=Path, help="SQLite file of what happened; a temporary one else")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="an option of its own"
    )
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end with the process that started it"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.witness or Path(folder) / "witness.sqlite"
        server = serve(kind, given.port, file, dict(pair.split("=", 1) for pair in given.set))
        port = server.server_address[1]
        sys.stdout.write(json.dumps({"port": port, "witness": str(file)}) + "\n")
        sys.stdout.flush()
        if given.until_stdin_closes:
            threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            pass
        finally:
            server.server_close()


def _end_with_stdin(server: _Server) -> None:
    sys.stdin.buffer.read()
    server.shutdown()
