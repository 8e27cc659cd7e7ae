//! Recovery codes: ten, each good once, for whoever has lost the other factor.
//!
//! A code is 80 random bits, written as four groups of four letters and digits that cannot be taken for one another
//! (Crockford's base32). It is typed with or without dashes, in any case. What the database keeps is the SHA-256 of the code
//! together with the person's id, so that a stolen table must be searched for each person anew; at 80 bits that is hopeless
//! without a slow hash. Six digits are never a recovery code, so one field can take either.

use crate::db::Tx;
use crate::id::UserId;
use crate::secret::{Secret, TokenDigest};

/// Codes in a set.
pub const CODES: usize = 10;

const LETTERS: usize = 16;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new set.
pub fn generate(tx: &mut Tx<'_>) -> Vec<Secret> {
    (0..CODES).map(|_| write(tx.random())).collect()
}

fn write(bytes: [u8; 10]) -> Secret {
    let mut padded = [0; 16];
    padded[6..].copy_from_slice(&bytes);
    let bits = u128::from_be_bytes(padded);
    let mut text = String::with_capacity(LETTERS + 3);
    for index in 0..LETTERS {
        if index > 0 && index % 4 == 0 {
            text.push('-');
        }
        let letter = (bits >> (5 * (LETTERS - 1 - index))) & 31;
        text.push(char::from(ALPHABET[letter as usize]));
    }
    Secret::new(text)
}

/// What the database keeps of a code that a person typed; `None` for what has not the form of one.
pub fn digest(user_id: &UserId, typed: &str) -> Option<TokenDigest> {
    let letters = typed.chars().filter(|letter| *letter != '-' && !letter.is_whitespace());
    let normal: String = letters
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    let is_code = normal.len() == LETTERS && normal.bytes().all(|byte| ALPHABET.contains(&byte));
    is_code.then(|| TokenDigest::of(&format!("{user_id} {normal}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id as _;

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        let user_id = UserId::parse("usr_01h455vb4pex5vsknk084sn02q").unwrap();
        let code = write([0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(code.expose(), "0123-4567-89ab-cdef");
        let stored = digest(&user_id, code.expose()).unwrap();
        for typed in ["0123456789abcdef", " 0123-4567-89AB-CDEF\n", "O i23 4567 89ab cdef", "oL2345-6789abcd-ef"] {
            assert_eq!(digest(&user_id, typed), Some(stored.clone()), "{typed}");
        }
        let other = UserId::parse("usr_01h455vb4pex5vsknk084sn02r").unwrap();
        assert_ne!(digest(&other, code.expose()), Some(stored));
        for typed in
            ["", "123456", "0123-4567-89ab-cde", "0123-4567-89ab-cdeff", "0123-4567-89ab-cdeu", "é123456789abcde"]
        {
            assert_eq!(digest(&user_id, typed), None, "{typed}");
        }
        assert_eq!(write([0xff; 10]).expose(), "zzzz-zzzz-zzzz-zzzz");
    }
}
