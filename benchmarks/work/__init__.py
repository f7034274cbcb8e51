"""What runs in a process of its own, under ComfyUI's Python: each function is one measurement, its arguments and its answer plain."""
