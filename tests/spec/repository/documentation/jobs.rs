//! The Job in docs/configure.md is one that boathook runs.

use boathook::plan::FolderObjects;
use boathook_core::{deployment::DeploymentId, objects::Document, rollout::steps::JobMoment};
use boathook_testing::{
    pages::{section, text},
    rollout_harness::{brief, manifest, request},
};

use crate::support::job_harness::gated;

#[test]
fn the_job_in_the_documentation_is_taken_out_and_gets_the_image() {
    let page = text("docs/configure.md");
    let section = section(&page, "## Jobs that must succeed");
    let blocks: Vec<&str> = section.split("```yaml\n").skip(1).collect();
    let [settings, job] = blocks.as_slice() else { panic!("{section}") };
    let yaml = |block: &str| block.split("```").next().unwrap().to_owned();
    let settings: serde_yaml::Value = serde_yaml::from_str(&yaml(settings)).unwrap();
    let mut wanted = gated(brief());
    wanted.jobs.before = serde_yaml::from_value(settings["before"].clone()).unwrap();
    wanted.jobs.after.clear();
    let job = yaml(job).replace("ghcr.io/your-org/game", "registry.example/game");
    let read = |text: &str| Document(serde_yaml::from_str(text).unwrap());
    let documents = [read(&manifest("hi")), read(&job)];
    let folder =
        FolderObjects { settings: &wanted, documents: &documents, directory: "manifests/staging" };
    let id = DeploymentId::from_random([1; 20]);
    let rendered = folder.render(&request("2", "a-1"), &id).unwrap();
    let [job] = rendered.jobs.as_slice() else { panic!("{:?}", rendered.jobs) };
    assert_eq!(job.moment, JobMoment::Before);
    assert_eq!(job.images, ["/spec/template/spec/containers/0/image"]);
    assert!(rendered.beside.is_empty());
}
