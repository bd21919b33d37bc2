"""What a rehearsal of a site must have attacked to count, and the marks that it is held against: both from the plans of now.

Attacks and their figures are not here.
"""

from collections.abc import Mapping

from anonymizers.counting.plan import plan
from anonymizers.pass_marks import pass_marks
from anonymizers.rehearsal import settings_digest
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK


def settings_of(site: Site) -> tuple[str, str]:
    """The digests of the daily and of the weekly settings, for `Rehearsal.fits`."""
    daily, weekly = (
        settings_digest(plan(site, window).digest, site.size.visitors, site.size.events) for window in (DAY, WEEK)
    )
    return daily, weekly


def marks_of(site: Site) -> Mapping[str, float]:
    """Attack -> its pass mark, for `rehearsal.judge`."""
    return pass_marks(site.budget.epsilon, site.budget.delta, [plan(site, window).rho for window in (DAY, WEEK)])
