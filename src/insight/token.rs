//! A real token: a JSON Web Token (RFC 7519), signed with HS256 (RFC 7515, RFC 7518), as long as the model counts it.
//!
//! ```text
//!   base64url(header) . base64url(claims) . base64url(HMAC-SHA256(key, "header.claims"))
//! ```
//!
//! The model knows how many bytes a token has, not what they are. Here they are: who, which visit, since when, until
//! when, and the items, each as large as the write that made it. JSON allows spaces, so the length comes out to the byte.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::fmt::Write;

/// What a token says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claims {
    /// `sub`: the user's name.
    pub user: String,
    /// `sid`: the visit.
    pub session: u64,
    /// `iat`: when it was issued, in whole seconds since the run began.
    pub issued_s: u64,
    /// `exp`: until when it is good, in the same seconds; none: for ever.
    pub expires_s: Option<u64>,
    /// How many bytes of JSON a new session's state takes, before anything is in it.
    pub begin_bytes: u32,
    /// What a session's state is called.
    pub noun: String,
    /// How many bytes of JSON each item takes, with the comma after it, oldest first.
    pub item_bytes: Vec<u32>,
}

/// A signed token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// All three parts.
    pub text: String,
    /// The first part, decoded.
    pub header: String,
    /// The second part, decoded.
    pub claims: String,
}

/// With the type, as most libraries write it; and without, where the model has no room for it (RFC 7519 makes it optional).
const HEADERS: [&str; 2] = [r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"HS256"}"#];
/// What is left of a token beside header and claims: two dots and the signature.
const REST: usize = 2 + 43;

impl Token {
    /// Makes a token with these claims of exactly `bytes` bytes; longer if even the fewest claims do not fit.
    #[must_use]
    pub fn mint(claims: &Claims, bytes: u32, key: &str) -> Self {
        let bytes = bytes as usize;
        // The richest that fits: all claims before fewer, a header with its type before one without.
        for few in 0..3 {
            for header in HEADERS {
                let claims = claims.json(few);
                if let Some((header, claims)) = stretch(header, &claims, bytes) {
                    return Self::sign(header, claims, key);
                }
            }
        }
        Self::sign(HEADERS[1].to_owned(), claims.json(0), key)
    }

    fn sign(header: String, claims: String, key: &str) -> Self {
        let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = mac(key, &signed).finalize().into_bytes();
        Self { text: format!("{signed}.{}", encode(&signature)), header, claims }
    }

    /// Whether a token was signed with this key, for HS256, and says something that can be read.
    #[must_use]
    pub fn verifies(text: &str, key: &str) -> bool {
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let json = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        json(header).is_some_and(|header| header["alg"] == "HS256")
            && json(claims).is_some()
            && mac(key, &format!("{header}.{claims}")).verify_slice(&signature).is_ok()
    }
}

/// The key that tokens of a run are signed with: shown, so that anybody can check. 32 bytes and more, as HS256 asks.
#[must_use]
pub fn key(seed: u64) -> String {
    format!("statelab shows its key, seed {seed:04}")
}

