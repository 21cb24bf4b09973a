"""Articles that are no Markdown: a process of its own reads them, and says them in Markdown."""
