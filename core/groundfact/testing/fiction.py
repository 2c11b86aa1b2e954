"""Invented names, places and phrases: nobody real, only reserved domains and reserved phone ranges."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from groundfact.testing.words import PHRASES

T = TypeVar("T")


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STEMS = _split(
    """
    Vorl Aelm Brint Cald Dresk Eirn Fennl Galsk Hespr Ivarn Jostr Kelsp Lormk Mirrh Naldr Orvesk
    Pellgr Quenth Raskel Selvr Tarnd Ulvest Wexh Ystr Zandor
    """
)
_ENDINGS = _split(
    """
    aby eck iden olt umer ando ever isk ora unde wick mere stad low anth
    """
)
_TRADES = _split(
    """
    Robotics Foods Logistics Analytics Textiles Optics Energy Marine Interiors Diagnostics Packaging
    Acoustics Learning Instruments Freight Paper Ceramics Software Gardens Rail
    """
)
_FIRST = _split(
    """
    Mara Jonas Ines Tomasz Petra Amara Luca Sofie Rashid Elin Noor Viktor Clara Diego Yuki Hanna Omar
    Greta Ivo Leila Marek Nadia Oskar Priya Rafael Signe Theo Ursula Wanda Xenia Anton Beatriz Cem
    Dora Emil Fatima Gustav Helena Ismael Judit Kaito Lena Milan Nils Olga Pavel Rosa Samir Tilda Zoe
    """
)
_LAST_A = _split(
    """
    Ostro Brand Calver Wier Soll Hart Linde Morr Novi Peter Quist Ren Stern Tolle Under Vander Whit
    Yard Zell Alder Birk Corr Dahl Eck
    """
)
_LAST_B = _split(
    """
    well eck mont ling ner lock gren sohn berry mark ford wald stein holm ridge hurst
    """
)


class Place(NamedTuple):
    """A city with its postal and (reserved for fiction) telephone pattern."""

    country: str
    city: str
    postal: str
    phone: str


PLACES = (
    Place("Germany", "Berlin", "10###", "+49 30 23125 #####"),
    Place("Germany", "Frankfurt am Main", "60###", "+49 69 90009 #####"),
    Place("Germany", "Hamburg", "20###", "+49 40 66969 #####"),
    Place("Germany", "Köln", "50###", "+49 221 4710 #####"),
    Place("France", "Paris", "750##", "+33 1 99 00 ## ##"),
    Place("France", "Rennes", "350##", "+33 2 61 91 ## ##"),
    Place("France", "Strasbourg", "670##", "+33 3 53 01 ## ##"),
    Place("United Kingdom", "London", "EC#A #BD", "+44 20 7946 0###"),
    Place("United Kingdom", "Leeds", "LS# #RT", "+44 113 496 0###"),
    Place("United Kingdom", "Bristol", "BS# #HN", "+44 117 496 0###"),
    Place("United States", "Portland", "972##", "+1 (503) 555-01##"),
    Place("United States", "Columbus", "432##", "+1 (614) 555-01##"),
    Place("United States", "Austin", "787##", "+1 (512) 555-01##"),
)
_STREETS = (
    "Mill Lane",
    "Harbour Road",
    "Lindenweg",
    "Rue des Tilleuls",
    "Station Street",
    "Quarry Row",
    "Am Speicher",
    "Foundry Yard",
    "Canal Side",
    "Gartenstrasse",
)


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of the options, several times faster than ``Random.choice``: it counts for large worlds."""
    return options[int(rng.random() * len(options))]


def number(rng: random.Random, low: int, high: int) -> int:
    """A whole number from ``low`` up to, not including, ``high``."""
    return low + int(rng.random() * (high - low))


def fill(pattern: str, rng: random.Random) -> str:
    """Replace every ``#`` with a digit."""
    return "".join(str(int(rng.random() * 10)) if char == "#" else char for char in pattern)


def company_name(index: int) -> str:
    """The n-th company name, unique without any retries; numbered once the combinations are used up."""
    # A stride coprime to the number of combinations visits each of them once in a varied order.
    total = len(_STEMS) * len(_ENDINGS) * len(_TRADES)
    turn, slot = divmod(index * 2_647, total)
    trade, rest = slot % len(_TRADES), slot // len(_TRADES)
    base = f"{_STEMS[rest % len(_STEMS)]}{_ENDINGS[rest // len(_STEMS)]} {_TRADES[trade]}"
    return base if index < total else f"{base} {turn}"


def domain_of(name: str) -> str:
    """A domain under the reserved ``.example`` for a company name."""
    return "-".join(name.lower().split()) + ".example"


def person_name(rng: random.Random) -> tuple[str, str]:
    """A first and a last name."""
    return pick(rng, _FIRST), pick(rng, _LAST_A) + pick(rng, _LAST_B)


def street(rng: random.Random) -> str:
    """A street with a number."""
    return f"{pick(rng, _STREETS)} {number(rng, 1, 190)}"


def message(rng: random.Random, city: str) -> str:
    """One or two sentences as somebody would write them in a ticket."""
    start, count = number(rng, 0, len(PHRASES)), number(rng, 1, 3)
    parts = [PHRASES[(start + 4 * place) % len(PHRASES)] for place in range(count)]
    return " ".join(parts).format(first=pick(rng, _FIRST), number=number(rng, 3, 60), city=city)
