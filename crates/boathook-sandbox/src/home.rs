//! What a sandbox writes to its directory for programs and people: kubeconfigs, the `crictl`
//! stand-in, and the variables that point to all of it.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{api_server::kubeconfig, registry::REPOSITORIES};

/// The one service that the least-privilege caller may deploy.
const LIMITED: &str = "game-2048-dev:game-2048-dev";

/// Where a sandbox listens, and what else its files speak of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub directory: PathBuf,
    /// The `boathook-sandbox` program, which the stand-in runs.
    pub program: PathBuf,
    /// The API server.
    pub api: SocketAddr,
    pub ingress: SocketAddr,
    /// The data plane's gateway for services that only the cluster reaches.
    pub local_ingress: SocketAddr,
    /// The control port.
    pub control: SocketAddr,
    /// The domain of all services.
    pub domain: String,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write {path}")]
pub struct WriteFileError {
    /// The file or directory.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl Home {
    /// Writes all files.
    pub fn write(&self) -> Result<(), WriteFileError> {
        let bin = self.directory.join("bin");
        fs::create_dir_all(&bin).map_err(|source| WriteFileError { path: bin.clone(), source })?;
        write(&self.kubeconfig(), &kubeconfig(self.api, "admin"), 0o600)?;
        write(&self.directory.join("kubeconfig.limited"), &kubeconfig(self.api, LIMITED), 0o600)?;
        write(&bin.join("crictl"), &self.crictl(), 0o755)?;
        write(&self.directory.join("env"), &self.env(), 0o644)
    }

    /// The administrator's kubeconfig.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.directory.join("kubeconfig")
    }

    fn crictl(&self) -> String {
        let program = quoted(&self.program.to_string_lossy());
        format!("#!/bin/sh\nexec {program} crictl --control {} -- \"$@\"\n", self.control)
    }

    /// Lines for a shell to read with `.`.
    fn env(&self) -> String {
        let Self { directory, program: _, api, ingress, local_ingress, control, domain } = self;
        let directory = directory.to_string_lossy();
        let [game, hello] = REPOSITORIES;
        let mut lines = format!(
            "export KUBECONFIG={}\nexport PATH={}:\"$PATH\"\nexport SANDBOX_API={api}\n\
             export SANDBOX_INGRESS={ingress}\nexport SANDBOX_CONTROL={control}\n\
             export SANDBOX_DOMAIN={domain}\nexport SANDBOX_IMAGE={game}\n",
            quoted(&self.kubeconfig().to_string_lossy()),
            quoted(&format!("{directory}/bin")),
        );
        let for_tests = [
            ("DOMAIN", domain.clone()),
            ("INGRESS", ingress.to_string()),
            ("LOCAL_INGRESS", local_ingress.to_string()),
        ];
        let images = [
            ("GOOD_1", "v1"),
            ("GOOD_2", "v2"),
            ("CRASH", "crash"),
            ("SLOW", "slow"),
            ("ERRORS", "errors"),
            ("ABSENT", "absent"),
        ];
        let images = images.map(|(name, tag)| (name, format!("{hello}:{tag}")));
        for (name, value) in for_tests {
            lines += &format!("export E2E_{name}={value}\n");
        }
        for (name, value) in images {
            lines += &format!("export E2E_IMAGE_{name}={value}\n");
        }
        lines
    }
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), WriteFileError> {
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .map_err(|source| WriteFileError { path: path.to_owned(), source })
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
