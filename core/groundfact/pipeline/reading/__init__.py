"""One consistent view of the store for one principal, and what every answer is made of."""
