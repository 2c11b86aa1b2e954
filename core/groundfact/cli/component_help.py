"""A component's options, read off its pydantic model: the same declaration that validates the YAML."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

__all__ = ["OptionHelp", "options_of"]


class OptionHelp(NamedTuple):
    """One option of a component."""

    name: str
    type: str
    default: Any
    required: bool
    description: str


def options_of(model: type[BaseModel], prefix: str = "") -> Iterator[OptionHelp]:
    """Every option of a model, those of its parts behind a dot."""
    for name, field in model.model_fields.items():
        yield _option(prefix + (field.alias or name), field)
        for part, many in _parts(field.annotation):
            yield from options_of(part, f"{prefix}{field.alias or name}{'.*' if many else ''}.")


def _option(name: str, field: FieldInfo) -> OptionHelp:
    default = None if field.is_required() or field.default is PydanticUndefined else field.default
    return OptionHelp(name, _named(field.annotation), default, field.is_required(), field.description or "")


def _parts(annotation: Any, many: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, many
        return
    collection = get_origin(annotation) not in (None, Union, UnionType, Literal)
    for inner in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from _parts(inner, many or collection)


def _named(annotation: Any) -> str:
    """A type as somebody who writes YAML would call it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(str(value) for value in inner)
    if origin in (Union, UnionType):
        return " | ".join(_named(each) for each in inner if each is not NoneType)
    if hasattr(annotation, "__metadata__"):
        return _named(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    if inner:
        return f"{_WORDS.get(origin.__name__, origin.__name__)} of {_named(inner[-1])}"
    name = getattr(annotation, "__name__", str(annotation))
    return _WORDS.get(name, name)


_WORDS = {
    "str": "text", "int": "whole number", "float": "number", "bool": "true | false", "dict": "mapping",
    "Mapping": "mapping", "list": "list", "tuple": "list", "Sequence": "list", "timedelta": "duration",
    "SecretRef": "secret reference", "NoneType": "null", "Any": "anything", "datetime": "time",
}  # fmt: skip
