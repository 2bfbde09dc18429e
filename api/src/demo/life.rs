//! The life of an invented merchant, request by request.

use super::client::{Answer, Client};
use super::mailbox::{code, mail, sent, token_in};
use super::staff::{Colleague, Staff};
use super::{PASSWORD, people};
use crate::app::App;
use crate::documents::typeset;
use serde_json::{Value, json};

/// How far a merchant of the demonstration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Registered,
    Activated,
    Test,
    Draft,
    ReadyToSign,
    Submitted,
    InReview,
    AwaitingDocuments,
    Proposed,
    Approved,
    Live,
    ChangingAccount,
    Suspended,
    Rejected,
}

impl Stage {
    pub const ALL: &'static [Self] = &[
        Self::Registered,
        Self::Activated,
        Self::Test,
        Self::Draft,
        Self::ReadyToSign,
        Self::Submitted,
        Self::InReview,
        Self::AwaitingDocuments,
        Self::Proposed,
        Self::Approved,
        Self::Live,
        Self::ChangingAccount,
        Self::Suspended,
        Self::Rejected,
    ];

    /// What the people at the terminal read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Registered => "has signed up",
            Self::Activated => "has followed the link",
            Self::Test => "has test keys",
            Self::Draft => "is filling in the client file",
            Self::ReadyToSign => "may sign the contract",
            Self::Submitted => "has signed, and waits for an officer",
            Self::InReview => "is being reviewed",
            Self::AwaitingDocuments => "owes documents",
            Self::Proposed => "waits for a second officer",
            Self::Approved => "is approved",
            Self::Live => "is live",
            Self::ChangingAccount => "changes its bank account",
            Self::Suspended => "is suspended",
            Self::Rejected => "was rejected",
        }
    }
}

/// One merchant and how to take it further.
pub struct Life<'a> {
    pub client: &'a Client,
    app: &'a App,
    staff: &'a Staff,
    index: usize,
    pub email: String,
    pub mobile: String,
}

/// A merchant with a portal session.
pub struct Owner {
    pub client: Client,
    pub merchant: String,
}

impl Owner {
    pub fn path(&self, rest: &str) -> String {
        format!("/portal/v1/merchants/{}{rest}", self.merchant)
    }
}

impl<'a> Life<'a> {
    pub fn new(client: &'a Client, app: &'a App, staff: &'a Staff, index: usize) -> Self {
        Self {
            client,
            app,
            staff,
            index,
            email: format!("merchant{index}@example.com"),
            mobile: people::person(index).mobile,
        }
    }

    pub async fn live_until(&self, stage: Stage) -> anyhow::Result<()> {
        self.register().await?;
        if stage == Stage::Registered {
            return Ok(());
        }
        let owner = self.activate().await?;
        if stage >= Stage::Test {
            self.enter_test_mode(&owner).await?;
        }
        if stage >= Stage::Draft {
            let person = self.fill_file(&owner).await?;
            if stage >= Stage::ReadyToSign {
                self.hand_in_documents(&owner, &person).await?;
            }
            if stage >= Stage::Submitted {
                self.sign(&owner, &person).await?;
            }
        }
        self.be_reviewed(&owner, stage).await
    }

    async fn be_reviewed(&self, owner: &Owner, stage: Stage) -> anyhow::Result<()> {
        let staff = self.staff;
        if stage >= Stage::InReview {
            self.on_case(&staff.analyst, owner, "/case/take", json!({})).await?;
        }
        if stage == Stage::AwaitingDocuments {
            self.request_document(owner).await?;
        }
        if stage >= Stage::Proposed {
            self.accept_documents(owner).await?;
            let proposal = if stage == Stage::Rejected {
                json!({"decision": "reject", "rejection": "information_inconsistent"})
            } else {
                json!({"decision": "approve"})
            };
            self.propose(owner, proposal).await?;
        }
        if stage >= Stage::Approved {
            self.confirm(owner).await?;
        }
        if matches!(stage, Stage::Live | Stage::ChangingAccount | Stage::Suspended) {
            self.issue_live_key(owner).await?;
        }
        if stage == Stage::ChangingAccount {
            let asked = self.ask_to_change_account(owner, "FR1420041010050500013M02606").await?;
            self.confirm_account(owner, &asked).await?;
        }
        if stage == Stage::Suspended {
            let body = json!({"reason": "unusual volume, see the note"});
            self.on_case(&staff.officer, owner, "/suspension", body).await?;
        }
        Ok(())
    }

    pub async fn register(&self) -> anyhow::Result<()> {
        let language = if self.index % 4 == 3 { "en" } else { "fr" };
        let body = json!({"email": self.email, "password": PASSWORD, "language": language});
        self.client.post("/portal/v1/registrations", body).await?.expect_success()?;
        Ok(())
    }

    pub async fn activate(&self) -> anyhow::Result<Owner> {
        let token = token_in(&mail(self.app, &self.email, "activation").await?)?;
        let body = json!({"token": token});
        let answer = self.client.post("/portal/v1/activations", body).await?.expect_success()?;
        let merchant = answer.text("/merchants/0");
        Ok(Owner { client: self.sign_in().await?, merchant })
    }

