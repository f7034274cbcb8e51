"""What the user reads when something goes wrong: what happened, what to do, and what became of the money."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from lipsync import errors
from lipsync.errors import Billed, LipsyncError, ServiceRefused
from lipsync.errors.sync_codes import SYNC_CODES, Retry, meaning_of
from lipsync.redact import remember_secret
from lipsync.services.base import JobStatus, State
from lipsync.services.sync_wire import failure, refusal, said_of
from lipsync.services.transport import Answer
from tests.lipsync.studio import sentence_of

# sync-api.md 5.3, copied: the catalogue, and the codes that were seen outside it.
_TEXT = """
generation_unsupported_model generation_pipeline_failed generation_unknown_error generation_input_validation_failed
generation_infra_storage_error generation_infra_resource_exhausted generation_infra_service_unavailable
generation_input_video_inaccessible generation_input_audio_inaccessible generation_input_image_inaccessible
generation_input_video_invalid generation_input_audio_invalid generation_input_segments_invalid generation_input_trim_invalid
generation_input_face_selection_invalid generation_input_resolution_unsupported generation_input_duration_greater_than_max_duration
generation_model_duration_exceeded generation_plan_duration_exceeded dubbing_duration_exceeded free_tier_generations_exhausted
plan_feature_unavailable account_payment_required account_on_hold voice_clone_limit_reached elevenlabs_quota_exceeded
generation_input_asset_type_mismatch generation_input_too_many_visual generation_input_dub_audio_conflict concurrency_limit_reached
rate_limit_exceeded generation_not_deletable_while_processing invalid_generation_id unsupported_generation_id_format
generation_not_found generation_conflict generation_media_probe_timeout generation_media_probe_unavailable controller_timeout
controller_unavailable controller_dependency_error internal_error project_not_found asset_not_found asset_forbidden
invalid_asset_id_format uploaded_file_not_found file_not_in_org_storage file_size_exceeds_plan_limit voice_not_found
voice_sample_not_accessible voice_sample_type_unsupported voice_sample_upload_required voice_sample_extraction_failed
voice_sample_source_too_large voice_sample_too_short voice_sample_invalid voice_name_conflict voice_clone_busy
elevenlabs_api_key_invalid elevenlabs_service_unavailable usage_dependency_unavailable
generation_media_metadata_missing generation_audio_length_exceeded generation_text_length_exceeded generation_audio_missing
generation_video_missing generation_timeout generation_database_error generation_internal_auth generation_unhandled_error
INVALID_IDEMPOTENCY_KEY IDEMPOTENCY_OUTCOME_UNKNOWN cost_estimate_unavailable voice_verification_required voice_blocked
voice_access_denied dialogue_edit_retime_required dialogue_edit_removal_too_large
"""
CODES = _TEXT.split()
SAMPLES: dict[str, Any] = {
    "service": "Sync", "job": "0123456789ab",
    "variable": "SYNC_API_KEY", "keys_page": "sync.so/settings", "status_page": "status.sync.so",
    "sentence": "The face cannot be found.", "where": "the list of generations", "folder": "output", "why": "it is broken",
    "hop": "no network",
    "detail": "HTTP 500", "status": 500, "excerpt": "a page", "cause": "It broke", "cure": "Mend it.", "billed": Billed.NO, "code": "x",
    "said": "no", "price_usd": 1.0, "limit": "0.50 is left", "place": "lipsync/a.mp4", "what": "The clip", "path": "The file",
    "link": "https://host.example/a", "node": "Lip Sync", "input": "video", "value": "x", "allowed": "a video", "width": 1, "height": 1,
    "min_side": 16, "max_width": 4096, "max_height": 2160, "duration_s": 20.0, "limit_s": 15.0, "who": "react-1", "size_bytes": 10**10,
    "limit_bytes": 10**9, "start_s": 5.0, "length_s": 1.0, "request_id": "r-1",
    "left_usd": 0.25, "billing_page": "the billing page", "name": "keys.json", "frame": 100, "count": 100, "variables": "SYNC_API_KEY",
    "free_bytes": 10**9, "origin": "https://host.example", "aside": "jobs.sqlite3.damaged-1", "looked": "ComfyUI/user",
    "history": "the request history", "service_job_id": "00000000-0000-4000-8000-000000000000", "loss": "It is paid for.",
}  # fmt: skip
CLASSES = [getattr(errors, name) for name in errors.__all__ if name not in ("Billed", "JournalTrouble", "LipsyncError", "MediaRefused")]


def made(kind: type[LipsyncError]) -> LipsyncError:
    names = [name for name in inspect.signature(kind).parameters if name != "self"]
    parameters = inspect.signature(kind).parameters
    positional = [SAMPLES[name] for name in names if parameters[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    named = {name: SAMPLES[name] for name in names if parameters[name].kind is inspect.Parameter.KEYWORD_ONLY}
    return kind(*positional, **named)


def test_every_code_of_the_documents_is_in_the_table() -> None:
    assert set(CODES) == set(SYNC_CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_cause_a_cure_and_a_bill(code: str) -> None:
    meaning = SYNC_CODES[code]
    assert meaning.cause[0].isupper()
    assert not meaning.cause.endswith(".")
    assert meaning.cure[0].isupper()
    assert meaning.cure.endswith(".")
    assert isinstance(meaning.retry, Retry)
    assert meaning.billed is (Billed.UNKNOWN if code == "IDEMPOTENCY_OUTCOME_UNKNOWN" else Billed.NO)
    error = failure(JobStatus(job_id="j", state=State.FAILED, error="Face not found", error_code=code))
    sentence = sentence_of(error)
    assert sentence.startswith(f"{meaning.cause} [{code}]. {meaning.cure} {meaning.billed.value}")
    assert sentence.endswith('Sync said: "Face not found"')


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_failure_says_what_happened_and_what_to_do(kind: type[LipsyncError]) -> None:
    error = made(kind)
    sentence = sentence_of(error)
    assert not re.search(r"\.\.|\s\s|\. \.|None|\{|\}", sentence), sentence
    assert len(sentence.split()) > 6, sentence
    assert isinstance(error.billed, Billed)
    assert type(error).__module__ == "sync_lipsync", "ComfyUI would show the path of the folder"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 418, 422, 500])
def test_a_status_without_a_code_has_a_meaning_too(status: int) -> None:
    meaning = meaning_of(None, status)
    assert meaning.cause
    assert meaning.cure.endswith(".")


SHAPES: dict[str, tuple[object, dict[str, Any]]] = {
    "one message": ({"message": "Bad.", "errorCode": "x"}, {"message": "Bad.", "code": "x"}),
    "several": ({"message": ["One.", "Two."]}, {"message": "One.; Two."}),
    "old code": ({"message": "m", "error_code": "y"}, {"code": "y"}),
    "suggestion": ({"message": "m", "suggestion": "Do."}, {"message": "m; Do."}),
    "slots": (
        {"errorCode": "concurrency_limit_reached", "activeGenerations": 3, "concurrencyLimit": 3, "retryAfterSeconds": 10},
        {"active": 3, "limit": 3, "retry_after_s": 10},
    ),
    "named": ({"generationId": "g", "requestId": "r"}, {"job_id": "g", "request_id": "r"}),
    "only the status": ({"error": "Unauthorized"}, {"message": "Unauthorized"}),
    "no object": (["x"], {"message": "", "code": None}),
    "nothing": (None, {"message": "", "code": None}),
}


@pytest.mark.parametrize(("body", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_of_an_error_body_is_read(body: object, expected: dict[str, Any]) -> None:
    said = said_of(body)
    assert {name: getattr(said, name) for name in expected} == expected


def test_a_request_id_is_kept_for_support() -> None:
    body = {"message": "m", "requestId": "req-7"}
    error = refusal(Answer(status=422, headers={}, content=b""), said_of(body))
    assert isinstance(error, ServiceRefused)
    assert error.request_id == "req-7"


def test_sentences_are_redacted() -> None:
    remember_secret("top-secret-key")
    error = errors.UnexpectedAnswer(
        service="Sync",
        status=403,
        excerpt="key top-secret-key, see https://bucket.example/a.mp4?X-Amz-Signature=abc and sk-0123456789abc",
    )
    assert "top-secret" not in str(error)
    assert "X-Amz" not in repr(error)
    assert "sk-0123" not in str(error)
    assert "https://bucket.example/a.mp4?***" in str(error)
