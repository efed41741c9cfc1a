"""Generates realistic mailboxes from a seed. Bodies and files are generated only when they are read."""

import html
import random
import time
from dataclasses import dataclass
from functools import partial
from itertools import islice

from .ids import IMAP_FAMILY, object_id, other_case
from .mailbox import Mailbox
from .model import Attachment, Json, Message
from .phrases import FILES, PEOPLE, SENTENCES, SUBJECTS
from .provider_folders import flagged, starting_folders

_CACHE_DAYS = 90
_DAY = 86400

_ESCAPED = [html.escape(sentence) for sentence in SENTENCES]
"""Escaped in advance, because benchmarks generate hundreds of thousands of bodies."""


@dataclass(frozen=True, slots=True)
class MailboxPlan:
    """The description of a mailbox to generate.

    Args:
        email: Its address.
        provider: Determines ids, folders and labels.
        name: The name of the owner; empty: the local part of the address.
        count: The number of messages.
        seed: Equal plans with equal seeds give equal mailboxes, except for dates if ``newest`` is None.
        size: The median length of bodies in characters. Some bodies are ten times as long.
        attachments: The share of messages with attachments, 0 to 1.
        days: The days over which the messages are spread; None: 80 for the IMAP family, else 400.
        extra_folders: The number of folders besides the system ones.
        newest: The end of ``days``, in Unix seconds; None: one minute ago.
        cache_days: Days that Nylas' IMAP cache holds; 0: no limit; None: 90 for the IMAP family, else no
            limit.
        first_listed: How many of the newest messages are listed until Nylas' own first sync ends; None: all.
    """

    email: str
    provider: str = "google"
    name: str = ""
    count: int = 120
    seed: int = 1
    size: int = 1500
    attachments: float = 0.15
    days: int | None = None
    extra_folders: int = 6
    newest: int | None = None
    cache_days: int | None = None
    first_listed: int | None = None


def seeded(plan: MailboxPlan) -> Mailbox:
    is_imap = plan.provider in IMAP_FAMILY
    cache = (_CACHE_DAYS if is_imap else 0) if plan.cache_days is None else plan.cache_days
    name = plan.name or plan.email.partition("@")[0]
    box = Mailbox(plan.email, plan.provider, name, cache or None, plan.first_listed)
    draw = random.Random(f"mailbox:{plan.email}:{plan.seed}")
    for folder in starting_folders(plan.provider, draw, plan.extra_folders):
        box.add_folder(folder, announce=False)
    for message in Author(box, draw).history(plan):
        box.add(message, announce=False)
    return box


