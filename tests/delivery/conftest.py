"""Fixtures of the deliveries: an SMTP server, a certificate."""

from smtp_server import certificate, mail

__all__ = ["certificate", "mail"]
