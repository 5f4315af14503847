//! A message leaves: to standard error, or over SMTP, within bounds of time.

use std::env;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use lettre::message::Message;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{CertificateStore, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};

use super::message::compose;
use crate::config::{Email, Transport};
use crate::model::mail::Mail;

/// How long the mail server may be silent.
const SILENCE: Duration = Duration::from_secs(10);
/// How long it may take in all, however often it says something.
const WHOLE: Duration = Duration::from_secs(20);
/// How a server begins to say that there is no such mailbox, or that it is closed (RFC 3463). Whatever else it refuses
/// (a log-in, to pass mail on) is the operator's matter, and may be mended before the mail is of no use.
const NO_MAILBOX: [&str; 2] = ["5.1.", "5.2."];
/// Where systems keep the certificates that they trust.
const CERTIFICATES: [&str; 3] = ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl/cert.pem"];

/// Why a mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The operator's text.
    pub text: String,
    /// Whether the server will never take it.
    pub for_good: bool,
}

/// Sends a mail; returns when the mail server has it, or after so many seconds at most.
///
/// # Errors
/// Why it was not sent, and whether it is of use to try again.
pub fn send(email: &Email, mail: &Mail) -> Result<(), Failure> {
    let later = |text| Failure { text, for_good: false };
    if email.transport == Transport::Debug {
        return print(email, mail).map_err(|e| later(format!("cannot print it: {e}")));
    }
    let message = compose(&email.from, mail).map_err(later)?;
    let server = format!("{}:{}", email.host, email.port);
    let smtp = transport(email).map_err(|e| later(format!("cannot use {server}: {e}")))?;
    let (done, sent) = mpsc::channel();
    // The thread ends by itself when the server falls silent.
    let talk = move || done.send(deliver(&smtp, &message));
    let thread = thread::Builder::new().name("smtp".to_owned()).spawn(talk);
    thread.map_err(|e| later(format!("no thread can be had: {e}")))?;
    let slow = || Failure {
        text: format!("it took longer than {} s", WHOLE.as_secs()),
        for_good: false,
    };
    let outcome = sent.recv_timeout(WHOLE).unwrap_or_else(|_| Err(slow()));
    outcome.map_err(|failure| Failure {
        text: format!("{server}: {}", failure.text),
        ..failure
    })
}

fn deliver(smtp: &SmtpTransport, message: &Message) -> Result<(), Failure> {
    let Err(error) = smtp.send(message) else { return Ok(()) };
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    let said = cause.map(ToString::to_string).unwrap_or_default();
    let no_mailbox = NO_MAILBOX.iter().any(|status| said.starts_with(status));
    while let Some(inner) = cause {
        text = match inner.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(ErrorKind::WouldBlock | ErrorKind::TimedOut) => format!("no answer within {} s", SILENCE.as_secs()),
            _ if text.contains(&inner.to_string()) => text,
            _ => format!("{text}: {inner}"),
        };
        cause = inner.source();
    }
    Err(Failure {
        // What a server says may have several lines, and anything in them.
        text: text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        for_good: error.is_permanent() && no_mailbox,
    })
}

/// As one piece, so that lines of the log do not come between.
fn print(email: &Email, mail: &Mail) -> io::Result<()> {
    let text = format!(
        "From: {}\nTo: {}\nSubject: {}\nMessage-ID: <{}>\n\n{}\n",
        email.from, mail.recipient, mail.subject, mail.message_id, mail.body
    );
    io::stderr().lock().write_all(text.as_bytes())
}

fn transport(email: &Email) -> Result<SmtpTransport, lettre::transport::smtp::Error> {
    let tls = match email.transport {
        Transport::Tls => Tls::Wrapper(tls(&email.host)?),
        Transport::StartTls => Tls::Required(tls(&email.host)?),
        Transport::Smtp | Transport::Debug => Tls::None,
    };
    let mut builder = SmtpTransport::builder_dangerous(&email.host)
        .port(email.port)
        .tls(tls)
        .timeout(Some(SILENCE));
    if !email.username.is_empty() && !email.password.is_empty() {
        builder = builder.credentials(Credentials::new(email.username.clone(), email.password.clone()));
    }
    Ok(builder.build())
}

/// The server must show a certificate that the system trusts; one on this machine need not, since it can have none
/// for `localhost` and whoever stands between has the machine already.
fn tls(host: &str) -> Result<TlsParameters, lettre::transport::smtp::Error> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    let store = match named || CERTIFICATES.iter().any(|path| Path::new(path).exists()) {
        true => CertificateStore::Default,
        // A bare chroot: those of Mozilla, which are built in.
        false => CertificateStore::WebpkiRoots,
    };
    let here = host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    TlsParameters::builder(host.to_owned())
        .certificate_store(store)
        .dangerous_accept_invalid_certs(here)
        .dangerous_accept_invalid_hostnames(here)
        .build_rustls()
}
