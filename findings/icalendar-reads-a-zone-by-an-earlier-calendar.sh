#!/usr/bin/env bash
# icalendar 7.3.2 (PyPI): the rules of a VTIMEZONE are kept for the life of the process by its TZID, and the first
# calendar wins. If two invitations define the same TZID differently, the times of the second are read with the rules of
# the first, without a warning: the same meeting is six hours off, depending on what the process parsed before. Outlook
# uses the TZID "Customized Time Zone" for zones with different rules, so that a service that reads the invitations of
# many senders meets this. node-ical 0.27.2, ical4j 4.0.8 and biweekly 0.6.8 read the same two calendars correctly.
#
# Expected by most readers: a TZID refers to the VTIMEZONE of its own calendar; RFC 5545, section 3.8.3.1, demands that
# it is unique within one iCalendar object, not beyond.
# Why: `icalendar.timezone.tzp` caches each zone that it meets. `icalendar.use_zoneinfo()` before each calendar empties
# the cache.
#
# Output seen (2026-11-28):
#   10:00 at +01:00 is read as 2026-11-24 09:00 UTC
#   10:00 at -05:00 is read as 2026-11-24 09:00 UTC
#   10:00 at -05:00 is read as 2026-11-24 15:00 UTC, after use_zoneinfo()
. "$(dirname "$0")/lib/setup.bash"

python_with icalendar==7.3.2
"$python" - >"$work/seen" <<'PYTHON'
from datetime import timezone

import icalendar


def invitation(offset):
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//finding//EN\r\nMETHOD:REQUEST\r\n"
        "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\n"
        "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        f"BEGIN:VEVENT\r\nUID:meeting{offset}@example.org\r\nDTSTAMP:20261101T000000Z\r\n"
        "DTSTART;TZID=Customized Time Zone:20261124T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def start(offset):
    (event,) = icalendar.Calendar.from_ical(invitation(offset)).events
    return f"10:00 at {offset[:3]}:{offset[3:]} is read as {event.start.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


print(start("+0100"))
print(start("-0500"))
icalendar.use_zoneinfo()
print(start("-0500") + ", after use_zoneinfo()")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
10:00 at +01:00 is read as 2026-11-24 09:00 UTC
10:00 at -05:00 is read as 2026-11-24 09:00 UTC
10:00 at -05:00 is read as 2026-11-24 15:00 UTC, after use_zoneinfo()
EXPECTED
echo "confirmed: the rules of the first calendar are used for the second"
