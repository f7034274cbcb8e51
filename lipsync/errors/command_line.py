"""What the command line cannot do. The sentences name its own words, as there is no graph to queue."""

from __future__ import annotations

from .tree import Billed, LipsyncError


class NoStateFolder(LipsyncError):
    """`looked` is where ComfyUI would keep it, None where the pack does not lie inside ComfyUI."""

    def __init__(self, *, variable: str, looked: str | None) -> None:
        found = f"there is no journal at {looked}" if looked else "this pack does not lie in ComfyUI's custom_nodes"
        super().__init__(
            f"It is not known where your jobs are kept: {found}. Name the folder, which is user/__sync_lipsync in ComfyUI's own, with "
            f"--state-dir, or set {variable} to it."
        )


class NotAStateFolder(LipsyncError):
    """A folder that would have been made owner-only and filled."""

    def __init__(self, *, folder: str) -> None:
        super().__init__(
            f"The folder {folder} holds other things and no journal of this pack. Name ComfyUI's user/__sync_lipsync, or a folder that is "
            "new or empty."
        )


class NotInJournal(LipsyncError):
    def __init__(self, *, job: str, folder: str) -> None:
        super().__init__(
            f"There is no job {job} in the journal of {folder}. `list` shows what is there; `collect --from-service` finds what another "
            "machine bought at Sync, and `collect` takes a job of either service by the service's own id."
        )


class NoOutputFolder(LipsyncError):
    """`job` is to be fetched to a folder that is not on this machine."""

    billed = Billed.YES

    def __init__(self, *, job: str, folder: str) -> None:
        super().__init__(
            f"Job {job} belongs into {folder}, which is no folder on this machine. Say where its film is to go with --output-dir; nothing "
            "was fetched, and nothing is lost."
        )


class NoOutputChosen(LipsyncError):
    """Jobs of another machine have no folder here yet."""

    def __init__(self) -> None:
        super().__init__("It is not known where films of other machines are to go. Name a folder that exists with --output-dir.")


class NotForgotten(LipsyncError):
    """`loss` says, in sentences, what would be lost."""

    billed = Billed.UNKNOWN

    def __init__(self, *, job: str, loss: str) -> None:
        super().__init__(f"Job {job} was not forgotten. {loss} `forget {job} --yes` forgets it all the same.")


class JobHeld(LipsyncError):
    billed = Billed.UNKNOWN

    def __init__(self, *, job: str) -> None:
        super().__init__(
            f"Job {job} was not forgotten: another program, such as a running ComfyUI, is at work on it. Close that, or wait for its end."
        )


class FileThere(LipsyncError):
    def __init__(self, *, path: str) -> None:
        super().__init__(f"The file {path} is there already, and nothing was written over it. Name another.")
