"""Values that link records which nobody would take for one company: an agency's domain, a switchboard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import orjson

from groundfact.config.config import Config
from groundfact.model.inert import quoted
from groundfact.pipeline.doctor.finding import Finding
from groundfact.pipeline.reading.reader import Reader
from groundfact.protocols import Counts
from groundfact.store.registry import public_label_sets
from groundfact.store.sharing import attributes_under, most_shared

__all__ = ["overshared"]

_NAMES = 5
"""So many names that begin with different words are hardly one company's or person's."""
_SHOWN = 3


def overshared(config: Config, reader: Reader) -> Iterator[Finding]:
    """Values of a matcher without `most` under which records bear many different names, and what to write."""
    public = public_label_sets(reader.tx, reader.workspace)
    for kind, plan in reader.plans.items():
        for place, (_, matcher) in enumerate(plan.identity.matchers):
            if isinstance(matcher, Counts) and matcher.most is None and plan.kind.title:
                attribute, where = matcher.attributes[0], (reader.workspace, kind)
                counted = dict(most_shared(reader.tx, where, attribute, public, _NAMES))
                found = attributes_under(reader.tx, where, counted, public) if counted else ()
                names: dict[str, set[str]] = defaultdict(set)
                for key, text in found:
                    names[key] |= _first_word(orjson.loads(text).get(plan.kind.title))
                crowded = {key: count for key, count in counted.items() if len(names[key]) >= _NAMES}
                if crowded:
                    reason = _reason(attribute, crowded, names)
                    do = _advice(counted, crowded)
                    path = ("identity", kind, place)
                    yield Finding("warning", "shared", f"{kind}.{attribute}", reason, path, do=do, number=len(crowded))


def _first_word(name: object) -> set[str]:
    return set(name.casefold().split()[:1]) if isinstance(name, str) else set()


def _reason(attribute: str, crowded: Mapping[str, int], names: Mapping[str, set[str]]) -> str:
    told = [
        f"{quoted(key.partition('=')[2], 60)} ({count} records, {len(names[key])} names)"
        for key, count in list(crowded.items())[:_SHOWN]
    ]
    more = f" and {len(crowded) - _SHOWN} more" if len(crowded) > _SHOWN else ""
    return f"the {attribute} alone makes one of records with very different names: {', '.join(told)}{more}"


def _advice(counted: Mapping[str, int], crowded: Mapping[str, int]) -> str:
    """The number that parts these values from all others, where there is one."""
    most = max([_NAMES - 1, *(count for key, count in counted.items() if key not in crowded)])
    if most < min(crowded.values()):
        return f"write `most: {most}` there: no other value is shared by more, and what was linked by these is parted"
    return "a `most:` would part others as well: let something else agree, too (`compound_key`), or use `keep-apart`"
