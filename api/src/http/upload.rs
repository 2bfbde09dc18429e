//! Uploads: the form, its fields and its file; checked by content before anything is kept.

use super::body::{self, What};
use super::faults::Fault;
use super::idempotency::Keyed;
use super::problem::{FieldProblem, Fields, Kind, Problem};
use crate::app::App;
use crate::documents::places::Place;
use crate::use_cases::Call;
use crate::use_cases::bank_account::Asked;
use crate::use_cases::client_file::Handed;
use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;
use domain::Id;
use domain::client_file::DOCUMENT_BYTES_MAX;
use domain::values::{Iban, Invalid, LegalName, parse_date};
use futures::stream::{self, StreamExt};
use projections::views::{ids, lists};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::future::ready;
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest boundary (RFC 2046, 5.1.1).
const BOUNDARY_LENGTH_MAX: usize = 70;
/// As much of a form as has its first boundary in it, and some lines that nobody reads before it.
const BEGINNING: usize = 1_024;

fn too_many() -> Problem {
    Problem::of(Kind::TooManyUploads).after(2)
}

/// A form that is not read yet: that happens when it is known that its sender may send it.
pub struct Upload(Request);

impl FromRequest<App> for Upload {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &App) -> Result<Self, Infallible> {
        Ok(Self(request))
    }
}

/// A form that was read, and the place that its file holds in memory.
pub struct Received<F> {
    pub form: F,
    _place: Place,
}

/// The form, as the documents of the API describe it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form; the fields are read one by one")]
pub struct DocumentForm {
    /// What it is.
    #[schema(value_type = lists::DocumentKind)]
    kind: String,
    /// Whose document it is, where it is a person's.
    #[schema(value_type = Option<ids::PersonId>)]
    person: Option<String>,
    /// The day on which it was made, as printed on it.
    issued_on: Option<chrono::NaiveDate>,
    /// The last day on which it is valid, as printed on it.
    expires_on: Option<chrono::NaiveDate>,
    /// The item of a request for additional documents that it answers.
    #[schema(value_type = Option<ids::ItemId>)]
    answers: Option<String>,
    /// The document that it replaces.
    #[schema(value_type = Option<ids::DocumentId>)]
    replaces: Option<String>,
    /// A PDF, JPEG or PNG of at most 10 MB, whatever its name.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// The form of a new bank account, as the documents of the API describe it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form; the fields are read one by one")]
pub struct RibForm {
    /// The new IBAN, as it is printed.
    #[schema(example = "FR14 2004 1010 0505 0001 3M02 606")]
    iban: String,
    /// The holder of the account, if it is not written like the company's name.
    #[schema(example = "Atelier du Lac")]
    holder: Option<String>,
    /// The bank details (RIB): a PDF of at most 10 MB.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// The fields of an upload form, before they are judged.
struct Form {
    texts: BTreeMap<String, String>,
    file: Option<File>,
}

struct File {
    bytes: Bytes,
    sha256: [u8; 32],
}

const TEXTS_OF_DOCUMENT: &[&str] =
    &["kind", "person", "issued_on", "expires_on", "answers", "replaces"];
const TEXTS_OF_RIB: &[&str] = &["iban", "holder"];

impl Upload {
    /// Reads the form of a document.
    pub async fn read(
        self,
        app: &App,
        sender: Uuid,
        call: &mut Call,
    ) -> Result<Received<Handed>, Problem> {
        let (form, place) = self.read_form(app, sender, call, TEXTS_OF_DOCUMENT).await?;
        Ok(Received { form: form.parse()?, _place: place })
    }

    /// Reads the form of a new bank account.
    pub async fn read_rib(
        self,
        app: &App,
        sender: Uuid,
        call: &mut Call,
    ) -> Result<Received<Asked>, Problem> {
        let (form, place) = self.read_form(app, sender, call, TEXTS_OF_RIB).await?;
        Ok(Received { form: form.parse_rib()?, _place: place })
    }

