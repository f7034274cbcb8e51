"""Keys in a real browser: saved, tested, used and removed in the settings, and found nowhere but in their own file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Response

from tests.comfyui.graphs import Graph, fresh_take
from tests.comfyui.watch import buying
from tests.support.browser import NODES_2, RENDERERS, Canvas, open_canvas
from tests.support.comfy_checkout import Checkout
from tests.support.comfy_server import ComfyServer
from tests.support.sandbox_process import SandboxProcess

ROUTES = "/sync_lipsync/v1/"
_OPEN = "() => app.extensionManager.command.execute('Comfy.ShowSettingsDialog')"
_STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
_TYPED = "() => [...document.querySelectorAll('input, textarea')].map(field => field.value).join('\\n')"
_WIDGET = "([type, name]) => app.graph.nodes.find(node => node.type === type).widgets.find(widget => widget.name === name)"
_OFFERED = f"arguments_ => ({_WIDGET})(arguments_).options.values"
_ATTACK = """async ([url, kind, body]) => {
    const ways = {
        json: {headers: {"Content-Type": "application/json"}},
        simple: {mode: "no-cors", headers: {"Content-Type": "text/plain"}},
    }
    try { return (await fetch(url, {method: "POST", body: JSON.stringify(body), ...ways[kind]})).status } catch { return "blocked" }
}"""


@pytest.fixture(scope="module", params=["", "--enable-cors-header"])
def keyless(
    request: pytest.FixtureRequest, start_comfy: Callable[..., ComfyServer], checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> ComfyServer:
    """ComfyUI without any key in its environment."""
    arguments = [request.param] if request.param else []
    return start_comfy(tmp_path_factory.mktemp(f"keyless-{checkout.version}"), key=None, arguments=arguments)


class Settings:
    """The settings of ComfyUI, open at ours."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.evaluate(_OPEN)
        page.get_by_role("dialog").get_by_text("Lip Sync", exact=True).first.click()

    def field(self, name: str) -> Locator:
        return self.page.locator(f'input[aria-label="{name}"]')

    def says(self, name: str, sentence: str) -> None:
        """Waits until the line of a setting has `sentence` in it."""
        self._row(name).get_by_text(sentence).wait_for(timeout=15_000)

    def press(self, name: str, button: str) -> dict[str, Any]:
        """What our route answers to a button."""
        with self.page.expect_response(lambda answer: ROUTES in answer.url and answer.request.method == "POST") as answer:
            self._row(name).get_by_role("button", name=button).click()
        return dict(answer.value.json())

    def save(self, name: str, value: str) -> dict[str, Any]:
        self.field(name).fill(value)
        told = self.press(name, "Save")
        self.page.wait_for_function(f"() => document.querySelector('input[aria-label=\"{name}\"]').value === ''")
        return told

    def close(self) -> None:
        self.page.keyboard.press("Escape")
        self.page.get_by_role("dialog").wait_for(state="hidden")

    def _row(self, name: str) -> Locator:
        return self.page.locator(".sync-lipsync-row", has=self.field(name))


class Ear:
    """Everything that a tab receives, but for what it sends itself."""

    def __init__(self, page: Page) -> None:
        self._answers: list[Response] = []
        self.heard: list[str] = []
        page.on("response", lambda answer: self._answers.append(answer))
        page.on("request", lambda request: self.heard.append(request.url))
        page.on("console", lambda message: self.heard.append(message.text))
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: self.heard.append(str(frame))))

    def all(self) -> str:
        """What came since the last call; not the scripts and pictures, nor ComfyUI's list of jobs, which its page drops half read."""
        answers, self._answers = self._answers, []
        told = [answer for answer in answers if answer.request.resource_type in ("fetch", "xhr", "document") and answer.status == 200]
        bodies = [answer.body().decode("utf-8", "replace") for answer in told if "/api/jobs?" not in answer.url]
        heads = [str(answer.headers) for answer in answers]
        return "\n".join([*self.heard, *bodies, *heads])


def found_in(places: dict[str, str], key: str) -> list[str]:
    """The places where the key, or half of it, can be read."""
    middle = len(key) // 2
    return [name for name, text in places.items() if any(piece in text for piece in (key, key[:middle], key[middle:]))]


def places_on_the_server(server: ComfyServer) -> dict[str, str]:
    asked = (
        "/settings",
        "/history",
        "/queue",
        "/jobs",
        "/object_info",
        "/i18n",
        "/userdata?dir=&recurse=true",
        f"{ROUTES}status",
        f"{ROUTES}jobs",
    )
    answers = {path: httpx.get(f"{server.url}/api{path}", trust_env=False).text for path in asked}
    files = [path for path in server.base.rglob("*") if path.is_file() and path.name != "keys.json" and "custom_nodes" not in path.parts]
    return answers | {str(path.relative_to(server.base)): path.read_bytes().decode("latin-1") for path in files} | {"log": server.log}


