//! ctr: `images ls name==NAME`.

use crate::{Cluster, tools::output::Output};

/// A run of ctr.
#[derive(Clone, Debug)]
pub(super) struct Ctr {
    arguments: Vec<String>,
}

impl Ctr {
    /// `list` does not hold the program's name.
    pub(super) fn parse(list: &[String]) -> Self {
        Self { arguments: list.to_vec() }
    }

    /// The arguments that faults match: those that are no flag and no flag's value.
    pub(super) fn words(&self) -> Vec<&str> {
        let plain = self
            .arguments
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with('-') && *word != "k8s.io");
        std::iter::once("ctr").chain(plain).collect()
    }

    /// Runs it. Without a record of that name it prints the heading alone and exits with 0.
    pub(super) fn run(&self, cluster: &Cluster) -> Output {
        let words = self.words();
        let ["ctr", "images" | "image" | "i", "ls" | "list", filter] = words[..] else {
            return Output::failed("No help topic for that command");
        };
        let name = filter.strip_prefix("name==").unwrap_or(filter);
        let heading = "REF TYPE DIGEST SIZE PLATFORMS LABELS \n".to_owned();
        let line = cluster.target(name).map(|digest| {
            format!(
                "{name} application/vnd.oci.image.index.v1+json {digest} 2.5 MiB linux/amd64 \
                 io.cri-containerd.image=managed \n"
            )
        });
        Output::printed(heading + &line.unwrap_or_default())
    }
}
