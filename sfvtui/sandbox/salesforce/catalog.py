"""The objects of a new org: recorded describes, and custom fields of every type."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from sfvtui.sandbox.salesforce.describes import NUMBERS

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
}


def recorded(name: str) -> dict[str, Any]:
    """A describe that a live org gave: Contact, Account or Custom__c."""
    folder = resources.files("sfvtui.sandbox") / "data" / "salesforce"
    body: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return body


def values(*active: str, inactive: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The picklistValues of a describe."""
    return [
        {
            "active": value not in inactive,
            "defaultValue": False,
            "label": value,
            "validFor": None,
            "value": value,
        }
        for value in (*active, *inactive)
    ]


def field(name: str, kind: str, label: str = "", **attributes: Any) -> dict[str, Any]:
    """The describe of a field in the recorded shape; `attributes` override what the type gives."""
    custom = name.endswith("__c")
    searchable = kind != "encryptedstring"
    raw: dict[str, Any] = {
        "aggregatable": searchable and kind != "boolean",
        "aiPredictionField": False,
        "autoNumber": False,
        "byteLength": 0,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": False,
        "compoundFieldName": None,
        "controllerName": None,
        "createable": True,
        "custom": custom,
        "defaultValue": False if kind == "boolean" else None,
        "defaultValueFormula": None,
        "defaultedOnCreate": kind == "boolean",
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": False,
        "extraTypeInfo": None,
        "filterable": searchable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": searchable and kind not in NUMBERS | {"datetime", "time", "multipicklist"},
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": False,
        "inlineHelpText": None,
        "label": label or name.removesuffix("__c").replace("_", " "),
        "length": 0,
        "mask": None,
        "maskType": None,
        "name": name,
        "nameField": False,
        "namePointing": False,
        "nillable": kind != "boolean",
        "permissionable": custom,
        "picklistValues": [],
        "polymorphicForeignKey": False,
        "precision": 0,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": [],
        "relationshipName": None,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": False,
        "scale": 0,
        "searchPrefilterable": kind == "reference",
        "soapType": _SOAP.get(kind, "xsd:string"),
        "sortable": searchable and kind != "multipicklist",
        "type": kind,
        "unique": False,
        "updateable": True,
        "writeRequiresMasterRead": False,
    }
    raw.update(_OF_TYPE.get(kind, {}))
    raw.update(attributes)
    raw["byteLength"] = 3 * raw["length"] if kind not in {"id", "reference"} else raw["length"]
    return raw


_OF_TYPE: dict[str, dict[str, Any]] = {
    "id": {"length": 18},
    "reference": {"length": 18},
    "string": {"length": 255},
    "textarea": {"length": 255, "extraTypeInfo": "plaintextarea"},
    "phone": {"length": 40},
    "url": {"length": 255},
    "email": {"length": 80},
    "picklist": {"length": 255},
    "combobox": {"length": 255},
    "multipicklist": {"length": 4099, "precision": 4},
    "int": {"digits": 9},
    "double": {"precision": 18},
    "currency": {"precision": 18, "scale": 2},
    "percent": {"precision": 18, "scale": 0},
    "encryptedstring": {
        "length": 175,
        "mask": "*",
        "maskType": "lastFour",
        "encrypted": True,
    },
}

_NO_WRITE: dict[str, Any] = {"createable": False, "updateable": False}
_SYSTEM: dict[str, Any] = {**_NO_WRITE, "nillable": False, "defaultedOnCreate": True}
_FORMULA: dict[str, Any] = {**_NO_WRITE, "calculated": True}
_LONG: dict[str, Any] = {
    "filterable": False,
    "sortable": False,
    "groupable": False,
    "aggregatable": False,
}
_KEY: dict[str, Any] = {"externalId": True, "idLookup": True}


def contact_fields() -> list[dict[str, Any]]:
    """Custom fields of every type that a mapping may use, for Contact."""
    return [
        field("Product_User_Id__c", "string", "Product User ID", length=64, **_KEY),
        field("Employee_No__c", "string", "Employee Number", length=20, unique=True, **_KEY),
        field("Badge_Code__c", "string", length=12, unique=True, caseSensitive=True, **_KEY),
        field("NPS__c", "double", "NPS", precision=3),
        field("Last_QBR__c", "date", "Last QBR"),
        field(
            "Tags__c",
            "multipicklist",
            picklistValues=values("Champion", "Beta", "Admin", "Detractor", inactive=("Legacy",)),
        ),
        field("Nickname__c", "string", length=80),
        field("Notes__c", "textarea"),
        field("Biography__c", "textarea", length=32768, **_LONG),
        field(
            "Signature__c",
            "textarea",
            length=32768,
            htmlFormatted=True,
            **{**_LONG, "extraTypeInfo": "richtextarea"},
        ),
        field("Direct_Line__c", "phone"),
        field("Profile__c", "url"),
        field("Work_Email__c", "email"),
        field(
            "Role__c",
            "picklist",
            picklistValues=values(
                "Decision Maker", "Economic Buyer", "End User", inactive=("Gatekeeper",)
            ),
            restrictedPicklist=True,
        ),
        field(
            "Region__c",
            "picklist",
            picklistValues=values("EMEA", "APAC", "Americas", inactive=("Rest of World",)),
        ),
        field(
            "Interests__c",
            "multipicklist",
            picklistValues=values("API", "Reporting", "Security", inactive=("Fax",)),
            restrictedPicklist=True,
        ),
        field("Channel__c", "combobox", picklistValues=values("Call", "Mail")),
        field("Opted_In__c", "boolean"),
        field("Logins__c", "int"),
        field("Score__c", "double", scale=2),
        field("Ledger_No__c", "double", "Ledger Number"),
        field("Spend__c", "currency"),
        field("Discount__c", "percent", scale=1),
        field("Last_Seen__c", "datetime"),
        field("Standup__c", "time"),
        field(
            "Sponsor__c",
            "reference",
            referenceTo=["Account"],
            relationshipName="Sponsor__r",
        ),
        field("Passport__c", "encryptedstring", **_LONG),
        field(
            "Greeting__c",
            "string",
            length=1300,
            calculatedFormula='"Dear " & FirstName',
            **_FORMULA,
        ),
        field(
            "Account_Industry__c",
            "string",
            length=1300,
            calculatedFormula="TEXT(Account.Industry)",
            **_FORMULA,
        ),
        field(
            "Days_Since_QBR__c",
            "double",
            "Days since QBR",
            calculatedFormula="TODAY() - Last_QBR__c",
            **_FORMULA,
        ),
    ]


