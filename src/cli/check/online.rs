//! What the site needs of other machines.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::finding::Findings;
use crate::config::{Config, Transport};
use crate::tiles::reach;

/// How long a connection may take to each address.
const CONNECT: Duration = Duration::from_secs(5);
/// How long all of it may take, the look-up of the name too.
const WHOLE: Duration = Duration::from_secs(15);

pub(super) fn check(config: &Config, findings: &mut Findings) {
    check_mail(config, findings);
    // Otherwise browsers fetch them, and this machine need not.
    if config.tile_proxy {
        check_layers(config, findings);
    }
}

/// All at once: each may take its time.
fn check_layers(config: &Config, findings: &mut Findings) {
    let outcomes: Vec<_> = thread::scope(|scope| {
        let ask = |layer| scope.spawn(move || reach::try_layer(config, layer));
        let asked: Vec<_> = config.layers.iter().map(ask).collect();
        let broken = |_| Err("it could not be tried".to_owned());
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap_or_else(broken))
            .collect()
    });
    for (layer, outcome) in config.layers.iter().zip(outcomes) {
        if let Err(why) = outcome {
            let text = format!("its provider gives no tiles: {why}");
            let todo = "look at its address, its key, and the firewall; or leave the layer out";
            findings.problem(format!("map layer {}", layer.id), text, todo);
        }
    }
}

fn check_mail(config: &Config, findings: &mut Findings) {
    let email = &config.email;
    if email.transport == Transport::Debug {
        return;
    }
    if let Err(why) = connect(&email.host, email.port) {
        let text = format!("the mail server {}:{} cannot be reached: {why}", email.host, email.port);
        findings.problem(
            "email.smtp_url",
            text,
            "mail waits until it can; look at host, port and firewall",
        );
    }
}

/// Connects and says nothing.
fn connect(host: &str, port: u16) -> Result<(), String> {
    let place = (host.to_owned(), port);
    let (done, connected) = mpsc::channel();
    // A look-up has no limit of its own; the thread ends by itself.
    let attempt = move || {
        let mut why = "its name has no address".to_owned();
        let found = match place.to_socket_addrs() {
            Ok(addresses) => addresses,
            Err(e) => return done.send(Err(e.to_string())),
        };
        for address in found {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(_) => return done.send(Ok(())),
                Err(e) => why = e.to_string(),
            }
        }
        done.send(Err(why))
    };
    let thread = thread::Builder::new().name("online".to_owned()).spawn(attempt);
    thread.map_err(|e| e.to_string())?;
    let late = |_| Err(format!("it took longer than {} s", WHOLE.as_secs()));
    connected.recv_timeout(WHOLE).unwrap_or_else(late)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn who_listens_is_reached_and_who_does_not_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(connect("127.0.0.1", port), Ok(()));
        drop(listener);
        assert!(connect("127.0.0.1", port).is_err());
    }
}
