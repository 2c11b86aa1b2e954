"""The configuration: one YAML file, read strictly, explained with file and line, built into working parts.

`groundfact.config.build.load_config` is the door.
"""
