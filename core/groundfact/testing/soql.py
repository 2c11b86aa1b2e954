"""The part of SOQL that a reader needs: parse a query into a plan that runs over plain rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>-?\d+(?:\.\d+)?)
  | '(?P<string>(?:[^'\\]|\\.)*)'
  | (?P<op><=|>=|!=|<>|=|<|>)
  | (?P<punct>[(),])
  | (?P<word>[A-Za-z_][\w.]*)
)""",
    re.VERBOSE,
)
_REMEDY = (
    "If you are attempting to use a custom {}, be sure to append the '__c' after the {} name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class SoqlError(Exception):
    """A query the vendor refuses, with its error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Token:
    """A lexical element and where it starts."""

    kind: str
    text: str
    at: int


@dataclass(slots=True)
class Comparison:
    """A field path compared with one literal or, for IN, several."""

    path: str
    operator: str
    literals: list[Token]
    at: int


@dataclass(slots=True)
class Group:
    """Conditions joined by AND, OR or negated by NOT."""

    operator: str
    parts: list[Condition]


Condition = Comparison | Group


@dataclass(slots=True)
class Query:
    """A parsed query."""

    text: str
    fields: list[tuple[str, int]]
    sobject: str
    sobject_at: int
    where: Condition | None = None
    order: list[tuple[str, bool, bool]] = field(default_factory=list)
    """Path, descending, nulls last."""
    limit: int | None = None
    offset: int = 0
    count: str | None = None
    """``()`` for COUNT(), else the counted field."""


def tokens(text: str) -> list[Token]:
    """Cut a query into tokens."""
    out, at = [], 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _malformed(text, at, f"unexpected token: '{text[at:].split()[0]}'")
        value = found[found.lastgroup]
        if found.lastgroup == "string":
            value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), value)
        out.append(Token(found.lastgroup, value, found.start(found.lastgroup)))
        at = found.end()
    return out


def _malformed(text: str, at: int, what: str) -> SoqlError:
    return SoqlError("MALFORMED_QUERY", point_at(text, at, what))


def point_at(text: str, at: int, what: str) -> str:
    """The vendor's way to say where a query is wrong."""
    return f"\n{text}\n{' ' * at}^\nERROR at Row:1:Column:{at + 1}\n{what}"


def no_such_column(query: Query, path: str, at: int, sobject: str) -> SoqlError:
    """The error for a field that does not exist or that the user may not see."""
    what = f"No such column '{path}' on entity '{sobject}'. {_REMEDY.format('field', 'custom field')}"
    return SoqlError("INVALID_FIELD", point_at(query.text, at, what))


def no_such_object(query: Query) -> SoqlError:
    """The error for an object that does not exist or that the user may not see."""
    what = f"sObject type '{query.sobject}' is not supported. {_REMEDY.format('object', 'entity')}"
    return SoqlError("INVALID_TYPE", point_at(query.text, query.sobject_at, what))


def parse(text: str) -> Query:
    """Parse a query, or raise ``SoqlError`` with the code ``MALFORMED_QUERY``."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.next = 0

    def peek(self, offset: int = 0) -> Token:
        index = self.next + offset
        return self.tokens[index] if index < len(self.tokens) else Token("end", "<EOF>", len(self.text))

    def take(self) -> Token:
        token = self.peek()
        self.next += 1
        return token

    def fail(self, token: Token) -> SoqlError:
        return _malformed(self.text, token.at, f"unexpected token: '{token.text}'")

    def accept(self, *words: str) -> bool:
        """Consume the given words if they come next."""
        ahead = [self.peek(n) for n in range(len(words))]
        if any(t.kind == "string" or t.text.upper() != word for t, word in zip(ahead, words, strict=True)):
            return False
        self.next += len(words)
        return True

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.fail(self.peek())

    def word(self) -> Token:
        token = self.take()
        if token.kind != "word":
            raise self.fail(token)
        return token

    def query(self) -> Query:
        self.expect("SELECT")
        query = Query(self.text, [], "", 0)
        self._select(query)
        self.expect("FROM")
        sobject = self.word()
        query.sobject, query.sobject_at = sobject.text, sobject.at
        if self.accept("WHERE"):
            query.where = self._any()
        if self.accept("ORDER", "BY"):
            query.order.append(self._order())
            while self.accept(","):
                query.order.append(self._order())
        if self.accept("LIMIT"):
            query.limit = self._number()
        if self.accept("OFFSET"):
            query.offset = self._number()
        if self.peek().kind != "end":
            raise self.fail(self.peek())
        return query

    def _select(self, query: Query) -> None:
        if self.accept("COUNT", "(", ")"):
            query.count = "()"
            return
        if self.accept("COUNT", "("):
            query.count = self.word().text
            self.expect(")")
            return
        while True:
            token = self.word()
            query.fields.append((token.text, token.at))
            if not self.accept(","):
                return

    def _number(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise self.fail(token)
        return int(token.text)

    def _order(self) -> tuple[str, bool, bool]:
        path = self.word().text
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        nulls_last = self.accept("NULLS", "LAST")
        if not nulls_last:
            self.accept("NULLS", "FIRST")
        return path, descending, nulls_last

    def _any(self) -> Condition:
        parts = [self._not()]
        # The vendor wants parentheses where AND and OR meet, so one level knows only one of them.
        operator = "AND" if self.peek().text.upper() == "AND" else "OR"
        while self.accept(operator):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Group(operator, parts)

    def _not(self) -> Condition:
        if self.accept("NOT"):
            return Group("NOT", [self._not()])
        if self.accept("("):
            inner = self._any()
            self.expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self.word()
        if self.accept("NOT", "IN"):
            return Comparison(path.text, "NOT IN", self._list(), path.at)
        if self.accept("IN"):
            return Comparison(path.text, "IN", self._list(), path.at)
        token = self.take()
        if token.kind != "op" and token.text.upper() != "LIKE":
            raise self.fail(token)
        operator = {"<>": "!="}.get(token.text, token.text.upper())
        return Comparison(path.text, operator, [self._literal()], path.at)

    def _list(self) -> list[Token]:
        self.expect("(")
        literals = [self._literal()]
        while self.accept(","):
            literals.append(self._literal())
        self.expect(")")
        return literals

    def _literal(self) -> Token:
        token = self.take()
        if token.kind in ("string", "datetime", "date", "number"):
            return token
        if token.kind == "word" and token.text.lower() in ("true", "false", "null"):
            return Token("literal", token.text.lower(), token.at)
        raise self.fail(token)
