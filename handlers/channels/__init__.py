"""One file a platform; a channel only translates."""
