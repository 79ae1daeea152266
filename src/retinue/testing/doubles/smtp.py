"""A double of a mail server, over aiosmtpd. An effect's key is the mail's Message-ID.

Options: `security` (`none`, `starttls` or `tls`, with a certificate for 127.0.0.1 in `ca.pem` beside the
witness), `user` and `password`, `utf8` (`yes` or `no`).

| fault | what the mail server does |
| --- | --- |
| `throttled`, `throttled_wait` | 450 to the recipient |
| `error_before` | 451 to the content |
| `dropped_before` | closes the connection instead of asking for the content |
| `unauthorised` | 530 to the sender |
| `invalid` | 550 to the recipient, repeating the address |
| `lost_answer`, `half_answer`, `slow`, `garbage` | takes the mail, and answers so |
"""

from __future__ import annotations

import argparse
import asyncio
import email
import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from retinue.testing.doubles.certificates import certificate_for_this_machine
from retinue.testing.doubles.faults import DONE, Injection
from retinue.testing.doubles.server import Call, Double, Reply, serve

try:
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
except ImportError as error:  # pragma: no cover - only without the development tools
    raise SystemExit("The double of a mail server needs aiosmtpd: pip install aiosmtpd") from error

__all__ = ["PASSWORD", "USER", "MailHandler", "Smtp"]

USER = "retinue"
PASSWORD = "password-of-the-double"  # noqa: S105 - of a double
_UNSUPPORTED = ("error_after", "failure_in_ok")


class Smtp(Double):
    """The control endpoint of the mail server; its own calls come over SMTP."""

    def key(self, call: Call) -> str | None:
        """Nothing comes this way."""
        return None

    def acts(self, call: Call) -> bool:
        """Nothing comes this way."""
        return False

    def answer(self, call: Call) -> Reply:
        """Nothing comes this way."""
        return Reply(404)


class MailHandler:
    """What the mail server does with a mail."""

    def __init__(self, control: Any) -> None:
        self._control = control
        self._witness = control.double.witness

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """The sender."""
        session.injection = injection = self._next()
        if injection and injection.fault == "unauthorised":
            return self._told(envelope, injection, "530 5.7.0 Authentication required")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """The recipient."""
        injection = session.injection
        fault = injection.fault if injection else None
        if fault in ("throttled", "throttled_wait"):
            return self._told(envelope, injection, f"450 4.7.1 <{address}>: try again later")
        if fault == "invalid" or address.startswith("nobody@"):
            return self._told(envelope, injection, f"550 5.1.1 <{address}>: Recipient address rejected")
        envelope.rcpt_tos.append(address)
        if fault == "dropped_before":
            self._told(envelope, injection, "")
            server.transport.close()
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """The content."""
        injection = session.injection
        fault = injection.fault if injection else None
        if fault == "error_before":
            return self._told(envelope, injection, "451 4.3.0 Local error in processing")
        with self._witness.unit():
            what = {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "mail": envelope.content.decode("utf-8"),
            }
            self._witness.effect(_key(envelope), what)
        told = self._told(envelope, injection if fault in DONE else None, "250 2.0.0 Ok: queued")
        if fault == "slow":
            await asyncio.sleep(injection.seconds)
        if fault == "half_answer":
            server.transport.write(b"25")
        if fault == "garbage":
            server.transport.write(b"\xff\x00 nonsense\r\n")
        if fault in ("lost_answer", "half_answer"):
            server.transport.close()
        return told

    def _next(self) -> Injection | None:
        with self._control.guard:
            injections = self._control.injections
            if not injections or injections[0].fault in _UNSUPPORTED:
                return None
            first: Injection = injections[0]
            first.times -= 1 if first.times > 0 else 0
            if first.times == 0:
                injections.pop(0)
            return first

    def _told(self, envelope: Any, injection: Injection | None, reply: str) -> str:
        with self._witness.unit():
            fault = injection.fault if injection else None
            self._witness.call("SMTP", "", _key(envelope), fault, int(reply[:3]) if reply else None)
        return reply


def _key(envelope: Any) -> str | None:
    if not envelope.content:
        return None
    found = email.message_from_bytes(envelope.content)["Message-ID"]
    return None if found is None else str(found)


async def _run(control: Any, options: dict[str, str], port: int, folder: Path, *, by_stdin: bool) -> None:
    security, handler = options.get("security", "none"), MailHandler(control)
    context = None if security == "none" else certificate_for_this_machine(folder)
    wanted = (options.get("user", USER).encode(), options.get("password", PASSWORD).encode())

    def log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == wanted
        return AuthResult(success=right, handled=False)

    def made() -> SMTP:
        return SMTP(
            handler,
            hostname="double.example",
            enable_SMTPUTF8=options.get("utf8", "yes") == "yes",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=log_in if context else None,
            auth_required=context is not None,
            auth_require_tls=security == "starttls",
        )

    loop = asyncio.get_running_loop()
    over_tls = context if security == "tls" else None
    server = await loop.create_server(made, "127.0.0.1", port, ssl=over_tls)
    ports = {"port": server.sockets[0].getsockname()[1], "control": control.server_address[1]}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    if by_stdin:
        await asyncio.to_thread(sys.stdin.buffer.read)
    else:
        await server.serve_forever()


def main() -> None:
    """Run the double; its control endpoint listens on a port of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--witness", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--until-stdin-closes", action="store_true")
    given = parser.parse_args()
    options = dict(pair.split("=", 1) for pair in given.set)
    with tempfile.TemporaryDirectory() as scratch:
        file = given.witness or Path(scratch) / "witness.sqlite"
        control = serve(Smtp, 0, file, options)
        threading.Thread(target=control.serve_forever, daemon=True).start()
        asyncio.run(_run(control, options, given.port, file.parent, by_stdin=given.until_stdin_closes))


if __name__ == "__main__":
    main()
