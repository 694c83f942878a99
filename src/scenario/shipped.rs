//! The scenarios that come with the program, embedded so that the binary is all one needs.

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Its file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../../assets/scenarios/", $name, ".toml")) }),+]
    };
}

/// Every one, the default first.
#[must_use]
pub const fn shipped() -> &'static [Shipped] {
    shipped!["classroom", "rest", "chat", "cart", "serverless", "queue", "cluster"]
}
