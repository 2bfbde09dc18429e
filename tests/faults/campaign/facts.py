"""What clients asked for, and what they were told came of it."""
import copy
import dataclasses
import enum
import threading
import time


class Outcome(enum.Enum):
    #: No answer, or one that says so itself: it may be there or not, but not half.
    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


@dataclasses.dataclass
class Command:
    """One thing asked for, however often it was sent under its one key."""

    merchant: str  # the e-mail address of the owner
    kind: str  # registration, activation, session, person, document, signature, or a single value
    key: str
    content: dict
    number: int = 0
    sent: int = 0
    outcome: Outcome = Outcome.UNKNOWN
    #: What the answer said: the id of a person, the merchant of an activation.
    answer: dict = dataclasses.field(default_factory=dict)
    acknowledged_at: float | None = None

    @property
    def is_acknowledged(self):
        return self.outcome is Outcome.ACKNOWLEDGED

    @property
    def is_possible(self):
        return self.outcome is not Outcome.REFUSED


class Facts:
    """Everything asked of one installation, in the order in which it was asked."""

    def __init__(self):
        self.commands = {}
        self.ended_sessions = set()
        #: From when on an acknowledgement cannot have been true any more; see the checker.
        self.fault_at = None
        self._lock = threading.Lock()

    def __deepcopy__(self, memo):
        other = Facts()
        with self._lock:
            other.commands = copy.deepcopy(self.commands, memo)
            other.ended_sessions = set(self.ended_sessions)
        other.fault_at = self.fault_at
        return other

    def ask(self, merchant, kind, key, content):
        """The command of that key; sent again, it is still the same one."""
        with self._lock:
            known = self.commands.get(key)
            if known is None:
                known = Command(merchant, kind, key, content, number=len(self.commands))
                self.commands[key] = known
            if known.outcome is Outcome.REFUSED:
                # What was refused before may be carried out this time.
                known.outcome, known.sent = Outcome.UNKNOWN, 0
            known.sent += 1
            return known

    def acknowledge(self, command, **answer):
        with self._lock:
            if not command.is_acknowledged:
                command.acknowledged_at = time.time()
            command.outcome = Outcome.ACKNOWLEDGED
            command.answer.update(answer)

    def refuse(self, command):
        with self._lock:
            # A refusal of a second sending says nothing about the first one.
            if command.outcome is Outcome.UNKNOWN and command.sent == 1:
                command.outcome = Outcome.REFUSED

    def end_session(self, token):
        with self._lock:
            self.ended_sessions.add(token)

    def all(self, kind=None, merchant=None):
        with self._lock:
            return [command for command in self.commands.values()
                    if kind in (None, command.kind) and merchant in (None, command.merchant)]

    def merchants(self):
        return list(dict.fromkeys(command.merchant for command in self.all("registration")))

    def merchant_id(self, email):
        return next((command.answer["merchant"] for command in self.all("activation", email)
                     if "merchant" in command.answer), None)

    def doubt(self, since):
        """What was acknowledged from that moment on may be there or not."""
        with self._lock:
            for command in self.commands.values():
                if command.is_acknowledged and command.acknowledged_at >= since:
                    command.outcome = Outcome.UNKNOWN

    def as_of(self, moment):
        """The same, as far as it is owed to somebody who goes back to `moment`."""
        then = copy.deepcopy(self)
        then.doubt(moment)
        return then
