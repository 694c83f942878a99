//! The part of the screen that a step is about.

use crate::event::InstanceId;
use std::fmt;
use std::str::FromStr;

/// What on the screen a learner is to look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// The clients, at the left.
    Clients,
    /// The balancer, in the middle.
    Balancer,
    /// All instances.
    Instances,
    /// The instance with this number.
    Instance(InstanceId),
    /// The store.
    Store,
    /// The figures of both worlds, below the picture.
    Figures,
}

/// Why a word names no part of the screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoPart(String);

impl fmt::Display for NoPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no part of the screen: clients, balancer, instances, instance 2, store, figures", self.0)
    }
}

impl FromStr for About {
    type Err = NoPart;

    fn from_str(words: &str) -> Result<Self, NoPart> {
        Ok(match words {
            "clients" => Self::Clients,
            "balancer" => Self::Balancer,
            "instances" => Self::Instances,
            "store" => Self::Store,
            "figures" => Self::Figures,
            _ => {
                let id = words.strip_prefix("instance ").and_then(|id| id.parse().ok()).filter(|id| *id > 0);
                Self::Instance(id.ok_or_else(|| NoPart(words.to_owned()))?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_screen_have_names() {
        assert_eq!("instance 2".parse(), Ok(About::Instance(2)));
        assert_eq!("figures".parse(), Ok(About::Figures));
        for wrong in ["instance", "instance 0", "instance x", "balancers", ""] {
            assert!(wrong.parse::<About>().unwrap_err().to_string().contains("is no part of the screen"), "{wrong}");
        }
    }
}
