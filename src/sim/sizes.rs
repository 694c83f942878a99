//! How large things are that the events only count together: for whoever shows what is inside.

use super::draw::{Draws, Purpose};
use crate::event::SessionId;
use crate::scenario::{Dist, Scenario};

/// Bytes of JSON that write number `write` of a visit adds to its state: the very draw of the simulation.
#[must_use]
pub fn growth_bytes(scenario: &Scenario, session: SessionId, write: u32) -> u32 {
    growth(&Draws::new(scenario.seed), scenario.workload.growth_bytes_per_write, session, write)
}

/// The same, for whoever has the draws.
pub(super) fn growth(draws: &Draws, dist: Dist, session: SessionId, write: u32) -> u32 {
    // Never negative: adding a half and cutting off rounds it, without a call.
    (draws.sample(dist, Purpose::Growth, session, write.into()) + 0.5) as u32
}

/// What so many bytes of JSON become in base64 (RFC 7515): a third more. Sizes end at 4 GiB, and stay there.
pub(super) const fn base64(bytes: u32) -> u32 {
    let letters = (bytes as u64 * 4).div_ceil(3);
    if letters > u32::MAX as u64 { u32::MAX } else { letters as u32 }
}

/// Bytes of a token that carries so many bytes of state.
#[must_use]
pub const fn token_bytes(scenario: &Scenario, state_bytes: u32) -> u32 {
    scenario.token.overhead_bytes.saturating_add(base64(state_bytes))
}

/// Bytes of state in a token of so many bytes; none if no token has so many.
#[must_use]
pub fn state_in_token(scenario: &Scenario, bytes: u32) -> Option<u32> {
    let state = bytes.checked_sub(scenario.token.overhead_bytes)? / 4 * 3
        + bytes.checked_sub(scenario.token.overhead_bytes)? % 4 * 3 / 4;
    (token_bytes(scenario, state) == bytes).then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Home;
    use crate::sim::plan::Plan;

    #[test]
    fn a_tokens_size_and_its_states_follow_from_each_other() {
        let scenario = Scenario::default();
        let plan = Plan::new(&scenario, Home::Token);
        for state in 0..5000 {
            let bytes = token_bytes(&scenario, state);
            assert_eq!((bytes, state_in_token(&scenario, bytes)), (plan.token_bytes(state), Some(state)));
        }
        assert_eq!(state_in_token(&scenario, 122), None);
        assert_eq!(state_in_token(&scenario, 124), None, "one letter of base64 holds no byte");
        let gibibyte = 1 << 30;
        for state in [gibibyte, 3 * gibibyte, u32::MAX] {
            let bytes = token_bytes(&scenario, state);
            assert_eq!(plan.token_bytes(state), bytes);
            assert!(bytes > state || bytes == u32::MAX, "{state} bytes of state make no token of {bytes}");
        }
    }
}
