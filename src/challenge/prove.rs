//! Whether a challenge is one: it can be reached in more than one way, not by doing nothing, and not as its author says
//! it cannot.

use super::{Challenge, Design, JudgeError};

/// Why a challenge is none.
#[derive(Debug, thiserror::Error)]
pub enum Unproved {
    /// Only one way is known.
    #[error("fewer than two different designs under `passes`: a challenge has no single right answer")]
    OneWay,
    /// Nothing needs to be done.
    #[error("the service as it is reaches every goal; there is nothing to do")]
    Nothing,
    /// What is to happen does not.
    #[error("with some seed {0} was rejected, so it is not what happens")]
    Rejected(String),
    /// A design that should reach it does not.
    #[error("`passes`, {0}: not reached\n{1}")]
    Passes(String, String),
    /// A design that should not reach it does.
    #[error("`fails`, {0}: reached")]
    Fails(String),
    /// A design cannot be judged.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

impl Challenge {
    /// Judges every design of the file, and the service as it is.
    ///
    /// # Errors
    /// The first of them that does otherwise than the file says.
    pub fn prove(&self) -> Result<(), Unproved> {
        let first = self.passes.first();
        if self.passes.iter().all(|design| Some(design) == first) {
            return Err(Unproved::OneWay);
        }
        let as_it_is = self.judge(&Design::default())?;
        if let Some(rejected) = as_it_is.rejected.into_iter().next() {
            return Err(Unproved::Rejected(rejected));
        }
        if as_it_is.reached {
            return Err(Unproved::Nothing);
        }
        for design in &self.passes {
            let verdict = self.judge(design)?;
            if !verdict.reached {
                return Err(Unproved::Passes(design.to_string(), verdict.text()));
            }
        }
        for design in &self.fails {
            if self.judge(design)?.reached {
                return Err(Unproved::Fails(design.to_string()));
            }
        }
        Ok(())
    }
}
