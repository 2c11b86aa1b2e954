"""Text from sources is data: shown so that no client fetches, follows or obeys what stands in it.

Signs are replaced, not escaped: a backslash helps only where everybody parses Markdown the same way.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from groundfact.model.text import one_line, visible

__all__ = ["inert_lines", "inline", "is_plain", "link", "quoted"]

_SIGNS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'"})
"""What tags, links, images, footnotes, definitions and code begin with. Square brackets are ours alone."""
_QUOTES = str.maketrans("“”„", '"""')
_ENTITY = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]{1,31};)")
_TILDES = re.compile(r"~{2,}")
_ODD = re.compile(r'[;"“”„‹›{}|]|:(?:\s|$)')
"""Signs by which a value could pass for more than one."""
_LONGEST_PLAIN = 60
_BARE = re.compile(r"(?!.*[wW]{3}\.)[!$%'()*+,\-.0-9=@A-Z^_a-z]++(?: [!$%'()*+,\-.0-9=@A-Z^_a-z]++)*+")
"""Most values: words of signs of which none can begin markup or an address, and none is odd."""
_ADDRESS = re.compile(
    r"""(?ix)
    (?: [a-z][a-z0-9+.\-]{0,30} : )? [/\\]{2,} [^\s<>"'`\[\]{}|“”]*                    # scheme://…, //…, \\…
    | (?<![a-z0-9]) (?: https? | ftp | wss? | mailto | xmpp | file | data | blob | javascript | vbscript | view-source )
      : [^\s<>"'`\[\]{}|“”]+                                                           # schemes that need no slashes
    | (?<![a-z0-9]) www \. [^\s<>"'`\[\]{}|“”]+
    | (?: [^\W_] [\w\-]{0,62} \. ){1,8} [^\W\d_]{2,24} (?= [/?\#\\]\S | :\d ) [^\s<>"'`\[\]{}|“”]*   # a host and more
    """
)
_HARMLESS = re.compile(r"(?:[^:/\\.<>\[\]`&~]|\.(?=\s|$))*+")
"""Most values and sentences: no sign of markup, and none without which there is no address."""
_TAIL = ".,;:!?)*_~…"
"""Signs that end a sentence, not an address."""
_LINK = re.compile(r"(?ia)https?://([a-z0-9.\-]+(?::[0-9]{1,5})?)(?:[/?#][a-z0-9._~:/?#@!$&()*+,=%\-]*)?")
_WEB = re.compile(r"(?ia)(?:https?|ftp|wss?|mailto|xmpp):")
_SCHEME = re.compile(r"(?ia)([a-z][a-z0-9+\-]*):")
_BARE_HOST = re.compile(r"(?i)(?!www\.)((?:[^\W_][\w\-]*\.)+[^\W\d_]{2,24})/?")
_BARE_MAIL = re.compile(r"[\w.+\-]+@(?:[^\W_][\w\-]*\.)+[^\W\d_]{2,24}")
_DOT = re.compile(r"(?<=\w)\.(?=\w)")
_SLASHES = re.compile(r":?[/\\]{2,}")


def inline(text: str, most: int = 200, links: Collection[str] = ()) -> str:
    """One line of at most about `most` characters; addresses stay links only to the hosts in `links`."""
    # Cut before links are judged: a host that is cut is another host.
    return _inert(one_line(text, most), links)


def quoted(text: str, most: int = 200, links: Collection[str] = (), *, always: bool = False) -> str:
    """The same, in “…” where its words could pass for ours; within, no sign can end the quotation."""
    if len(text) <= min(_LONGEST_PLAIN, most) and not always and _BARE.fullmatch(text):
        return text
    shown = inline(text, most, links)
    return shown if is_plain(shown) and shown and not always else f"“{shown.translate(_QUOTES)}”"


def is_plain(text: str) -> bool:
    """Whether a text is short and has no sign by which one value could pass for several."""
    return len(text) <= _LONGEST_PLAIN and not _ODD.search(text)


def inert_lines(text: str, most: int, links: Collection[str] = (), most_lines: int = 12) -> list[str]:
    """The lines of a text that are not empty, at most about `most` characters in `most_lines` lines."""
    lines = [" ".join(line.split()) for line in visible(text).split("\n")]
    found: list[str] = []
    for line in filter(None, lines):
        if most <= 0 or len(found) == most_lines:
            found[-1] += "" if found[-1].endswith("…") else " …"
            break
        found.append(_inert(one_line(line, most), links))
        most -= len(line)
    return found


def link(address: object, links: Collection[str]) -> str:
    """The address, if it is a link to exactly one of the hosts; else nothing."""
    text = address if isinstance(address, str) else ""
    match = _LINK.fullmatch(text)
    # A second address in the first one's path would be cut out as a link of its own by some clients.
    safe = match is not None and "//" not in text.partition("://")[2] and match[1].lower() in links
    return text if safe else ""


def _inert(text: str, links: Collection[str]) -> str:
    if _HARMLESS.fullmatch(text):
        return text
    told: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        body = match[0].rstrip(_TAIL)
        # An address that was cut may have had another host.
        kept = "" if match[0].endswith("…") else link(body, links)
        told += (_without_markup(text[end : match.start()]), kept or _without_markup(_defanged(body)))
        end = match.start() + len(body)
    told.append(_without_markup(text[end:]))
    return "".join(told)


def _without_markup(text: str) -> str:
    return _TILDES.sub("~", _ENTITY.sub("＆", text.translate(_SIGNS)))


def _defanged(address: str) -> str:
    """An address that reads the same and is none: without its scheme, and `(.)` for dots where it has a path."""
    web = _WEB.match(address)
    scheme = None if web else _SCHEME.match(address)
    began = web or scheme
    rest = address[began.end() if began else 0 :].lstrip("/\\")
    host = _BARE_HOST.fullmatch(rest)
    if scheme is None and (host or _BARE_MAIL.fullmatch(rest)):
        told = host[1] if host else rest
    else:
        told = _DOT.sub("(.)", _SLASHES.sub("/", rest))
    # Two slashes in running text stay one: they keep two words apart.
    slash = address[0] if began is None and address[0] in "/\\" else ""
    return f"{scheme[1]}(:){told}" if scheme else slash + told
