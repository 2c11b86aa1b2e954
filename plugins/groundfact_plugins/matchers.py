"""Matchers: which values two records must share to be about the same company or person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal
from unicodedata import normalize

from pydantic import BeforeValidator, Field

from groundfact.component import Options, component
from groundfact.vocabulary import FREE_MAIL, is_placeholder
from groundfact_plugins.normalising import name_form, phone_form, plain_form, street_form

__all__ = [
    "COMPOUND_KEY",
    "CROSS_REFERENCE",
    "SHARED_KEY",
    "CompoundKey",
    "CompoundKeyOptions",
    "CrossReference",
    "CrossReferenceOptions",
    "KeyPart",
    "SharedKey",
    "SharedKeyOptions",
    "as_part",
    "first_text",
    "normaliser",
]

Form = Literal["name", "street", "phone", "plain"]
_SHORT_SALESFORCE_ID = re.compile(r"[0-9A-Za-z]{15}")
_CASES = {code: "1" if chr(code).isupper() else "0" for code in range(128)}
_CHECK = {f"{bits:05b}"[::-1]: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits] for bits in range(32)}
_TOO_LARGE = 10**40
"""No id or phone number; Python refuses to write out the largest integers."""


class SharedKeyOptions(Options):
    """One attribute whose value belongs to one company or person alone."""

    attribute: str = Field(description="Whose equal value makes two records the same.")
    most: int | None = Field(
        None,
        ge=2,
        description="A value that more records share is nobody's (an agency, a switchboard) and links none of them.",
    )


class SharedKey:
    """Records with an equal value are the same: a domain, an e-mail address, a registration number."""

    def __init__(self, options: SharedKeyOptions) -> None:
        self._attribute = options.attribute
        self.most = options.most

    @property
    def attributes(self) -> Sequence[str]:
        """The one attribute."""
        return (self._attribute,)

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`domain=acme.example`, one for each value of a list; a mailbox provider's domain is nobody's."""
        value = attributes.get(self._attribute)
        if type(value) is str and value and value.isascii() and value.isprintable() and " " not in value:
            # The usual case, an address or a domain: one text, for which there is a short way.
            text = value.lower()
            return () if text in FREE_MAIL or is_placeholder(text) else (f"{self._attribute}={text}",)
        found = (_lowered(text) for text in _texts(value))
        return [f"{self._attribute}={text}" for text in dict.fromkeys(found) if text not in FREE_MAIL]


class KeyPart(Options):
    """One attribute of a compound key."""

    attribute: str = Field(description="The attribute.")
    form: Form = Field(description="How it is compared; left out, its name tells, else `plain`: words without case.")


def as_part(value: Any) -> Any:
    """A part as it may be written: a bare attribute, or one without its form."""
    if isinstance(value, str):
        return {"attribute": value, "form": _form(value)}
    if isinstance(value, Mapping) and isinstance(value.get("attribute"), str):
        return {"form": _form(value["attribute"]), **value}
    return value


def _form(attribute: str) -> Form:
    words = attribute.split("_")
    if "phone" in words or "mobile" in words:
        return "phone"
    if "street" in words or "address" in words:
        return "street"
    return "name" if "name" in words else "plain"


class CompoundKeyOptions(Options):
    """Attributes that identify together what none of them identifies alone."""

    attributes: Annotated[
        list[Annotated[KeyPart, BeforeValidator(as_part, json_schema_input_type=str | KeyPart)]],
        Field(min_length=2, max_length=6, description="A record that lacks one of them has no key."),
    ]
    digits: int | None = Field(
        None, ge=5, le=15, description="How many digits of a phone number count, from its end; else all."
    )


class CompoundKey:
    """Records that agree in all parts are the same; a record that lacks one of them has no key."""

    def __init__(self, options: CompoundKeyOptions) -> None:
        self._attributes = [part.attribute for part in options.attributes]
        self._prefix = "+".join(self._attributes) + "="
        self._parts = [(part.attribute, normaliser(part.form, options.digits)) for part in options.attributes]

    @property
    def attributes(self) -> Sequence[str]:
        """The attributes of the key."""
        return self._attributes

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`name+street=acme|12 n oak`, or nothing."""
        parts = []
        for attribute, normalise in self._parts:
            texts = _texts(attributes.get(attribute))
            part = normalise(texts[0]) if texts else ""
            if not part:
                return ()
            parts.append(part)
        return (self._prefix + "|".join(parts),)


def normaliser(form: Form, digits: int | None) -> Callable[[str], str]:
    """What brings a text into the form in which it is compared."""
    if form == "phone":
        return lambda text: phone_form(text, digits)
    return {"name": name_form, "street": street_form, "plain": plain_form}[form]


class CrossReferenceOptions(Options):
    """An attribute that holds another system's id of the same company or person."""

    attribute: str = Field(description="Holds the id, on the records of all other streams.")
    source: str = Field(description="The source whose ids these are.")
    stream: str = Field(description="The stream of that source whose records have these ids.")


class CrossReference:
    """A record that names another one's id is the same as that one."""

    def __init__(self, options: CrossReferenceOptions) -> None:
        self._attribute = options.attribute
        self._target = (options.source, options.stream)
        self._prefix = f"{options.source}/{options.stream}="

    @property
    def attributes(self) -> Sequence[str]:
        """The attribute that holds the id."""
        return (self._attribute,)

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`crm/accounts=<id>`: a record's own id in the stream that is referred to, else the id it holds."""
        if (source, stream) == self._target:
            return (self._prefix + _long_id(record),)
        return [self._prefix + _long_id(text) for text in dict.fromkeys(_texts(attributes.get(self._attribute)))]


def _lowered(text: str) -> str:
    """Without case. Not `casefold`, which takes ß for ss: in identifiers those are two."""
    return text.lower() if text.isascii() else normalize("NFKC", text).lower()


def _texts(value: Any) -> Sequence[str]:
    """The texts in a value that carry something: no placeholders, no objects, no truth values."""
    if type(value) is str:
        text = value.strip()
        return (text,) if text and not is_placeholder(text) else ()
    if isinstance(value, (list, tuple)):
        return [text for item in value if not isinstance(item, (list, tuple)) for text in _texts(item)]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _texts(str(value)) if abs(value) < _TOO_LARGE else ()
    return ()


def first_text(value: Any) -> str:
    """The first text in a value that carries something; empty without one."""
    found = _texts(value)
    return found[0] if found else ""


def _long_id(text: str) -> str:
    """A Salesforce id of 15 characters in its 18-character form; any other id as it is.

    The three more characters say which letters are upper case, five letters each, as Salesforce documents.
    """
    if len(text) != 15 or not _SHORT_SALESFORCE_ID.fullmatch(text):
        return text
    cases = text.translate(_CASES)
    return text + _CHECK[cases[:5]] + _CHECK[cases[5:10]] + _CHECK[cases[10:]]


SHARED_KEY = component(
    "shared_key",
    "Same value of one attribute, same company or person",
    SharedKeyOptions,
    SharedKey,
    example="type: shared_key\nattribute: domain",
)
COMPOUND_KEY = component(
    "compound_key",
    "Same values of several attributes, compared without spelling differences",
    CompoundKeyOptions,
    CompoundKey,
    example="type: compound_key\nattributes: [phone, street]\ndigits: 7",
)
CROSS_REFERENCE = component(
    "cross_reference",
    "One system holds the other's id of the same company or person",
    CrossReferenceOptions,
    CrossReference,
    example="type: cross_reference\nattribute: salesforce_id\nsource: crm\nstream: accounts",
)
