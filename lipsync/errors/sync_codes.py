"""Sync's error codes: cause, cure, and whether asking again may help. Source: sync-api.md 5.3.

Sync bills completed generations only, so none of these was billed, except where the outcome itself is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .tree import Billed


class Retry(Enum):
    SOON = "soon"
    LATER = "later"  # a minute or more
    NEVER = "never"  # not before something is changed


@dataclass(frozen=True)
class Meaning:
    """What a code means to the person who reads it."""

    cause: str
    cure: str
    retry: Retry = Retry.NEVER
    billed: Billed = Billed.NO


SOON, LATER = Retry.SOON, Retry.LATER
_AGAIN = "Queue again."
_IN_MINUTES = "Queue again in some minutes; status.sync.so says whether there is an outage."
_SUPPORT = "If it stays, give Sync's support the job's id."
_TRIM = "Trim the clip"
_REENCODE = "Export the file again as H.264 MP4 with a constant frame rate."

SYNC_CODES: dict[str, Meaning] = {
    "generation_unsupported_model": Meaning(
        "This model does not exist or cannot take this input", "Choose another model; only sync-3 takes a photo."
    ),
    "generation_pipeline_failed": Meaning("A step inside Sync failed", f"Check that the face can be seen, then queue again. {_SUPPORT}", SOON),
    "generation_unknown_error": Meaning("Sync failed without saying why", f"Queue again once, then try a simpler clip. {_SUPPORT}", SOON),
    "generation_input_validation_failed": Meaning("Sync refused the inputs", "Read what it said below and change that input."),
    "generation_infra_storage_error": Meaning("Sync's storage failed", _AGAIN, SOON),
    "generation_infra_resource_exhausted": Meaning("Sync has no capacity left at the moment", _IN_MINUTES, LATER),
    "generation_infra_service_unavailable": Meaning("A part of Sync is down", _IN_MINUTES, LATER),
    "generation_input_video_inaccessible": Meaning("Sync cannot fetch the video's link", "Use a public link that does not expire, or load the file."),
    "generation_input_audio_inaccessible": Meaning("Sync cannot fetch the speech's link", "Use a public link that does not expire, or load the file."),
    "generation_input_image_inaccessible": Meaning("Sync cannot fetch the picture's link", "Use a public link that does not expire, or load the file."),
    "generation_input_video_invalid": Meaning("Sync cannot read the video", _REENCODE),
    "generation_input_audio_invalid": Meaning("Sync cannot read the sound", "Export the sound again as WAV."),
    "generation_input_segments_invalid": Meaning("The segments' times, names or order are wrong", "Correct the table of Speech Segments."),
    "generation_input_trim_invalid": Meaning("The range to cut is wrong", "Correct its start and end."),
    "generation_input_face_selection_invalid": Meaning("The speaker's point or boxes hit no face", "Choose another frame or point."),
    "generation_input_resolution_unsupported": Meaning("The picture's size is not supported", "Scale it to 4096x2160 or less, and 480p or more."),
    "generation_input_duration_greater_than_max_duration": Meaning("The clip is too long", f"{_TRIM}."),
    "generation_model_duration_exceeded": Meaning("The clip is longer than this model takes", f"{_TRIM}, or choose another model."),
    "generation_plan_duration_exceeded": Meaning("The film would be longer than your plan allows", f"{_TRIM}, use sync_mode cut_off, or upgrade."),
    "dubbing_duration_exceeded": Meaning("The clip is longer than dubbing takes", f"{_TRIM}."),
    "free_tier_generations_exhausted": Meaning("This month's free generations are used up", "Upgrade, or wait for the next month."),
    "plan_feature_unavailable": Meaning("Your plan does not include this option", "Turn the option off, or upgrade."),
    "account_payment_required": Meaning("The account has an unpaid invoice or no balance", "Settle it on Sync's billing page, then queue again."),
    "account_on_hold": Meaning("The account is on hold", "Write to Sync's support."),
    "voice_clone_limit_reached": Meaning("All places for cloned voices are taken", "Delete a cloned voice first."),
    "elevenlabs_quota_exceeded": Meaning("Your ElevenLabs quota is used up", "Top it up, or bring the speech as sound."),
    "generation_input_asset_type_mismatch": Meaning("This asset is of another kind than its input", "Give a video's id to video and a sound's id to speech."),
    "generation_input_too_many_visual": Meaning("More than one video or picture was sent", "Send one."),
    "generation_input_dub_audio_conflict": Meaning("Dubbing was asked together with a speech", "Drop one of the two."),
    "concurrency_limit_reached": Meaning("All slots of your plan are busy", "Wait until one is free; the pack does so by itself.", SOON),
    "rate_limit_exceeded": Meaning("Too many requests in a short time", "Wait a minute; the pack does so by itself.", SOON),
    "generation_not_deletable_while_processing": Meaning("A running generation cannot be deleted", "Wait until it has ended.", LATER),
    "invalid_generation_id": Meaning("This is not a job id", "Check the id."),
    "unsupported_generation_id_format": Meaning("This is not a job id", "Check the id."),
    "generation_not_found": Meaning("Sync does not know this job, or it belongs to another account", "Check the id and the key."),
    "generation_conflict": Meaning("The job's state changed at the same moment", _AGAIN, SOON),
    "generation_media_probe_timeout": Meaning("Sync could not inspect the media in time", "Queue again; load the file instead of its link.", SOON),
    "generation_media_probe_unavailable": Meaning("Sync's media inspection is down", _IN_MINUTES, LATER),
    "controller_timeout": Meaning("Sync's scheduler answered too late", _AGAIN, SOON),
    "controller_unavailable": Meaning("Sync's scheduler is down", _IN_MINUTES, SOON),
    "controller_dependency_error": Meaning("Sync's scheduler has trouble", _IN_MINUTES, SOON),
    "internal_error": Meaning("Sync had an internal error", f"{_AGAIN} {_SUPPORT}", SOON),
    "project_not_found": Meaning("This project is not in your organisation", "Correct project_id, or leave it empty."),
    "asset_not_found": Meaning("This asset does not exist any more", "Queue again: the file is uploaded anew. For an asset id, check it."),
    "asset_forbidden": Meaning("This asset belongs to somebody else", "Load the file itself."),
    "invalid_asset_id_format": Meaning("This is not an asset id", "Check the id."),
    "uploaded_file_not_found": Meaning("The upload did not arrive", _AGAIN, SOON),
    "file_not_in_org_storage": Meaning("This file is not in your organisation's storage", "Load the file itself."),
    "file_size_exceeds_plan_limit": Meaning("The file is larger than your plan allows", "Export it smaller, or upgrade."),
    "voice_not_found": Meaning("There is no such voice", "Choose one from the list; use its id, not its name."),
    "voice_sample_not_accessible": Meaning("The voice sample cannot be fetched", "Upload it."),
    "voice_sample_type_unsupported": Meaning("The voice sample has the wrong type", "Use WAV or MP3."),
    "voice_sample_upload_required": Meaning("The voice sample must be uploaded first", "Upload it."),
    "voice_sample_extraction_failed": Meaning("No voice could be taken from the sample", "Use a cleaner one."),
    "voice_sample_source_too_large": Meaning("The voice sample is too large", "Use a shorter one."),
    "voice_sample_too_short": Meaning("The voice sample is too short", "Use 30 s or more."),
    "voice_sample_invalid": Meaning("The voice sample cannot be used", "Use clean speech of one person."),
    "voice_name_conflict": Meaning("A voice of this name exists", "Choose another name."),
    "voice_clone_busy": Meaning("This voice is still being cloned", "Wait a minute.", LATER),
    "elevenlabs_api_key_invalid": Meaning("The ElevenLabs key connected to Sync does not work", "Connect it again on Sync's settings page."),
    "elevenlabs_service_unavailable": Meaning("The speech provider is down", _IN_MINUTES, SOON),
    "usage_dependency_unavailable": Meaning("Sync cannot look up your usage at the moment", _IN_MINUTES, LATER),
    "generation_media_metadata_missing": Meaning("The file does not say how long or how fast it is", _REENCODE),
    "generation_audio_length_exceeded": Meaning("The speech is too long", "Trim it."),
    "generation_text_length_exceeded": Meaning("The script is too long", "Use at most 5000 characters, or several segments."),
    "generation_audio_missing": Meaning("No speech was sent", "Connect one."),
    "generation_video_missing": Meaning("No video was sent", "Connect one."),
    "generation_timeout": Meaning("The job took too long at Sync", _AGAIN, SOON),
    "generation_database_error": Meaning("Sync's database failed", _AGAIN, SOON),
    "generation_internal_auth": Meaning("Sync failed to talk to itself", _SUPPORT),
    "generation_unhandled_error": Meaning("Sync failed in an unforeseen way", f"Queue again once. {_SUPPORT}", SOON),
    "INVALID_IDEMPOTENCY_KEY": Meaning("Sync did not take this pack's purchase key", "Please report this to the pack's authors."),
    "IDEMPOTENCY_OUTCOME_UNKNOWN": Meaning(
        "Sync does not know yet whether it accepted this purchase", "Queue again later: the same purchase is asked for, never a second one.", LATER,
        Billed.UNKNOWN,
    ),
    "cost_estimate_unavailable": Meaning("Sync cannot tell the price", "Set max_cost_usd to what the job may cost.", LATER),
    "voice_verification_required": Meaning("This voice must be verified first", "Verify it on Sync's settings page."),
    "voice_blocked": Meaning("This voice is blocked", "Choose another voice."),
    "voice_access_denied": Meaning("This voice is not yours to use", "Choose another voice."),
    "dialogue_edit_retime_required": Meaning("This dialogue edit changes the timing", "The pack does not edit dialogue: do it on Sync's website."),
    "dialogue_edit_removal_too_large": Meaning("This dialogue edit removes too much", "The pack does not edit dialogue: do it on Sync's website."),
}  # fmt: skip

_BY_STATUS: dict[int, Meaning] = {  # sync-api.md 5.2, for answers without a code that is known here
    400: Meaning("Sync refused a field of the request", "Change the field that it names."),
    402: Meaning("Sync asks for payment or a higher plan", "Open Sync's billing page."),
    403: Meaning("Sync does not permit this", "Check the account's rights, and whether a network filter stands in between."),
    404: Meaning("Sync does not know this", "Check the id and the key."),
    409: Meaning("Sync says that this conflicts with its state", "Queue again in a minute.", SOON),
    413: Meaning("The upload is too large", "Trim it or export it smaller."),
    422: Meaning("Sync cannot use this input", "Change what it names."),
}


def meaning_of(code: str | None, status: int | None) -> Meaning:
    """What Sync means by `code`, or else by the HTTP status. A code that is new to us is retried once at most."""
    if code in SYNC_CODES:
        return SYNC_CODES[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return Meaning("Sync reported a failure that this pack does not know", f"Queue again once. {_SUPPORT}", SOON)
