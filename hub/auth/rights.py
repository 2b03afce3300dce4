"""What an administrator may do in the hub: less than JupyterHub's own admin role, on purpose."""

from typing import Any

from jupyterhub import orm

from hub.policy.people import Person

STATION_ADMIN = "station-admin"
STATION_ADMIN_SCOPES = ["list:users", "read:servers", "servers"]
MEMBER = "user"
"""JupyterHub's role of everybody; what is not named here would be taken away."""


def roles_of(person: Person) -> frozenset[str]:
    """Name the hub roles a person has, and no others."""
    return frozenset({MEMBER, STATION_ADMIN} if person.admin else {MEMBER})


def build_roles(person: Person, db: Any) -> list[dict[str, Any]]:
    """Build what JupyterHub is told of a person's roles, from its own database's session."""
    member = orm.Role.find(db, MEMBER)
    roles = [
        {
            "name": MEMBER,
            "description": member.description,
            "scopes": list(member.scopes),
        }
    ]
    if person.admin:
        roles.append(
            {
                "name": STATION_ADMIN,
                "description": "Administrators of this station",
                "scopes": list(STATION_ADMIN_SCOPES),
            }
        )
    return roles
