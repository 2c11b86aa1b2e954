"""The vocabulary of the fictional business: trades, stages, tiers, titles, topics and phrases."""

from __future__ import annotations

LEGAL_FORMS = ("GmbH", "Ltd", "Inc.", "B.V.", "S.r.l.", "AB", "LLC", "AG")
TITLES = (
    "Head of Procurement",
    "VP Operations",
    "IT Manager",
    "Finance Director",
    "Plant Manager",
    "Customer Success Lead",
    "Chief Technology Officer",
    "Buyer",
    "Head of Support",
    "Managing Director",
    "Marketing Manager",
    "Logistics Coordinator",
    "Data Analyst",
    "Quality Manager",
)
# Each title belongs to one department, which Salesforce keeps in a field of its own.
DEPARTMENTS = {
    "Head of Procurement": "Procurement",
    "VP Operations": "Operations",
    "IT Manager": "IT",
    "Finance Director": "Finance",
    "Plant Manager": "Operations",
    "Customer Success Lead": "Customer Success",
    "Chief Technology Officer": "Management",
    "Chief Operating Officer": "Management",
    "Buyer": "Procurement",
    "Head of Support": "Customer Success",
    "Managing Director": "Management",
    "Marketing Manager": "Marketing",
    "Logistics Coordinator": "Operations",
    "Data Analyst": "IT",
    "Quality Manager": "Operations",
}
CONTACT_NOTES = (
    "Prefers e-mail to calls; out of office on Fridays.",
    "Signs orders up to 10,000 without a second signature.",
    "Met at the spring trade fair, asked about delivery times.",
)
FREE_MAIL_DOMAINS = ("freemail.example", "postbox.example")
TIERS = ("Bronze", "Silver", "Gold", "Platinum")
# Salesforce's own parts in a deal, after the one that most companies add to them.
ROLES = (
    "Champion", "Decision Maker", "Technical Buyer", "Business User", "Economic Buyer", "Economic Decision Maker",
    "Evaluator", "Executive Sponsor", "Influencer", "Other",
)  # fmt: skip
LIFECYCLES = ("lead", "opportunity", "customer", "evangelist")
CURRENCIES = {"Germany": "EUR", "France": "EUR", "United Kingdom": "GBP", "United States": "USD"}
PLACEHOLDERS = ("n/a", "No", "-")

# What people call the trade, the Salesforce picklist value, the HubSpot option: each vendor has its own list.
INDUSTRIES = {
    "Industrial Automation": ("Machinery", "INDUSTRIAL_AUTOMATION"),
    "Manufacturing": ("Manufacturing", "MACHINERY"),
    "Food & Beverage": ("Food & Beverage", "FOOD_BEVERAGES"),
    "Logistics": ("Transportation", "LOGISTICS_AND_SUPPLY_CHAIN"),
    "Software": ("Technology", "COMPUTER_SOFTWARE"),
    "Textiles": ("Apparel", "TEXTILES"),
    "Energy": ("Energy", "OIL_ENERGY"),
    "Healthcare": ("Healthcare", "HOSPITAL_HEALTH_CARE"),
    "Education": ("Education", "E_LEARNING"),
    "Construction": ("Construction", "CONSTRUCTION"),
}
# True stage: Salesforce stage, HubSpot stage of the default pipeline, probability in percent.
STAGES = {
    "discovery": ("Qualification", "appointmentscheduled", 10),
    "evaluation": ("Needs Analysis", "qualifiedtobuy", 20),
    "proposal": ("Proposal/Price Quote", "presentationscheduled", 65),
    "negotiation": ("Negotiation/Review", "contractsent", 80),
    "won": ("Closed Won", "closedwon", 100),
    "lost": ("Closed Lost", "closedlost", 0),
}
NEXT_STEPS = (
    "Arrange a meeting with their plant manager",
    "Show the product on their data",
    "Send the revised quote",
    "Agree the terms with their lawyers",
)
DEAL_TOPICS = (
    "Fleet expansion",
    "Annual licence",
    "Pilot line",
    "Support renewal",
    "Spare parts plan",
    "Data add-on",
    "Second site",
    "Training package",
    "Framework agreement",
)
TICKET_SUBJECTS = (
    "Invoice shows the wrong address",
    "Sensor readings stop overnight",
    "Cannot add a second admin",
    "Delivery arrived incomplete",
    "Export is missing columns",
    "Question about the renewal",
    "Login loop after password change",
    "Firmware update fails at 80 percent",
)
PHRASES = (
    "Thanks, that matches what we see on our side.",
    "Could somebody call {first} tomorrow morning?",
    "We now run {number} units and need the same settings everywhere.",
    "The issue came back after the update.",
    "Please send the contract to our new office in {city}.",
    "{first} asked whether the renewal price is final.",
    "We can close this, it works again.",
    "Attached is the log of the last {number} minutes.",
    "Our purchasing team changed, please copy {first} from now on.",
)