fn mac(key: &str, signed: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    mac
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many letters of base64 so many bytes become, without padding.
const fn encoded(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Header and claims with spaces such that the token has exactly `bytes` bytes; none if they are too long.
fn stretch(header: &str, claims: &str, bytes: usize) -> Option<(String, String)> {
    // No number of bytes encodes to 4k + 1 letters; with a space more in the header the claims get another length.
    (0..3).find_map(|spaces| {
        let header = spaced(header, spaces);
        let letters = bytes.checked_sub(REST + encoded(header.len()))?;
        let length = letters * 3 / 4;
        (encoded(length) == letters).then_some(())?;
        Some((header, spaced(claims, length.checked_sub(claims.len())?)))
    })
}

/// The same JSON object with spaces before its last brace.
fn spaced(json: &str, spaces: usize) -> String {
    let body = json.strip_suffix('}').unwrap_or(json);
    format!("{body}{}}}", " ".repeat(spaces))
}

impl Claims {
    /// As JSON; with the visit and the expiry (0), without the visit (1), without both (2).
    fn json(&self, few: u8) -> String {
        let Self { user, session, issued_s, expires_s, begin_bytes, noun, item_bytes } = self;
        let mut json = format!(r#"{{"sub":"{user}""#);
        if few < 1 {
            let _ = write!(json, r#","sid":{session}"#);
        }
        let _ = write!(json, r#","iat":{issued_s}"#);
        if let Some(expires_s) = expires_s.filter(|_| few < 2) {
            let _ = write!(json, r#","exp":{expires_s}"#);
        }
        if let Some(letters) = (*begin_bytes as usize).checked_sub(r#","profile":"""#.len()) {
            let _ = write!(json, r#","profile":"{}""#, goods(0).take(letters).collect::<String>());
        }
        let items: Vec<String> =
            (1..).zip(item_bytes).map(|(nth, &bytes)| item(nth, bytes)).filter(|item| !item.is_empty()).collect();
        let _ = write!(json, r#","{noun}":[{}]}}"#, items.join(","));
        json
    }
}

/// What people buy.
const GOODS: [&str; 8] = [
    "green tea from the mountains, loose",
    "a lamp for reading in bed, warm light",
    "walking boots, waterproof, size 42",
    "a map of the coast with all its paths",
    "rye bread, sliced, from the baker next door",
    "a kettle that whistles in two tones",
    "notebooks with dotted paper, five of them",
    "a chess set, travel size, magnetic",
];

/// An item as JSON of `bytes` bytes, the comma beside it included.
fn item(nth: usize, bytes: u32) -> String {
    let bytes = bytes.saturating_sub(1) as usize;
    if bytes < 2 {
        return "1".repeat(bytes);
    }
    let bare = format!(r#"{{"sku":{},"qty":1,"name":""}}"#, 1000 + nth * 37 % 9000);
    // Where there is no room for an article, a bare string of that size.
    let (head, tail) = match bytes.checked_sub(bare.len()) {
        Some(_) => bare.split_at(bare.len() - 2),
        None => ("\"", "\""),
    };
    let name: String = goods(nth).take(bytes.saturating_sub(head.len() + tail.len())).collect();
    format!("{head}{name}{tail}")
}

/// Words without end, beginning with these goods.
fn goods(nth: usize) -> impl Iterator<Item = char> {
    GOODS.iter().cycle().skip(nth % GOODS.len()).flat_map(|goods| goods.chars().chain(", ".chars()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    /// RFC 4648 §5, by table.
    fn decode(text: &str) -> Vec<u8> {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
        for letter in text.chars() {
            bits = bits << 6 | ALPHABET.find(letter).expect("a letter of base64url") as u32;
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        bytes
    }

    /// RFC 2104, from the hash alone.
    fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
        let mut block = [0u8; 64];
        if key.len() > 64 {
            block[..32].copy_from_slice(&Sha256::digest(key))
        } else {
            block[..key.len()].copy_from_slice(key)
        }
        let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], text].concat());
        Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat()).to_vec()
    }

    fn claims(items: &[u32]) -> Claims {
        Claims {
            user: "dee".into(),
            session: 15,
            issued_s: 22,
            expires_s: Some(922),
            begin_bytes: 0,
            noun: "cart".into(),
            item_bytes: items.to_vec(),
        }
    }

    /// The length that the model gives a token: see `Plan::token_bytes`.
    fn model(overhead: u32, items: &[u32]) -> u32 {
        overhead + (items.iter().sum::<u32>() * 4).div_ceil(3)
    }

    #[test]
    fn it_decodes_and_verifies_with_other_code_and_has_the_models_length() {
        for (overhead, items) in [
            (123, &[][..]),
            (123, &[42]),
            (123, &[43, 51, 66]),
            (124, &[44; 9]),
            (125, &[57; 3]),
            (309, &[400; 14]),
            (126, &[2, 5, 9]),
        ] {
            let bytes = model(overhead, items);
            let token = Token::mint(&claims(items), bytes, &key(7));
            assert_eq!(token.text.len(), bytes as usize, "{token:?}");
            let parts: Vec<&str> = token.text.split('.').collect();
            let json = |part: &str| -> Value { serde_json::from_slice(&decode(part)).unwrap() };
            assert_eq!((parts.len(), &json(parts[0])["alg"]), (3, &Value::from("HS256")));
            let body = json(parts[1]);
            assert_eq!(
                (&body["sub"], body["iat"].as_u64(), body["exp"].as_u64()),
                (&Value::from("dee"), Some(22), Some(922))
            );
            assert_eq!(body["cart"].as_array().unwrap().len(), items.len());
            let raw = String::from_utf8(decode(parts[1])).unwrap();
            assert_eq!(raw, token.claims);
            for (item, &bytes) in body["cart"].as_array().unwrap().iter().zip(items) {
                assert_eq!(serde_json::to_string(item).unwrap().len() + 1, bytes as usize, "{raw}");
            }
            assert_eq!(decode(parts[2]), hmac(key(7).as_bytes(), format!("{}.{}", parts[0], parts[1]).as_bytes()));
            assert!(Token::verifies(&token.text, &key(7)));
        }
    }

    #[test]
    fn every_length_from_the_shortest_on_can_be_had() {
        for bytes in 123..700 {
            let token = Token::mint(&claims(&[]), bytes, &key(7));
            assert_eq!(token.text.len(), bytes as usize);
        }
        let long = Token::mint(&claims(&[]), 60, &key(7));
        assert!(long.text.len() > 60 && Token::verifies(&long.text, &key(7)), "what does not fit is longer, and whole");
    }

    #[test]
    fn what_was_touched_does_not_verify() {
        let token = Token::mint(&claims(&[50, 50]), model(123, &[50, 50]), &key(7));
        assert!(!Token::verifies(&token.text, &key(8)), "another key");
        for place in 0..token.text.len() {
            let mut other = token.text.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(!Token::verifies(&other, &key(7)), "{other}");
        }
        assert!(!Token::verifies("a.b", &key(7)) && !Token::verifies("", &key(7)));
    }

    /// RFC 7515, appendix A.1: the key there is not text, so only the MAC's function is checked with RFC 4231, case 2.
    #[test]
    fn the_signature_is_hmac_sha256() {
        let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let published = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&mac("Jefe", "what do ya want for nothing?").finalize().into_bytes()), published);
        assert_eq!(hex(&hmac(b"Jefe", b"what do ya want for nothing?")), published);
        assert!(key(0).len() >= 32);
    }
}
