"""The stages, a folder each, in order: ingest, identity, deciding, reading, stewarding, answering; advice, doctor."""
