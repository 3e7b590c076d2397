//! The sandbox's deployments fail as a real cluster's do: each recording is played again, and what
//! both show is compared.

mod comparing;
mod normal;
mod recording;
mod replay;
mod said;
mod shown;
