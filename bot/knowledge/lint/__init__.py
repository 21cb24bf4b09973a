"""What is wrong with a knowledge base, beyond what makes it unreadable: `python -m bot kb lint`."""
