"""How good the answers are: the figures of docs/answers.md, against what else could find them."""
