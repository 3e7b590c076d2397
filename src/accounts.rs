//! The users and groups of this machine, as its files name them. It decides nothing about what they
//! may do.

use std::{fs, io, path::Path};

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
    /// The accounts that these two say.
    #[must_use]
    pub const fn of(users: String, groups: String) -> Self {
        Self { users, groups }
    }

    /// Reads both, whatever bytes are in their comments.
    pub fn read() -> io::Result<Self> {
        Self::read_from(Path::new(USERS), Path::new(GROUPS))
    }

    fn read_from(users: &Path, groups: &Path) -> io::Result<Self> {
        let read = |path: &Path| match fs::read(path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                let what = format!("cannot read {}: {error}", path.display());
                Err(io::Error::new(error.kind(), what))
            }
        };
        Ok(Self::of(read(users)?, read(groups)?))
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

#[cfg(test)]
mod tests {
    use std::{io, path::Path};

    use crate::accounts::{Accounts, GROUPS, USERS};

    fn accounts() -> Accounts {
        let users = "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/:/bin/sh\nbob:x:1001:100::/:/bin/sh\n\
                     damaged\neve:x:many:100::/:/bin/sh\n";
        // Directory services keep members of `remote` elsewhere.
        let groups = "root:x:0:\nada:x:1000:\nusers:x:100:\nops:x:50:ada,bob\nremote:x:60:\n\
                      damaged:x:\nnumberless:x:many:ada\n";
        Accounts { users: users.to_owned(), groups: groups.to_owned() }
    }

    #[test]
    fn a_user_is_in_the_groups_of_the_files_and_in_that_of_the_process() {
        assert_eq!(accounts().groups_of(1000, 1000), ["ada", "ops"]);
        assert_eq!(accounts().groups_of(1001, 100), ["users", "ops"]);
        assert_eq!(accounts().groups_of(1001, 60), ["users", "ops", "remote"], "as sg starts it");
        assert_eq!(accounts().groups_of(4711, 50), ["ops"], "a user without a name");
    }

    #[test]
    fn members_that_only_a_directory_service_knows_are_in_no_group() {
        assert!(!accounts().groups_of(1000, 1000).contains(&"remote".to_owned()));
        assert!(accounts().has_group("remote"), "the group itself is there");
        assert!(!accounts().has_group("no-such-group"));
        assert!(!accounts().has_user("carol"), "she is in the directory alone");
    }

    #[test]
    fn lines_that_are_damaged_name_nobody() {
        for name in ["damaged", "eve"] {
            assert_eq!(accounts().uid(name), None, "{name}");
        }
        assert!(!accounts().has_group("damaged"));
        assert!(!accounts().has_group("numberless"));
        assert_eq!(accounts().name(1002), "uid 1002");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let missing = Path::new("/no/such/passwd");
        for (users, groups) in [(missing, Path::new(GROUPS)), (Path::new(USERS), missing)] {
            let error = Accounts::read_from(users, groups).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(error.to_string().starts_with("cannot read /no/such/passwd: "), "{error}");
        }
    }
}
