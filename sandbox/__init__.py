"""Telegram, WhatsApp and a language model that run on this machine: to try, to test, to measure."""
