"""Ring 3: the pack in a real ComfyUI, driven over HTTP and its websocket, and in a real browser."""
