//! The machine below: what its system calls itself, for administrators.

use std::fs;

/// Distribution and kernel, `Debian GNU/Linux 12 (bookworm), Linux 6.1.0`; as much of it as can be told.
pub fn name() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let kernel = format!(
        "{} {}",
        read("/proc/sys/kernel/ostype"),
        read("/proc/sys/kernel/osrelease")
    );
    let distribution = find_name(&read("/etc/os-release"));
    let parts = [distribution.as_deref().unwrap_or_default(), kernel.trim()];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    told.join(", ")
}

/// `PRETTY_NAME` of an os-release(5).
fn find_name(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_read_from_os_release() {
        assert_eq!(find_name("ID=x\nPRETTY_NAME=\"X 1\"\n").unwrap(), "X 1");
        assert_eq!(find_name("PRETTY_NAME=X"), Some("X".to_owned()));
        assert_eq!(find_name("ID=x"), None);
        assert!(name().contains("Linux"));
    }
}
