//! Hands each event of the timeline to the controller that it is for.

use crate::{
    state::State,
    timeline::{Event, Happening},
};

impl State {
    /// Lets one event happen, unless the object that it was planned for is gone.
    pub(crate) fn happen(&mut self, event: Event) {
        let Event { what, object, uid } = event;
        let service_lives = self.services.get(&object).is_some_and(|run| run.uid == uid);
        let revision_lives = self.revisions.get(&object).is_some_and(|run| run.uid == uid);
        let domain_lives = self.domains.get(&object).is_some_and(|run| run.uid == uid);
        let job_lives = self.jobs.get(&object).is_some_and(|run| run.uid == uid);
        let namespace_lives = !uid.is_empty()
            && object.namespace.is_empty()
            && self.namespace_uid(&object.name) == uid;
        match what {
            Happening::ServiceObserved if service_lives => self.observe_service(&object),
            Happening::RevisionWanted if service_lives => self.want_revision(&object),
            Happening::ConfigurationUpdated if service_lives => self.update_configuration(&object),
            Happening::RouteWorkedOut(attempt) if service_lives => {
                self.work_out_route(&object, attempt)
            }
            Happening::IngressWritten(attempt) if service_lives => {
                self.write_ingress(&object, attempt)
            }
            Happening::IngressProgrammed(attempt) if service_lives => {
                self.program_ingress(&object, attempt)
            }
            Happening::IngressReady(attempt) if service_lives => {
                self.finish_ingress(&object, attempt)
            }
            Happening::ImageResolved if revision_lives => self.resolve_image(&object),
            Happening::DeploymentMade if revision_lives => self.make_deployment(&object),
            Happening::PodCreated if revision_lives => self.create_pod(&object),
            Happening::PodMoves(number) if revision_lives => self.move_pod(&object, number),
            Happening::PodProbed(number) if revision_lives => self.probe_pod(&object, number),
            Happening::DeadlinePassed if revision_lives => self.give_up(&object),
            Happening::Abandoned if revision_lives => self.abandon(&object),
            Happening::DomainObserved(attempt) if domain_lives => {
                self.observe_domain(&object, attempt)
            }
            Happening::DomainProgrammed(attempt) if domain_lives => {
                self.program_domain(&object, attempt)
            }
            Happening::NamespaceEmptied if namespace_lives => self.empty_namespace(&object.name),
            Happening::NamespaceGone if namespace_lives => self.drop_namespace(&object.name),
            Happening::JobPodCreated if job_lives => self.create_job_pod(&object),
            Happening::JobPodStarts(number) if job_lives => self.start_job_pod(&object, number),
            Happening::JobPodEnded(number) if job_lives => self.end_job_pod(&object, number),
            Happening::JobDeadlinePassed if job_lives => self.end_late_job(&object),
            Happening::JobGone | Happening::JobExpired => self.expire_job(&object, &uid),
            Happening::Idle if revision_lives => self.rest(&object),
            Happening::ScaledToZero if revision_lives => self.scale_to_zero(&object),
            Happening::ServiceObserved
            | Happening::RevisionWanted
            | Happening::ConfigurationUpdated
            | Happening::RouteWorkedOut(_)
            | Happening::IngressWritten(_)
            | Happening::IngressProgrammed(_)
            | Happening::IngressReady(_)
            | Happening::ImageResolved
            | Happening::DeploymentMade
            | Happening::PodCreated
            | Happening::PodMoves(_)
            | Happening::PodProbed(_)
            | Happening::DeadlinePassed
            | Happening::Abandoned
            | Happening::DomainObserved(_)
            | Happening::DomainProgrammed(_)
            | Happening::NamespaceEmptied
            | Happening::NamespaceGone
            | Happening::JobPodCreated
            | Happening::JobPodStarts(_)
            | Happening::JobPodEnded(_)
            | Happening::JobDeadlinePassed
            | Happening::Idle
            | Happening::ScaledToZero => {}
        }
    }
}
