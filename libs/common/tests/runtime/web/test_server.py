"""The end of the server, as a client sees it."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mailtide_common.runtime.errors import ClockWrongError, ConfigurationError
from mailtide_common.runtime.web.free_port import require_port
from mailtide_common.runtime.web.server import Switch

PROGRAM = """
import socket
from mailtide_common.runtime.web.server import Switch, serve

switch = Switch()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (event := (await receive())["type"]) != "lifespan.shutdown":
            await send({"type": f"{event}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-length", b"0"), (b"stopping", str(switch.stopping).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})

bound = socket.create_server(("127.0.0.1", 0))
print(bound.getsockname()[1], flush=True)
raise SystemExit(serve(app, host="", port=0, sockets=[bound], switch=switch))
"""
WAIT_SECONDS = 60


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that serves, and its port."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_a_kept_connection_is_given_up_by_the_client_at_the_end(
    server: tuple[subprocess.Popen[str], int],
) -> None:
    """If the server closed it, a request that is under way would be lost."""
    process, port = server
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
    asked_to_end = False
    while True:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        if answer.getheader("connection") == "close":
            assert answer.getheader("stopping") == "True"
            break
        assert asked_to_end or answer.getheader("stopping") == "False"
        if not asked_to_end:
            process.send_signal(signal.SIGTERM)
            asked_to_end = True
    assert asked_to_end
    assert process.wait(WAIT_SECONDS) == 0


def test_a_taken_port_is_named_before_anything_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as end:
            require_port("mailtide-persister", "127.0.0.1", port)
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"mailtide-persister: cannot listen on 127.0.0.1:{port}: "
        "another process uses the port; choose another port by MAILTIDE_PORT"
    )
    require_port("mailtide-persister", "127.0.0.1", port)


@pytest.mark.parametrize(("kind", "code"), [(ConfigurationError, 2), (ClockWrongError, 1)])
def test_systemd_restarts_a_process_that_will_wait_for_its_clock(
    capsys: pytest.CaptureFixture[str], kind: type[ConfigurationError], code: int
) -> None:
    switch = Switch("mailtide-sync-worker")
    switch.stop_on(kind("correct it"), "clock")
    assert (switch.exit_code, switch.stopping) == (code, True)
    assert capsys.readouterr().err == "mailtide-sync-worker: correct it\n"
