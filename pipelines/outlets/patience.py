"""Try again what a network broke, a bounded number of times; wait for what hangs, a bounded time. What is tried is given.

An error is told by its class alone: messages hold addresses.
"""

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

from anonymizers.refusal import Reason, Refusal
from assets.silence import class_name

Result = TypeVar("Result")

PAUSES = (1.0, 4.0, 16.0)
"""Seconds before the second, third and fourth attempt, which is the last."""
_FINAL = {
    "PermissionError": "the login or its rights were refused",
    "PermissionDenied": "the login was refused",
    "SFTPPermissionDenied": "the login may not do that",
    "HostKeyNotVerifiable": "the server's host key is not in known_hosts, and nothing was sent; ask the partner for its key",
    "FileNotFoundError": "the folder or bucket is not there",
    "NoCredentialsError": "there are no credentials",
    "CredentialRetrievalError": "there are no credentials",
    "ProfileNotFound": "there is no such profile",
    "DefaultCredentialsError": "there are no credentials",
    "ClientAuthenticationError": "the login was refused",
    "ValueError": "it is not set up as its library needs",
    "TypeError": "it is not set up as its library needs",
    "NoAnswer": "it does not answer; see what is mounted there, and whether its server is up",
}
"""Errors, by the names of their classes, that another attempt would only repeat."""


class NoAnswer(Exception):
    """A folder of this machine hangs, as one does that is mounted from a server that is gone."""


def wait_for(call: Callable[[], Result], seconds: float) -> Result:
    """What a call gives, or raises, within so many seconds. Raises `NoAnswer` when it hangs for longer.

    No thread can be ended from outside: one that hangs is left behind, and holds neither a lock nor the process. The call
    must therefore use nothing that others close afterwards, such as a descriptor, and be worth little when it comes late.
    """
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, daemon=True).start()
    if not wait([answer], seconds).done:
        raise NoAnswer
    return answer.result()


def try_again(attempt: Callable[[], Result], doing: Callable[[], str], sleep: Callable[[float], None]) -> Result:
    """What an attempt gives at last. Refuses (`Reason.STORE`) when the last one failed, or any for good; `doing` says, for
    the sentence, what it was about. A refusal of the attempt's own goes through."""
    kind, why = "", ""
    for number, pause in enumerate((*PAUSES, None), 1):
        try:
            with _unheard():
                return attempt()
        except Refusal:
            raise
        except Exception as error:
            kind = class_name(type(error))
            final = next((_FINAL[each.__name__] for each in type(error).__mro__ if each.__name__ in _FINAL), None)
            why = final or f"it did not work in {number} attempt(s)"
        if final or pause is None:
            break
        sleep(pause)
    raise Refusal(
        "delivery", Reason.STORE, f"{doing()}: {why} ({kind}); see docs/partners.md, then try again by koond deliver"
    )


@contextmanager
def _unheard() -> Iterator[None]:
    """Libraries log addresses, and warn of what is none of ours."""
    disabled = logging.root.manager.disable
    logging.disable(sys.maxsize)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
