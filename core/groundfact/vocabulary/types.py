"""Value types: reading what a source wrote, and the key by which two values are compared.

Readers are the hottest code there is (twelve attributes of every record), hence the short ways in front of
the thorough ones: each returns exactly what the thorough one would.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from groundfact.vocabulary.keys import BadValue, folded, list_key, name_key, phone_key
from groundfact.vocabulary.placeholders import LONGEST_PLACEHOLDER, PLACEHOLDERS, is_placeholder
from groundfact.vocabulary.references import read_reference

__all__ = ["TYPES", "BadValue", "ValueType", "compare_key", "convert"]

_LETTER = "a-z0-9\u0080-\U0010ffff"
_DOMAIN = re.compile(
    rf"(?:[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}])?\.)+[a-z\u0080-\U0010ffff][{_LETTER}-]{{1,62}}"
)
_PLAIN_HOST = r"(?:[a-z0-9]{1,60}\.){1,3}[a-z]{2,24}"
_PLAIN_DOMAIN = re.compile(rf"(?:https?://)?(?:www\.)?(?!www\.)({_PLAIN_HOST})/?")
_PLAIN_EMAIL = re.compile(rf"[a-z0-9._+-]{{1,64}}@{_PLAIN_HOST}")
_PLAIN_PHONE = re.compile(r"\+[1-9]\d{0,2}(?: \d{1,3}){1,2} \d{4,7}", re.ASCII)
_PHONE_SIGNS = b"+()-./ "
_EMAIL = re.compile(r"[^\s@<>\"']+@([^\s@<>\"']+)")
_HOST_END = re.compile(r"[/?#\s]")
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:[,' \u00a0\u202f]\d{3})+|\d+)(\.\d+)?([eE][+-]?\d{1,3})?")
_GROUPING = re.compile(r"[,' \u00a0\u202f]")
_UTC_STAMP = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?(?:Z|\+00:?00)", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h]?(\d\d))?(?::(\d\d)(?:\.\d+)?)?\s*(?:([ap])\.?(?:m\.?)?)?", re.IGNORECASE | re.ASCII
)
_TRUE = frozenset(("true", "yes", "y", "1", "t"))
_FALSE = frozenset(("false", "no", "n", "0", "f"))
_LONGEST = 4000
"""Longer strings are cut for single attributes; free text goes where texts go."""
_INT64 = 2**63


def _one_line(text: str) -> str | None:
    line = " ".join((text.replace("\x00", "") if "\x00" in text else text).split())
    if is_placeholder(line):
        return None
    if len(line) > _LONGEST:
        line = line[:_LONGEST].rstrip()
    # JSON can carry half a surrogate pair, which no UTF-8 store takes.
    return (line if line.isascii() else line.encode("utf-8", "replace").decode()) or None


def _string(value: Any) -> str | None:
    if type(value) is str:
        if value.isascii() and value.isprintable() and "  " not in value and len(value) <= _LONGEST:
            line = value.strip()
            return None if len(line) <= LONGEST_PLACEHOLDER and line.lower() in PLACEHOLDERS else line or None
        return _one_line(value)
    if value is None:
        return None
    if isinstance(value, (dict, list, tuple, set, bool, bytes)):
        raise BadValue("is not a single text")
    return _one_line(str(value))


def _number(value: Any) -> int | float | None:
    if type(value) is float and -_INT64 < value < _INT64:
        return value
    if isinstance(value, bool):
        raise BadValue("is not a number")
    if isinstance(value, (int, float)):
        # Also refuses NaN, which is not smaller than anything.
        if not -_INT64 <= value < _INT64:
            raise BadValue("is not a number of usable size")
        return value
    return None if value is None else _written_number(str(value).strip())


def _written_number(text: str) -> int | float | None:
    match = _NUMBER.fullmatch(text.lstrip("$€£ ")) if len(text) <= 40 else None
    if match is None:
        if not text or is_placeholder(text):
            return None
        raise BadValue("is not a number")
    sign, whole, fraction, exponent = match.groups()
    digits = sign + _GROUPING.sub("", whole)
    if not fraction and not exponent:
        return _number(int(digits))
    return _number(float(digits + (fraction or "") + (exponent or "")))


def _integer(value: Any) -> int | None:
    if type(value) is int and -_INT64 <= value < _INT64:
        return value
    number = _number(value)
    if number is None or type(number) is int:
        return number
    if number != int(number):
        raise BadValue("is not a whole number")
    return int(number)


def _boolean(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    # "No" is an answer where the question is yes or no; the other placeholders are none.
    if not text or is_placeholder(text):
        return None
    raise BadValue("is neither true nor false")


def _moment(text: str) -> datetime:
    try:
        if len(text) in (10, 13) and text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadValue("is not an ISO 8601 time") from None


def _datetime(value: Any) -> str | None:
    if type(value) is str and _UTC_STAMP.fullmatch(value) and _is_date(value[:10]):
        return value[:19] + "Z"
    text = _date_text(value)
    if text is None:
        return None
    return _moment(text).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(value: Any) -> str | None:
    """A time of day, `19:05`: of `7:05 p.m.`, `1905`, `19:05:00` or the time of a full stamp, as it is written."""
    text = None if value is None else str(value).strip()
    if not text or is_placeholder(text):
        return None
    match = _TIME.fullmatch(text)
    if match is None or (match[2] is None and match[4] is None):
        moment = datetime.fromisoformat(text) if "T" in text and _is_moment(text) else None
        if moment is None:
            raise BadValue("is not a time of day")
        return f"{moment:%H:%M}"
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            raise BadValue("is not a time of day")
        hour = hour % 12 + (12 if match[4] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise BadValue("is not a time of day")
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _date(value: Any) -> str | None:
    if type(value) is str and len(value) == 10 and _is_date(value):
        return value
    text = _date_text(value)
    if text is None:
        return None
    # A date with a zone is that date in UTC, as for times; a bare one is taken as it is written.
    return _moment(text).date().isoformat()


@lru_cache(maxsize=4096)
def _is_date(text: str) -> bool:
    # `fromisoformat` also takes week dates, which would not sort as texts.
    if text[4] != "-" or text[7] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _date_text(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    text = "" if value is None else str(value).strip()
    return None if not text or is_placeholder(text) else text


def _domain(value: Any) -> str | None:
    if type(value) is str and (plain := _PLAIN_DOMAIN.fullmatch(value)):
        return plain[1]
    text = _string(value)
    if text is None:
        return None
    # Not `casefold`, which takes ß for ss: two domains, of two companies.
    text = text.lower()
    host = _HOST_END.split(text.partition("://")[2] or text, maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].removeprefix("www.").rstrip(".")
    if len(host) > 253 or not _DOMAIN.fullmatch(host):
        raise BadValue("is not a domain")
    return host


def _email(value: Any) -> str | None:
    if type(value) is str and _PLAIN_EMAIL.fullmatch(value):
        return value
    text = _string(value)
    if text is None:
        return None
    text = text.lower().removeprefix("mailto:")
    match = _EMAIL.fullmatch(text) if len(text) <= 254 else None
    if not match or not _DOMAIN.fullmatch(match[1]):
        raise BadValue("is not an e-mail address")
    return text


def _phone(value: Any) -> str | None:
    if type(value) is str and (_PLAIN_PHONE.fullmatch(value) or (value.isascii() and _is_plain_phone(value))):
        return value
    text = _string(value)
    if text is not None and not 5 <= sum(map(str.isdigit, text)) <= 17:
        raise BadValue("is not a phone number")
    return text


def _is_plain_phone(text: str) -> bool:
    digits = text.encode().translate(None, _PHONE_SIGNS)
    # All zeros is a placeholder.
    if not (5 <= len(digits) <= 17 and digits.isdigit() and digits.strip(b"0")):
        return False
    return "  " not in text and text[0] != " " and text[-1] != " "


def _list(value: Any) -> list[str] | None:
    if value is None:
        return None
    items = value if isinstance(value, (list, tuple)) else str(value).split(";")
    return [text for text in map(_string, items) if text] or None


class ValueType(NamedTuple):
    """A type: how a source's value is read, and how two values are compared."""

    read: Callable[[Any], Any]
    """The normalised value; None where there is nothing (empty, placeholder). Raises BadValue."""
    key: Callable[[Any], Any] | None
    """None: the value is its own key."""


TYPES: dict[str, ValueType] = {
    "string": ValueType(_string, folded),
    "text": ValueType(_string, folded),
    "name": ValueType(_string, name_key),
    "integer": ValueType(_integer, None),
    "number": ValueType(_number, None),
    "boolean": ValueType(_boolean, None),
    "date": ValueType(_date, None),
    "datetime": ValueType(_datetime, None),
    "time": ValueType(_time, None),
    "email": ValueType(_email, None),
    "domain": ValueType(_domain, None),
    "phone": ValueType(_phone, phone_key),
    "url": ValueType(_string, None),
    "id": ValueType(_string, None),
    "list": ValueType(_list, list_key),
    "reference": ValueType(lambda value: read_reference(_string(value)), None),
}


def convert(type_name: str, value: Any) -> Any:
    """The normalised value; None where there is nothing (empty, placeholder). Raises BadValue."""
    return TYPES[type_name].read(value)


def compare_key(type_name: str, value: Any) -> Any:
    """Equal for two values that mean the same."""
    key = TYPES[type_name].key
    return value if key is None or value is None else key(value)
