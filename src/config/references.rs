//! Where settings name an environment: aliases become names, and what names none is a problem.

use std::path::Path;

use boathook_core::{
    deployment::{Environment, Environments, KeyUse},
    fault::Fault,
    proof::Requirement,
};

use crate::config::{
    Config, EnvironmentConfig, IssuerConfig, Problem, PromotionConfig, PromotionGraph,
    environment_files::{DEFAULT_FILE, is_free},
    github_references, same_service,
};

/// Resolves them all, once the environments are known.
pub(super) fn resolve(config: &mut Config, directory: &Path) -> Result<(), Problem> {
    let place = |file: &str| directory.join(file).display().to_string();
    let file = |environment| place(&format!("{environment}.yaml"));
    check_aliases(config)
        .map_err(|(environment, what)| Problem::new(&file(environment), "aliases", what))?;
    let names = config.names();
    for (environment, settings) in &mut config.environments {
        settings.change_all(|settings| name_all(settings, &names));
        check_identity(settings, &config.identity)
            .map_err(|Fault { key, message }| Problem::new(&file(*environment), &key, message))?;
        check_proven(*environment, settings, &names).map_err(|Fault { key, message }| {
            Problem::new(&file(*environment), &format!("require.proven.{key}"), message)
        })?;
    }
    github_references::check(config).map_err(|(environment, Fault { key, message })| {
        Problem::new(&file(environment), &format!("github.{key}"), message)
    })?;
    for (index, receiver) in config.notify.iter_mut().enumerate() {
        for named in &mut receiver.environments {
            *named = names.find(named.name()).map_err(|unknown| {
                let key = format!("notify[{index}].environments");
                Problem::new(&place(DEFAULT_FILE), &key, unknown.to_string())
            })?;
        }
    }
    if let Some(circle) = PromotionGraph::of_unmet(&config.environments).cycle() {
        let what =
            format!("can never be met, because each waits for the one before: {}", way(&circle));
        let proven = &config.environments[&circle[0]].require.proven;
        let key = proven.as_ref().map_or("", |proven| proven.places.key());
        return Err(Problem::new(&file(circle[0]), &format!("require.proven.{key}"), what));
    }
    check_promotions(config).map_err(|(environment, Fault { key, message })| {
        Problem::new(&file(environment), &format!("promotion{key}"), message)
    })?;
    check_waves(config).map_err(|(environment, Fault { key, message })| {
        Problem::new(&file(environment), &format!("waves{key}"), message)
    })
}

/// Puts names where there are aliases. What is neither may be an environment of another boathook.
fn name_all(settings: &mut EnvironmentConfig, names: &Environments) {
    let name = |named: &mut Environment| *named = names.find(named.name()).unwrap_or(*named);
    let here = settings.promotion.iter_mut().filter(|promotion| promotion.url.is_none());
    here.for_each(|promotion| name(&mut promotion.to));
    settings.waves.iter_mut().for_each(name);
    let proven = settings.require.proven.iter_mut();
    proven.flat_map(|proven| proven.places.environments_mut()).for_each(name);
    for secret in &mut settings.secrets {
        secret.shared_with.iter_mut().for_each(name);
    }
}

/// Every rule names an issuer, and a token stands in for a signature only if it binds the body.
fn check_identity(settings: &EnvironmentConfig, issuers: &[IssuerConfig]) -> Result<(), Fault> {
    for (index, rule) in settings.identity.iter().enumerate() {
        let key = format!("identity[{index}]");
        let Some(issuer) = issuers.iter().find(|issuer| issuer.name == rule.issuer) else {
            let message =
                format!("`{}` is none of the issuers in `identity` of {DEFAULT_FILE}", rule.issuer);
            return Err(Fault::new(format!("{key}.issuer"), message));
        };
        if rule.instead_of_hmac && !issuer.binds_body {
            let message = format!(
                "a token of `{}` says nothing about the body (`binds_body: false`), so it is accepted only beside a signature",
                rule.issuer
            );
            return Err(Fault::new(format!("{key}.instead_of_hmac"), message));
        }
    }
    Ok(())
}

