"""Matchers: which values two records must share to be about the same company or person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from unicodedata import normalize

from pydantic import Field

from groundfact.component import Options, component
from groundfact.vocabulary import FREE_MAIL, is_placeholder
from groundfact_plugins.guarding import GuardOptions, Parts, Watch, first_text, texts
from groundfact_plugins.identifiers import registrable

__all__ = [
    "COMPOUND_KEY",
    "CROSS_REFERENCE",
    "SHARED_KEY",
    "CompoundKey",
    "CompoundKeyOptions",
    "CrossReference",
    "CrossReferenceOptions",
    "SharedKey",
    "SharedKeyOptions",
]

_SHORT_SALESFORCE_ID = re.compile(r"[0-9A-Za-z]{15}")
_CASES = {code: "1" if chr(code).isupper() else "0" for code in range(128)}
_CHECK = {f"{bits:05b}"[::-1]: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits] for bits in range(32)}


class SharedKeyOptions(Options):
    """One attribute whose value belongs to one company or person alone."""

    attribute: str = Field(description="Whose equal value makes two records the same.")
    subdomains: Literal["same", "apart"] = Field(
        "apart",
        description="For a domain: whether `eu.acme.example` is `acme.example`. A hosting provider's customers and "
        "public suffixes (`co.uk`) stay what they are, by the public suffix list.",
    )
    most: int | None = Field(
        None,
        ge=2,
        description="A value that more records share is nobody's (an agency, a switchboard) and links none of them.",
    )


class SharedKey:
    """Records with an equal value are the same: a domain, an e-mail address, a registration number."""

    def __init__(self, options: SharedKeyOptions) -> None:
        self._attribute = options.attribute
        self._whole = options.subdomains == "apart"
        self.most = options.most

    @property
    def attributes(self) -> Sequence[str]:
        """The one attribute."""
        return (self._attribute,)

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`domain=acme.example`, one for each value of a list; a mailbox provider's domain is nobody's."""
        value = attributes.get(self._attribute)
        if (
            self._whole
            and type(value) is str
            and value
            and value.isascii()
            and value.isprintable()
            and " " not in value
        ):
            # The usual case, an address or a domain: one text, for which there is a short way.
            text = value.lower()
            return () if text in FREE_MAIL or is_placeholder(text) else (f"{self._attribute}={text}",)
        found = (_lowered(text) for text in texts(value))
        if not self._whole:
            found = (registrable(text) for text in found)
        return [f"{self._attribute}={text}" for text in dict.fromkeys(found) if text and text not in FREE_MAIL]


class CompoundKeyOptions(GuardOptions):
    """Attributes that identify together what none of them identifies alone."""

    attributes: Parts = Field(min_length=2, max_length=6, description="A record that lacks one of them has no key.")


class CompoundKey:
    """Records that agree in all parts are the same; a record that lacks one of them has no key."""

    def __init__(self, options: CompoundKeyOptions) -> None:
        self._attributes = [part.attribute for part in options.attributes]
        self._prefix = "+".join(self._attributes) + "="
        self._parts = [(part.attribute, part.normaliser(options.digits)) for part in options.attributes]
        self.space = self._prefix[:-1]
        watch = Watch(options.differ, options.apart, options.digits)
        self.guard, self.says = watch.guard, watch.says
        self._watched = watch.attributes

    @property
    def attributes(self) -> Sequence[str]:
        """The attributes of the key, and those that keep its holders apart."""
        return [*self._attributes, *self._watched]

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`name+street=acme|12 n oak`, or nothing."""
        parts = []
        for attribute, normalise in self._parts:
            part = normalise(first_text(attributes.get(attribute)))
            if not part:
                return ()
            parts.append(part)
        return (self._prefix + "|".join(parts),)


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
        return [self._prefix + _long_id(text) for text in dict.fromkeys(texts(attributes.get(self._attribute)))]


def _lowered(text: str) -> str:
    """Without case. Not `casefold`, which takes ß for ss: in identifiers those are two."""
    return text.lower() if text.isascii() else normalize("NFKC", text).lower()


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
