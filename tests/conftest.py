"""What every test can use."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# Programs inherit which signals are ignored or blocked: a shell ignores SIGINT for what it starts in the background, a
# service manager may hold back more. The programs under test are to get what the tests send them.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
for number, usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGTERM, signal.SIG_DFL),
    (signal.SIGCHLD, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

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
