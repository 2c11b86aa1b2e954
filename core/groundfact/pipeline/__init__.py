"""The stages, in order: sync, mapping, identity, resolution, freshness, context. Each writes only its own tables."""
