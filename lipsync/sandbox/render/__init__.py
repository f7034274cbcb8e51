"""The sandbox's films: not lip sync, but of the right length, with the speech in them, and a mouth that shows it."""

from .film import FilmError, make_film
from .plan import FilmPlan, Speaker, SpeechPart

__all__ = ["FilmError", "FilmPlan", "Speaker", "SpeechPart", "make_film"]
