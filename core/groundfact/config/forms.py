"""The forms that names, labels and hosts must have, with a sentence for people and a pattern for editors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from groundfact.errors import UsageError
from groundfact.model.times import parse_instant

__all__ = ["Host", "Instant", "KindName", "Label", "LinkHost", "Name", "Origin", "PrincipalName", "SourceName"]

_OURS = re.compile(r"people|workspace|copilot.*")
_NAME = r"^[a-z][a-z0-9_-]{0,59}$"
_NAME_SAYS = "a name begins with a-z and goes on with a-z, 0-9, _ and -, up to 60 in all"


@dataclass(frozen=True)
class _Form:
    pattern: str
    says: str
    reserved: re.Pattern[str] | None = None

    def check(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(self.says)
        if self.reserved and self.reserved.fullmatch(text):
            raise ValueError(f"{text!r} is what groundfact calls a source of its own; choose another name")
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern}


Name = Annotated[str, _Form(_NAME, _NAME_SAYS)]
SourceName = Annotated[str, _Form(_NAME, _NAME_SAYS, _OURS)]
KindName = Annotated[
    str,
    _Form(r"^[a-z][a-z0-9_]{0,59}$", "a name begins with a-z and goes on with a-z, 0-9 and _, up to 60 in all"),
]
PrincipalName = Annotated[
    str,
    _Form(r"^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,119}$", "the name of a principal has letters, digits and _ . @ + -"),
]
Label = Annotated[str, _Form(r"^[^\s,]{1,120}$", "a label has neither spaces nor commas, and up to 120 characters")]
Host = Annotated[
    str,
    _Form(
        r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:[0-9]{1,5})?$",
        "write a host like crm.internal or a host and port like 127.0.0.1:8080, without https:// and path",
    ),
]
LinkHost = Annotated[
    str,
    _Form(
        r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$",
        "write a host like wiki.acme.example or wiki.acme.example:8443: in small letters, without https://, path and *",
    ),
]
Origin = Annotated[
    str,
    _Form(
        r"^https?://(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?$",
        "write an origin as browsers send it, like https://desk.acme.example: in small letters and without a path",
    ),
]


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except UsageError as error:
        raise ValueError(f"{error.message}; {error.hint}") from None
    return text


Instant = Annotated[str, AfterValidator(_instant)]
