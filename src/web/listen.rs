//! Where connections come in: sockets bound as `[server:main]` says, and the private one between the
//! front door and the workers.
//!
//! A TCP socket has no delay (an answer in two parts waits 40 ms otherwise) and a queue of 1024 (a
//! burst of connections waits a second otherwise); connections inherit the former. Nothing here accepts.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::net::{AddressFamily, Shutdown, SocketAddrUnix, SocketFlags, SocketType, sockopt};

use crate::config::Listen;
use crate::error::{Error, Result};
use crate::secret;
use crate::web::gate::Listener;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// A bound socket.
#[derive(Debug)]
pub struct Bound {
    /// It, listening, until it is taken.
    listener: Option<Listener>,
    /// How it is reached: `http://127.0.0.1:8080`, `unix:/run/fietsboek.sock`.
    pub url: String,
    /// The file to be removed at the end.
    socket_file: Option<PathBuf>,
}

impl Bound {
    /// The socket; whoever takes it decides when it closes.
    ///
    /// # Errors
    /// [`Error::Failed`] when it was taken before.
    pub fn take(&mut self) -> Result<Listener> {
        let taken = self.listener.take();
        taken.ok_or_else(|| Error::Failed(format!("the socket {} was given away before", self.url)))
    }

    /// A second descriptor of the same socket, for somebody who does not let go of his.
    ///
    /// # Errors
    /// [`Error::Failed`] when there is no descriptor left, or the socket was taken.
    pub fn share(&self) -> Result<Listener> {
        let gone = || std::io::ErrorKind::NotFound.into();
        let shared = self.listener.as_ref().ok_or_else(gone).and_then(Listener::try_clone);
        shared.map_err(|e| Error::Failed(format!("cannot share the socket {}: {e}", self.url)))
    }

