"""Jobs: what was ordered, what became of it, and how a process goes on with what another has begun."""
