"""The estimate of tokens: rather too many than too few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundfact.model.tokens import estimate_tokens

# The most that cl100k_base or o200k_base makes of it, as their documentation prints it.
KNOWN = {
    "tiktoken is great!": 6,
    "antidisestablishmentarianism": 6,
    "2 + 2 = 4": 7,
    "お誕生日おめでとう": 9,
    "Hello, how are you doing today?": 8,
    "The quick brown fox jumps over the lazy dog.": 10,
}


@pytest.mark.parametrize("text", KNOWN)
def test_it_never_says_too_few(text: str) -> None:
    """For texts whose count is known, the estimate is at least that."""
    assert estimate_tokens(text) >= KNOWN[text]


def test_it_is_no_wild_guess() -> None:
    """Plain English comes to less than twice what it is; nothing comes to nothing."""
    assert estimate_tokens("The quick brown fox jumps over the lazy dog.") < 20
    assert estimate_tokens("") == 0


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(one: str, other: str) -> None:
    """Whatever is added before or after, the estimate does not fall."""
    whole = estimate_tokens(one + other)
    assert whole >= estimate_tokens(one)
    assert whole >= estimate_tokens(other)


@given(st.text(), st.text())
def test_lines_add_up(one: str, other: str) -> None:
    """Lines cost what they cost alone, and one for the break: a budget can be kept line by line."""
    assert estimate_tokens(f"{one}\n{other}") == estimate_tokens(one) + 1 + estimate_tokens(other)


@given(st.text(min_size=1, alphabet=st.characters(min_codepoint=0x250, exclude_categories=("Cs",))))
def test_other_scripts_cost_more(text: str) -> None:
    """A character of another script counts as one or more, a visible one as two or more."""
    assert estimate_tokens(text) >= len(text) + sum(1 for c in text if not c.isspace())