    /// Refuses new connections from now on, also at a shared descriptor.
    pub fn close(&self) {
        let closed = match &self.listener {
            Some(Listener::Tcp(listener)) => rustix::net::shutdown(listener, Shutdown::Read),
            Some(Listener::Unix(listener)) => rustix::net::shutdown(listener, Shutdown::Read),
            None => Ok(()),
        };
        if let Err(e) = closed {
            log::warn!("cannot close the socket {}: {e}", self.url);
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Some(path) = &self.socket_file {
            // Gone already is as good.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Binds every place. A name is bound at each address that it has; one that this machine cannot have
/// (IPv6 switched off) is left out as long as another of the same place works.
///
/// # Errors
/// [`Error::Failed`] with address and cause: taken, not permitted, a name that does not resolve.
pub fn bind(places: &[Listen]) -> Result<Vec<Bound>> {
    let mut all = Vec::new();
    for place in places {
        match place {
            Listen::Tcp { host, port } => all.extend(bind_host(host, *port)?),
            Listen::Unix { path, perms } => all.push(bind_file(path, *perms)?),
        }
    }
    Ok(all)
}

fn bind_host(host: &str, port: u16) -> Result<Vec<Bound>> {
    let mut port = port;
    let mut bound = Vec::new();
    let mut absent = None;
    for ip in resolve(host, port)? {
        let address = SocketAddr::new(ip, port);
        match bind_address(address) {
            Ok(listener) => {
                let address = listener.local_addr().unwrap_or(address);
                // With port 0 every address of the name gets the port that the first one got.
                port = address.port();
                bound.push(Bound {
                    listener: Some(Listener::Tcp(listener)),
                    url: format!("http://{address}"),
                    socket_file: None,
                });
            }
            Err(e) if matches!(e, Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT) => absent = Some((address, e)),
            Err(e) => return Err(cannot_listen(&address.to_string(), e)),
        }
    }
    match (bound.is_empty(), absent) {
        (true, Some((address, e))) => Err(cannot_listen(&address.to_string(), e)),
        (true, None) => Err(Error::Failed(format!("cannot listen on {host}: it has no address"))),
        (false, _) => Ok(bound),
    }
}

/// The addresses of a host, each once, IPv4 first.
fn resolve(host: &str, port: u16) -> Result<BTreeSet<IpAddr>> {
    if host == "*" {
        return Ok([IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::UNSPECIFIED)].into());
    }
    let addresses = (host, port).to_socket_addrs();
    let addresses = addresses.map_err(|e| Error::Failed(format!("cannot listen on {host}: {e}")))?;
    Ok(addresses.map(|address| address.ip()).collect())
}

fn bind_address(address: SocketAddr) -> std::result::Result<TcpListener, Errno> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() {
        // The IPv4 addresses have a socket of their own.
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    sockopt::set_tcp_nodelay(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

fn bind_file(path: &Path, perms: u32) -> Result<Bound> {
    let shown = path.display().to_string();
    remove_stale(path).map_err(|e| cannot_listen(&shown, e))?;
    let listener = bind_path(path, perms).map_err(|e| cannot_listen(&shown, e))?;
    Ok(Bound {
        listener: Some(Listener::Unix(UnixListener::from(listener))),
        url: format!("unix:{shown}"),
        socket_file: Some(path.to_path_buf()),
    })
}

/// Removes a socket that a killed server left; one on which somebody answers is taken.
fn remove_stale(path: &Path) -> std::io::Result<()> {
    let meta = match std::fs::symlink_metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        meta => meta?,
    };
    if !meta.file_type().is_socket() {
        return Err(std::io::Error::other("something that is no socket stands there"));
    }
    match UnixStream::connect(path) {
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(e) => Err(e),
        Ok(_) => Err(std::io::Error::from(Errno::ADDRINUSE)),
    }
}

/// The permissions are set before anybody can connect.
fn bind_path(path: &Path, perms: u32) -> std::result::Result<OwnedFd, Errno> {
    let address = SocketAddrUnix::new(path)?;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::bind(&socket, &address)?;
    rustix::fs::chmod(path, Mode::from_raw_mode(perms))?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

fn cannot_listen(what: &str, e: impl std::fmt::Display) -> Error {
    Error::Failed(format!("cannot listen on {what}: {e}"))
}

/// The socket between the front door and the workers, in a directory that nobody else may enter;
/// both are removed when it is dropped.
#[derive(Debug)]
pub struct Private {
    dir: PathBuf,
}

impl Private {
    /// Makes the directory and the socket.
    ///
    /// # Errors
    /// [`Error::Failed`] when neither `$XDG_RUNTIME_DIR` nor the directory for temporary files takes it.
    pub fn new() -> Result<(Private, UnixListener)> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let places = runtime.into_iter().chain([std::env::temp_dir(), PathBuf::from("/tmp")]);
        let mut last = Error::Failed("cannot make a private socket".to_string());
        for place in places.filter(|place| place.is_absolute()) {
            match Private::new_in(&place) {
                Ok(made) => return Ok(made),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn new_in(place: &Path) -> Result<(Private, UnixListener)> {
        let dir = place.join(format!("fietsboek-{}", secret::hex(&secret::random::<8>()?)));
        let failed = |e: &dyn std::fmt::Display| {
            Error::Failed(format!("cannot make a private socket in {}: {e}", dir.display()))
        };
        let made = std::fs::DirBuilder::new().mode(0o700).create(&dir);
        made.map_err(|e| failed(&e))?;
        let private = Private { dir: dir.clone() };
        let listener = bind_path(&private.path(), 0o600).map_err(|e| failed(&e))?;
        Ok((private, UnixListener::from(listener)))
    }

    /// The socket's path.
    pub fn path(&self) -> PathBuf {
        self.dir.join("inner")
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // A leftover is empty and harmless.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::net::TcpStream;
    use std::os::unix::fs::PermissionsExt;

    fn tcp(host: &str, port: u16) -> Listen {
        Listen::Tcp {
            host: host.to_string(),
            port,
        }
    }

    fn port(bound: &Bound) -> u16 {
        bound.url.rsplit(':').next().unwrap().parse().unwrap()
    }

    #[test]
    fn port_nought_is_a_free_one_and_is_told() {
        let bound = bind(&[tcp("127.0.0.1", 0)]).unwrap();
        assert!(bound[0].url.starts_with("http://127.0.0.1:"));
        TcpStream::connect(("127.0.0.1", port(&bound[0]))).unwrap();
        let Some(Listener::Tcp(listener)) = &bound[0].listener else {
            panic!("not tcp")
        };
        assert!(sockopt::tcp_nodelay(listener).unwrap());
    }

    #[test]
    fn a_name_is_bound_at_each_of_its_addresses_on_one_port() {
        let bound = bind(&[tcp("localhost", 0)]).unwrap();
        assert!(bound.iter().all(|one| port(one) == port(&bound[0])));
        let bound = bind(&[tcp("*", 0)]).unwrap();
        assert!(bound[0].url.starts_with("http://0.0.0.0:"));
    }

    #[test]
    fn a_taken_port_is_named() {
        let bound = bind(&[tcp("127.0.0.1", 0)]).unwrap();
        let taken = port(&bound[0]);
        let error = bind(&[tcp("127.0.0.1", taken)]).unwrap_err();
        assert!(
            error
                .text()
                .starts_with(&format!("cannot listen on 127.0.0.1:{taken}: "))
        );
    }

    #[test]
    fn a_name_that_nobody_has_is_an_error() {
        assert!(bind(&[tcp("no.such.host.invalid", 0)]).is_err());
    }

    #[test]
    fn a_socket_file_has_its_permissions_and_goes_at_the_end() {
        let dir = Scratch::new();
        let path = dir.join("s");
        let listen = [Listen::Unix {
            path: path.clone(),
            perms: 0o620,
        }];
        let bound = bind(&listen).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o620);
        assert!(bind(&listen).is_err(), "somebody answers");
        drop(bound);
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_socket_is_replaced_and_anything_else_is_not() {
        let dir = Scratch::new();
        let listen = |name: &str| {
            [Listen::Unix {
                path: dir.join(name),
                perms: 0o600,
            }]
        };
        drop(UnixListener::bind(dir.join("stale")).unwrap());
        bind(&listen("stale")).unwrap();
        std::fs::write(dir.join("letter"), "dear aunt").unwrap();
        assert!(bind(&listen("letter")).is_err());
        assert!(dir.join("letter").exists());
        std::os::unix::fs::symlink("/nowhere", dir.join("link")).unwrap();
        assert!(bind(&listen("link")).is_err());
    }

    #[test]
    fn the_private_socket_is_nobody_else_s_and_leaves_nothing() {
        let (private, _listener) = Private::new().unwrap();
        let dir = private.dir.clone();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        UnixStream::connect(private.path()).unwrap();
        drop(private);
        assert!(!dir.exists());
    }
}
