"""The verbs as MCP tools, on the official SDK: over stdio for one copilot, over HTTP behind `groundfact serve`."""
