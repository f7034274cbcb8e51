"""A local stand-in for the service, faithful enough that a client which satisfies it satisfies the real one.

It judges the pack, so it shares nothing with it but the catalogue, the clock and the operating-system calls.
`sync/` speaks Sync's protocol; everything outside it is the ground that every protocol stands on.
"""