def places_in_the_tab(canvas: Canvas) -> dict[str, str]:
    return {
        "storage": canvas.page.evaluate(_STORED),
        "state": json.dumps(canvas.page.context.storage_state()),
        "fields": canvas.page.evaluate(_TYPED),
        "page": canvas.page.content(),
        "graph": json.dumps(canvas.graph()),
        "prompt": json.dumps(canvas.prompt()),
    }


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_key_is_saved_tested_used_and_removed_and_found_nowhere_else(
    keyless: ComfyServer, browser: Browser, sandbox: SandboxProcess, renderer: str
) -> None:
    key = f"sk-{uuid.uuid4().hex}{uuid.uuid4().hex}"
    file = keyless.base / "user" / "__sync_lipsync" / "keys.json"
    with open_canvas(browser, keyless, renderer) as canvas:
        ear = Ear(canvas.page)
        settings = Settings(canvas.page)
        settings.says("Sync key", "No key yet. Make one at sync.so/settings/api-keys.")
        settings.save("Sync key", key)
        settings.says("Sync key", "It is not shown again")
        assert json.loads(file.read_text()) == {"sync": key}
        assert settings.press("Sync key", "Test") == {"credits_usd": None}
        settings.says("Sync key", "The key works.")
        settings.close()

        graph = Graph()
        film = graph.lip_sync(graph.sample(), take=fresh_take())
        graph.add("SyncSaveVideo", video=[film, 0], filename_prefix="ring3/panel")
        canvas.open_api("panel", graph.prompt)
        with buying(sandbox, 1):
            ended = keyless.history(canvas.queue(), 90)
        assert ended["status"]["status_str"] == "success", ended["status"]["messages"]

        heard = {"heard": ear.all()}
        canvas.reload()
        heard["heard after a reload"] = ear.all()
        assert found_in(heard | places_in_the_tab(canvas) | places_on_the_server(keyless), key) == []

        settings = Settings(canvas.page)
        settings.says("Sync key", "It is not shown again")
        settings.press("Sync key", "Remove")
        settings.says("Sync key", "No key yet")
        assert json.loads(file.read_text()) == {}
        assert "There is no Sync key." in settings.press("Sync key", "Test")["error"]
        assert found_in({"heard": ear.all()} | places_in_the_tab(canvas) | places_on_the_server(keyless), key) == []
        assert [line for line in canvas.complaints if "sync_lipsync" in line and "400" not in line] == []


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_limit_and_the_webhook(keyless: ComfyServer, browser: Browser, renderer: str) -> None:
    hook = f"https://hooks.example.com/{uuid.uuid4().hex}{uuid.uuid4().hex}"
    with open_canvas(browser, keyless, renderer) as canvas:
        settings = Settings(canvas.page)
        settings.save("Spending limit in 24 hours", "7.5")
        settings.says("Spending limit in 24 hours", "7.50 USD for each key.")
        settings.field("Spending limit in 24 hours").fill("much")
        assert "a price in US dollars" in settings.press("Spending limit in 24 hours", "Save")["error"]
        settings.says("Spending limit in 24 hours", "a price in US dollars")
        settings.press("Spending limit in 24 hours", "Default")
        settings.says("Spending limit in 24 hours", "50.00 USD for each key, as nothing is set.")
        settings.save("Webhook address", hook)
        settings.says("Webhook address", "Results are posted to hooks.example.com.")
        places = {name: text for name, text in places_on_the_server(keyless).items() if not name.endswith("__sync_lipsync/settings.json")}
        assert found_in(places | places_in_the_tab(canvas), hook.removeprefix("https://hooks.example.com/")) == []
        settings.press("Webhook address", "Remove")
        settings.says("Webhook address", "Results are posted nowhere.")


@pytest.mark.parametrize("renderer", RENDERERS)
def test_the_plan(keyless: ComfyServer, browser: Browser, renderer: str) -> None:
    file = keyless.base / "user" / "__sync_lipsync" / "settings.json"
    with open_canvas(browser, keyless, renderer) as canvas:
        settings = Settings(canvas.page)
        settings.says("Plan at Sync", "Not told: length limits and discounts of a plan are not known. Plans: Free, Hobbyist, Creator")
        settings.save("Plan at Sync", "growth")
        settings.says("Plan at Sync", "Growth.")
        assert json.loads(file.read_text())["plan"] == "Growth"
        settings.field("Plan at Sync").fill("the best one")
        assert "Allowed: Free, Hobbyist" in settings.press("Plan at Sync", "Save")["error"]
        settings.press("Plan at Sync", "Remove")
        settings.says("Plan at Sync", "Not told")
        assert "plan" not in json.loads(file.read_text())


