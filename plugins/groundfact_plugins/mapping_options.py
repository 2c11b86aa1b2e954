"""The options of the `fields` mapping: which field says what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from groundfact.component import Options

__all__ = ["AccessFrom", "AttributeFrom", "FieldsOptions", "ParentFrom", "raw_word"]

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
    def is_plain(self) -> bool:
        """Whether one field's value is taken as it is."""
        return len(self.paths) == 1 and self.values is None


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


class FieldsOptions(Options):
    """Attributes, parent, text and access labels, each by the path of the field that holds it."""

    attributes: Mapping[str, AttributeSource] = Field(description="Attribute to the field it is read from.")
    parent: ParentFrom | None = Field(None, description="The record that this one hangs on.")
    text: Sequence[Path] = Field((), description="Fields of free text, for search.")
    access: AccessFrom | None = Field(None, description="Access labels read from the record itself.")
    keep: Sequence[Path] = Field((), description="Fields stored but not mapped, for a later mapping.")
