#!/usr/bin/env bash
# quotequail 0.5.4 (PyPI): of a reply written with Gmail in American English, `unwrap` and `unwrap_html` return a sender
# that begins with the year and the time, "2026 at 10:00 AM Ben Doe <ben@example.net>", and a date without its year. So
# the same person has another name in each mail, and a mail of December that is answered in January may be dated a year
# late. If the name has the form "Doe, Ben", the surname is taken for a part of the date, and the sender is "Ben". Gmail
# in British English or German, and Apple Mail, are read correctly.
#
# Expected by most readers: date and sender as in the line, above all of the most widespread mail program.
# Why: the line is split at its last comma, unless a comma follows the time. Gmail's American line has none there.
#
# Output seen (2026-11-29):
#   Gmail, US: Fri, Nov 27 | 2026 at 10:00 AM Ben Doe <ben@example.net>
#   Gmail, US: Fri, Nov 27, 2026 at 10:00 AM Doe | Ben <ben@example.net>
#   Gmail, UK: Fri, 27 Nov 2026 at 10:00 | Ben Doe <ben@example.net>
#   Gmail, Germany: Fr., 27. Nov. 2026 um 10:00 Uhr | Ben Doe <ben@example.net>
#   Apple Mail: Nov 27, 2026, at 10:00 AM | Ben Doe <ben@example.net>
. "$(dirname "$0")/lib/setup.bash"

python_with quotequail==0.5.4
"$python" - >"$work/seen" <<'PYTHON'
import html

import quotequail

LINES = (
    ("Gmail, US", "On Fri, Nov 27, 2026 at 10:00 AM Ben Doe <ben@example.net> wrote:"),
    ("Gmail, US", "On Fri, Nov 27, 2026 at 10:00 AM Doe, Ben <ben@example.net> wrote:"),
    ("Gmail, UK", "On Fri, 27 Nov 2026 at 10:00, Ben Doe <ben@example.net> wrote:"),
    ("Gmail, Germany", "Am Fr., 27. Nov. 2026 um 10:00 Uhr schrieb Ben Doe <ben@example.net>:"),
    ("Apple Mail", "On Nov 27, 2026, at 10:00 AM, Ben Doe <ben@example.net> wrote:"),
)
for name, line in LINES:
    text = quotequail.unwrap(f"Yes, gladly.\n\n{line}\n\n> Tuesday?\n")
    page = quotequail.unwrap_html(
        '<div dir="ltr">Yes, gladly.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{html.escape(line)}<br></div><blockquote class="gmail_quote">Tuesday?</blockquote></div>'
    )
    assert (text["date"], text["from"]) == (page["date"], page["from"]), "text and HTML are read in the same way"
    print(f"{name}: {text['date']} | {text['from']}")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
Gmail, US: Fri, Nov 27 | 2026 at 10:00 AM Ben Doe <ben@example.net>
Gmail, US: Fri, Nov 27, 2026 at 10:00 AM Doe | Ben <ben@example.net>
Gmail, UK: Fri, 27 Nov 2026 at 10:00 | Ben Doe <ben@example.net>
Gmail, Germany: Fr., 27. Nov. 2026 um 10:00 Uhr | Ben Doe <ben@example.net>
Apple Mail: Nov 27, 2026, at 10:00 AM | Ben Doe <ben@example.net>
EXPECTED
echo "confirmed: year and time are taken for a part of the name"
