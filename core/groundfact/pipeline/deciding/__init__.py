"""What is believed: from claims by rules to facts, references and freshness; the cache of it."""
