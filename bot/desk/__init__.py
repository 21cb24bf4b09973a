"""The staff's group: cards, replies, commands, receipts."""
