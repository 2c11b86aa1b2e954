"""Values of the type `reference`: another entity, as a record can name it."""

from __future__ import annotations

import re

from groundfact.vocabulary.keys import BadValue

__all__ = ["by_key", "by_record", "read_reference", "reference_parts"]

_FORMS = re.compile(r"@([^/]+)/(.+)|([a-z][a-z0-9_]*)=(.+)|([a-z][a-z0-9_]*-[0-9a-f]{16})", re.DOTALL)


def by_record(stream: str, rec: str) -> str:
    """A record of the same source, by its stream and the source's own id."""
    return f"@{stream}/{rec}"


def by_key(attribute: str, key: object) -> str:
    """Whatever has this key: `domain=acme.example`, as it is found by."""
    return f"{attribute}={key}"


def reference_parts(text: str) -> tuple[str, str, str]:
    """What a reference consists of: `record`, stream and id; `key`, attribute and key; or `id`, nothing and the id."""
    match = _FORMS.fullmatch(text)
    if match is None:
        raise BadValue("does not name a record (`@stream/id`), a key (`domain=…`) or an id of ours")
    stream, rec, attribute, key, entity = match.groups()
    if stream is not None:
        return ("record", stream, rec)
    return ("key", attribute, key) if attribute is not None else ("id", "", entity)


def read_reference(text: str | None) -> str | None:
    """The reference as it is stored. Raises BadValue for what names nothing."""
    if text is not None:
        reference_parts(text)
    return text
