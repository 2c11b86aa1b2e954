"""What the YAML may say about a Notion workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from groundfact.component import Options
from groundfact.model import SecretRef

__all__ = ["COMMENTS", "PAGES", "DataSourceOptions", "NotionOptions", "comments_of"]

PAGES, COMMENTS = "pages", "comments"
"""The names of the streams that no entry of `data_sources` makes."""
StreamName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]


def _dashed(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise ValueError(
            f"{value[:80]!r} is not the id of a data source: 32 hexadecimal digits, with or without dashes. In"
            " Notion: the database's settings, Manage data sources, Copy data source ID"
        ) from None


def comments_of(stream: str) -> str:
    """The stream of the comments on a stream's pages."""
    return COMMENTS if stream == PAGES else f"{stream}_{COMMENTS}"


class ParentOptions(Options):
    """The record that a row hangs on."""

    stream: StreamName = Field(description="The stream of this source that has it", examples=["plans"])
    field: str = Field(description="The relation property that names it", examples=["Plan"])


class DataSourceOptions(Options):
    """One data source (a table of a database): what its rows are about and what its properties mean."""

    id: Annotated[str, AfterValidator(_dashed)] = Field(
        description="The id of the data source, not that of its database",
        examples=["2f26ee68-df30-4251-aad4-8ddc420cba3d"],
    )
    kind: str = Field(description="What its rows are about, a kind of the vocabulary", examples=["account"])
    attributes: Mapping[str, Any] = Field(
        default_factory=dict, description="Attribute to Notion property", examples=[{"domain": "Domain"}]
    )
    text: bool = Field(True, description="Read the text in each row's page: at least one more call for every row")
    parent: ParentOptions | None = Field(None, description="The record that a row hangs on")
    about: Sequence[Mapping[str, Any]] = Field(
        (),
        description="Entities that a row hangs on by a property, as `about:` of the `fields` mapping",
        examples=[[{"field": "Customer domain", "attribute": "domain"}]],
    )
    access: Mapping[str, Any] | None = Field(None, description="The property that access labels are read from")

    @model_validator(mode="after")
    def _says_something(self) -> DataSourceOptions:
        if not self.attributes and self.kind != "page":
            raise ValueError(f"say which property means what: `attributes:` of the kind {self.kind}")
        return self


class NotionOptions(Options):
    """What `sources: {x: {type: notion}}` takes."""

    token: SecretRef = Field(description="Where the connection's token is kept")
    base_url: str | None = Field(
        default=None,
        description="Another address than https://api.notion.com",
        examples=["https://api.notion.com"],
    )
    data_sources: dict[StreamName, DataSourceOptions] = Field(
        default_factory=dict, description="Data sources to read, by stream name"
    )
    pages: bool = Field(False, description="Read every other page that is shared with the connection")
    comments: bool = Field(False, description="Read the comments on the pages that are read: a call for every page")

    @model_validator(mode="after")
    def _names_are_free(self) -> NotionOptions:
        if not self.pages and not self.data_sources:
            raise ValueError("there is nothing to read: name `data_sources:`, or set `pages: true`")
        taken = {PAGES, COMMENTS, *map(comments_of, self.data_sources)}
        for name in self.data_sources:
            if name in taken:
                raise ValueError(f"a data source cannot be called {name!r}: that is a stream of this connector")
        ids = [options.id for options in self.data_sources.values()]
        if len(set(ids)) < len(ids):
            raise ValueError("two of the data sources have the same id")
        return self
