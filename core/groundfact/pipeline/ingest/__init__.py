"""From a source to stored record versions, page by page; one transaction a page."""
