"""`make bench`: what the pack takes in time and memory, beside ComfyUI's own video types and what the machine can do at best."""
