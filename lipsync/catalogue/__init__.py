"""What the two services sell: models, options, limits, prices. One table each; everything else asks here."""

from .lengths import output_duration_s
from .models import MODELS, Model, Price, Support, model_named, models_of
from .options import OPTIONS, SYNC_MODES, Kind, Option
from .services import CHOICES, PLANS, SERVICES, Plan, ServiceChoice, ServiceFacts, plan_named, service_choice

__all__ = [
    "CHOICES",
    "MODELS",
    "OPTIONS",
    "PLANS",
    "SERVICES",
    "SYNC_MODES",
    "Kind",
    "Model",
    "Option",
    "Plan",
    "Price",
    "ServiceChoice",
    "ServiceFacts",
    "Support",
    "model_named",
    "models_of",
    "output_duration_s",
    "plan_named",
    "service_choice",
]
