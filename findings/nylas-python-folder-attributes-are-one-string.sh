#!/usr/bin/env bash
# Nylas Python SDK 6.18.0: a folder's `attributes`, a JSON array of system roles, arrives as one string: the `repr` of
# the list. A loop over it yields characters, `set(attributes) & {"\\Sent"}` is empty, and a folder without roles has
# the truthy value '[]'. Code that looks for the Sent or Drafts folder by role, as the API's documentation asks for,
# finds none; only a substring search happens to work.
#
# Expected by most readers: a list, as the class's own docstring shows.
# Why: the field is annotated Optional[str], and dataclasses_json calls str() on the value.
#
# Output seen (2026-11-28):
#   type: str, as a set of roles: no \Sent; first item: [
#   without roles: '[]', truthy: True
. "$(dirname "$0")/lib/setup.bash"

python_with nylas==6.18.0
PYTHONPATH=$(cd "$(dirname "$0")/lib" && pwd) "$python" -W ignore - >"$work/seen" <<'PYTHON'
from nylas import Client
from stub import serve

folder = {"id": "f1", "grant_id": "g1", "object": "folder", "name": "Gesendet"}
client = Client("key", serve({
    "/v3/grants/g1/folders": {
        "request_id": "r",
        "data": [folder | {"attributes": ["\\Sent"]}, folder | {"id": "f2", "attributes": []}],
    },
}))
sent, plain = (each.attributes for each in client.folders.list("g1").data)
found = "\\Sent" if "\\Sent" in set(sent) else "no \\Sent"
print(f"type: {type(sent).__name__}, as a set of roles: {found}; first item: {next(iter(sent))}")
print(f"without roles: {plain!r}, truthy: {bool(plain)}")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
type: str, as a set of roles: no \Sent; first item: [
without roles: '[]', truthy: True
EXPECTED
echo "confirmed: the list of roles is one string"
