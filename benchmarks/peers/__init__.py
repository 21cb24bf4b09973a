"""Small programs that do the same job as people usually write it, to be measured beside the product."""
