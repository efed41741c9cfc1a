#!/usr/bin/env bash
# postal-mime 4.0.0 (npm): in a text/plain part with format=flowed (RFC 3676), lines that belong together are joined
# with their quote marks: "> Could we meet on > Tuesday?". Replies of clients that write plain text in this format,
# such as Thunderbird, are read so; whoever strips quoted lines by their first character or compares a reply with its
# original finds other text than was sent. mailparser 3.14.2, by the same author, reads the same bytes as the RFC says.
#
# Expected by most readers: the quote mark stands once, at the front of the joined line (RFC 3676, section 4.5: the
# marks are removed before lines are joined).
# Why: lines are joined at a space before the line break, without a look at quote marks. A flowed line before a line of
# another quote depth, which ends the paragraph, is joined with it too.
#
# Output seen (2026-11-28):
#   postal-mime: "Fine for me and everybody.\n\n> Could we meet on > Tuesday?\n>> Or on >> Friday?\n"
#   mailparser:  "Fine for me and everybody.\n\n> Could we meet on Tuesday?\n>> Or on Friday?"
. "$(dirname "$0")/lib/setup.bash"

(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" postal-mime@4.0.0 mailparser@3.14.2)
cat > "$work/flowed.mjs" <<'NODE'
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const message = [
  "From: Ada <ada@example.org>",
  "To: Ben <ben@example.net>",
  "Subject: Re: Meeting",
  "Date: Fri, 27 Nov 2026 10:00:00 +0000",
  "MIME-Version: 1.0",
  "Content-Type: text/plain; charset=us-ascii; format=flowed",
  "",
  "Fine for me and ",
  "everybody.",
  "",
  "> Could we meet on ",
  "> Tuesday?",
  ">> Or on ",
  ">> Friday?",
  "",
].join("\r\n");
console.log("postal-mime:", JSON.stringify((await PostalMime.parse(message)).text));
console.log("mailparser: ", JSON.stringify((await simpleParser(message)).text));
NODE
node "$work/flowed.mjs" >"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
postal-mime: "Fine for me and everybody.\n\n> Could we meet on > Tuesday?\n>> Or on >> Friday?\n"
mailparser:  "Fine for me and everybody.\n\n> Could we meet on Tuesday?\n>> Or on Friday?"
EXPECTED
echo "confirmed: quote marks are left within joined lines"
