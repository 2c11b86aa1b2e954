"""The check-up of a configuration: each question a module asks comes to findings, and a finding to a line of YAML."""
