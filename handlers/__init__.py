"""Who talks to us: the only room that knows HTTP."""
