"""The rules of then: noted when they begin to hold, built again for who asks about the past."""

from __future__ import annotations

from collections.abc import Mapping

from groundfact.config.config import Config
from groundfact.config.remembered import rules_again
from groundfact.pipeline.deciding.plan import KindPlan, kind_plans
from groundfact.store.config_versions import RULES, Noted, noted, take_note
from groundfact.store.engine import Store, Tx

__all__ = ["RulesThen", "hold_rules", "note_rules"]


def note_rules(store: Store, workspace: int, config: Config, now: int) -> None:
    """Note that the configuration's rules hold from now on; writes nothing where they did already."""
    with store.reading() as tx:
        held = noted(tx, workspace, RULES)
    if held is None or held.digest != config.digest:
        with store.writing() as tx:
            hold_rules(tx, workspace, config, now)


def hold_rules(tx: Tx, workspace: int, config: Config, now: int) -> None:
    """The same within a commit: what is decided from here on is decided by these rules."""
    take_note(tx, workspace, RULES, now, Noted(config.digest, config.remembered))


class RulesThen:
    """Builds plans from noted rules, each once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._built: dict[str, Mapping[str, KindPlan]] = {}

    def at(self, tx: Tx, workspace: int, known_at: int) -> tuple[Mapping[str, KindPlan], str] | None:
        """The plans and the digest that held at a commit; None where those are today's, or nothing was noted yet."""
        held = noted(tx, workspace, RULES, known_at)
        if held is None or held.digest == self._config.digest:
            return None
        if held.digest not in self._built:
            self._built[held.digest] = kind_plans(*rules_again(held.document, self._config.plugins))
        return self._built[held.digest], held.digest
