//! The INI file that a new instance begins with.
//!
//! It is read by this program and by the original alike, so it names what only the original needs
//! (Redis, the database tool, the logging sections) and puts nothing of ours into the listener's
//! section, where the original refuses what it does not know.

/// What differs from instance to instance.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    /// The master secret, random.
    pub session_key: String,
    /// What absolute links begin with.
    pub base_url: String,
    /// The sender of mail.
    pub email_from: String,
    /// Where the server listens, `host:port`.
    pub listen: String,
}

/// The text of a new, commented `fietsboek.ini`.
pub fn template(values: &Template) -> String {
    FILE.replace("{session_key}", &quoted(&values.session_key))
        .replace("{base_url}", &quoted(&values.base_url))
        .replace("{email_from}", &quoted(&values.email_from))
        .replace("{listen}", &quoted(&values.listen))
}

/// A percent sign is doubled, and a line break cannot begin another key.
fn quoted(value: &str) -> String {
    value.replace(|letter: char| letter.is_control(), "").replace('%', "%%")
}

const FILE: &str = "\
# The settings of a Fietsboek site. All of them are explained in fietsboek.ini(5).
# A line that begins with # is a note. A note behind a value would become part of it.
# %(here)s is the directory of this file; a percent sign itself is written %%.
# After a change, restart fietsboek-serve.

[app:main]
use = egg:fietsboek

# --- The site

# What the links in mails begin with: the address that visitors type.
fietsboek.base_url = {base_url}

# Whoever knows this text can sign in as anybody: keep it secret.
# A new one signs everybody out.
session_key = {session_key}

# May visitors make accounts by themselves? Without, `fietsctl user add` makes them.
enable_account_registration = false

# May photos be added to tracks?
fietsboek.enable_image_uploads = true

# The languages on offer, and the one for visitors who speak none of them.
available_locales = en de
pyramid.default_locale_name = en

# Pages of your own in Markdown: files, or directories with *.md in them.
# fietsboek.pages = %(here)s/pages

# --- Where everything is kept

# The database, one file.
sqlalchemy.url = sqlite:///%(here)s/fietsboek.sqlite

# Tracks and photos. The file MAINTENANCE in it takes the site offline.
fietsboek.data_dir = %(here)s/data

# Where backups go, and how many are kept.
# fietsboek.backup.dir = %(here)s/backups
# fietsboek.backup.keep = 5

# This program uses no Redis. Fietsboek in Python asks for the line.
redis.url = redis://localhost:6379

# --- E-mail

# The sender.
email.from = {email_from}

# debug:// prints mails on standard error instead of sending them. To send them, write
# smtp://HOST:PORT, smtp+starttls://HOST:PORT or smtp+ssl://HOST:PORT.
email.smtp_url = debug://

# The account at the mail server, where it wants one.
# email.username =
# email.password =

# --- Maps

# The built-in maps on offer; without the line, all of them.
# fietsboek.default_tile_layers = osm satellite osmde opentopo topplusopen opensea hiking cycling

# A map of your own, here with the id `mine`; any number of them.
# fietsboek.tile_layer.mine = My map
# fietsboek.tile_layer.mine.url = https://tiles.example.org/{z}/{x}/{y}.png
# fietsboek.tile_layer.mine.type = base
# fietsboek.tile_layer.mine.zoom = 19
# fietsboek.tile_layer.mine.attribution = © the makers of my map
# fietsboek.tile_layer.mine.access = public

# Maps of thunderforest.com need a key.
# thunderforest.api_key =
# thunderforest.maps = cycle outdoors landscape
# thunderforest.access = restricted

# Map tiles go through this server, which keeps them a while and hides visitors from the providers.
fietsboek.tile_proxy.disable = false
# fietsboek.tile_cache.size = 512 MiB

# The overlay maps that fietscron draws by itself: heatmap, tilehunter or both.
# hittekaart.autogenerate = heatmap tilehunter

# --- Limits

