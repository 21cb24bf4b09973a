"""What the business has written down, and finding the passage that answers a question."""
