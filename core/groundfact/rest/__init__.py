"""The verbs over HTTP: `POST /v1/VERB` with JSON, errors as problem details, an OpenAPI description beside."""
