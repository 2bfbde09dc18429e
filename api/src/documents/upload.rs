//! Uploads: the form, its fields and its file; checked by content before anything is kept.

use super::inspect;
use crate::app::App;
use crate::body::{self, What};
use crate::call::Call;
use crate::error::{Fields, Problem};
use crate::holders::{Held, Holders};
use crate::idempotency::Keyed;
use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::BytesMut;
use chrono::NaiveDate;
use domain::client_file::{
    Command, DOCUMENT_BYTES_MAX, DocumentKind, MediaType, NewDocument, Refusal,
};
use domain::merchant::State as MerchantState;
use domain::values::{Invalid, parse_date};
use domain::{Coded, DocumentId, Id, ItemId, MerchantId, Occasion, PersonId};
use futures::future::ready;
use futures::stream::{self, StreamExt};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use store::documents::{blob_id, subject_of};
use store::{AsOf, ExecuteError, Executed, Merchant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Uploads that are held in memory at a time, of everybody and of one sender.
const AT_ONCE_MAX: usize = 16;
const AT_ONCE_OF_ONE_MAX: usize = 2;
/// The longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_LENGTH_MAX: usize = 70;
/// As much of a form as has its first boundary in it, and some lines that nobody reads before it.
const BEGINNING: usize = 1_024;

/// Who is sending an upload now.
pub struct Places {
    all: Arc<Semaphore>,
    by_sender: Holders<Uuid>,
}

/// A place, given back when it is dropped.
type Place = (Held<Uuid>, OwnedSemaphorePermit);

impl Default for Places {
    fn default() -> Self {
        let all = Arc::new(Semaphore::new(AT_ONCE_MAX));
        Self { all, by_sender: Holders::new(AT_ONCE_OF_ONE_MAX) }
    }
}

impl Places {
    /// Waits for others, but not for the sender's own.
    async fn take(&self, sender: Uuid) -> Result<Place, Problem> {
        let own = self.by_sender.take(sender).ok_or_else(too_many)?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.map_err(Problem::internal)?;
        Ok((own, of_all))
    }
}

fn too_many() -> Problem {
    Problem {
        retry_after_seconds: Some(2),
        ..Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_uploads",
            "Two documents at a time; wait until one has arrived.",
            "Deux documents à la fois ; attendez que l'un soit arrivé.",
        )
    }
}

/// A form that is not read yet: that happens when it is known that its sender may send it.
pub struct Upload(Request);

impl FromRequest<App> for Upload {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &App) -> Result<Self, Infallible> {
        Ok(Self(request))
    }
}

/// The fields of an upload form, before they are judged.
pub struct Form {
    texts: BTreeMap<String, String>,
    file: Option<File>,
    _place: Place,
}

struct File {
    bytes: Bytes,
    sha256: [u8; 32],
}

const TEXTS: [&str; 6] = ["kind", "person", "issued_on", "expires_on", "answers", "replaces"];

impl Upload {
    /// Reads the form. What it says, and not how it is cut into parts, makes the command's id.
    pub async fn read(self, app: &App, sender: Uuid, call: &mut Call) -> Result<Form, Problem> {
        let place = app.uploads.take(sender).await?;
        let keyed = self.0.extensions().get::<Keyed>().cloned();
        let length = self.0.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
        let multipart = multipart(self.0, app).await?;
        let form = read_fields(multipart, place, length).await?;
        if let Some(keyed) = keyed {
            call.command_id = keyed.says(app, &form.says())?;
        }
        Ok(form)
    }
}

async fn multipart(request: Request, app: &App) -> Result<Multipart, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok());
    if boundary.is_none_or(|boundary| boundary.len() > BOUNDARY_LENGTH_MAX) {
        return Err(no_form());
    }
    let (parts, body) = request.into_parts();
    let body = begun(body).await.map_err(|error| body::problem(&error, What::Document))?;
    let request = Request::from_parts(parts, body);
    Multipart::from_request(request, app).await.map_err(|_| no_form())
}

