"""Validators: values that cannot be right lose their vote before any rule is asked. None of them looks at "none"."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from groundfact.component import Options, component
from groundfact.vocabulary import compare_key

__all__ = ["CROSS_FIELD", "FORMAT", "ONE_OF", "RANGE", "CrossField", "Format", "OneOf", "Range"]

Comparable = str | int | float


class _Checking(Options):
    effect: Literal["drop", "downgrade"] = Field(
        "drop",
        description="`drop`: such a claim is never believed; `downgrade`: only where no sound claim is left.",
    )


class FormatOptions(_Checking):
    """How a value has to be written."""

    pattern: str = Field(description="A regular expression that the whole value matches.", examples=["[A-Z]{2}-\\d+"])

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return pattern


class Format:
    """Accepts what matches a pattern as a whole."""

    def __init__(self, options: FormatOptions) -> None:
        self.effect = options.effect
        self._matches = re.compile(options.pattern).fullmatch

    def accepts(self, value: Any, beside: Mapping[str, Any]) -> bool:
        """Whether every text in it is written like that."""
        return all(self._matches(str(item)) for item in _items(value))


class RangeOptions(_Checking):
    """Between what a value has to lie."""

    at_least: Comparable | None = Field(None, description="The smallest number, or the earliest date.")
    at_most: Comparable | None = Field(None, description="The largest number, or the latest date.")

    @model_validator(mode="after")
    def _in_order(self) -> RangeOptions:
        if self.at_least is None and self.at_most is None:
            raise ValueError("set `at_least`, `at_most` or both")
        if (
            self.at_least is not None
            and self.at_most is not None
            and not _holds(operator.le, self.at_least, self.at_most)
        ):
            raise ValueError(f"at_least ({self.at_least}) does not come before at_most ({self.at_most})")
        return self


class Range:
    """Accepts numbers, dates and texts between two bounds; what cannot be compared with them is not."""

    def __init__(self, options: RangeOptions) -> None:
        self.effect = options.effect
        self._least, self._most = options.at_least, options.at_most

    def accepts(self, value: Any, beside: Mapping[str, Any]) -> bool:
        """Whether it lies between them."""
        low = self._least is None or bool(_holds(operator.ge, value, self._least))
        return low and (self._most is None or bool(_holds(operator.le, value, self._most)))


class OneOfOptions(_Checking):
    """What a value may be."""

    values: list[str | int | float | bool] = Field(
        min_length=1, description="The allowed values; case does not matter.", examples=[["Gold", "Silver", "Bronze"]]
    )


class OneOf:
    """Accepts the values of a list."""

    def __init__(self, options: OneOfOptions) -> None:
        self.effect = options.effect
        self._keys = {_key(value) for value in options.values}

    def accepts(self, value: Any, beside: Mapping[str, Any]) -> bool:
        """Whether it, or each item of it, is among them."""
        return all(_key(item) in self._keys for item in _items(value))


_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "equal_to": operator.eq,
    "other_than": operator.ne,
}


class CrossFieldOptions(_Checking):
    """How a value has to stand to another attribute of the same record."""

    must_be: Literal["at_least", "at_most", "equal_to", "other_than"] = Field(
        description="How it compares: numbers by size, dates by time, texts by letter without case."
    )
    attribute: str = Field(description="With which attribute of the same record.", examples=["created_at"])


class CrossField:
    """Accepts what fits another attribute of the same record; where that is not stated, anything."""

    def __init__(self, options: CrossFieldOptions) -> None:
        self.effect = options.effect
        self._relation, self._attribute = _RELATIONS[options.must_be], options.attribute
        self.needs = (options.attribute,)

    def accepts(self, value: Any, beside: Mapping[str, Any]) -> bool:
        """Whether it stands to the other one as it must; what cannot be compared is accepted."""
        other = beside.get(self._attribute)
        return other is None or _holds(self._relation, value, other) is not False


def _holds(relation: Callable[[Any, Any], bool], one: Any, other: Any) -> bool | None:
    """Whether two values stand so to each other; None where they cannot be compared."""
    try:
        return bool(relation(_key(one), _key(other)))
    except TypeError:
        return None


def _key(value: Any) -> Any:
    return compare_key("string", value) if isinstance(value, str) else value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


FORMAT = component(
    "format", "The whole value matches a pattern", FormatOptions, Format, example="type: format\npattern: '\\+?[0-9 ]+'"
)
RANGE = component(
    "range",
    "The value lies between two bounds",
    RangeOptions,
    Range,
    example="type: range\nat_least: 1\nat_most: 3000000\neffect: downgrade",
)
ONE_OF = component(
    "one_of", "The value is one of a list", OneOfOptions, OneOf, example="type: one_of\nvalues: [Gold, Silver]"
)
CROSS_FIELD = component(
    "cross_field",
    "The value fits another attribute of the same record",
    CrossFieldOptions,
    CrossField,
    example="type: cross_field\nmust_be: at_least\nattribute: created_at",
)
