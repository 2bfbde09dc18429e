//! Appends, reads and subscriptions, as the real server answers them.
#![allow(clippy::result_large_err, reason = "the error type of the protocol library")]

use super::Cluster;
use super::faults::{Answer, Call, Fault};
use super::log::{Event, Expected, Outcome, Proposed};
use super::protocol::streams::append_req::options::ExpectedStreamRevision;
use super::protocol::streams::append_req::{self, ProposedMessage};
use super::protocol::streams::append_resp::success::{CurrentRevisionOption, PositionOption};
use super::protocol::streams::append_resp::wrong_expected_version as wrong;
use super::protocol::streams::append_resp::{self, WrongExpectedVersion};
use super::protocol::streams::read_req::Options;
use super::protocol::streams::read_req::options::all_options::AllOption;
use super::protocol::streams::read_req::options::filter_options::Filter;
use super::protocol::streams::read_req::options::stream_options::RevisionOption;
use super::protocol::streams::read_req::options::{
    CountOption, FilterOption, ReadDirection, StreamOption,
};
use super::protocol::streams::read_resp::read_event::{Position, RecordedEvent};
use super::protocol::streams::read_resp::{self, Content, ReadEvent};
use super::protocol::streams::streams_server::Streams;
use super::protocol::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq,
    ReadResp, TombstoneReq, TombstoneResp,
};
use super::protocol::{Empty, StreamIdentifier, Uuid, UuidValue};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Request, Response, Status, Streaming};

pub(super) struct Service {
    pub(super) cluster: Arc<Cluster>,
    pub(super) index: usize,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Streams for Service {
    type ReadStream = Answers<ReadResp>;
    type BatchAppendStream = Answers<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Answers<ReadResp>>, Status> {
        self.admit(request.metadata()).await?;
        let options = request.into_inner().options.ok_or_else(|| missing("options"))?;
        let is_subscription = matches!(options.count_option, Some(CountOption::Subscription(_)));
        let call = match options.stream_option {
            _ if is_subscription => Call::Subscribe,
            Some(StreamOption::All(_)) => Call::ReadAll,
            Some(StreamOption::Stream(_)) | None => Call::ReadStream,
        };
        let fault = self.cluster.faults().next(call);
        if let Some(fault) = fault {
            self.go_wrong(fault).await?;
        }
        let answers = if is_subscription {
            self.subscribe(&options)?
        } else {
            let answers = tokio_stream::iter(spoil(self.page(&options)?, fault));
            let pause = match fault.map(|fault| fault.answer) {
                Some(Answer::Slow(milliseconds)) => Some(Duration::from_millis(milliseconds)),
                Some(_) | None => None,
            };
            Box::pin(answers.then(move |answer| async move {
                if let Some(pause) = pause {
                    tokio::time::sleep(pause).await;
                }
                answer
            }))
        };
        Ok(Response::new(answers))
    }

    async fn append(
        &self,
        request: Request<Streaming<AppendReq>>,
    ) -> Result<Response<AppendResp>, Status> {
        self.admit(request.metadata()).await?;
        let fault = self.cluster.faults().next(Call::Append);
        let mut messages = request.into_inner();
        let mut target = None;
        let mut events = vec![];
        while let Some(message) = messages.next().await {
            match message?.content.ok_or_else(|| missing("content"))? {
                append_req::Content::Options(options) => target = Some(options),
                append_req::Content::ProposedMessage(message) => events.push(proposed(message)?),
            }
        }
        let target = target.ok_or_else(|| missing("options"))?;
        if let Some(Fault { answer: Answer::Late(milliseconds), .. }) = fault {
            let late = Self { cluster: Arc::clone(&self.cluster), index: self.index };
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                // Nobody waits for the answer any more.
                drop(late.write(target, events));
            });
            return Err(Status::deadline_exceeded("the double was asked to be late"));
        }
        if let Some(fault) = fault.filter(|fault| !fault.is_taken) {
            self.go_wrong(fault).await?;
        }
        let answer = self.write(target, events)?;
        if let Some(fault) = fault {
            self.go_wrong(fault).await?;
            if fault.answer == Answer::Empty {
                return Ok(Response::new(AppendResp { result: None }));
            }
        }
        Ok(Response::new(answer))
    }

    async fn delete(&self, _: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        Err(Status::unimplemented("the double deletes from inside only"))
    }

    async fn tombstone(&self, _: Request<TombstoneReq>) -> Result<Response<TombstoneResp>, Status> {
        Err(Status::unimplemented("the double deletes from inside only"))
    }

    async fn batch_append(
        &self,
        _: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Answers<BatchAppendResp>>, Status> {
        Err(Status::unimplemented("the double does not batch"))
    }
}

