//! Sends small requests at once.
//!
//! The client writes the head of a request and its body apart, on a socket that waits with the
//! second until the first is acknowledged (Nagle's algorithm); servers delay that by some 40 ms. So
//! every call takes 40 ms, and the client offers no way to say otherwise. Linux does: a process may
//! take a second handle of its own socket, and set the option on that one. Where this is forbidden
//! (a container's seccomp profile may), calls are slow and nothing else is lost.

use super::settings::Settings;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// No call is faster than this when a delayed acknowledgement is in it.
const SLOW: Duration = Duration::from_millis(35);
/// How often the sockets are looked at, at most.
const AGAIN: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Nodelay(Mutex<Looked>);

#[derive(Default)]
enum Looked {
    #[default]
    Never,
    At(Instant),
    /// It is forbidden here.
    InVain,
}

impl Nodelay {
    /// Told how long a call took, looks after the sockets when that was long.
    pub fn after_call(&self, took: Duration, settings: &Settings) {
        if took < SLOW {
            return;
        }
        let Ok(mut looked) = self.0.lock() else { return };
        let is_time = match *looked {
            Looked::Never => true,
            Looked::At(at) => at.elapsed() >= AGAIN,
            Looked::InVain => false,
        };
        if !is_time {
            return;
        }
        let ports: Vec<u32> = settings.client().hosts().iter().map(|host| host.port).collect();
        *looked = match set_on_connections_to(&ports) {
            Ok(sockets) => {
                tracing::debug!(sockets, "small requests are sent at once");
                Looked::At(Instant::now())
            }
            Err(error) if is_forbidden(&error) => {
                tracing::warn!(%error, "TCP_NODELAY cannot be set: each call takes 40 ms longer");
                Looked::InVain
            }
            Err(error) => {
                tracing::debug!(%error, "TCP_NODELAY was not set this time");
                Looked::At(Instant::now())
            }
        };
    }
}

fn is_forbidden(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, Unsupported};
    matches!(error.kind(), PermissionDenied | Unsupported)
}

#[cfg(target_os = "linux")]
fn set_on_connections_to(ports: &[u32]) -> std::io::Result<usize> {
    use rustix::net::{SocketAddrAny, getpeername, sockopt::set_tcp_nodelay};
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    let mut sockets = 0;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let is_socket = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.to_string_lossy().starts_with("socket:"));
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let (true, Some(number)) = (is_socket, number) else { continue };
        let socket = match pidfd_getfd(&this, number, PidfdGetfdFlags::empty()) {
            Ok(socket) => socket,
            // It was closed meanwhile.
            Err(rustix::io::Errno::BADF) => continue,
            Err(error) => return Err(error.into()),
        };
        let port = match getpeername(&socket) {
            Ok(Some(address)) => port(&address),
            Ok(None) | Err(_) => None,
        };
        if port.is_some_and(|port| ports.contains(&port)) {
            set_tcp_nodelay(&socket, true)?;
            sockets += 1;
        }
    }
    fn port(address: &SocketAddrAny) -> Option<u32> {
        let address = std::net::SocketAddr::try_from(address.clone()).ok()?;
        Some(address.port().into())
    }
    Ok(sockets)
}

#[cfg(not(target_os = "linux"))]
fn set_on_connections_to(_: &[u32]) -> std::io::Result<usize> {
    Err(std::io::ErrorKind::Unsupported.into())
}
