"""All that is measured of the tasks of one pool and priority, to predict the next ones from."""

from orchestratord.core.ratios import Ratios
from orchestratord.core.reliability import Reliability
from orchestratord.core.service_times import ServiceTimes
from orchestratord.core.wait_times import WaitTimes


class Times(ServiceTimes):
    """Service, waiting, and how predictions of either turned out."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = WaitTimes()
        self.ratios = Ratios()
        self.reliability = Reliability()
