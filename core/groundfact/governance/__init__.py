"""Who may see what, and what was shown to whom."""