    /// What a form says, and not how it is cut into parts, makes the command's id.
    async fn read_form(
        self,
        app: &App,
        sender: Uuid,
        call: &mut Call,
        texts: &[&str],
    ) -> Result<(Form, Place), Problem> {
        let place = app.uploads.take(sender).await.ok_or_else(too_many)?;
        let keyed = self.0.extensions().get::<Keyed>().cloned();
        let length = self.0.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok()).unwrap_or(0);
        let multipart = multipart(self.0, app).await?;
        let form = read_fields(multipart, length, texts).await?;
        if let Some(keyed) = keyed {
            call.command_id = keyed.says(app, &form.says())?;
        }
        Ok((form, place))
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
    let mut beginning = vec![];
    while beginning.len() < BEGINNING
        && let Some(chunk) = rest.next().await
    {
        beginning.extend_from_slice(&chunk?);
    }
    let beginning = stream::once(ready(Ok(Bytes::from(beginning))));
    Ok(Body::from_stream(beginning.chain(rest)))
}

fn no_form() -> Problem {
    Problem::saying(
        Kind::UnsupportedMediaType,
        "Send multipart/form-data with a boundary of at most 70 characters.",
        "Envoyez du multipart/form-data avec une « boundary » d'au plus 70 caractères.",
    )
}

/// `length` is that of the whole form, as its sender says: never believed, but kept room for.
async fn read_fields(
    mut multipart: Multipart,
    length: usize,
    texts: &[&str],
) -> Result<Form, Problem> {
    let mut found = Form { texts: BTreeMap::new(), file: None };
    let mut given = BTreeSet::new();
    while let Some(field) =
        multipart.next_field().await.map_err(|error| body::problem(&error, What::Document))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        if name != "file" && !texts.contains(&name.as_str()) {
            return Err(wrong_field(&name, Fault::UnknownField));
        }
        if !given.insert(name.clone()) {
            return Err(wrong_field(&name, Fault::RepeatedField));
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
    let (mut bytes, mut hash) = (Vec::with_capacity(room), Sha256::new());
    while let Some(chunk) =
        field.chunk().await.map_err(|error| body::problem(&error, What::Document))?
    {
        hash.update(&chunk);
        bytes.extend_from_slice(&chunk);
        // Others have their turn, though the next chunk may be there.
        tokio::task::yield_now().await;
    }
    Ok(File { bytes: bytes.into(), sha256: hash.finalize().into() })
}

impl Form {
    fn says(&self) -> Vec<&[u8]> {
        let texts = self.texts.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]);
        texts.chain(self.file.iter().map(|file| file.sha256.as_slice())).collect()
    }

    fn parse(self) -> Result<Handed, Problem> {
        let mut fields = Fields::default();
        let text = |name: &str| self.texts.get(name);
        let kind = fields.code("/kind", text("kind").map_or("", String::as_str));
        let person = fields.take_optional("/person", text("person"), parse_id);
        let issued_on = fields.take_optional("/issued_on", text("issued_on"), parse_date);
        let expires_on = fields.take_optional("/expires_on", text("expires_on"), parse_date);
        let answers = fields.take_optional("/answers", text("answers"), parse_id);
        let replaces = fields.take_optional("/replaces", text("replaces"), parse_id);
        let kind = fields.finish(kind)?;
        let file = self.into_file()?;
        Ok(Handed { kind, person, issued_on, expires_on, answers, replaces, file })
    }

    fn parse_rib(self) -> Result<Asked, Problem> {
        let mut fields = Fields::default();
        let text = |name: &str| self.texts.get(name);
        let iban = fields.take("/iban", Iban::parse(text("iban").map_or("", String::as_str)));
        let holder = fields.take_optional("/holder", text("holder"), LegalName::parse);
        let iban = fields.finish(iban)?;
        Ok(Asked { iban, holder, file: self.into_file()? })
    }

    fn into_file(self) -> Result<Bytes, Problem> {
        let file = self.file.map(|file| file.bytes).filter(|file| !file.is_empty());
        file.ok_or_else(file_missing)
    }
}

fn file_missing() -> Problem {
    Problem::invalid_fields(vec![FieldProblem::new("/file", Fault::FileMissing)])
}

fn wrong_field(name: &str, fault: Fault) -> Problem {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    Problem::invalid_fields(vec![FieldProblem::new(pointer, fault)])
}

fn parse_id<I: Id>(text: &str) -> Result<I, Invalid> {
    I::parse(text).ok_or(Invalid::Id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Poll;

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
