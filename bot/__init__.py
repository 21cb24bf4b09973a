"""What the product does: no HTTP, no SQL, no HTML."""

VERSION = "0.1.0"
