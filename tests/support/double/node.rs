//! One node: a port, a runtime that can be killed with everything on it, and the small services.

use super::protocol::Empty;
use super::protocol::gossip::gossip_server::{Gossip, GossipServer};
use super::protocol::gossip::member_info::VNodeState;
use super::protocol::gossip::{ClusterInfo, EndPoint, MemberInfo};
use super::protocol::server_features::SupportedMethods;
use super::protocol::server_features::server_features_server::{
    ServerFeatures, ServerFeaturesServer,
};
use super::protocol::streams::streams_server::StreamsServer;
use super::streams::Service;
use super::{Cluster, VERSION};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

/// As large as the client takes.
const MESSAGE_BYTES_MAX: usize = 17 * 1024 * 1024;

/// How long a node takes to die, at most.
const GRACE: Duration = Duration::from_secs(5);

pub struct Node {
    port: u16,
    runtime: Option<Runtime>,
}

impl Node {
    /// Listens on loopback; port 0 means any.
    pub fn start(cluster: Arc<Cluster>, index: usize, port: u16) -> Self {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let listener = listener.expect("a port on loopback");
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("eventstoredb-double")
            .enable_all()
            .build()
            .unwrap();
        let streams = StreamsServer::new(Service { cluster: Arc::clone(&cluster), index })
            .max_decoding_message_size(MESSAGE_BYTES_MAX);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            // As the real server does: answers are not held back.
            let connections = TcpListenerStream::new(listener).map(|connection| {
                connection.and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            });
            server(&cluster)
                .add_service(streams)
                .add_service(GossipServer::new(Small(Arc::clone(&cluster))))
                .add_service(ServerFeaturesServer::new(Small(cluster)))
                .serve_with_incoming(connections)
                .await
        });
        Self { port, runtime: Some(runtime) }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds its only thread for as long as the answer lives.
    pub fn freeze(&self) -> Frozen {
        let (thaw, frozen) = std::sync::mpsc::channel();
        let (held, holding) = std::sync::mpsc::channel();
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                let _ = held.send(());
                // Blocks on purpose; ends when the other side is dropped.
                let _ = frozen.recv();
            });
        }
        let _ = holding.recv();
        Frozen { _thaw: thaw }
    }

    /// Returns once its sockets are closed.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be waited for on one of another runtime's threads.
            let waiting = std::thread::spawn(move || runtime.shutdown_timeout(GRACE));
            waiting.join().unwrap();
        }
    }
}

/// A node that does nothing until this is dropped.
pub struct Frozen {
    _thaw: std::sync::mpsc::Sender<()>,
}

fn server(cluster: &Cluster) -> Server {
    match &cluster.security.certificate {
        None => Server::builder(),
        Some((certificate, key)) => {
            let identity = Identity::from_pem(certificate, key);
            Server::builder().tls_config(ServerTlsConfig::new().identity(identity)).unwrap()
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The services that only tell about the cluster.
struct Small(Arc<Cluster>);

#[tonic::async_trait]
impl Gossip for Small {
    async fn read(&self, _: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        self.0.wait_while_hanging().await;
        let members = self.0.members.lock().unwrap().clone();
        let members = members.into_iter().map(|member| MemberInfo {
            instance_id: None,
            time_stamp: 0,
            state: match (member.is_alive, member.is_leader) {
                (false, _) => VNodeState::Shutdown,
                (true, true) => VNodeState::Leader,
                (true, false) => VNodeState::Follower,
            }
            .into(),
            is_alive: member.is_alive,
            http_end_point: Some(EndPoint {
                address: Ipv4Addr::LOCALHOST.to_string(),
                port: member.port.into(),
            }),
        });
        Ok(Response::new(ClusterInfo { members: members.collect() }))
    }
}

#[tonic::async_trait]
impl ServerFeatures for Small {
    async fn get_supported_methods(
        &self,
        _: Request<Empty>,
    ) -> Result<Response<SupportedMethods>, Status> {
        self.0.wait_while_hanging().await;
        Ok(Response::new(SupportedMethods {
            methods: vec![],
            event_store_server_version: VERSION.to_owned(),
        }))
    }
}
