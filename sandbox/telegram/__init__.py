"""Telegram's Bot API, emulated: as strict as the real one, and rude when told to be."""

from sandbox.faults import Fault, Faults, Rude
from sandbox.telegram.chat import Chat, InlineButton, Message, PrivateChat
from sandbox.telegram.emulator import TOKEN, TelegramEmulator
from sandbox.telegram.errors import Refusal
from sandbox.telegram.group import TelegramGroup, Topic
from sandbox.telegram.rules import Limits
from sandbox.telegram.server import Call
from sandbox.telegram.user import Press, TelegramUser

__all__ = [
    "TOKEN",
    "Call",
    "Chat",
    "Fault",
    "Faults",
    "InlineButton",
    "Limits",
    "Message",
    "Press",
    "PrivateChat",
    "Refusal",
    "Rude",
    "TelegramEmulator",
    "TelegramGroup",
    "TelegramUser",
    "Topic",
]
