"""JSON in and out without losing a digit: numbers with a point are Decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import msgspec


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    import msgspec

    return msgspec.json.Decoder(shape, float_hook=Decimal)


@cache
def _encoder() -> msgspec.json.Encoder:
    import msgspec

    return msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes, shape: Any = Any) -> Any:
    """The value of a JSON text; numbers with a point or exponent as Decimal, others as int.

    `shape`, a TypedDict, says which keys are wanted: others are passed over, which is faster. A
    text of another shape is decoded whole. Raises ValueError for what is no JSON. Half of a
    surrogate pair, which JSON can spell and no UTF-8 text can hold, becomes U+FFFD.
    """
    try:
        return _decoder(shape).decode(body)
    except ValueError:
        if shape is not Any:
            return decode(body)
        return _without_surrogates(json.loads(body, parse_float=Decimal, strict=False))


def encode(value: Any) -> bytes:
    """The JSON text of a value, with every digit of its Decimals."""
    return _encoder().encode(value)


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
        case _:
            return value
