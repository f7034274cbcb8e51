"""What can be wrong with what the user has saved."""

from __future__ import annotations

from .tree import LipsyncError


class FileDamaged(LipsyncError):
    """A file of the private folder that is not what was written there. The sentence quotes nothing of it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The file {name} in ComfyUI's folder user/__sync_lipsync cannot be read. Check that it belongs to the user who runs ComfyUI, "
            "or delete it and save your settings again. Nothing was sent."
        )


class KeyNotTaken(LipsyncError):
    """What was given as a key cannot be one. The sentence quotes nothing of it."""

    def __init__(self, *, service: str, keys_page: str) -> None:
        super().__init__(
            f"That is not a {service} key: a key is one word of letters, digits and signs. Copy it from {keys_page} again. Nothing was "
            "saved."
        )


class OnlyFromThisMachine(LipsyncError):
    """A change that was not asked for by the browser tab of this ComfyUI on the machine that it runs on."""

    def __init__(self, *, variables: str) -> None:
        super().__init__(
            "Keys, the spending limit, the webhook address and the plan can be changed only in a browser on the machine that runs ComfyUI, "
            f"at its address 127.0.0.1 or localhost. From elsewhere, set {variables} where ComfyUI is started."
        )
