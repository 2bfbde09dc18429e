//! Appends to the usual event table in PostgreSQL, with prepared statements.

use crate::load::{EVENT, Stream, Writer};
use anyhow::{Result, ensure};
use tokio_postgres::{Client, NoTls, Statement};

const TABLE: &str = "create table if not exists event (
    position bigserial primary key,
    stream text not null,
    revision bigint not null,
    bytes bytea not null,
    unique (stream, revision)
)";
const DURABLE: &str = "select current_setting('fsync') = 'on'
    and current_setting('synchronous_commit') = 'on'
    and current_setting('full_page_writes') = 'on'";
const LAST: &str = "select max(revision) from event where stream = $1";
const INSERT: &str = "insert into event (stream, revision, bytes) values ($1, $2, $3)";

#[derive(Clone, Copy)]
pub enum Way {
    /// Asks for the last revision and inserts the next, in one transaction: four round trips.
    Transaction,
    /// Inserts the revision it expects to be free, and lets the unique index refuse it if it is
    /// not: one round trip, and the most this table gives.
    Insert,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Transaction => "postgres",
            Self::Insert => "postgres-insert",
        }
    }
}

pub struct Appender {
    client: Client,
    last: Statement,
    insert: Statement,
    way: Way,
    stream: Stream,
}

/// Refuses a server that does not flush before it answers.
pub async fn prepare(settings: &str) -> Result<()> {
    let client = open(settings).await?;
    let is_durable: bool = client.query_one(DURABLE, &[]).await?.get(0);
    ensure!(is_durable, "fsync, synchronous_commit or full_page_writes is not on");
    client.batch_execute(TABLE).await?;
    Ok(())
}

pub async fn connect(settings: &str, connections: usize, way: Way) -> Result<Vec<Appender>> {
    let mut writers = vec![];
    for _ in 0..connections {
        let client = open(settings).await?;
        let last = client.prepare(LAST).await?;
        let insert = client.prepare(INSERT).await?;
        writers.push(Appender { client, last, insert, way, stream: Stream::fresh() });
    }
    Ok(writers)
}

async fn open(settings: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(settings, NoTls).await?;
    // It carries what the client sends. If it fails, so does the client's next request.
    tokio::spawn(connection);
    Ok(client)
}

impl Writer for Appender {
    async fn append(&mut self) -> Result<()> {
        if self.stream.is_full() {
            self.stream = Stream::fresh();
        }
        match self.way {
            Way::Transaction => self.read_and_insert().await?,
            Way::Insert => self.insert_expected().await?,
        }
        self.stream.events += 1;
        Ok(())
    }
}

impl Appender {
    async fn read_and_insert(&mut self) -> Result<()> {
        let stream = self.stream.name.as_str();
        let transaction = self.client.transaction().await?;
        let last: Option<i64> = transaction.query_one(&self.last, &[&stream]).await?.get(0);
        let revision = last.map_or(0, |last| last + 1);
        transaction.execute(&self.insert, &[&stream, &revision, &EVENT]).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn insert_expected(&self) -> Result<()> {
        let stream = self.stream.name.as_str();
        let revision = i64::try_from(self.stream.events)?;
        self.client.execute(&self.insert, &[&stream, &revision, &EVENT]).await?;
        Ok(())
    }
}
