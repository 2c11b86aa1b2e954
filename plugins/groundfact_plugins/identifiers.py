"""Matchers of structured identifiers: phone numbers, tax and registry ids; and the domain that somebody registered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, model_validator

from groundfact.component import Options, component
from groundfact.errors import ConfigError
from groundfact_plugins.guarding import first_text, texts
from groundfact_plugins.normalising import plain_form

__all__ = [
    "PHONE_KEY",
    "REGISTRY_ID",
    "PhoneKey",
    "PhoneKeyOptions",
    "RegistryId",
    "RegistryIdOptions",
    "registrable",
]

_NOT_SIGN = re.compile(r"[\W_]+")
_VAT = re.compile(r"[A-Z]{2}(?=[A-Z0-9+*]*\d)[A-Z0-9+*]{2,13}")
_LEI = re.compile(r"[A-Z0-9]{18}\d\d")
_DUNS = re.compile(r"\d{9}")
_SHORTEST = 10_000
"""Below it (`12`) a number is dialled from next door only."""


@lru_cache(maxsize=1)
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=65_536)
def registrable(domain: str) -> str:
    """The part of a domain that somebody registered: `acme.co.uk` of `eu.acme.co.uk`; empty for a mere suffix."""
    found: str | None = _suffixes().privatesuffix(domain)
    return found or ""


class PhoneKeyOptions(Options):
    """A telephone number that belongs to one company or person."""

    attribute: str = Field("phone", description="Holds the number.")
    region: str | None = Field(
        None,
        pattern=r"^[A-Z]{2}$",
        description="The country (`DE`) of numbers that are written without their country's; left out, those are none.",
    )
    most: int | None = Field(
        None, ge=2, description="A number that more records share is nobody's (a switchboard) and links none of them."
    )


class PhoneKey:
    """Records with the same telephone number are the same, however it is written; an extension is another one's."""

    def __init__(self, options: PhoneKeyOptions) -> None:
        try:
            import phonenumbers
        except ImportError as error:
            raise ConfigError(
                "phone_key reads numbers with a library that is not installed", hint="pip install 'groundfact[phone]'"
            ) from error
        if options.region is not None and options.region not in phonenumbers.SUPPORTED_REGIONS:
            raise ConfigError(
                f"phone_key: {options.region} is no country", hint="write the two letters of one, like DE"
            )
        self._attribute, self._region = options.attribute, options.region
        self.most = options.most

    @property
    def attributes(self) -> Sequence[str]:
        """The one attribute."""
        return (self._attribute,)

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`phone=+493012345678`, one for each possible number."""
        found = dict.fromkeys(_e164(text, self._region) for text in texts(attributes.get(self._attribute)))
        return [f"{self._attribute}={number}" for number in found if number]


@lru_cache(maxsize=65_536)
def _e164(text: str, region: str | None) -> str:
    """A number as the whole world dials it, with its extension; empty for what cannot be one."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text[:100], region)
    except phonenumbers.NumberParseException:
        return ""
    if (number.national_number or 0) < _SHORTEST or not phonenumbers.is_possible_number(number):
        return ""
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written};ext={number.extension}" if number.extension else written


class RegistryIdOptions(Options):
    """An id that an authority gives to one company alone."""

    attribute: str = Field(description="Holds the id.")
    scheme: Literal["vat", "lei", "duns", "number"] = Field(
        description="`vat`: with its country's letters; `lei`: with its check digits; `duns`: nine digits; `number`: "
        "any other, which is unique only within a register."
    )
    country: str | None = Field(
        None, pattern=r"^[A-Z]{2}$", description="For `vat`: the letters of ids that are written without them."
    )
    check_digits: bool = Field(
        False,
        description="For `vat`: whether an id of the EU or the United Kingdom whose check digits are wrong is none. "
        "Needs the extra `vat`.",
    )
    beside: str | None = Field(
        None, description="For `number`: the attribute that names the register or country; without it there is no key."
    )

    @model_validator(mode="after")
    def _complete(self) -> RegistryIdOptions:
        if (self.beside is None) == (self.scheme == "number"):
            raise ValueError("`beside` names the register of a `number`, and only of that")
        if self.country is not None and self.scheme != "vat":
            raise ValueError("`country` is for `vat`")
        if self.check_digits and self.scheme != "vat":
            raise ValueError("`check_digits` is for `vat`; those of a `lei` are always checked")
        return self


