"""One mail handed to an SMTP server, and what is known when that fails.

Until the last line of the mail is on its way, it surely was not taken. From then until the server's answer
nobody knows; there is nothing in SMTP by which to ask. So that answer is waited for as long as there is time
at all, while every other one has its own limit.

| where | 4xx | 5xx |
| --- | --- | --- |
| greeting, TLS, log-in, sender | `TryLater` | `ChannelDown` |
| recipient, content | `TryLater` | `Refused` |
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retinue.channels.base import ChannelDown, ChannelFault, Refused, TryLater, Unsure

__all__ = ["MailServer", "deliver"]

_ENHANCED = re.compile(rb"^[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")

Stage = Literal["open", "recipient", "content", "answer"]


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """Where mail is handed in.

    Seconds: longest wait for a connection, for each answer, and for everything together.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    hello: str
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    whole_seconds: float = 45.0


def deliver(server: MailServer, sender: str, recipient: str, content: bytes, *, utf8: bool = False) -> None:
    """Hand in one mail for one recipient, once.

    content: with CRLF at the end of each line. utf8: an address is not ASCII (RFC 6531).

    Raises TryLater, Refused, ChannelDown or Unsure.
    """
    session = _Session(server)
    fault: ChannelFault
    # The fault is raised outside of the handlers, whose errors hold addresses.
    try:
        session.run(sender, recipient, content, utf8)
        return
    except ChannelFault as known:
        fault = known
    except smtplib.SMTPResponseException as error:
        fault = session.fault(error.smtp_code, error.smtp_error)
    except ssl.SSLCertVerificationError:
        fault = ChannelDown("the mail server's certificate is not to be trusted")
    except smtplib.SMTPNotSupportedError:
        fault = ChannelDown("the mail server does not offer what the settings ask for")
    except (smtplib.SMTPException, OSError, ValueError):
        fault = session.broken()
    finally:
        session.close()
    raise fault


def _context(ca_file: Path | None) -> ssl.SSLContext:
    with contextlib.suppress(OSError):
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    raise ChannelDown("the file of certificates to trust cannot be read")


def _log_in(link: smtplib.SMTP, username: str, password: str) -> None:
    words = ""
    try:
        link.login(username, password)
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException:
        words = "the mail server offers no way to log in that is known here"
    except UnicodeError:
        words = "the mail server's user name and password must be ASCII"
    if words:
        raise ChannelDown(words)


class _Session:
    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._stage: Stage = "open"
        self._link: smtplib.SMTP | None = None
        self._until = time.monotonic() + server.whole_seconds

    def run(self, sender: str, recipient: str, content: bytes, utf8: bool) -> None:
        link = self._link = self._opened()
        if utf8 and not link.has_extn("smtputf8"):
            raise Refused("the mail server cannot write to an address that is not ASCII")
        options = ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else []
        self._wait(link)
        self._must(link.mail(sender, options), 250)
        self._stage = "recipient"
        self._wait(link)
        self._must(link.rcpt(recipient), 250, 251)
        self._stage = "content"
        self._wait(link)
        self._must(link.docmd("DATA"), 354)
        # Asked while it is still sure that nothing was taken, and again for the longer limit of the answer.
        self._wait(link)
        self._stage = "answer"
        self._wait(link)
        link.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")
        self._must(link.getreply(), 250)
        self._stage = "content"
        with contextlib.suppress(smtplib.SMTPException, OSError):
            # It was taken; how the farewell goes does not matter.
            self._wait(link)
            link.docmd("QUIT")

    def fault(self, code: int, words: bytes | str) -> ChannelFault:
        """What a reply stands for. Of its words only the code of RFC 3463 is passed on."""
        found = _ENHANCED.match(words if isinstance(words, bytes) else words.encode("utf-8", "replace"))
        told = f"the mail server answered {code}" + (f" ({found[0].decode()})" if found else "")
        if 400 <= code < 500:
            return TryLater(told)
        if not 500 <= code < 600:
            return self.broken()
        return ChannelDown(told) if self._stage == "open" or code == 530 else Refused(told)

    def broken(self) -> ChannelFault:
        """The connection broke, or what was answered cannot be read."""
        if self._stage == "answer":
            return Unsure("the mail server did not say whether it took the mail")
        return TryLater(
            "the mail server cannot be reached" if self._link is None else "the mail server broke off"
        )

    def close(self) -> None:
        if self._link is not None:
            self._link.close()

    def _opened(self) -> smtplib.SMTP:
        s = self._server
        context = None if s.security == "none" else _context(s.ca_file)
        link: smtplib.SMTP
        if s.security == "tls":
            link = smtplib.SMTP_SSL(s.host, s.port, s.hello, timeout=s.connect_seconds, context=context)
        else:
            link = smtplib.SMTP(s.host, s.port, s.hello, timeout=s.connect_seconds)
        try:
            self._wait(link)
            link.ehlo_or_helo_if_needed()
            if s.security == "starttls":
                self._wait(link)
                link.starttls(context=context)
                self._wait(link)
                link.ehlo_or_helo_if_needed()
            if s.username is not None:
                self._wait(link)
                _log_in(link, s.username, s.password or "")
        except BaseException:
            link.close()
            raise
        return link

    def _wait(self, link: smtplib.SMTP) -> None:
        """Limit the waits on the socket from now on. TimeoutError when there is no time left."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if link.sock is not None:
            link.sock.settimeout(left if self._stage == "answer" else min(left, self._server.read_seconds))

    def _must(self, reply: tuple[int, bytes], *right: int) -> None:
        if reply[0] not in right:
            raise smtplib.SMTPResponseException(*reply)
