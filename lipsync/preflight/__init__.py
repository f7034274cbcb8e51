"""What can be said of a film before anything is uploaded: its length, its price, and what is wrong or will be changed.

One report, for the nodes that buy, for the node that only asks, and for the shell.
"""

from .flight import Preflight, assess, preflight
from .look import Media, look_at
from .offers import Estimate, Offer, offers_for
from .prices import Quote, from_price_list, from_service
from .report import report, summary

__all__ = [
    "Estimate",
    "Media",
    "Offer",
    "Preflight",
    "Quote",
    "assess",
    "from_price_list",
    "from_service",
    "look_at",
    "offers_for",
    "preflight",
    "report",
    "summary",
]
