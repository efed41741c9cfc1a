#!/usr/bin/env bash
# enmime 2.3.0 (Go): of a message with several text/html parts in multipart/mixed, `ReadEnvelope` returns the first.
# The others are in none of HTML, Text, Attachments, Inlines and OtherParts; Errors does not mention them. Apple Mail
# writes such messages if something is attached within the text: HTML, attachment, HTML. What the sender wrote below the
# attachment is lost; several text/plain parts, in contrast, are all kept.
#
# Expected by most readers: all of the HTML, as for text/plain, or each leaf part in one of the lists.
# Why: the HTML body is the first match of a search, and OtherParts leaves out every text/html part.
#
# Output seen (2026-11-28):
#   plain: text has ABOVE BELOW, html has -, other lists have -, errors: []
#   html: text has ABOVE, html has ABOVE, other lists have -, errors: [Plain Text from HTML]
. "$(dirname "$0")/lib/setup.bash"

cat > "$work/go.mod" <<'GOMOD'
module finding

go 1.23

require github.com/jhillyerd/enmime/v2 v2.3.0
GOMOD
cat > "$work/main.go" <<'GO'
package main

import (
	"fmt"
	"strings"

	"github.com/jhillyerd/enmime/v2"
)

const message = "From: Ada <ada@example.org>\r\nTo: Ben <ben@example.net>\r\nSubject: s\r\n" +
	"Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n" +
	"--b\r\nContent-Type: text/KIND; charset=us-ascii\r\n\r\n<p>ABOVE</p>\r\n" +
	"--b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: inline; filename=\"a.pdf\"\r\n" +
	"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n" +
	"--b\r\nContent-Type: text/KIND; charset=us-ascii\r\n\r\n<p>BELOW</p>\r\n--b--\r\n"

func found(text string) string {
	var words []string
	for _, word := range []string{"ABOVE", "BELOW"} {
		if strings.Contains(text, word) {
			words = append(words, word)
		}
	}
	if words == nil {
		return "-"
	}
	return strings.Join(words, " ")
}

func main() {
	for _, kind := range []string{"plain", "html"} {
		envelope, err := enmime.ReadEnvelope(strings.NewReader(strings.ReplaceAll(message, "KIND", kind)))
		if err != nil {
			panic(err)
		}
		var others strings.Builder
		for _, parts := range [][]*enmime.Part{envelope.Attachments, envelope.Inlines, envelope.OtherParts} {
			for _, part := range parts {
				others.Write(part.Content)
			}
		}
		errors := []string{}
		for _, each := range envelope.Errors {
			errors = append(errors, each.Name)
		}
		fmt.Printf("%s: text has %s, html has %s, other lists have %s, errors: %v\n",
			kind, found(envelope.Text), found(envelope.HTML), found(others.String()), errors)
	}
}
GO
(cd "$work" && GOFLAGS=-mod=mod go run . >"$work/seen")
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
plain: text has ABOVE BELOW, html has -, other lists have -, errors: []
html: text has ABOVE, html has ABOVE, other lists have -, errors: [Plain Text from HTML]
EXPECTED
echo "confirmed: HTML after the first part is dropped"
