"""A choice of the start menu as the card a person sees: words, a drawing, and what it takes."""

from dataclasses import dataclass, replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from hub.pages.menu import AccountMenu, Choice
from hub.pages.texts import Texts
from hub.policy.gpus import Gpu
from hub.policy.outcomes import Denial, Grant, Outcome, Wait, WouldFit
from hub.policy.reasons import Reason
from hub.policy.wording import say, say_change, say_time, say_would_fit
from hub.units import hours_of, share_text

SAY = {Fraction(1, 4): "¼", Fraction(1, 2): "½", Fraction(3, 4): "¾"}
MOST_PLOTS = 4
GIB = 1024


@dataclass(frozen=True)
class Card:
    """One radio card; `plots` are GPUs drawn as plots of beds, True for a bed that is taken."""

    value: str
    title: str
    detail: str
    free: str
    wall: str
    simulated: bool
    plots: tuple[tuple[bool, ...], ...]
    granted: bool
    loan: bool
    """Whether it would be lent, to be given back on notice."""
    waits: str
    """Place and estimate of who would wait for it; "" where nobody may."""
    wait: str
    """The same as the card says it; "" where it is said above all cards."""
    takes: str
    reasons: tuple[str, ...]
    would_fit: str
    instead: str | None
    """The share whose card may be taken instead; None when there is none."""
    instead_hours: str
    """For how long that may be taken, where it is less than would be asked for; else ""."""
    fits_hours: str
    """For how long this very share would pass now; "" where it passes not at all, or anyway."""


def build_card(
    choice: Choice, account: AccountMenu, shared: tuple[Reason, ...], t: Texts, zone: ZoneInfo
) -> Card:
    """Put a choice into words; reasons that hold for every card are left to the page's top."""
    outcome = choice.outcome
    fit = outcome.would_fit if isinstance(outcome, Denial | Wait) else None
    waits = say_would_wait(outcome, t, zone) if isinstance(outcome, Wait) else ""
    return Card(
        value=share_text(choice.share),
        title=_title(choice.share, t),
        detail=_detail(choice.share, choice.gpu, t),
        free=t("start.fits_now", count=choice.free) if choice.share else "",
        wall=_wall(choice.share, choice.gpu),
        simulated=bool(choice.gpu and choice.gpu.simulated),
        plots=draw(choice.share, choice.gpu),
        granted=isinstance(outcome, Grant),
        loan=isinstance(outcome, Grant) and outcome.loan,
        waits=waits,
        wait=waits,
        takes=share_text(_weighed(choice)),
        reasons=tuple(_say(r, outcome, t, zone) for r in reasons_of(choice) if r not in shared),
        would_fit=say_would_fit(fit, t.language) if fit and not shared else "",
        instead=share_text(fit.gpus) if fit and _is_on(account, fit.gpus) else None,
        instead_hours=_hours(fit) if fit and fit.duration < account.duration else "",
        fits_hours=_hours(fit) if fit and fit.gpus == choice.share else "",
    )


def reasons_of(choice: Choice) -> tuple[Reason, ...]:
    """Give why a choice can't be had; nothing where it can."""
    outcome = choice.outcome
    return outcome.reasons if isinstance(outcome, Denial | Wait) else ()


def say_would_wait(wait: Wait, t: Texts, zone: ZoneInfo) -> str:
    """Say which place somebody would have who joined now, and when their turn would come."""
    if wait.earliest is None:
        return t("start.would_wait", position=wait.position)
    earliest = say_time(wait.earliest, zone)
    if wait.latest is None:
        return t("start.would_wait_from", position=wait.position, earliest=earliest)
    latest = say_time(wait.latest, zone)
    if latest == earliest:
        return t("start.would_wait_about", position=wait.position, earliest=earliest)
    if latest.split()[0] == earliest.split()[0]:
        latest = latest.split()[1]
    return t("start.would_wait_between", position=wait.position, earliest=earliest, latest=latest)


def draw(share: Fraction, gpu: Gpu | None) -> tuple[tuple[bool, ...], ...]:
    """Draw a share: each GPU a plot of as many beds as it has slots, those taken marked."""
    if not share or gpu is None:
        return ()
    if share > 1:
        return ((True,) * gpu.slots,) * min(int(share), MOST_PLOTS)
    taken = gpu.slots_for(share) or 0
    return (tuple(bed < taken for bed in range(gpu.slots)),)


def _say(reason: Reason, outcome: Outcome, t: Texts, zone: ZoneInfo) -> str:
    """Say why; of what may be waited for, when it passes is what the place says."""
    if isinstance(outcome, Wait):
        reason = replace(reason, who="", soonest=None)
    if reason.rule == "free-slots" and not reason.numbers["free_slots"]:
        taken = t("start.all_taken", **{key: reason.numbers[key] for key in ("slots", "gpus")})
        return f"{taken} {say_change(reason, t.language, zone)}".strip()
    return say(reason, t.language, zone)


def _title(share: Fraction, t: Texts) -> str:
    if not share:
        return t("start.cpu_title")
    return t("start.gpu_title", share=SAY.get(share, share_text(share)))


def _detail(share: Fraction, gpu: Gpu | None, t: Texts) -> str:
    if gpu is None:
        return t("start.cpu_sub") if not share else ""
    memory = Fraction(gpu.memory_mib, GIB)
    if share > 1:
        return t(
            "start.gpu_whole",
            count=share_text(share),
            model=gpu.name,
            memory=share_text(Fraction(round(memory))),
        )
    part = share_text(Fraction(round(memory * share * 10), 10))
    return t("start.gpu_memory", memory=part, model=gpu.name)


def _wall(share: Fraction, gpu: Gpu | None) -> str:
    if gpu is None:
        return ""
    if share >= 1 and not gpu.sliced:
        return "alone"
    return gpu.isolation


def _weighed(choice: Choice) -> Fraction:
    outcome = choice.outcome
    if isinstance(outcome, Grant):
        return outcome.placement.weighed
    return choice.share


def _hours(fit: WouldFit) -> str:
    """Print hours that surely pass: rounded down, to a hundredth."""
    return share_text(Fraction(int(hours_of(fit.duration) * 100), 100))


def _is_on(account: AccountMenu, share: Fraction) -> bool:
    return any(
        choice.share == share and not isinstance(choice.outcome, Denial)
        for entry in account.profiles
        for choice in entry.choices
    )
