//! Small formulas over figures: what lessons use to find out, from the run, what is right.
//!
//! ```text
//!   sticky.faults.1.sessions_lost == before.sticky.instances.2.sessions and token.sessions.lost == 0
//! ```
//!
//! Numbers, 'texts', `none`; `+ - * /`, comparisons, `and or not`, parentheses, `min max abs round`. A path names a
//! figure, as the headers of `statelab run --format csv` do. A `-` between letters belongs to a name (`replicate-all`).

use std::fmt;
use std::ops::Range;

/// How deep parentheses may be nested.
const DEPTH: usize = 32;
/// The longest formula, in bytes: what a chain of operators comes to is as deep as it is long.
const LONGEST: usize = 2000;
/// So much of a faulty formula is repeated in what is said about it.
const SHOWN: usize = 40;

/// A formula.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// A number as it is written.
    Number(f64),
    /// A text in single quotes.
    Text(String),
    /// Nothing: what a figure is that is not defined.
    Nothing,
    /// A figure, by its path.
    Path(Vec<String>),
    /// `not` or a minus sign.
    Unary(Unary, Box<Self>),
    /// Two operands.
    Binary(Binary, Box<Self>, Box<Self>),
    /// A function of numbers.
    Call(Function, Vec<Self>),
}

/// What is done to one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unary {
    Not,
    Minus,
}

/// What is done to two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Binary {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Over,
}

/// The functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Function {
    Min,
    Max,
    Abs,
    Round,
}

/// What is wrong with a formula, and where in its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExprError {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes.
    pub span: Range<usize>,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Expr {
    /// Reads a formula.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ExprError> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        if text.len() > LONGEST {
            return Err(parser.error(0..text.len(), &format!("a formula of more than {LONGEST} bytes")));
        }
        let expr = parser.level(0)?;
        parser.skip_space();
        if parser.at < text.len() {
            let rest = parser.at..text.len();
            return Err(parser.error(rest, "nothing may follow here"));
        }
        Ok(expr)
    }

    /// Every path in it.
    pub fn paths<'a>(&'a self, found: &mut Vec<&'a [String]>) {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Nothing => {}
            Self::Path(path) => found.push(path),
            Self::Unary(_, operand) => operand.paths(found),
            Self::Binary(_, left, right) => {
                left.paths(found);
                right.paths(found);
            }
            Self::Call(_, operands) => operands.iter().for_each(|operand| operand.paths(found)),
        }
    }
}

/// Operators, the weakest level first; on a level, longer ones first.
const LEVELS: [&[(&str, Binary)]; 5] = [
    &[("or", Binary::Or)],
    &[("and", Binary::And)],
    &[
        ("==", Binary::Equal),
        ("!=", Binary::Unequal),
        ("<=", Binary::LessOrEqual),
        (">=", Binary::GreaterOrEqual),
        ("<", Binary::Less),
        (">", Binary::Greater),
    ],
    &[("+", Binary::Plus), ("-", Binary::Minus)],
    &[("*", Binary::Times), ("/", Binary::Over)],
];

