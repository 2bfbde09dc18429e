//! A double of an EventStoreDB server: not the real one, and it says so in its version.
//!
//! It speaks the real protocol on loopback and behaves like the real server where our engine
//! depends on it: appends with an expected revision, idempotence by event ids, reads of streams and
//! of `$all` with positions that are not dense, subscriptions, gossip, a leader and followers, the
//! server's own events and those of other programs in between. And it breaks on demand ([`Fault`]).

mod faults;
mod log;
mod node;
mod protocol;
mod streams;

pub use faults::{Answer, Call, Fault};
pub use node::Frozen;

use faults::Faults;
use log::Log;
use node::Node;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// What a server of this kind would call itself, and that it is none.
const VERSION: &str = "24.10.0-double-of-greffe";

/// One or more nodes over one log.
pub struct Double {
    cluster: Arc<Cluster>,
    nodes: Vec<Node>,
}

/// What the nodes have in common.
pub(crate) struct Cluster {
    log: Mutex<Log>,
    faults: Mutex<Faults>,
    /// How many events there are; changes wake subscriptions up.
    grown: watch::Sender<usize>,
    /// Counts how often all subscriptions were ended.
    ended: watch::Sender<u64>,
    /// Whether nothing is answered.
    hanging: watch::Sender<bool>,
    members: Mutex<Vec<Member>>,
    security: Security,
    /// How many subscriptions were ever made.
    subscribed: AtomicU64,
}

/// What a server asks of its callers, and shows them.
#[derive(Default)]
pub struct Security {
    /// The header that every call has to carry, `Basic …`.
    pub authorization: Option<String>,
    /// The certificate of `localhost` and its key, in PEM.
    pub certificate: Option<(String, String)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub port: u16,
    pub is_alive: bool,
    pub is_leader: bool,
}

impl Double {
    /// One node.
    pub fn start() -> Self {
        Self::start_with(1, Security::default())
    }

    /// Several nodes, of which the first leads.
    pub fn cluster(nodes: usize) -> Self {
        Self::start_with(nodes, Security::default())
    }

    pub fn secured(security: Security) -> Self {
        Self::start_with(1, security)
    }

    fn start_with(count: usize, security: Security) -> Self {
        let cluster = Arc::new(Cluster {
            log: Mutex::default(),
            faults: Mutex::default(),
            grown: watch::Sender::new(0),
            ended: watch::Sender::new(0),
            hanging: watch::Sender::new(false),
            members: Mutex::default(),
            security,
            subscribed: AtomicU64::new(0),
        });
        let nodes: Vec<Node> =
            (0..count).map(|index| Node::start(Arc::clone(&cluster), index, 0)).collect();
        let members = nodes.iter().enumerate().map(|(index, node)| Member {
            port: node.port(),
            is_alive: true,
            is_leader: index == 0,
        });
        *cluster.members.lock().unwrap() = members.collect();
        Self { cluster, nodes }
    }

    /// The connection string of the whole, impatient enough for tests.
    pub fn url(&self) -> String {
        self.url_with("defaultDeadline=2000")
    }

    pub fn url_with(&self, parameters: &str) -> String {
        // A certificate is made out to a name, not to an address.
        let tls = self.cluster.security.certificate.is_some();
        let name = if tls { "localhost" } else { "127.0.0.1" };
        let hosts: Vec<String> =
            self.nodes.iter().map(|node| format!("{name}:{}", node.port())).collect();
        format!("esdb://{}?tls={tls}&discoveryInterval=5&{parameters}", hosts.join(","))
    }

    /// The next call of that kind goes wrong. Several wait in line.
    pub fn inject(&self, fault: Fault) {
        self.cluster.faults().inject(fault);
    }

    /// From now on, calls go wrong at random: so many of a thousand, the same for the same seed.
    pub fn chaos(&self, seed: u64, per_mille: u64) {
        self.cluster.faults().chaos(seed, per_mille);
    }

    /// How many calls went wrong.
    pub fn faults_so_far(&self) -> u64 {
        self.cluster.faults().so_far()
    }

