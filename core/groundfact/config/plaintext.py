"""What a secret looks like when somebody wrote it into the YAML instead of a reference to it."""

from __future__ import annotations

import re

__all__ = ["looks_like_secret"]

_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        ("a Salesforce session id", r"\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{20,}"),
        ("a Salesforce token", r"\b5Aep[A-Za-z0-9._]{40,}|\b3MVG9[A-Za-z0-9._]{40,}"),
        ("a HubSpot token", r"\bpat-[a-z]{2,4}\d?-[0-9a-fA-F-]{20,}"),
        ("a Slack token", r"\bx(?:ox[a-z]|app)-(?=[A-Za-z-]*\d)[A-Za-z0-9-]{10,}"),
        ("a Slack webhook", r"hooks\.slack\.com/(?:services|workflows)/\S{20,}"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{20,})"),
        ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
        ("an AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
        ("a Google key", r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}"),
        ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}"),
        ("a Notion token", r"\b(?:ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{30,})"),
        ("a Linear token", r"\blin_(?:api|oauth)_[A-Za-z0-9]{20,}"),
        ("an Atlassian token", r"\bATATT3[A-Za-z0-9_=-]{30,}"),
        ("an Intercom token", r"\bdG9rO[A-Za-z0-9+/_-]{20,}={0,2}"),
        ("a Stripe key", r"\b[srp]k_(?:live|test)_[A-Za-z0-9]{16,}"),
        ("an API key", r"\bsk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}"),
        ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("an npm or PyPI token", r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{30,}"),
        ("an authorization header", r"(?i)\b(?:bearer|basic)\s+(?=\S*\d)[A-Za-z0-9+/._~-]{16,}"),
        ("a URL with a password", r"(?i)\b[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s/@]+@"),
        (
            "a URL with a token",
            r"(?i)[?&;](?:[a-z_-]*token|api_?key|sig|signature|secret|password|pwd)=[^&\s]{6,}",
        ),
        ("a connection string", r"(?i)\b(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*[^;\s]{4,}"),
    )
)
_REFERENCE = re.compile(r"(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*|keyring:\S.*)")
_SECRET_KEY = re.compile(
    r"(?:.*[_.-])?(?:token|secret|password|passwd|passphrase|pwd|credentials?|cookie|bearer|apikey"
    r"|(?:api|access|account|app|auth|client|consumer|encryption|private|secret|service|shared_access|signing)"
    r"[_.-]?key)"
)
_ANY_KEY = re.compile(r"(?:.*[_.-])?keys?")
_PIECES = re.compile(r"[\s/?&=#:,;\"'()<>|@\[\]{}]+")
_WHOLE = re.compile(r"[A-Za-z0-9+/_-]{28,}={0,2}")
_BITS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_BIT = 3.2
"""Drawn letters are cut into bits shorter than this on average, words of a language are not."""


_PATH = re.compile(r"(?:~|\.{1,2})?/[^/\s]+/|[A-Za-z]:\\\\")
"""The beginning of a path: a folder may be called anything."""


def looks_like_secret(text: str, key: str = "") -> str:
    """What kind of secret a value of the YAML seems to be ("a Slack token"), or "" where it seems to be none.

    `key` is the name the value stands under: `password: hunter2` is a secret by its key, not by its shape.
    """
    for what, shape in _SHAPES:
        if shape.search(text):
            return what
    if _REFERENCE.fullmatch(text) or not text.strip():
        return ""
    key = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
    if _SECRET_KEY.fullmatch(key):
        return "a secret (by its name)"
    if _ANY_KEY.fullmatch(key) and len(text) >= 16 and _is_random(text, 16):
        return "a key"
    if not _PATH.match(text) and any(_is_random(piece, 24) for piece in _PIECES.split(text)):
        return "a token"
    if _WHOLE.fullmatch(text) and _is_random(text, 28):
        return "a token"
    return ""


def _is_random(text: str, shortest: int) -> bool:
    """Whether a text reads like drawn letters: long, and cut into bits by its capitals and digits.

    What people name (`hs_v2_date_entered_stage`, `LastActivityDateQ4`) falls into words of four letters and
    more, drawn letters into bits of two; 32 hexadecimal digits are a page's or a database's id, no secret.
    """
    bits = _BITS.findall(text)
    letters = sum(map(len, bits))
    if letters < shortest - 4 or len(text) < shortest or not any(c.isdigit() for c in text):
        return False
    if re.fullmatch(r"[0-9a-fA-F-]+", text):
        return letters >= 40
    return letters / len(bits) < _BIT and len(set(text)) >= 10
