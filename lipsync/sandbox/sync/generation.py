"""The Generation object, as it is answered and as it is sent to a webhook. Sources: sync-api.md 2.3, 2.11."""

from __future__ import annotations

from ..core import Sandbox
from ..door import Call
from ..jobs import Job
from ..store import Json
from ..timestamps import timestamp

_NOT_IN_WEBHOOKS = ("outputFileName", "projectId", "synthesizedAudioUrl", "errorCode")


def result_path(job: Job) -> str:
    return f"/v2/generations/{job.id}/result"


def generation(call: Call, job: Job) -> Json:
    """The job as it is now, with links for whoever asks."""
    return generation_for(call.sandbox, job, call.origin)


def generation_for(sandbox: Sandbox, job: Job, origin: str) -> Json:
    done = job.status == "COMPLETED"
    request = job.request
    token = sandbox.links.token(result_path(job), lifetime_s=sandbox.settings.output_link_s)
    spoken = sandbox.objects.get(job.synthesized) if done and job.synthesized else None
    return {
        "id": job.id,
        "createdAt": timestamp(job.created_at),
        "status": job.status,
        "model": request["model"],
        "input": request["input"],
        "options": request["options"],
        "segments": request["segments"],
        "webhookUrl": request["webhookUrl"],
        "outputFileName": request["outputFileName"],
        "projectId": request["projectId"],
        "outputUrl": f"{origin}{result_path(job)}?token={token}" if done else None,
        "outputDuration": job.output_s if done else None,
        "segmentOutputUrl": None,
        "synthesizedAudioUrl": f"{origin}{spoken.path}" if spoken else None,
        "error": job.error,
        "errorCode": job.error_code,
    }


def notification(sandbox: Sandbox, job: Job, origin: str) -> Json:
    """The same as a webhook tells it: not identical."""
    body = generation_for(sandbox, job, origin)
    kept = {name: value for name, value in body.items() if name not in _NOT_IN_WEBHOOKS}
    return {**kept, "error_code": job.error_code}
