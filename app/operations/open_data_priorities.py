"""Datasets of what teams promise: concerns, priority sets, priorities, actions, outcomes."""

from app.domain.open_data import Reference
from app.models.priorities import Action, Concern, Outcome, Priority, PrioritySet
from app.operations.open_data import WARD, column, dataset, origin, ward_reference

_priority = Reference(("priority_id",), "priorities", ("id",))
CONCERN = Reference(("concern",), "concerns", ("slug",))

CONCERNS = dataset(
    "concerns",
    "Concerns",
    "What residents worry about, and who leads on it.",
    (
        column("slug", "string", Concern.slug, "Identifier of the concern.", unique=True),
        column("label", "string", Concern.label, "Name of the concern."),
        column("description", "string", Concern.description, "What it takes in."),
        column("lead", "string", Concern.lead, "Who leads on it: police, council or shared."),
        column(
            "crime_categories",
            "array",
            Concern.crime_categories,
            "Names of recorded crime that bears on it.",
        ),
        column("position", "integer", Concern.position, "Place in the fixed order."),
    ),
    origin(Concern, keys=(Concern.slug,)),
    key=("slug",),
)

PRIORITY_SETS = dataset(
    "priority-sets",
    "Priority sets",
    "The priorities of a ward between two refreshes.",
    (
        column("id", "string", PrioritySet.id, "Identifier of the set.", unique=True),
        column("ward_code", "string", PrioritySet.ward_code, "The ward.", **WARD),
        column("sequence", "integer", PrioritySet.sequence, "1 for the ward's first.", minimum=1),
        column(
            "status",
            "string",
            PrioritySet.status,
            "Whether it holds.",
            enum=["active", "superseded", "withdrawn"],
        ),
        column("decided_by", "string", PrioritySet.decided_by, "Who decided."),
        column("set_on", "date", PrioritySet.set_on, "Day of the decision."),
        column("published_at", "datetime", PrioritySet.published_at, "When it was published."),
        column("review_due_on", "date", PrioritySet.review_due_on, "Day its review is due."),
        column(
            "superseded_at",
            "datetime",
            PrioritySet.superseded_at,
            "When another followed.",
            optional=True,
        ),
    ),
    origin(PrioritySet, keys=(PrioritySet.id,)),
    key=("id",),
    references=(ward_reference(),),
)

PRIORITIES = dataset(
    "priorities",
    "Priorities",
    "What a ward team has promised to work on; how it ended is in `outcomes`.",
    (
        column("id", "string", Priority.id, "Identifier of the priority.", unique=True),
        column("set_id", "string", Priority.set_id, "The set it belongs to."),
        column("rank", "integer", Priority.rank, "1 for the first.", minimum=1),
        column("concern", "string", Priority.concern, "The concern it is about."),
        column("title", "string", Priority.title, "What it is called."),
        column(
            "objective",
            "object",
            Priority.objective,
            "Specific, measurable, achievable, relevant, time-bound.",
        ),
        column("place", "string", Priority.place, "Where, in words.", optional=True),
        column("partners", "array", Priority.partners, "Who else works on it."),
        column("status", "string", Priority.status, "How it stands."),
        column("set_on", "date", Priority.set_on, "Day it was set."),
        column("published_at", "datetime", Priority.published_at, "When it was published."),
        column(
            "last_action_on",
            "date",
            Priority.last_action_on,
            "Latest day something was done.",
            optional=True,
        ),
        column("review_due_on", "date", Priority.review_due_on, "Day its review is due."),
        column(
            "carried_from_id",
            "string",
            Priority.carried_from_id,
            "The priority of the set before that it continues.",
            optional=True,
        ),
    ),
    origin(Priority, keys=(Priority.id,), geometry=Priority.area),
    key=("id",),
    references=(
        Reference(("set_id",), "priority-sets", ("id",)),
        CONCERN,
        Reference(("carried_from_id",), "priorities", ("id",)),
    ),
    geometry="The area it is about, where one was drawn.",
)

ACTIONS = dataset(
    "actions",
    "Actions",
    "What was done, or is planned, about a priority.",
    (
        column("id", "string", Action.id, "Identifier of the action.", unique=True),
        column("priority_id", "string", Action.priority_id, "The priority."),
        column("kind", "string", Action.kind, "Kind of action."),
        column("text", "string", Action.text, "What was done, in words."),
        column("planned_on", "date", Action.planned_on, "Day it is planned for.", optional=True),
        column("done_on", "date", Action.done_on, "Day it was done.", optional=True),
        column("recorded_at", "datetime", Action.recorded_at, "When it was recorded."),
    ),
    origin(Action, keys=(Action.id,)),
    key=("id",),
    references=(_priority,),
)

OUTCOMES = dataset(
    "outcomes",
    "Outcomes of priorities",
    "How a priority ended, as somebody claims; the latest row of a priority counts.",
    (
        column("id", "string", Outcome.id, "Identifier of the claim.", unique=True),
        column("priority_id", "string", Outcome.priority_id, "The priority."),
        column("kind", "string", Outcome.kind, "How it ended."),
        column(
            "claimed_by",
            "string",
            Outcome.claimed_by,
            "Who says so.",
            enum=["team", "panel", "residents"],
        ),
        column("statement", "string", Outcome.statement, "What they say."),
        column("evidence", "array", Outcome.evidence, "What bears it out: `text` and `url`."),
        column("recorded_at", "datetime", Outcome.recorded_at, "When it was recorded."),
    ),
    origin(Outcome, keys=(Outcome.id,)),
    key=("id",),
    references=(_priority,),
)

PROMISES = (CONCERNS, PRIORITY_SETS, PRIORITIES, ACTIONS, OUTCOMES)
