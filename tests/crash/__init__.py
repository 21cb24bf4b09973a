"""Ends the real process with SIGKILL at random points and counts what was lost, doubled or out of order."""
