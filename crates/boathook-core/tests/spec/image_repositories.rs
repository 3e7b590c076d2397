//! Which spellings of an image name one repository.

use boathook_core::deployment::ImageRef;

fn image(text: &str) -> ImageRef {
    ImageRef::parse(text).unwrap()
}

#[test]
fn docker_hub_has_several_spellings_for_one_repository_and_no_other_registry_has() {
    let hub = [
        "nginx",
        "docker.io/nginx",
        "index.docker.io/nginx",
        "docker.io/library/nginx",
        "index.docker.io/library/nginx:1.27",
    ];
    for spelling in hub {
        assert_eq!(image(spelling).full_repository(), "docker.io/library/nginx", "{spelling}");
    }
    assert!(image("acme/game:1").is_same_repository(&image("docker.io/acme/game:2")));
    for (one, other) in [
        ("docker.io/acme/nginx", "nginx"),
        ("ghcr.io/nginx", "nginx"),
        ("ghcr.io/library/nginx", "ghcr.io/nginx"),
        ("localhost/nginx", "nginx"),
        ("registry.example:5000/game", "registry.example/game"),
        ("library/nginx", "ghcr.io/library/nginx"),
    ] {
        assert!(!image(one).is_same_repository(&image(other)), "{one} {other}");
    }
}
