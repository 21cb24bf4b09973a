"""Copies of a business, made while it runs, and the way back."""
