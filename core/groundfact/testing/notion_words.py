"""What the fictional company Northlane has written down: its words, products, ways of working and notes."""

from __future__ import annotations

from typing import Any

PRODUCTS = (
    # name, code, line, on sale
    ("Pulse Hub", "NL-100", "Sensors", True),
    ("Pulse Edge", "NL-120", "Sensors", True),
    ("Gate", "NL-200", "Access", True),
    ("Ledger", "NL-300", "Software", True),
    ("Pulse Care", "NL-900", "Service", True),
    ("Gate Classic", "NL-190", "Access", False),
)
TERMS = (
    # term, definition, also called
    ("QBR", "The quarterly business review with a customer's management.", ("Quarterly review",)),
    ("Green light", "Legal and finance have approved a quote; sales may send it.", ()),
    ("Pilot line", "A first production line equipped at a reduced price for 90 days.", ("Pilot",)),
    ("Sev1", "A customer's production stands still. We answer within 15 minutes.", ("Severity 1", "P1")),
    ("Sev2", "Work is slowed down but goes on. We answer within 4 hours.", ("Severity 2", "P2")),
    ("Deal desk", "The group that approves discounts above 15 percent.", ()),
    ("Champion", "The person at the customer who argues for us when we are not there.", ()),
    ("NRR", "Net revenue retention: what this year's customers pay against what they paid a year ago.", ()),
    ("Hub pairing", "Connecting a Pulse Hub to its sensors; has to be repeated after a firmware update.", ("Pairing",)),
    ("Churn watch", "Accounts whose use fell by a third in a month.", ()),
)
PLAYBOOKS: tuple[tuple[str, tuple[str, ...], str, tuple[Any, ...]], ...] = (
    # name, applies to, status, blocks
    (
        "Renewal in 90 days",
        ("Renewal",),
        "Approved",
        (
            "Begin when the renewal date is 90 days away.",
            ("numbered_list_item", "Check use and open tickets of the last quarter."),
            (
                "numbered_list_item",
                "Call the champion before anything is sent.",
                [
                    ("bulleted_list_item", "Ask who else will decide."),
                    ("bulleted_list_item", "Ask about their budget."),
                ],
            ),
            ("numbered_list_item", "Send the renewal quote 60 days ahead, with the green light."),
            ("quote", "Never offer a discount in the first call."),
        ),
    ),
    (
        "Sev1: sensor outage",
        ("Support", "Pulse Hub"),
        "Approved",
        (
            ("heading_2", "First 15 minutes"),
            ("to_do", "Answer the customer and name one person who is responsible."),
            ("to_do", "Look at the hub's log for the last firmware update."),
            ("heading_2", "Then"),
            (
                "toggle",
                "If the readings stopped after an update",
                [
                    "Repeat the hub pairing.",
                    ("toggle", "If that does not help", [("paragraph", "Roll back to the firmware before.")]),
                ],
            ),
            ("callout", "A customer whose line stands still is never put on hold."),
        ),
    ),
    (
        "New champion",
        ("Account management",),
        "Approved",
        (
            "When our champion leaves, the account is at risk for a quarter.",
            ("bulleted_list_item", "Meet the successor within two weeks."),
            ("bulleted_list_item", "Bring the last QBR and what it led to."),
        ),
    ),
    (
        "Price objection",
        ("Sales",),
        "Draft",
        ("Still being written. Ask the deal desk.", ("equation", "saving = downtime \\times 1200")),
    ),
)
FREE_PAGES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (
        "Company handbook",
        (
            ("heading_1", "How we work"),
            "Support is open from 7 to 19 o'clock, Central European Time. A Sev1 is answered at any hour.",
            ("divider", ""),
            (
                "table",
                "",
                [
                    ("table_row", "Plan|Answer within|Channel"),
                    ("table_row", "Gold|1 hour|Phone"),
                    ("table_row", "Silver|4 hours|E-mail"),
                ],
            ),
        ),
    ),
    (
        "Tone of voice",
        (
            "We write short sentences and answer the question first.",
            ("bulleted_list_item", "Say what happens next, and when."),
            ("bulleted_list_item", "No apology without a remedy."),
        ),
    ),
    (
        "Release notes: Pulse firmware 4.2",
        (
            ("heading_2", "Known issue"),
            "After the update the hub has to be paired again; readings stop until then.",
            ("code", "hub pair --all"),
            ("image", "Where the pairing button is"),
            ("unsupported", ""),
        ),
    ),
)
PLAN_PARTS = (
    # goals, risk, next step
    ("equip a second site before summer", "New purchasing team", "Visit the plant"),
    ("replace the old gates", "Budget frozen until spring", "Send the comparison"),
    ("bring stoppages below one an hour", "Champion may leave", "Hold the QBR"),
    ("connect Ledger to their accounting", "Competitor in a pilot", "Show the data add-on"),
    ("roll out the pilot line everywhere", "Open Sev2 tickets", "Agree on a date with their IT"),
)
