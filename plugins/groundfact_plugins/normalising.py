"""Names, streets and phone numbers in the one form in which two systems would write the same thing.

Bounded and cached: identity asks for every record, and most values come from several sources.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

from groundfact.vocabulary.keys import phone_number

__all__ = ["core_name", "name_form", "phone_form", "plain_form", "street_form"]

_LONGEST = 300
_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.)+[^\W\d_]?(?![^\W_])")
_RANGE = re.compile(r"^(\d+)\s*[-–]\s*\d+\b")
_ORDINALS = ("st", "nd", "rd", "th")
_LINE_END = re.compile(r"[,;\n\r]")
# fmt: off
_LEGAL_FORMS = frozenset((
    "inc", "incorporated", "llc", "llp", "lllp", "lp", "ltd", "limited", "corp", "corporation", "co",
    "company", "plc", "pc", "pllc", "gmbh", "mbh", "ag", "kg", "kgaa", "ohg", "ug", "se", "sa", "sas", "sarl",
    "srl", "spa", "bv", "nv", "ab", "as", "asa", "aps", "oy", "oyj", "pty", "pte", "pvt", "ltda", "kk", "sro",
))
_LONG_FORMS = frozenset(("naamloze", "naamlooze", "vennootschap", "besloten", "aktiengesellschaft", "societe", "dite"))
_ENDS_NAME = frozenset((
    "inc", "incorporated", "llc", "ltd", "plc", "gmbh", "bv", "nv", "sarl", "srl", "oyj",
    "naamloze", "naamlooze", "besloten", "aktiengesellschaft",
))
_DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w", "no": "n", "so": "s",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}
_SUFFIXES = {
    "street": "st", "str": "st", "avenue": "ave", "av": "ave", "boulevard": "blvd", "road": "rd",
    "drive": "dr", "lane": "ln", "place": "pl", "court": "ct", "highway": "hwy", "parkway": "pkwy",
    "terrace": "ter", "square": "sq", "circle": "cir", "plaza": "plz", "expressway": "expy",
    "turnpike": "tpke", "trail": "trl", "way": "way",
}
_UNITS = frozenset((
    "suite", "ste", "unit", "apt", "apartment", "room", "rm", "floor", "flr", "fl", "bldg", "building",
))
# fmt: on
_LEGAL = _LEGAL_FORMS | _LONG_FORMS
_SHORT = {**_DIRECTIONS, **_SUFFIXES}
_SHORT_DIRECTIONS = frozenset(_DIRECTIONS.values())
_SHORT_SUFFIXES = frozenset(_SUFFIXES.values())
_ENDS = _SHORT_SUFFIXES | _UNITS
_NO_NAME = _SHORT_SUFFIXES | _SHORT_DIRECTIONS


def plain_form(text: str) -> str:
    """The words of a text, without case and punctuation."""
    return " ".join(_words(text[:_LONGEST]))


def name_form(text: str) -> str:
    """A company's or person's name without legal form, leading "the", case and punctuation."""
    return _name(text[:_LONGEST])


def core_name(text: str) -> str:
    """What is left of a name for comparing: no legal form in front or behind, nor the place that follows one."""
    return _core(text[:_LONGEST])


def street_form(text: str) -> str:
    """House number, direction and name of a street; nothing where there is no number.

    The suffix (st, ave, …) and what follows it (unit, city, zip) are left out, and so is the end of a range
    of numbers: half of all systems leave them out. Hence never a key by itself, only beside a name or phone.
    """
    return _street(text[:_LONGEST])


def phone_form(text: str, digits: int | None) -> str:
    """The (last so many) digits of a phone number; nothing where they are too few or all the same."""
    number = text if text.isascii() and text.isdigit() else phone_number(text[:_LONGEST])
    if len(number) < (digits or 5) or number.count(number[0]) == len(number):
        return ""
    return number[-digits:] if digits else number


@lru_cache(maxsize=65_536)
def _name(text: str) -> str:
    words = _words(_DOTTED.sub(lambda match: match[0].replace(".", ""), text) if "." in text else text)
    if len(words) > 1 and words[0] == "the":
        del words[0]
    end = len(words)
    while end > 1 and (words[end - 1] in _LEGAL_FORMS or (end < len(words) and words[end - 1] == "and")):
        end -= 1
    return " ".join(words[:end])


@lru_cache(maxsize=65_536)
def _core(text: str) -> str:
    words = _spelled(_name(text).split())
    start, end = 0, len(words)
    while start < end - 1 and words[start] in _LEGAL:
        start += 1
    for position in range(start + 1, end):
        if words[position] in _ENDS_NAME:
            end = position
            break
    while end > start + 1 and words[end - 1] in _LEGAL:
        end -= 1
    return " ".join(words[start:end])


def _spelled(words: list[str]) -> list[str]:
    """`n v` as `nv`: single letters that stand together are one word."""
    found: list[str] = []
    letters = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and letters:
            found[-1] += word
        else:
            found.append(word)
        letters = single
    return found


@lru_cache(maxsize=65_536)
def _street(text: str) -> str:
    line = _first_line(_folded(text).strip())
    words = [_SHORT.get(word, word) for word in _WORD.findall(line)]
    if not words:
        return ""
    if words[0][0].isdigit():
        words = _numbered(words)
        return " ".join(words) if len(words) > 1 else ""
    return " ".join(words) if any(word[0].isdigit() for word in words) else ""


def _first_line(text: str) -> str:
    """The part before a comma, line break or unit sign where that is a street by itself; one house number."""
    if _LINE_END.search(text):
        first = _LINE_END.split(text, maxsplit=1)[0]
        text = first if first[:1].isdigit() and " " in first.strip() else text
    if "#" in text:
        text = text.partition("#")[0] or text
    return _RANGE.sub(r"\1", text) if "-" in text or "–" in text else text


def _numbered(words: list[str]) -> list[str]:
    """Cut a street that begins with its number where its name ends."""
    found = words[:1]
    named = False
    for word in words[1:]:
        # Only after a name: "1 W St Charles Rd" keeps its saint.
        if named and word in _ENDS:
            ordinal_floor = word in _UNITS and found[-1][0].isdigit() and not found[-1].isdigit()
            return [_plain_number(part) for part in (found[:-1] if ordinal_floor else found)]
        named = named or word not in _NO_NAME
        found.append(word)
    return [_plain_number(part) for part in _without_zip(found)]


def _plain_number(word: str) -> str:
    """`51` for `51st`."""
    return word[:-2] if word.endswith(_ORDINALS) and word[:-2].isdigit() else word


def _without_zip(words: list[str]) -> list[str]:
    for size, end in ((1, len(words)), (2, len(words) - 1)):
        if len(words) > size + 2 and words[end - 1].isdigit() and len(words[end - 1]) == 5:
            return words[: end - 2] if len(words[end - 2]) == 2 and words[end - 2].isalpha() else words[: end - 1]
    return words


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    if not text.isascii():
        text = normalize("NFKC", text).translate(_QUOTES)
    return text.casefold().replace("'", "").replace("&", " and ")


_QUOTES = {ord(sign): "'" for sign in "’‘`´"}