const FUNCTIONS: [(&str, Function); 4] =
    [("min", Function::Min), ("max", Function::Max), ("abs", Function::Abs), ("round", Function::Round)];

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, span: Range<usize>, message: &str) -> ExprError {
        let shown: String = self.text.get(span.clone()).unwrap_or("").chars().take(SHOWN).collect();
        let message = if shown.is_empty() { format!("{message} at the end") } else { format!("{message}: `{shown}`") };
        ExprError { message, span }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes one of these operators, a word only as a whole.
    fn operator(&mut self, level: &[(&str, Binary)]) -> Option<Binary> {
        self.skip_space();
        let rest = self.rest();
        let &(word, operator) = level.iter().find(|(word, _)| {
            let part_of_a_name = |after: &str| word.starts_with(char::is_alphabetic) && after.starts_with(in_name);
            rest.strip_prefix(word).is_some_and(|after| !part_of_a_name(after))
        })?;
        self.at += word.len();
        Some(operator)
    }

    fn level(&mut self, level: usize) -> Result<Expr, ExprError> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.level(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, ExprError> {
        self.skip_space();
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.error(self.at..self.text.len(), "nested too deeply"));
        }
        let expr = if self.rest().starts_with('-') {
            self.at += 1;
            Expr::Unary(Unary::Minus, Box::new(self.unary()?))
        } else if self.rest().strip_prefix("not").is_some_and(|rest| !rest.starts_with(in_name)) {
            self.at += "not".len();
            // `not` is weaker than a comparison: `not a == b` is `not (a == b)`.
            Expr::Unary(Unary::Not, Box::new(self.level(2)?))
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn primary(&mut self) -> Result<Expr, ExprError> {
        let start = self.at;
        match self.rest().chars().next() {
            Some('(') => {
                self.at += 1;
                let inner = self.level(0)?;
                self.close(start)?;
                Ok(inner)
            }
            Some('\'') => {
                let Some(length) = self.text[start + 1..].find('\'') else {
                    return Err(self.error(start..self.text.len(), "a text without its closing quote"));
                };
                self.at = start + length + 2;
                Ok(Expr::Text(self.text[start + 1..start + 1 + length].to_owned()))
            }
            Some(c) if c.is_ascii_digit() => {
                let length = self.rest().find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_');
                self.at += length.unwrap_or(self.rest().len());
                let digits = self.text[start..self.at].replace('_', "");
                digits.parse().map(Expr::Number).map_err(|_| self.error(start..self.at, "this is no number"))
            }
            Some(c) if c.is_ascii_alphabetic() => self.named(start),
            _ => Err(self.error(start..self.text.len(), "a figure or a number must stand here")),
        }
    }

    fn named(&mut self, start: usize) -> Result<Expr, ExprError> {
        let rest = self.rest();
        let mut length = 0;
        for (at, c) in rest.char_indices() {
            // A dot or a minus sign belongs to a name only where the name goes on behind it.
            let joins = matches!(c, '.' | '-') && rest[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
            if !in_name(c) && !joins {
                break;
            }
            length = at + c.len_utf8();
        }
        self.at = start + length;
        let name = &self.text[start..self.at];
        if let Some(&(_, function)) = FUNCTIONS.iter().find(|(word, _)| *word == name) {
            return self.call(function, start);
        }
        Ok(match name {
            "none" => Expr::Nothing,
            path => Expr::Path(path.split('.').map(str::to_owned).collect()),
        })
    }

    fn call(&mut self, function: Function, start: usize) -> Result<Expr, ExprError> {
        self.skip_space();
        if !self.rest().starts_with('(') {
            return Err(self.error(start..self.at, "a function needs its operands in parentheses"));
        }
        let mut operands = Vec::new();
        loop {
            self.at += 1;
            operands.push(self.level(0)?);
            self.skip_space();
            if !self.rest().starts_with(',') {
                break;
            }
        }
        self.close(start)?;
        if operands.len() > 1 && matches!(function, Function::Abs | Function::Round) {
            return Err(self.error(start..self.at, "one operand is all that this function takes"));
        }
        Ok(Expr::Call(function, operands))
    }

    fn close(&mut self, start: usize) -> Result<(), ExprError> {
        self.skip_space();
        if !self.rest().starts_with(')') {
            return Err(self.error(start..self.text.len(), "a `)` is missing in"));
        }
        self.at += 1;
        Ok(())
    }
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_hyphens_and_a_minus_sign_stands_apart() {
        let Expr::Binary(Binary::Minus, left, _) = Expr::parse("replicate-all.bytes.up - 3").unwrap() else { panic!() };
        assert_eq!(*left, Expr::Path(vec!["replicate-all".into(), "bytes".into(), "up".into()]));
    }

    #[test]
    fn faults_say_what_and_where() {
        for (text, message, start) in [
            ("a ==", "a figure or a number must stand here at the end", 4),
            ("(a", "a `)` is missing in: `(a`", 0),
            ("a * / b", "a figure or a number must stand here: `/ b`", 4),
            ("a b", "nothing may follow here: `b`", 2),
            ("'a", "a text without its closing quote: `'a`", 0),
            ("min a", "a function needs its operands in parentheses: `min `", 0),
            ("1.2.3", "this is no number: `1.2.3`", 0),
            ("1 + round(a, 2)", "one operand is all that this function takes: `round(a, 2)`", 4),
            ("abs(a, b)", "one operand is all that this function takes: `abs(a, b)`", 0),
        ] {
            let error = Expr::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.span.start), (message, start), "{text}");
        }
        assert!(Expr::parse(&"(".repeat(1000)).unwrap_err().message.starts_with("nested too deeply"));
        assert!(Expr::parse(&"-".repeat(1000)).unwrap_err().message.starts_with("nested too deeply"));
        assert!(Expr::parse(&"1+".repeat(100_000)).unwrap_err().message.starts_with("a formula of more than"));
    }

    #[test]
    fn letters_of_any_length_may_stand_where_an_operator_could() {
        assert_eq!(Expr::parse("a é").unwrap_err().message, "nothing may follow here: `é`");
        assert_eq!(Expr::parse("a 日本").unwrap_err().message, "nothing may follow here: `日本`");
    }
}
