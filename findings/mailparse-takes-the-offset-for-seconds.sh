#!/usr/bin/env bash
# mailparse 0.18.0 (crates.io): of a Date without seconds, `dateparse` takes the offset from UTC for the seconds and
# does not apply it. "10:00 +0100", which is 09:00 UTC, is returned as 10:01:40 UTC, and "10:00 +0200", 08:00 UTC, as
# 10:03:20 UTC; both are Ok. West of Greenwich, from +0300 on and for the names of zones the result is an error. An
# archive sorted by this value has European mail without seconds one or two hours late, between the answers to it, and
# whoever takes the error for a broken message drops valid American mail.
#
# Expected by most readers: the same instant as with ":00"; seconds are optional in RFC 5322, section 3.3 (time-of-day =
# hour ":" minute [ ":" second ]).
# Why: the text is split at spaces and colons alike, and the token after the minutes counts as seconds. As an unsigned
# number of 8 bits, "+0100" is 100.
#
# Output seen (2026-11-29):
#   10:00:00 +0100 => 09:00:00 UTC
#   10:00 +0100 => 10:01:40 UTC
#   10:00:00 +0200 => 08:00:00 UTC
#   10:00 +0200 => 10:03:20 UTC
#   10:00:00 -0500 => 15:00:00 UTC
#   10:00 -0500 => error: Invalid second
#   10:00 GMT => error: Invalid second
. "$(dirname "$0")/lib/setup.bash"

rust_with 'mailparse = "=0.18.0"' <<'RUST'
use mailparse::{dateparse, parse_mail, MailHeaderMap};

fn main() {
    for time in [
        "10:00:00 +0100", "10:00 +0100", "10:00:00 +0200", "10:00 +0200", "10:00:00 -0500", "10:00 -0500", "10:00 GMT",
    ] {
        let raw = format!("From: ada@example.org\r\nSubject: s\r\nDate: Fri, 27 Nov 2026 {time}\r\n\r\nHello\r\n");
        let message = parse_mail(raw.as_bytes()).expect("a message");
        let date = message.headers.get_first_value("Date").expect("a Date field");
        match dateparse(&date) {
            Ok(instant) => {
                let seconds = instant.rem_euclid(86_400);
                println!("{time} => {:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60);
            }
            Err(error) => println!("{time} => error: {error}"),
        }
    }
}
RUST
"$rust" >"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
10:00:00 +0100 => 09:00:00 UTC
10:00 +0100 => 10:01:40 UTC
10:00:00 +0200 => 08:00:00 UTC
10:00 +0200 => 10:03:20 UTC
10:00:00 -0500 => 15:00:00 UTC
10:00 -0500 => error: Invalid second
10:00 GMT => error: Invalid second
EXPECTED
echo "confirmed: the offset is taken for the seconds"
