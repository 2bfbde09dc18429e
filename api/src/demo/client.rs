//! A client that sends its requests straight into the router: what the demonstration and the
//! acceptance tests act through.

use crate::app::App;
use crate::router::router;
use anyhow::{Context, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
    /// For what a member of staff looks at people's data: purpose and reference.
    purpose: Option<(&'static str, &'static str)>,
    headers: Vec<(&'static str, String)>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

domain::hidden!(Answer);

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A text field of the body, by JSON pointer; empty if it is not there.
    pub fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub fn code(&self) -> String {
        self.text("/code")
    }

    pub fn etag(&self) -> String {
        let etag = self.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        etag.unwrap_or_default().to_owned()
    }

    /// This answer, if it is a success.
    pub fn expect_success(self) -> anyhow::Result<Self> {
        ensure!(
            self.status.is_success(),
            "{} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        Ok(self)
    }
}

impl Client {
    pub fn new(app: &App) -> Self {
        Self::through(router(app.clone()))
    }

    pub fn through(router: Router) -> Self {
        Self { router, token: None, purpose: None, headers: vec![] }
    }

    pub fn signed_in(&self, token: String) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// One that states a purpose for each merchant where it is asked for one.
    pub fn stating(self, purpose: &'static str, reference: &'static str) -> Self {
        Self { purpose: Some((purpose, reference)), ..self }
    }

    /// One that states none.
    pub fn stating_nothing(&self) -> Self {
        Self { purpose: None, ..self.clone() }
    }

    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path, None, vec![]).await
    }

    pub async fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::DELETE, path, None, vec![]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.json(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.json(Method::PUT, path, body).await
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> anyhow::Result<Answer> {
        self.send(method, path, Some("application/json"), body.to_string().into()).await
    }

    /// A body as it is, whatever it says it is.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> anyhow::Result<Answer> {
        self.send(method, path, Some(content_type), body.into()).await
    }

    /// A multipart form with a file.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: &[u8],
    ) -> anyhow::Result<Answer> {
        let (content_type, body) = upload_form(fields, file);
        self.send(Method::POST, path, Some(&content_type), body).await
    }

    /// The same, not sent yet.
    pub fn upload_request(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: &[u8],
    ) -> anyhow::Result<Request<Body>> {
        let (content_type, body) = upload_form(fields, file);
        self.request(Method::POST, path, Some(&content_type), body)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> anyhow::Result<Answer> {
        let request = || self.request(method.clone(), path, content_type, body.clone());
        let answer = self.answer(request()?).await?;
        match self.purpose_for(path) {
            Some(statement) if answer.code() == "purpose_needed" => {
                self.answer(statement?).await?.expect_success()?;
                self.answer(request()?).await
            }
            Some(_) | None => Ok(answer),
        }
    }

    /// What states the purpose for the merchant of an address.
    fn purpose_for(&self, path: &str) -> Option<anyhow::Result<Request<Body>>> {
        let (purpose, reference) = self.purpose?;
        let merchant = path.strip_prefix("/console/v1/merchants/")?.split(['/', '?']).next()?;
        let body = json!({"purpose": purpose, "reference": reference}).to_string();
        let path = format!("/console/v1/merchants/{merchant}/purpose");
        // Its key and the rest are those of another request.
        let client = Self { headers: vec![], ..self.clone() };
        Some(client.request(Method::POST, &path, Some("application/json"), body.into()))
    }

    async fn answer(&self, request: Request<Body>) -> anyhow::Result<Answer> {
        let response = self.router.clone().oneshot(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.context("no body")?;
        Ok(Answer { status, headers, body: body.to_vec() })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> anyhow::Result<Request<Body>> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        Ok(request.body(Body::from(body))?)
    }
}

/// A multipart form with a file: its type, and its bytes.
fn upload_form(fields: &[(&str, &str)], file: &[u8]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "greffe-boundary-7d1a";
    let mut body = vec![];
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; \
             filename=\"document.pdf\"\r\ncontent-type: application/pdf\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}
