"""`python -m tests.comfyui.make_examples [NAME...]`: from the API twins, the graphs that users open and their thumbnails.

Each twin is built on a real canvas, run on the sandbox, arranged around the previews that it then shows, and saved."""

from __future__ import annotations

import sys
import uuid

from tests.comfyui.examples import Example, examples, newest_canvas, run_and_picture, write_json


def main() -> None:
    wanted = [Example(name) for name in sys.argv[1:]] or examples()
    for example in wanted:
        with newest_canvas(example) as canvas:
            canvas.open_api(example.name, example.prompt)
            canvas.server.history(canvas.queue(), 120)
            canvas.wait_for_videos(example.films_pictured)
            canvas.arrange()
            graph = canvas.graph() | {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, example.name))}
            write_json(example.graph, graph)
            canvas.open(example.graph)
            run_and_picture(canvas, example)
        sys.stdout.write(f"{example.graph}\n{example.thumbnail}\n")


if __name__ == "__main__":
    main()