def account_fields() -> list[dict[str, Any]]:
    """Custom fields for Account."""
    return [
        field("Customer_Id__c", "string", length=64, **_KEY),
        field("Tier__c", "picklist", picklistValues=values("Gold", "Silver", "Bronze")),
    ]


def member() -> dict[str, Any]:
    """A custom object that may stand in for Contact: Member__c."""
    stamps = [
        field("CreatedDate", "datetime", "Created Date", **_SYSTEM),
        _person("CreatedById", "CreatedBy", **_SYSTEM),
        field("LastModifiedDate", "datetime", "Last Modified Date", **_SYSTEM),
        _person("LastModifiedById", "LastModifiedBy", **_SYSTEM),
        field("SystemModstamp", "datetime", "System Modstamp", **_SYSTEM),
    ]
    own = [
        field("Id", "id", "Record ID", idLookup=True, **_SYSTEM),
        field("IsDeleted", "boolean", "Deleted", **_SYSTEM),
        _person("OwnerId", "Owner", nillable=False, defaultedOnCreate=True),
        field("Name", "string", "Member Name", length=80, nameField=True, idLookup=True),
        field("Email__c", "email", idLookup=True),
        field(
            "Account__c",
            "reference",
            referenceTo=["Account"],
            relationshipName="Account__r",
        ),
        field("Login__c", "string", length=64, **_KEY),
        field("Active__c", "boolean"),
        field("Seats__c", "double", precision=6),
        field("Joined__c", "date"),
        field(
            "Level__c",
            "picklist",
            picklistValues=values("Owner", "Member", "Guest"),
            restrictedPicklist=True,
        ),
        field("Groups__c", "multipicklist", picklistValues=values("Red", "Green", "Blue")),
    ]
    return _object("Member__c", "Member", "a01", own + stamps)


def user() -> dict[str, Any]:
    """The User object: enough to ask who one is, and the time zone."""
    fields = [
        field("Id", "id", "User ID", idLookup=True, **_SYSTEM),
        field("Username", "string", length=80, nillable=False, idLookup=True),
        field("LastName", "string", length=80, nillable=False),
        field("FirstName", "string", length=40),
        field("Name", "string", length=121, nameField=True, **_SYSTEM),
        field("Email", "email", nillable=False, length=128, idLookup=True),
        field("IsActive", "boolean"),
        field("TimeZoneSidKey", "picklist", "Time Zone", length=40, nillable=False),
        field("LocaleSidKey", "picklist", "Locale", length=40, nillable=False),
        field("CreatedDate", "datetime", **_SYSTEM),
        field("LastModifiedDate", "datetime", **_SYSTEM),
        field("SystemModstamp", "datetime", **_SYSTEM),
    ]
    return _object("User", "User", "005", fields, deletable=False, undeletable=False)


def organization() -> dict[str, Any]:
    """The Organization object: which org this is, and whether it is a sandbox."""
    fields = [
        field("Id", "id", "Organization ID", idLookup=True, **_SYSTEM),
        field("Name", "string", length=80, nameField=True, nillable=False, **_NO_WRITE),
        field("IsSandbox", "boolean", **_NO_WRITE),
        field("InstanceName", "string", length=5, **_NO_WRITE),
        field("OrganizationType", "picklist", length=40, **_NO_WRITE),
        field("TimeZoneSidKey", "picklist", length=40, **_NO_WRITE),
        field("CreatedDate", "datetime", **_SYSTEM),
        field("LastModifiedDate", "datetime", **_SYSTEM),
        field("SystemModstamp", "datetime", **_SYSTEM),
    ]
    return _object(
        "Organization",
        "Organization",
        "00D",
        fields,
        createable=False,
        deletable=False,
        undeletable=False,
    )


def _person(name: str, relationship: str, **attributes: Any) -> dict[str, Any]:
    return field(
        name,
        "reference",
        referenceTo=["User"],
        relationshipName=relationship,
        **attributes,
    )


def _object(
    name: str, label: str, prefix: str, fields: list[dict[str, Any]], **flags: bool
) -> dict[str, Any]:
    describe = recorded("Contact")
    describe.update(
        name=name,
        label=label,
        labelPlural=f"{label}s",
        keyPrefix=prefix,
        custom=name.endswith("__c"),
        mergeable=False,
        childRelationships=[],
        recordTypeInfos=[],
        supportedScopes=[],
        urls={},
        fields=fields,
    )
    describe.update(flags)
    return describe


@cache
def objects() -> tuple[dict[str, Any], ...]:
    """The describes of all objects of a new org; shared, never changed."""
    contact = recorded("Contact")
    contact["fields"] = contact["fields"] + contact_fields()
    account = recorded("Account")
    account["fields"] = account["fields"] + account_fields()
    return (account, contact, recorded("Custom__c"), member(), organization(), user())
