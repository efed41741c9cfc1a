#!/usr/bin/env bash
# mail-parser 1.0.1 (crates.io): of an address without angle brackets whose local part is quoted (RFC 5322, section
# 3.4.1), the local part becomes the display name, and the address is "@example.org". All such senders of a domain get
# the same address, to which no reply can be sent. Within angle brackets the same address is read correctly. A local
# part needs quotes if it has two dots in a row, as mailboxes of Japanese carriers may have, or a space.
#
# Expected by most readers: the same address in both forms, and no name in the first.
# Why: a quoted string before anything else is taken for the display name, also if "@" follows it.
#
# Output seen (2026-11-28):
#   "ada..l"@example.org => name: ada..l, address: @example.org
#   "ben b"@example.org => name: ben b, address: @example.org
#   <"ada..l"@example.org> => name: -, address: "ada..l"@example.org
#   ada@example.org => name: -, address: ada@example.org
. "$(dirname "$0")/lib/setup.bash"

rust_with 'mail-parser = "=1.0.1"' <<'RUST'
use mail_parser::MessageParser;

fn main() {
    for from in ["\"ada..l\"@example.org", "\"ben b\"@example.org", "<\"ada..l\"@example.org>", "ada@example.org"] {
        let raw = format!(
            "From: {from}\r\nTo: x@example.net\r\nSubject: s\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n"
        );
        let message = MessageParser::default().parse(raw.as_bytes()).expect("a message");
        let senders = message.from().expect("a From field");
        let sender = senders.mailboxes().next().expect("a sender");
        println!("{from} => name: {}, address: {}", sender.name().unwrap_or("-"), sender.address().unwrap_or("-"));
    }
}
RUST
"$rust" >"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
"ada..l"@example.org => name: ada..l, address: @example.org
"ben b"@example.org => name: ben b, address: @example.org
<"ada..l"@example.org> => name: -, address: "ada..l"@example.org
ada@example.org => name: -, address: ada@example.org
EXPECTED
echo "confirmed: a quoted local part becomes the name"
