"""Which records are one account or one person: keys, likeness, guards, and what stewards decided."""
