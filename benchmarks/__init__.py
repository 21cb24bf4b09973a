"""How fast it is, as ratios: the product against a bare handler and against what people usually write."""
