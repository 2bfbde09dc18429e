//! Conditional appends to a server of UmaDB, through its own client.
//!
//! A stream is a tag. The condition is that no event with this tag came after the last position
//! the writer knows of: for one writer what the expected revision of a stream is elsewhere.

use crate::load::{EVENT, Stream, Writer, event_id};
use anyhow::{Result, ensure};
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem};

#[derive(Clone, Copy)]
pub enum Way {
    /// The writer remembers the position of its last append, as a server with folded state would.
    Append,
    /// The writer reads its stream first, as a decision without memory does.
    ReadAndAppend,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Append => "umadb",
            Self::ReadAndAppend => "umadb-read",
        }
    }
}

pub struct Appender {
    client: AsyncUmaDbClient,
    way: Way,
    stream: Stream,
    last: Option<u64>,
}

/// Each writer has a TCP connection of its own.
pub async fn connect(url: &str, connections: usize, way: Way) -> Result<Vec<Appender>> {
    let mut writers = vec![];
    for _ in 0..connections {
        let client = UmaDbClient::new(url.to_owned()).connect_async().await?;
        writers.push(Appender { client, way, stream: Stream::fresh(), last: None });
    }
    Ok(writers)
}

impl Writer for Appender {
    async fn append(&mut self) -> Result<()> {
        if self.stream.is_full() {
            self.stream = Stream::fresh();
            self.last = None;
        }
        let boundary = self.boundary();
        let after = match self.way {
            Way::Append => self.last,
            Way::ReadAndAppend => self.read(&boundary).await?,
        };
        let condition = DcbAppendCondition::new(boundary).after(after);
        let event = DcbEvent::new()
            .event_type("PayoutAccountChanged")
            .tags([self.stream.name.as_str()])
            .data(EVENT)
            .uuid(event_id());
        self.last = Some(self.client.append(vec![event], Some(condition), None).await?);
        self.stream.events += 1;
        Ok(())
    }
}

impl Appender {
    fn boundary(&self) -> DcbQuery {
        DcbQuery::new().item(DcbQueryItem::new().tags([self.stream.name.as_str()]))
    }

    /// Reads the stream and returns the head of the ledger as of that read.
    async fn read(&self, boundary: &DcbQuery) -> Result<Option<u64>> {
        let (events, head) =
            self.client.read_with_head(Some(boundary.clone()), None, false, None).await?;
        ensure!(events.len() == self.stream.events, "{} events were read", events.len());
        Ok(head)
    }
}