# During maintenance visitors are asked to come back after so many seconds.
# fietsboek.maintenance.retry_after = 120

# Times in seconds and sizes within which the server takes requests.
# fietsboek.header_timeout = 10
# fietsboek.body_timeout = 30
# fietsboek.idle_timeout = 60
# fietsboek.write_timeout = 30
# fietsboek.answer_timeout = 120
# fietsboek.max_connections = 2048

[server:main]
use = egg:waitress#main

# Where the server listens. Only this machine reaches 127.0.0.1: put a web server with
# https before it, or write *:8080 to be reached from everywhere.
listen = {listen}

# Behind a web server on the same machine, so that links begin with https:
# trusted_proxy = 127.0.0.1
# trusted_proxy_headers = x-forwarded-proto x-forwarded-host x-forwarded-for

# How many requests are answered at the same time.
threads = 4

# The largest upload, in bytes.
# max_request_body_size = 1073741824

# --- Read by Fietsboek in Python only, but for the two levels: ERROR, WARN, INFO or DEBUG.

[alembic]
script_location = fietsboek:alembic

[loggers]
keys = root, fietsboek

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARN
handlers = console

[logger_fietsboek]
level = INFO
handlers =
qualname = fietsboek

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)s %(name)s: %(message)s
";

#[cfg(test)]
mod tests {
    use super::super::keys::{APP, SERVER, find_key};
    use super::super::trial::Dir;
    use super::super::{Config, Listen, Transport};
    use super::*;

    fn values() -> Template {
        Template {
            session_key: "100%secret;#%(x)s".to_owned(),
            base_url: "https://rides.example/%7Ea".to_owned(),
            email_from: "Rides <rides@example.org>".to_owned(),
            listen: "127.0.0.1:8080".to_owned(),
        }
    }

    #[test]
    fn the_template_reads_back_without_fault_or_warning() {
        let dir = Dir::new("template");
        let config = dir.read(&template(&values())).unwrap();
        assert_eq!(config.warnings, [""; 0]);
        assert_eq!(config.session_key, "100%secret;#%(x)s");
        assert_eq!(config.base_url.as_deref(), Some("https://rides.example/%7Ea"));
        assert_eq!(config.email.from, "Rides <rides@example.org>");
        assert_eq!(config.email.transport, Transport::Debug);
        assert_eq!(config.database, dir.path().join("fietsboek.sqlite"));
        assert_eq!(config.data_dir, dir.path().join("data"));
        assert_eq!(config.log_level, Some(log::LevelFilter::Info));
        let listen = Listen::Tcp {
            host: "127.0.0.1".to_owned(),
            port: 8080,
        };
        assert_eq!(config.server.listen, [listen]);
    }

    /// The same file with every setting that is only proposed switched on.
    #[test]
    fn what_the_template_proposes_is_right_too() {
        let proposed: Vec<String> = template(&values()).lines().map(switched_on).collect();
        let dir = Dir::new("template-proposed");
        let config: Config = dir.read(&proposed.join("\n")).unwrap();
        assert_eq!(config.warnings, [""; 0]);
        assert_eq!(config.backup.keep, 5);
        assert_eq!(config.layers.last().map(|layer| layer.id.as_str()), Some("mine"));
        assert!(config.server.trusted_proxy.is_some());
    }

    fn switched_on(line: &str) -> String {
        let proposal = line.strip_prefix("# ").filter(|rest| {
            let key = rest.split(" =").next().unwrap_or_default();
            rest.contains(" =") && (find_key(APP, key).is_some() || find_key(SERVER, key).is_some())
        });
        proposal.unwrap_or(line).to_owned()
    }

    #[test]
    fn a_line_break_in_a_value_begins_no_other_key() {
        let mut values = values();
        values.email_from = "a@b\nenable_account_registration = true".to_owned();
        let dir = Dir::new("template-break");
        let config = dir.read(&template(&values)).unwrap();
        assert!(!config.registration);
    }
}
