#!/usr/bin/env bash
# lettre 0.11.23 (crates.io): a mail that is attached as message/rfc822 is written in Base64 as soon as it has one byte
# beyond ASCII, which RFC 2046, section 5.2.1, forbids. The parser of Python 3.11 then finds an enclosed mail without
# sender and subject, whose text is the Base64; Angus Mail 2.0.3 returns Base64 as the content of the file. A forwarded
# mail in ASCII arrives whole, so that tests pass; one with an umlaut or an 8-bit attachment is lost to such recipients.
#
# Expected by most readers: 8bit for this type, as nodemailer 10.6.1 and enmime 2.3.0 write the same attachment.
# Why: the encoding is chosen by the bytes alone. `Body::dangerous_pre_encoded(mail, ContentTransferEncoding::EightBit)`
# in place of the bytes keeps them (checked below).
#
# Output seen (2026-11-29): see the EXPECTED block at the end.
. "$(dirname "$0")/lib/setup.bash"

rust_with 'lettre = { version = "=0.11.23", default-features = false, features = ["builder"] }' <<'RUST'
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Message, MultiPart, SinglePart};

fn write(name: &str, attached: SinglePart) {
    let mail = Message::builder()
        .from("ada@example.org".parse().expect("an address"))
        .to("ben@example.net".parse().expect("an address"))
        .subject("Fwd")
        .multipart(MultiPart::mixed().singlepart(SinglePart::plain("See below".to_string())).singlepart(attached))
        .expect("a mail");
    std::fs::write(name, mail.formatted()).expect("a file");
}

fn main() {
    let kind = || ContentType::parse("message/rfc822").expect("a type");
    let head = "From: carl@example.com\r\nSubject: Offer\r\nMIME-Version: 1.0\r\n\
                Content-Type: text/plain; charset=utf-8\r\n";
    let ascii = format!("{head}Content-Transfer-Encoding: 7bit\r\n\r\nRegards\r\n").into_bytes();
    let umlaut = format!("{head}Content-Transfer-Encoding: 8bit\r\n\r\nGr\u{fc}\u{df}e\r\n").into_bytes();
    let kept = Body::dangerous_pre_encoded(umlaut.clone(), ContentTransferEncoding::EightBit);
    write("ascii.eml", Attachment::new("mail.eml".into()).body(ascii, kind()));
    write("umlaut.eml", Attachment::new("mail.eml".into()).body(umlaut, kind()));
    write("kept.eml", Attachment::new("mail.eml".into()).body(kept, kind()));
}
RUST
(cd "$work" && "$rust")
python3 - "$work" >"$work/seen" <<'PYTHON'
import email
import email.policy
import pathlib
import sys

for name in ("ascii", "umlaut", "kept"):
    raw = pathlib.Path(sys.argv[1], f"{name}.eml").read_bytes()
    (attached,) = email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
    enclosed = attached.get_content()
    print(f"{name}: {attached['Content-Transfer-Encoding']}; subject {enclosed['Subject']}", end="; ")
    print(f"text begins with {enclosed.get_content()[:7].strip()}")
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
ascii: 7bit; subject Offer; text begins with Regards
umlaut: base64; subject None; text begins with RnJvbTo
kept: 8bit; subject Offer; text begins with Grüße
EXPECTED
echo "confirmed: an enclosed mail beyond ASCII is encoded"
