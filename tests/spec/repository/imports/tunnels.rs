//! No module hands on what it does not hold: it is imported from where it is.

use super::tree::PROJECT;

#[test]
fn no_module_hands_on_what_another_one_defines() {
    let tunnels = PROJECT.tunnels();
    assert!(tunnels.is_empty(), "import these where they are:\n{}", tunnels.join("\n"));
}
