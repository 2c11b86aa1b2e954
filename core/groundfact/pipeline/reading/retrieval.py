"""Finding texts: which passages answer a question, for one entity or in the whole workspace.

What a principal may not see takes no part: scores within an account rest on the texts of that account that it may
see, scores over the workspace on the texts that everybody may see (BM25 both times).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from math import log
from typing import Final

from groundfact.errors import UsageError
from groundfact.model.terms import terms_of
from groundfact.pipeline.reading.reader import Reader
from groundfact.store import search
from groundfact.store.search import Hit

__all__ = ["LONGEST_QUESTION", "latest", "search_scopes", "search_workspace", "terms_asked"]

LONGEST_QUESTION = 4_000
"""Characters."""
_MOST_TERMS = 32
_LOOKED_AT = 2_000
_PARTS = 10
"""How many passages to look at for each record that is wanted: a long one has several."""
_K1, _B = 1.2, 0.75
_PLENTY = 5_000
"""Passages with one of the terms looked for, from which commoner terms only decide the order."""
_RESCORED = 100
_STREAM: Final = 1
_REC: Final = 2
_WORDS: Final = 5
_TERMS: Final = 6
"""Where they stand in a hit: read by their place they cost half, and all texts of an account are looked at."""
_ALIKE = 0.5
"""The share of common terms from which two passages count as two statements of the same thing."""


def terms_asked(question: str) -> list[str]:
    """The terms of a question, each once. Raises UsageError for one that is far too long."""
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(question)} characters, more than {LONGEST_QUESTION}",
            hint="ask for one thing in a sentence or two",
        )
    return list(dict.fromkeys(terms_of(question)))[:_MOST_TERMS]


def latest(reader: Reader, scopes: Collection[str], kinds: Collection[str], most: int) -> list[Hit]:
    """The latest passages of some scopes and kinds, the first part of each record."""
    return search.latest_in_scopes(reader.tx, reader.texts, scopes, kinds, most)


def search_scopes(reader: Reader, scopes: Collection[str], question: str, most: int) -> list[Hit]:
    """The passages of some scopes that answer a question best."""
    terms = terms_asked(question)
    hits = search.any_in_scopes(reader.tx, reader.texts, scopes, _LOOKED_AT)
    return _newest_first_among_alike(_best(_scored(hits, terms, None), most))


def search_workspace(reader: Reader, question: str, most: int) -> list[Hit]:
    """The passages of the workspace that answer a question best."""
    terms = terms_asked(question)
    if reader.known_at is not None:
        return _newest_first_among_alike(_best(_scored(search.then(reader.tx, reader.texts), terms, None), most))
    counts = search.term_counts(reader.tx, reader.workspace, terms)
    listed = search.listed_public(reader.tx, reader.texts, _telling(counts), max(most * _PARTS, _RESCORED))
    hidden = search.listed_hidden(reader.tx, reader.texts, terms, _LOOKED_AT)
    scored = _scored([*listed, *hidden], terms, _Corpus.public(reader, counts))
    return _newest_first_among_alike(_best(scored, most))


def _telling(counts: Mapping[str, int]) -> list[str]:
    """The rarer terms, enough of them to find plenty: the common ones are in so many texts that they tell little, and
    going through all of those takes long."""
    chosen: list[str] = []
    found = 0
    for term in sorted(counts, key=lambda term: (counts[term], term)):
        if found >= _PLENTY:
            break
        if counts[term]:
            chosen.append(term)
            found += counts[term]
    return chosen


class _Corpus:
    """What scores rest on: how many passages there are, how long, and how many hold each term."""

    def __init__(self, passages: int, words: float, counts: Mapping[str, int]) -> None:
        self.mean = words / passages if passages and words else 1.0
        # As in FTS5: a term that most passages hold still counts for a little.
        self.weights = {t: max(log((passages - n + 0.5) / (n + 0.5)), 1e-6) for t, n in counts.items()}

    @classmethod
    def public(cls, reader: Reader, counts: Mapping[str, int]) -> _Corpus:
        """What everybody in the workspace may see."""
        return cls(*search.statistics(reader.tx, reader.workspace), counts)


def _scored(hits: Sequence[Hit], terms: Sequence[str], corpus: _Corpus | None) -> list[tuple[float, Hit]]:
    """The hits with any of the terms, each with its BM25 over a corpus (None: over themselves)."""
    texts = [hit[_TERMS] for hit in hits]
    # Every term has its own spaces: counting looks for what does not overlap.
    counted = [(term, list(map(str.count, texts, repeat(f" {term} ")))) for term in terms]
    if corpus is None:
        counts = {term: len(texts) - found.count(0) for term, found in counted}
        passages = max(len(hits), 2 * max(counts.values(), default=0))
        corpus = _Corpus(passages, sum(hit[_WORDS] for hit in hits) * passages / max(len(hits), 1), counts)
    mean = corpus.mean
    norms = [_K1 * (1 - _B + _B * hit[_WORDS] / mean) for hit in hits]
    scores = [0.0] * len(hits)
    for term, found in counted:
        weight = corpus.weights[term]
        for place, count in enumerate(found):
            if count:
                scores[place] += weight * count * (_K1 + 1) / (count + norms[place])
    # Equal but for the order of adding is equal.
    return [(round(score, 9), hit) for score, hit in zip(scores, hits, strict=True) if score]


def _best(scored: Sequence[tuple[float, Hit]], most: int) -> list[Hit]:
    """The best passages: that of each record first, further ones of the same record where there is room."""
    ranked = sorted(scored, key=_rank)
    ordered = [hit for _, hit in ranked]
    firsts: dict[tuple[int, str], Hit] = {}
    for hit in ordered:
        firsts.setdefault((hit[_STREAM], hit[_REC]), hit)
    found = list(firsts.values())
    if len(found) < most:
        found += [hit for hit in ordered if firsts[hit[_STREAM], hit[_REC]] is not hit]
    return [Hit._make(hit) for hit in found[:most]]


def _rank(pair: tuple[float, Hit]) -> tuple[float, int, int, str, int]:
    score, (number, stream, rec, _, at, _, _) = pair
    return -score, -at, stream, rec, number


def _newest_first_among_alike(hits: Sequence[Hit]) -> list[Hit]:
    """The same hits; where several say the same thing, the newest stands where the best of them stood."""
    groups: list[tuple[set[str], list[Hit]]] = []
    for hit in hits:
        words = set(hit.terms.split())
        for other, group in groups:
            if len(words & other) >= _ALIKE * min(len(words), len(other)):
                group.append(hit)
                break
        else:
            groups.append((words, [hit]))
    return [hit for _, group in groups for hit in sorted(group, key=lambda h: (-h.at, h.stream, h.rec, h.id))]
