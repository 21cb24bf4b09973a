"""The one way in which a backup says no."""


class BackupRefused(Exception):
    """It cannot be made or used; the message says why and what to do."""
