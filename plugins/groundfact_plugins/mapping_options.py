"""The options of the `fields` mapping: which field says what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from groundfact.component import Options

__all__ = ["AboutFrom", "AccessFrom", "AttributeFrom", "FieldsOptions", "ParentFrom", "raw_word"]

Path = Annotated[str, Field(min_length=1, max_length=300)]


def raw_word(value: Any) -> str:
    """How a raw value is written as a key of `values:`; true and false as YAML writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


class AttributeFrom(Options):
    """Where one attribute is read from."""

    field: Path | Annotated[list[Path], Field(min_length=1, max_length=10)] = Field(
        description="A dotted path; several are joined by a space (first name, last name)."
    )
    values: Mapping[str, Any] | None = Field(
        None, description='Raw value to value; `"*"` is all others, which without it stay as they are.'
    )
    empty: Literal["unknown", "none"] = Field(
        "unknown", description="What an empty field says: nothing (`unknown`), or that there is none (`none`)."
    )

    record: Path | None = Field(
        None, description="For a reference: the stream of the same source whose record the field's id names."
    )
    key: str | None = Field(
        None, description="For a reference: the attribute by whose value the other end is found: `domain`, `email`."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.record is not None and self.key is not None:
            raise ValueError("a reference is read by `record:` or by `key:`, not by both")
        if self.refers and len(self.paths) > 1:
            raise ValueError("a reference is read from one field")
        return self

    @field_validator("values", mode="before")
    @classmethod
    def _words(cls, values: Any) -> Any:
        # YAML reads `true:` and `1:` as a boolean and a number; a record may send them as texts.
        return {raw_word(raw): value for raw, value in values.items()} if isinstance(values, Mapping) else values

    @property
    def paths(self) -> list[str]:
        """The fields, in the order in which they are joined."""
        return [self.field] if isinstance(self.field, str) else self.field

    @property
    def refers(self) -> bool:
        """Whether it says how a reference is read."""
        return self.record is not None or self.key is not None

    @property
    def is_plain(self) -> bool:
        """Whether one field's value is taken as it is."""
        return len(self.paths) == 1 and self.values is None and not self.refers


def _short_form(value: Any) -> Any:
    return {"field": value} if isinstance(value, (str, list)) else value


AttributeSource = Annotated[
    AttributeFrom, BeforeValidator(_short_form, json_schema_input_type=Path | list[Path] | AttributeFrom)
]


class ParentFrom(Options):
    """The record of the same source that this one hangs on."""

    stream: str = Field(description="The stream of that record.")
    field: Path = Field(description="Holds the source's own id of that record.")


class AccessFrom(Options):
    """Access labels read from the record itself."""

    field: Path = Field(
        description="One value, several separated by `;`, or a list. Without a value the stream's labels hold."
    )
    label: str = Field("{value}", description="How a value becomes a label.", examples=["team:{value}"])

    @field_validator("label")
    @classmethod
    def _uses_the_value(cls, label: str) -> str:
        if "{value}" not in label:
            raise ValueError("must contain {value}, else every record would carry the same label")
        return label


class AboutFrom(Options):
    """What the record hangs on, by a key: a channel named after a customer, a participant's address."""

    field: Path = Field(description="Holds the value; of a list, each item counts.")
    attribute: str = Field(description="Whose value it is, as `identity:` links by it: `domain`, `email`, …")
    kind: str = Field("account", description="The kind that is meant.")
    pattern: str | None = Field(
        None, max_length=200, description="A regular expression the whole value must match; others say nothing."
    )
    value: str = Field("{0}", description="The key's value: `{0}` is what was found, `{1}` the first group, …")
    values: Mapping[str, str] | None = Field(None, description="Raw value to key; others say nothing.")
    when: Path | None = Field(None, description="Only where this field is true: `author.external`.")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            re.compile(pattern)
        return pattern


class FieldsOptions(Options):
    """Attributes, parent, text and access labels, each by the path of the field that holds it."""

    attributes: Mapping[str, AttributeSource] = Field(description="Attribute to the field it is read from.")
    parent: ParentFrom | None = Field(None, description="The record that this one hangs on.")
    text: Sequence[Path] = Field((), description="Fields of free text, for search.")
    about: Sequence[AboutFrom] = Field(
        (), max_length=20, description="Entities of other kinds it hangs on, by a key that links them."
    )
    access: AccessFrom | None = Field(None, description="Access labels read from the record itself.")
    keep: Sequence[Path] = Field((), description="Fields stored but not mapped, for a later mapping.")
