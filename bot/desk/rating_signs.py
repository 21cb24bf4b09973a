"""How customers may rate us, the best first."""

RATE = "rate:"
"""How the id of such a button begins."""
SIGNS = {"good": "😀", "fair": "😐", "bad": "🙁"}
