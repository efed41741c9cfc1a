"""The limits of a process for its clients, on real sockets."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

PROGRAM = """
import socket
from mailtide_common.runtime.web.bounded_http import Bounds
from mailtide_common.runtime.web.server import serve

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (event := (await receive())["type"]) != "lifespan.shutdown":
            await send({"type": f"{event}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    size, more = 0, scope["path"] != "/unread"
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode() if scope["path"] != "/large" else bytes(64_000_000)
    body = scope["client"][0].encode() if scope["path"] == "/client" else body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})

bounds = Bounds(
    head_bytes=4096, head_fields=50, head_seconds=0.6, body_seconds=2, idle_seconds=0.6, write_seconds=1,
    linger_seconds=0.5, connections=20, spare_connections=10, pipelined=4,
)
bound = socket.create_server(("127.0.0.1", 0))
print(bound.getsockname()[1], flush=True)
raise SystemExit(serve(app, host="", port=0, sockets=[bound], trusted_proxies=["127.0.0.3"], bounds=bounds))
"""
HEAD = b"GET / HTTP/1.1\r\nhost: x\r\n"
POST = b"POST / HTTP/1.1\r\nhost: x\r\n"
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a process that serves with small limits."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """Return all that is received until the server closes the connection."""
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


def first_answer(connection: socket.socket) -> bytes:
    """Return the answer to an empty request."""
    found = b""
    while not found.endswith(b"\r\n\r\n0"):
        found += connection.recv(65_536)
    return found


def ends(connection: socket.socket) -> bool:
    """Return whether the server ends the connection without another byte; it times out otherwise."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def status(answer: bytes) -> int:
    """Return the status of one whole answer; refusals must be problem details."""
    head, _, body = answer.partition(b"\r\n\r\n")
    code = int(head.split()[1])
    if code >= 400:
        assert json.loads(body)["status"] == code
        assert b"connection: close" in head
        assert (code == 503) == (b"retry-after" in head)
    return code


def test_a_head_of_many_bytes_is_431(port: int) -> None:
    """INV-34."""
    for refused in (
        b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\n\r\n",
        HEAD + b"big: " + b"a" * 5_000 + b"\r\n\r\n",
        HEAD + b"".join(b"f%d: x\r\n" % number for number in range(60)) + b"\r\n",
        HEAD + b"big: " + b"a" * 300_000,  # without an end
        POST + b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nbig: " + b"a" * 5_000 + b"\r\n\r\n",
    ):
        with connected(port) as connection:
            connection.sendall(refused)
            assert status(everything(connection)) == 431


def test_a_head_just_within_the_bounds_is_read(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + b"big: " + b"a" * 4_000 + b"\r\nconnection: close\r\n\r\n")
        assert status(everything(connection)) == 200


def test_a_head_that_drips_is_408(port: int) -> None:
    """Its time counts from the first byte, on new and on kept connections, however often another byte arrives.

    INV-34.
    """
    for before in (b"", HEAD + b"\r\n"):
        with connected(port) as connection:
            connection.sendall(before)
            if before:
                assert status(first_answer(connection)) == 200
            started = time.monotonic()
            connection.sendall(b"GET / HTTP/1.1\r\n")
            connection.settimeout(0.1)
            answer = b""
            while not answer and time.monotonic() - started < WAIT_SECONDS:
                try:
                    answer = connection.recv(65_536)
                except TimeoutError:
                    connection.sendall(b"a: b\r\n")
            assert status(answer) == 408


def test_a_slow_but_honest_body_passes_and_one_without_end_is_408(port: int) -> None:
    with connected(port) as connection, connected(port) as never:
        never.sendall(POST + b"content-length: 10\r\n\r\na")
        connection.sendall(POST + b"content-length: 10\r\nconnection: close\r\n\r\n")
        for _ in range(10):
            time.sleep(0.1)  # longer together than a head may take
            connection.sendall(b"a")
        answer = everything(connection)
        assert answer.endswith(b"\r\n\r\n10")
        assert status(answer) == 200
        assert status(everything(never)) == 408


def test_idle_connections_are_closed(port: int) -> None:
    """Also those that only send line ends, and those with a request that is incomplete but already answered."""
    unread = b"POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na"
    with ExitStack() as stack:
        idle = []
        for sent, then in ((b"", b""), (b"\r\n", b""), (HEAD + b"\r\n", b"\r\n"), (unread, b"a")):
            connection = stack.enter_context(connected(port))
            connection.sendall(sent)
            if then:
                assert status(first_answer(connection)) == 200
            connection.sendall(then)
            idle.append(connection)
        assert all(map(ends, idle))


def test_a_client_that_takes_no_answer_is_given_up(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        time.sleep(2)  # nothing can be awaited without taking the answer
        assert len(everything(connection)) < 64_000_000  # what was in the kernels' buffers


def test_requests_that_wait_on_one_connection_are_bounded(port: int) -> None:
    with connected(port) as connection:
        connection.sendall((HEAD + b"\r\n") * 50)
        answers = b""
        try:
            while piece := connection.recv(65_536):
                answers += piece
        except ConnectionResetError:
            pass  # the end, without an answer that would be taken for another request's
        assert answers.count(b"HTTP/1.1") < 50


def test_connections_above_the_ceiling_are_503_but_for_the_liveness(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) for _ in range(20)]
    try:
        for connection in held:
            connection.sendall(POST + b"content-length: 10\r\n\r\na")
        with connected(port) as stranger, connected(port) as kubelet:
            stranger.sendall(HEAD + b"\r\n")
            kubelet.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert status(everything(stranger)) == 503
            assert status(everything(kubelet)) == 200
        held += [socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS) for _ in range(15)]
        assert ends(held[-1])
    finally:
        for connection in held:
            connection.close()


def test_what_is_no_http_is_400(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")  # how TLS begins
        assert status(everything(connection)) == 400


def test_another_protocol_is_not_spoken(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(HEAD + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n")
        assert status(everything(connection)) == 200


def test_only_a_trusted_proxy_says_who_the_client_is(port: int) -> None:
    request = (
        b"GET /client HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: 9.9.9.9, 192.0.2.7\r\n\r\n"
    )
    for peer, client in (("127.0.0.1", b"127.0.0.1"), ("127.0.0.3", b"192.0.2.7")):
        with socket.create_connection(("127.0.0.1", port), WAIT_SECONDS, (peer, 0)) as connection:
            connection.sendall(request)
            assert everything(connection).endswith(b"\r\n\r\n" + client)
