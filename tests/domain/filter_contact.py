"""A small Contact for the tests of filters: a field of every kind, and a parent."""

from __future__ import annotations

from sfvtui.domain.fields import Field, FieldType, PicklistValue, SObject

ROLES = (
    PicklistValue("Decision Maker", "Decides", active=True),
    PicklistValue('End "User"', 'End "User"', active=True),
    PicklistValue("Gatekeeper", "Gatekeeper", active=False),
)


def field(name, kind=FieldType.STRING, **more):
    return Field(name, more.pop("label", name), kind, **more)


ACCOUNT = SObject(
    "Account",
    "Account",
    "001",
    queryable=True,
    updateable=True,
    mergeable=True,
    fields={
        f.name.lower(): f
        for f in (
            field("Name"),
            field("Industry", FieldType.PICKLIST),
            field("Active__c", FieldType.BOOLEAN),
        )
    },
)
CONTACT = SObject(
    "Contact",
    "Contact",
    "003",
    queryable=True,
    updateable=True,
    mergeable=True,
    fields={
        f.name.lower(): f
        for f in (
            field("Id", FieldType.ID),
            field("Title", label="Job Title"),
            field("Code__c", case_sensitive=True, unique=True),
            field("Greeting__c", calculated=True),
            field("Notes__c", FieldType.TEXTAREA, length=32768, filterable=False),
            field("Role__c", FieldType.PICKLIST, picklist=ROLES),
            field("Tags__c", FieldType.MULTIPICKLIST, picklist=ROLES),
            field("Groups__c", FieldType.MULTIPICKLIST, picklist=ROLES, restricted=True),
            field("Logins__c", FieldType.INT),
            field("Spend__c", FieldType.CURRENCY, scale=2),
            field("Active__c", FieldType.BOOLEAN),
            field("Born__c", FieldType.DATE),
            field("CreatedDate", FieldType.DATETIME),
            field("Standup__c", FieldType.TIME),
            field("MailingAddress", FieldType.UNSUPPORTED),
            field("AccountId", FieldType.REFERENCE, relationship="Account", refers_to=("Account",)),
        )
    },
    parents={"Account": ACCOUNT},
)
