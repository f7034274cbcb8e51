"""Media that cannot be sent. All of these are raised before money moves."""

from __future__ import annotations

from .tree import LipsyncError


class MediaRefused(LipsyncError):
    """Media that no service would turn into a film. `what` names it ("clip.mp4", "The video")."""

    def __init__(self, what: str, why: str, cure: str) -> None:
        super().__init__(f"{what} {why}. {cure}")


class NotReadable(MediaRefused):
    """A file that is empty, cut short, or no media at all."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why, "Export it again, or choose another file.")


class NoFrames(MediaRefused):
    """An IMAGE batch with nothing in it."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "is empty: it has no frames", "Connect a node that makes at least one.")


class BadFrames(MediaRefused):
    """An IMAGE batch that is not pictures: a wrong shape, a wrong type, an impossible rate."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why, "Connect an IMAGE batch of 1, 3 or 4 channels and set its real frame_rate.")


class MaskDoesNotFit(MediaRefused):
    """A MASK that cannot be the alpha of the film."""

    def __init__(self, why: str) -> None:
        super().__init__("The mask", f"does not fit: {why}", "Connect one mask for all frames, or one for each, of the size of the frames.")


class NoSound(MediaRefused):
    def __init__(self, what: str) -> None:
        super().__init__(what, "has no sound", "Choose one in which somebody speaks, or connect the speech by itself.")


class Silent(MediaRefused):
    def __init__(self, what: str) -> None:
        super().__init__(what, "is silent", "Choose sound in which somebody speaks; check that the right track was exported.")


class BadSound(MediaRefused):
    """An AUDIO that is no sound: values that are not numbers, too many channels, an impossible rate."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why, "Check the node that made it, or load the sound from a file.")


class TrimPastEnd(MediaRefused):
    def __init__(self, what: str, *, start_s: float, length_s: float) -> None:
        super().__init__(what, f"is trimmed to start at {start_s:g} s, and it is {length_s:.2f} s long", "Choose an earlier start.")


def memory_text(size_bytes: int) -> str:
    """ "12.4 GB", "3.7 MB"."""
    return f"{size_bytes / 1e9:,.1f} GB" if size_bytes >= 1e8 else f"{size_bytes / 1e6:,.1f} MB"


class FramePastEnd(MediaRefused):
    """A frame that is not there. Frames are counted from 0."""

    def __init__(self, what: str, *, frame: int, count: int) -> None:
        super().__init__(what, f"has no frame {frame}: it has {count}", f"Choose one from 0 to {count - 1}.")


class TooManyFrames(MediaRefused):
    """Frames that do not fit into memory, of which `free_bytes` are left."""

    def __init__(self, what: str, *, size_bytes: int, free_bytes: int | None = None) -> None:
        free = "" if free_bytes is None else f", and {memory_text(free_bytes)} are free"
        super().__init__(
            what,
            f"needs {memory_text(size_bytes)} of memory as frames{free}",
            "Choose a range (start_frame, frame_count), every n-th frame (every_nth) or a smaller size (longest_side).",
        )


class BelowSize(MediaRefused):
    def __init__(self, what: str, *, width: int, height: int, min_side: int) -> None:
        super().__init__(what, f"is too small: {width}x{height} pixels", f"Each side needs at least {min_side}; 480p and more works best.")


class AboveSize(MediaRefused):
    def __init__(self, what: str, *, width: int, height: int, max_width: int, max_height: int) -> None:
        super().__init__(what, f"is too large: {width}x{height} pixels", f"Scale it down to {max_width}x{max_height} or less first.")


class TooLong(MediaRefused):
    def __init__(self, what: str, *, duration_s: float, limit_s: float, who: str) -> None:
        super().__init__(what, f"is {duration_s:.1f} s long, and {who} takes at most {limit_s:g} s", "Trim it, or choose another model.")


class UploadTooLarge(MediaRefused):
    def __init__(self, what: str, *, size_bytes: int, limit_bytes: int, service: str) -> None:
        super().__init__(
            what,
            f"is too large: {size_bytes / 1e6:,.0f} MB, and {service} takes at most {limit_bytes / 1e6:,.0f} MB",
            "Trim it or export it smaller.",
        )


class NotWritten(MediaRefused):
    """A file of ours could not be written. `why` is the operating system's reason."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, f"could not be written: {why}", "Make room there, or choose another folder.")


class LinkNotPublic(MediaRefused):
    """A URL that the service could never fetch. `link` is already without its signature."""

    def __init__(self, link: str, why: str) -> None:
        super().__init__(f"The link {link}", f"cannot be used: {why}", "Give a public https:// address, or load the file itself.")


class LinkUnreachable(MediaRefused):
    def __init__(self, link: str, why: str) -> None:
        super().__init__(f"The link {link}", f"cannot be fetched: {why}", "Try it in a private browser window, or load the file itself.")


class FolderNotAllowed(MediaRefused):
    def __init__(self, path: str) -> None:
        super().__init__(
            path,
            "lies outside the folders that graphs may read",
            "Put it into ComfyUI's input, output or temp folder, or name its folder in the environment variable SYNC_MEDIA_FOLDERS.",
        )