    pub async fn sign_in(&self) -> anyhow::Result<Client> {
        let body = json!({"email": self.email, "password": PASSWORD});
        let answer = self.client.post("/portal/v1/sessions", body).await?.expect_success()?;
        Ok(self.client.signed_in(answer.text("/token")))
    }

    /// Name, mobile, code, company basics; answers the test key.
    pub async fn enter_test_mode(&self, owner: &Owner) -> anyhow::Result<String> {
        let person = people::person(self.index);
        let profile = json!({"first_name": person.first_name, "last_name": person.last_name,
                             "mobile": self.mobile});
        let client = &owner.client;
        client.put("/portal/v1/me/profile", profile).await?.expect_success()?;
        client.post("/portal/v1/me/mobile-codes", json!({})).await?.expect_success()?;
        let code = code(self.app, &self.mobile, "mobile_code", 0).await?;
        let verification = json!({"code": code});
        client.post("/portal/v1/me/mobile-verification", verification).await?.expect_success()?;
        let basics = json!({"legal_name": people::company(self.index),
                            "siren": people::siren(self.index), "legal_form": "sarl",
                            "country": "FR", "activity": "62.01Z"});
        let answer = client.put(&owner.path("/company-basics"), basics).await?.expect_success()?;
        Ok(answer.text("/test_key"))
    }

    /// Company, person, ownership, bank account, services; answers the person's id.
    pub async fn fill_file(&self, owner: &Owner) -> anyhow::Result<String> {
        let client = &owner.client;
        let address = json!({"street": format!("{} rue des Lilas", self.index + 1),
                             "postal_code": "75011", "city": "Paris", "country": "FR"});
        let siret = people::siret(&people::siren(self.index));
        let company = json!({"siret": siret, "address": address, "registered_on": "2019-03-04"});
        client.put(&owner.path("/company"), company).await?.expect_success()?;
        let person = people::person(self.index);
        let body = json!({"first_name": person.first_name, "last_name": person.last_name,
            "birth_date": "1980-05-17", "birth_place": "Lyon", "nationality": "FR",
            "address": address, "email": self.email, "mobile": self.mobile,
            "roles": ["representative", "beneficial_owner"]});
        let answer = client.post(&owner.path("/people"), body).await?.expect_success()?;
        let person = answer.text("/id");
        let holdings = json!({"holdings": [{"person": person, "capital": "100", "votes": "100"}]});
        client.put(&owner.path("/ownership"), holdings).await?.expect_success()?;
        let account = json!({"iban": "FR7630006000011234567890189",
                             "holder": people::company(self.index)});
        client.put(&owner.path("/payout-account"), account).await?.expect_success()?;
        let services = json!({"services": ["api", "payment_link"]});
        client.put(&owner.path("/services"), services).await?.expect_success()?;
        Ok(person)
    }

    pub async fn hand_in_documents(&self, owner: &Owner, person: &str) -> anyhow::Result<()> {
        let today = self.app.clock.now().format("%Y-%m-%d").to_string();
        let forms: [&[(&str, &str)]; 4] = [
            &[("kind", "registration_extract"), ("issued_on", &today)],
            &[("kind", "bank_details")],
            &[("kind", "articles_of_association")],
            &[
                ("kind", "identity_document"),
                ("person", person),
                ("issued_on", "2020-01-02"),
                ("expires_on", "2035-01-02"),
            ],
        ];
        for form in forms {
            let file = document()?;
            owner.client.upload(&owner.path("/documents"), form, &file).await?.expect_success()?;
        }
        Ok(())
    }

    pub async fn sign(&self, owner: &Owner, person: &str) -> anyhow::Result<()> {
        let client = &owner.client;
        let contract = client.post(&owner.path("/contract"), json!({})).await?.expect_success()?;
        let asked = json!({"person": person});
        client.post(&owner.path("/contract/codes"), asked).await?.expect_success()?;
        let code = code(self.app, &self.mobile, "signing_code", 0).await?;
        let signature = json!({"person": person, "sha256": contract.text("/sha256"), "code": code});
        client.post(&owner.path("/contract/signatures"), signature).await?.expect_success()?;
        Ok(())
    }

    pub async fn on_case(
        &self,
        who: &Colleague,
        owner: &Owner,
        rest: &str,
        body: Value,
    ) -> anyhow::Result<Answer> {
        let client = self.console(who).await?;
        client.post(&console_path(owner, rest), body).await?.expect_success()
    }

    pub async fn console(&self, who: &Colleague) -> anyhow::Result<Client> {
        who.client(self.app).await
    }

    pub async fn request_document(&self, owner: &Owner) -> anyhow::Result<Answer> {
        let body = json!({"items": [{"kinds": ["proof_of_address", "other"],
            "reason": "additional_proof", "explanation": "De moins de trois mois."}]});
        self.on_case(&self.staff.analyst, owner, "/document-requests", body).await
    }

