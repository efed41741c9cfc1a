"""A page with messages that no JSON parser can read."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_nylas import NylasTransientError, NylasUnreadableError, UnreadableMessage, parse_json
from mailtide_nylas.decoding.salvage import read_listing, read_message_answer

TEXTS = st.text() | st.sampled_from(['"id"', '"data":[', "}]", "\\", '\\"', "{", "["])
VALUES = st.recursive(
    TEXTS | st.none() | st.integers(), lambda v: st.lists(v) | st.dictionaries(TEXTS, v), max_leaves=8
)
NESTED = "[" * 2_000 + "]" * 2_000
BREAKS = st.sampled_from([f'"headers":{NESTED}', '"subject":"bell \x07"', '"n":NaNN', '"n":1e'])


def listed(items: list[str], **around: Any) -> bytes:
    fields = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in around.items()]
    return ("{" + ",".join([*fields, f'"data":[{", ".join(items)}]', '"next_cursor":"c"']) + "}").encode()


@settings(max_examples=50)
@given(
    sources=st.lists(st.dictionaries(TEXTS, VALUES), max_size=5),
    broken=st.integers(0, 5),
    how=BREAKS,
    around=VALUES,
)
def test_every_message_but_the_broken_one_is_read(
    sources: list[dict[str, Any]], broken: int, how: str, around: Any
) -> None:
    messages = [{**source, "id": f"m{n}"} for n, source in enumerate(sources)]
    items: list[str] = [json.dumps(message) for message in messages]
    place = min(broken, len(items))
    items.insert(place, "{" + f'"x":{{"id":"inner"}},{how},"id":"b\\u0061d"' + "}")
    answer = read_listing("GET", 200, {}, listed(items, error=around, request_id="r"))
    unreadable = answer["data"].pop(place)
    assert isinstance(unreadable, UnreadableMessage)
    assert (unreadable.message_id, unreadable.raw.decode()) == ("bad", items[place])
    assert answer["data"] == parse_json(json.dumps(messages).encode())
    assert (answer["next_cursor"], answer["request_id"]) == ("c", "r")


@given(cut=st.integers(0, 10_000))
def test_an_answer_that_is_not_whole_is_an_outage(cut: int) -> None:
    whole = listed(['{"id":"m"}', f'{{"id":"b","h":{NESTED}}}'])
    with pytest.raises(NylasTransientError):
        read_listing("GET", 200, {}, whole[: min(cut, len(whole) - 1)])


def test_one_message_that_cannot_be_read_is_told_from_an_outage() -> None:
    with pytest.raises(NylasUnreadableError) as unreadable:
        read_message_answer("GET", 200, {}, f'{{"data":{{"id":"b","h":{NESTED}}}}}'.encode())
    assert unreadable.value.raw.startswith(b'{"id":"b"')
    for outage in (b"<html>", b"", b'{"data":{"id":', b'{"data":{}} trailing'):
        with pytest.raises(NylasTransientError):
            read_message_answer("GET", 200, {}, outage)
