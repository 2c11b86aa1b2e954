"""References to secrets; the secret itself is never in a config, a log or an error."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["SecretRef"]

_KINDS = ("env:", "file:", "keyring:")


class SecretRef(str):
    """Where a secret is kept: `env:NAME`, `file:PATH` or `keyring:SERVICE/NAME`. Options use it as a type."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> SecretRef:
        """Refuse anything that is not a reference, without repeating it."""
        if not text.startswith(_KINDS) or not text.partition(":")[2].strip():
            raise ValueError(
                "write where the secret is kept, not the secret: env:NAME, file:PATH or keyring:SERVICE/NAME"
            )
        return cls(text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as a string that is a reference."""
        return core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A pattern that editors can check."""
        return {"type": "string", "pattern": "^(env|file|keyring):.+", "examples": ["env:CRM_TOKEN"]}
