//! The order in which the promotions of a success are sent.

use boathook_core::{deployment::Environment, fault::Fault};
use serde::Deserialize;

use crate::config::PromotionConfig;

/// Targets of promotions, wave by wave; all at once if there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Waves(Vec<Vec<Environment>>);

impl Waves {
    /// The environments of the waves before that of `to`.
    #[must_use]
    pub fn before(&self, to: Environment) -> Vec<Environment> {
        let index = self.index(to).unwrap_or(0);
        self.0[..index].concat()
    }

    /// The number of the wave that `to` is in, from 1.
    #[must_use]
    pub fn number(&self, to: Environment) -> Option<usize> {
        Some(self.index(to)? + 1)
    }

    /// Each environment with one of a later wave, which waits for it.
    pub fn ways(&self) -> impl Iterator<Item = (Environment, Environment)> {
        let targets = self.0.iter().flatten();
        targets.flat_map(|to| self.before(*to).into_iter().map(move |from| (from, *to)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Environment> {
        self.0.iter_mut().flatten()
    }

    /// Why they cannot be used with these promotions.
    pub(super) fn fault(&self, promotions: &[PromotionConfig]) -> Option<Fault> {
        if self.0.is_empty() {
            return None;
        }
        let mut left = promotions.iter().filter(|next| next.happens()).collect::<Vec<_>>();
        for (index, wave) in self.0.iter().enumerate() {
            let fault = |what| Some(Fault::new(format!("[{index}]"), what));
            if wave.is_empty() {
                return fault("must name an environment".to_owned());
            }
            for to in wave {
                let found = left.iter().position(|next| next.to == *to);
                match found.map(|index| left.swap_remove(index)) {
                    None => return fault(why_not(*to, promotions)),
                    Some(next) if next.url.is_some() => {
                        return fault(format!(
                            "names {to}, which another boathook has; its outcomes are not known here, so waves are for this boathook's own environments"
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        let missing = left.first()?.to;
        Some(Fault::new("", format!("must name each target once, and {missing} is in none")))
    }

    fn index(&self, to: Environment) -> Option<usize> {
        self.0.iter().position(|wave| wave.contains(&to))
    }
}

/// What is wrong with a name that no promotion is left for.
fn why_not(to: Environment, promotions: &[PromotionConfig]) -> String {
    match promotions.iter().find(|next| next.to == to) {
        None => format!("names {to}, to which `promotion` sends nothing"),
        Some(next) if next.happens() => format!("names {to} twice"),
        Some(_) => format!(
            "names {to}, whose promotion says `when: never`: the next wave would wait for ever"
        ),
    }
}
