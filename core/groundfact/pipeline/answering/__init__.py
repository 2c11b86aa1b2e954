"""The answers themselves: context, why, lists, relations, workspace, status."""
