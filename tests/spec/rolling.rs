//! A rolling deployment, from an accepted request to the new revision serving everybody.

use boathook::journal::End;

use crate::rollout_world::World;

#[tokio::test(start_paused = true)]
async fn a_first_deployment_is_created_by_the_apply_and_then_pinned_by_name() {
    let world = World::new();
    let told = world.deploy("1").await;
    assert_eq!(told.end(), End::Succeeded, "{}", told.story());
    assert_eq!(world.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_second_deployment_makes_exactly_one_new_revision() {
    let world = World::new();
    world.deploy("1").await;
    let told = world.deploy("2").await;
    assert_eq!(told.end(), End::Succeeded, "{}", told.story());
    println!("{}", told.story());
    assert_eq!(world.serves(), "v2 100");
    assert_eq!(world.revisions(), 2);
}
