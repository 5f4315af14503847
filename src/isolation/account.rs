//! The user that a process works as, where root starts it: for a port below 1024, say.
//!
//! Users are looked up in the files alone: what else a system knows users from is asked by a library that is not
//! part of a static program. There a number can be named.

use std::fs;

use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::error::{Error, Result};

/// A user, and the groups that it is in.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    uid: u32,
    gid: u32,
    groups: Vec<u32>,
}

/// Takes on the user of that name or number, for good. Without one, root is told that it should have one.
///
/// # Errors
/// `Config`: there is none; `Failed`: the kernel refuses.
pub(super) fn take_on(name: &str, told: log::Level) -> Result<()> {
    if !geteuid().is_root() {
        if !name.is_empty() {
            log::info!("fietsboek.user = {name} is without effect: only root can become another");
        }
        return Ok(());
    }
    if name.is_empty() {
        log::log!(
            told,
            "this process is root's and need not be; name a user in fietsboek.user, or start it as one"
        );
        return Ok(());
    }
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let account = find(name, &text("/etc/passwd"), &text("/etc/group"));
    let account = account.ok_or_else(|| Error::Config(format!("fietsboek.user: there is no user {name}")))?;
    become_account(&account).map_err(|e| Error::Failed(format!("cannot become the user {name}: {e}")))?;
    log::info!("works as the user {name}");
    Ok(())
}

/// In this order: who is no longer root may not change groups.
fn become_account(account: &Account) -> rustix::io::Result<()> {
    let groups: Vec<Gid> = account.groups.iter().map(|group| Gid::from_raw(*group)).collect();
    let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    set_thread_groups(&groups)?;
    set_thread_res_gid(gid, gid, gid)?;
    set_thread_res_uid(uid, uid, uid)
}

/// The account of a name or number, by the texts of passwd(5) and group(5). A number that nobody has is a user in a
/// group of that number.
fn find(name: &str, passwd: &str, group: &str) -> Option<Account> {
    // The largest number means "as before" to the kernel.
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number != u32::MAX);
    let split = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let mut users = passwd.lines().map(split).filter(|row| row.len() >= 4);
    let Some(row) = users.find(|row| row[0] == name || row[2] == name) else {
        let uid = number(name)?;
        return Some(Account {
            uid,
            gid: uid,
            groups: vec![uid],
        });
    };
    let (uid, gid) = (number(&row[2])?, number(&row[3])?);
    let others = group.lines().map(split).filter(|group| {
        let is_in = |members: &String| members.split(',').any(|member| member == row[0]);
        group.get(3).is_some_and(is_in)
    });
    let others = others
        .filter_map(|group| number(&group[2]))
        .filter(|group| *group != gid);
    Some(Account {
        uid,
        gid,
        groups: std::iter::once(gid).chain(others).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nbike:x:998:997::/srv:/bin/false\nodd:x:-1:5::/:\n\nshort:x\n";
    const GROUP: &str = "bike:x:997:\nssl-cert:x:110:www,bike\nbikers:x:111:biker\nmail:x:8:bike\nodd\n";

    #[test]
    fn a_user_has_its_groups() {
        let bike = Account {
            uid: 998,
            gid: 997,
            groups: vec![997, 110, 8],
        };
        assert_eq!(find("bike", PASSWD, GROUP), Some(bike));
        assert_eq!(find("998", PASSWD, GROUP), find("bike", PASSWD, GROUP));
        assert_eq!(find("4711", PASSWD, GROUP).unwrap().groups, [4711]);
        for nobody in ["nobody", "odd", "4294967295", "-1", ""] {
            assert_eq!(find(nobody, PASSWD, GROUP), None, "{nobody}");
        }
    }
}
