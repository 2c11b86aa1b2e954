"""The words of a workspace: kinds, their attributes, and the types that values are normalised and compared by."""

from groundfact.vocabulary.kinds import Attribute, Kind, Sensitivity, Vocabulary, default_vocabulary
from groundfact.vocabulary.placeholders import FREE_MAIL, is_placeholder
from groundfact.vocabulary.references import by_key, by_record, reference_parts
from groundfact.vocabulary.types import TYPES, BadValue, ValueType, compare_key, convert

__all__ = [
    "FREE_MAIL",
    "TYPES",
    "Attribute",
    "BadValue",
    "Kind",
    "Sensitivity",
    "ValueType",
    "Vocabulary",
    "by_key",
    "by_record",
    "compare_key",
    "convert",
    "default_vocabulary",
    "is_placeholder",
    "reference_parts",
]