def test_a_key_of_the_environment_is_told_as_such(comfy: ComfyServer, browser: Browser) -> None:
    with open_canvas(browser, comfy, NODES_2) as canvas:
        settings = Settings(canvas.page)
        settings.says("Sync key", "Set by SYNC_API_KEY, which goes before a key that is saved here.")
        settings.says("Segmind key", "No key yet")


def test_a_page_of_another_origin_changes_nothing(keyless: ComfyServer, browser: Browser, sandbox: SandboxProcess) -> None:
    private = keyless.base / "user" / "__sync_lipsync"
    before = {path.name: path.read_text() for path in private.glob("*.json")}
    changes = {"key": {"service": "sync", "key": "key-of-a-stranger"}, "limit": {"usd": 9999}, "webhook": {"url": "https://evil.example/"}}
    changes["plan"] = {"plan": "Scale"}
    port = keyless.url.rpartition(":")[2]
    page = browser.new_page()
    page.goto(sandbox.sync_url)  # another port of this machine: the nearest that a stranger's page can come
    for path, body in changes.items():
        for host in ("127.0.0.1", "localhost"):
            for prefix in ("", "/api"):
                for kind in ("json", "simple"):
                    url = f"http://{host}:{port}{prefix}{ROUTES}{path}"
                    assert page.evaluate(_ATTACK, [url, kind, body]) in (403, "blocked", 0), (url, kind)
    page.close()
    for path, body in changes.items():
        rebound = {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}", "Sec-Fetch-Site": "same-origin"}
        answer = httpx.post(f"{keyless.url}{ROUTES}{path}", json=body, headers=rebound, trust_env=False)
        assert answer.status_code == 403
    assert {path.name: path.read_text() for path in private.glob("*.json")} == before


# The longer lists and the upload button.


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_speech_is_uploaded_by_the_button(comfy: ComfyServer, browser: Browser, tmp_path: Path, renderer: str) -> None:
    speech = tmp_path / f"speech-{uuid.uuid4().hex[:8]}.wav"
    speech.write_bytes((Path(__file__).parents[2] / "lipsync" / "sample" / "speech.wav").read_bytes())
    graph = Graph()
    graph.add("SyncAudio", file="(none)", source="", name="")
    with open_canvas(browser, comfy, renderer) as canvas:
        canvas.open_api("upload", graph.prompt)
        saved = canvas.graph()["nodes"][0]["widgets_values"]
        with canvas.page.expect_file_chooser() as chooser:
            if renderer == NODES_2:
                canvas.page.get_by_role("button", name="choose file to upload").click()
            else:
                canvas.page.evaluate(f"() => ({_WIDGET})(['SyncAudio', 'upload']).callback()")
        chooser.value.set_files(speech)
        canvas.page.wait_for_function(f"name => ({_WIDGET})(['SyncAudio', 'file']).value === name", arg=speech.name)
        assert canvas.prompt()["1"]["inputs"] == {"file": speech.name, "source": "", "name": ""}
        assert canvas.graph()["nodes"][0]["widgets_values"] == [speech.name, *saved[1:]], "no new place among the saved values"
        if renderer == NODES_2:
            canvas.page.get_by_text(speech.name).first.wait_for()
    assert (comfy.base / "input" / speech.name).read_bytes() == speech.read_bytes()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_new_job_is_offered_and_the_saved_value_stays(
    comfy: ComfyServer, sandbox: SandboxProcess, browser: Browser, renderer: str
) -> None:
    saved = "2020-01-01 00:00 lipsync sync-3 0123456789ab"
    graph = Graph()
    graph.add("SyncPoll", service="Sync", pick=saved, job_id="", wait_limit_s=0, on_failure="stop")
    with open_canvas(browser, comfy, renderer) as canvas:
        bought = Graph()
        film = bought.lip_sync(bought.sample(), take=fresh_take())
        info = bought.show(film, 1)
        told = json.loads(comfy.run(bought.prompt).outputs[info]["text"][0])
        canvas.open_api("poll", graph.prompt)
        canvas.page.wait_for_function(f"id => ({_OFFERED})(['SyncPoll', 'pick'])[1].endsWith(id)", arg=told["job_id"], timeout=15_000)
        assert canvas.page.evaluate(_OFFERED, ["SyncPoll", "pick"])[0] == "latest not handed over"
        assert canvas.prompt()["1"]["inputs"]["pick"] == saved
        if renderer == NODES_2:
            canvas.page.get_by_role("combobox", name="pick").click()
            canvas.page.get_by_role("option", name=told["job_id"]).wait_for()
