"""One module for each command. What a command needs beyond typer it imports when it runs."""
