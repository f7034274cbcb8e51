"""`python -m tests.comfyui.export_api [NAME...]`: from graphs edited by hand, their API twins and thumbnails."""

from __future__ import annotations

import sys

from tests.comfyui.examples import FOLDER, Example, newest_canvas, run_and_picture, write_json


def main() -> None:
    for name in sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("*.json")):
        example = Example(name)
        with newest_canvas(example) as canvas:
            canvas.open(example.graph)
            write_json(example.api, canvas.prompt())
            run_and_picture(canvas, example)
        sys.stdout.write(f"{example.api}\n{example.thumbnail}\n")


if __name__ == "__main__":
    main()