class RegistryId:
    """Records with the same id are the same; what cannot be such an id is none."""

    def __init__(self, options: RegistryIdOptions) -> None:
        if options.check_digits:
            _need_stdnum()
        self._attribute, self._beside = options.attribute, options.beside
        self._read = _reader(options)
        self._prefix = f"{options.attribute}+{options.beside}=" if options.beside else f"{options.attribute}="

    @property
    def attributes(self) -> Sequence[str]:
        """The id, and the register."""
        return (self._attribute, self._beside) if self._beside else (self._attribute,)

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """`vat_id=DE136695976`, or for a number `registration+register=HRB1234|berlin`."""
        found = dict.fromkeys(self._read(text) for text in texts(attributes.get(self._attribute)))
        if self._beside is None:
            return [self._prefix + number for number in found if number]
        register = plain_form(first_text(attributes.get(self._beside)))
        return [f"{self._prefix}{number}|{register}" for number in found if number and register]


def _need_stdnum() -> None:
    try:
        import stdnum  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ConfigError(
            "registry_id checks VAT ids with a library that is not installed", hint="pip install 'groundfact[vat]'"
        ) from error


def _reader(options: RegistryIdOptions) -> Callable[[str], str]:
    """What turns a text into the id in its one form, or into nothing."""
    country = options.country or ""
    readers: Mapping[str, Callable[[str], str]] = {
        "vat": lambda text: _vat(text if text[:2].isalpha() else country + text, options.check_digits),
        "lei": lambda text: (
            text if _matching(_LEI, text) and int("".join(str(int(c, 36)) for c in text)) % 97 == 1 else ""
        ),
        "duns": lambda text: _matching(_DUNS, text),
        "number": lambda text: text if any(map(str.isdigit, text)) else "",
    }
    read = readers[options.scheme]
    return lambda text: read(_signs(text))


def _vat(text: str, checked: bool) -> str:
    """A VAT id, Greece's with the letters of VAT ids; empty for what cannot be one."""
    number = _matching(_VAT, text)
    number = f"EL{number[2:]}" if number.startswith("GR") else number
    return _with_right_digits(number) if number and checked else number


@lru_cache(maxsize=65_536)
def _with_right_digits(number: str) -> str:
    """A VAT id in its full length, if its check digits are right or nobody has told us how to check them."""
    from stdnum.eu import vat as union
    from stdnum.exceptions import ValidationError
    from stdnum.gb import vat as british

    try:
        if number.startswith("GB"):
            return f"GB{british.validate(number)}"
        known = number.startswith("EL") or number[:2].lower() in union.MEMBER_STATES
        return union.validate(number) if known else number
    except ValidationError:
        return ""


def _matching(pattern: re.Pattern[str], text: str) -> str:
    """The text, if it fits and is more than one digit repeated."""
    digits = {c for c in text if c.isdigit()}
    return text if pattern.fullmatch(text) and digits != {"0"} else ""


def _signs(text: str) -> str:
    return _NOT_SIGN.sub("", text[:100]).upper()


PHONE_KEY = component(
    "phone_key",
    "Same telephone number, however it is written",
    PhoneKeyOptions,
    PhoneKey,
    example="type: phone_key\nattribute: phone\nregion: DE\nmost: 5",
)
REGISTRY_ID = component(
    "registry_id",
    "Same tax or registry id: VAT, LEI, DUNS, or a number of a register",
    RegistryIdOptions,
    RegistryId,
    example="type: registry_id\nattribute: vat_id\nscheme: vat\ncountry: DE",
)
