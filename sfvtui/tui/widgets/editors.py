"""Which editor suits which type of field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.domain.fields import FieldType
from sfvtui.tui.widgets.choice_editors import BooleanEditor, MultiEditor, PicklistEditor
from sfvtui.tui.widgets.text_editors import DateEditor, LineEditor, TextEditor

if TYPE_CHECKING:
    from sfvtui.domain.fields import Field
    from sfvtui.tui.widgets.editor import Editor


def editor_for(field: Field) -> type[Editor]:
    """The editor that suits a field's type."""
    if field.type is FieldType.BOOLEAN:
        return BooleanEditor
    if field.type is FieldType.MULTIPICKLIST:
        return MultiEditor
    if field.type in (FieldType.PICKLIST, FieldType.COMBOBOX) and field.picklist:
        return PicklistEditor
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return DateEditor
    if field.type is FieldType.TEXTAREA:
        return TextEditor
    return LineEditor
