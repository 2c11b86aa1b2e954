"""The store: tables, the engine, and one module for each noun. Only these modules hold SQL."""
