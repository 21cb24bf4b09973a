"""How customers may rate us, the best first."""

RATE = "rate:"
"""How the id of such a button begins."""
OPT_OUT = "optout"
"""The button beneath a broadcast: no more of these."""
SIGNS = {"good": "😀", "fair": "😐", "bad": "🙁"}