class Author:
    """Generates the messages of a mailbox.

    Args:
        box: The mailbox, with its folders. No mail is put into folders that are added later.
        draw: The seeded generator for everything random.
    """

    def __init__(self, box: Mailbox, draw: random.Random) -> None:
        self._box = box
        self._draw = draw
        self._own = [f.id for f in box.folders.values() if not f.system]
        self._me: Json = {"name": box.name, "email": box.email}
        self._threads: list[tuple[str, str, Json]] = []
        self._last_id = ""

    def history(self, plan: MailboxPlan) -> list[Message]:
        """Return the messages of a plan, oldest first."""
        newest = plan.newest if plan.newest is not None else int(time.time()) - 60
        days = plan.days or (80 if plan.provider in IMAP_FAMILY else 400)
        step = days * _DAY / max(plan.count, 1)
        written = []
        for back in range(plan.count - 1, -1, -1):
            date = int(newest - back * step - self._draw.random() * step * 0.5)
            written.append(self.write(date, plan.size, plan.attachments))
        return written

    def go_on(self) -> None:
        """Read the conversations of the 40 newest messages, so that `write` can continue them."""
        for message in islice(self._box.newest_first(), 40):
            others = [one for one in (*message.senders, *message.to) if one.get("email") != self._box.email]
            if others:
                self._threads.append((message.thread_id, message.subject, others[0]))

    def write(self, date: int, size: int = 1500, attachments: float = 0.15) -> Message:
        """Return a new message. It may continue a conversation, and may have attachments.

        Args:
            date: Unix seconds.
            size: The median length of bodies in characters.
            attachments: The probability of attachments, 0 to 1.
        """
        draw = self._draw
        message_id = self._fresh_id()
        thread_id, subject, other = self._conversation(message_id)
        sent = draw.random() < 0.2
        unread = not sent and draw.random() < 0.4
        starred = draw.random() < 0.05
        opening = draw.choice(SENTENCES)
        length = int(size * draw.choice((0.2, 0.5, 1, 1, 1, 2, 3, 10)))
        message = Message(
            id=message_id,
            thread_id=thread_id,
            date=date,
            subject=subject,
            senders=[self._me if sent else other],
            to=[other if sent else self._me],
            folders=flagged(self._box.provider, self._folders(sent=sent), unread=unread, starred=starred),
            snippet=opening[:100],
            body=partial(body_of, draw.getrandbits(32), opening, length),
            unread=unread,
            starred=starred,
        )
        if draw.random() < 0.15:
            message.cc = [_person(draw) for _ in range(draw.randint(1, 4))]
        if sent and draw.random() < 0.3:
            message.bcc = [_person(draw)]
        if not sent and draw.random() < 0.15:
            message.reply_to = [_person(draw)]
        if draw.random() < attachments:
            message.attachments = [self._file() for _ in range(draw.choice((1, 1, 2, 3)))]
        return message

    def _fresh_id(self) -> str:
        """Return a new id. At Microsoft, some ids differ from the id before only in case, as Graph's can."""
        made = object_id(self._box.provider, self._draw)
        if self._box.provider == "microsoft" and self._last_id and self._draw.random() < 0.06:
            made, self._last_id = other_case(self._last_id), ""
        else:
            self._last_id = made
        return made

    def _conversation(self, message_id: str) -> tuple[str, str, Json]:
        draw = self._draw
        if self._threads and draw.random() < 0.35:
            thread_id, subject, other = draw.choice(self._threads[-40:])
            return thread_id, subject if subject.startswith("Re: ") else f"Re: {subject}", other
        google = self._box.provider == "google"
        thread_id = message_id if google else object_id(self._box.provider, draw, "thread")
        begun = (thread_id, draw.choice(SUBJECTS).format(n=draw.randint(1, 9999)), _person(draw))
        self._threads.append(begun)
        return begun

    def _folders(self, *, sent: bool) -> list[str]:
        """Return the folders of a message: one folder, or at Google inbox or sent mail with some labels."""
        draw, box = self._draw, self._box
        place = box.folder_of(r"\Sent" if sent else r"\Inbox") or "INBOX"
        if box.provider == "google":
            labels = draw.sample(self._own, min(len(self._own), draw.choice((0, 0, 0, 1, 2))))
            return [place, *labels, *(["CATEGORY_PERSONAL"] if not sent and draw.random() < 0.5 else [])]
        if not sent and self._own and draw.random() < 0.3:
            place = draw.choice(self._own)
        return [place]

    def _file(self) -> Attachment:
        draw = self._draw
        name, kind = draw.choice(FILES)
        size = draw.randint(500, 60_000)
        inline = "image" in kind and draw.random() < 0.6
        return Attachment(
            id=object_id(self._box.provider, draw, "attachment"),
            filename=name,
            content_type=kind,
            size=size * 137 // 100,
            content=partial(bytes_of, draw.getrandbits(32), size),
            content_id=f"<img{draw.getrandbits(32):x}@example.com>" if inline else None,
            is_inline=inline,
        )


def body_of(seed: int, opening: str, length: int) -> str:
    """Return an HTML body of about `length` characters. Equal arguments give equal bodies."""
    draw = random.Random(seed)
    written = [f"<html><body><p>{html.escape(opening)}</p>"]
    room = length - len(written[0])
    while room > 0:
        paragraph = " ".join(draw.choices(_ESCAPED, k=min(6, 1 + room // 80)))
        written.append(f"<p>{paragraph}</p>")
        room -= len(paragraph) + 7
    return "".join([*written, "</body></html>"])


def bytes_of(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _person(draw: random.Random) -> Json:
    name, email = draw.choice(PEOPLE)
    return {"name": name, "email": email} if name and draw.random() < 0.8 else {"email": email}
