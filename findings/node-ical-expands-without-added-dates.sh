#!/usr/bin/env bash
# node-ical 0.27.2 (npm): `expandRecurringEvent` leaves out every date that RDATE adds to a series, and applies an
# override with RANGE=THISANDFUTURE to one occurrence only. A calendar made of its answer lacks meetings, and shows the
# rest of a moved series at the old time. Neither the parser nor the expansion warns.
#
# Expected by most readers: the recurrence set of RFC 5545 (section 3.8.5.2 for RDATE, section 3.2.13 for RANGE), as
# ical.js 2.2.1 expands the same bytes.
# Why: the expansion evaluates RRULE, EXDATE and the overrides by their own dates; it reads neither RDATE nor RANGE.
#
# Output seen (2026-11-28):
#   RDATE, node-ical: 24 09:00, 25 09:00
#   RDATE, ical.js:   24 09:00, 25 09:00, 27 15:00
#   THISANDFUTURE, node-ical: 24 09:00, 25 14:00, 26 09:00
#   THISANDFUTURE, ical.js:   24 09:00, 25 14:00, 26 14:00
. "$(dirname "$0")/lib/setup.bash"

(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" node-ical@0.27.2 ical.js@2.2.1)
cat > "$work/expand.mjs" <<'NODE'
import ICAL from "ical.js";
import ical from "node-ical";

const event = (start, hours, ...more) =>
  [
    "BEGIN:VEVENT",
    "UID:series@example.org",
    "DTSTAMP:20261101T000000Z",
    `DTSTART:202611${start}T${hours}0000Z`,
    `DTEND:202611${start}T${hours}3000Z`,
    ...more,
    "END:VEVENT",
  ].join("\r\n");
const calendar = (...events) =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//finding//EN", ...events, "END:VCALENDAR", ""].join("\r\n");
const shown = (dates) => dates.map((date) => date.toISOString().slice(8, 16).replace("T", " ")).join(", ");

function byNodeIcal(text) {
  const range = { from: new Date("2026-11-01"), to: new Date("2026-12-31") };
  return ical.expandRecurringEvent(ical.parseICS(text)["series@example.org"], range).map((each) => each.start);
}

function byIcalJs(text) {
  const parsed = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent");
  const [series, ...overrides] = parsed.map((each) => new ICAL.Event(each));
  for (const each of overrides) series.relateException(each);
  const starts = [];
  const occurrences = series.iterator();
  for (let next = occurrences.next(); next; next = occurrences.next())
    starts.push(series.getOccurrenceDetails(next).startDate.toJSDate());
  return starts;
}

const calendars = {
  RDATE: calendar(event("24", "09", "RRULE:FREQ=DAILY;COUNT=2", "RDATE:20261127T150000Z")),
  THISANDFUTURE: calendar(
    event("24", "09", "RRULE:FREQ=DAILY;COUNT=3"),
    event("25", "14", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261125T090000Z"),
  ),
};
for (const [name, text] of Object.entries(calendars)) {
  console.log(`${name}, node-ical: ${shown(byNodeIcal(text))}`);
  console.log(`${name}, ical.js:   ${shown(byIcalJs(text))}`);
}
NODE
node "$work/expand.mjs" >"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
RDATE, node-ical: 24 09:00, 25 09:00
RDATE, ical.js:   24 09:00, 25 09:00, 27 15:00
THISANDFUTURE, node-ical: 24 09:00, 25 14:00, 26 09:00
THISANDFUTURE, ical.js:   24 09:00, 25 14:00, 26 14:00
EXPECTED
echo "confirmed: added dates and later moves are left out"
