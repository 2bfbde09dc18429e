"""The checker itself: invented losses, doubles, phantoms and changed documents are each reported.

usage: python3 tests/faults/campaign/test_checker.py
"""
import copy
import sys
import unittest

sys.dont_write_bytecode = True

from checker import COLUMNS, EVENTS, Seen, SeenMerchant, check
from facts import Facts

EMAIL = "merchant1@example.com"
MERCHANT = "mer_0123456789abcdef0123456789abcdef"
STREAM = "merchant-01234567-89ab-cdef-0123-456789abcdef"
SIGNED = {"sha256": "a" * 64, "is_signed": True}


def details(name):
    return {"first_name": "Marie", "last_name": name, "roles": ["delegate"]}


def asked():
    """One merchant who was told that everything is recorded."""
    facts = Facts()

    def told(kind, key, content, **answer):
        facts.acknowledge(facts.ask(EMAIL, kind, key, content), **answer)

    told("registration", "register", {"email": EMAIL})
    told("activation", "activate", {"email": EMAIL}, merchant=MERCHANT)
    told("session", "sign-in", {}, token="token-1")
    told("profile", "profile-1", {"first_name": "Marie"})
    told("profile", "profile-2", {"first_name": "Zoé"})
    told("person", "person-1", details("Un"), id="per_1")
    told("document", "document-1", {"sha256": "d" * 64}, id="doc_1")
    told("presentation", "present", {}, sha256="a" * 64)
    told("signature", "sign", {}, pdf_sha256="b" * 64)
    return facts


def seen():
    """The same merchant, as a server without fault shows them."""
    merchant = SeenMerchant(
        sign_in="yes", sessions={"token-1"}, id=MERCHANT, status="test",
        values={"profile": {"first_name": "Zoé"}}, people={"per_1": details("Un")},
        documents={"doc_1": (200, "d" * 64)}, contract=dict(SIGNED), pdf=(200, "b" * 64))
    events = [{"event": f"evt_{number}", "stream": STREAM, "type": kind}
              for number, kind in enumerate(EVENTS.values())]
    return Seen(merchants={EMAIL: merchant}, events=events)


