"""During an outage of Nylas calls are refused, and a probe ends it."""

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas import NylasClient
from mailtide_nylas.errors import (
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTransientError,
    NylasUnsentError,
)
from mailtide_nylas.transport.circuit import FAILURES, GRANTS, OPEN_SECONDS, PROBE_SECONDS, Circuit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def call(circuit: Circuit, grant: str, error: BaseException | None = None) -> str:
    """Make a call that ends so, and return its outcome."""
    made = False
    try:
        with circuit.call(grant):
            made = True
            if error is not None:
                raise error
    except NylasThrottledError as seen:
        return f"{'failed' if made else 'refused'}: {seen.retry_after_seconds}"
    except NylasTransientError:
        return "transient"
    except NylasUnsentError:
        return "unsent"
    except NylasError:
        return "answered"
    return "ok"


DOWN = NylasTransientError("503")


def opened(clock: Clock) -> Circuit:
    circuit = Circuit(clock=clock)
    seen = [call(circuit, f"g{n % GRANTS}", DOWN) for n in range(FAILURES)]
    assert seen == ["transient"] * (FAILURES - 1) + [f"failed: {OPEN_SECONDS}"]
    return circuit


def test_failures_in_a_row_of_several_grants_open_it_and_the_last_one_is_no_failure() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += 5
    assert call(circuit, "other") == f"refused: {OPEN_SECONDS - 5}"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (503, "Nylas fails, so calls are suspended"),
        (None, "Nylas does not answer, so"),
        (200, "Nylas does not answer as documented, so"),
    ],
)
def test_a_refusal_shows_how_nylas_fails(status: int | None, shown: str) -> None:
    """The condition of an account and the outage's text are derived from it."""
    circuit = Circuit(clock=Clock())
    for number in range(FAILURES):
        call(circuit, f"g{number}", NylasTransientError("failed", status=status))
    with pytest.raises(NylasThrottledError, match=shown) as refused, circuit.call("g"):
        pass
    assert refused.value.status == status
    assert ("status=503" in str(refused.value)) is (status == 503)


def test_a_mailbox_that_fails_alone_opens_nothing() -> None:
    circuit = Circuit()
    assert {call(circuit, f"g{n % (GRANTS - 1)}", DOWN) for n in range(5 * FAILURES)} == {"transient"}


@pytest.mark.parametrize(
    "answer",
    [None, NylasNotFoundError("404"), NylasPermanentError("400")],
)
def test_any_answer_in_between_begins_the_count_anew(answer: NylasError | None) -> None:
    circuit = Circuit()
    for n in range(5 * FAILURES):
        last = n % (FAILURES - 1) == FAILURES - 2
        assert call(circuit, f"g{n}", answer if last else DOWN) != f"failed: {OPEN_SECONDS}"
    assert not circuit.is_open


def test_a_429_is_an_answer_too() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += OPEN_SECONDS
    throttled = NylasThrottledError("429", retry_after_seconds=7, scope="provider")
    assert call(circuit, "a", throttled) == "failed: 7"
    assert not circuit.is_open


def test_one_probe_decides() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += OPEN_SECONDS
    with circuit.call("probe"):
        assert call(circuit, "other") == f"refused: {PROBE_SECONDS}"
    assert call(circuit, "other") == "ok"


def test_a_probe_that_fails_opens_it_for_as_long_again() -> None:
    clock = Clock()
    circuit = opened(clock)
    for _ in range(5):
        clock.now += OPEN_SECONDS
        assert call(circuit, "a", DOWN) == f"failed: {OPEN_SECONDS}"
        assert call(circuit, "b") == f"refused: {OPEN_SECONDS}"


def test_a_probe_that_is_cancelled_leaves_room_for_another() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += OPEN_SECONDS
    with pytest.raises(asyncio.CancelledError), circuit.call("a"):
        raise asyncio.CancelledError
    assert call(circuit, "b") == "ok"


def test_a_call_that_is_never_sent_proves_nothing() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += OPEN_SECONDS
    assert call(circuit, "a", NylasUnsentError("bad id")) == "unsent"
    assert circuit.is_open
    assert call(circuit, "a", DOWN) == f"failed: {OPEN_SECONDS}"


def test_a_call_from_before_the_outage_that_is_answered_ends_it() -> None:
    clock = Clock()
    circuit = Circuit(clock=clock)
    with circuit.call("early"):
        for n in range(FAILURES):
            call(circuit, f"g{n}", DOWN)
        assert circuit.is_open
    assert not circuit.is_open


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["ok", "down", "wait"])), max_size=80))
def test_it_never_stays_shut_once_nylas_is_back(history: list[tuple[str, str]]) -> None:
    clock = Clock()
    circuit = Circuit(clock=clock)
    for grant, what in history:
        if what == "wait":
            clock.now += 4
        else:
            seen = call(circuit, grant, DOWN if what == "down" else None)
            if seen.startswith("refused"):
                assert PROBE_SECONDS <= float(seen.split()[1]) <= OPEN_SECONDS
    clock.now += OPEN_SECONDS
    assert call(circuit, "z") == "ok"
    assert call(circuit, "z") == "ok"


async def test_a_client_makes_no_calls_in_an_outage_and_blocks_no_grant_for_it() -> None:
    """INV-32."""
    requests = 0
    down = True

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        return httpx.Response(400 if down else 200, json={"data": {"id": "m"}})

    def broken(request: httpx.Request) -> httpx.Response:
        return answer(request) if not down else _refuse()

    clock = Clock()
    circuit = Circuit(clock=clock)
    async with NylasClient(
        "http://nylas.test", "k", "c", transport=httpx.MockTransport(broken), circuit=circuit
    ) as client:
        for number in range(FAILURES - 1):
            call(circuit, f"g{number % GRANTS}", DOWN)
        with pytest.raises(NylasError):
            await client.get_message("g", "m")
        assert circuit.is_open
        with pytest.raises(NylasThrottledError):
            await client.get_message("g0", "m")
        with pytest.raises(NylasThrottledError):
            await client.get_grant("g0")
        down = False
        clock.now += OPEN_SECONDS
        assert await client.get_message("g0", "m") == {"id": "m"}
    assert requests == 1


async def test_answers_of_a_wrong_structure_are_an_outage_too() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": None})

    circuit = Circuit(clock=Clock())
    async with NylasClient(
        "http://nylas.test", "k", "c", transport=httpx.MockTransport(answer), circuit=circuit
    ) as client:
        for number in range(FAILURES - 5):
            call(circuit, f"g{number % GRANTS}", DOWN)
        for wrong in (
            client.list_messages("g"),
            client.get_message("g", "m"),
            client.list_folders("g"),
            client.get_folder("g", "f"),
        ):
            with pytest.raises(NylasTransientError):
                await wrong
        with pytest.raises(NylasThrottledError, match="does not answer as documented"):
            await client.get_grant("g")
    assert circuit.is_open


def _refuse() -> httpx.Response:
    raise httpx.ConnectError("nobody is there")
