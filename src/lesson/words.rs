//! Sentences with figures in them: `{sticky.faults.1.sessions_lost:carts} gone`.

use super::expr::{Expr, ExprError};
use super::value::{Figures, Unknown};

/// A figure is about so long.
const FIGURE: usize = 6;

/// A sentence with holes for figures.
#[derive(Clone, PartialEq, Debug)]
pub struct Words(Vec<Piece>);

#[derive(Clone, PartialEq, Debug)]
enum Piece {
    Text(String),
    Figure(Expr, String),
}

impl Words {
    /// Reads a sentence: `{formula}` or `{formula:unit}` stands for a figure. There is no way to write a brace.
    ///
    /// # Errors
    /// The first faulty formula, or a brace without its partner; places are in bytes of `text`.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find(['{', '}']).map(|open| at + open) {
            let close = text[open..].find('}').map(|close| open + close);
            let Some(close) = close.filter(|&close| close > open) else {
                return Err(ExprError { message: "a brace without its partner".into(), span: open..open + 1 });
            };
            if open > at {
                pieces.push(Piece::Text(text[at..open].to_owned()));
            }
            let inside = &text[open + 1..close];
            let (formula, unit) = inside.rsplit_once(':').unwrap_or((inside, ""));
            let expr = Expr::parse(formula)
                .map_err(|error| ExprError { span: open + 1 + error.span.start..open + 1 + error.span.end, ..error })?;
            pieces.push(Piece::Figure(expr, unit.trim().to_owned()));
            at = close + 1;
        }
        if at < text.len() {
            pieces.push(Piece::Text(text[at..].to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The sentence with its figures.
    ///
    /// # Errors
    /// A figure that there is not.
    pub fn say(&self, figures: &dyn Figures) -> Result<String, Unknown> {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Ok(text.clone()),
                Piece::Figure(expr, unit) => Ok(expr.value(figures)?.show(unit)),
            })
            .collect()
    }

    /// How long it is, in characters; a figure counts as a few.
    #[must_use]
    pub fn length(&self) -> usize {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::Figure(..) => FIGURE,
        };
        self.0.iter().map(piece).sum()
    }

    /// Whether it names figures that begin with this.
    #[must_use]
    pub fn speaks_of(&self, root: &str) -> bool {
        let mut paths = Vec::new();
        self.formulas().for_each(|formula| formula.paths(&mut paths));
        paths.iter().any(|path| path.first().is_some_and(|first| first == root))
    }

    /// Every formula in it.
    pub fn formulas(&self) -> impl Iterator<Item = &Expr> {
        self.0.iter().filter_map(|piece| if let Piece::Figure(expr, _) = piece { Some(expr) } else { None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_take_their_place_in_a_sentence() {
        let words = Words::parse("{lost:carts} of {alive}: {lost / alive:%}").unwrap();
        assert_eq!(words.say(&serde_json::json!({ "lost": 1, "alive": 12 })).unwrap(), "1 cart of 12: 8.3 %");
        assert_eq!(words.formulas().count(), 3);
    }

    #[test]
    fn braces_come_in_pairs_and_faults_are_where_they_are() {
        assert_eq!(Words::parse("a {b").unwrap_err().span, 2..3);
        assert_eq!(Words::parse("a }").unwrap_err().span, 2..3);
        assert_eq!(Words::parse("ab {1 +}").unwrap_err().span.start, 7);
    }
}