/// Images are proven here, or by a boathook that promotes them.
fn check_proven(
    own: Environment,
    settings: &EnvironmentConfig,
    names: &Environments,
) -> Result<(), Fault> {
    let Some(Requirement { places, .. }) = &settings.require.proven else { return Ok(()) };
    let others_promote = settings.secrets.iter().any(|secret| secret.key_use == KeyUse::Promotion);
    let named = places.environments();
    for (index, environment) in named.iter().enumerate() {
        if *environment == own && named.len() > 1 {
            return Err(Fault::new(places.key(), format!("names {own} itself")));
        }
        if named[..index].contains(environment) {
            return Err(Fault::new(places.key(), format!("names {environment} twice")));
        }
        if let Err(unknown) = names.find(environment.name())
            && !others_promote
        {
            let message = format!(
                "{unknown}; where another boathook has it, list a secret with `use: promotion`"
            );
            return Err(Fault::new(places.key(), message));
        }
    }
    Ok(())
}

/// The first alias that would leave open what is meant, where it is, and what else it means.
fn check_aliases(config: &Config) -> Result<(), (Environment, String)> {
    let aliases = || {
        let all = config.environments.iter();
        all.flat_map(|(environment, settings)| {
            settings.aliases.iter().map(move |alias| (*alias, *environment))
        })
    };
    for (index, (alias, environment)) in aliases().enumerate() {
        is_free(alias.name()).map_err(|what| (environment, what))?;
        if config.environments.contains_key(&alias) {
            return Err((environment, format!("`{alias}` is the name of an environment")));
        }
        if let Some((_, other)) = aliases().take(index).find(|(known, _)| *known == alias) {
            return Err((environment, format!("`{alias}` is an alias of {other} already")));
        }
    }
    Ok(())
}

/// The target of each promotion must exist, and none may lead round in a circle.
fn check_promotions(config: &Config) -> Result<(), (Environment, Fault)> {
    let here = config.environments.keys().copied().collect::<Vec<_>>();
    for (from, settings) in &config.environments {
        let all = &settings.promotion;
        for (index, promotion) in all.iter().enumerate() {
            let twice = all[..index].iter().any(|other| other.to == promotion.to);
            let twice = twice.then(|| Fault::new("to", "is another promotion's too"));
            let fault = twice.or_else(|| promotion.fault(&here));
            let fault = fault.or_else(|| too_long(config, *from, promotion));
            if let Some(Fault { key, message }) = fault {
                let key =
                    if all.len() > 1 { format!("[{index}].{key}") } else { format!(".{key}") };
                return Err((*from, Fault { key, message }));
            }
        }
    }
    if let Some(circle) = PromotionGraph::of_promotions(&config.environments).cycle() {
        let message = format!("must not lead round in a circle: {}", way(&circle));
        return Err((circle[0], Fault::new("", message)));
    }
    let same = |(from, settings): (&Environment, _)| Some((*from, same_service::fault(settings)?));
    config.environments.iter().find_map(same).map_or(Ok(()), Err)
}

/// A soak after which the success would be too old for the target.
fn too_long(config: &Config, from: Environment, promotion: &PromotionConfig) -> Option<Fault> {
    let target = config.environments.get(&promotion.to).filter(|_| promotion.url.is_none())?;
    let Requirement { places, within, .. } = target.require.proven.as_ref()?;
    let is_too_long = promotion.soak >= (*within)? && places.environments().contains(&from);
    is_too_long.then(|| {
        let to = promotion.to;
        Fault::new("soak", format!("must be shorter than `require.proven.within` of {to}"))
    })
}

/// Each target is in one wave, and none waits for a later one.
fn check_waves(config: &Config) -> Result<(), (Environment, Fault)> {
    for (from, settings) in &config.environments {
        if let Some(fault) = settings.waves.fault(&settings.promotion) {
            return Err((*from, fault));
        }
    }
    let Some(circle) = PromotionGraph::of_unmet_waves(&config.environments).cycle() else {
        return Ok(());
    };
    let in_circle = |(_, settings): &(&Environment, &EnvironmentConfig)| {
        settings.waves.ways().any(|(from, to)| circle.contains(&from) && circle.contains(&to))
    };
    let from = config.environments.iter().find(in_circle).map_or(circle[0], |(from, _)| *from);
    let message =
        format!("can never be met, because each waits for the one before: {}", way(&circle));
    Err((from, Fault::new("", message)))
}

fn way(circle: &[Environment]) -> String {
    circle.iter().map(Environment::to_string).collect::<Vec<_>>().join(" -> ")
}
