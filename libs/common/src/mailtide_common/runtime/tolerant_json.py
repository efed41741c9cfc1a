"""JSON as it comes from outside: strictly and fast first, then as tolerantly as possible."""

import json
from typing import Any

import orjson


def parse(data: bytes) -> Any:
    """Parse bytes; lone surrogates, NaN, a byte order mark and bytes that are not UTF-8 are let through.

    Raises:
        ValueError: it is not JSON by any reader, or nested too deeply.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        text = data.decode("utf-8-sig", "replace")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