/// The same body, once its first boundary is there: the reader of forms gives up a body that comes to
/// its end between the first two looks at it (multer 3.1, `FindingFirstBoundary`).
async fn begun(body: Body) -> Result<Body, axum::Error> {
    let mut rest = body.into_data_stream();
    let mut beginning = BytesMut::new();
    while beginning.len() < BEGINNING
        && let Some(chunk) = rest.next().await
    {
        beginning.extend_from_slice(&chunk?);
    }
    let beginning = stream::once(ready(Ok(beginning.freeze())));
    Ok(Body::from_stream(beginning.chain(rest)))
}

fn no_form() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Send multipart/form-data with a boundary of at most 70 characters.",
        "Envoyez du multipart/form-data avec une « boundary » d'au plus 70 caractères.",
    )
}

/// `length` is that of the whole form, as its sender says: never believed, but kept room for.
async fn read_fields(
    mut multipart: Multipart,
    place: Place,
    length: usize,
) -> Result<Form, Problem> {
    let mut found = Form { texts: BTreeMap::new(), file: None, _place: place };
    let mut given = BTreeSet::new();
    while let Some(field) =
        multipart.next_field().await.map_err(|error| body::problem(&error, What::Document))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" && !TEXTS.contains(&name.as_str()) {
            return Err(wrong_field(&name, "There is no such field.", "Ce champ n'existe pas."));
        }
        if !given.insert(name.clone()) {
            return Err(wrong_field(
                &name,
                "This field is given twice. Send one document at a time, each in a form of its own.",
                "Ce champ est donné deux fois. Envoyez un document à la fois, chacun dans son formulaire.",
            ));
        }
        if name == "file" {
            found.file = Some(read_file(field, length).await?);
            continue;
        }
        let text = field.text().await.map_err(|error| body::problem(&error, What::Document))?;
        if !text.is_empty() {
            found.texts.insert(name, text);
        }
    }
    Ok(found)
}

async fn read_file(mut field: Field<'_>, length: usize) -> Result<File, Problem> {
    let room = length.min(usize::try_from(DOCUMENT_BYTES_MAX).unwrap_or(usize::MAX));
    let (mut bytes, mut hash) = (BytesMut::with_capacity(room), Sha256::new());
    while let Some(chunk) =
        field.chunk().await.map_err(|error| body::problem(&error, What::Document))?
    {
        hash.update(&chunk);
        bytes.extend_from_slice(&chunk);
        // Others have their turn, though the next chunk may be there.
        tokio::task::yield_now().await;
    }
    Ok(File { bytes: bytes.freeze(), sha256: hash.finalize().into() })
}

impl Form {
    fn says(&self) -> Vec<&[u8]> {
        let texts = self.texts.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
        texts.chain(self.file.iter().map(|file| file.sha256.as_slice())).collect()
    }
}

fn wrong_field(name: &str, english: &str, french: &str) -> Problem {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    Problem {
        errors: vec![crate::error::FieldProblem {
            pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            code: "invalid_field",
            english: english.to_owned(),
            french: french.to_owned(),
        }],
        ..Fields::default().problem()
    }
}

/// What the form says, parsed.
struct Parsed {
    kind: DocumentKind,
    person: Option<PersonId>,
    issued_on: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    answers: Option<ItemId>,
    replaces: Option<DocumentId>,
    file: Bytes,
}

fn parse(form: &Form) -> Result<Parsed, Problem> {
    let mut fields = Fields::default();
    let text = |name: &str| form.texts.get(name);
    let kind = fields.code("/kind", text("kind").map_or("", String::as_str));
    let person = fields.take_optional("/person", text("person"), parse_id);
    let issued_on = fields.take_optional("/issued_on", text("issued_on"), parse_date);
    let expires_on = fields.take_optional("/expires_on", text("expires_on"), parse_date);
    let answers = fields.take_optional("/answers", text("answers"), parse_id);
    let replaces = fields.take_optional("/replaces", text("replaces"), parse_id);
    let kind = fields.finish(kind)?;
    let file = form.file.as_ref().map(|file| file.bytes.clone());
    let file = file.filter(|file| !file.is_empty()).ok_or_else(|| Problem {
        errors: vec![crate::error::FieldProblem {
            pointer: "/file".to_owned(),
            code: "file_missing",
            english: "Attach the document as `file`.".to_owned(),
            french: "Joignez le document dans `file`.".to_owned(),
        }],
        ..Fields::default().problem()
    })?;
    if file.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(domain::merchant::Refusal::from(Refusal::DocumentTooLarge).into());
    }
    Ok(Parsed { kind, person, issued_on, expires_on, answers, replaces, file })
}

