"""Advice: how sources agree, who copies whom, whom to trust. Told with numbers; nothing here changes a winner."""
