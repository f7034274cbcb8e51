"""The engine of the pack: lip sync through Sync and Segmind, without ComfyUI in it."""
