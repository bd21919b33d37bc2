"""From a signal to the uses that an event may serve, by rules that are data; what is not clearly granted is refused.

Source: LEAKS "Consent, fail closed"; IAB Europe TCF Policies 4 and 5. Legitimate interest is claimed for nothing.
"""

from anonymizers.consent import gpp, tcf
from anonymizers.consent.agreed import granted, refused
from anonymizers.consent.refused import ConsentRefused, Why
from anonymizers.consent.tcf import TCString
from anonymizers.consent_rules import STORAGE, Consent, Use, WrittenAs
from anonymizers.local_day import LocalDay


def judge(said: TCString, rules: Consent, day: LocalDay) -> frozenset[Use]:
    """The uses that a TC string grants on a day: at least one. Raises ConsentRefused with the first reason against all.

    What the publisher's own segment says is not asked: a string from which it was cut off would give more than the whole.
    """
    if said.vendor_list == 0:
        raise ConsentRefused(Why.CONTRADICTION)
    if said.policy < rules.least_policy:
        raise ConsentRefused(Why.POLICY)
    if rules.scope == "site" and not said.service_specific:
        raise ConsentRefused(Why.NOT_SERVICE_SPECIFIC)
    if (day.date - said.created.date()).days > rules.oldest_days:
        raise ConsentRefused(Why.TOO_OLD)
    if said.updated.timestamp() * 1_000_000 >= day.end_us:
        raise ConsentRefused(Why.IN_THE_FUTURE)
    if said.updated.date() >= rules.disclosed_from and said.disclosed is None:
        raise ConsentRefused(Why.NOT_DISCLOSED)
    purposes = said.purposes.numbers
    if STORAGE not in purposes:
        raise ConsentRefused(Why.PURPOSE_ONE)
    uses = frozenset(use for use, needed in rules.purposes.items() if purposes >= set(needed))
    if not uses:
        raise ConsentRefused(Why.NO_PURPOSE)
    return uses


def agreed_by(text: str | None, written_as: WrittenAs, rules: Consent, day: LocalDay) -> int:
    """What one signal, a TC string or a GPP string, comes to: `agreed` of its events."""
    try:
        if text is None or not text.strip():
            raise ConsentRefused(Why.ABSENT)
        said = gpp.decode(text) if written_as == "gpp" else tcf.decode(text)
        return granted(judge(said, rules, day))
    except ConsentRefused as refusal:
        why = refusal.why
    return refused(why)
