"""What the answers of both services have in common: JSON where all is well, else an error that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..catalogue import ServiceFacts
from ..errors import KeyRefused, LipsyncError, UnexpectedAnswer
from ..keys import Key
from .transport import Answer


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How one service's answers are read; `words` turns a refusal in the service's own JSON into ours."""

    facts: ServiceFacts
    key: Key
    words: Callable[[Answer], LipsyncError]

    def checked(self, answer: Answer) -> Any:
        """The JSON of a good answer. Raises KeyRefused, ServiceRefused or UnexpectedAnswer for any other."""
        body = answer.json()
        if 200 <= answer.status < 300 and body is not None:
            return body
        raise self.refusal(answer)

    def object_of(self, answer: Answer) -> dict[str, Any]:
        """The same, where only an object will do."""
        body = self.checked(answer)
        if not isinstance(body, dict):
            raise self.unexpected(answer)
        return body

    def refusal(self, answer: Answer) -> LipsyncError:
        """Why an answer is no good one."""
        if answer.status == 401:
            return KeyRefused(service=self.facts.title, where=self.key.where, keys_page=self.facts.keys_page)
        return self.unexpected(answer) if answer.json() is None else self.words(answer)

    def unexpected(self, answer: Answer) -> UnexpectedAnswer:
        """An answer that the contract does not know."""
        return UnexpectedAnswer(service=self.facts.title, status=answer.status, excerpt=answer.excerpt())
