"""Sync's protocol, as sync-api.md describes it."""