    /// Nothing is answered, until it is told otherwise.
    pub fn hang(&self, is_hanging: bool) {
        self.cluster.hanging.send_replace(is_hanging);
    }

    /// Ends every subscription as if all were well.
    pub fn end_subscriptions(&self) {
        self.cluster.ended.send_modify(|ended| *ended += 1);
    }

    /// The node's process dies: its connections break, its port refuses.
    pub fn kill(&mut self, index: usize) {
        self.nodes[index].kill();
        let mut members = self.cluster.members.lock().unwrap();
        members[index].is_alive = false;
        if members[index].is_leader {
            members[index].is_leader = false;
            if let Some(next) = members.iter_mut().find(|member| member.is_alive) {
                next.is_leader = true;
            }
        }
    }

    /// The node comes back on the same port, with everything that was acknowledged.
    pub fn revive(&mut self, index: usize) {
        let port = self.nodes[index].port();
        self.nodes[index] = Node::start(Arc::clone(&self.cluster), index, port);
        let mut members = self.cluster.members.lock().unwrap();
        members[index].is_alive = true;
        members[index].is_leader = members.iter().all(|member| !member.is_leader);
    }

    /// Another node leads from now on.
    pub fn lead(&self, index: usize) {
        for (number, member) in self.cluster.members.lock().unwrap().iter_mut().enumerate() {
            member.is_leader = number == index;
        }
    }

    /// Another program writes into the same server.
    pub fn append_foreign(&self, stream: &str, event_type: &str) {
        self.cluster.log().append_foreign(stream, event_type);
        self.cluster.grow();
    }

    /// Changes the stored data of an event, as a failing disk or a redaction would.
    pub fn damage(&self, stream: &str, revision: usize, change: impl FnOnce(&mut Vec<u8>)) {
        self.cluster.log().damage(stream, revision, change);
    }

    /// Deletes a stream so that it is never written again.
    pub fn tombstone(&self, stream: &str) {
        self.cluster.log().tombstone(stream);
        self.cluster.grow();
    }

    /// Deletes a stream so that it reads as missing, and goes on with the next number.
    pub fn soft_delete(&self, stream: &str) {
        self.cluster.log().hide(stream);
    }

    /// An old backup is put back while everything runs.
    pub fn go_back(&self, events: usize) {
        self.cluster.log().go_back(events);
    }

    /// Takes the first events of a stream away, as truncating and scavenging would.
    pub fn scavenge(&self, stream: &str, before: u64) {
        self.cluster.log().scavenge(stream, before);
    }

    /// The id, type, data and metadata of each event of a stream.
    pub fn stream(&self, stream: &str) -> Vec<log::Event> {
        self.cluster.log().stream(stream, 0).cloned().collect()
    }

    /// The names of all streams.
    pub fn streams(&self) -> Vec<String> {
        self.cluster.log().names()
    }

    /// How many subscriptions stand.
    pub fn subscriptions(&self) -> usize {
        self.cluster.grown.receiver_count()
    }

    /// How many subscriptions were ever made.
    pub fn subscribed(&self) -> u64 {
        self.cluster.subscribed.load(Ordering::SeqCst)
    }

    /// The node stops in the middle of whatever it does, as a stopped process does, until the
    /// answer is dropped: connections stand, and nothing is read from them.
    pub fn freeze(&self, index: usize) -> Frozen {
        self.nodes[index].freeze()
    }
}

impl Cluster {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap()
    }

    /// Tells subscriptions that there is more.
    fn grow(&self) {
        let length = self.log().len();
        self.grown.send_replace(length);
    }

    fn leader(&self) -> Option<Member> {
        self.members.lock().unwrap().iter().copied().find(|member| member.is_leader)
    }

    fn leads(&self, index: usize) -> bool {
        self.members.lock().unwrap().get(index).is_none_or(|member| member.is_leader)
    }

    /// Returns once nothing hangs.
    async fn wait_while_hanging(&self) {
        let mut hanging = self.hanging.subscribe();
        drop(hanging.wait_for(|is_hanging| !is_hanging).await);
    }
}
