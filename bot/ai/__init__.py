"""The language model: how it is asked, when it is left alone, and what of its words may be said."""