impl Service {
    /// Whether this node answers such a caller.
    async fn admit(&self, metadata: &MetadataMap) -> Result<(), Status> {
        self.cluster.wait_while_hanging().await;
        if let Some(wanted) = &self.cluster.security.authorization {
            let given = metadata.get("authorization").and_then(|value| value.to_str().ok());
            if given != Some(wanted) {
                return Err(Status::unauthenticated("wrong user or password"));
            }
        }
        let wants_leader = metadata.get("requires-leader").is_some_and(|value| value == "true");
        if wants_leader && !self.cluster.leads(self.index) {
            return Err(self.not_leader());
        }
        Ok(())
    }

    fn not_leader(&self) -> Status {
        let Some(leader) = self.cluster.leader() else {
            return Status::unknown("no leader info");
        };
        let mut metadata = MetadataMap::new();
        metadata.insert("exception", MetadataValue::from_static("not-leader"));
        metadata.insert("leader-endpoint-host", MetadataValue::from_static("127.0.0.1"));
        metadata.insert("leader-endpoint-port", MetadataValue::from(leader.port));
        Status::with_metadata(Code::NotFound, "leader info available", metadata)
    }

    /// Ends the call, unless the fault is one of a whole answer.
    async fn go_wrong(&self, fault: Fault) -> Result<(), Status> {
        match fault.answer {
            Answer::NotLeader => Err(self.not_leader()),
            Answer::Status(code) => Err(Status::new(code, "the double was asked to fail")),
            Answer::Hang => std::future::pending().await,
            Answer::Empty
            | Answer::FlippedBit
            | Answer::OddRevision
            | Answer::Slow(_)
            | Answer::Half
            | Answer::Late(_) => Ok(()),
        }
    }

    fn write(
        &self,
        target: append_req::Options,
        events: Vec<Proposed>,
    ) -> Result<AppendResp, Status> {
        let stream = stream_name(target.stream_identifier)?;
        let revision = target.expected_stream_revision.ok_or_else(|| missing("revision"))?;
        let expected = match revision {
            ExpectedStreamRevision::Revision(revision) => Expected::Exact(revision),
            ExpectedStreamRevision::NoStream(_) => Expected::NoStream,
            ExpectedStreamRevision::Any(_) => Expected::Any,
            ExpectedStreamRevision::StreamExists(_) => Expected::StreamExists,
        };
        let outcome = self.cluster.log().append(&stream, expected, events);
        match outcome {
            Outcome::Appended(revision, place) => {
                self.cluster.grow();
                Ok(AppendResp {
                    result: Some(append_resp::Result::Success(append_resp::Success {
                        current_revision_option: Some(CurrentRevisionOption::CurrentRevision(
                            revision,
                        )),
                        position_option: Some(PositionOption::Position(append_resp::Position {
                            commit_position: place,
                            prepare_position: place,
                        })),
                    })),
                })
            }
            Outcome::WrongExpectedVersion(current) => Ok(AppendResp {
                result: Some(append_resp::Result::WrongExpectedVersion(wrong_version(
                    current, expected,
                ))),
            }),
            Outcome::Deleted => Err(deleted()),
            Outcome::TooLarge => Err(Status::invalid_argument("maximum append size exceeded")),
        }
    }

