"""`groundfact serve`: what stands before the doors (names, tokens, sizes), and the process that runs them."""
