"""One HTTP call against real sockets: what is known when it fails."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from retinue.channels.answers import raise_for_status
from retinue.channels.base import ChannelDown, ChannelFault, Refused, TryLater, Unsure
from retinue.channels.calls import Caller, Limits
from retinue.testing.doubles.certificates import certificate_for_this_machine

SECRET = "sk_secret_9"  # noqa: S105 - no real one
QUICK = Limits(connect=1, read=0.3, whole=0.8)


@contextmanager
def other_end(
    *answers: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """A socket that reads one request for each answer and then sends it, or does as it is told."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            with suppress(OSError):
                connection, _ = listener.accept()
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                with connection:
                    connection.settimeout(3)
                    heard.append(_request(connection))
                    if callable(answer):
                        answer(connection)
                    else:
                        connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (piece := connection.recv(65536)):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0
    )
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
    return head + b"\r\n\r\n" + body


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def drip(connection: socket.socket) -> None:
    with suppress(OSError):
        for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500:
            connection.sendall(bytes([letter]))
            time.sleep(0.1)


def drip_body(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _ in range(50):
            connection.sendall(b" ")
            time.sleep(0.1)


def test_an_answer_is_returned_as_it_is() -> None:
    with other_end(http(201, b'{"id": "1"}', "X-Id: 7")) as (url, heard):
        caller = Caller("Vendor", url + "/", headers={"Authorization": SECRET})
        answer = caller.post("/a%20b", json={"naïve": 1}, params={"q": ["x", "y"]})
    assert (answer.status, answer.object(), answer.headers["x-id"]) == (201, {"id": "1"}, "7")
    assert heard[0].startswith(b"POST /a%20b?q=x&q=y HTTP/1.1\r\n")
    assert b"Authorization: sk_secret_9" in heard[0]
    assert heard[0].endswith('{"naïve":1}'.encode())
    assert b"cookie" not in heard[0].lower()


def test_a_form_repeats_the_key_of_a_list() -> None:
    with other_end(http(200)) as (url, heard):
        Caller("Vendor", url).post("/", form={"a": ["1", "2"], "b": "é&"})
    assert heard[0].endswith(b"\r\n\r\na=1&a=2&b=%C3%A9%26")


def test_what_was_never_sent_may_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as spare:
        port = spare.getsockname()[1]
    with pytest.raises(TryLater, match=r"^Vendor cannot be reached$"):
        Caller("Vendor", f"http://127.0.0.1:{port}").post("/")
    with pytest.raises(TryLater, match=r"^Vendor cannot be reached$"):
        Caller("Vendor", "http://no-such-host.invalid").post("/")


def test_a_server_without_tls_is_never_spoken_to() -> None:
    with other_end(http(200)) as (url, heard), pytest.raises(TryLater):
        Caller("Vendor", url.replace("http:", "https:"), limits=QUICK).post("/", content=b"words")
    assert all(b"words" not in data for data in heard)


@pytest.mark.parametrize(
    "answer",
    [
        lambda connection: None,
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nhalf"),
        lambda connection: connection.sendall(b"\x00\xff garbage\r\n\r\n"),
        reset,
        lambda connection: time.sleep(1.2),
        drip,
        drip_body,
    ],
    ids=["closed", "half", "garbage", "reset", "silent", "drip of headers", "drip of body"],
)
def test_after_the_request_went_out_nobody_knows(answer: Callable[[socket.socket], None]) -> None:
    with other_end(answer) as (url, heard):
        began = time.monotonic()
        with pytest.raises(Unsure):
            Caller("Vendor", url, limits=QUICK).post("/", content=b"words")
        assert time.monotonic() - began < 1.1
    assert heard[0].endswith(b"words")


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that is trusted here."""
    context = certificate_for_this_machine(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return context


def test_the_deadline_holds_over_tls_too(certificate: ssl.SSLContext) -> None:
    with other_end(http(200, b"safe"), drip, tls=certificate) as (url, heard):
        with Caller("Vendor", url, limits=QUICK) as caller:
            assert caller.post("/", content=b"words").body == b"safe"
            began = time.monotonic()
            with pytest.raises(Unsure):
                caller.post("/", content=b"words")
        assert time.monotonic() - began < 1.1
    assert len(heard) == 2


def test_a_certificate_that_is_not_trusted_gets_no_word(tmp_path: Path) -> None:
    with other_end(http(200), tls=certificate_for_this_machine(tmp_path)) as (url, heard):
        with pytest.raises(TryLater, match="cannot be reached"):
            Caller("Vendor", url, limits=QUICK).post("/", content=b"words")
        assert heard == []


def test_an_endless_answer_is_cut_off() -> None:
    with other_end(http(200, b"x" * 5000)) as (url, _), pytest.raises(Unsure):
        Caller("Vendor", url, limits=Limits(answer_bytes=1000)).get("/")


def test_what_cannot_be_written_is_refused_before_anything_is_sent() -> None:
    with other_end(http(200)) as (url, heard):
        caller = Caller("Vendor", url)
        for wrong in (
            {"headers": {"x-a": "1\r\nx-b: 2"}},
            {"headers": {"x-a": "é€"}},
            {"json": float("nan")},
            {"json": object()},
        ):
            with pytest.raises(Refused, match=r"^the request to Vendor cannot be written$"):
                caller.post("/", **wrong)
    assert heard in ([], [b""]) or not heard[0].startswith(b"POST")


def test_redirects_are_not_followed() -> None:
    with other_end(http(307, b"", "Location: /elsewhere"), http(200)) as (url, heard):
        with pytest.raises(ChannelDown, match="moved"):
            raise_for_status(Caller("Vendor", url).post("/", content=b"x"))
        assert len(heard) == 1


def test_no_fault_and_no_log_tells_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with other_end(lambda connection: None) as (url, _):
        caller = Caller("Vendor", url, headers={"Authorization": SECRET})
        with pytest.raises(ChannelFault) as caught:
            caller.post("/", params={"To": "+4915112345678"}, content=b"ann@example.com")
    links: BaseException | None = caught.value
    told = repr(caller) + caplog.text
    while links is not None:
        told += repr(links)
        links = links.__cause__ or links.__context__
    assert caught.value.__context__ is None
    assert all(word not in told for word in (SECRET, "4915", "ann@", "127.0.0.1"))


def test_one_caller_serves_many_threads_each_with_its_own_deadline() -> None:
    with other_end(*[http(200, b"%d" % n) for n in range(8)]) as (url, _):
        caller = Caller("Vendor", url)
        bodies: list[bytes] = []
        threads = [threading.Thread(target=lambda: bodies.append(caller.get("/").body)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        caller.close()
    assert sorted(bodies) == [b"%d" % n for n in range(8)]


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with other_end(http(200, b"by proxy")) as (url, heard):
        monkeypatch.setenv("http_proxy", url.replace("//", "//ann:pw@"))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert Caller("Vendor", "http://api.example.com").get("/x").body == b"by proxy"
    assert heard[0].startswith(b"GET http://api.example.com/x HTTP/1.1")
    assert b"Proxy-Authorization: Basic" in heard[0]
