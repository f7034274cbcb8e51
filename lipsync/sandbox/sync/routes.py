"""Every path of Sync's that the sandbox answers. Source: sync-api.md 2.0."""

from __future__ import annotations

from ..door import Handler, Route
from . import account, assets, batch, cloning, create, estimate, reads, speech, voices
from .errors import no_such_path, planned
from .guard import guard


def _open(method: str, path: str, operation: str, handler: Handler) -> Route:
    """A path that asks for no key."""
    return Route(method=method, path=path, operation=operation, handler=handler, words=planned, absent=no_such_path)


def _keyed(method: str, path: str, operation: str, handler: Handler, rate: str = "read") -> Route:
    return Route(method=method, path=path, operation=operation, handler=handler, words=planned, guard=guard, rate=rate, absent=no_such_path)


ROUTES: tuple[Route, ...] = (
    _keyed("POST", "/v2/generate", "create", create.create, "create"),
    _keyed("GET", "/v2/generate/{id}", "get", reads.get),
    _keyed("GET", "/v2/generate/{id}/costs", "costs", reads.costs),
    _keyed("GET", "/v2/generations", "list", reads.listed),
    _keyed("GET", "/v2/generations/count", "count", reads.count),
    _keyed("GET", "/v2/generations/{id}", "get_in_organisation", reads.get_in_organisation),
    _keyed("DELETE", "/v2/generations/{id}", "delete", reads.delete),
    _keyed("GET", "/v2/generations/{id}/download", "download", reads.download),
    _open("GET", "/v2/generations/{id}/result", "result", reads.result),
    _keyed("POST", "/v2/generations/estimate", "estimate", estimate.estimate),
    _keyed("POST", "/v2/generate/estimate-cost", "estimate", estimate.estimate),
    _keyed("POST", "/v2/analyze/cost", "analyze", estimate.analyze),
    _keyed("POST", "/v2/batch", "batch_create", batch.create, "create"),
    _keyed("GET", "/v2/batch", "batch_list", batch.listed),
    _keyed("GET", "/v2/batch/{id}", "batch_get", batch.get),
    _open("GET", "/v2/batch/{id}/result", "batch_result", batch.result),
    _keyed("POST", "/v2/assets/upload", "upload", assets.upload, "upload"),
    _keyed("POST", "/v2/assets", "register", assets.register),
    _keyed("GET", "/v2/assets", "assets", assets.listed),
    _keyed("GET", "/v2/assets/{id}", "asset_get", assets.get),
    _keyed("PATCH", "/v2/assets/{id}", "asset_change", assets.change),
    _keyed("DELETE", "/v2/assets/{id}", "asset_delete", assets.delete),
    _keyed("GET", "/v2/models", "models", account.models),
    _keyed("GET", "/v2/voices", "voices", voices.listed),
    _keyed("POST", "/v2/voices", "voice_clone", cloning.clone, "clone"),
    _keyed("GET", "/v2/voices/{id}", "voice_get", voices.get),
    _keyed("DELETE", "/v2/voices/{id}", "voice_delete", voices.delete),
    _keyed("POST", "/v2/tts", "tts", speech.speak, "speech"),
    _keyed("POST", "/v2/tts/jobs", "tts_job_create", speech.start_job, "speech_job"),
    _keyed("GET", "/v2/tts/jobs/{id}", "tts_job_get", speech.get_job),
    _keyed("POST", "/v2/projects", "project_add", account.add_project),
    _keyed("GET", "/v2/projects", "projects", account.projects),
    _keyed("GET", "/v2/projects/{id}", "project_get", account.project),
    _keyed("DELETE", "/v2/projects/{id}", "project_delete", account.delete_project),
    _open("GET", "/v2/errors", "errors", account.errors),
    _keyed("GET", "/v2/organizations/webhook/secret", "webhook_secret", account.webhook_secret),
    # Older documents' paths, which answer 404 unless `missing_paths` is set otherwise.
    _keyed("GET", "/v2/generate", "list", reads.listed),
    _keyed("POST", "/v2/generate/upload", "create", create.create, "create"),
    _keyed("POST", "/v2/generate/batch", "batch_create", batch.create, "create"),
)