    /// A finite read.
    fn page(&self, options: &Options) -> Result<Vec<ReadResp>, Status> {
        let Some(CountOption::Count(count)) = options.count_option else {
            return Err(missing("count"));
        };
        let log = self.cluster.log();
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let events: Vec<&Event> = match options.stream_option.as_ref() {
            Some(StreamOption::All(all)) => {
                let from = match all.all_option.as_ref() {
                    Some(AllOption::Position(position)) => position.commit_position,
                    Some(AllOption::Start(_)) | None => 0,
                    Some(AllOption::End(_)) => u64::MAX,
                };
                let all = log.events();
                if is_forwards(options) {
                    let skipped = all.partition_point(|event| event.place < from);
                    all[skipped..].iter().take(count).collect()
                } else {
                    let end = all.partition_point(|event| event.place <= from);
                    all[..end].iter().rev().take(count).collect()
                }
            }
            Some(StreamOption::Stream(target)) => {
                let name = stream_name(target.stream_identifier.clone())?;
                if log.is_deleted(&name) {
                    return Err(deleted());
                }
                if log.stream(&name, 0).next().is_none() || log.is_hidden(&name) {
                    let stream_identifier = target.stream_identifier.clone();
                    let missing = read_resp::StreamNotFound { stream_identifier };
                    return Ok(vec![response(Content::StreamNotFound(missing))]);
                }
                let from = match target.revision_option.as_ref() {
                    Some(RevisionOption::Revision(revision)) => *revision,
                    Some(RevisionOption::Start(_)) | None => 0,
                    Some(RevisionOption::End(_)) => u64::MAX,
                };
                if is_forwards(options) {
                    log.stream(&name, from).take(count).collect()
                } else {
                    let until = log.stream(&name, 0).rev();
                    until.skip_while(|event| event.revision > from).take(count).collect()
                }
            }
            None => return Err(missing("stream")),
        };
        let is_all = matches!(options.stream_option, Some(StreamOption::All(_)));
        Ok(events.iter().map(|event| response(Content::Event(read_event(event, is_all)))).collect())
    }

    /// Everything from a place on, for as long as the caller listens.
    fn subscribe(&self, options: &Options) -> Result<Answers<ReadResp>, Status> {
        let Some(StreamOption::All(all)) = options.stream_option.as_ref() else {
            return Err(Status::unimplemented("the double has subscriptions to `$all` only"));
        };
        let prefixes = prefixes(options)?;
        let mut next = match all.all_option.as_ref() {
            Some(AllOption::Position(position)) => {
                let is_before = |event: &Event| event.place <= position.commit_position;
                self.cluster.log().events().partition_point(is_before)
            }
            Some(AllOption::Start(_)) | None => 0,
            Some(AllOption::End(_)) => self.cluster.log().len(),
        };
        let (answers, receiver) = mpsc::channel(16);
        let cluster = Arc::clone(&self.cluster);
        let (mut grown, mut ended) = (cluster.grown.subscribe(), cluster.ended.subscribe());
        cluster.subscribed.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let subscription_id = "double".to_owned();
            let confirmation = read_resp::SubscriptionConfirmation { subscription_id };
            let mut pending = vec![response(Content::Confirmation(confirmation))];
            loop {
                for answer in pending.drain(..) {
                    if answers.send(Ok(answer)).await.is_err() {
                        return;
                    }
                }
                tokio::select! {
                    _ = grown.changed() => {}
                    // A clean end: nothing is sent any more, and the call is well.
                    _ = ended.changed() => return,
                    () = answers.closed() => return,
                }
                let log = cluster.log();
                let new = log.events().get(next..).unwrap_or_default();
                next += new.len();
                pending.extend(
                    new.iter()
                        .filter(|event| prefixes.iter().any(|p| event.stream.starts_with(p)))
                        .map(|event| response(Content::Event(read_event(event, true)))),
                );
            }
        });
        Ok(Box::pin(ReceiverStream::new(receiver)))
    }
}

fn is_forwards(options: &Options) -> bool {
    options.read_direction() == ReadDirection::Forwards
}

/// What the names of the wanted streams begin with.
fn prefixes(options: &Options) -> Result<Vec<String>, Status> {
    match options.filter_option.as_ref() {
        Some(FilterOption::NoFilter(_)) | None => Ok(vec![String::new()]),
        Some(FilterOption::Filter(filter)) => match filter.filter.as_ref() {
            Some(Filter::StreamIdentifier(expression)) if expression.regex.is_empty() => {
                Ok(expression.prefix.clone())
            }
            Some(_) | None => Err(Status::unimplemented("the double filters by stream prefixes")),
        },
    }
}

