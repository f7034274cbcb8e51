"""A node pack of the tests' own: what core lacks for asking ComfyUI the questions of ring 3."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, InputImpl, io


class RingVideos(io.ComfyNode):
    """Files, one path a line, as a list of VIDEO."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        paths = io.String.Input("paths", multiline=True)
        return io.Schema(node_id="RingVideos", category="tests", inputs=[paths], outputs=[io.Video.Output(is_output_list=True)])

    @classmethod
    def execute(cls, paths: str) -> io.NodeOutput:
        return io.NodeOutput([InputImpl.VideoFromFile(path) for path in paths.splitlines()])


class RingExtension(ComfyExtension):
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [RingVideos]


async def comfy_entrypoint() -> RingExtension:
    return RingExtension()
