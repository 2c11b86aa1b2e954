"""What the YAML may say about files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from groundfact.component import Options

__all__ = ["FileOptions", "FilesOptions", "ParentOptions"]

Format = Literal["csv", "jsonl"]
StreamName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]

_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip


class ParentOptions(Options):
    """The record that a row hangs on."""

    stream: StreamName = Field(description="The stream of this source that has it", examples=["companies"])
    field: str = Field(description="The column with the parent's id", examples=["company_id"])


class FileOptions(Options):
    """One file: where it is, how to read it and what its columns mean."""

    path: str = Field(description="The file, relative to the YAML's folder", examples=["data/accounts.csv"])
    kind: str = Field(description="What its rows are about, a kind of the vocabulary", examples=["account"])
    format: Literal["auto", "csv", "jsonl"] = Field("auto", description="auto: by the file's ending")
    id: str | list[str] = Field(
        default_factory=list,
        description="The columns that name a row; none: a hash of it, so that an edited row is a new record",
        examples=["id", ["region", "number"]],
    )
    updated_at: str | None = Field(
        None, description="The column with the time of a row's last change (ISO 8601 or epoch)"
    )
    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        description="Between columns; none: whichever of , ; and tab fits the header",
    )
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] = Field("utf-8", description="Of a CSV file")
    attributes: Mapping[str, Any] = Field(
        default_factory=dict, description="Attribute to column", examples=[{"name": "company"}]
    )
    parent: ParentOptions | None = Field(None, description="The record that a row hangs on")
    text: list[str] = Field(default_factory=list, description="Columns with free text, for search")
    about: list[dict[str, Any]] = Field(
        default_factory=list,
        description="Entities of other kinds that a row hangs on, by a key that links them",
        examples=[[{"field": "domain", "attribute": "domain"}]],
    )
    access: Mapping[str, Any] | None = Field(None, description="Where a row's access labels are read from")
    keep: list[str] = Field(default_factory=list, description="Columns to store although nothing maps them")

    @field_validator("delimiter")
    @classmethod
    def _separates(cls, delimiter: str | None) -> str | None:
        if delimiter is not None and (delimiter in '"\r\n\0 ' or delimiter.isalnum()):
            raise ValueError(f"{delimiter!r} cannot separate columns; use a sign such as , ; | or a tab")
        return delimiter

    @model_validator(mode="after")
    def _is_readable(self) -> FileOptions:
        if self.format == "auto" and _ending(self.path) not in _ENDINGS:
            raise ValueError(f"the ending of {self.path!r} does not say what it holds: add `format: csv` or `jsonl`")
        if self.is_json and self.encoding != "utf-8":
            raise ValueError("JSONL is always UTF-8: leave `encoding` out, or convert the file")
        return self

    @property
    def is_json(self) -> bool:
        """Whether each line is a JSON object."""
        return (_ENDINGS[_ending(self.path)] if self.format == "auto" else self.format) == "jsonl"

    @property
    def id_columns(self) -> tuple[str, ...]:
        """The columns of the id; none: the hash of the row."""
        return (self.id,) if isinstance(self.id, str) else tuple(self.id)

    @property
    def mapping(self) -> dict[str, Any]:
        """The options of the mapping `fields` that say what the columns mean."""
        said: dict[str, Any] = {"attributes": dict(self.attributes)}
        if self.parent is not None:
            said["parent"] = self.parent.model_dump()
        said |= {"text": self.text} if self.text else {}
        said |= {"about": self.about} if self.about else {}
        said |= {"access": dict(self.access)} if self.access is not None else {}
        return said | ({"keep": self.keep} if self.keep else {})

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that these options speak of, each once."""
        found = [*self.id_columns, *([self.updated_at] if self.updated_at else [])]
        conditions = [entry.get("when") for entry in self.about]
        for value in (
            *self.attributes.values(),
            self.parent and self.parent.field,
            self.access,
            *self.about,
            *conditions,
        ):
            named = value.get("field") if isinstance(value, Mapping) else value
            found += [named] if isinstance(named, str) else named or []
        return tuple(dict.fromkeys([*found, *self.text, *self.keep]))


class FilesOptions(Options):
    """Files as a source: each is a stream."""

    files: dict[StreamName, FileOptions] = Field(min_length=1, description="The files, by stream name")


def _ending(path: str) -> str:
    return PurePath(path.lower().removesuffix(".gz")).suffix
