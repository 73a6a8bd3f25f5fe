"""What an empty list of the admin says: what its rows are for, and the next step."""

EMPTY_LISTS: dict[str, str] = {
    "accounts.apikey": (
        "An API key lets one application call the gateway. Make one, put it into the application, and it works at once."
    ),
    "accounts.identityprovider": (
        "Let people sign in with your own identity provider (OpenID Connect) instead of a password."
    ),
    "accounts.invitation": "Invite a colleague by mail. The link works once; the person chooses name and password.",
    "accounts.membership": (
        "A member has a role in an organisation. Invite somebody, or give a role to a person who is here."
    ),
    "accounts.organisation": (
        "An organisation owns keys, routes, budgets and evidence. Everything else begins with one."
    ),
    "accounts.revocation": (
        "Nothing was ended by hand. Here a single token, all tokens of a client, or every token there is can be ended."
    ),
    "accounts.serviceaccount": (
        "A service account is for programs: they prove who they are and get tokens for ten minutes."
    ),
    "accounts.signingkey": "Without a signing key no token is issued. Make one.",
    "accounts.team": "Teams share keys, limits and budgets within an organisation.",
    "accounts.trustedissuer": "Trust tokens that another issuer signs, such as your cloud's workload identities.",
    "audit.destination": (
        "Send signed checkpoints, or every event, to a place that the operator of this database does not control."
    ),
    "audit.alertrule": "A rule is a search of the events explorer, how often, and whom to tell.",
    "audit.reviewqueue": "A queue is a search of the events explorer; what it finds waits there to be judged.",
    "axes.accessattempt": "No log-in was refused.",
    "llmproxy.budget": "A budget says what may be spent, by whom, in which time. It is never overspent.",
    "llmproxy.budgetalert": "No budget has reached one of its thresholds.",
    "llmproxy.budgetincrease": "Ask for more than a budget allows, for a time; a second person decides.",
    "llmproxy.repricing": "Ask to price past calls anew, such as those without a price; a second person decides.",
    "llmproxy.costcentre": "Cost centres sort the ledger as your book-keeping has it.",
    "llmproxy.ledgerentry": "Every settled call becomes a row here, with its price. Make a call.",
    "llmproxy.limit": "A limit says how many requests, tokens or parallel calls are let through, and for whom.",
    "llmproxy.modeldeployment": "A model at a provider. Add a provider first; “Fetch models” then brings its list.",
    "llmproxy.modelfacts": (
        "What is known of models: context window, capabilities. “Refresh prices” brings the catalogue."
    ),
    "llmproxy.modelpreset": "A preset is a model name with parameters and a system prompt of your choice.",
    "llmproxy.price": (
        "Without a price, what a call costs is unknown. “Refresh prices” brings the published ones, after a review."
    ),
    "llmproxy.provider": "A provider is an AI service: choose a ready-made one, add its key, and test it.",
    "llmproxy.responsecache": (
        "Answers are not kept. A rule here gives the same answer again to whoever asks exactly the same."
    ),
    "llmproxy.route": "A route is the name that applications send as “model”. Add one that leads to a model.",
}


def text_for(label: str) -> str:
    """What to say of an empty list of `app.model`, in lower case; "" where nothing is known of it."""
    return EMPTY_LISTS.get(label, "")