    pub async fn accept_documents(&self, owner: &Owner) -> anyhow::Result<()> {
        let client = self.console(&self.staff.analyst).await?;
        let card = client.get(&console_path(owner, "")).await?.expect_success()?.json();
        let documents = card["client_file"]["documents"].as_object().cloned().unwrap_or_default();
        for (document, facts) in documents {
            if facts["status"] == "submitted" {
                let path = console_path(owner, &format!("/documents/{document}/accept"));
                client.post(&path, json!({})).await?.expect_success()?;
            }
        }
        Ok(())
    }

    /// Somebody proposes what they have read.
    pub async fn propose(&self, owner: &Owner, mut proposal: Value) -> anyhow::Result<Answer> {
        // What lets an account go is proposed by an officer, the rest by an analyst.
        let is_officers =
            matches!(proposal["decision"].as_str(), Some("reactivate" | "lift_suspension"));
        let who = if is_officers { &self.staff.second_officer } else { &self.staff.analyst };
        let client = self.console(who).await?;
        let card = client.get(&console_path(owner, "")).await?.expect_success()?;
        proposal["file_version"] = card.json()["client_file"]["version"].clone();
        proposal["rationale"] = json!("Dossier complet, pièces concordantes.");
        let client = client.with("if-match", card.etag());
        client.post(&console_path(owner, "/proposals"), proposal).await?.expect_success()
    }

    /// An officer confirms it.
    pub async fn confirm(&self, owner: &Owner) -> anyhow::Result<Answer> {
        let client = self.console(&self.staff.officer).await?;
        let card = client.get(&console_path(owner, "")).await?.expect_success()?;
        let body = json!({"file_version": card.json()["client_file"]["version"]});
        let client = client.with("if-match", card.etag());
        client.post(&console_path(owner, "/proposals/confirm"), body).await?.expect_success()
    }

    /// The second factor that an action needs.
    pub async fn prove_strongly(&self, owner: &Owner, action: Value) -> anyhow::Result<()> {
        let client = &owner.client;
        let template = "strong_authentication_code";
        let used = sent(self.app, &self.mobile, template);
        client.post("/portal/v1/strong-authentications", action).await?.expect_success()?;
        let code = code(self.app, &self.mobile, template, used).await?;
        let path = "/portal/v1/strong-authentications/confirmation";
        client.post(path, json!({"code": code})).await?.expect_success()?;
        Ok(())
    }

    /// Asks for another bank account, with its RIB; answers the change.
    pub async fn ask_to_change_account(&self, owner: &Owner, iban: &str) -> anyhow::Result<Answer> {
        self.prove_strongly(owner, json!({"action": "request_bank_account_change"})).await?;
        let rib = rib(iban, &people::company(self.index))?;
        let path = owner.path("/bank-account-changes");
        owner.client.upload(&path, &[("iban", iban)], &rib).await?.expect_success()
    }

    /// Confirms a change as it was shown.
    pub async fn confirm_account(&self, owner: &Owner, shown: &Answer) -> anyhow::Result<Answer> {
        let change = shown.text("/id");
        let action = json!({"action": "confirm_bank_account_change", "merchant": owner.merchant,
                            "change": change});
        self.prove_strongly(owner, action).await?;
        let path = owner.path(&format!("/bank-account-changes/{change}/confirmation"));
        let body = json!({"recap": shown.text("/recap")});
        owner.client.post(&path, body).await?.expect_success()
    }

    /// Strong authentication, then a live key; answers its value.
    pub async fn issue_live_key(&self, owner: &Owner) -> anyhow::Result<String> {
        self.prove_strongly(owner, json!({"action": "live_keys"})).await?;
        let answer = owner
            .client
            .post(&owner.path("/api-keys"), json!({"livemode": true}))
            .await?
            .expect_success()?;
        Ok(answer.text("/value"))
    }
}

pub fn console_path(owner: &Owner, rest: &str) -> String {
    format!("/console/v1/merchants/{}{rest}", owner.merchant)
}

/// The bank details of an invented account, as a bank would print them.
pub fn rib(iban: &str, holder: &str) -> anyhow::Result<Vec<u8>> {
    let line = |text: String| typeset::Block::Paragraph(text);
    let grouped: Vec<String> = iban
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<Vec<_>>()
        .chunks(4)
        .map(|four| four.iter().collect())
        .collect();
    Ok(typeset::pdf(&[
        line("Relevé d'identité bancaire (document fictif)".to_owned()),
        line(format!("Titulaire du compte : {holder}")),
        line(format!("IBAN : {}", grouped.join(" "))),
    ])?)
}

/// A PDF with nothing to read on it, as a scanner makes one.
pub fn scan() -> anyhow::Result<Vec<u8>> {
    Ok(typeset::plain_pdf(" ")?)
}

/// A small real PDF.
pub fn document() -> anyhow::Result<Vec<u8>> {
    Ok(typeset::plain_pdf("Document fictif, pour essai.")?)
}