/// Makes whole answers wrong.
fn spoil(mut answers: Vec<ReadResp>, fault: Option<Fault>) -> Vec<Result<ReadResp, Status>> {
    match fault.map(|fault| fault.answer) {
        Some(Answer::Empty) => answers.insert(0, ReadResp { content: None }),
        Some(Answer::FlippedBit) => {
            if let Some(event) = first_event(&mut answers) {
                let mut bytes = event.data.to_vec();
                if let Some(byte) = bytes.get_mut(40) {
                    *byte ^= 1;
                }
                event.data = bytes.into();
            }
        }
        Some(Answer::OddRevision) => {
            if let Some(event) = first_event(&mut answers) {
                event.stream_revision += 7;
            }
        }
        Some(Answer::Half) => {
            answers.truncate(answers.len() / 2);
            let broken = Err(Status::unavailable("the double was asked to break off"));
            return answers.into_iter().map(Ok).chain([broken]).collect();
        }
        Some(
            Answer::NotLeader
            | Answer::Status(_)
            | Answer::Hang
            | Answer::Slow(_)
            | Answer::Late(_),
        )
        | None => {}
    }
    answers.into_iter().map(Ok).collect()
}

fn first_event(answers: &mut [ReadResp]) -> Option<&mut RecordedEvent> {
    answers.iter_mut().find_map(|answer| match answer.content.as_mut() {
        Some(Content::Event(ReadEvent { event, .. })) => event.as_mut(),
        _ => None,
    })
}

fn response(content: Content) -> ReadResp {
    ReadResp { content: Some(content) }
}

fn missing(what: &str) -> Status {
    Status::invalid_argument(format!("{what} is missing"))
}

fn deleted() -> Status {
    let mut metadata = MetadataMap::new();
    metadata.insert("exception", MetadataValue::from_static("stream-deleted"));
    Status::with_metadata(Code::FailedPrecondition, "the stream is deleted", metadata)
}

fn stream_name(identifier: Option<StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.ok_or_else(|| missing("stream"))?.stream_name;
    String::from_utf8(name.to_vec()).map_err(|_| missing("stream name in UTF-8"))
}

fn proposed(message: ProposedMessage) -> Result<Proposed, Status> {
    let text = |key: &str| message.metadata.get(key).cloned().ok_or_else(|| missing(key));
    let id = match message.id.as_ref().and_then(|id| id.value.as_ref()) {
        Some(UuidValue::String(text)) => text.parse().map_err(|_| missing("id"))?,
        Some(UuidValue::Structured(parts)) => uuid::Uuid::from_u64_pair(
            parts.most_significant_bits as u64,
            parts.least_significant_bits as u64,
        ),
        None => return Err(missing("id")),
    };
    Ok(Proposed {
        id,
        event_type: text("type")?,
        content_type: text("content-type")?,
        data: message.data,
        metadata: message.custom_metadata,
    })
}

/// Older servers do not know the position of an event in an answer about one stream.
fn read_event(event: &Event, is_all: bool) -> ReadEvent {
    let place = if is_all { event.place } else { u64::MAX };
    let metadata = HashMap::from([
        ("type".to_owned(), event.event_type.clone()),
        ("content-type".to_owned(), event.content_type.clone()),
        ("created".to_owned(), "17950000000000000".to_owned()),
    ]);
    ReadEvent {
        event: Some(RecordedEvent {
            id: Some(Uuid { value: Some(UuidValue::String(event.id.to_string())) }),
            stream_identifier: Some(StreamIdentifier {
                stream_name: event.stream.clone().into_bytes().into(),
            }),
            stream_revision: event.revision,
            prepare_position: place,
            commit_position: place,
            metadata,
            custom_metadata: event.metadata.clone(),
            data: event.data.clone(),
        }),
        link: None,
        position: Some(if is_all {
            Position::CommitPosition(place)
        } else {
            Position::NoPosition(Empty {})
        }),
    }
}

fn wrong_version(current: Option<u64>, expected: Expected) -> WrongExpectedVersion {
    let empty = || Empty {};
    WrongExpectedVersion {
        current_revision_option: Some(match current {
            Some(revision) => wrong::CurrentRevisionOption::CurrentRevision(revision),
            None => wrong::CurrentRevisionOption::CurrentNoStream(empty()),
        }),
        expected_revision_option: Some(match expected {
            Expected::Any => wrong::ExpectedRevisionOption::ExpectedAny(empty()),
            Expected::StreamExists => wrong::ExpectedRevisionOption::ExpectedStreamExists(empty()),
            Expected::NoStream => wrong::ExpectedRevisionOption::ExpectedNoStream(empty()),
            Expected::Exact(revision) => wrong::ExpectedRevisionOption::ExpectedRevision(revision),
        }),
        ..WrongExpectedVersion::default()
    }
}
