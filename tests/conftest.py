"""What every test can use."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# A shell gives what it starts in the background an ignored SIGINT, and that is inherited by the programs under test:
# then no Ctrl-C of ours would reach them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Real stores on a shared disk: a slow example is not a finding, and every run tries the same examples.
settings.register_profile(
    "groundfact",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("groundfact")


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store of today's schema, to be copied: migrating one for every example would take most of the time."""
    from groundfact.store.migrate import open_store

    path = tmp_path_factory.mktemp("blank") / "blank.db"
    open_store(path).close()
    return path
