"""A local stand-in for both services, faithful enough that a client which satisfies it satisfies the real one.

It judges the pack, so it shares nothing with it but the catalogue, the clock and the operating-system calls.
`sync/` speaks Sync's protocol and `segmind/` Segmind's; everything outside them is the ground that both stand on.
"""
