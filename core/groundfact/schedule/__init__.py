"""When each source is synced, and the worker that does it."""
