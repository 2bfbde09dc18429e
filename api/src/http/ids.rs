//! The ids in an address. Something that is no id, or no member of its list, is simply not there.

use super::problem::Problem;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use domain::{Coded, Id};

/// The thing at an address.
pub struct At<A>(pub A);

/// A thing within another.
pub struct Within<A, B>(pub A, pub B);

/// A member of a closed list, by its written name.
pub struct Named<T>(pub T);

/// What one part of an address can be.
pub trait Segment: Sized {
    fn read(text: &str) -> Option<Self>;
}

impl<I: Id> Segment for I {
    fn read(text: &str) -> Option<Self> {
        I::parse(text)
    }
}

impl<T: Coded> Segment for Named<T> {
    fn read(text: &str) -> Option<Self> {
        T::from_code(text).map(Self)
    }
}

impl<S: Send + Sync, A: Segment> FromRequestParts<S> for At<A> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let [first] = segments(parts, state).await?;
        A::read(&first).map(Self).ok_or_else(Problem::not_found)
    }
}

impl<S: Send + Sync, A: Segment, B: Segment> FromRequestParts<S> for Within<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let [first, second] = segments(parts, state).await?;
        let both = A::read(&first).zip(B::read(&second));
        both.map(|(a, b)| Self(a, b)).ok_or_else(Problem::not_found)
    }
}

/// As many parameters as the address has.
async fn segments<const N: usize>(
    parts: &mut Parts,
    state: &(impl Send + Sync),
) -> Result<[String; N], Problem> {
    let texts = RawPathParams::from_request_parts(parts, state).await;
    let texts = texts.map_err(|_| Problem::not_found())?;
    let texts: Vec<String> = texts.iter().map(|(_, text)| text.to_owned()).collect();
    texts.try_into().map_err(|_| Problem::not_found())
}
