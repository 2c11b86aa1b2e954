"""The command line. `groundfact --help` must stay cheap: nothing here imports the memory before a command runs."""
