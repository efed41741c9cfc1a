"""Names, subjects and sentences of generated mail, in the scripts and with the special characters of real mail.

They do not come from a library, so that a seed always gives the same mail. Each entry has broken some mail client.
"""

PEOPLE: tuple[tuple[str, str], ...] = (
    ("Grace Hopper", "grace.hopper@example.com"),
    ("Jürgen Müller", "j.mueller@example.de"),
    ("Zoë Ångström", "zoe@example.se"),
    ("山田 太郎", "taro.yamada@example.jp"),
    ("O'Brien, Siobhán", "siobhan.obrien@example.ie"),
    ("محمد العربي", "m.alarabi@example.ae"),
    ("Иван Петров", "petrov+work@example.ru"),
    ('"The" Team', "team@example.com"),
    ("", "no-reply@example.net"),
    ("Newsletter", "news@updates.example.com"),
    ("Priya Raman", "priya.raman@example.in"),
    ("José Ñúñez", "jose@example.es"),
    ("Olúfẹ́mi Adébáyọ̀", "femi@example.ng"),
    ("Max Mustermann", "max.mustermann@example.de"),
    ("Kim Nguyễn", "kim@example.vn"),
    ("Billing", "billing@example.org"),
)

SUBJECTS: tuple[str, ...] = (
    "Quarterly figures",
    "Invoice 2026-{n}",
    "Lunch on Thursday?",
    "Fw: Flight to Lisboa ✈️",
    "Angebot für Ihre Anfrage Nr. {n}",
    "会議の議事録 {n}",
    "Your order #{n} has shipped",
    "[build] main is green again ({n})",
    "Réunion de projet reportée",
    "Minutes of the board",
    "Security alert: new sign-in",
    "Notes from the call with client {n}",
    "Weekly digest 🎉",
    "Отчёт за месяц {n}",
    "URGENT: signature needed",
    "",
)

SENTENCES: tuple[str, ...] = (
    "Please find the figures attached, the second sheet has the details.",
    "Could you have a look before Thursday and tell me whether the dates fit?",
    "Vielen Dank für Ihre schnelle Rückmeldung, wir melden uns bis Freitag.",
    "The supplier moved the delivery by two weeks; the contract allows for three.",
    "Das Meeting ist auf 14:30 Uhr verschoben, gleicher Raum.",
    "お世話になっております。添付の資料をご確認ください。",
    "I would rather keep both options open until we know the price.",
    "Nothing urgent, just keeping you in the loop — see the table below.",
    "Le dossier complet est disponible sur l'espace partagé.",
    'We agreed on 4 < x < 7 & that "soon" means this week.',
    "Thanks again for the warm welcome yesterday, the kids loved it 🐕.",
    "Счёт во вложении, оплата в течение 14 дней.",
)

FILES: tuple[tuple[str, str], ...] = (
    ("q3.pdf", 'application/pdf; name="q3.pdf"'),
    ("Rechnung März.pdf", ""),
    ("photo.jpg", 'image/jpeg; name="photo.jpg"'),
    ("notes.txt", "text/plain; charset=utf-8"),
    ("議事録.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("invite.ics", "text/calendar; method=REQUEST"),
)
