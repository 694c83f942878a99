//! Who a command is aimed at, when it is one of the users, and what users are called.
//!
//! Users of a fixed population sit on chairs: the first two dozen have names, the others go by the chair's number. In a
//! stream of visits nobody has a chair, and a user goes by the number of the visit.

use crate::event::SessionId;
use crate::scenario::Population;
use std::fmt;
use std::str::FromStr;

/// First names for the first two dozen chairs: three letters each, so that columns stay straight.
pub const NAMES: [&str; 24] = [
    "ann", "bob", "cho", "dee", "eli", "fay", "gus", "hal", "ivy", "jon", "kim", "lea", "max", "nia", "oto", "pia",
    "qin", "ray", "sue", "tom", "uma", "vic", "wes", "zoe",
];

/// One of the users, as a command names them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum User {
    /// By number: a chair, from 1, or in a stream of visits the number of a visit.
    Number(u64),
    /// By name: the chair with this index in [`NAMES`].
    Named(u8),
}

/// Where the users of a population are to be looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seat {
    /// On this chair of a fixed population, from 0.
    Chair(u32),
    /// In this visit of a stream.
    Visit(SessionId),
}

impl User {
    /// The chair or the visit that is meant in a population.
    ///
    /// # Errors
    /// Why nobody can ever be meant.
    pub fn seat(self, population: Population) -> Result<Seat, String> {
        let users = match (population, self) {
            (Population::Users(users), _) => users,
            (Population::SessionsPerSecond(_), Self::Number(visit)) => return Ok(Seat::Visit(visit)),
            (Population::SessionsPerSecond(_), Self::Named(_)) => {
                return Err(format!("nobody is called {self} in a stream of visits: name one by its number"));
            }
        };
        let chair = match self {
            Self::Number(number) => number.checked_sub(1).and_then(|chair| u32::try_from(chair).ok()),
            Self::Named(index) => Some(index.into()),
        };
        let seat = chair.filter(|&chair| chair < users).map(Seat::Chair);
        seat.ok_or_else(|| format!("there is no user {self}; there are 1 to {users}"))
    }

    /// The fixed-width form in the event record: a number, and whether it stands for a name (from 1).
    pub(crate) const fn words(self) -> (u64, u64) {
        match self {
            Self::Number(number) => (number, 0),
            Self::Named(index) => (index as u64 + 1, 1),
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Named(index) => f.write_str(NAMES[usize::from(*index)]),
        }
    }
}

impl FromStr for User {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match NAMES.iter().position(|name| *name == word) {
            Some(index) => Ok(Self::Named(index as u8)),
            None => word
                .parse()
                .map(Self::Number)
                .map_err(|_| format!("`{word}` is not a user's number, nor a user's name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(word: &str, population: Population) -> Result<Seat, String> {
        word.parse::<User>().and_then(|user| user.seat(population))
    }

    #[test]
    fn a_user_is_meant_as_the_screen_calls_them() {
        let chairs = Population::Users(12);
        assert_eq!(seat("bob", chairs), Ok(Seat::Chair(1)));
        assert_eq!(seat("12", chairs), Ok(Seat::Chair(11)));
        for nobody in ["0", "13", "max", "Bob", "-1", "2.0"] {
            assert!(seat(nobody, chairs).is_err(), "{nobody}");
        }
        let stream = Population::SessionsPerSecond(4.0);
        assert_eq!(seat("0", stream), Ok(Seat::Visit(0)));
        assert!(seat("bob", stream).unwrap_err().contains("number"));
    }
}
