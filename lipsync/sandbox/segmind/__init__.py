"""Segmind's protocol, by segmind-api.md: uploads, v2 and v1 calls, history and credits of the Sync models hosted there.

Its three hosts are one prefix of the sandbox's address: paths below it are those of the real hosts.
"""
