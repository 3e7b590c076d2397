//! Successes: what serves, and what served before and after.

use boathook_core::deployment::{DeploymentId, Environment, ServiceKey};

use crate::journal::{
    StoreError, StoreReader, Success,
    store::{columns::parsed, rows, statement::Statement, statements},
};

impl dyn StoreReader + '_ {
    /// The newest success of a service in an environment.
    pub fn last_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
    ) -> Result<Option<Success>, StoreError> {
        let ServiceKey { namespace, service } = service;
        let by = [environment.name().into(), namespace.as_str().into(), service.as_str().into()];
        let statement = Statement::new(statements::LAST_SUCCESS, by);
        self.one("look up what serves", statement, rows::success)
    }

    /// The newest success accepted before `than` that left another revision serving.
    pub fn success_before(
        &self,
        environment: Environment,
        service: &ServiceKey,
        than: &Success,
    ) -> Result<Option<Success>, StoreError> {
        let ServiceKey { namespace, service } = service;
        let by = [
            environment.name().into(),
            namespace.as_str().into(),
            service.as_str().into(),
            than.deployment.as_str().into(),
            than.revision.as_str().into(),
        ];
        let statement = Statement::new(statements::SUCCESS_BEFORE, by);
        self.one("look up what served before", statement, rows::success)
    }

    /// The newest success of its service and environment before that one.
    pub fn replaced_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        by: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let statement = beside(statements::REPLACED_SUCCESS, environment, service, by);
        self.one("look up what a success replaced", statement, |row| parsed(row, "id"))
    }

    /// The first success of its service and environment after that one.
    pub fn replacing_success(
        &self,
        environment: Environment,
        service: &ServiceKey,
        of: &DeploymentId,
    ) -> Result<Option<DeploymentId>, StoreError> {
        let statement = beside(statements::REPLACING_SUCCESS, environment, service, of);
        self.one("look up what replaced a success", statement, |row| parsed(row, "id"))
    }

    /// The successes that are still watched, in order of acceptance.
    pub fn watched(&self) -> Result<Vec<DeploymentId>, StoreError> {
        let statement = Statement::new(statements::WATCHED, []);
        self.all("list the successes that are watched", statement, |row| parsed(row, "id"))
    }
}

fn beside<'a>(
    sql: &'static str,
    environment: Environment,
    service: &'a ServiceKey,
    success: &'a DeploymentId,
) -> Statement<'a> {
    let ServiceKey { namespace, service } = service;
    let by = [
        environment.name().to_owned().into(),
        namespace.as_str().into(),
        service.as_str().into(),
        success.as_str().into(),
    ];
    Statement::new(sql, by)
}
