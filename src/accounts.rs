//! The users and groups of this machine, as its files name them. It decides nothing about what they
//! may do.

use std::{fs, io};

/// The file with the names of this machine's users.
const USERS: &str = "/etc/passwd";
/// The file with the names of its groups, and their members.
const GROUPS: &str = "/etc/group";

/// The two files as they are now.
pub struct Accounts {
    users: String,
    groups: String,
}

struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
}

struct Group<'a> {
    name: &'a str,
    gid: u32,
    members: &'a str,
}

impl Accounts {
    /// Reads both, whatever bytes are in their comments.
    pub fn read() -> io::Result<Self> {
        let read = |path| match fs::read(path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Err(io::Error::new(error.kind(), format!("cannot read {path}: {error}"))),
        };
        Ok(Self { users: read(USERS)?, groups: read(GROUPS)? })
    }

    /// The user's name, or the uid if it has no name.
    #[must_use]
    pub fn name(&self, uid: u32) -> String {
        let user = self.users().find(|user| user.uid == uid);
        user.map_or_else(|| nameless(uid), |user| user.name.to_owned())
    }

    /// The uid of the user of that name; two names may have the same.
    #[must_use]
    pub fn uid(&self, name: &str) -> Option<u32> {
        self.users().find(|user| user.name == name).map(|user| user.uid)
    }

    /// The names of the groups of a process: its own, and those that the files give its user.
    #[must_use]
    pub fn groups_of(&self, uid: u32, gid: u32) -> Vec<String> {
        let user = self.users().find(|user| user.uid == uid);
        let is_in = |group: &Group<'_>| {
            let by_file = user.as_ref().is_some_and(|user| {
                group.gid == user.gid || group.members.split(',').any(|name| name == user.name)
            });
            by_file || group.gid == gid
        };
        self.groups().filter(is_in).map(|group| group.name.to_owned()).collect()
    }

    #[must_use]
    pub fn has_user(&self, name: &str) -> bool {
        self.uid(name).is_some()
    }

    #[must_use]
    pub fn has_group(&self, name: &str) -> bool {
        self.groups().any(|group| group.name == name)
    }

    fn users(&self) -> impl Iterator<Item = User<'_>> {
        self.users.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let uid = fields.nth(1)?.parse().ok()?;
            Some(User { name, uid, gid: fields.next()?.parse().ok()? })
        })
    }

    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let gid = fields.nth(1)?.parse().ok()?;
            Some(Group { name, gid, members: fields.next().unwrap_or_default() })
        })
    }
}

/// What a user is called that has no name, or none that can be read.
pub fn nameless(uid: u32) -> String {
    format!("uid {uid}")
}
