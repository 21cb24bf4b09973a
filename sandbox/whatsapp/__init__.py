"""Meta's WhatsApp Cloud API on this machine: as strict as Meta, with customers who can write and read."""

from sandbox.whatsapp.customer import WhatsAppCustomer
from sandbox.whatsapp.emulator import WhatsAppEmulator
from sandbox.whatsapp.graph import Call
from sandbox.whatsapp.phone import PhoneMessage
from sandbox.whatsapp.webhook import NotVerified, Post

__all__ = ["Call", "NotVerified", "PhoneMessage", "Post", "WhatsAppCustomer", "WhatsAppEmulator"]
