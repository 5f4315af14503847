//! Landlock: from now on the kernel opens no file to this process but those that it was told of.
//!
//! A rule holds on to the directory that was there, not to its path. So rules name the directories above the data
//! directory and the database: what is put there by a rename, a restored instance, is below them as well. What is
//! open already stays open. Which rights there are depends on the kernel; what it cannot do is told in the log.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
};

use crate::config::{Config, Layer, Listen};
use crate::memory;

/// What is asked for; an older kernel does what it can of it.
const VERSION: ABI = ABI::V5;

/// Names to addresses, certificates, time zones, and what the C library brings in for them; one's own state, how
/// many processors there are, and how much memory. Those that are not there need no rule.
const READ: [&str; 16] = [
    "/etc",
    "/lib",
    "/lib64",
    "/nix/store",
    memory::MACHINE,
    "/proc/self",
    "/proc/sys",
    "/run/NetworkManager",
    "/run/nscd",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/sys/devices/system/cpu",
    memory::GROUPS,
    "/usr",
    "/var/lib/ca-certificates",
    "/dev/urandom",
];

/// Web servers with maps, proxies' names for them, and mail.
const PORTS: [u16; 5] = [53, 80, 443, 465, 587];

/// Confines this thread and those that it makes. It goes on without where that cannot be.
pub(super) fn confine(config: &Config) {
    let Some(own) = own_directories(config) else {
        log::info!("this process is not confined: its files lie in the root directory");
        return;
    };
    match apply(config, &own) {
        Ok(RulesetStatus::NotEnforced) => log::info!("this process is not confined: the kernel has no Landlock"),
        Ok(_) => {
            let own: Vec<String> = own.iter().map(|path| path.display().to_string()).collect();
            log::info!("confined to {} and what the system needs to be read", own.join(", "));
        }
        Err(e) => log::info!("this process is not confined: {e}"),
    }
}

fn apply(config: &Config, own: &BTreeSet<PathBuf>) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let everything = AccessFs::from_all(VERSION);
    let odd = AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeFifo | AccessFs::MakeSym;
    let ruleset = Ruleset::default()
        // Without it files cannot be moved from one directory to another, which is how they are replaced here.
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(everything)?;
    let ruleset = match has_proxy() {
        true => ruleset,
        false => ruleset.handle_access(AccessNet::from_all(VERSION))?,
    };
    let mut rules: Vec<(PathBuf, BitFlags<AccessFs>)> = Vec::new();
    rules.extend(
        own.iter()
            .chain(&temporary())
            .map(|path| (path.clone(), everything & !odd)),
    );
    rules.extend(readable().into_iter().map(|path| (path, read)));
    rules.push((PathBuf::from("/dev/null"), read | AccessFs::WriteFile));
    rules.extend(sockets(config).map(|path| (path, AccessFs::RemoveFile.into())));
    let mut created = ruleset.create()?;
    for (path, access) in rules {
        // What is not there, or not to be reached, needs no rule.
        if let Ok(opened) = PathFd::new(&path) {
            created = created.add_rule(PathBeneath::new(opened, access))?;
        }
    }
    if !has_proxy() {
        for port in ports(config) {
            created = created.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
        }
    }
    Ok(created.restrict_self()?.ruleset)
}

/// The directories above the data directory and the database, by the paths that are named and by those that links
/// lead to, and where links in the data directory lead to; none when the root directory is among them.
fn own_directories(config: &Config) -> Option<BTreeSet<PathBuf>> {
    let mut own = BTreeSet::new();
    for path in [&config.data_dir, &config.database] {
        for path in [Some(path.clone()), fs::canonicalize(path).ok()].into_iter().flatten() {
            own.insert(above(&path)?);
        }
    }
    for entry in fs::read_dir(&config.data_dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            own.extend(fs::canonicalize(entry.path()));
        }
    }
    (!own.contains(Path::new("/"))).then_some(own)
}

/// The directory above; directly below the root directory the path itself, where something is mounted on it: nobody
/// can put another in its place.
fn above(path: &Path) -> Option<PathBuf> {
    let parent = path.parent()?;
    if parent != Path::new("/") {
        return Some(parent.to_owned());
    }
    let device = |path: &Path| fs::metadata(path).ok().map(|meta| meta.dev());
    (device(path).is_some() && device(path) != device(parent)).then(|| path.to_owned())
}

