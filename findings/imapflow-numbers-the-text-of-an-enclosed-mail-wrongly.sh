#!/usr/bin/env bash
# imapflow 2.10.2 (npm), here with the server of go-imap 2.0.0-beta.8 (Go): in `bodyStructure`, the content of an
# enclosed mail (message/rfc822) that is not a multipart has the part number of the enclosing part. `download` with this
# number returns the whole enclosed mail, with its headers and undecoded, where the structure shows a text or a PDF. So
# the text of a forwarded mail, or of the original in a bounce, is shown as its source, and a PDF that is the only
# content of a forwarded mail becomes a file that no program opens. A table of parts by number loses one of the two. If
# the enclosed mail is a multipart, the numbers of its parts are right.
#
# Expected by most readers: "2.1" for the content of the mail in part 2 (RFC 3501, section 6.4.5: a message that is not
# a multipart has one part, 1). imapflow's types say of the number that it "can be used to later fetch the contents".
# Why: the content of an enclosed mail is numbered by the path of the enclosing part, as multiparts need it; for other
# content the 1 is not appended.
#
# Output seen (2026-11-29):
#   not a multipart: 1 text/plain, 2 message/rfc822, 2 text/plain
#     download 2: From: carl@example.com | Content-Transfer-Encoding: base64 |  | VHVlc2RheSBhdCAxMC4=
#     download 2.1: Tuesday at 10.
#   multipart: 1 text/plain, 2 message/rfc822, 2 multipart/mixed, 2.1 text/plain
#     download 2.1: Tuesday at 10.
. "$(dirname "$0")/lib/setup.bash"

(cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" imapflow@2.10.2)
cat > "$work/go.mod" <<'GOMOD'
module finding

go 1.23

require github.com/emersion/go-imap/v2 v2.0.0-beta.8
GOMOD
cat > "$work/main.go" <<'GO'
package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const text = "Content-Transfer-Encoding: base64\r\n\r\nVHVlc2RheSBhdCAxMC4=\r\n"

var enclosed = []string{
	"From: carl@example.com\r\n" + text,
	"From: carl@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"i\"\r\n\r\n" +
		"--i\r\n" + text + "--i--\r\n",
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	user := imapmemserver.NewUser("ben", "secret")
	must(user.Create("INBOX", nil))
	for _, mail := range enclosed {
		raw := "From: ada@example.org\r\nTo: ben@example.net\r\nSubject: Fwd\r\n" +
			"Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n" +
			"Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n" +
			"--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n" +
			"--b\r\nContent-Type: message/rfc822\r\n\r\n" + mail + "\r\n--b--\r\n"
		_, err := user.Append("INBOX", strings.NewReader(raw), &imap.AppendOptions{})
		must(err)
	}
	memory := imapmemserver.New()
	memory.AddUser(user)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	must(imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}},
		InsecureAuth: true,
	}).Serve(listener))
}
GO
cat > "$work/structure.mjs" <<'NODE'
import { ImapFlow } from "imapflow";

const client = new ImapFlow({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  secure: false,
  doSTARTTLS: false,
  auth: { user: "ben", pass: "secret" },
  logger: false,
});
const parts = (node) => [node, ...(node.childNodes ?? []).flatMap(parts)].filter((each) => each.part);

async function show(number, part) {
  const { content } = await client.download(number, part);
  let text = "";
  for await (const piece of content) text += piece;
  console.log(`  download ${part}: ${text.trim().replaceAll("\r\n", " | ")}`);
}

await client.connect();
const lock = await client.getMailboxLock("INBOX");
for (const [number, name] of [["1", "not a multipart"], ["2", "multipart"]]) {
  const found = parts((await client.fetchOne(number, { bodyStructure: true })).bodyStructure);
  console.log(`${name}: ${found.map((each) => `${each.part} ${each.type}`).join(", ")}`);
  const last = found.at(-1).part;
  await show(number, last);
  if (last !== "2.1") await show(number, "2.1");
}
lock.release();
await client.logout();
NODE
(cd "$work" && GOFLAGS=-mod=mod go build -o server . 2>log) || { cat "$work/log"; exit 1; }
mkfifo "$work/port"
"$work/server" >"$work/port" &
servers+=($!)
read -r port <"$work/port"
node "$work/structure.mjs" "$port" >"$work/seen"
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
not a multipart: 1 text/plain, 2 message/rfc822, 2 text/plain
  download 2: From: carl@example.com | Content-Transfer-Encoding: base64 |  | VHVlc2RheSBhdCAxMC4=
  download 2.1: Tuesday at 10.
multipart: 1 text/plain, 2 message/rfc822, 2 multipart/mixed, 2.1 text/plain
  download 2.1: Tuesday at 10.
EXPECTED
echo "confirmed: the enclosed text has the number of its mail"
