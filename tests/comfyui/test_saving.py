"""Films for editing: ProRes out of a real ComfyUI, its mask back into the graph, its workflow back onto the canvas."""

from __future__ import annotations

import av
import numpy as np

from tests.comfyui.graphs import Graph
from tests.comfyui.test_browser import complaints_of_ours
from tests.support.browser import Canvas
from tests.support.comfy_server import ComfyServer

# As dropping a film on the canvas does.
_DROP = """async ([address, name]) => {
    const film = await (await fetch(address)).blob()
    await app.handleFile(new File([film], name, {type: 'video/quicktime'}))
}"""


def prores(graph: Graph, name: str) -> str:
    """The sample as ProRes 4444, transparent by a quarter."""
    mask = graph.add("SolidMask", value=0.25, width=512, height=512)
    film = {"video": [graph.sample(), 0], "mask": [mask, 0]}
    return graph.add("SyncSaveVideo", **film, format="ProRes 4444", filename_prefix=f"ring3/{name}", frame_rate=0.0)


def test_a_mask_goes_into_a_film_and_comes_out_again(comfy: ComfyServer) -> None:
    graph = Graph()
    save = prores(graph, "matte")
    frames = graph.add("SyncFrames", video=[save, 0], frame_count=2)
    image = graph.add("MaskToImage", mask=[frames, 3])
    shown = graph.add("PreviewImage", images=[image, 0])
    parts = graph.add("GetVideoComponents", video=[save, 0])
    rate = graph.show(parts, 2)
    outcome = comfy.run(graph.prompt)
    assert outcome.status == "success", outcome.sentence
    assert outcome.outputs[rate]["text"] == ["25.0"]
    assert outcome.texts[save][-1].startswith("Saved matte_00001_.mov: The picture is encoded to ProRes 4444, the mask as its alpha. ")
    (film,), (still,), (mask, _) = outcome.outputs[save]["video"], outcome.outputs[save]["images"], outcome.outputs[shown]["images"]
    assert (film["filename"], film["subfolder"], still["type"]) == ("matte_00001_.mov", "ring3", "temp")
    with av.open(str(comfy.base / "temp" / mask["filename"])) as picture:
        assert np.abs(next(picture.decode(video=0)).to_ndarray(format="rgb24").astype(int) - 64).max() <= 1
    with av.open(str(comfy.base / "output" / "ring3" / film["filename"])) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.codec_tag, stream.frames, stream.average_rate) == ("ap4h", 100, 25)


def test_it_shows_its_first_frame_and_opens_as_its_graph(canvas: Canvas) -> None:
    graph = Graph()
    save = prores(graph, "dropped")
    canvas.open_api("prores", graph.prompt)
    sent = canvas.prompt()
    ended = canvas.server.history(canvas.queue(), 120)
    assert ended["status"]["status_str"] == "success", ended["status"]["messages"]
    canvas.page.wait_for_function(
        "() => [...document.querySelectorAll('img'), ...app.graph.nodes.flatMap(n => n.imgs ?? [])].some(i => i.naturalWidth === 512)"
    )
    (film,) = ended["outputs"][save]["video"]
    address = f"/view?filename={film['filename']}&subfolder={film['subfolder']}&type={film['type']}"
    canvas.open_api("empty", {"1": graph.prompt["1"]})
    canvas.page.evaluate(_DROP, [address, film["filename"]])
    canvas.settle()
    assert {node["class_type"] for node in canvas.prompt().values()} == {node["class_type"] for node in sent.values()}
    assert complaints_of_ours(canvas) == []
