"""Text from sources is data: which of its characters may be shown at all."""

from __future__ import annotations

import re
from unicodedata import category

__all__ = ["one_line", "visible", "writable"]

_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_PRINTED = re.compile(r"[ -~\n\t]*")
_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cn", "Cs"))
"""Control, format (directions, tags, zero widths), private, unassigned and half characters."""
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
"""Letters and signs that are drawn as nothing."""
_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters that people see: Arabic and Syriac signs around numbers and verses."""
_AHEAD = ((0x1F000, 0x1FAFF), (0x20000, 0x3FFFD))
"""Reserved for emoji and ideographs: what a newer Unicode has put there is no secret, only unknown to this Python."""
_JOINERS = "\u200c\u200d"
_MONGOLIAN = frozenset("\u180b\u180c\u180d\u180e\u180f")
# Arabic to Sinhala, Tibetan, Myanmar, Khmer, Mongolian, and the scripts beside them: words are spelt with joiners.
_SPELLING = ((0x600, 0x8FF), (0x900, 0xDFF), (0xF00, 0x109F), (0x1780, 0x18AF), (0xA800, 0xABFF), (0x11000, 0x11FFF))
_IDEOGRAPHS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD))
_SKIN_TONES = (0x1F3FB, 0x1F3FF)


def visible(text: str) -> str:
    """The text as it reads: without what steers a terminal, reorders or hides; tabs stay, and every line end is `\\n`.

    Joiners and variation selectors stay where spelling or an emoji needs them, one at a time.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_END.sub("\n", text)
    if _PRINTED.fullmatch(text):
        return text
    kept: list[str] = []
    for at, sign in enumerate(text):
        if sign in "\n\t" or (sign.isascii() and sign.isprintable()):
            kept.append(sign)
        elif _is_companion(sign):
            if kept and _belongs(kept[-1], sign, text[at + 1 : at + 2]):
                kept.append(sign)
        elif _is_shown(sign):
            kept.append(sign)
    return "".join(kept)


def writable(text: str) -> str:
    """The text as it can be written down: half characters, as from a shell of another encoding, become `?`."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def one_line(text: str, most: int = 200) -> str:
    """The visible text on one line, cut at `most` characters."""
    text = " ".join(visible(text).split())
    return text if len(text) <= most else text[: most - 1].rstrip(" " + _JOINERS) + "…"


def _is_shown(sign: str) -> bool:
    if sign in _BLANK:
        return False
    sort = category(sign)
    if sort not in _HIDDEN or sign in _SIGNS:
        return True
    return sort == "Cn" and _within(sign, *_AHEAD) and ord(sign) & 0xFFFE != 0xFFFE


def _is_companion(sign: str) -> bool:
    """Whether a character means nothing by itself: a joiner or a variation selector."""
    return (
        sign in _JOINERS or sign in _MONGOLIAN or "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
    )


def _belongs(before: str, sign: str, after: str) -> bool:
    """Whether a joiner or selector stands where it has a meaning; a second one in a row never does."""
    if sign in _MONGOLIAN:
        return _within(before, (0x1820, 0x18AA))
    if sign in _JOINERS:
        spelt = category(before)[0] in "LM" and _within(before, *_SPELLING) and before not in _MONGOLIAN
        return spelt or (sign == "\u200d" and _ends_picture(before) and _is_picture(after))
    if sign >= "\ufe0e" and sign <= "\ufe0f":
        keycap = before in "0123456789#*" and after == "\u20e3"
        return keycap or (not before.isascii() and category(before) in ("So", "Sm", "Po", "Pd"))
    # Japanese names tell variants of an ideograph apart; more of them than are in use would carry bytes.
    return (sign <= "\ufe02" or "\U000e0100" <= sign <= "\U000e011f") and _within(before, *_IDEOGRAPHS)


def _is_picture(sign: str) -> bool:
    return bool(sign) and not sign.isascii() and (category(sign) in ("So", "Sm") or _within(sign, _AHEAD[0]))


def _ends_picture(sign: str) -> bool:
    return sign == "\ufe0f" or _within(sign, _SKIN_TONES) or _is_picture(sign)


def _within(sign: str, *ranges: tuple[int, int]) -> bool:
    return any(low <= ord(sign) <= high for low, high in ranges)
