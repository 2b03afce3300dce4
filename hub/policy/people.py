"""A person and their accounts as policy sees them."""

from dataclasses import dataclass

SITE = "site"
EVERYONE = "everyone"


@dataclass(frozen=True)
class Person:
    """Somebody with an account here; known by `id`, never by name."""

    id: int
    name: str
    uid: int
    admin: bool = False
    disabled: bool = False
    must_change_password: bool = False
    groups: tuple[str, ...] = ()
    primary_group: str | None = None

    def account_for(self, group: str | None) -> str | None:
        """Name the account a lease of theirs goes to; None when `group` is not one of theirs."""
        if group is not None:
            return f"group:{group}" if group in self.groups else None
        if self.primary_group is not None:
            return f"group:{self.primary_group}"
        return SITE