class Checker(unittest.TestCase):
    def setUp(self):
        self.facts, self.seen = asked(), seen()
        self.merchant = self.seen.merchants[EMAIL]

    def found(self, **options):
        counts = dict.fromkeys(COLUMNS, 0)
        for finding in check(self.facts, self.seen, **options):
            counts[finding.column] += 1
        return {column: count for column, count in counts.items() if count}

    def unknown(self, kind, key, content):
        return self.facts.ask(EMAIL, kind, key, content)

    def record(self, kind):
        self.seen.events.append(
            {"event": f"evt_{len(self.seen.events)}", "stream": STREAM, "type": EVENTS[kind]})

    def test_what_is_as_it_was_promised_is_clean(self):
        self.assertEqual(self.found(), {})

    def test_a_person_that_is_gone_is_lost(self):
        del self.merchant.people["per_1"]
        self.assertEqual(self.found(), {"lost": 1})

    def test_a_person_with_other_details_is_lost(self):
        self.merchant.people["per_1"] = details("Autre")
        self.assertEqual(self.found(), {"lost": 1})

    def test_an_older_profile_is_a_loss(self):
        self.merchant.values["profile"] = {"first_name": "Marie"}
        self.assertEqual(self.found(), {"lost": 1})

    def test_a_profile_of_unknown_outcome_may_be_there_or_not(self):
        self.unknown("profile", "profile-3", {"first_name": "Ada"})
        self.assertEqual(self.found(), {})
        self.merchant.values["profile"] = {"first_name": "Ada"}
        self.assertEqual(self.found(), {})

    def test_a_profile_that_nobody_gave_is_not_accepted(self):
        self.merchant.values["profile"] = {"first_name": "Personne"}
        self.assertEqual(self.found(), {"lost": 1})

    def test_an_account_that_nobody_can_enter_is_lost_with_all_it_held(self):
        self.seen.merchants[EMAIL] = SeenMerchant(sign_in="wrong_credentials")
        self.assertEqual(self.found(), {"lost": 5, "documents lost": 1, "contracts lost": 2})

    def test_an_account_back_before_its_activation_is_lost(self):
        self.merchant.status = "created"
        self.assertEqual(self.found(), {"lost": 1})

    def test_a_session_that_ended_is_lost_unless_it_may(self):
        self.merchant.sessions.clear()
        self.assertEqual(self.found(), {"lost": 1})
        self.assertEqual(self.found(may_sessions_end=True), {})

    def test_a_session_that_was_ended_and_is_open_is_an_invention(self):
        self.facts.end_session("token-1")
        self.assertEqual(self.found(), {"invented": 1})

    def test_two_people_of_one_request_are_a_double(self):
        self.merchant.people["per_2"] = details("Un")
        self.record("person")
        self.assertEqual(self.found(), {"doubled": 2})  # in the client file and in the ledger

    def test_a_second_event_that_the_client_file_does_not_show_is_a_double(self):
        self.record("person")
        self.assertEqual(self.found(), {"doubled": 1})

    def test_the_same_event_twice_is_a_double(self):
        self.seen.events.append(copy.copy(self.seen.events[2]))
        self.assertEqual(self.found()["doubled"], 2)

    def test_an_event_that_the_ledger_lacks_is_lost_even_if_the_server_shows_the_person(self):
        self.seen.events = [event for event in self.seen.events
                            if event["type"] != EVENTS["person"]]
        self.assertEqual(self.found(), {"lost": 1})

    def test_a_person_that_nobody_asked_for_is_a_phantom(self):
        self.merchant.people["per_9"] = details("Fantôme")
        self.assertEqual(self.found(), {"invented": 1})

    def test_an_account_more_than_were_asked_for_is_a_double(self):
        self.seen.events.append({"event": "evt_99", "stream": "merchant-99",
                                 "type": EVENTS["registration"]})
        self.assertEqual(self.found(), {"doubled": 1})

    def test_a_refused_person_that_is_there_is_an_invention(self):
        self.facts.refuse(self.unknown("person", "person-2", details("Deux")))
        self.merchant.people["per_2"] = details("Deux")
        self.assertEqual(self.found(), {"invented": 1})

    def test_a_person_of_unknown_outcome_may_be_there_or_not_but_not_half(self):
        self.unknown("person", "person-2", details("Deux"))
        self.assertEqual(self.found(), {})
        self.merchant.people["per_2"] = details("Deux")
        self.record("person")
        self.assertEqual(self.found(), {})
        self.merchant.people["per_2"] = {**details("Deux"), "roles": []}
        self.assertEqual(self.found(), {"invented": 1})

    def test_a_document_that_does_not_download_is_lost(self):
        for download in [("404 not_found", None), (200, "e" * 64), None]:
            with self.subTest(download):
                self.merchant.documents = {"doc_1": download} if download else {}
                self.assertEqual(self.found()["documents lost"], 1)

    def test_a_recorded_document_must_download_even_if_nobody_was_told(self):
        self.unknown("document", "document-2", {"sha256": "2" * 64})
        self.record("document")
        self.merchant.documents["doc_2"] = (200, "2" * 64)
        self.assertEqual(self.found(), {})
        self.merchant.documents["doc_2"] = ("503 unavailable", None)
        self.assertEqual(self.found(), {"documents lost": 1})

    def test_one_upload_that_made_two_documents_is_a_double(self):
        self.merchant.documents["doc_2"] = (200, "d" * 64)
        self.assertEqual(self.found(), {"doubled": 1})

    def test_a_document_that_nobody_handed_in_is_an_invention(self):
        self.merchant.documents["doc_2"] = (200, "9" * 64)
        self.assertEqual(self.found(), {"invented": 1})

    def test_a_contract_without_its_signature_is_lost(self):
        self.merchant.contract["is_signed"] = False
        self.assertIn("contracts lost", self.found())

    def test_a_signed_contract_with_other_bytes_is_lost(self):
        self.merchant.pdf = (200, "c" * 64)
        self.assertEqual(self.found(), {"contracts lost": 1})

    def test_a_signed_contract_that_does_not_download_is_lost(self):
        self.merchant.pdf = ("404 not_found", None)
        self.assertEqual(self.found(), {"contracts lost": 1})

    def test_a_ledger_that_verify_refuses_is_lost(self):
        self.seen.verify_exit = 4
        self.assertEqual(self.found(), {"lost": 1})

    def test_a_server_that_does_not_start_has_lost_everything(self):
        self.seen.is_started = False
        self.assertEqual(self.found(), {"lost": 7, "documents lost": 1, "contracts lost": 2})

    def test_what_was_acknowledged_after_the_fault_was_never_true(self):
        self.facts.fault_at = 0.0
        del self.merchant.people["per_1"]
        self.assertEqual(self.found(), {"falsely acknowledged": 1})

    def test_who_goes_back_to_a_moment_is_owed_what_was_acknowledged_before_it(self):
        for moment, command in enumerate(self.facts.commands.values()):
            command.acknowledged_at = float(moment)
        then = self.facts.as_of(self.facts.commands["person-1"].acknowledged_at)
        del self.merchant.people["per_1"]
        self.facts = then
        self.assertEqual(self.found(), {})
        self.merchant.values.clear()
        self.assertEqual(self.found(), {"lost": 1})

    def test_what_was_acknowledged_while_the_power_went_may_be_there_or_not(self):
        for moment, command in enumerate(self.facts.commands.values()):
            command.acknowledged_at = float(moment)
        self.facts.doubt(self.facts.commands["person-1"].acknowledged_at)
        del self.merchant.people["per_1"]
        self.assertEqual(self.found(), {})
        self.merchant.values.clear()
        self.assertEqual(self.found(), {"lost": 1})


if __name__ == "__main__":
    unittest.main()