/// Where temporary files and the socket between front door and workers go, SQLite's as well.
fn temporary() -> Vec<PathBuf> {
    let named = ["SQLITE_TMPDIR", "TMPDIR", "XDG_RUNTIME_DIR"];
    let mut all: Vec<PathBuf> = named.iter().filter_map(env::var_os).map(PathBuf::from).collect();
    if env::var_os("TMPDIR").is_none() {
        all.extend(["/tmp", "/var/tmp", "/usr/tmp"].map(PathBuf::from));
    }
    all.retain(|path| path.is_absolute());
    all
}

fn readable() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = READ.iter().map(PathBuf::from).collect();
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .filter_map(env::var_os)
        .map(PathBuf::from);
    let linked = ["/etc/resolv.conf", "/etc/ssl/certs", "/etc/localtime"].map(PathBuf::from);
    for path in named.chain(linked) {
        // Its directory: such files are replaced by a rename.
        all.extend(
            fs::canonicalize(&path)
                .ok()
                .and_then(|path| path.parent().map(Path::to_owned)),
        );
        all.push(path);
    }
    all
}

/// Where the sockets stand that are removed at the end.
fn sockets(config: &Config) -> impl Iterator<Item = PathBuf> {
    config.server.listen.iter().filter_map(|place| match place {
        Listen::Unix { path, .. } => path.parent().map(Path::to_owned),
        Listen::Tcp { .. } => None,
    })
}

/// What is connected to: mail, maps, and the own ports, by which an accepting thread is woken at the end.
fn ports(config: &Config) -> BTreeSet<u16> {
    let mut ports = BTreeSet::from(PORTS);
    ports.insert(config.email.port);
    ports.extend(config.layers.iter().filter_map(port_of));
    ports.extend(config.server.listen.iter().filter_map(|place| match place {
        Listen::Tcp { port, .. } => Some(*port),
        Listen::Unix { .. } => None,
    }));
    ports
}

/// The port that a layer's address names.
fn port_of(layer: &Layer) -> Option<u16> {
    let (_, port) = layer.origin().rsplit_once(':')?;
    port.parse().ok()
}

/// Whether maps are fetched through a proxy, which may have any port.
fn has_proxy() -> bool {
    let names = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"];
    let is_set = |name: &str| env::var_os(name).is_some() || env::var_os(name.to_lowercase()).is_some();
    names.into_iter().any(is_set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn config(dir: &Scratch, lines: &str) -> Config {
        fs::create_dir_all(dir.join("data")).unwrap();
        let text = format!(
            "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db/f.sqlite\nfietsboek.data_dir = %(here)s/data\n\
             session_key = 0123456789abcdef\nemail.from = a@b.c\nemail.smtp_url = smtp://h:2525\n{lines}"
        );
        Config::parse(&dir.join("f.ini"), &text).unwrap()
    }

    #[test]
    fn the_directories_above_are_its_own_also_where_links_lead() {
        let (dir, disk) = (Scratch::new(), Scratch::new());
        fs::create_dir_all(disk.join("big/tracks")).unwrap();
        let config = config(&dir, "");
        std::os::unix::fs::symlink(disk.join("big/tracks"), dir.join("data/tracks")).unwrap();
        let own = own_directories(&config).unwrap();
        let expected = [dir.path().to_owned(), dir.join("db"), disk.join("big/tracks")];
        assert_eq!(own, BTreeSet::from(expected));
        fs::rename(dir.join("data"), disk.join("data")).unwrap();
        std::os::unix::fs::symlink(disk.join("data"), dir.join("data")).unwrap();
        assert!(own_directories(&config).unwrap().contains(disk.path()));
    }

    #[test]
    fn the_root_directory_is_nobody_s_own() {
        assert_eq!(
            above(Path::new("/srv/fietsboek/data")),
            Some(PathBuf::from("/srv/fietsboek"))
        );
        assert_eq!(above(Path::new("/no-such-data")), None);
        // A file system of its own, as a container's data directory is.
        assert_eq!(above(Path::new("/proc")), Some(PathBuf::from("/proc")));
    }

    #[test]
    fn ports_are_those_of_mail_maps_and_its_own() {
        let dir = Scratch::new();
        let layer = "fietsboek.tile_layer.x = X\nfietsboek.tile_layer.x.url = https://tiles.example:8443/{z}/{x}/{y}\n\
            [server:main]\nlisten = 127.0.0.1:7000\n";
        let ports = ports(&config(&dir, layer));
        assert!(
            [443, 587, 2525, 8443, 7000].iter().all(|port| ports.contains(port)),
            "{ports:?}"
        );
        assert!(!ports.contains(&22));
    }
}