fn parse_id<I: Id>(text: &str) -> Result<I, Invalid> {
    I::parse(text).ok_or(Invalid::Id)
}

/// Checks, seals, stores, then records. What is refused leaves nothing behind.
pub async fn submit(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    form: Form,
    on_behalf_of: Option<Uuid>,
) -> Result<Executed<MerchantState>, Problem> {
    let parsed = parse(&form)?;
    let file = parsed.file.clone();
    let apart = app.config.inspects_apart;
    let is_pdf = inspect::is_pdf(&file);
    let look = move || inspect::inspect(&file, apart);
    let media_type =
        if is_pdf { app.apart_with_pdfs(look).await?? } else { app.apart(look).await?? };
    let document: DocumentId = call.derive("document");
    let mut new = NewDocument {
        id: document,
        kind: parsed.kind,
        person: parsed.person,
        media_type,
        size: parsed.file.len() as u64,
        sealed_sha256: [0; 32],
        issued_on: parsed.issued_on,
        expires_on: parsed.expires_on,
        answers: parsed.answers,
    };
    let replaces = parsed.replaces;
    let command = |document: NewDocument| Command::SubmitDocument { document, replaces };
    // Asked beforehand, so that a refused document is never stored.
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let is_known = state.file.documents.contains_key(&document);
    if !is_known {
        domain::merchant::decide(command(new.clone()).into(), &state, occasion)?;
        let subject = subject_of(merchant, parsed.person);
        new.sealed_sha256 =
            app.documents.put(blob_id(document), subject, parsed.file.clone()).await?;
    }
    let request = store::Request { on_behalf_of, ..call.request() };
    let outcome =
        app.carry_out::<Merchant>(merchant, command(new).into(), occasion, &request).await;
    if matches!(outcome, Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. })) && !is_known {
        app.documents.discard(blob_id(document)).await?;
    }
    let done = outcome?;
    if let Some(position) = done.position {
        app.see(position).await?;
    }
    Ok(done)
}

/// Bytes of a merchant, which a browser must save and never run.
pub fn attachment(bytes: impl Into<Body>, media_type: MediaType, name: &str) -> Response {
    let ending = match media_type {
        MediaType::Pdf => "pdf",
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
    };
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type.code()));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::task::Poll;

    const FORM: &str =
        "--b\r\ncontent-disposition: form-data; name=\"kind\"\r\n\r\nother\r\n--b--\r\n";

    /// Nothing yet, and then all of it at once.
    fn late(pieces: Vec<&'static str>) -> Body {
        let mut pieces = pieces.into_iter();
        let mut is_there = false;
        let stream = stream::poll_fn(move |context| {
            is_there = !is_there || pieces.len() == 0;
            if is_there {
                return Poll::Ready(
                    pieces.next().map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece))),
                );
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        Body::from_stream(stream)
    }

    #[tokio::test]
    async fn a_form_is_read_however_late_it_comes() {
        let (start, end) = FORM.split_at(2);
        for pieces in [vec![FORM], vec![start, end], vec!["", FORM]] {
            let body = begun(late(pieces)).await.unwrap();
            let mut form = multer::Multipart::new(body.into_data_stream(), "b");
            let field = form.next_field().await.unwrap().unwrap();
            assert_eq!(field.name(), Some("kind"));
            assert_eq!(field.text().await.unwrap(), "other");
        }
        // So it is without.
        let mut form = multer::Multipart::new(late(vec!["", FORM]).into_data_stream(), "b");
        assert!(form.next_field().await.is_err());
    }
}
