"""Refusals in Sync's words: every code of its catalogue with the status it comes with. Source: sync-api.md 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from ..door import Refusal
from ..faults import Fault
from ..store import Json


@dataclass(frozen=True)
class Code:
    status: int
    message: str
    suggestion: str


_UNAVAILABLE, _UNACCEPTABLE = "could not be fetched.", "Fix the input and send it again."

CODES: dict[str, Code] = {
    "generation_unsupported_model": Code(422, "The model is unknown or cannot take this input.", "Choose another model."),
    "generation_pipeline_failed": Code(500, "A step of the pipeline failed.", "Try again, and check that the face is visible."),
    "generation_unknown_error": Code(500, "An unknown error occurred.", "Try again once, then simplify the input."),
    "generation_input_validation_failed": Code(422, "The inputs are not valid.", _UNACCEPTABLE),
    "generation_infra_storage_error": Code(500, "The storage failed.", "Try again."),
    "generation_infra_resource_exhausted": Code(503, "There is no capacity at the moment.", "Try again in a few minutes."),
    "generation_infra_service_unavailable": Code(503, "A service is unavailable.", "See the status page."),
    "generation_input_video_inaccessible": Code(422, f"The video {_UNAVAILABLE}", "Use a public link, or upload the file."),
    "generation_input_audio_inaccessible": Code(422, f"The audio {_UNAVAILABLE}", "Use a public link, or upload the file."),
    "generation_input_image_inaccessible": Code(422, f"The image {_UNAVAILABLE}", "Use a public link, or upload the file."),
    "generation_input_video_invalid": Code(422, "The video cannot be read.", "Convert it to MP4 (H.264, AAC)."),
    "generation_input_audio_invalid": Code(422, "The audio cannot be read.", "Convert it to WAV."),
    "generation_input_segments_invalid": Code(422, "The segments are not valid.", "Check times and refIds."),
    "generation_input_trim_invalid": Code(422, "The trim range is not valid.", "Check start and end."),
    "generation_input_face_selection_invalid": Code(422, "The speaker selection is not valid.", "Pick another frame or point."),
    "generation_input_resolution_unsupported": Code(422, "The resolution is not supported.", "Use at most 4096x2160."),
    "generation_input_duration_greater_than_max_duration": Code(422, "The input is too long.", "Trim it."),
    "generation_model_duration_exceeded": Code(422, "The clip is longer than the model allows.", "Trim it or change the model."),
    "generation_plan_duration_exceeded": Code(422, "The output is longer than your plan allows.", "Trim it or upgrade."),
    "dubbing_duration_exceeded": Code(422, "The clip is too long for dubbing.", "Trim it."),
    "free_tier_generations_exhausted": Code(402, "The free generations of this month are used.", "Upgrade, or wait."),
    "plan_feature_unavailable": Code(402, "Your plan does not have this feature.", "Upgrade."),
    "account_payment_required": Code(402, "An invoice is unpaid.", "Open the billing page."),
    "account_on_hold": Code(403, "The account is on hold.", "Contact support."),
    "voice_clone_limit_reached": Code(403, "All clone slots are used.", "Delete a clone."),
    "elevenlabs_quota_exceeded": Code(402, "The ElevenLabs quota is used.", "Top up."),
    "generation_input_asset_type_mismatch": Code(422, "The asset is of another type than the input.", "Use the right asset."),
    "generation_input_too_many_visual": Code(422, "There is more than one video or image.", "Send one."),
    "generation_input_dub_audio_conflict": Code(422, "Dubbing cannot be combined with audio or text.", "Drop one."),
    "concurrency_limit_reached": Code(429, "All slots of your plan are busy.", "Wait for a generation to end, or upgrade."),
    "rate_limit_exceeded": Code(429, "Too many requests.", "Slow down."),
    "generation_not_deletable_while_processing": Code(409, "The generation is still running.", "Wait for its end."),
    "invalid_generation_id": Code(400, "The generation id is not valid.", "Check the id."),
    "unsupported_generation_id_format": Code(400, "The format of the generation id is not supported.", "Check the id."),
    "generation_not_found": Code(404, "The generation was not found.", "Check the id and the organisation of the key."),
    "generation_conflict": Code(409, "The generation is in another state.", "Read it again."),
    "generation_media_probe_timeout": Code(422, "The media could not be inspected in time.", "Upload it instead."),
    "generation_media_probe_unavailable": Code(503, "The media inspection is unavailable.", "Try again later."),
    "controller_timeout": Code(504, "The controller did not answer in time.", "Try again."),
    "controller_unavailable": Code(503, "The controller is unavailable.", "Try again."),
    "controller_dependency_error": Code(503, "A dependency of the controller failed.", "Try again."),
    "internal_error": Code(500, "Something went wrong.", "Tell support the requestId."),
    "project_not_found": Code(422, "The project was not found.", "Fix or drop projectId."),
    "asset_not_found": Code(404, "The asset was not found.", "Upload it again."),
    "asset_forbidden": Code(403, "The asset belongs to someone else.", "Upload it again."),
    "invalid_asset_id_format": Code(400, "The asset id is not valid.", "Check the id."),
    "uploaded_file_not_found": Code(422, "The uploaded file was not found.", "PUT it to uploadUrl first."),
    "file_not_in_org_storage": Code(422, "The file is not in your organisation's storage.", "Upload it."),
    "file_size_exceeds_plan_limit": Code(422, "The file is larger than your plan allows.", "Compress it or upgrade."),
    "voice_not_found": Code(422, "The voice was not found.", "List the voices and use an id."),
    "voice_sample_not_accessible": Code(422, "The sample cannot be fetched.", "Upload it again."),
    "voice_sample_type_unsupported": Code(422, "The sample is of an unsupported type.", "Use WAV or MP3."),
    "voice_sample_upload_required": Code(422, "The sample must be uploaded first.", "Upload it."),
    "voice_sample_extraction_failed": Code(422, "No sound could be taken from the sample.", "Use an audio file."),
    "voice_sample_source_too_large": Code(413, "The sample is too large.", "Use a shorter one."),
    "voice_sample_too_short": Code(422, "The sample is too short.", "Use at least 30 seconds."),
    "voice_sample_invalid": Code(422, "The sample is not valid.", "Use clean speech."),
    "voice_name_conflict": Code(409, "A voice of this name exists.", "Rename it."),
    "voice_clone_busy": Code(409, "A clone is being made.", "Wait."),
    "elevenlabs_api_key_invalid": Code(422, "The connected ElevenLabs key is not valid.", "Connect it again."),
    "elevenlabs_service_unavailable": Code(503, "The speech provider is unavailable.", "Try again."),
    "usage_dependency_unavailable": Code(503, "The usage look-up is unavailable.", "Try again later."),
}
"""The 62 codes of `GET /v2/errors`, in its order."""

OTHER_CODES: dict[str, Code] = {  # the last paragraph of sync-api.md 5.3; KEY_CONFLICT and IN_PROGRESS are guesses
    "generation_media_metadata_missing": Code(422, "Duration or frame rate cannot be read.", "Write a proper header."),
    "generation_audio_length_exceeded": Code(422, "The audio is too long.", "Trim it."),
    "generation_text_length_exceeded": Code(422, "The script is too long.", "Use at most 5000 characters."),
    "generation_audio_missing": Code(422, "There is no audio or text input.", "Add one."),
    "generation_video_missing": Code(422, "There is no video or image input.", "Add one."),
    "generation_timeout": Code(504, "The generation took too long.", "Try again."),
    "generation_database_error": Code(500, "The database failed.", "Try again."),
    "generation_internal_auth": Code(500, "Internal authentication failed.", "Contact support."),
    "generation_unhandled_error": Code(500, "An unhandled error occurred.", "Try again once."),
    "INVALID_IDEMPOTENCY_KEY": Code(400, "Idempotency-Key must be one value of 1 to 128 of A-Z a-z 0-9 . _ ~ -", "Fix the key."),
    "IDEMPOTENCY_KEY_CONFLICT": Code(409, "This Idempotency-Key was used with another body.", "Keep the body, or take a new key."),
    "IDEMPOTENCY_IN_PROGRESS": Code(409, "A request with this Idempotency-Key is in progress.", "Wait, and repeat it."),
    "IDEMPOTENCY_OUTCOME_UNKNOWN": Code(503, "The outcome of the keyed request is unknown.", "Repeat it with the same key."),
    "cost_estimate_unavailable": Code(422, "The cost cannot be estimated.", "Check the model."),
    "voice_verification_required": Code(403, "The voice must be verified.", "Verify it."),
    "voice_blocked": Code(403, "The voice is blocked.", "Choose another."),
    "voice_access_denied": Code(403, "The voice belongs to someone else.", "Choose another."),
    "dialogue_edit_retime_required": Code(422, "The edit needs new timing.", "Change the edit."),
    "dialogue_edit_removal_too_large": Code(422, "The edit removes too much.", "Change the edit."),
}


@dataclass(eq=False)
class SyncError(Refusal):
    """A refusal in one of the body shapes of sync-api.md 5.1."""

    status: int
    message: str | list[str]
    code: str | None = None
    suggestion: str | None = None
    named: bool = True  # whether `error`, the status in words, is in the body
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> Json:
        body: Json = {"statusCode": self.status, "message": self.message}
        if self.named:
            body["error"] = HTTPStatus(self.status).phrase
        if self.code is not None:
            body["errorCode"] = self.code
        if self.suggestion is not None:
            body["suggestion"] = self.suggestion
        return {**body, **self.extra}

    def response(self) -> web.Response:
        return web.json_response(self.body(), status=self.status, headers=self.headers)


def refused(code: str, message: str | None = None, **rest: Any) -> SyncError:
    """The refusal that a code of the catalogue stands for; `message` says more than the catalogue does."""
    facts = CODES.get(code) or OTHER_CODES[code]
    return SyncError(facts.status, message or facts.message, code, facts.suggestion, **rest)


def not_found(code: str) -> SyncError:
    """The same for an id in the path, which is 404 whatever the code says of an id in a body."""
    facts = CODES[code]
    return SyncError(404, facts.message, code, facts.suggestion)


def fields_refused(problems: list[str]) -> SyncError:
    """Field validation: a 400 whose message is a list."""
    return SyncError(400, problems, "generation_input_validation_failed")


def planned(fault: Fault) -> Json:
    """The body of a planned error."""
    status, code = fault["status"], fault["error_code"]
    message = fault["message"] or (f"Planned fault: {code}" if code else "Planned fault")
    return SyncError(status, message, code).body()


def no_such_path(method: str, path: str) -> SyncError:
    return SyncError(404, f"Cannot {method} {path}")
