//! Deployments: one of them, and lists.

use boathook_core::deployment::{DeploymentId, Environment, Identity, ServiceKey};
use jiff::Timestamp;

use crate::journal::{
    Filter, Service, Signer, StoreError, StoreReader, Summary,
    store::{columns::parsed, rows, selection, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// The deployments that have not ended, in order of acceptance.
    pub fn live(&self) -> Result<Vec<DeploymentId>, StoreError> {
        let statement = Statement::new(statements::LIVE, []);
        self.all("list the deployments that have not ended", statement, |row| parsed(row, "id"))
    }

    /// The deployment with that identity.
    pub fn find(&self, identity: &Identity) -> Result<Option<Summary>, StoreError> {
        self.one("look a deployment up by its identity", by_identity(identity), rows::summary)
    }

    /// The deployment with each of these identities, asked for at once.
    pub fn find_each(&self, identities: &[Identity]) -> Vec<Result<Option<Summary>, StoreError>> {
        let statements: Vec<_> = identities.iter().map(by_identity).collect();
        self.one_of_each("look deployments up by their identities", &statements, rows::summary)
    }

    /// The deployment with that id.
    pub fn summary(&self, id: &DeploymentId) -> Result<Option<Summary>, StoreError> {
        let statement = Statement::new(statements::SUMMARY, [id.as_str().into()]);
        self.one("look a deployment up by its id", statement, rows::summary)
    }

    /// The deployments that the filter lets through, newest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Summary>, StoreError> {
        self.all("list deployments", selection::of(filter), rows::summary)
    }

    /// Every secret that signed a request of which there is a record.
    pub fn signers(&self) -> Result<Vec<Signer>, StoreError> {
        let statement = Statement::new(statements::SIGNERS, []);
        self.all("count what each secret signed", statement, rows::signer)
    }

    /// Every service of which there is a record, `limit` at most.
    pub fn services(&self, limit: u32) -> Result<Vec<Service>, StoreError> {
        let statement = Statement::new(statements::SERVICES, [limit.into()]);
        self.all("list what serves", statement, rows::service)
    }

    /// The request of each of these services that was made last, as its sender says, and when; to the
    /// microsecond. They are asked for at once.
    pub fn newest_requests(
        &self,
        services: &[(Environment, ServiceKey)],
    ) -> Vec<Result<Option<(Timestamp, Summary)>, StoreError>> {
        let statements: Vec<_> = services
            .iter()
            .map(|(environment, ServiceKey { namespace, service })| {
                let by =
                    [environment.name().into(), namespace.as_str().into(), service.as_str().into()];
                Statement::new(statements::NEWEST_REQUEST, by)
            })
            .collect();
        self.one_of_each("look up the requests made last", &statements, rows::request)
    }
}

fn by_identity(identity: &Identity) -> Statement<'_> {
    let Identity { environment, namespace, service_name, deployment_id } = identity;
    let by = [
        environment.name().into(),
        namespace.as_str().into(),
        service_name.as_str().into(),
        deployment_id.as_str().into(),
    ];
    Statement::new(statements::FIND, by)
}
