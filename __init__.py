"""The front door that ComfyUI opens. Nothing is loaded before it asks for the nodes."""

WEB_DIRECTORY = "./web"


async def comfy_entrypoint():
    from .nodes.extension import LipsyncExtension

    return LipsyncExtension()
