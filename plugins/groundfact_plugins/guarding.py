"""What keeps records apart that share a key or look alike: the options of it, and what a record says about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from groundfact.component import Options
from groundfact.model import Guard
from groundfact.vocabulary import is_placeholder
from groundfact_plugins.normalising import name_form, phone_form, plain_form, street_form

__all__ = ["GuardOptions", "KeyPart", "Parts", "Watch", "as_part", "first_text", "texts"]

Form = Literal["name", "street", "phone", "plain"]
_TOO_LARGE = 10**40
"""No id or phone number; Python refuses to write out the largest integers."""


class KeyPart(Options):
    """One attribute that is compared."""

    attribute: str = Field(description="The attribute.")
    form: Form | None = Field(
        None, description="How it is compared; left out, its name tells, else `plain`: words without case."
    )

    def normaliser(self, digits: int | None) -> Callable[[str], str]:
        """What brings a text into the form in which it is compared."""
        if self.compared == "phone":
            return lambda text: phone_form(text, digits)
        return {"name": name_form, "street": street_form, "plain": plain_form}[self.compared]

    @property
    def compared(self) -> Form:
        """The form that is written, or that the attribute's name tells."""
        if self.form is not None:
            return self.form
        words = self.attribute.split("_")
        if "phone" in words or "mobile" in words:
            return "phone"
        if "street" in words or "address" in words:
            return "street"
        return "name" if "name" in words else "plain"


def as_part(value: Any) -> Any:
    """A part as it may be written: a bare attribute, or one with its form."""
    return {"attribute": value} if isinstance(value, str) else value


Parts = list[Annotated[KeyPart, BeforeValidator(as_part, json_schema_input_type=str | KeyPart)]]


class GuardOptions(Options):
    """What keeps records apart all the same."""

    differ: Parts = Field(
        default=[],
        description="Attributes of which none may differ: where both sides say it, they must have a value in common.",
    )
    apart: Parts = Field(
        default=[],
        description="Attributes by which a list tells its own records apart: where one list has records on both sides "
        "and at least two records confirm each side's value, they are two.",
    )
    digits: int | None = Field(
        None, ge=5, le=15, description="How many digits of a phone number count, from its end; else all."
    )


class Watch:
    """A guard, and what a record says about it."""

    def __init__(self, differ: Sequence[KeyPart], apart: Sequence[KeyPart], digits: int | None) -> None:
        self._asked = [(_told(part, digits), part.attribute, part.normaliser(digits)) for part in (*differ, *apart)]
        self.attributes = tuple(dict.fromkeys(at for _, at, _ in self._asked))
        self.guard = Guard(tuple(_told(part, digits) for part in differ), tuple(_told(part, digits) for part in apart))

    def says(self, attributes: Mapping[str, Any]) -> Mapping[str, str]:
        """Each value in its one form, by the name the guard has for its attribute."""
        found = ((name, normalise(first_text(attributes.get(at)))) for name, at, normalise in self._asked)
        return {name: value for name, value in found if value}


def _told(part: KeyPart, digits: int | None) -> str:
    """Values are only comparable in the same form."""
    counted = digits or "" if part.compared == "phone" else ""
    return f"{part.attribute}:{part.compared}{counted}"


def texts(value: Any) -> Sequence[str]:
    """The texts in a value that carry something: no placeholders, no objects, no truth values."""
    if type(value) is str:
        text = value.strip()
        return (text,) if text and not is_placeholder(text) else ()
    if isinstance(value, (list, tuple)):
        return [text for item in value if not isinstance(item, (list, tuple)) for text in texts(item)]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return texts(str(value)) if abs(value) < _TOO_LARGE else ()
    return ()


def first_text(value: Any) -> str:
    """The first text in a value that carries something; empty without one."""
    found = texts(value)
    return found[0] if found else ""
