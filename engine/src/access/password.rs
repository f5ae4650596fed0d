//! What a pass word must be like (粤盾, MLPS 8.1.4.1), and how it is kept. 口令

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use terms::UserId;

/// Memory of one hash, KiB.
const MEMORY_KIB: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// Threads for one hash.
const LANES: u32 = 1;

const LENGTH_MIN: usize = 12;
const LENGTH_MAX: usize = 128;
/// Of lower case, upper case, digits and all other characters.
const CLASSES_MIN: usize = 3;

/// Words that pass the other rules only because people decorate them.
const WEAK: &[&str] = &[
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "qwerty",
    "qwertyuiop",
    "1qaz2wsx",
    "1q2w3e4r",
    "zaq12wsx",
    "123456",
    "abc123",
    "abcdef",
    "iloveyou",
    "admin",
    "administrator",
    "welcome",
    "letmein",
    "dongguan",
    "weir",
    "shuifei",
    "shuiwu",
    "woaini",
    "888888",
    "666666",
    "111111",
    "000000",
];
/// What must remain beside a weak word.
const BESIDE_WEAK_MIN: usize = 8;

/// Why a pass word is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer than twelve characters.
    #[error("口令至少12个字符")]
    Short,
    /// More than anybody types.
    #[error("口令不能超过128个字符")]
    Long,
    /// Fewer than three classes of characters.
    #[error("口令须包含大写字母、小写字母、数字、符号中的至少三类")]
    Classes,
    /// The login name stands inside.
    #[error("口令不能包含登录名")]
    LoginInside,
    /// Made of a word that is tried first.
    #[error("口令过于常见，请换一个")]
    Common,
}

/// Checks a new pass word against the rules.
pub(super) fn check(login: &str, password: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < LENGTH_MIN {
        return Err(WeakPassword::Short);
    }
    if length > LENGTH_MAX {
        return Err(WeakPassword::Long);
    }
    if classes(password) < CLASSES_MIN {
        return Err(WeakPassword::Classes);
    }
    let plain = password.to_lowercase();
    if plain.contains(&login.to_lowercase()) {
        return Err(WeakPassword::LoginInside);
    }
    let is_most_of_it =
        |word: &&str| plain.contains(*word) && length < word.len() + BESIDE_WEAK_MIN;
    if WEAK.iter().any(is_most_of_it) {
        return Err(WeakPassword::Common);
    }
    Ok(())
}

fn classes(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    kinds.iter().filter(|kind| password.chars().any(**kind)).count()
}

/// Hashes a pass word as a PHC string; takes about 20 ms of one core.
pub(super) fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    let salt = SaltString::generate(&mut OsRng);
    Ok(hasher()?.hash_password(password.as_bytes(), &salt)?.to_string())
}

/// Whose pass word it is, and which, for the mark of the act that set it: its salt keeps it from being guessed.
pub(super) fn digest(user: UserId, phc: &str) -> String {
    hex::encode(Sha256::digest(format!("{} {phc}", user.0)))
}

/// True where the pass word belongs to the hash; takes as long as hashing.
pub(super) fn verify(password: &str, phc: &str) -> bool {
    let (Ok(parsed), Ok(hasher)) = (PasswordHash::new(phc), hasher()) else {
        return false;
    };
    hasher.verify_password(password.as_bytes(), &parsed).is_ok()
}

fn hasher() -> Result<Argon2<'static>, argon2::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_word_is_long_mixed_and_not_common() {
        for (password, want) in [
            ("Hehe-Xiangjian7", Ok(())),
            ("万江水费柜台Aa1二三四五", Ok(())),
            ("Short-7aA", Err(WeakPassword::Short)),
            ("onlylowercase7", Err(WeakPassword::Classes)),
            ("xx-Wang.Fang-77", Err(WeakPassword::LoginInside)),
            ("Password2026!", Err(WeakPassword::Common)),
            ("Dongguan@2026", Err(WeakPassword::Common)),
        ] {
            assert_eq!(check("wang.fang", password), want, "{password}");
        }
        assert_eq!(check("a.b", &"Aa1".repeat(50)), Err(WeakPassword::Long));
    }

    #[test]
    fn a_hash_knows_its_pass_word() {
        let phc = hash("Hehe-Xiangjian7").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify("Hehe-Xiangjian7", &phc));
        assert!(!verify("Hehe-Xiangjian8", &phc));
        assert!(!verify("Hehe-Xiangjian7", "no hash"));
    }
}
